package shell

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	"onset/dataset"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/words"
)

// joinSessions asks which other sessions of the person belong to one visit with
// this one, and says what joining them does. Those in also are ticked, being chosen
// already; without any, those that lie at the same time.
func (s *Shell) joinSessions(v dataset.SessionSummary, also []dataset.SessionID) {
	if s.busy() || s.refuseReadOnly() {
		return
	}
	s.settled(func() {
		var list []app.Candidate
		task.Do(s.runner, func(ctx context.Context) (err error) {
			list, err = s.bench.JoinCandidates(ctx, v)
			return err
		}, func(err error) {
			if err != nil {
				s.showError(err)
				return
			}
			s.showJoin(v, list, also)
		})
	})
}

func (s *Shell) showJoin(v dataset.SessionSummary, list []app.Candidate, also []dataset.SessionID) {
	title := lang.L("Join into one session")
	about := map[string]any{"Person": v.Participant, "N": v.Number, "What": words.Upper(words.Placements(v.Sensors)), "Length": words.Length(v.Duration)}
	if len(list) == 0 {
		text := lang.L("{{.Person}} has only this session. Import the other device's recording for the same person first; was it imported under another code, settle who that is in People.", about)
		s.dialogs.show(title, text, parts.NewParagraph(text, false), fyne.NewSize(520, 160), action{word: lang.L("Close"), primary: true, safe: true})
		return
	}
	slices.SortStableFunc(list, func(a, b app.Candidate) int { return cmp.Compare(b.Joining.OverlapS, a.Joining.OverlapS) })
	head := lang.L("{{.Person}}, session {{.N}} ({{.What}}, {{.Length}}) is to be joined with:", about)
	says := parts.NewParagraph("", false)
	checks := make([]*joinCheck, len(list))
	rows := parts.VBox(0)
	chosen := func() (out []app.Candidate) {
		for i, c := range checks {
			if c.Checked {
				out = append(out, list[i])
			}
		}
		return out
	}
	var shown *shownDialog
	scroll := container.NewVScroll(rows)
	walk := func(i int) func(fyne.KeyName) {
		return func(key fyne.KeyName) {
			to := map[fyne.KeyName]int{fyne.KeyUp: i - 1, fyne.KeyDown: i + 1, fyne.KeyHome: 0, fyne.KeyEnd: len(list) - 1}
			if k, ok := to[key]; ok && k >= 0 && k < len(list) {
				s.window.Canvas().Focus(checks[k])
				scroll.ScrollToOffset(fyne.NewPos(0, max(checks[k].Position().Y-76, 0)))
				return
			}
			switch key {
			case fyne.KeyReturn, fyne.KeyEnter:
				shown.enter()
			case fyne.KeyEscape:
				shown.escape()
			}
		}
	}
	tell := func(bool) { says.SetText(joinText(v, chosen())) }
	for i, c := range list {
		checks[i] = newJoinCheck(candidateText(c), tell, walk(i))
		checks[i].Checked = c.Joining.Dated && c.Joining.OverlapS > 0
		if len(also) > 0 {
			checks[i].Checked = slices.Contains(also, c.ID)
		}
		rows.Add(checks[i])
	}
	tell(true)
	var more fyne.CanvasObject = parts.Sized(560, min(float32(len(list))*38, 190), scroll)
	body := parts.VBox(theme.Space2, parts.NewParagraph(head, false), more, says)
	shown = s.dialogs.show(title, head, body, fyne.NewSize(620, 280),
		action{word: lang.L("Cancel"), safe: true},
		action{word: lang.L("Join"), primary: true, ready: func() bool { return len(chosen()) > 0 }, run: func() { s.join(v, chosen()) }})
	shown.inside = func() map[string]any {
		return map[string]any{"candidates": len(list), "chosen": len(chosen()), "says": says.Text()}
	}
	s.window.Canvas().Focus(checks[0])
}

// candidateText is a session in one line, with how it lies.
func candidateText(c app.Candidate) string {
	lies := lang.L("begins at 0 with it: a start is not known")
	if j := c.Joining; j.Dated && j.OverlapS > 0 {
		lies = lang.L("{{.T}} at the same time", map[string]any{"T": words.Length(j.OverlapS)})
	} else if j.Dated {
		lies = lang.L("{{.T}} apart", map[string]any{"T": words.Length(-j.OverlapS)})
	}
	return fmt.Sprintf("%s   %s, %s   %s", lang.L("Session {{.N}}", map[string]any{"N": c.Number}), words.Placements(c.Sensors), words.Length(c.Duration), lies)
}

// joinText says what joining does.
func joinText(v dataset.SessionSummary, list []app.Candidate) string {
	if len(list) == 0 {
		return lang.L("Choose at least one session (Space).")
	}
	var recordings, labels, undated, apart int
	for _, c := range list {
		recordings += len(c.Joining.Recordings)
		labels += c.Joining.Labels
		undated += one(!c.Joining.Dated)
		apart += one(c.Joining.Dated && c.Joining.OverlapS <= 0)
	}
	text := []string{lang.L("{{.R}} and {{.L}} move into session {{.N}}, with events, findings and alignments.", map[string]any{
		"R": words.Many(int64(recordings), lang.L("recording"), lang.L("recordings")), "L": words.Many(int64(labels), lang.L("label"), lang.L("labels")), "N": v.Number})}
	switch {
	case undated > 0:
		text = append(text, lang.L("⚠ A source gives no start, so both begin at 0: align the devices next. A finding says so."))
	case apart > 0:
		text = append(text, lang.L("⚠ They were not recorded at the same time. Every sample keeps its moment; a finding says that it was joined all the same."))
	default:
		text = append(text, lang.L("Every sample keeps its moment."))
	}
	return strings.Join(append(text, lang.L("“Take a recording out…” is the way back; undo does not go behind a join.")), " ")
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *Shell) join(v dataset.SessionSummary, list []app.Candidate) {
	into, ids := v, []dataset.SessionID{}
	for _, c := range list { // the one with a start is the one that stays
		if into.Start.IsZero() && !c.Start.IsZero() {
			into = c.SessionSummary
		}
	}
	for _, x := range append([]dataset.SessionSummary{v}, summaries(list)...) {
		if x.ID != into.ID {
			ids = append(ids, x.ID)
		}
	}
	task.Do(s.runner, func(ctx context.Context) error { return s.bench.JoinSessions(ctx, into.ID, ids, true) }, func(err error) {
		if err != nil {
			s.showError(err)
			return
		}
		s.showAgain(into.ID)
	})
}

func summaries(list []app.Candidate) (out []dataset.SessionSummary) {
	for _, c := range list {
		out = append(out, c.SessionSummary)
	}
	return out
}

// showAgain has the library show a session once it has read them anew.
func (s *Shell) showAgain(id dataset.SessionID) {
	if l, ok := s.front().(interface{ Follow(dataset.SessionID) }); ok {
		l.Follow(id)
	}
	if s.session.ID != "" {
		for _, p := range s.places { // they may show a session as it was
			if o, ok := p.room.(opener); ok {
				o.Open(id)
			}
		}
		s.session.ID = id
	}
}

// takeOut asks which recording of a session gets one of its own.
func (s *Shell) takeOut(v dataset.SessionSummary) {
	if s.busy() || s.refuseReadOnly() {
		return
	}
	s.settled(func() {
		var full dataset.Session
		task.Do(s.runner, func(ctx context.Context) (err error) {
			full, err = s.bench.Session(ctx, v.ID)
			return err
		}, func(err error) {
			if err != nil {
				s.showError(err)
				return
			}
			s.showTakeOut(full)
		})
	})
}

func (s *Shell) showTakeOut(v dataset.Session) {
	var rows []choiceRow
	last := len(v.Recordings) - 1
	for i := last; i >= 0; i-- { // what a join brought comes first
		r := v.Recordings[i]
		rows = append(rows, choiceRow{fmt.Sprintf("%d  %s", i+1, words.Upper(words.Placement(r.Placement))),
			r.Device + ", " +
				lang.L("{{.N}} samples", map[string]any{"N": words.Count(r.Samples)})})
	}
	text := lang.L("It becomes a session of its own with its labels, findings and alignment; every sample keeps its moment. What a join brought gets back what its source said. Undo does not go behind it in either session.")
	s.choose(lang.L("Take a recording out"), text, rows, lang.L("Take out"), lang.L("Cancel"), func(i int) {
		var own dataset.SessionID
		task.Do(s.runner, func(ctx context.Context) (err error) {
			own, err = s.bench.SplitRecording(ctx, v.ID, v.Recordings[last-i].ID)
			return err
		}, func(err error) {
			if err != nil {
				s.showError(err)
				return
			}
			s.showAgain(own)
		})
	})
}

// joinCheck is a session to tick: Space ticks, the arrow keys walk.
type joinCheck struct {
	widget.Check
	key func(fyne.KeyName)
}

func newJoinCheck(text string, changed func(bool), key func(fyne.KeyName)) *joinCheck {
	c := &joinCheck{key: key}
	c.Text, c.OnChanged = text, changed
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey walks, takes or leaves.
func (c *joinCheck) TypedKey(e *fyne.KeyEvent) { c.key(e.Name) }

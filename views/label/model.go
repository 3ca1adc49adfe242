package label

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/labeling"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
)

// suggestWith lets the person choose the model that names the suggested sets.
func (l *Label) suggestWith() {
	c := fyne.CurrentApp().Driver().CanvasForObject(l.object)
	if c == nil || l.session == nil || l.inPopup != nil {
		return
	}
	task.Run(l.asking, l.source.Models, func(models []dataset.ModelRow, err error) {
		if err != nil {
			l.fail(err)
			return
		}
		models = slices.DeleteFunc(models, func(m dataset.ModelRow) bool { return m.Withdrawn != "" })
		slices.SortFunc(models, func(a, b dataset.ModelRow) int { return b.CreatedAt.Compare(a.CreatedAt) })
		switch len(models) {
		case 0:
			l.say(lang.L("The study has no model yet: train one, or press {{.Suggest}} for suggestions from movement alone.", map[string]any{"Suggest": l.keys.called("suggest")}), false)
		case 1:
			l.useModel(models[0])
		default:
			l.chooseModel(c, models)
		}
	})
}

func (l *Label) chooseModel(c fyne.Canvas, models []dataset.ModelRow) {
	rows := parts.VBox(1)
	for _, m := range models {
		score := lang.L("not scored here")
		if m.Scored() {
			score = fmt.Sprintf("%.2f", m.MacroF1)
		}
		line := parts.Split(parts.NewText(m.Name, parts.Style{Cut: true}),
			parts.NewText(m.Architecture+"  "+score, parts.Style{Tone: theme.Muted}))
		rows.Add(parts.NewRow(line, func() {
			l.inPopup()
			l.useModel(m)
		}))
	}
	l.popup(c, container.NewBorder(parts.Heading(lang.L("Which model shall suggest?")), nil, nil, nil, container.NewVScroll(rows)), 520, 360)()
}

// useModel asks a model what begins at each movement that nobody has labelled.
func (l *Label) useModel(m dataset.ModelRow) {
	l.hints, l.hint = nil, ""
	l.suggest()
	if len(l.hints) == 0 {
		return
	}
	session := l.session.ID
	hints := slices.Clone(l.hints)
	var onsets []float64
	for i := range hints {
		from, _ := l.editor.Times(hints[i].label)
		onsets = append(onsets, from)
	}
	task.Run(l.asking, func(ctx context.Context) (app.Proposals, error) { return l.source.Propose(ctx, m.ID, session, onsets) },
		func(p app.Proposals, err error) {
			if l.session == nil || l.session.ID != session {
				return
			}
			if err != nil {
				l.fail(err)
				return
			}
			if p.SameSession && l.blind {
				l.hints = nil
				l.show()
				l.say(lang.L("{{.Model}} has learnt from labels of this session: in a blind pass it would give them away.", map[string]any{"Model": m.Name}), true)
				return
			}
			l.takeAnswers(m, hints, p)
		})
}

func (l *Label) takeAnswers(m dataset.ModelRow, hints []hint, p app.Proposals) {
	unasked := 0
	for i := range hints {
		a := p.Answers[i]
		if a.Exercise == "" {
			unasked++
			hints[i].doubt = 1
			continue
		}
		hints[i].label.Exercise, hints[i].label.Confidence = a.Exercise, a.Confidence
		hints[i].label.Origin = "suggestion:model:" + m.ID
		hints[i].doubt = a.Doubt
	}
	l.hints = hints
	l.sortHints()
	said := lang.L("{{.N}} sets suggested by {{.Model}}. {{.Next}} walks them, {{.Take}} takes one, {{.Down}} turns it down, {{.Doubt}} orders them by doubt.",
		map[string]any{"N": len(hints), "Model": m.Name, "Next": l.keys.called("candidate"), "Take": l.keys.called("onset"), "Down": l.keys.called("delete"), "Doubt": l.keys.called("doubt")})
	switch {
	case p.SameSession:
		said += " " + lang.L("It has learnt from this very session.")
	case p.SamePerson:
		said += " " + lang.L("It has learnt from this person.")
	}
	if unasked > 0 {
		said += " " + lang.L("{{.N}} could not be asked of it: samples are missing.", map[string]any{"N": unasked})
	}
	l.say(said, false)
	l.show()
}

// orderByDoubt walks the suggestions by the model's doubt, the greatest first, or
// again by time, and goes to the first.
func (l *Label) orderByDoubt() {
	l.doubtFirst = !l.doubtFirst
	l.sortHints()
	if len(l.hints) > 0 {
		l.goToHint(0)
	}
	if l.doubtFirst {
		l.say(lang.L("Suggestions in the order of doubt: the least sure first."), false)
	} else {
		l.say(lang.L("Suggestions in the order of time."), false)
	}
	l.show()
}

func (l *Label) sortHints() {
	slices.SortStableFunc(l.hints, func(a, b hint) int {
		if l.doubtFirst {
			if c := cmp.Compare(b.doubt, a.doubt); c != 0 {
				return c
			}
		}
		from, _ := l.editor.Times(a.label)
		other, _ := l.editor.Times(b.label)
		return cmp.Compare(from, other)
	})
}

// adjustHint moves an edge of the chosen suggestion; it stays a suggestion.
func (l *Label) adjustHint(atStart bool, by int64) {
	h := l.hintByID(l.hint)
	t, ok := l.editor.Timeline(h.label.Recording)
	if !ok {
		return
	}
	before := h.label
	if atStart {
		h.label.Start = min(max(h.label.Start+by, 0), h.label.End-1)
	} else {
		h.label.End = min(max(h.label.End+by, h.label.Start+1), t.Samples)
	}
	h.adjust()
	l.show()
	if said := newlyAcross(t, before, h.label); said != "" {
		l.say(said, true)
	}
	from, to := l.editor.Times(h.label)
	if !atStart {
		from = to
	}
	l.trace.GoTo(from)
}

// dragHint takes a suggestion where the mouse let it go.
func (l *Label) dragHint(h *hint, from, to float64) {
	t, ok := l.editor.Timeline(h.label.Recording)
	if !ok {
		return
	}
	if p, in := labeling.PauseAt((from+to)/2, t); in && !recordedWithin(t, from, to) {
		l.say(pauseText(p)+" "+lang.L("The suggestion stays where it was."), true)
		l.show()
		return
	}
	start, end := t.Span(from, to)
	note := l.cutAtPause(t, start, end, from, to)
	h.label.Start, h.label.End = start, end
	h.adjust()
	l.hint, l.selected = h.id, nil
	l.show()
	if note != "" {
		l.say(note, true)
	}
}

// adjust marks a suggestion that a hand has moved.
func (h *hint) adjust() {
	if !strings.HasSuffix(h.label.Origin, " adjusted") {
		h.label.Origin += " adjusted"
	}
}

package shell

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	"onset/dataset"
	"onset/dataset/codec"
	"onset/dataset/privacy"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/words"
)

// importPaths imports files and folders as a job and reports what came of it.
// Without a study it says what to do first.
func (s *Shell) importPaths(paths []string) {
	st := s.bench.Current()
	switch {
	case len(paths) == 0:
		return
	case !st.Open:
		s.pending = paths
		s.showProblem(app.Problem{What: lang.L("No study is open to import into"), Where: strings.Join(paths, "\n"),
			Unharmed: lang.L("The files were not touched"), Do: lang.L("Make or open a study; the import then starts by itself")},
			action{word: lang.L("New study"), run: s.newStudy})
		return
	case st.ReadOnly:
		s.showError(fmt.Errorf("importing %s: %w", filepath.Base(paths[0]), dataset.ErrReadOnly))
		return
	}
	s.importWith(paths, codec.Options{}, nil)
}

// importWith imports into the open study as a job. again goes back to what was
// said of the files, with the reason of a refusal; nil where nothing was.
func (s *Shell) importWith(paths []string, o codec.Options, again func(codec.Refusal)) {
	if s.imports.busy && s.keys.open() {
		s.queueImport(waitingImport{paths, again, o})
		return
	}
	s.withKeys(o, func(o codec.Options) { s.importNow(paths, o, again) })
}

func (s *Shell) importNow(paths []string, o codec.Options, again func(codec.Refusal)) {
	var report codec.Report
	var unknown [][]string
	var job *app.Job
	started := make(chan struct{})
	o.Ask = s.asker(func() {
		<-started // a question may come before Import has returned
		job.Cancel()
	})
	job = s.bench.Import(paths, o, func(r codec.Report, _ error) {
		report = r // read after the job has ended
		if o.Mapping == nil {
			unknown = app.UnknownTables(r)
		}
	})
	close(started)
	path := s.keys.path
	book, _ := o.Keys.(*privacy.Book)
	s.whenDone(job.ID(), func(end app.JobStatus) {
		if book != nil {
			s.followNames(path, book)
			defer s.nextImport()
		}
		more := s.offerTables(unknown)
		if again != nil && len(report.Refused) > 0 {
			more = append(more, action{word: lang.L("Back to the description"), run: func() { again(report.Refused[0]) }})
		}
		s.importEnded(paths, report, unknown, more, end)
	})
}

// importEnded shows the report, unless all went in without a word.
func (s *Shell) importEnded(paths []string, report codec.Report, unknown [][]string, more []action, end app.JobStatus) {
	if end.State == app.JobFailed {
		p := app.Explain(end.Err)
		if n := len(report.Imported); n > 0 {
			p.Unharmed = joined(p.Unharmed, lang.N("{{.N}} session was imported before that and is in the study", n, map[string]any{"N": n}))
		}
		s.status.say("", false)
		s.showProblem(p)
		return
	}
	if end.State == app.JobDone && onlyTable(paths, report, unknown) && !s.busy() {
		s.status.say("", false)
		s.describe(unknown[0])
		return
	}
	lines := reportLines(report)
	title := reportTitle(report)
	if end.State == app.JobCancelled {
		title = lang.L("Import cancelled: {{.Rest}}", map[string]any{"Rest": title})
		if len(report.Imported) == 0 {
			title = lang.L("Import cancelled: nothing was imported")
		}
	}
	if len(lines) == 0 || len(report.Refused) == 0 && end.State == app.JobDone && !hasFindings(report) && len(report.Imported) > 0 {
		s.status.say(title, false)
		return
	}
	s.status.say(title, false)
	s.showReport(title, lines, more...)
}

func hasFindings(r codec.Report) bool {
	for _, i := range r.Imported {
		if len(i.Findings) > 0 {
			return true
		}
	}
	return false
}

func reportTitle(r codec.Report) string {
	text := lang.N("{{.N}} session imported", len(r.Imported), map[string]any{"N": words.Count(int64(len(r.Imported)))})
	if n := len(r.Refused); n > 0 {
		text += ", " + lang.L("{{.N}} refused", map[string]any{"N": words.Count(int64(n))})
	}
	findings := 0
	for _, i := range r.Imported {
		findings += len(i.Findings)
	}
	if findings > 0 {
		text += ", " + lang.N("{{.N}} finding", findings, map[string]any{"N": words.Count(int64(findings))})
	}
	return text
}

// reportLine is a line of an import report.
type reportLine struct {
	kind    string // "refused", "imported", "finding", "skipped"
	head    string
	text    string
	warning bool
}

// reportLines puts refusals first, then each session with its findings.
func reportLines(r codec.Report) []reportLine {
	var lines []reportLine
	for _, x := range r.Refused {
		text := x.Plain().Told(filepath.Base(x.Source))
		if x.Setting == codec.SettingEmpty || x.Setting == codec.SettingUnreadable {
			text += ". " + lang.L("The table's description can say that such cells are missing, or that such rows are left out")
		}
		lines = append(lines, reportLine{"refused", lang.L("Refused"), text, true})
	}
	again := map[reportLine]int{} // findings told already, by their line
	for _, i := range r.Imported {
		text := lang.L("{{.Source}} as {{.Person}}: {{.Samples}} samples over {{.Length}}, labels: {{.Labels}}", map[string]any{
			"Source": filepath.Base(i.Source), "Person": i.Participant, "Samples": words.Count(i.Samples),
			"Length": words.Length(i.DurationS), "Labels": words.Count(int64(i.Labels))})
		lines = append(lines, reportLine{"imported", lang.L("Imported"), text, false})
		for _, l := range findingLines(i.Findings) {
			if _, told := again[l]; !told {
				lines = append(lines, l)
			}
			again[l]++
		}
	}
	for i, l := range lines {
		if n := again[l] - 1; n > 0 {
			lines[i].text += " " + lang.N("… and the same for {{.N}} more session", n, map[string]any{"N": words.Count(int64(n))})
		}
	}
	if n := len(r.Skipped); n > 0 {
		lines = append(lines, reportLine{"skipped", lang.L("Left out"), lang.L("{{.N}} files are no recordings: {{.Names}}",
			map[string]any{"N": n, "Names": strings.Join(baseNames(r.Skipped), ", ")}), false})
	}
	return lines
}

// foreseen words the report of what an import would do; the people that it
// names are not those of the study.
func foreseen(r codec.Report) []reportLine {
	r.Imported = slices.Clone(r.Imported)
	for i := range r.Imported {
		r.Imported[i].Participant = dataset.ParticipantID(lang.L("a person to be named"))
	}
	lines := reportLines(r)
	for i, l := range lines {
		switch l.kind {
		case "refused":
			lines[i].head = lang.L("Would refuse")
		case "imported":
			lines[i].head = lang.L("Would import")
		case "skipped":
			lines[i].head = lang.L("Would leave out")
		}
	}
	return lines
}

// findingLines is a line for each kind of finding; the library has them all.
func findingLines(list []codec.Finding) []reportLine {
	found := make([]dataset.Finding, len(list))
	for i, f := range list {
		found[i] = dataset.Finding{Kind: f.Kind, AtS: f.AtS, LengthS: f.LengthS, Sample: -1, Message: f.Message}
	}
	var lines []reportLine
	for _, g := range oneByOne(words.GroupFindings(found)) {
		word := words.FindingWord(g.Kind)
		if g.Pause {
			word = lang.L("pause")
		}
		lines = append(lines, reportLine{"finding", words.Upper(word), g.Summary(), g.Grave()})
	}
	return lines
}

// oneByOne takes apart the findings about clocks, which tell different things,
// where they are few.
func oneByOne(groups []words.Findings) (out []words.Findings) {
	const few = 6
	for _, g := range groups {
		if g.Kind != dataset.FindingClock || len(g.List) > few {
			out = append(out, g)
			continue
		}
		for _, f := range g.List {
			out = append(out, words.Findings{Kind: g.Kind, List: []dataset.Finding{f}})
		}
	}
	return out
}

func baseNames(paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = filepath.Base(p)
	}
	return out
}

func (s *Shell) showReport(title string, lines []reportLine, more ...action) {
	s.showAdvised(title, lines, nil, more...)
}

// showAdvised is showReport with what to do, always read whole, under the lines.
func (s *Shell) showAdvised(title string, lines []reportLine, advice []string, more ...action) {
	whole := parts.NewParagraph(lang.L("Choose a line to read it whole."), true)
	rows := make([]choiceRow, len(lines))
	for i, l := range lines {
		rows[i] = choiceRow{head: l.head, text: l.text}
	}
	list := newChoiceList(rows, func() { s.dialogs.key(fyne.KeyReturn) }, func() { s.dialogs.key(fyne.KeyEscape) })
	list.UpdateItem = func(i int, o fyne.CanvasObject) { o.(*reportRow).set(lines[i]) }
	list.OnSelected = func(i int) { list.at = i; whole.SetText(lines[i].text) }
	text := title
	for _, l := range lines {
		text += "\n" + strings.TrimSpace(l.head+" "+l.text)
	}
	foot := parts.VBox(theme.Space2, parts.Sized(10, 58, container.NewVScroll(whole)))
	if len(advice) > 0 {
		foot.Add(parts.Rule())
		foot.Add(parts.Section(lang.L("What to do"), ""))
	}
	for _, a := range advice {
		text += "\n" + lang.L("What to do") + ": " + a
		foot.Add(parts.NewParagraph(a, false))
	}
	if len(advice) > 0 {
		foot.Add(parts.Sized(1, theme.Space1, layout.NewSpacer()))
	}
	s.dialogs.show(title, text, container.NewBorder(nil, foot, nil, nil, list), fyne.NewSize(860, 480),
		append(more, action{word: lang.L("Close"), primary: true, safe: true})...)
	if i := slices.IndexFunc(lines, func(l reportLine) bool { return l.warning }); i >= 0 {
		list.Select(i)
	}
	s.window.Canvas().Focus(list)
}

// reportRow draws a line of an import report.
type reportRow struct {
	widget.BaseWidget
	head, text *parts.Text
	box        fyne.CanvasObject
}

func newReportRow() *reportRow {
	r := &reportRow{head: parts.NewText("", parts.Style{Size: theme.TextSmall, Bold: true}), text: parts.NewText("", parts.Style{Cut: true})}
	r.box = parts.InsetXY(theme.Space2, 0, parts.Leading(parts.Sized(118, 24, r.head), r.text))
	r.ExtendBaseWidget(r)
	return r
}

func (r *reportRow) set(l reportLine) {
	r.head.SetText(l.head)
	r.text.SetText(l.text)
	head, text := theme.Accent, theme.Text
	switch {
	case l.kind == "refused":
		head = theme.Error
	case l.kind == "finding" && l.warning:
		text = theme.Warning
	case l.kind != "imported":
		head, text = theme.Muted, theme.Muted
	}
	r.head.SetTone(head)
	r.text.SetTone(text)
	r.box.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (r *reportRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }

// asker answers an import's questions by asking the person; that every copy is
// to be left out is said once. It is called on the import's goroutine. cancel
// ends the import.
func (s *Shell) asker(cancel func()) func(codec.Question) (string, error) {
	noCopies := false
	return func(q codec.Question) (string, error) {
		if q.Topic == topicCopy && noCopies {
			return leaveCopy, nil
		}
		key, err := s.askQuestion(q, cancel)
		if key == leaveAll {
			noCopies, key = true, leaveCopy
		}
		return key, err
	}
}

// What an import asks about a copy of what the study holds, and the answers.
const (
	topicCopy = "copy"
	leaveCopy = "leave"
	leaveAll  = "leave-all" // this window's own: this one and all further copies
)

// copied shows of what a source is a copy. Only the button imports it: Enter
// and Escape leave it out.
func (s *Shell) copied(q codec.Question, stop []action, answer func(key string)) {
	body := parts.VBox(theme.Space2, parts.NewParagraph(q.Text, false),
		parts.NewText(filepath.Base(q.Source), parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Mono: true, Cut: true}),
		parts.NewParagraph(lang.L("A session that is in the study twice counts twice in training, and may stand on both sides of a split."), true))
	actions := append(stop, action{word: lang.L("Import it all the same"), run: func() { answer("import") }})
	if q.Left > 0 {
		actions = append(actions, action{word: lang.L("Leave out every copy"), run: func() { answer(leaveAll) }})
	}
	s.dialogs.show(copyTitle(q.Extent), q.Text, body, fyne.NewSize(620, 220),
		append(actions, action{word: lang.L("Leave it out"), primary: true, safe: true, run: func() { answer(leaveCopy) }})...)
}

// copyTitle says as much as is known of a copy.
func copyTitle(extent dataset.Extent) string {
	switch extent {
	case dataset.ExtentMost:
		return lang.L("Most of this recording is in the study already")
	case dataset.ExtentPart:
		return lang.L("A part of this recording is in the study already")
	case dataset.ExtentHolds:
		return lang.L("This recording holds one that is in the study already")
	}
	return lang.L("This recording is in the study already")
}

// askQuestion asks the person what a source leaves open. It is called on an
// import's goroutine and waits for the answer.
func (s *Shell) askQuestion(q codec.Question, cancel func()) (string, error) {
	if q.TakesCode {
		if told, err := s.whom(q); err == nil { // without, the codes alone are shown
			q = told
		}
	}
	answer := make(chan string, 1)
	stop := []action{{word: lang.L("Cancel the import"), run: func() { cancel(); answer <- "" }}}
	s.runner.Apply(func() {
		if q.Topic == codec.TopicParticipant || q.Topic == codec.TopicParticipantOfSource {
			s.whose(q, stop, func(key string) { answer <- key })
			return
		}
		if q.Topic == topicCopy {
			s.copied(q, stop, func(key string) { answer <- key })
			return
		}
		actions := stop
		for _, c := range q.Choices {
			actions = append(actions, action{word: c.Text, run: func() { answer <- c.Key }})
		}
		actions = append(actions, action{word: lang.L("Leave this file out"), safe: true, run: func() { answer <- "" }})
		body := parts.VBox(theme.Space2, parts.NewParagraph(q.Text, false),
			parts.NewText(filepath.Base(q.Source), parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Mono: true, Cut: true}))
		s.dialogs.show(lang.L("This file does not say"), q.Text, body, fyne.NewSize(560, 180), actions...)
	})
	select {
	case key := <-answer:
		if key != "" {
			return key, nil
		}
	case <-s.closing:
	}
	return "", errors.New("left out, because its question was not answered")
}

// openSample opens the sample study as a job: it may have to be made first.
func (s *Shell) openSample() {
	if s.busy() {
		return
	}
	s.settled(func() { s.bench.OpenSample() })
}

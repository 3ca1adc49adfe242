package library

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"

	"onset/dataset"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/words"
)

const (
	labelKey      = "Enter"
	replayKey     = "R"
	panelWidth    = 380
	previewHeight = 150
)

// panel is the side panel: what the selected session holds and what can be done
// with it.
type panel struct {
	title      *parts.Text
	about      *parts.Paragraph
	preview    Preview
	recordings *fyne.Container
	align      *parts.Button
	takeOut    *parts.Button
	join       *parts.Button
	label      *parts.Button
	replay     *parts.Button
	export     *parts.Button
	remove     *parts.Button
	findings   *fyne.Container
	exercises  *fyne.Container
	problem    *parts.Paragraph
	read       dataset.Session // whose details are shown
	details    *fyne.Container
	hint       fyne.CanvasObject
	buttons    *fyne.Container
	actions    *fyne.Container // of the recordings
	object     fyne.CanvasObject
}

func newPanel(preview Preview, l *Library) *panel {
	actions := l.actions
	p := &panel{
		title: parts.Heading(""), about: parts.NewParagraph("", true), preview: preview,
		recordings: parts.VBox(0), findings: parts.VBox(3), exercises: parts.VBox(3),
		problem: parts.NewParagraph("", false),
	}
	with := func(run func(dataset.SessionSummary)) func() {
		return func() {
			if s, ok := l.summary(); ok && run != nil {
				run(s)
			}
		}
	}
	p.export = parts.NewButton(lang.L("Export"), "", actions.Export)
	p.remove = l.writer(parts.NewButton(lang.L("Delete"), "", l.remove))
	p.label = parts.NewPrimary(lang.L("Label"), labelKey, with(actions.Label))
	p.replay = parts.NewButton(lang.L("Replay"), replayKey, with(actions.Replay))
	p.buttons = parts.HBox(6, p.label, p.replay,
		p.export,
		layout.NewSpacer(),
		p.remove)
	p.align = parts.NewButton(lang.L("Align devices…"), "", with(actions.Align))
	p.align.Hide()
	p.takeOut = l.writer(parts.NewButton(lang.L("Take out…"), "", with(l.takeOut)))
	p.takeOut.Hide()
	p.join = l.writer(parts.NewButton(lang.L("Join…"), "", l.join))
	p.actions = container.NewBorder(nil, nil, nil, container.New(layout.NewCustomPaddedHBoxLayout(theme.Space1), p.align, p.takeOut, p.join),
		parts.Section(lang.L("Recordings"), ""))
	body := parts.VBox(theme.Space3, p.problem,
		parts.VBox(theme.Space1, p.actions, p.recordings),
		parts.VBox(theme.Space2, parts.Section(lang.L("Findings"), ""), p.findings),
		parts.VBox(theme.Space2, parts.Section(lang.L("Exercises"), ""), p.exercises))
	scroll := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 4, 0, 10), body))
	head := parts.VBox(theme.Space1, p.title, p.about)
	var picture fyne.CanvasObject = layout.NewSpacer()
	if preview != nil {
		frame := parts.NewCard(theme.Ground)
		picture = parts.Sized(10, previewHeight, container.NewStack(frame, parts.Inset(1, preview.Object())))
	}
	top := parts.VBox(theme.Space2, head, picture, parts.Sized(1, 2, layout.NewSpacer()))
	p.details = parts.Inset(theme.Space3, container.NewBorder(top, parts.InsetXY(0, theme.Space1, p.buttons), nil, nil, scroll))
	p.hint = parts.Inset(theme.Space4, container.NewCenter(
		parts.Sized(280, 20, parts.NewParagraph(lang.L("Choose a session to see its trace, its recordings and what the importer found."), true))))
	p.object = parts.Leading(parts.Upright(), container.NewStack(parts.NewFill(theme.Panel),
		parts.Sized(panelWidth, 10, container.NewStack(p.hint, p.details))))
	p.clear()
	return p
}

// clear shows that nothing is chosen.
func (p *panel) clear() {
	p.details.Hide()
	p.hint.Show()
	if p.preview != nil {
		p.preview.Clear()
	}
}

// begin shows what is known at once about a session whose details are read.
func (p *panel) begin(s dataset.SessionSummary, classes *theme.Classes) {
	p.hint.Hide()
	p.details.Show()
	p.tell(s, nil)
	p.problem.Hide()
	p.recordings.RemoveAll()
	p.findings.RemoveAll()
	p.showExercises(s, classes)
}

// tell names the session that is shown, and how many are chosen with it.
func (p *panel) tell(s dataset.SessionSummary, together []dataset.SessionSummary) {
	said := map[string]any{"Person": s.Participant, "N": s.Number, "More": len(together) - 1, "All": words.Count(int64(len(together)))}
	title, about := lang.L("{{.Person}}, session {{.N}}", said), aboutSession(s, p.spans(s.ID))
	join, export, remove := lang.L("Join…"), lang.L("Export"), lang.L("Delete")
	several := len(together) > 1
	keys := [2]string{labelKey, replayKey}
	if several {
		keys = [2]string{} // the words with the counts take their room
		title = lang.L("{{.Person}}, session {{.N}}, and {{.More}} more", said)
		join, export, remove = lang.L("Join {{.All}}…", said), lang.L("Export {{.All}}", said), lang.L("Delete {{.All}}", said)
	}
	p.title.SetText(title)
	p.about.SetText(about)
	p.join.SetWord(join)
	p.export.SetWord(export)
	p.remove.SetWord(remove)
	p.label.SetKey(keys[0])
	p.replay.SetKey(keys[1])
	show(p.align, s.Recordings > 1 && !several)
	show(p.takeOut, s.Recordings > 1 && !several)
	p.actions.Refresh()
	p.buttons.Refresh()
}

// spans is how long the session that is shown lasts with its gaps, in seconds; 0
// until its details are read.
func (p *panel) spans(id dataset.SessionID) float64 {
	if p.read.ID != id {
		return 0
	}
	return p.read.Duration()
}

// aboutSession sums a session up; span is how long it lasts with its gaps, which is
// told where they are more than 1 % of it.
func aboutSession(s dataset.SessionSummary, span float64) string {
	length := words.Length(s.Duration)
	if span-s.Duration > 0.01*span {
		length = lang.L("{{.Length}} recorded within {{.Span}}", map[string]any{"Length": length, "Span": words.Length(span)})
	}
	text := words.Upper(words.Placements(s.Sensors)) + ", " + length + ", " +
		words.Many(words.Sets(s), lang.L("set"), lang.L("sets"))
	if s.LabelSets > 1 {
		text += " " + lang.L("in “{{.Set}}”, the fullest of {{.N}} label sets", map[string]any{"Set": s.CountedSet, "N": s.LabelSets})
	}
	if at := words.Start(s.Start, s.Zone); at != "" {
		text += ". " + at
	}
	if change := words.ClockChange(s.Start, s.Zone, s.Duration); change != "" {
		text += ". " + strings.TrimSuffix(change, ".")
	}
	if s.Source != "" {
		text += ". " + lang.L("From {{.Source}} ({{.Format}})", map[string]any{"Source": s.Source, "Format": s.Format})
	}
	return text
}

// show fills in the recordings and findings.
func (p *panel) show(s dataset.Session) {
	p.read = s
	p.recordings.RemoveAll()
	for i, r := range s.Recordings {
		if i == maxRecordings {
			p.recordings.Add(parts.InsetXY(theme.Space2, 4, parts.Small(lang.L("and {{.N}} more", map[string]any{"N": len(s.Recordings) - i}))))
			break
		}
		p.recordings.Add(recordingLine(r, sharesPlace(s.Recordings, i)))
	}
	p.findings.RemoveAll()
	list := allFindings(s)
	for _, g := range words.GroupFindings(list) {
		p.addFindings(g)
	}
	if len(list) == 0 {
		p.findings.Add(parts.Small(lang.L("None: every sample was read as the file has it")))
	}
	if p.preview != nil {
		p.preview.Show(s)
	}
}

// addFindings shows the count of a kind with its first findings.
func (p *panel) addFindings(g words.Findings) {
	tone := theme.Muted
	if g.Grave() {
		tone = theme.Warning
	}
	word := FindingWord(g.Kind)
	if g.Pause {
		word = lang.L("pause")
	}
	chip := parts.Chip(word, tone)
	p.findings.Add(container.New(hanging{}, chip, parts.NewParagraph(g.Summary(), false)))
	under := func(o fyne.CanvasObject) { // the chip, whose kind it is of, too
		p.findings.Add(container.New(hanging{}, parts.Sized(chip.MinSize().Width, 1, layout.NewSpacer()), o))
	}
	n := len(g.List)
	for _, f := range g.List[1:min(n, maxFindings)] {
		under(parts.NewParagraph(words.FindingText(f), true))
	}
	if n > maxFindings {
		under(parts.Small(lang.L("and {{.N}} more", map[string]any{"N": words.Count(int64(n - maxFindings))})))
	}
}

const (
	maxRecordings = 12
	maxFindings   = 3 // of each kind
)

// sharesPlace reports whether another recording comes from the same place.
func sharesPlace(list []dataset.Recording, i int) bool {
	for k, r := range list {
		if k != i && r.Placement == list[i].Placement {
			return true
		}
	}
	return false
}

// recordingLine says where a recording was worn, of which sensors in which units
// it is, how long it is, and its true rate; and when it begins, where that tells it from others.
func recordingLine(r dataset.Recording, timed bool) fyne.CanvasObject {
	rate := fmt.Sprintf("%.2f Hz", r.MeasuredHz)
	if r.MeasuredHz <= 0 {
		rate = lang.L("{{.Rate}} nominal", map[string]any{"Rate": words.Rate(r.NominalHz)})
	}
	kept := lang.L("{{.N}} samples, {{.Rate}}", map[string]any{"N": words.Count(r.Samples), "Rate": rate})
	if timed {
		kept += lang.L(", from {{.At}}", map[string]any{"At": words.Length(r.Clock.Time(0))})
	}
	line := parts.VBox(0, parts.NewParagraph(worn(r), false), parts.NewParagraph(kept, true))
	if a := r.Alignment; a != nil {
		line.Add(parts.NewParagraph(alignedText(*a), true))
	}
	if text := driftText(r); text != "" {
		line.Add(parts.NewParagraph(text, true))
	}
	return parts.Below(parts.InsetXY(theme.Space2, 5, line), parts.Rule())
}

// alignedText says how a recording was laid on its session's axis.
func alignedText(a dataset.Alignment) string {
	how := lang.L("by hand")
	switch a.Method {
	case "anchors":
		how = lang.L("by hand with anchors")
	case "correlation":
		how = lang.L("by movement")
	}
	return lang.L("Aligned {{.How}}: shift {{.Shift}} s, {{.PPM}} ppm. Its own clock is kept.", map[string]any{
		"How": how, "Shift": fmt.Sprintf("%+.4f", a.ShiftS), "PPM": fmt.Sprintf("%+.0f", math.Round((a.Stretch-1)*1e6)+0)})
}

// worn names a recording's place and sensors with their units: "Left wrist,
// accelerometer (g), gyroscope (deg/s)".
func worn(r dataset.Recording) string {
	text := words.Upper(words.Placement(r.Placement))
	if r.Placement == "unknown" {
		text = lang.L("Unknown place")
	}
	var told []string
	for _, c := range r.Channels {
		sensor := strings.ReplaceAll(c.Kind, "-", " ")
		if c.Unit != "" && c.Unit != "1" {
			sensor += " (" + c.Unit + ")"
		}
		if !slices.Contains(told, sensor) {
			told = append(told, sensor)
		}
	}
	return strings.Join(append([]string{text}, told...), ", ")
}

// driftText says how far a recording's rate is from what its device claims;
// empty where one of them is not known.
func driftText(r dataset.Recording) string {
	ppm, within, ok := r.Drift()
	if !ok {
		return ""
	}
	said := map[string]any{"Rate": words.Rate(r.NominalHz), "PPM": words.Signed(ppm), "Within": words.Count(int64(math.Ceil(within)))}
	if math.Abs(ppm) < within {
		return lang.L("nominal {{.Rate}}, no drift within {{.Within}} ppm", said)
	}
	return lang.L("nominal {{.Rate}}, drift {{.PPM}} ± {{.Within}} ppm", said)
}

// allFindings lists the findings of all recordings by urgency and time.
func allFindings(s dataset.Session) []dataset.Finding {
	list := slices.Clone(s.Findings)
	for _, r := range s.Recordings {
		list = append(list, r.Findings...)
	}
	slices.SortStableFunc(list, func(a, b dataset.Finding) int {
		return cmp.Or(cmp.Compare(urgency(b.Kind), urgency(a.Kind)), cmp.Compare(a.AtS, b.AtS))
	})
	return list
}

// showExercises draws a bar per exercise, longest first.
func (p *panel) showExercises(s dataset.SessionSummary, classes *theme.Classes) {
	p.exercises.RemoveAll()
	ids := make([]string, 0, len(s.Exercises))
	most := 1
	for id, n := range s.Exercises {
		ids = append(ids, id)
		most = max(most, n)
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Exercises[b], s.Exercises[a]), cmp.Compare(a, b))
	})
	for _, id := range ids {
		n := s.Exercises[id]
		bar := parts.NewClassBar(float64(n)/float64(most), classes.Color(id))
		p.exercises.Add(container.New(barLine{}, parts.NewText(words.Exercise(id), parts.Style{Cut: true}), bar,
			parts.NewText(words.Count(int64(n)), parts.Style{Align: fyne.TextAlignTrailing})))
	}
	if len(ids) == 0 {
		p.exercises.Add(parts.Small(lang.L("No labels yet: press Enter to label this session")))
	}
}

func (p *panel) fail(text string) {
	p.problem.SetText(text)
	p.problem.Show()
}

// barLine lays out a name, a bar and a number in one line.
type barLine struct{}

func (barLine) Layout(o []fyne.CanvasObject, size fyne.Size) {
	name, number := size.Width*0.40, float32(40)
	for i, x := range []struct{ x, w float32 }{{0, name - 8}, {name, size.Width - name - number}, {size.Width - number, number}} {
		h := o[i].MinSize().Height
		o[i].Move(fyne.NewPos(x.x, (size.Height-h)/2))
		o[i].Resize(fyne.NewSize(x.w, h))
	}
}

func (barLine) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(200, 19) }

// hanging puts a chip before a paragraph that wraps beside it.
type hanging struct{}

func (hanging) Layout(o []fyne.CanvasObject, size fyne.Size) {
	c := o[0].MinSize()
	o[0].Move(fyne.NewPos(0, 1))
	o[0].Resize(c)
	o[1].Move(fyne.NewPos(c.Width+6, 0))
	o[1].Resize(fyne.NewSize(size.Width-c.Width-6, size.Height))
}

func (hanging) MinSize(o []fyne.CanvasObject) fyne.Size {
	c, t := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(c.Width+6+t.Width, max(c.Height+2, t.Height))
}

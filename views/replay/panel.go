package replay

import (
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	core "onset/replay"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/words"
)

const (
	panelWidth = 292
	toldWidth  = panelWidth - 28
	barsHeight = topShown * barHeight
	barHeight  = 16
	topShown   = 3 // exercises shown of each distribution
)

// panel explains the decision at the playhead: the answer, why, and each
// source's distribution with its weight.
type panel struct {
	at       *parts.Text
	swatch   *parts.Swatch
	answer   *parts.Text
	p        *parts.Text
	verdict  *parts.Paragraph
	why      *parts.Paragraph
	told     *fyne.Container // the verdict and why; as high as the longest of the session, so that nothing below moves
	room     float32
	margin   *parts.Text
	pool     core.Pool
	muted    [core.Sources]bool
	sections [core.Sources]*section
	fused    *bars
	notes    *parts.Paragraph
	cost     *cost
	set      *setPage
	rules    *rules
	figures  *figures
	pages    *pages
	honest   *fyne.Container // offered when the model knows this session
	object   fyne.CanvasObject
}

// section is one source: its name, weight, mute and most probable exercises.
type section struct {
	name   *parts.Text
	weight *widget.Slider
	value  *parts.Text
	beside *parts.Text // where the weight began, its floor, what the source heard
	mute   *parts.Button
	bars   *bars
	none   *parts.Text
	object fyne.CanvasObject
}

func newPanel(r *Replay) *panel {
	p := &panel{at: parts.NewText("", parts.Style{Tone: theme.Muted, Size: 12, Bold: true}), swatch: parts.NewSwatch(theme.Color(theme.Line)),
		answer:  parts.NewText("", parts.Style{Size: theme.TextHeading, Bold: true, Cut: true}),
		p:       parts.NewText("", parts.Style{Size: theme.TextHeading, Bold: true}),
		margin:  parts.NewText("", parts.Style{Tone: theme.Muted, Size: theme.TextSmall}),
		verdict: parts.NewParagraph("", false), why: parts.NewParagraph("", true), fused: newBars(), notes: parts.NewParagraph("", true)}
	p.told = container.New(reserved{&p.room}, container.NewVScroll(parts.VBox(4, p.verdict, p.why)))
	head := parts.VBox(6, p.at, container.NewBorder(nil, nil, parts.HBox(theme.Space1, p.swatch), p.p, parts.InsetXY(4, 0, p.answer)), p.told)
	fused := parts.VBox(3, container.NewBorder(nil, nil, nil, p.margin, parts.NewText(lang.L("Fused"), parts.Style{Bold: true})), parts.Sized(10, barsHeight, p.fused.object))
	column := parts.VBox(7, head, parts.Rule(), fused, parts.HBox(6, parts.NewButton(lang.L("Next flip"), "F", func() { r.nextFlip(1) }),
		parts.NewButton(lang.L("Fitted weights"), "W", r.reset)))
	for s := range core.Sources {
		sec := newSection(s, func(w float64) { r.weigh(s, w) }, func() { r.mute(s) })
		p.sections[s] = sec
		column.Add(parts.Rule())
		column.Add(sec.object)
	}
	column.Add(parts.Rule())
	p.cost = newCost(r.price)
	column.Add(p.cost.object)
	column.Add(parts.Rule())
	column.Add(p.notes)
	p.honest = parts.VBox(6,
		parts.NewButton(lang.L("Train one without this session"), "", func() { r.trainWithout(false) }),
		parts.NewButton(lang.L("Train one without this person"), "", func() { r.trainWithout(true) }))
	p.honest.Hide()
	column.Add(p.honest)
	p.set, p.rules, p.figures = newSetPage(r.show), newRules(r.checkRule, r.show), newFigures(r.walkTimes)
	padded := func(o fyne.CanvasObject) fyne.CanvasObject {
		return container.New(layout.NewCustomPaddedLayout(10, 10, 12, 14), o)
	}
	p.pages = newPages([]string{lang.L("Decision"), lang.L("Set"), lang.L("Rules"), lang.L("Figures")}, container.NewVScroll(padded(column)), padded(p.set.object), padded(p.rules.object), padded(p.figures.object))
	p.object = parts.Leading(parts.Upright(), container.NewStack(parts.NewFill(theme.Panel), parts.Sized(panelWidth, 10, p.pages.object)))
	return p
}

// reserved is as high as it is told.
type reserved struct{ height *float32 }

func (l reserved) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(10, *l.height) }
func (reserved) Layout(o []fyne.CanvasObject, size fyne.Size) {
	for _, x := range o {
		x.Resize(size)
	}
}

// reserve makes room for the longest explanation of a replay.
func (p *panel) reserve(r *core.Result) {
	line := parts.NewParagraph("x", true).MinSize().Height
	lines := func(text string) float32 {
		return float32(len(parts.Wrap(text, toldWidth, theme.TextBody, fyne.TextStyle{})))
	}
	most := float32(3)
	for _, d := range r.Decisions {
		most = max(most, lines(verdict(d))+lines(d.Why))
	}
	p.room = max(p.room, (most+2)*line+8) // two more for what flipped
	p.pages.object.Refresh()
}

func newSection(s core.Source, weigh func(float64), mute func()) *section {
	sec := &section{name: parts.NewText(sourceWord(s), parts.Style{Bold: true, Cut: true}), value: parts.NewText("", parts.Style{Tone: theme.Muted}),
		beside: parts.NewText("", parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Cut: true}),
		bars:   newBars(), none: parts.NewText("", parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Cut: true})}
	sec.weight = widget.NewSlider(0, 2)
	sec.weight.Step = 0.05
	sec.weight.OnChanged = weigh
	sec.mute = parts.NewButton(lang.L("mute"), "", mute)
	line := container.NewBorder(nil, nil, nil, parts.HBox(6, sec.value, parts.Sized(78, 20, sec.weight), sec.mute), sec.name)
	sec.object = parts.VBox(1, line, sec.beside, parts.Sized(10, barsHeight, container.NewStack(sec.bars.object, parts.VBox(0, sec.none))))
	return sec
}

// show explains decision i; -1 says that none has been made yet.
func (p *panel) show(r *replayed, i int) {
	p.set.show(r, i)
	defer p.told.Refresh()
	p.weights(r, i)
	p.margin.SetText("")
	if i < 0 {
		p.at.SetText(lang.L("Before the first decision"))
		p.answer.SetText(lang.L("nothing decided yet"))
		p.p.SetText("")
		p.swatch.SetColor(theme.Color(theme.Line))
		p.verdict.SetText("")
		p.why.SetText(lang.L("Play, press E for the next error, or click on the trace."))
		for _, s := range p.sections {
			s.bars.set(nil, r)
			s.none.Hide()
		}
		p.fused.set(nil, r)
		return
	}
	d := r.result.Decisions[i]
	p.at.SetText(lang.L("Decision at {{.At}}", map[string]any{"At": words.Moment(d.AtS)}))
	p.answer.SetText(orNoAnswer(d.Fused))
	p.p.SetText(fmt.Sprintf("%.2f", d.P))
	p.swatch.SetColor(r.classes.Color(d.Fused))
	p.margin.SetText(lang.L("margin {{.M}}", map[string]any{"M": fmt.Sprintf("%.2f", d.Margin)}))
	text := verdict(d)
	if flip := r.flipped(i); flip != "" {
		text += " " + flip
	}
	p.verdict.SetText(text)
	p.why.SetText(d.Why)
	for s, sec := range p.sections {
		dist := d.By(core.Source(s))
		if bestOf(dist) == "" {
			sec.bars.set(nil, r)
			sec.none.SetText(silence(d, core.Source(s)))
			sec.none.Show()
		} else {
			sec.bars.set(dist, r)
			sec.none.Hide()
		}
	}
	p.fused.set(d.Whole, r)
}

// heard says what a source heard at a decision: which sensors spoke when not all
// did, and where the person stood.
func heard(d core.Decision, s core.Source) string {
	switch {
	case s == core.Sensor && d.Fallback != "":
		return lang.L("{{.Sensors}} alone", map[string]any{"Sensors": words.Sensors(d.SensorSet)})
	case s == core.Place && d.Zone != "":
		return d.Zone
	}
	return ""
}

func orNoAnswer(exercise string) string {
	if exercise == "" {
		return lang.L("no answer")
	}
	return words.Exercise(exercise)
}

// verdict says how long after the onset the answer came, whether it is right,
// and what the sensor alone would have said.
func verdict(d core.Decision) string {
	text := lang.L("{{.S}} s after onset.", map[string]any{"S": fmt.Sprintf("%.1f", d.AtS-d.OnsetS)})
	switch {
	case d.Truth == "":
		text += " " + lang.L("Nothing is labelled here.")
	case d.Fused == d.Truth:
		text += " " + lang.L("Right.")
	case d.Fused == "":
		text += " " + lang.L("Not sure enough to answer; it was {{.Truth}}.", map[string]any{"Truth": words.Exercise(d.Truth)})
	default:
		text += " " + lang.L("Wrong: it was {{.Truth}}.", map[string]any{"Truth": words.Exercise(d.Truth)})
	}
	if alone := bestOf(d.Sensor); alone != "" && alone != d.Fused {
		text += " " + lang.L("The sensor alone would have said {{.Name}}.", map[string]any{"Name": words.Exercise(alone)})
	}
	return text
}

// silence says why a source has nothing to say.
func silence(d core.Decision, s core.Source) string {
	switch {
	case s == core.Sensor && d.Missing != "":
		return words.Upper(d.Missing)
	case d.NoEvidence[s.String()] != "":
		return words.Upper(d.NoEvidence[s.String()])
	case s == core.Memory:
		return lang.L("Nothing to remember yet")
	case s == core.Place:
		return lang.L("Nothing is known of the place")
	}
	return lang.L("Says nothing here")
}

// setWeights keeps the weights in use; show says what they are at a decision.
func (p *panel) setWeights(pool core.Pool, muted [core.Sources]bool) {
	p.pool, p.muted = pool, muted
	for s, sec := range p.sections {
		sec.mute.SetChosen(muted[s])
		tone := theme.Text
		if muted[s] {
			tone = theme.Muted
		}
		sec.name.SetTone(tone)
	}
}

// weights shows each source's weight at decision i, without reporting it back.
func (p *panel) weights(r *replayed, i int) {
	var d, fitted *core.Decision
	if i >= 0 {
		d = &r.result.Decisions[i]
		if i < len(r.base.Decisions) {
			fitted = &r.base.Decisions[i]
		}
	}
	start := r.base.Weights
	if len(r.base.Models) > 1 {
		start = nil // each model has its own
	}
	for s, sec := range p.sections {
		source := core.Source(s)
		value, beside, weight := weightText(source, d, fitted, p.pool, start, p.pool.Floor[s], p.muted[s])
		if d != nil {
			if h := heard(*d, source); h != "" {
				beside = h + " · " + beside
			}
		}
		report := sec.weight.OnChanged
		sec.weight.OnChanged = nil
		if p.muted[s] {
			weight = p.pool.Weight[s]
		}
		sec.weight.SetValue(weight)
		sec.weight.OnChanged = report
		sec.value.SetText(value)
		sec.beside.SetText(beside)
	}
}

func (p *panel) setNotes(r *core.Result) {
	lines := slices.Clone(r.Notes)
	if n := len(r.LearntFrom); n > 0 {
		lines = append(lines, lang.L("Order, place and memory were learnt from {{.N}} other sessions.", map[string]any{"N": n}))
	}
	if n := len(r.Switches); n > 0 {
		lines = append(lines, lang.L("Sensors fell silent or came back {{.N}} times; the model changed with them.", map[string]any{"N": n}))
	}
	if n := len(r.Anomalies); n > 0 {
		lines = append(lines, lang.L("{{.N}} packets were late, repeated or missing.", map[string]any{"N": n}))
	}
	p.notes.SetText(strings.Join(lines, " "))
	if r.TrainedOnSession {
		p.honest.Show()
	} else {
		p.honest.Hide()
	}
}

// bars are the most probable exercises of a distribution, on a scale of 0 to 1.
type bars struct {
	lines  [topShown]*barLine
	object *fyne.Container
}

type barLine struct {
	name, value *parts.Text
	bar         *parts.Bar
	object      fyne.CanvasObject
}

func newBars() *bars {
	b := &bars{object: parts.VBox(0)}
	for i := range b.lines {
		l := &barLine{name: parts.NewText("", parts.Style{Size: 12, Cut: true}), bar: parts.NewBar(0),
			value: parts.NewText("", parts.Style{Size: 12, Tone: theme.Muted, Align: fyne.TextAlignTrailing})}
		l.object = container.New(barLayout{}, l.name, l.bar, l.value)
		b.lines[i] = l
		b.object.Add(l.object)
	}
	return b
}

func (b *bars) set(d core.Distribution, r *replayed) {
	names := make([]string, 0, len(d))
	for n := range d {
		names = append(names, n)
	}
	slices.SortFunc(names, func(x, y string) int {
		if d[x] != d[y] {
			return compareFloat(d[y], d[x])
		}
		return strings.Compare(x, y)
	})
	for i, l := range b.lines {
		if i >= len(names) {
			l.object.Hide()
			continue
		}
		l.name.SetText(words.Exercise(names[i]))
		l.bar.SetColor(r.classes.Color(names[i]))
		l.bar.SetValue(d[names[i]])
		l.value.SetText(fmt.Sprintf("%.2f", d[names[i]]))
		l.object.Show()
	}
}

// barLayout lays out a name, a bar and a number.
type barLayout struct{}

func (barLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	name, value := size.Width*0.44, float32(36)
	for i, x := range []struct{ x, w float32 }{{0, name - 6}, {name, size.Width - name - value}, {size.Width - value, value}} {
		h := o[i].MinSize().Height
		o[i].Move(fyne.NewPos(x.x, (size.Height-h)/2))
		o[i].Resize(fyne.NewSize(x.w, h))
	}
}

func (barLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(160, barHeight) }

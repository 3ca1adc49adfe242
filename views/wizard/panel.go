package wizard

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/views/parts"
	"onset/views/theme"
	"onset/views/words"
)

// panel is what is said of the chosen column.
type panel struct {
	object          fyne.CanvasObject
	head            *parts.Text
	facts           *parts.Paragraph
	as, kind, axis  *picker
	unit, scale     *input
	units           *fyne.Container
	placement       *picker
	spread          *parts.Button
	samples         *fyne.Container
	label           *parts.Paragraph
	previous, after *parts.Button
}

func (w *Wizard) buildColumn() {
	p := &w.panel
	p.head = parts.Heading("")
	p.facts = parts.NewParagraph("", true)
	p.previous = parts.NewButton("←", "", func() { w.choose(w.chosen - 1) })
	p.after = parts.NewButton("→", "", func() { w.choose(w.chosen + 1) })
	p.as = newPicker("read as", roleChoices(), w.keys, func(key string) {
		if w.view.filling || !w.loaded {
			return
		}
		w.draft.read(w.chosen, key)
		w.fill()
		w.changed()
	})
	p.kind = newPicker("kind", kindChoices(), w.keys, func(key string) {
		if w.column(func(c *column) { c.kind = key }) {
			w.showColumn()
		}
	})
	p.axis = newPicker("axis", axisChoices(), w.keys, func(key string) { w.column(func(c *column) { c.axis = key }) })
	p.unit = newInput("unit", lang.L("say the unit"), w.keys, func(text string) { w.column(func(c *column) { c.unit = text }) })
	p.scale = newInput("multiply by", "1", w.keys, func(text string) { w.column(func(c *column) { c.scale = text }) })
	p.units = parts.HBox(theme.Space1)
	p.placement = newPicker("column placement", placeChoices(lang.L("as the recording")), w.keys, func(key string) { w.column(func(c *column) { c.placement = key }) })
	p.spread = parts.NewButton("", "", w.spread)
	p.samples = parts.VBox(theme.Space2,
		pair(field(lang.L("Sensor"), p.kind), field(lang.L("Axis"), p.axis)),
		pair(field(lang.L("Unit"), p.unit), field(lang.L("Multiply by"), p.scale)),
		p.units, p.spread,
		field(lang.L("Worn at"), p.placement))
	p.label = parts.NewParagraph("", true)
	p.object = container.NewStack(parts.NewCard(theme.Panel), parts.Inset(theme.Space3, container.NewVScroll(parts.VBox(theme.Space2,
		container.NewBorder(nil, nil, nil, parts.HBox(theme.Space1, p.previous, p.after), p.head),
		p.facts, field(lang.L("Read as"), p.as), p.samples, p.label))))
}

// column changes what is said of the chosen column; false while it is only
// being shown.
func (w *Wizard) column(change func(*column)) bool {
	if w.view.filling || !w.loaded || w.chosen >= len(w.draft.columns) {
		return false
	}
	change(&w.draft.columns[w.chosen])
	w.showSpread()
	w.changed()
	return true
}

// spread gives the chosen column's unit to the others of its kind: asked for, a
// unit is never carried over by itself.
func (w *Wizard) spread() {
	from := w.draft.columns[w.chosen]
	for _, i := range w.draft.alike(w.chosen) {
		w.draft.columns[i].unit, w.draft.columns[i].scale = from.unit, from.scale
	}
	w.showSpread()
	w.changed()
}

func (w *Wizard) showSpread() {
	p, c := &w.panel, w.draft.columns[w.chosen]
	differ := 0
	for _, i := range w.draft.alike(w.chosen) {
		if o := w.draft.columns[i]; o.unit != c.unit || o.scale != c.scale {
			differ++
		}
	}
	visible(p.spread, differ > 0 && strings.TrimSpace(c.unit) != "")
	p.spread.SetWord(lang.L("Same unit for {{.N}} more", map[string]any{"N": differ}))
	p.object.Refresh()
}

// showColumn puts the chosen column into the panel.
func (w *Wizard) showColumn() {
	if !w.loaded || w.chosen >= len(w.draft.columns) {
		return
	}
	p, c := &w.panel, w.draft.columns[w.chosen]
	w.view.filling = true
	p.head.SetText(title(w.table, w.chosen))
	p.facts.SetText(w.columnFacts())
	p.as.set(c.as)
	p.kind.set(c.kind)
	p.axis.set(c.axis)
	if c.axis == "" {
		p.axis.Selected = lang.L("none")
	}
	p.unit.set(c.unit)
	p.scale.set(c.scale)
	p.placement.set(c.placement)
	if c.placement == "" {
		p.placement.Selected = lang.L("as the recording")
	}
	list := unitsOf(c.kind)
	said := make([]string, len(list))
	for i, u := range list {
		said[i] = u.word
	}
	p.units.Objects = chips(said, func(i int) {
		w.view.filling = true
		p.unit.set(list[i].unit)
		p.scale.set(list[i].scale)
		w.view.filling = false
		w.column(func(c *column) { c.unit, c.scale = list[i].unit, list[i].scale })
	}).Objects
	w.view.filling = false
	visible(p.samples, c.as == asSamples)
	visible(p.label, c.as != asSamples)
	switch c.as {
	case asTime:
		p.label.SetText(lang.L("When each row was taken. Its unit is said at the left."))
	case asLabel:
		p.label.SetText(lang.L("Runs of equal cells become labels of the exercise that they name; empty cells are no label."))
	default:
		p.label.SetText(lang.L("This column is left out."))
	}
	if w.chosen > 0 {
		p.previous.Enable()
	} else {
		p.previous.Disable()
	}
	if w.chosen < len(w.draft.columns)-1 {
		p.after.Enable()
	} else {
		p.after.Disable()
	}
	w.showSpread()
}

// shownName is how many letters of a column's name are sure to be seen above.
const shownName = 18

// columnFacts is what the first rows say of the chosen column.
func (w *Wizard) columnFacts() string {
	c := w.table.Columns[w.chosen]
	text := lang.L("Column {{.N}} of {{.Of}}", map[string]any{"N": w.chosen + 1, "Of": len(w.table.Columns)})
	switch c.Kind {
	case "number":
		text += ". " + lang.L("Numbers from {{.Low}} to {{.High}} in the first rows", map[string]any{"Low": plain(c.Low), "High": plain(c.High)})
	case "time":
		text += ". " + lang.L("Dates and times, such as {{.Example}}", map[string]any{"Example": c.Example})
	case "text":
		text += ". " + lang.L("Texts, such as {{.Example}}", map[string]any{"Example": c.Example})
	case "empty":
		text += ". " + lang.L("Empty in the first rows")
	}
	if len([]rune(c.Name)) > shownName {
		text = c.Name + ". " + text
	}
	if c.Unit != "" {
		text += ". " + lang.L("The file says its unit is {{.Unit}}", map[string]any{"Unit": c.Unit})
	}
	return words.Upper(text) + "."
}

package wizard

import (
	"strconv"
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
	sideWidth = 276
	twoLines  = 40 // so that nothing moves when a sentence gets its second line
)

// view holds what is on the screen, the panel of a column apart.
type view struct {
	object  fyne.CanvasObject
	preview *preview
	built   bool
	filling bool

	delimiter, decimal, header *picker
	emptyCell, badRow          *picker
	skip                       *input
	timeOf, timeUnit, from     *picker
	format, zone, rate, first  *input
	formats, zones, zoneFields *fyne.Container
	timeFields, numberFields   *fyne.Container
	textFields, sampleFields   *fyne.Container
	device, person             *input
	placement, site            *picker
	personNote                 *parts.Paragraph

	found                        *parts.Paragraph
	ways                         *fyne.Container // out of a row that cannot be read
	toMissing, toWestern, toSkip *parts.Button
	hz, jitter, gaps, day, span  *parts.Stat
	name                         *input
	reason                       *parts.Paragraph
	start, keep                  *parts.Button
}

func (w *Wizard) build() {
	v := &w.view
	v.preview = newPreview(w)
	v.buildFile(w)
	v.buildTime(w)
	v.buildRecording(w)
	side := parts.VBox(theme.Space3,
		parts.VBox(theme.Space1, parts.Section(lang.L("The text"), ""),
			pair(field(lang.L("Between cells"), v.delimiter), field(lang.L("Decimal sign"), v.decimal)),
			pair(field(lang.L("Header"), v.header), field(lang.L("Lines to pass over"), v.skip)),
			field(lang.L("A cell without a number"), v.emptyCell),
			field(lang.L("A row that cannot be read"), v.badRow)),
		parts.VBox(theme.Space1, parts.Section(lang.L("The times"), ""), field(lang.L("Times are in"), v.timeOf), v.timeFields),
		parts.VBox(theme.Space1, parts.Section(lang.L("The recording"), ""),
			field(lang.L("Worn at"), v.placement), pair(field(lang.L("Device"), v.device), field(lang.L("Recorded in"), v.site)),
			field(lang.L("Participant's study code"), v.person), v.personNote))
	scroll := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 6, 0, 12), side))

	w.buildColumn()
	v.found = parts.NewParagraph("", true)
	v.buildWays(w)
	v.hz, v.jitter = parts.NewStat(lang.L("Rate"), ""), parts.NewStat(lang.L("Jitter"), "")
	v.gaps, v.day = parts.NewStat(lang.L("Gaps"), ""), parts.NewStat(lang.L("Starts"), "")
	v.span = parts.NewStat(lang.L("Tried on"), "")
	facts := parts.VBox(theme.Space2, container.New(shares{18, 13, 20, 15, 34}, v.hz, v.jitter, v.gaps, v.span, v.day),
		parts.Sized(10, twoLines, container.NewStack(v.found, parts.VBox(0, v.ways))))

	v.name = newInput("mapping name", lang.L("the device, or empty"), w.keys, func(string) { w.note = ""; w.show() })
	v.keep = parts.NewButton(lang.L("Save"), "", w.keep)
	v.reason = parts.NewParagraph("", false)
	cancel := parts.NewButton(lang.L("Cancel"), "Esc", w.Escape)
	v.start = parts.NewPrimary(lang.L("Import"), "Enter", w.start)
	remember := parts.HBox(theme.Space2, parts.Small(lang.L("Know such files next time as")), parts.Sized(200, 10, v.name), v.keep)
	foot := parts.VBox(theme.Space2, parts.Rule(),
		inOrder(remember, parts.HBox(theme.Space2, cancel, v.start), parts.InsetXY(theme.Space3, 0, parts.Sized(10, twoLines, v.reason))))

	file := parts.NewText(base(w.paths), parts.Style{Tone: theme.Muted, Mono: true, Cut: true})
	head := parts.VBox(theme.Space2, file, parts.Rule())
	middle := container.NewBorder(nil, parts.VBox(theme.Space2, parts.Sized(1, 1, layout.NewSpacer()), facts), nil, nil, v.preview)
	// In the order in which Tab walks.
	left, right := parts.Sized(sideWidth, 10, scroll), parts.Sized(sideWidth, 10, w.panel.object)
	v.object = container.New(layout.NewBorderLayout(head, foot, left, right), head, left,
		parts.InsetXY(theme.Space3, theme.Space2, middle), right, foot)
	v.built = true
	w.show()
}

// inOrder is a row whose middle takes what its ends leave; Tab meets the ends
// from left to right.
func inOrder(left, right, middle fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewBorderLayout(nil, nil, left, right), left, middle, right)
}

func pair(a, b fyne.CanvasObject) fyne.CanvasObject { return container.NewGridWithColumns(2, a, b) }

func (v *view) buildFile(w *Wizard) {
	relaid := func(set func(key string)) func(string) {
		return func(key string) {
			if !v.filling {
				set(key)
				w.laidOut()
			}
		}
	}
	d := &w.draft
	v.delimiter = newPicker("delimiter", delimiterChoices(), w.keys, relaid(func(key string) {
		d.rule.Delimiter = key
		if key == "," && d.rule.Decimal == "," {
			d.rule.Decimal = ""
			v.decimal.set(".")
		}
	}))
	v.decimal = newPicker("decimal sign", decimalChoices(), w.keys, relaid(func(key string) {
		d.rule.Decimal = ""
		if key == "," {
			d.rule.Decimal = key
			if d.rule.Delimiter == "," {
				d.rule.Delimiter = ";"
				v.delimiter.set(";")
			}
		}
	}))
	v.header = newPicker("header", headerChoices(), w.keys, relaid(func(key string) {
		d.rule.Header, d.rule.Units = key != "none", key == "units"
	}))
	v.skip = newInput("lines to pass over", "0", w.keys, func(text string) {
		if v.filling {
			return
		}
		d.skip = text
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 0 && n <= 1000 {
			d.rule.Skip = n
			w.laidOut()
			return
		}
		w.changed()
	})
	v.emptyCell = newPicker("empty cell", emptyChoices(), w.keys, w.set(&d.empty))
	v.badRow = newPicker("bad row", badRowChoices(), w.keys, w.set(&d.badRow))
}

// set is a change of a text of the draft.
func (w *Wizard) set(to *string) func(string) {
	return func(text string) {
		if !w.view.filling && w.loaded {
			*to = text
			w.changed()
		}
	}
}

func (v *view) buildTime(w *Wizard) {
	d := &w.draft
	v.timeOf = newPicker("time column", nil, w.keys, func(key string) {
		if v.filling || !w.loaded {
			return
		}
		if at := d.timeColumn(); at >= 0 {
			d.read(at, asNothing)
		}
		if i, err := strconv.Atoi(key); err == nil {
			d.read(i, asTime)
		}
		w.fill()
		w.changed()
	})
	v.timeUnit = newPicker("time unit", timeChoices(), w.keys, func(key string) {
		if !v.filling && w.loaded {
			d.timeUnit = key
			w.showTime()
			w.changed()
		}
	})
	v.from = newPicker("times count from", fromChoices(), w.keys, w.set(&d.from))
	v.format = newInput("time format", "YYYY-MM-DD hh:mm:ss.f", w.keys, w.set(&d.format))
	v.zone = newInput("zone", lang.L("type a city or a country"), w.zoneKeys(), func(text string) {
		if !v.filling && w.loaded {
			d.zone, w.zoneSaid = text, true
			w.offerZones()
			w.changed()
		}
	})
	v.rate = newInput("rate", lang.L("as measured"), w.keys, w.set(&d.rate))
	v.first = newInput("first sample", "0", w.keys, w.set(&d.first))
	orders := []string{"D/M/YYYY h:mm:ss.f", "M/D/YYYY h:mm:ss.f"}
	v.formats = chips([]string{lang.L("day first"), lang.L("month first")}, func(i int) { v.format.SetText(orders[i]) })
	v.zones = parts.VBox(2)
	v.numberFields = parts.VBox(theme.Space1, field(lang.L("Count from"), v.from))
	v.zoneFields = parts.VBox(theme.Space1, field(lang.L("Zone of the clock"), v.zone), v.zones)
	v.textFields = parts.VBox(theme.Space1, field(lang.L("Written as"), v.format), v.formats, v.zoneFields)
	v.sampleFields = parts.VBox(theme.Space1, field(lang.L("Number of the first sample"), v.first))
	v.timeFields = parts.VBox(theme.Space1, pair(field(lang.L("Unit"), v.timeUnit), field(lang.L("Rate, Hz"), v.rate)),
		v.numberFields, v.textFields, v.sampleFields)
}

func (v *view) buildRecording(w *Wizard) {
	d := &w.draft
	v.device = newInput("device", lang.L("kind of device"), w.keys, w.set(&d.device))
	v.placement = newPicker("placement", placeChoices(lang.L("not said")), w.keys, w.set(&d.placement))
	v.site = newPicker("site", siteChoices(), w.keys, w.set(&d.site))
	v.person = newInput("participant", lang.L("asked when empty"), w.keys, func(text string) {
		d.participant = text
		w.showPerson()
		w.show()
	})
	v.personNote = parts.NewParagraph("", true)
}

// fill puts the draft into the fields.
func (w *Wizard) fill() {
	v, d := &w.view, &w.draft
	v.filling = true
	v.delimiter.set(d.rule.Delimiter)
	v.decimal.set(".")
	if d.rule.Decimal == "," {
		v.decimal.set(",")
	}
	switch {
	case d.rule.Units:
		v.header.set("units")
	case d.rule.Header:
		v.header.set("names")
	default:
		v.header.set("none")
	}
	v.skip.set(d.skip)
	v.emptyCell.set(d.empty)
	v.badRow.set(d.badRow)
	options := []choice{{"", lang.L("no column: an even rate")}}
	for i := range w.draft.columns {
		options = append(options, choice{strconv.Itoa(i), title(w.table, i)})
	}
	v.timeOf.offer(options)
	v.timeOf.Selected = ""
	if at := d.timeColumn(); at >= 0 {
		v.timeOf.set(strconv.Itoa(at))
	} else {
		v.timeOf.set("")
		v.timeOf.Selected = options[0].word
		v.timeOf.Refresh()
	}
	v.from.set(d.from)
	v.format.set(d.format)
	v.zone.set(d.zone)
	v.rate.set(d.rate)
	v.first.set(d.first)
	v.placement.set(d.placement)
	v.site.set(d.site)
	if d.placement == "" {
		v.placement.Selected = lang.L("not said")
	}
	if d.site == "" {
		v.site.Selected = lang.L("not said")
	}
	v.filling = false
	w.showTime()
	w.showColumn()
}

// showTime shows the fields that the kind of times needs.
func (w *Wizard) showTime() {
	v, d := &w.view, &w.draft
	v.filling = true
	v.timeUnit.set(d.timeUnit)
	v.filling = false
	has := d.timeColumn() >= 0
	if has {
		v.timeUnit.Enable()
	} else {
		v.timeUnit.Disable()
	}
	visible(v.numberFields, has && d.timeUnit != "text" && d.timeUnit != "sample" && d.timeUnit != "")
	visible(v.textFields, has && d.timeUnit == "text")
	visible(v.zoneFields, d.local())
	w.offerZones()
	visible(v.sampleFields, has && d.timeUnit == "sample")
	visible(v.formats, strings.HasPrefix(d.format, "D/M/") || strings.HasPrefix(d.format, "M/D/"))
	v.object.Refresh()
}

func visible(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}

// showPerson says whether the code typed is somebody of the study.
func (w *Wizard) showPerson() {
	code := strings.TrimSpace(w.draft.participant)
	text := lang.L("Without a code the import asks whose it is.")
	if code != "" {
		text = lang.L("{{.Code}} is new and will be added.", map[string]any{"Code": code})
		if dataset.ParticipantID(code).LooksLikeName() {
			text = lang.L("{{.Code}} may be a name: a code has a digit and no blank.", map[string]any{"Code": code})
		}
		for _, p := range w.people {
			if string(p.ID) == code {
				text = lang.L("{{.Code}} is in the study: the sessions are added to theirs.", map[string]any{"Code": code})
			}
		}
	}
	w.view.personNote.SetText(text)
}

// show brings facts, reason and preview up to date.
func (w *Wizard) show() {
	v := &w.view
	if !v.built {
		return
	}
	reason := w.reason()
	v.reason.SetTone(theme.Muted)
	note := w.note
	if name := strings.TrimSpace(v.name.Text); note == "" && name != "" {
		note = lang.L("“{{.Name}}” will stand in the study and its exports: name the device or the table, never a person.", map[string]any{"Name": name})
	}
	v.reason.SetText(strings.TrimSpace(note + " " + reason))
	if w.problem != "" {
		v.reason.SetTone(theme.Error)
	} else if len(w.missing) > 0 {
		v.reason.SetTone(theme.Warning)
	}
	if reason == "" {
		v.start.Enable()
	} else {
		v.start.Disable()
	}
	if w.loaded && len(w.missing) == 0 && strings.TrimSpace(v.name.Text) != "" {
		v.keep.Enable()
	} else {
		v.keep.Disable()
	}
	w.showFacts()
	w.showWays()
	v.preview.show()
}

func (w *Wizard) showFacts() {
	v, t := &w.view, w.trial
	if t == nil {
		for _, s := range []*parts.Stat{v.hz, v.jitter, v.gaps, v.day, v.span} {
			s.SetValue("–")
		}
		v.found.SetText(lang.L("Rate, jitter and gaps show as soon as the rows can be read."))
		return
	}
	hz := words.Rate(t.MeasuredHz)
	switch {
	case t.Placeholder || w.draft.timeUnit == "sample":
		hz = lang.L("{{.Rate}} as said", map[string]any{"Rate": hz})
	case w.draft.rate != "":
		hz = lang.L("{{.Rate}}, said {{.Said}}", map[string]any{"Rate": hz, "Said": w.draft.rate})
	}
	v.hz.SetValue(hz)
	v.jitter.SetValue("–")
	if !t.Placeholder && w.draft.timeUnit != "sample" {
		v.jitter.SetValue(lang.L("{{.N}} ms", map[string]any{"N": strconv.FormatFloat(t.JitterMs, 'f', 1, 64)}))
	}
	v.gaps.SetValue(gapWords(t))
	v.span.SetValue(words.Many(int64(t.Rows), lang.L("row"), lang.L("rows")))
	v.day.SetValue(w.startWords(t))
	v.found.SetText(w.findings(t))
}

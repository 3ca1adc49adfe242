package label

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/views/parts"
)

// attributeFields edit what is said about the chosen labels.
type attributeFields struct {
	l                              *Label
	repetitions, weight, intensity *parts.Field
	side, quality, note            *parts.Field
	editable                       bool
}

func newAttributeFields(l *Label) *attributeFields {
	f := &attributeFields{l: l}
	f.repetitions = f.field(lang.L("Repetitions"), f.whole(0, 10_000, func(a *dataset.Attributes, v *int) { a.Repetitions = v }))
	f.weight = f.field(lang.L("Weight"), f.number(0, 1000, func(a *dataset.Attributes, v *float64) { a.WeightKg = v }))
	f.intensity = f.field(lang.L("Intensity"), f.number(0, 1, func(a *dataset.Attributes, v *float64) { a.Intensity = v }))
	f.quality = f.field(lang.L("Quality"), f.whole(1, 5, func(a *dataset.Attributes, v *int) { a.Quality = v }))
	f.side = f.field(lang.L("Side"), func(text string) (func(*dataset.Attributes), error) {
		side, err := parseSide(text)
		return func(a *dataset.Attributes) { a.Side = side }, err
	})
	f.note = f.field(lang.L("Note"), func(text string) (func(*dataset.Attributes), error) {
		return func(a *dataset.Attributes) { a.Note = strings.TrimSpace(text) }, nil
	})
	order := []*parts.Field{f.repetitions, f.weight, f.intensity, f.side, f.quality, f.note}
	for i, field := range order {
		field.Next = order[(i+1)%len(order)]
		field.Previous = order[(i+len(order)-1)%len(order)]
	}
	return f
}

// field is a field that changes the chosen labels as parse says.
func (f *attributeFields) field(caption string, parse func(string) (func(*dataset.Attributes), error)) *parts.Field {
	return parts.NewField(caption, func(text string) error {
		set, err := parse(text)
		if err != nil {
			f.l.say(fmt.Sprintf("%s: %s. Escape gives up.", caption, err), true)
			return err
		}
		defer f.l.focus()
		f.l.hush()
		if !f.editable {
			return nil
		}
		chosen := f.l.selected
		f.l.signed(func() { f.l.commit(f.l.editor.Describe(chosen, set)) })
		return nil
	})
}

func (f *attributeFields) whole(lo, hi int, set func(*dataset.Attributes, *int)) func(string) (func(*dataset.Attributes), error) {
	return func(text string) (func(*dataset.Attributes), error) {
		text = strings.TrimSpace(text)
		if text == "" {
			return func(a *dataset.Attributes) { set(a, nil) }, nil
		}
		v, err := strconv.Atoi(text)
		if err != nil || v < lo || v > hi {
			return nil, errors.New(lang.L("a whole number from {{.Lo}} to {{.Hi}}, or nothing", map[string]any{"Lo": lo, "Hi": hi}))
		}
		return func(a *dataset.Attributes) { w := v; set(a, &w) }, nil
	}
}

func (f *attributeFields) number(lo, hi float64, set func(*dataset.Attributes, *float64)) func(string) (func(*dataset.Attributes), error) {
	return func(text string) (func(*dataset.Attributes), error) {
		text = strings.ReplaceAll(strings.TrimSuffix(strings.TrimSpace(text), "kg"), ",", ".")
		text = strings.TrimSpace(text)
		if text == "" {
			return func(a *dataset.Attributes) { set(a, nil) }, nil
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) || v < lo || v > hi {
			return nil, errors.New(lang.L("a number from {{.Lo}} to {{.Hi}}, or nothing", map[string]any{"Lo": lo, "Hi": hi}))
		}
		return func(a *dataset.Attributes) { w := v; set(a, &w) }, nil
	}
}

// parseSide takes left, right, both, their first letters, or nothing.
func parseSide(text string) (string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return "", nil
	}
	for _, side := range []string{"left", "right", "both"} {
		if strings.HasPrefix(side, text) {
			return side, nil
		}
	}
	return "", errors.New(lang.L("left, right, both, or nothing"))
}

// show fills the fields with what the labels have in common.
func (f *attributeFields) show(labels []dataset.Label, editable bool) {
	f.editable = editable
	common := func(of func(dataset.Attributes) (text, shown string)) (string, string) {
		if len(labels) == 0 {
			return "", ""
		}
		text, shown := of(labels[0].Attributes)
		for _, x := range labels[1:] {
			if t, _ := of(x.Attributes); t != text {
				return "", lang.L("several")
			}
		}
		return text, shown
	}
	set := func(field *parts.Field, of func(dataset.Attributes) (string, string)) {
		if !field.Editing() {
			field.Set(common(of))
		}
	}
	set(f.repetitions, func(a dataset.Attributes) (string, string) { return wholeText(a.Repetitions, "%d") })
	set(f.quality, func(a dataset.Attributes) (string, string) { return wholeText(a.Quality, lang.L("%d of 5")) })
	set(f.weight, func(a dataset.Attributes) (string, string) { return numberText(a.WeightKg, " kg") })
	set(f.intensity, func(a dataset.Attributes) (string, string) { return numberText(a.Intensity, "") })
	set(f.side, func(a dataset.Attributes) (string, string) { return a.Side, a.Side })
	set(f.note, func(a dataset.Attributes) (string, string) { return a.Note, a.Note })
}

func wholeText(v *int, format string) (text, shown string) {
	if v == nil {
		return "", ""
	}
	return strconv.Itoa(*v), fmt.Sprintf(format, *v)
}

func numberText(v *float64, unit string) (text, shown string) {
	if v == nil {
		return "", ""
	}
	text = strconv.FormatFloat(*v, 'f', -1, 64)
	return text, text + unit
}

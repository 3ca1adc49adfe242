package wizard

import (
	_ "embed"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on every machine

	"fyne.io/fyne/v2/lang"

	"onset/views/parts"
)

// zoneLines are the zones that have a country, each with its country, from the
// public time zone database.
//
//go:embed zones.txt
var zoneLines string

// zonesOffered is how many zones are offered for what was typed.
const zonesOffered = 5

// findZones are zones of which the name or country holds every word typed, those
// of which a part begins so first.
func findZones(typed string) []string {
	words := strings.Fields(strings.ToLower(strings.ReplaceAll(typed, "_", " ")))
	if len(words) == 0 {
		return nil
	}
	var first, rest []string
	for line := range strings.Lines(zoneLines) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		text := " " + strings.ToLower(strings.NewReplacer("_", " ", "\t", " ", "\n", "").Replace(line))
		text += " " + strings.ReplaceAll(text, "/", " ")
		switch {
		case slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }):
		case slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, " "+w) }):
			rest = append(rest, name)
		default:
			first = append(first, name)
		}
	}
	found := append(first, rest...)
	return found[:min(len(found), zonesOffered)]
}

// zoneless is what the field says when nobody knows the zone: times are kept as
// the clock on the wall showed them.
func zoneless() string { return lang.L("not known") }

// isZone reports a whole answer to the question for the zone.
func isZone(text string) bool {
	text = strings.TrimSpace(text)
	if text == zoneless() {
		return true
	}
	_, err := time.LoadLocation(text)
	return err == nil && text != "" && text != "Local"
}

// offerZones shows what the zone may be: what the study has, this machine's and
// that nobody knows while nothing is typed, then the zones found.
func (w *Wizard) offerZones() {
	v, typed := &w.view, strings.TrimSpace(w.draft.zone)
	w.zonesFound = nil
	switch {
	case isZone(typed):
	case typed == "":
		for _, z := range []string{w.studyZone, localZone(), "UTC", zoneless()} {
			if z != "" && !slices.Contains(w.zonesFound, z) {
				w.zonesFound = append(w.zonesFound, z)
			}
		}
	default:
		w.zonesFound = findZones(typed)
	}
	v.zones.Objects = nil
	for _, z := range w.zonesFound {
		v.zones.Add(parts.NewButton(z, "", func() { w.takeZone(z) }))
	}
	visible(v.zones, len(w.zonesFound) > 0)
	v.textFields.Refresh()
}

// takeZone answers the question for the zone.
func (w *Wizard) takeZone(z string) {
	w.view.zone.SetText(z)
	w.actions.Focus(w.view.zone)
}

// zoneKeys are those of the field of the zone: Enter takes the first one found.
func (w *Wizard) zoneKeys() keys {
	enter := func() {
		if typed := strings.TrimSpace(w.draft.zone); typed != "" && !isZone(typed) && len(w.zonesFound) > 0 {
			w.takeZone(w.zonesFound[0])
			return
		}
		w.Enter()
	}
	return keys{enter: enter, escape: w.Escape}
}

// presetZone answers with the study's zone where nothing was said; it stands
// there to be seen and changed.
func (w *Wizard) presetZone() {
	if !w.loaded || w.studyZone == "" || w.zoneSaid || w.draft.zone != "" {
		return
	}
	unsaid := w.text() == w.saved
	w.draft.zone = w.studyZone
	if unsaid {
		w.saved = w.text()
	}
	w.fill()
	w.changed()
}

// local reports times that are those of a clock on the wall, without an offset.
func (d *draft) local() bool {
	return d.timeColumn() >= 0 && d.timeUnit == "text" && !strings.Contains(d.format, "zz")
}

package replay

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

	core "onset/replay"
	"onset/views/theme"
	"onset/views/trace"
)

// eventWord names what became of a true set, or what a detected one is.
func eventWord(k core.EventKind) string {
	switch k {
	case core.EventCorrect:
		return lang.L("correct")
	case core.EventDeleted:
		return lang.L("deleted")
	case core.EventInserted:
		return lang.L("inserted")
	case core.EventFragmented:
		return lang.L("fragmented")
	case core.EventMerged:
		return lang.L("merged")
	case core.EventFragmentedMerged:
		return lang.L("fragmented, merged")
	}
	return string(k)
}

// events is the diagram of Ward et al. (2011) on the trace: true sets that were
// not found in their place, detected ones in theirs.
func (r *replayed) events() []trace.Span {
	e := r.result.Events
	if e == nil {
		return nil
	}
	var spans []trace.Span
	add := func(id string, v core.Event) {
		spans = append(spans, trace.Span{ID: id, Start: v.From, End: v.To, Text: eventWord(v.Kind),
			Color: theme.Color(theme.Line), Look: trace.Faded, Wrong: v.Kind != core.EventCorrect})
	}
	for i, v := range e.True {
		if v.Kind == core.EventDeleted {
			add("event/t"+strconv.Itoa(i), v)
		}
	}
	for i, v := range e.Detected {
		add("event/d"+strconv.Itoa(i), v)
	}
	sortSpans(spans)
	return spans
}

// eventAt is the event of a span.
func (r *replayed) eventAt(id string) (core.Event, bool) {
	e, number := r.result.Events, strings.TrimPrefix(id, "event/")
	if e == nil || len(number) < 2 {
		return core.Event{}, false
	}
	list := e.True
	if number[0] == 'd' {
		list = e.Detected
	}
	i, err := strconv.Atoi(number[1:])
	if err != nil || i < 0 || i >= len(list) {
		return core.Event{}, false
	}
	return list[i], true
}

// eventSentence counts the events.
func eventSentence(e *core.Events) string {
	var list []string
	for _, k := range eventKinds {
		if n := e.Counts[k]; n > 0 {
			list = append(list, strconv.Itoa(n)+" "+eventWord(k))
		}
	}
	if len(list) == 0 {
		return lang.L("no set found, none labelled")
	}
	return strings.Join(list, ", ")
}

// eventKinds are in the order in which they are counted.
var eventKinds = []core.EventKind{core.EventCorrect, core.EventDeleted, core.EventInserted, core.EventFragmented, core.EventMerged, core.EventFragmentedMerged}

package interchange

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"onset/dataset"
	"onset/labeling"
)

// Into says where the labels of a document go.
type Into struct {
	Session   dataset.Session
	Recording dataset.Recording // whose samples they are counted in
	Set       string
	Rater     string          // who made them, where the document does not say
	Held      []dataset.Label // what the set holds already
}

// Labels are a document's labels in samples of a recording, in order of time. A
// label is cut where nothing was recorded, and one that the set holds already is
// left out; notes say which. What lies wholly in a pause or outside the session,
// or is a set without an exercise, is an error that names its place in the file.
func (in Into) Labels(d Document) (labels []dataset.Label, notes []Note, err error) {
	if d.Session != "" && d.Session != string(in.Session.ID) {
		return nil, nil, fmt.Errorf("its labels are of session %s, not %s", d.Session, in.Session.ID)
	}
	type identity struct {
		recording             dataset.RecordingID
		kind, exercise, rater string
		start, end            int64
	}
	identify := func(l dataset.Label) identity {
		return identity{l.Recording, l.Kind, l.Exercise, l.Rater, l.Start, l.End}
	}
	held := map[identity]bool{}
	for _, l := range in.Held {
		held[identify(l)] = true
	}
	twice := 0
	for i, span := range d.Spans {
		if span.Place == "" {
			span.Place = fmt.Sprintf("label %d", i+1)
		}
		l, note, err := in.label(span)
		if err != nil {
			return nil, nil, err
		}
		if id := identify(l); held[id] {
			twice++
			continue
		} else {
			held[id] = true
		}
		if note != "" {
			notes = append(notes, Note{Message: note})
		}
		labels = append(labels, l)
	}
	if twice > 0 {
		notes = append(notes, Note{Message: fmt.Sprintf("%s left out: the set %q holds the same already", were(twice), in.Set)})
	}
	notes = append(notes, in.acrossPauses(labels)...)
	slices.SortStableFunc(labels, func(a, b dataset.Label) int { return cmp.Compare(a.Start, b.Start) })
	return labels, notes, nil
}

// acrossPauses counts the labels that lie across a pause of their recording, as
// their file has them.
func (in Into) acrossPauses(labels []dataset.Label) []Note {
	lines := map[dataset.RecordingID]labeling.Timeline{}
	for _, r := range in.Session.Recordings {
		lines[r.ID] = labeling.TimelineOf(r)
	}
	n, first := 0, 0.0
	for _, l := range labels {
		t, ok := lines[l.Recording]
		if !ok || l.Kind == dataset.KindSetup {
			continue
		}
		if over := t.Pauses(l.Start, l.End); len(over) > 0 {
			if n == 0 {
				first = over[0].From
			}
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []Note{{Message: fmt.Sprintf("%s taken across a pause in which nothing was recorded, the first at %.2f s; look at them in Label", were(n), first)}}
}

// labelCount is a number of labels in words.
func labelCount(n int) string {
	if n == 1 {
		return "1 label"
	}
	return fmt.Sprintf("%d labels", n)
}

func were(n int) string {
	if n == 1 {
		return "1 label was"
	}
	return labelCount(n) + " were"
}

// label places one span; note says where it was cut.
func (in Into) label(span Span) (l dataset.Label, note string, err error) {
	line := labeling.TimelineOf(in.Recording)
	name := fmt.Sprintf("%s (%s, %.3f to %.3f s)", span.Place, cmp.Or(span.Label, span.Kind), span.StartS, span.EndS)
	length := in.Session.Duration()
	switch {
	case span.StartS < -1e-6 || span.EndS > length+1e-3:
		return l, "", fmt.Errorf("%s lies outside the session of %.3f s", name, length)
	case span.Kind == dataset.KindExercise && span.Label == "":
		return l, "", fmt.Errorf("%s is a set without an exercise: name it, or call its kind rest", name)
	}
	l = dataset.Label{Session: in.Session.ID, Recording: in.Recording.ID, Set: in.Set, Kind: span.Kind, Exercise: span.Label,
		Rater: cmp.Or(span.Rater, in.Rater), Origin: span.Origin, Confidence: span.Confidence, Attributes: span.Attributes,
		Start: span.StartSample, End: span.EndSample}
	if span.Counted {
		if l.Kind == dataset.KindPoint {
			l.End = l.Start
		}
		return l, "", nil
	}
	l.Start, l.End = line.Nearest(span.StartS), line.Boundary(span.EndS)
	first, begins := labeling.PauseAt(span.StartS, line)
	last, ends := labeling.PauseAt(span.EndS, line)
	if begins { // at the first sample behind the pause
		l.Start = line.Clock.Sample(span.StartS, line.Samples)
	}
	if ends { // with the last one before it
		l.End = line.Clock.Sample(span.EndS, line.Samples)
	}
	if l.Kind == dataset.KindPoint {
		l.End = l.Start
	}
	if l.End <= l.Start && (l.Kind != dataset.KindPoint || begins) {
		switch {
		case begins:
			return l, "", fmt.Errorf("%s lies in a pause of the recording: nothing was recorded %s", name, first)
		case ends:
			return l, "", fmt.Errorf("%s lies in a pause of the recording: nothing was recorded %s", name, last)
		}
		return l, "", fmt.Errorf("%s covers no sample of the recording", name)
	}
	if l.Kind == dataset.KindPoint {
		return l, "", nil
	}
	from, to := line.Times(l.Start, l.End)
	switch {
	case begins && ends:
		note = fmt.Sprintf("%s reaches into pauses: nothing was recorded %s and %s, and it goes from %.3f to %.3f s now", name, first, last, from, to)
	case begins:
		note = fmt.Sprintf("%s begins in a pause: nothing was recorded %s, and it begins at %.3f s now", name, first, from)
	case ends:
		note = fmt.Sprintf("%s ends in a pause: nothing was recorded %s, and it ends at %.3f s now", name, last, to)
	}
	return l, note, nil
}

// checkCounted compares the sample numbers of a row with its times, on the clock of
// any recording of the session, and refuses those that contradict them by more than
// a sample. Where they are of the recording that the document counts in, they are
// the label's own.
func checkCounted(s *Span, first, last *int64, known Document) error {
	if first == nil && last == nil || known.Line.Samples == 0 {
		return nil
	}
	for i, line := range append([]labeling.Timeline{known.Line}, known.Others...) {
		if line.Samples > 0 && agree(*s, first, last, line) {
			if i == 0 && first != nil && last != nil {
				s.Counted, s.StartSample, s.EndSample = true, *first, *last
			}
			return nil
		}
	}
	says := func(n *int64) string {
		if n == nil {
			return "?"
		}
		return fmt.Sprint(*n)
	}
	return fmt.Errorf("samples %s to %s contradict its times: %.3f to %.3f s are samples %d to %d; correct one of the two, or leave start_sample and end_sample empty",
		says(first), says(last), s.StartS, s.EndS, known.Line.Nearest(s.StartS), known.Line.Boundary(s.EndS))
}

// agree reports whether samples lie at the times of a span, to a sample.
func agree(s Span, first, last *int64, line labeling.Timeline) bool {
	for _, n := range []*int64{first, last} {
		if n != nil && (*n < 0 || *n > line.Samples) {
			return false
		}
	}
	near := func(a, b float64, sample int64) bool {
		period := max(line.Clock.Time(sample+1)-line.Clock.Time(sample), line.Clock.End(sample)-line.Clock.Time(max(sample-1, 0)))
		for _, g := range line.Clock.Segments {
			if g.First <= sample {
				period = 1 / g.Rate
			}
		}
		return math.Abs(a-b) <= period+1e-6
	}
	if first != nil && !near(line.Clock.Time(*first), s.StartS, *first) {
		return false
	}
	if last == nil {
		return true
	}
	ends := []float64{line.Clock.Time(*last), line.Clock.End(*last)}
	if first != nil {
		_, to := line.Times(*first, *last)
		ends = append(ends, to)
	}
	return slices.ContainsFunc(ends, func(t float64) bool { return near(t, s.EndS, *last) })
}

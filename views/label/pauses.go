package label

import (
	"math"
	"slices"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/labeling"
	"onset/views/words"
)

// firstSensor are the recordings of the sensor shown first.
func (l *Label) firstSensor() (lines []labeling.Timeline) {
	if l.session == nil || len(l.session.Recordings) == 0 {
		return nil
	}
	recordings := l.session.Recordings
	place := recordings[0].Placement
	if tracks := l.trace.Tracks(); len(tracks) > 0 {
		for _, r := range recordings {
			if strings.HasPrefix(tracks[0].ID, string(r.ID)+"/") {
				place = r.Placement
			}
		}
	}
	for _, r := range recordings {
		if r.Placement == place && r.Samples > 0 {
			lines = append(lines, labeling.TimelineOf(r))
		}
	}
	return lines
}

// pauseAt is the pause of the sensor shown first that a moment lies in.
func (l *Label) pauseAt(at float64) (labeling.Pause, bool) {
	lines := l.firstSensor()
	if len(lines) == 0 {
		return labeling.Pause{}, false
	}
	return labeling.PauseAt(at, lines...)
}

// inPause says that nothing was recorded at the cursor, where that is so.
func (l *Label) inPause(at float64) bool {
	p, in := l.pauseAt(at)
	if in {
		l.say(pauseText(p)+" "+lang.L("Put the cursor where there is a trace."), true)
	}
	return in
}

// pauseText names a pause.
func pauseText(p labeling.Pause) string {
	at := map[string]any{"From": words.Moment(p.From), "To": words.Moment(p.To)}
	switch {
	case math.IsInf(p.From, 0):
		return lang.L("Nothing was recorded before {{.To}}.", at)
	case math.IsInf(p.To, 0):
		return lang.L("Nothing was recorded after {{.From}}.", at)
	}
	return lang.L("Nothing was recorded from {{.From}} to {{.To}}.", at)
}

// pausedText says why labels stay where they are, or were not put down.
func pausedText(e *labeling.PauseError) string {
	if e.Across {
		return pauseText(e.Pause) + " " + lang.L("A label would lie across this pause: nothing was changed.")
	}
	return pauseText(e.Pause) + " " + lang.L("A label would reach into this pause: nothing was changed.")
}

// cutAtPause says that a label over samples [start, end), asked for from one moment
// to another, ends or begins at a pause or lies across one; nothing where it does
// not.
func (l *Label) cutAtPause(t labeling.Timeline, start, end int64, from, to float64) string {
	if start >= end {
		return ""
	}
	begins, ends := t.Times(start, end)
	if p, in := labeling.PauseAt((max(ends, from)+to)/2, t); in && ends < to {
		return pauseText(p) + " " + lang.L("The label ends where the trace does.")
	}
	if p, in := labeling.PauseAt((from+min(begins, to))/2, t); in && begins > from {
		return pauseText(p) + " " + lang.L("The label begins where the trace does.")
	}
	if over := t.Pauses(start, end); len(over) > 0 {
		return pauseText(over[0]) + " " + lang.L("The label goes across this pause.")
	}
	return ""
}

// nowAcross says that an edit has a label lie across a pause that it did not lie
// across before; nothing where none does.
func (l *Label) nowAcross(edit dataset.Edit) string {
	for _, c := range edit.Changes {
		if c.Before == nil || c.After == nil || c.After.Kind == dataset.KindSetup {
			continue
		}
		if t, ok := l.editor.Timeline(c.After.Recording); ok {
			if said := newlyAcross(t, *c.Before, *c.After); said != "" {
				return said
			}
		}
	}
	return ""
}

// newlyAcross is nowAcross for one label.
func newlyAcross(t labeling.Timeline, before, after dataset.Label) string {
	old := t.Pauses(before.Start, before.End)
	for _, p := range t.Pauses(after.Start, after.End) {
		if !slices.Contains(old, p) {
			return pauseText(p) + " " + lang.L("The label goes across this pause now.")
		}
	}
	return ""
}

// recordedWithin reports whether a recording has samples in a stretch of time.
func recordedWithin(t labeling.Timeline, from, to float64) bool {
	const tiny = 1e-6 // an edge of a pause is drawn to is not in it
	for _, s := range t.Clock.Stretches(0, t.Samples) {
		if min(s[1], to)-max(s[0], from) > tiny {
			return true
		}
	}
	return false
}

// unknownRepetitions says that the pieces of labels cut in two no longer say how
// many repetitions they have; nothing where none did.
func unknownRepetitions(edit dataset.Edit) string {
	for _, c := range edit.Changes {
		if c.Before != nil && c.After != nil && c.Before.Attributes.Repetitions != nil && c.After.Attributes.Repetitions == nil {
			return lang.L("How the repetitions divide is not known: both pieces are without a number now.")
		}
	}
	return ""
}

package simulate

import "onset/dataset"

// LabelSet is the label set that the simulator's own truth goes into.
const LabelSet = "simulated"

// labels are the truth of a session, as spans of its first recording's samples:
// for every set the whole exercise, and its setup window of setupS seconds.
func (m made) labels(recording dataset.RecordingID, setupS float64) []dataset.Label {
	clock, n := m.recordings[0].clock, int64(len(m.recordings[0].codes[0]))
	var labels []dataset.Label
	add := func(kind string, from, to float64, s set, at dataset.Attributes) {
		l := dataset.Label{Recording: recording, Set: LabelSet, Kind: kind, Exercise: s.exercise,
			Start: clock.Sample(from, n), End: clock.Sample(to, n),
			Rater: "simulator", Origin: "simulated", Confidence: 1, Attributes: at}
		if l.End > l.Start {
			labels = append(labels, l)
		}
	}
	for _, s := range m.sets {
		add(dataset.KindSetup, s.start, min(s.start+setupS, s.end), s, dataset.Attributes{})
		add(dataset.KindExercise, s.start, s.end, s, s.attributes)
	}
	return labels
}

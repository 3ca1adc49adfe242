package replay

import (
	"context"

	"onset/dataset"
)

// Cue is where a labelled set of a session begins: what somebody who presses a
// button at every set would tell a device.
type Cue struct {
	AtS       float64 // seconds from the session's start
	Recording dataset.RecordingID
	Sample    float64 // the same, in samples of that recording
}

// Cues lists where the labelled sets of a session begin, as a replay with these
// options sees them.
func Cues(ctx context.Context, store Store, id dataset.SessionID, o Options) ([]Cue, error) {
	o, err := o.check()
	if err != nil {
		return nil, err
	}
	v, err := readVisit(ctx, store, id, nil, o)
	if err != nil {
		return nil, err
	}
	var out []Cue
	for _, s := range v.sets {
		out = append(out, Cue{AtS: s.Onset, Recording: s.moment.Recording, Sample: s.moment.Sample})
	}
	return out, nil
}

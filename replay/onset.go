package replay

import (
	"context"
	"math"
	"slices"
)

// moveOnsets moves each set's onset to its first movement, unless somebody marked
// it, as a device would have found it: the first moment within the label from which movement stays
// above a threshold, looking back only.
func (v *visit) moveOnsets(ctx context.Context, store sampleReader) error {
	t, err := wholeTape(ctx, store, needed(v.session, nil))
	if err != nil {
		return err
	}
	for i := range v.sets {
		s := &v.sets[i]
		if s.exact {
			continue
		}
		for k, r := range t.session.Recordings {
			if r.ID == s.moment.Recording && t.movement[k] != nil {
				t.movement[k].moveOnset(s)
			}
		}
	}
	return nil
}

const (
	sharpS  = 0.25  // span of the energy that onsets are found with
	movingG = 0.004 // its threshold, g²
	holdS   = 0.3   // for how long
)

func (m *movement) moveOnset(s *Set) {
	first, last := int(s.moment.Sample), min(int(s.last), len(m.times))
	run := 0
	hold := max(1, int(math.Round(holdS*m.rate)))
	for i := first; i < last; i++ {
		if g, ok := slices.BinarySearch(m.gaps, i); ok && g < len(m.gaps) {
			run = 0
		}
		if !(m.energyOver(m.times[i], sharpS) > movingG) {
			run = 0
			continue
		}
		if run++; run < hold {
			continue
		}
		// The energy rose over the span before the run began.
		at := max(first, i-hold+1-int(sharpS/2*m.rate))
		s.moment.Sample, s.moment.Seconds = float64(at), m.times[at]
		s.Onset = m.times[at]
		return
	}
}

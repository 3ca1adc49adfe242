package dataset

import "math"

// Drift is by how much a recording's measured rate is off the rate that its
// device claims, in parts per million, positive when it runs fast; ok is false
// where one of the two is not known. Both ends of the recording may be a sample
// period off, so a drift of less than within can not be told from none.
func (r Recording) Drift() (ppm, within float64, ok bool) {
	if !(r.NominalHz > 0) || !(r.MeasuredHz > 0) || r.Samples < 2 {
		return 0, 0, false
	}
	ppm = (r.MeasuredHz/r.NominalHz - 1) * 1e6
	return ppm, math.Max(1e6/float64(r.Samples), 0.1), true
}

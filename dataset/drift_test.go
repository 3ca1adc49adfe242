package dataset

import "testing"

func TestDriftIsToldWhereBothRatesAreKnown(t *testing.T) {
	r := Recording{NominalHz: 100, MeasuredHz: 99.98, Samples: 120_000}
	if ppm, within, ok := r.Drift(); !ok || ppm > -199.9 || ppm < -200.1 || within < 8.3 || within > 8.4 {
		t.Errorf("%g ± %g ppm, %v", ppm, within, ok)
	}
	for _, r := range []Recording{{MeasuredHz: 50, Samples: 100}, {NominalHz: 50, Samples: 100}, {NominalHz: 50, MeasuredHz: 50, Samples: 1}} {
		if _, _, ok := r.Drift(); ok {
			t.Errorf("%+v has a drift", r)
		}
	}
}

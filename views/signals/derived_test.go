package signals

import (
	"context"
	"math"
	"testing"

	"onset/dataset"
)

func TestDerivedTracksStopAtGapsAndMissingSamples(t *testing.T) {
	s := shelf{}
	r := s.recording("wrist", 0, 600)
	r.Clock = dataset.Clock{Segments: []dataset.Segment{{First: 0, Start: 0, Rate: 50}, {First: 300, Start: 20, Rate: 50}}}
	for c, axis := range []string{"x", "y", "z"} {
		id := dataset.ChannelID(100 + c)
		s[id] = make([]float64, 600)
		for i := range s[id] {
			s[id][i] = []float64{3, 4, 12}[c]
			if i >= 300 {
				s[id][i] *= 2
			}
		}
		if c == 0 {
			r.Channels = r.Channels[:0]
		}
		r.Channels = append(r.Channels, dataset.Channel{ID: id, Kind: "accelerometer", Axis: axis, Unit: "g"})
	}
	s[100][500] = math.NaN()
	tracks := Derived(Tracks(dataset.Session{Recordings: []dataset.Recording{r}}, s, 0))
	if len(tracks) != 3 {
		t.Fatalf("%d derived tracks, want magnitude, filtered and energy without a gyroscope", len(tracks))
	}
	got := make([]float64, 600)
	read := func(track, channel int) []float64 {
		t.Helper()
		if n, err := tracks[track].Channels[channel].Series.Samples(context.Background(), 0, got); n != 600 || err != nil {
			t.Fatal(n, err)
		}
		return got
	}
	if m := read(0, 0); m[0] != 13 || m[299] != 13 || m[300] != 26 || !math.IsNaN(m[500]) || m[501] != 26 {
		t.Errorf("magnitude %g %g %g %g %g", m[0], m[299], m[300], m[500], m[501])
	}
	// A step at a gap is none: the filter begins anew, so nothing rings.
	if f := read(1, 2); math.Abs(f[299]-12) > 1e-9 || math.Abs(f[300]-24) > 1e-9 || math.IsNaN(f[599]) {
		t.Errorf("filtered around the gap: %g %g, at the end %g", f[299], f[300], f[599])
	}
	if e := read(2, 0); e[299] > 1e-9 || e[301] > 1e-9 || e[599] > 1e-9 {
		t.Errorf("energy of rest: %g %g %g", e[299], e[301], e[599])
	}
	r.Channels = append(r.Channels, dataset.Channel{ID: 100, Kind: "gyroscope", Axis: "x", Unit: "rad/s"},
		dataset.Channel{ID: 101, Kind: "gyroscope", Axis: "y", Unit: "rad/s"}, dataset.Channel{ID: 102, Kind: "gyroscope", Axis: "z", Unit: "rad/s"})
	all := Tracks(dataset.Session{Recordings: []dataset.Recording{r}}, s, 0)
	found := false
	for _, d := range Derived(all) {
		if d.ID == all[0].ID+"/tilt" {
			found = true
			if n, err := d.Channels[1].Series.Samples(context.Background(), 0, got); n != 600 || err != nil {
				t.Error(n, err)
			}
		}
	}
	if !found {
		t.Error("no tilt although a gyroscope is there")
	}
	if apart := Apart(all[0]); len(apart) != 3 || apart[1].ID != all[0].ID+"#y" {
		t.Errorf("apart: %+v", apart)
	}
}

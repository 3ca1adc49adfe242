package codec

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"

	"pgregory.net/rapid"
)

func TestWatchRecordings(t *testing.T) {
	for name, want := range map[string]struct {
		rows   int
		length float64
		format string
	}{
		"demo-bc-only.raw": {1250, 25, "muvr-watch"},
		"demo-lr-only.raw": {1100, 22, "muvr-watch"},
		"demo-te-only.raw": {1100, 22, "muvr-watch"},
		"no-movement-10-biceps-curl-no-movement-.raw": {3078, 61.56, "muvr-watch-old"},
	} {
		path := data(t, "muvr", "watch", name)
		s, done := importOne(t, Options{}, path)
		r := s.recordings[0]
		if r.samples() != want.rows || !near(done.DurationS, want.length, 1e-9) || done.Format != want.format {
			t.Errorf("%s: %d rows over %g s as %s", name, r.samples(), done.DurationS, done.Format)
		}
		if r.spec.Placement != "left-wrist" || r.spec.NominalHz != 50 || r.spec.Channels[2].Unit != "g" {
			t.Errorf("%s: %+v", name, r.spec)
		}
		// The payload ends the file: the last three floats are the last sample.
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for axis := 0; axis < 3; axis++ {
			last := math.Float32frombits(binary.LittleEndian.Uint32(raw[len(raw)-12+4*axis:]))
			if got := r.values[axis][r.samples()-1]; got != float64(last) {
				t.Errorf("%s: last sample of axis %d is %g, the file ends with %g", name, axis, got, last)
			}
			for _, v := range r.values[axis] {
				if math.Abs(v) > 2 {
					t.Fatalf("%s: %g g", name, v)
				}
			}
		}
	}
}

// watchBlock writes a block in one order or the other.
func watchBlock(o watchOrder, device byte, start float64, tags string, values []float32) []byte {
	b := make([]byte, watchFixedLen)
	b[0], b[1], b[2] = 'a', device, byte(len(tags)/2)
	b[o.rateAt] = 50
	binary.LittleEndian.PutUint64(b[o.startAt:], math.Float64bits(start))
	binary.LittleEndian.PutUint32(b[12:], uint32(len(values)))
	for i := 0; i < len(tags); i += 2 {
		b = append(b, ("t" + tags[i:i+2] + "R")[:o.tagLen]...)
	}
	if device == pebbleLink {
		for i := 0; i+2 < len(values); i += 3 {
			b = append(b, pack13(int32(values[i]), int32(values[i+1]), int32(values[i+2]), 0)...)
		}
		return b
	}
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func ramp(rows, dims int) []float32 {
	v := make([]float32, rows*dims)
	for i := range v {
		v[i] = float32(i % 900)
	}
	return v
}

func TestWatchSensorsOfSeveralPlaces(t *testing.T) {
	const start = 480_000_000 // 2016, by the watch's epoch
	b := watchBlock(presentOrder, appleWatch, start, "alh-grar", ramp(100, 10))
	b = append(b, watchBlock(presentOrder, appleWatch, start+2, "alh-grar", ramp(50, 10))...)
	b = append(b, watchBlock(presentOrder, appleWatch, start+5, "alh-grar", ramp(50, 10))...)
	s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "two.raw"), b))
	if len(s.recordings) != 3 {
		t.Fatalf("%d recordings for left wrist, no place and right wrist", len(s.recordings))
	}
	left, heart, right := s.recordings[0], s.recordings[1], s.recordings[2]
	if left.values[1][1] != 11 || heart.values[0][1] != 13 || right.values[5][1] != 19 || right.spec.Channels[0].Kind != "gyroscope" {
		t.Errorf("columns went astray: %v %v %v", left.values[1][1], heart.values[0][1], right.values[5][1])
	}
	if s.Start.Year() != 2016 || s.Zone != "UTC" {
		t.Errorf("start %v %s", s.Start, s.Zone)
	}
	gaps := left.clock.Gaps()
	if len(gaps) != 1 || !near(gaps[0].From, 3, 1e-6) || !near(gaps[0].To, 5, 1e-6) || countKind(left.findings, dataset.FindingGap) != 1 {
		t.Errorf("gaps %v, findings %v", gaps, left.findings)
	}
}

func TestWatchFilesThatFollowOneAnother(t *testing.T) {
	dir := t.TempDir()
	const start = 480_000_000
	writeFile(t, filepath.Join(dir, "b.raw"), watchBlock(presentOrder, appleWatch, start, "al", ramp(100, 3)))
	writeFile(t, filepath.Join(dir, "a.raw"), watchBlock(presentOrder, appleWatch, start+2, "al", ramp(100, 3)))
	writeFile(t, filepath.Join(dir, "c.raw"), watchBlock(presentOrder, appleWatch, start+9000, "al", ramp(100, 3)))
	m := &memory{}
	importInto(t, m, Options{}, dir)
	if len(m.sessions) != 2 {
		t.Fatalf("%d sessions", len(m.sessions))
	}
	for _, s := range m.sessions {
		if n := s.recordings[0].samples(); n != 200 && n != 100 || len(s.recordings[0].clock.Segments) != 1 {
			t.Errorf("%d samples in %d segments", n, len(s.recordings[0].clock.Segments))
		}
	}
}

func TestWatchPackedByPebble(t *testing.T) {
	b := watchBlock(presentOrder, pebbleLink, 1_460_000_000, "al", []float32{-1000, 1000, -456, 1, 2, 3})
	b = append(b, watchBlock(presentOrder, pebbleLink, 1_460_000_000, "al", []float32{4, 5, 6})...)
	s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "p.raw"), b))
	r := s.recordings[0]
	if got := r.series(2); len(got) != 3 || got[0] != -0.456 || r.spec.Device != "Pebble" || s.Start.Unix() != 1_460_000_000 {
		t.Errorf("z %v of a %s at %v", got, r.spec.Device, s.Start)
	}
	if len(r.clock.Segments) != 1 {
		t.Errorf("times cut to whole seconds made %d segments", len(r.clock.Segments))
	}
}

func TestWatchTruncated(t *testing.T) {
	whole := watchBlock(presentOrder, appleWatch, 0, "al", ramp(100, 3))
	for cut, want := range map[int]string{
		len(whole) - 5: "c.raw, byte 1215: the file ends inside a block: 5 more bytes",
		25:             "c.raw, byte 25: the file ends inside a block",
	} {
		m := &memory{}
		report := importInto(t, m, Options{}, writeFile(t, filepath.Join(t.TempDir(), "c.raw"), whole[:cut]))
		if len(m.sessions) != 0 || len(report.Refused) != 1 || !strings.HasPrefix(report.Refused[0].Reason, want) {
			t.Errorf("cut at %d: %+v", cut, report)
		}
	}
}

func TestWatchOrdersAreToldApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.SampledFrom([]watchOrder{presentOrder, olderOrder}).Draw(t, "order")
		start := rapid.Float64Range(0, 8e8).Draw(t, "start")
		tags := strings.Repeat("al", rapid.IntRange(1, 3).Draw(t, "tags"))
		rows := rapid.IntRange(1, 400).Draw(t, "rows")
		b := watchBlock(order, appleWatch, start, tags, make([]float32, rows*3*len(tags)/2))
		got, h, ok := detectWatch(b, int64(len(b)))
		if !ok || got != order || h.rows != int64(rows) || h.start != start {
			t.Fatalf("read as %s with %d rows from %g", got.name, h.rows, h.start)
		}
	})
}

func FuzzWatchHeader(f *testing.F) {
	f.Add(watchBlock(presentOrder, appleWatch, 1, "al", ramp(3, 3)))
	f.Add(watchBlock(olderOrder, appleWatch, -65, "alh-", ramp(3, 4)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, h, ok := detectWatch(b, int64(len(b))); ok && (h.rate == 0 || h.dims() == 0 || h.length != watchFixedLen+o.tagLen*len(h.tags)) {
			t.Fatalf("accepted %+v", h)
		}
	})
}

package codec

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"onset/dataset"
)

const sixtyDaysMap = `name = "sixty"
[file]
delimiter = ","
header = true
[time]
column = "time"
unit = "ms"
from = "1970"
rate = 0.05
[[channel]]
column = "x"
kind = "accelerometer"
axis = "x"
unit = "g"
[recording]
device = "logger"
placement = "left-wrist"
`

// sixtyDays is a recording of 60 days, a sample every 20 s, whose device says
// clock(true milliseconds since the start).
func sixtyDays(t *testing.T, clock func(ms float64) float64) (*memorySession, ImportedSession) {
	t.Helper()
	m, err := ParseMapping([]byte(sixtyDaysMap))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	b.WriteString("time,x\n")
	for i := range 60 * 86400 / 20 {
		fmt.Fprintf(&b, "%.0f,%.4f\n", clock(float64(i)*20000), math.Sin(float64(i)*.37))
	}
	return importOne(t, Options{Mapping: m, Participant: "P01"}, writeFile(t, filepath.Join(t.TempDir(), "sixty.csv"), b.Bytes()))
}

func TestSixtyDaysWithAWrongClock(t *testing.T) {
	const n, days = 60 * 86400 / 20, 86400e3
	t.Run("it begins in 1970 and runs 500 ppm fast", func(t *testing.T) {
		s, in := sixtyDays(t, func(ms float64) float64 { return 12000 + ms*1.0005 })
		r := s.recordings[0]
		if r.samples() != n || s.Start.Unix() != 12 || !near(in.Rates[0].MeasuredHz, .05/1.0005, 1e-9) {
			t.Errorf("%d samples from %v at %.8f Hz", r.samples(), s.Start, in.Rates[0].MeasuredHz)
		}
		if end := r.clock.Time(n - 1); !near(end, (n-1)*20*1.0005, .01) {
			t.Errorf("the last sample lies at %.2f s", end)
		}
		if !says(r.findings, dataset.FindingClock, "-500 parts per million") || !says(r.findings, dataset.FindingClock, "43 min") {
			t.Errorf("the drift is not told: %v", r.findings)
		}
		if !says(s.findings, dataset.FindingClock, "never set") {
			t.Errorf("1970 is taken for granted: %v", s.findings)
		}
	})
	t.Run("it is set after a day and set back by an hour after twenty", func(t *testing.T) {
		s, _ := sixtyDays(t, func(ms float64) float64 {
			if ms >= 1*days {
				ms += 1.79e12
			}
			if ms >= 1.79e12+20*days {
				ms -= 3600e3
			}
			return ms
		})
		r := s.recordings[0]
		if r.samples() != n || len(r.clock.Segments) != 3 || len(r.clock.Gaps()) != 1 {
			t.Fatalf("%d samples, clock %+v", r.samples(), r.clock)
		}
		if !says(r.findings, dataset.FindingClock, "steps back by 3600.00 s") || countKind(r.findings, dataset.FindingGap) != 0 || !says(r.findings, dataset.FindingClock, "jumps ahead by") || says(s.findings, dataset.FindingClock, "jumps ahead by") {
			t.Errorf("%v %v", r.findings, s.findings)
		}
		for sample, want := range map[int64]float64{0: 0, 4319: 86380, 4320: 1.79e9 + 86400, 86399: 1.79e9 + 86399*20, 86400: 1.79e9 + 86400*20} {
			if got := r.clock.Time(sample); !near(got, want, .02) {
				t.Errorf("sample %d lies at %.2f s, not %.2f s", sample, got, want)
			}
		}
	})
	t.Run("it falls back to 1970 for good", func(t *testing.T) {
		s, _ := sixtyDays(t, func(ms float64) float64 {
			if ms >= 30*days {
				return ms - 30*days
			}
			return ms + 1.79e12
		})
		r := s.recordings[0]
		if r.samples() != n || s.Start.Year() != time.UnixMilli(1.79e12).Year() || !says(r.findings, dataset.FindingClock, "steps back") {
			t.Errorf("%d samples from %v: %v", r.samples(), s.Start, r.findings)
		}
		if end := r.clock.End(n); !near(end, 60*86400, 1) {
			t.Errorf("the last sample lies at %.0f s", end)
		}
	})
}

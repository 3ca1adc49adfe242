package codec

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"
)

func TestSensorLogger(t *testing.T) {
	m := &memory{}
	report := importInto(t, m, Options{}, data(t, "vendor", "sensor_logger"))
	if len(m.sessions) != 2 || len(report.Refused) != 0 {
		t.Fatalf("%d sessions, refused %v", len(m.sessions), report.Refused)
	}
	phone, watch := m.sessions[0], m.sessions[1]
	kinds := map[string]*memoryRecording{}
	for _, r := range phone.recordings {
		kinds[r.spec.Channels[0].Kind] = r
	}
	acc := kinds["accelerometer"]
	if acc == nil || acc.samples() != 2714 || acc.spec.Channels[0].Unit != "g" || kinds["gyroscope"].samples() != 2706 || kinds["magnetometer"].samples() != 2810 {
		t.Fatalf("recordings %v", kinds)
	}
	// The file's order is z, y, x, and its nanoseconds have 19 digits.
	if acc.spec.Channels[0].Axis != "x" || acc.values[0][0] != 0.0849761962890625 || acc.values[2][0] != -0.940948486328125 || acc.times[0] != 1699734109763076400 {
		t.Errorf("first sample %g %g %g at %d", acc.values[0][0], acc.values[1][0], acc.values[2][0], acc.times[0])
	}
	w := watch.recordings[0]
	gaps := w.clock.Gaps()
	if w.samples() != 1702 || len(gaps) != 1 || gaps[0].Sample != 102 || !near(gaps[0].To-gaps[0].From, 12.367-0.01005, 0.001) || countKind(w.findings, dataset.FindingGap) != 1 {
		t.Errorf("%d samples, gaps %v, %v", w.samples(), gaps, w.findings)
	}
	if w.spec.Placement != "wrist" || len(w.spec.Channels) != 13 || !says(watch.findings, dataset.FindingNote, "gravity measures 1.000") {
		t.Errorf("watch %+v, %v", w.spec, watch.findings)
	}
}

func loggerCSV(axes string, row string) []byte {
	var b strings.Builder
	b.WriteString("time,seconds_elapsed," + axes + "\n")
	for i := 0; i < 300; i++ {
		fmt.Fprintf(&b, "%d,%g,%s\n", 1699734109763076400+int64(i)*10_000_000, -0.01+float64(i)*0.01, row)
	}
	return []byte(b.String())
}

func TestSensorLoggerUnitIsAskedNotGuessed(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "Accelerometer.csv"), loggerCSV("z,y,x", "0.1,0.2,0.3"))
	m := &memory{}
	report := importInto(t, m, Options{}, path)
	if len(m.sessions) != 0 || !strings.Contains(report.Refused[0].Reason, "does not tell the unit") {
		t.Fatalf("imported without a unit: %+v", report)
	}
	var asked Question
	s, _ := importOne(t, Options{Ask: func(q Question) (string, error) { asked = q; return "g", nil }}, path)
	if asked.Topic != "unit" || s.recordings[0].spec.Channels[0].Unit != "g" || s.recordings[0].spec.Channels[0].Kind != "linear-acceleration" {
		t.Errorf("asked %+v, got %+v", asked, s.recordings[0].spec)
	}
	// Gravity beside it tells, with nobody to ask.
	writeFile(t, filepath.Join(filepath.Dir(path), "Gravity.csv"), loggerCSV("z,y,x", "0,-9.80665,0"))
	s, _ = importOne(t, Options{}, filepath.Dir(path))
	for _, r := range s.recordings {
		if r.spec.Channels[0].Unit != "m/s2" {
			t.Errorf("%+v", r.spec.Channels[0])
		}
	}
}

func TestXsensDot(t *testing.T) {
	s, _ := importOne(t, Options{}, data(t, "vendor", "xsens"))
	want := map[string]int{"left-thigh": 195, "left-shank": 381, "pelvis": 382, "right-thigh": 381, "right-shank": 382}
	for _, r := range s.recordings {
		if r.samples() != want[r.spec.Placement] || r.spec.NominalHz != 60 || len(r.spec.Channels) != 7 || !near(r.measured, 60, 0.01) {
			t.Errorf("%s: %d samples, %d channels at %g Hz", r.spec.Placement, r.samples(), len(r.spec.Channels), r.measured)
		}
		lost := map[string]int{"left-thigh": 138}[r.spec.Placement]
		if len(r.clock.Gaps()) != lost {
			t.Errorf("%s: %d gaps, want %d", r.spec.Placement, len(r.clock.Gaps()), lost)
		}
	}
	if len(s.recordings) != 5 || s.Start.Format("2006-01-02 15:04:05") != "2021-08-20 12:21:13" || s.Zone != "Etc/GMT-8" {
		t.Errorf("%d recordings from %v %s", len(s.recordings), s.Start, s.Zone)
	}
	kept := fmt.Sprintf("%+v %+v", s.Session, s.findings)
	for _, tag := range []string{"zdt", "zxt", "Yao", "ydt", "yxt"} {
		if strings.Contains(kept, tag) {
			t.Errorf("the tag %q would be in the study", tag)
		}
	}
}

func TestXsensCounterWraps(t *testing.T) {
	var b strings.Builder
	b.WriteString("sep=,\nDeviceTag:,a\nOutputRate:,60Hz\nStartTime: ,2021-08-20_20:21:13_829 GMT+5:30\n\nPacketCounter,SampleTimeFine,Acc_X,Acc_Y,Acc_Z\n")
	for i := 0; i < 600; i++ {
		fmt.Fprintf(&b, "%d,%d,0,0,9.8\n", i, uint32(4294967295-5_000_000+i*16667))
	}
	s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "x_1.csv"), []byte(b.String())))
	r := s.recordings[0]
	if len(r.clock.Segments) != 1 || !near(r.clock.End(600), 600*0.016667, 1e-3) || r.spec.Placement != "unknown" {
		t.Errorf("clock %v to %g s at %s", r.clock.Segments, r.clock.End(600), r.spec.Placement)
	}
}

func TestEmpatica(t *testing.T) {
	s, done := importOne(t, Options{}, data(t, "vendor", "empatica_e4"))
	acc := s.recordings[0]
	if acc.samples() != 117156 || acc.codes[0][0] != -34 || acc.spec.Channels[0].Scale != 1.0/64 || acc.spec.NominalHz != 32 {
		t.Errorf("%d samples from %d, %+v", acc.samples(), acc.codes[0][0], acc.spec)
	}
	if !near(done.DurationS/60, 61.0, 0.05) || s.Start.Unix() != 1680686620 || s.Zone != "UTC" {
		t.Errorf("%g minutes from %v", done.DurationS/60, s.Start)
	}
	for _, r := range s.recordings {
		if r.spec.Channels[0].Kind == "heart-rate" && (r.clock.Segments[0].Start != 10 || r.values[0][1] != 75.5) {
			t.Errorf("heart rate from %g s", r.clock.Segments[0].Start)
		}
	}
	if len(s.events) != 570 || s.events[0].Kind != "beat" || s.events[0].AtS != 263.453125 || s.events[0].Value != 0.5625 {
		t.Errorf("%d events from %+v", len(s.events), s.events[0])
	}
}

func TestEmpaticaTagsAndBrokenBeats(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "EDA.csv"), []byte("1680686620.00\n4.000000\n0.1\n0.2\n0.3\n"))
	writeFile(t, filepath.Join(dir, "tags.csv"), []byte("1680686621.25\n"))
	s, _ := importOne(t, Options{}, dir)
	if len(s.events) != 1 || s.events[0].AtS != 1.25 || s.events[0].Kind != "tag" {
		t.Errorf("events %v", s.events)
	}
	writeFile(t, filepath.Join(dir, "IBI.csv"), []byte("1680686620.00, IBI\n1.5,0.8\n2.3,oops\n"))
	m := &memory{}
	report := importInto(t, m, Options{}, dir)
	if len(m.sessions) != 0 || !strings.HasPrefix(report.Refused[0].Reason, "IBI.csv, row 3") {
		t.Errorf("%+v", report)
	}
}

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

// rows writes n rows of a table.
func tableRows(header string, n int, row func(i int) string) []byte {
	var b strings.Builder
	b.WriteString(header + "\n")
	for i := 0; i < n; i++ {
		b.WriteString(row(i) + "\n")
	}
	return []byte(b.String())
}

func TestPhyphoxWithPause(t *testing.T) {
	for name, c := range map[string]struct{ delimiter, decimal string }{
		"commas": {",", "."}, "tabs": {"\t", "."}, "semicolons": {";", ","},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "Acceleration 2021-06-01 10 00 00")
			cell := func(f float64) string { return strings.Replace(fmt.Sprintf("%.9E", f), ".", c.decimal, 1) }
			join := func(cells ...string) string { return strings.Join(cells, c.delimiter) }
			writeFile(t, filepath.Join(dir, "Accelerometer.csv"), tableRows(
				join(`"Time (s)"`, `"Acceleration x (m/s^2)"`, `"Acceleration y (m/s^2)"`, `"Acceleration z (m/s^2)"`), 1000,
				func(i int) string { return join(cell(float64(i)*0.01), cell(0.25), cell(-1), cell(9.8125)) }))
			writeFile(t, filepath.Join(dir, "Gyroscope.csv"), tableRows(
				join(`"Time (s)"`, `"Gyroscope x (rad/s)"`, `"Gyroscope y (rad/s)"`, `"Gyroscope z (rad/s)"`), 500,
				func(i int) string { return join(cell(float64(i)*0.02), cell(0.5), cell(0), cell(0)) }))
			writeFile(t, filepath.Join(dir, "meta", "device.csv"), []byte("\"property\",\"value\"\n\"deviceModel\",\"x\"\n"))
			writeFile(t, filepath.Join(dir, "meta", "time.csv"), []byte(join(`"event"`, `"experiment time"`, `"system time"`, `"system time text"`)+"\n"+
				join(`"START"`, cell(0), "1622541600"+c.decimal+"250", `"2021-06-01 12:00:00.250 UTC+02:00"`)+"\n"+
				join(`"PAUSE"`, cell(5), "1622541605"+c.decimal+"250", `"x"`)+"\n"+
				join(`"START"`, cell(5), "1622541665"+c.decimal+"250", `"x"`)+"\n"))
			s, _ := importOne(t, Options{}, dir)
			if len(s.recordings) != 2 || s.Start.UnixMilli() != 1622541600250 || s.Zone != "Etc/GMT-2" {
				t.Fatalf("%d recordings from %v", len(s.recordings), s.Start)
			}
			acc := s.recordings[0]
			gaps := acc.clock.Gaps()
			if acc.values[2][0] != 9.8125 || acc.spec.Channels[2].Unit != "m/s2" || acc.spec.Channels[2].Kind != "accelerometer" || !near(acc.measured, 100, 1e-6) {
				t.Errorf("%+v at %g Hz from %g", acc.spec, acc.measured, acc.values[2][0])
			}
			if len(gaps) != 1 || gaps[0].Sample != 500 || !near(gaps[0].To-gaps[0].From, 60, 1e-6) {
				t.Errorf("the pause is %v", gaps)
			}
		})
	}
}

func TestMetaMotionJoinsSensorsOfADevice(t *testing.T) {
	dir := t.TempDir()
	name := func(called, mac, sensor string) string {
		return called + "_MetaWear_2019-01-11T16.10.08.270_" + mac + "_" + sensor + "_1.4.4.csv"
	}
	table := func(columns string, period, offset int) []byte {
		return tableRows("epoch (ms),time (01:00),elapsed (s),"+columns, 200, func(i int) string {
			return fmt.Sprintf("%d,2019-01-11T16:10:08.270,%.3f,0.013,0.977,-0.071", 1547219408431+i*period+offset, float64(i*period)/1000)
		})
	}
	writeFile(t, filepath.Join(dir, name("A-bench-heavy2-rpe8", "C42732BE255C", "Accelerometer_12.500Hz")), table("x-axis (g),y-axis (g),z-axis (g)", 80, 0))
	writeFile(t, filepath.Join(dir, name("A-bench-heavy2-rpe8", "C42732BE255C", "Gyroscope_25.000Hz")), table("x-axis (deg/s),y-axis (deg/s),z-axis (deg/s)", 40, 53))
	writeFile(t, filepath.Join(dir, name("A-bench-half ", "C42732BE255C", "Accelerometer_12.500Hz")), table("x-axis (g),y-axis (g),z-axis (g)", 80, 0))
	m := &memory{}
	report := importInto(t, m, Options{}, dir)
	if len(m.sessions) != 2 || len(report.Refused) != 0 {
		t.Fatalf("%d sessions, refused %v", len(m.sessions), report.Refused)
	}
	s := m.sessions[1]
	if len(s.recordings) == 1 {
		s = m.sessions[0]
	}
	gyro := s.recordings[1]
	if len(s.recordings) != 2 || gyro.spec.Channels[0].Unit != "deg/s" || gyro.spec.NominalHz != 25 || !near(gyro.clock.Time(0), 0.053, 1e-9) {
		t.Errorf("second recording %+v from %g s", gyro.spec, gyro.clock.Time(0))
	}
	if s.Zone != "Etc/GMT-1" || len(s.labels) != 1 || s.labels[0].Exercise != "bench-press" || s.labels[0].End != 200 {
		t.Errorf("zone %s, labels %+v", s.Zone, s.labels)
	}
	if strings.Contains(fmt.Sprintf("%+v %+v", s.Session, s.findings), "C42732BE255C") {
		t.Error("the device's address would be in the study")
	}
}

func TestSensorLog(t *testing.T) {
	header := "loggingTime(txt),deviceID(txt),accelerometerTimestamp_sinceReboot(s),accelerometerAccelerationX(G),accelerometerAccelerationY(G),motionUserAccelerationX(G),motionRotationRateX(rad/s),motionQuaternionW(R),label(N)"
	text := tableRows(header, 300, func(i int) string {
		label := 0
		if i >= 100 && i < 200 {
			label = 2
		}
		x := fmt.Sprint(float64(i) / 8)
		if i == 7 {
			x = ""
		}
		return fmt.Sprintf("2021-06-17T10:00:%02d.%03d+02:00,secret-id,%g,%s,-1,0.5,0.25,1,%d", i/50, i%50*20, 1000+float64(i)/50, x, label)
	})
	s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "log.csv"), text))
	r := s.recordings[0]
	if len(r.spec.Channels) != 5 || r.spec.Channels[0].Unit != "g" || r.spec.Channels[4].Kind != "orientation" || r.values[0][8] != 1 || !near(r.measured, 50, 1e-6) {
		t.Errorf("%+v at %g Hz", r.spec.Channels, r.measured)
	}
	if s.Start.Format("15:04:05") != "08:00:00" || len(s.labels) != 1 || s.labels[0].Start != 100 || s.labels[0].End != 200 || s.labels[0].Exercise != "2" {
		t.Errorf("start %v, labels %+v", s.Start, s.labels)
	}
	if strings.Contains(fmt.Sprintf("%+v %+v", s.Session, s.findings), "secret-id") {
		t.Error("the device's identifier would be in the study")
	}
}

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

func TestSensorLoggerUnits(t *testing.T) {
	still, metres, g := "0.1,0.2,0.3", "-9.7,0.4,0.3", "-0.99,0.04,0.03"
	watchRow := map[string]string{"wrist in g": "0,0,-1,0.5,0,0", "wrist in metres": "0,0,-9.8,5,0,0"}
	for name, c := range map[string]struct {
		tables map[string]string // rows by the table's name
		want   map[string]string // the unit by kind; "" when it is asked
	}{
		// the makers give the phone's unit; its uncalibrated table is in another
		"phone alone":               {map[string]string{"Accelerometer": still}, map[string]string{"linear-acceleration": "m/s2"}},
		"phone, uncalibrated in g":  {map[string]string{"Accelerometer": still, "AccelerometerUncalibrated": g}, map[string]string{"linear-acceleration": "m/s2", "accelerometer": "g"}},
		"phone, moving, in g":       {map[string]string{"Gravity": metres, "AccelerometerUncalibrated": "-1.1,0.8,0.3"}, map[string]string{"gravity": "m/s2", "accelerometer": "g"}},
		"phone, android":            {map[string]string{"Accelerometer": still, "AccelerometerUncalibrated": metres}, map[string]string{"linear-acceleration": "m/s2", "accelerometer": "m/s2"}},
		"phone's gravity tells":     {map[string]string{"Accelerometer": still, "Gravity": g}, map[string]string{"linear-acceleration": "g", "gravity": "g"}},
		"watch alone is asked":      {map[string]string{"WatchAccelerometer": still}, nil},
		"watch beside a phone":      {map[string]string{"WatchAccelerometer": still, "Gravity": metres}, nil},
		"watch with its own tables": {map[string]string{"WatchAccelerometer": still, "WatchGravity": g, "TotalAcceleration": metres}, map[string]string{"linear-acceleration": "g", "gravity": "g", "accelerometer": "m/s2"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for table, row := range c.tables {
				writeFile(t, filepath.Join(dir, table+".csv"), loggerCSV("z,y,x", row))
			}
			m := &memory{}
			report := importInto(t, m, Options{}, dir)
			if c.want == nil {
				if len(m.sessions) != 0 || !strings.Contains(report.Refused[0].Reason, "does not tell the unit") || !strings.Contains(report.Refused[0].Reason, "m/s2 or g") {
					t.Fatalf("not asked: %+v", report)
				}
				return
			}
			got := map[string]string{}
			for _, r := range m.sessions[0].recordings {
				got[r.spec.Channels[0].Kind] = r.spec.Channels[0].Unit
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("units %v, want %v", got, c.want)
			}
		})
	}
	for name, row := range watchRow {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "WristMotion.csv"), loggerCSV("gravityX,gravityY,gravityZ,accelerationX,accelerationY,accelerationZ", row))
		s, _ := importOne(t, Options{}, dir)
		want := map[bool]string{true: "g", false: "m/s2"}[name == "wrist in g"]
		for _, c := range s.recordings[0].spec.Channels {
			if c.Unit != want {
				t.Errorf("%s: %+v", name, c)
			}
		}
	}
}

// Some versions name the sensor and the unit with each column.
func TestSensorLoggerColumnsWithUnits(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "Accelerometer.csv"), loggerCSV("ACCELEROMETER Z (m/s²),ACCELEROMETER Y (m/s²),ACCELEROMETER X (m/s²)", "3,2,1"))
	writeFile(t, filepath.Join(dir, "Magnetometer.csv"), loggerCSV("MAGNETIC FIELD Z (μT),MAGNETIC FIELD Y (μT),MAGNETIC FIELD X (μT),accuracy", "30,20,10,2"))
	s, _ := importOne(t, Options{}, dir)
	for i, want := range []struct{ kind, unit string }{{"linear-acceleration", "m/s2"}, {"magnetometer", "uT"}} {
		r := s.recordings[i]
		if c := r.spec.Channels[0]; c.Kind != want.kind || c.Unit != want.unit || c.Axis != "x" || len(r.spec.Channels) != 3 || r.values[0][0]*3 != r.values[2][0] {
			t.Errorf("%+v", r.spec.Channels)
		}
	}
	if !says(s.findings, dataset.FindingNote, "Magnetometer.csv also has accuracy, which was not kept") {
		t.Errorf("%+v", s.findings)
	}
}

// The app leaves a file of no bytes where nothing happened.
func TestSensorLoggerEmptyTables(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "Gravity.csv"), loggerCSV("z,y,x", "-9.8,0,0"))
	writeFile(t, filepath.Join(dir, "Annotation.csv"), nil)
	writeFile(t, filepath.Join(dir, "HeartRate.csv"), nil)
	m := &memory{}
	report := importInto(t, m, Options{}, dir)
	if len(report.Refused) != 0 || len(report.Skipped) != 0 || len(m.sessions) != 1 {
		t.Fatalf("%+v", report)
	}
	for _, text := range []string{"Annotation.csv has no rows", "HeartRate.csv has no rows"} {
		if !says(m.sessions[0].findings, dataset.FindingNote, text) {
			t.Errorf("nothing says %q: %+v", text, m.sessions[0].findings)
		}
	}
}

// A watch's barometer counts kilopascals unless the app was told otherwise.
func TestSensorLoggerWatchPressure(t *testing.T) {
	for row, want := range map[string]string{"0.5,101.2": "kPa", "0.5,1012.3": "hPa"} {
		s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "WatchBarometer.csv"), loggerCSV("relativeAltitude,pressure", row)))
		if c := s.recordings[0].spec.Channels; c[0].Unit != want || c[0].Kind != "pressure" {
			t.Errorf("%s: %+v", row, c)
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

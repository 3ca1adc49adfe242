package codec

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"
)

// Spreadsheets fill the head's lines up with commas, and later apps write the
// start in another way. Recordings of two times lie in one folder.
func TestXsensStartsAndHeads(t *testing.T) {
	table := func(head string, micros int64) []byte {
		var b strings.Builder
		b.WriteString("sep=,\n" + head + "\nSampleTimeFine,Acc_X,Acc_Y,Acc_Z,Status\n")
		for i := range int64(120) {
			fmt.Fprintf(&b, "%d, 0, 0, 9.8, 0\n", micros+i*16667)
		}
		return []byte(b.String())
	}
	head := func(start string) string {
		return "DeviceTag:,LF-3,,,,\nSyncStatus:,Synced,,,,\nOutputRate:,60Hz,,,,\nStartTime:," + start + ",,,,\n 2024,,,,,\n"
	}
	for start, want := range map[string]struct{ at, zone string }{
		"2024-12-09 11:37:39.631 +0100":   {"2024-12-09T10:37:39.631Z", "Etc/GMT-1"},
		"2024-12-09_11:37:39_631 GMT+8":   {"2024-12-09T03:37:39.631Z", "Etc/GMT-8"},
		"2024-12-09 11:37:39.631 -03:00":  {"2024-12-09T14:37:39.631Z", "Etc/GMT+3"},
		"2024-12-09 11:37:39 UTC":         {"2024-12-09T11:37:39Z", "UTC"},
		"2024-12-09_11:37:39_631":         {"2024-12-09T11:37:39.631Z", ""},
		"2024-12-09_11:37:39_631 GMT+x:y": {"2024-12-09T11:37:39.631Z", ""},
	} {
		s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "LF3.csv"), table(head(start), 599385919)))
		if got := s.Start.Format("2006-01-02T15:04:05.999Z"); got != want.at || s.Zone != want.zone || s.recordings[0].spec.NominalHz != 60 {
			t.Errorf("%s: %s in %q at %g Hz", start, got, s.Zone, s.recordings[0].spec.NominalHz)
		}
		if !says(s.findings, dataset.FindingNote, "also has Status, which was not kept") {
			t.Errorf("%+v", s.findings)
		}
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "LF3_1045.csv"), table(head("2024-12-09 10:45:39.135 +0100"), 1773717154))
	writeFile(t, filepath.Join(dir, "RF2_1045.csv"), table(head("2024-12-09 10:45:39.134 +0100"), 1773717154))
	writeFile(t, filepath.Join(dir, "RF2_1137.csv"), table(head("2024-12-09 11:37:39.629 +0100"), 599385919))
	writeFile(t, filepath.Join(dir, "bad.csv"), table(head("yesterday"), 599385919))
	// a log of the maker's server has no head at all: nothing says what it belongs to
	writeFile(t, filepath.Join(dir, "logfile_A.csv"), table("", 341207))
	writeFile(t, filepath.Join(dir, "logfile_B.csv"), table("", 341207))
	m := &memory{}
	report := importInto(t, m, Options{}, dir)
	var got []int
	for _, s := range m.sessions {
		got = append(got, len(s.recordings))
	}
	if len(report.Refused) != 0 || fmt.Sprint(got) != "[2 1 1 1 1]" {
		t.Errorf("sessions of %v recordings, refused %+v", got, report.Refused)
	}
	for _, s := range m.sessions {
		if first := s.recordings[0].clock.Time(0); first != 0 && !near(first, 0, 1e-3) {
			t.Errorf("a session begins at %g s", first)
		}
	}
}

func phyphoxTable(columns, row string) []byte {
	var b strings.Builder
	b.WriteString(columns + "\n")
	for i := range 300 {
		fmt.Fprintf(&b, "%.9E,%s\n", float64(i)/100, row)
	}
	return []byte(b.String())
}

func TestPhyphoxKindsAndPlaces(t *testing.T) {
	named, plain := "Time (s),Acceleration x (m/s^2),Acceleration y (m/s^2),Acceleration z (m/s^2)", "\"Time (s)\",\"X (m/s^2)\",\"Y (m/s^2)\",\"Z (m/s^2)\""
	for _, c := range []struct{ name, columns, row, kind, says string }{
		{"Raw Data.csv", named, "0.1,0.2,9.8", "accelerometer", ""},
		{"Accelerometer.csv", plain, "0.1,0.2,9.8", "accelerometer", ""},
		{"Linear Accelerometer.csv", plain, "0.1,0.2,0.3", "linear-acceleration", ""},
		{"Linear Acceleration.csv", plain, "0.1,0.2,9.8", "linear-acceleration", ""},
		{"walk one.csv", plain, "0.1,0.2,9.8", "accelerometer", "taken for acceleration with gravity"},
		{"walk two.csv", plain, "0.1,0.2,0.3", "linear-acceleration", "taken for acceleration without gravity"},
		{"Accelerometer.csv", plain, "0.1,0.2,0.3", "accelerometer", "if it is linear acceleration, rename it"},
		{"Gyroscope.csv", "Time (s),X (rad/s),Y (rad/s),Z (rad/s)", "0.1,0.2,0.3", "gyroscope", ""},
		{"Rohdaten.csv", "Zeit (s),Beschleunigung x (m/s^2),Beschleunigung y (m/s^2),Beschleunigung z (m/s^2)", "0.1,0.2,9.8", "accelerometer", ""},
		{"edited.csv", "Time (s),Accel_X (m/s^2),Accel_Y (m/s^2),Accel_Z (m/s^2)", "0.1,0.2,9.8", "accelerometer", ""},
	} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, c.name), phyphoxTable(c.columns, c.row))
		writeFile(t, filepath.Join(dir, "Location.csv"), phyphoxTable(`"Time (s)","Latitude (°)","Longitude (°)","Velocity (m/s)"`, "6.5E1,2.5E1,NaN"))
		s, _ := importOne(t, Options{}, dir)
		if len(s.recordings) != 1 {
			t.Fatalf("%s: %d recordings", c.name, len(s.recordings))
		}
		channels := s.recordings[0].spec.Channels
		for i, axis := range []string{"x", "y", "z"} {
			if channels[i].Kind != c.kind || channels[i].Axis != axis {
				t.Errorf("%s: %+v", c.name, channels[i])
			}
		}
		if !says(s.findings, dataset.FindingNote, "Location.csv holds places") || c.says != "" && !says(s.findings, dataset.FindingNote, c.says) {
			t.Errorf("%s: %+v", c.name, s.findings)
		}
		if strings.Contains(fmt.Sprint(s.findings), "say whether gravity") && c.says == "" {
			t.Errorf("%s: asked for nothing: %+v", c.name, s.findings)
		}
	}
}

// A file whose copying broke off ends inside a row; the rows before it are whole.
func TestACutLastRowIsLeftOut(t *testing.T) {
	dir := t.TempDir()
	whole := phyphoxTable("Time (s),Acceleration x (m/s^2),Acceleration y (m/s^2),Acceleration z (m/s^2)", "0.1,0.2,9.8")
	s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(dir, "cut.csv"), whole[:len(whole)-9]))
	if r := s.recordings[0]; r.samples() != 299 || !says(r.findings, dataset.FindingUnreadable, "row 301: the file ends inside it") {
		t.Errorf("%d samples, %+v", r.samples(), r.findings)
	}
	broken := append(append([]byte{}, whole[:len(whole)-9]...), "\n2.99,0.1,0.2,9.8\n"...)
	m := &memory{}
	if report := importInto(t, m, Options{}, writeFile(t, filepath.Join(dir, "broken.csv"), broken)); len(m.sessions) != 0 || !strings.Contains(report.Refused[0].Reason, "row 301") {
		t.Errorf("a broken row in the middle: %+v", report)
	}
}

func TestSensorLogDelimitersAndWhatIsLeft(t *testing.T) {
	for _, delimiter := range []string{",", ";", "\t", "|"} {
		header := strings.ReplaceAll("loggingTime(txt),locationLatitude(WGS84),deviceID(txt),motionGravityX(G),label(N)", ",", delimiter)
		text := tableRows(header, 100, func(i int) string {
			return strings.ReplaceAll(fmt.Sprintf("2021-06-17T10:00:%02d.%03d+02:00,49.1,secret-id,0.5,0", i/50, i%50*20), ",", delimiter)
		})
		s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "log.csv"), text))
		if r := s.recordings[0]; r.samples() != 100 || r.spec.Channels[0].Kind != "gravity" {
			t.Errorf("%q: %+v", delimiter, r.spec)
		}
		if !says(s.findings, dataset.FindingNote, "also has locationLatitude(WGS84), deviceID(txt), which were not kept") {
			t.Errorf("%q: %+v", delimiter, s.findings)
		}
	}
}

// Of a folder that holds several recordings each is told by a file of its own.
func TestRecordingsOfOneFolderAreToldApart(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"A-squat", "B-squat"} {
		text := tableRows("epoch (ms),time (01:00),elapsed (s),x-axis (g),y-axis (g),z-axis (g)", 50, func(i int) string {
			return fmt.Sprintf("%d,2019-01-11T16:10:08.270,%g,0,0,%g", 1547219408270+80*i, 0.08*float64(i), float64(i)/16+float64(name[0]))
		})
		writeFile(t, filepath.Join(dir, name+"_MetaWear_2019-01-11T16.10.08.270_C42732BE255C_Accelerometer_12.500Hz_1.4.4.csv"), text)
	}
	m := &memory{}
	report := importInto(t, m, Options{}, dir)
	if len(report.Imported) != 2 || !strings.Contains(report.Imported[0].Source, "A-squat") || !strings.Contains(report.Imported[1].Source, "B-squat") {
		t.Errorf("%+v", report)
	}
}

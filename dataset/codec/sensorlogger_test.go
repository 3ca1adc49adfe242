package codec

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"
)

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

// Later versions of the app write the zone beside the tables, in JSON among the records.
func TestSensorLoggerZone(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "Gravity.csv"), loggerCSV("z,y,x", "-9.8,0,0"))
	writeFile(t, filepath.Join(dir, "BluetoothMetadata.csv"), nil)
	writeFile(t, filepath.Join(dir, "Metadata.csv"), []byte("version,device name,recording time,recording timezone,platform\n3,someone's phone,2024-09-25_02-30-18,America/New_York,ios"))
	var b strings.Builder
	b.WriteString(`[{"sensor":"Metadata","device name":"someone's phone","recording timezone":"America/New_York"}`)
	for i := range 100 {
		fmt.Fprintf(&b, `,{"sensor":"Gravity","time":"%d","seconds_elapsed":"0","z":"9.8","y":"0","x":"0.5"}`, 1699734109763076400+int64(i)*10_000_000)
	}
	for _, path := range []string{dir, writeFile(t, filepath.Join(t.TempDir(), "walk.json"), []byte(b.String()+"]"))} {
		s, _ := importOne(t, Options{}, path)
		if s.Zone != "America/New_York" || s.Start.UnixNano() != 1699734109763076400 {
			t.Errorf("%s: %v in %q", filepath.Base(path), s.Start, s.Zone)
		}
		if strings.Contains(fmt.Sprintf("%+v %+v", s.Session, s.findings), "someone") {
			t.Error("the phone's name would be in the study")
		}
	}
}

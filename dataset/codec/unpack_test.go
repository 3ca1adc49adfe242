package codec

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// loggerExport is what the app packs: motion, what is no motion, a sensor that
// wrote nothing, and a mark.
func loggerExport() map[string][]byte {
	accelerometer, wrist := &bytes.Buffer{}, &bytes.Buffer{}
	fmt.Fprintln(accelerometer, "time,seconds_elapsed,z,y,x")
	fmt.Fprintln(wrist, "time,seconds_elapsed,rotationRateX,gravityX,gravityY,gravityZ,pitch")
	for i := range 200 {
		at := 1699734109763076400 + int64(i)*10_000_000
		fmt.Fprintf(accelerometer, "%d,%.3f,0.3,0.2,0.1\n", at, float64(i)/100)
		fmt.Fprintf(wrist, "%d,%.3f,0.5,0,0,1.0,0.25\n", at, float64(i)/100)
	}
	return map[string][]byte{
		"Accelerometer.csv": accelerometer.Bytes(), "WristMotion.csv": wrist.Bytes(),
		"HeartRate.csv":  []byte("time,seconds_elapsed,bpm\n"),
		"Location.csv":   []byte("time,seconds_elapsed,latitude,longitude\n1699734105763076400,-4.0,49.1,12.5\n"),
		"Metadata.csv":   []byte("version,device name,recording time\n3,someone's phone,2023-11-11_20-21-49\n"),
		"Annotation.csv": []byte("time,seconds_elapsed,text,millisecond_press_duration\n1699734110763076400,1.0,\"stood up, slowly\",90\n"),
	}
}

func TestSensorLoggerExportPacked(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "walk.zip"), zipOf(t, loggerExport()))
	s, done := importOne(t, Options{}, path)
	if done.Format != "sensor-logger" || done.Recordings != 2 || done.Samples != 400 {
		t.Fatalf("%+v", done)
	}
	if !strings.HasPrefix(done.Source, path) {
		t.Errorf("the session comes from %q", done.Source)
	}
	if len(s.events) != 1 || s.events[0].Name != "stood up, slowly" || !near(s.events[0].AtS, 1, 1e-6) {
		t.Errorf("marks %+v", s.events)
	}
	for text, kind := range map[string]string{"Location.csv": "note", "HeartRate.csv has no rows": "note", "so it is g": "note"} {
		if !says(s.findings, kind, text) {
			t.Errorf("nothing says %q: %+v", text, s.findings)
		}
	}
	// the watch's gravity in g says nothing of the phone's table
	if c := s.recordings[0].spec.Channels[0]; c.Unit != "m/s2" || c.Kind != "linear-acceleration" || s.recordings[0].values[0][0] != 0.1 {
		t.Errorf("%+v", c)
	}
}

// A wearer's own words before the table's name, as exports from a watch carry.
func TestSensorLoggerTablesWithNamesBeforeThem(t *testing.T) {
	dir := t.TempDir()
	for name, b := range loggerExport() {
		if name == "WristMotion.csv" || name == "Location.csv" {
			writeFile(t, filepath.Join(dir, "Back0626"+name), b)
		}
	}
	rows := &bytes.Buffer{}
	fmt.Fprintln(rows, "time,seconds_elapsed,x,y,z")
	for i := range 100 {
		fmt.Fprintf(rows, "%d,0,0,0,1.0\n", 1699734109763076400+int64(i)*10_000_000)
	}
	writeFile(t, filepath.Join(dir, "Back0626WatchAccelerometerUncalibrated.csv"), rows.Bytes())
	s, done := importOne(t, Options{}, dir)
	if done.Recordings != 2 {
		t.Fatalf("%+v", done)
	}
	for _, r := range s.recordings {
		if r.spec.Placement != "wrist" {
			t.Errorf("%v is placed %q", r.spec.Channels[0].Kind, r.spec.Placement)
		}
	}
}

func TestSensorLoggerJSON(t *testing.T) {
	b := &bytes.Buffer{}
	b.WriteString(`[{"sensor":"Metadata","device name":"someone's phone","version":3}`)
	for i := range 100 {
		fmt.Fprintf(b, `,{"sensor":"Gravity","time":"%d","seconds_elapsed":"%.2f","z":"9.8","y":"0","x":"0.5"}`, 1699734109763076400+int64(i)*10_000_000, float64(i)/100)
	}
	b.WriteString(`,{"sensor":"Location","time":"1699734109763076400","seconds_elapsed":"0","latitude":"49.1"}]`)
	s, done := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "walk.json"), b.Bytes()))
	r := s.recordings[0]
	if done.Samples != 100 || r.spec.Channels[0].Unit != "m/s2" || r.values[0][0] != 0.5 || r.values[2][0] != 9.8 || !near(r.measured, 100, 0.1) {
		t.Errorf("%+v %+v", done, r.spec)
	}
	cut := writeFile(t, filepath.Join(t.TempDir(), "cut.json"), b.Bytes()[:2000])
	report := importInto(t, &memory{}, Options{}, cut)
	if len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, "record 18") && !strings.Contains(report.Refused[0].Reason, "record ") {
		t.Errorf("%+v", report)
	}
}

func TestSensorLogJSON(t *testing.T) {
	b := &bytes.Buffer{}
	b.WriteString("[")
	for i := range 50 {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(b, `{"motionRotationRateX":"0.5","loggingTime":"2021-06-17 10:00:%02d.%02d0 +0200","accelerometerAccelerationX":"-0.25","label":"1"}`, i/25, i%25*4)
	}
	b.WriteString("]")
	s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "log.json"), b.Bytes()))
	r := s.recordings[0]
	if r.samples() != 50 || r.spec.Channels[0].Kind != "accelerometer" || r.spec.Channels[0].Unit != "g" || r.spec.Channels[1].Unit != "rad/s" || s.Start.UTC().Hour() != 8 {
		t.Errorf("%v %+v, starts %v", r.samples(), r.spec, s.Start)
	}
}

func TestGzippedRecording(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(cwaBytes([]int{5, 6}, func(_, i int) [3]int32 { return [3]int32{int32(i), 0, 0} }))
	z.Close()
	path := writeFile(t, filepath.Join(t.TempDir(), "a.cwa.gz"), packed.Bytes())
	_, done := importOne(t, Options{}, path)
	if done.Format != "cwa" || done.Source != path || done.Samples != 200 {
		t.Errorf("%+v", done)
	}
}

func TestArchivesThatAreRefused(t *testing.T) {
	link := &bytes.Buffer{}
	z := zip.NewWriter(link)
	h := &zip.FileHeader{Name: "Accelerometer.csv"}
	h.SetMode(os.ModeSymlink | 0o777)
	w, err := z.CreateHeader(h)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte("/etc/passwd"))
	z.Close()
	var bomb bytes.Buffer
	g := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 72 {
		g.Write(zeros)
	}
	g.Close()
	for name, c := range map[string]struct {
		content []byte
		reason  string
	}{
		"out.zip":    {zipOf(t, map[string][]byte{"../a.csv": []byte("1,2\n")}), "leads out"},
		"back.zip":   {zipOf(t, map[string][]byte{`..\a.csv`: []byte("1,2\n")}), "leads out"},
		"link.zip":   {link.Bytes(), "symbolic link"},
		"bomb.zip":   {zipOf(t, map[string][]byte{"a.csv": make([]byte, 72<<20)}), "this is no recording"},
		"bomb.gz":    {bomb.Bytes(), "this is no recording"},
		"broken.gz":  {bomb.Bytes()[:400], "cannot be unpacked"},
		"nested.zip": {zipOf(t, map[string][]byte{"in.zip": zipOf(t, map[string][]byte{"a.csv": nil}), "b.csv": []byte("x")}), "an archive of no export"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{}
			report := importInto(t, m, Options{}, writeFile(t, filepath.Join(t.TempDir(), name), c.content))
			if len(report.Refused) == 0 || len(m.sessions) != 0 {
				t.Fatalf("%+v", report)
			}
			for _, r := range report.Refused {
				if strings.Contains(r.Reason, c.reason) {
					return
				}
			}
			t.Errorf("%+v", report.Refused)
		})
	}
}

func TestAPackedTableIsDescribedLikeAnyOther(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprintln(z, "t_ms,Beschl X [g]")
	for i := range 400 {
		fmt.Fprintf(z, "%d,%g\n", 10*i, float64(i%7)/8)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := writeFile(t, filepath.Join(t.TempDir(), "table.csv.gz"), packed.Bytes())
	in, err := Inspect(path)
	if err != nil || len(in.Columns) != 2 || len(in.Rows) != inspectRows {
		t.Fatalf("%+v, %v", in, err)
	}
	text, err := in.Proposal.TOML()
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseMapping(text)
	if err != nil {
		t.Fatal(err)
	}
	if trial, err := m.Try(path, 1000); err != nil || trial.Rows != 400 || math.Abs(trial.MeasuredHz-100) > 0.01 {
		t.Errorf("%+v, %v", trial, err)
	}
	if got := RowText(path, 3); got != "10,0.125" {
		t.Errorf("row 3 is %q", got)
	}
	report := importInto(t, &memory{}, Options{Mapping: m, Participant: "P01"}, path)
	if len(report.Imported) != 1 || report.Imported[0].Samples != 400 || report.Imported[0].Source != path {
		t.Errorf("%+v", report)
	}
	if _, err := m.RecogniseBy(path); err != nil || !m.Recognises(path) {
		t.Errorf("not known again: %v", err)
	}
	if report = importInto(t, &memory{}, Options{Mappings: []*Mapping{m}, Participant: "P01"}, path); len(report.Imported) != 1 {
		t.Errorf("not known in an import: %+v", report)
	}
}

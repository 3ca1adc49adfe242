package interchange

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"onset/dataset"
)

// Every format that is written is known again by its beginning; recordings and
// letters are none of them. A text of times and names may be a recording too.
func TestLabelFilesAreKnownByTheirBeginning(t *testing.T) {
	dir := t.TempDir()
	look := func(name string, text []byte) (string, bool) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		f, ok, sure, err := Sniff(path)
		if err != nil || ok != (f.Name != "") {
			t.Fatalf("%s: %v, %v", name, ok, err)
		}
		return f.Name, sure
	}
	d := Document{Session: "s", Start: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), Line: steady(50)}
	for i := range 3000 { // more than the beginning holds
		d.Spans = append(d.Spans, Span{StartS: float64(i), EndS: float64(i) + 0.5, Label: "squat", Kind: dataset.KindExercise, Rater: "MK", Set: "MK", Confidence: 1,
			Counted: true, StartSample: int64(50 * i), EndSample: int64(50*i + 25)})
	}
	for _, f := range Formats() {
		var b bytes.Buffer
		if _, err := f.Export(&b, d); err != nil {
			t.Fatal(err)
		}
		if name, sure := look("labels"+f.Extension, b.Bytes()); name != f.Name || sure != (f.Name != "audacity") {
			t.Errorf("%s is taken for %q, sure %v", f.Name, name, sure)
		}
	}
	for name, text := range map[string]string{
		"a.csv": "time,x,y,z\n0,1,2,3\n", "b.txt": "0.00\t0.02\t9.81\n0.02\t0.04\t9.80\n", "c.json": `{"accel":[1,2]}`, "d.xml": "<gpx></gpx>",
		"e.txt": "Dear colleague,\n", "f.bin": "\x00\x01\xff\xfe\x80", "g.csv": "",
	} {
		if got, _ := look(name, []byte(text)); got != "" {
			t.Errorf("%s is taken for %s", name, got)
		}
	}
}

package labeling_test

import (
	"os"
	"path/filepath"
	"testing"

	"onset/labeling"
	"onset/labeling/interchange"
)

// The hand labels that docs/results.md judges suggestions by can be read, do not
// overlap, and name exercises of the catalogue.
func TestHandLabelsAreWhole(t *testing.T) {
	files, err := filepath.Glob("testdata/hand/*.csv")
	if err != nil || len(files) != 3 {
		t.Fatal(files, err)
	}
	total := 0
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		format, err := interchange.ByName("csv")
		if err != nil {
			t.Fatal(err)
		}
		d, notes, err := format.Import(f, interchange.Document{})
		_ = f.Close()
		if err != nil || len(notes) != 0 {
			t.Fatal(file, notes, err)
		}
		last := 0.0
		for _, s := range d.Spans {
			if s.StartS < last || s.EndS-s.StartS < 3 {
				t.Errorf("%s: %g to %g after %g", file, s.StartS, s.EndS, last)
			}
			if _, known := labeling.DefaultCatalogue().ByID(s.Label); !known {
				t.Errorf("%s: %s is not in the catalogue", file, s.Label)
			}
			last = s.EndS
		}
		total += len(d.Spans)
	}
	if total < 40 {
		t.Errorf("%d hand labels", total)
	}
}

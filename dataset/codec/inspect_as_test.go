package codec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func textFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const labTable = "Lab 7\nt;acc_x;acc_y\n0,00;1,5;-2\n0,02;1,6;-3\n0,04;1,7;-4\n"

func TestInspectAsKeepsToWhatAPersonSays(t *testing.T) {
	path := textFile(t, "walk.csv", labTable)
	found, err := Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	if f := found.Proposal.File; f.Delimiter != ";" || f.Decimal != "," || f.Skip != 1 || !f.Header {
		t.Fatalf("found %+v", f)
	}
	same, err := InspectAs(path, found.Proposal.File)
	if err != nil {
		t.Fatal(err)
	}
	if len(same.Columns) != 3 || same.Columns[1].High != 1.7 || same.FirstOf != 3 || same.Proposal.File != found.Proposal.File {
		t.Errorf("said as found: %+v first %d, %+v", same.Columns, same.FirstOf, same.Proposal.File)
	}
	comma, err := InspectAs(path, FileRule{Delimiter: ","})
	if err != nil {
		t.Fatal(err)
	}
	if len(comma.Columns) != 3 || comma.FirstOf != 1 || comma.Rows[0][0] != "Lab 7" {
		t.Errorf("with a comma: %d columns, first row %q", len(comma.Columns), comma.Rows[0])
	}
	if _, err := InspectAs(path, FileRule{Delimiter: ";", Skip: 9}); err == nil || !strings.Contains(err.Error(), "5 lines") {
		t.Errorf("no row is left, but: %v", err)
	}
}

func TestSavedMappingRecognisesFilesLikeItsOwn(t *testing.T) {
	for _, c := range []struct{ about, name, text, like, likeText, unlike, unlikeText string }{
		{"by the header", "a.csv", "t,ax\n0,1\n1,2\n", "other.txt", "t,ax\n5,6\n", "a.csv", "t,ay\n5,6\n"},
		{"by name and columns", "trial 3.csv", "0,1\n1,2\n", "trial 12.csv", "5,6\n", "trial 4.csv", "5,6,7\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			path := textFile(t, c.name, c.text)
			in, err := Inspect(path)
			if err != nil {
				t.Fatal(err)
			}
			m := in.Proposal
			m.Time.Unit, m.Time.From, m.Time.Rate = "s", "start", 1
			for i := range m.Channels {
				m.Channels[i].Unit = "g"
			}
			if len(m.Channels) == 0 {
				t.Fatalf("no channel in %+v", in)
			}
			header, err := m.RecogniseBy(path)
			if err != nil || header != m.File.Header {
				t.Fatalf("header %v, %v", header, err)
			}
			text, err := m.TOML()
			if err != nil {
				t.Fatal(err)
			}
			saved, err := ParseMapping(text)
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			claims := func(name, text string) bool {
				return saved.claims(&sourceFile{path: filepath.Join("/data", name), head: []byte(text)}, false)
			}
			if !claims(c.name, c.text) || !claims(c.like, c.likeText) {
				t.Error("a file like its own is not recognised")
			}
			if claims(c.unlike, c.unlikeText) {
				t.Error("another file is claimed")
			}
		})
	}
}

func TestRowTextReadsARowAsWritten(t *testing.T) {
	path := textFile(t, "a.csv", "one\n"+strings.Repeat("long", 40000)+"\nthree")
	for row, want := range map[int64]string{1: "one", 3: "three", 4: ""} {
		if got := RowText(path, row); got != want {
			t.Errorf("row %d is %q, want %q", row, got, want)
		}
	}
	if got := RowText(path, 2); len(got) > 500 || !strings.HasPrefix(got, "longlong") {
		t.Errorf("the long row has %d characters", len(got))
	}
}

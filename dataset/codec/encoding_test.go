package codec

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"onset/dataset"
)

// A table of a German lab's old program: umlauts in the lines above and in the
// columns' names, an error sign in a cell.
func knee() string {
	var b strings.Builder
	b.WriteString("Messgerät: Knie\r\nZeit;Höhe (g);Beschl (g)\r\n")
	for i := range 400 {
		height := fmt.Sprintf("%d,25", i%7)
		if i == 150 || i == 151 {
			height = "#FEHLER"
		}
		fmt.Fprintf(&b, "%d;%s;-0,5\r\n", i*20, height)
	}
	return b.String()
}

func TestTablesOfOtherEncodingsAreRead(t *testing.T) {
	western, err := charmap.Windows1252.NewEncoder().String(knee())
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(knee())
	if err != nil {
		t.Fatal(err)
	}
	for encoding, text := range map[string]string{"": knee(), EncodingWestern: western, encodingUTF16: wide} {
		path := writeFile(t, filepath.Join(t.TempDir(), "knie.csv"), []byte(text))
		in, err := Inspect(path)
		if err != nil {
			t.Fatalf("%q: %v", encoding, err)
		}
		m := in.Proposal
		if m.File.Encoding != encoding || in.Columns[1].Name != "Höhe (g)" || (encoding == EncodingWestern) != strings.Contains(strings.Join(in.Open, " "), EncodingWestern) {
			t.Errorf("%q: proposed %q, column %q, open %q", encoding, m.File.Encoding, in.Columns[1].Name, in.Open)
		}
		m.Time.Unit, m.Time.From = "ms", "start"
		m.File.Unreadable = "missing"
		if _, err := m.RecogniseBy(path); err != nil {
			t.Fatalf("%q: %v", encoding, err)
		}
		s, _ := importOne(t, Options{Mapping: &m, Participant: "K3"}, path)
		r := s.recordings[0]
		if r.samples() != 400 || r.values[0][3] != 3.25 || !math.IsNaN(r.values[0][150]) || math.IsNaN(r.values[0][152]) {
			t.Errorf("%q: %d samples, %g", encoding, r.samples(), r.values[0][148:153])
		}
		if !says(r.findings, dataset.FindingUnreadable, `2 cells are no numbers ("#FEHLER" in row 153, "#FEHLER" in row 154)`) {
			t.Errorf("%q: findings %v", encoding, r.findings)
		}
	}
}

func TestACellThatIsNoNumberIsRefusedUnlessSaid(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "knie.csv"), []byte(knee()))
	in, err := Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	m := in.Proposal
	m.Time.Unit, m.Time.From = "ms", "start"
	if _, err := m.RecogniseBy(path); err != nil {
		t.Fatal(err)
	}
	store := &memory{}
	report := importInto(t, store, Options{Mapping: &m}, path)
	if len(store.sessions) != 0 || len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, "row 153") || !strings.Contains(report.Refused[0].Reason, "file.unreadable") {
		t.Errorf("refused %+v", report.Refused)
	}
}

func TestNoBinaryIsTakenForText(t *testing.T) {
	for name, head := range map[string]string{"zeros": "a\x00b", "control": "\x01\x02\xe4abc", "high": "\xe4\xf6\xfc\xdf1,2", "empty": ""} {
		if got := encodingOf([]byte(head)); got != noText {
			t.Errorf("%s: %q", name, got)
		}
	}
}

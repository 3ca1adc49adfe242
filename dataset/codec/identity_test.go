package codec

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"onset/dataset/privacy"
)

// What names people and devices goes to the key file and nowhere else, and a
// key file gives the same person the same code the next time.
func TestNamesGoToTheKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	book, err := privacy.Sealer{Work: 10}.OpenBook(path, "secret words")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	o := Options{Keys: book}
	first, _ := importOne(t, o, data(t, "muvr", "pebble-sessions", "andrew-mixed-21-05"))
	importOne(t, o, data(t, "vendor", "actigraph_gt3x", "ISM_Enabled.gt3x"))
	importOne(t, o, data(t, "vendor", "axivity_cwa", "ax3_testfile.cwa"))
	importOne(t, o, data(t, "vendor", "geneactiv", "GENEActiv_testfile.bin"))
	keys := book.Keys()
	var all []string
	for _, id := range keys.Identities {
		all = append(all, id.Identifiers...)
	}
	for _, want := range []string{"andrew", "TAS1E42150038", "ISM_Enabled", "39434", "012967"} {
		if !slices.Contains(all, want) {
			t.Errorf("the key file lacks %s: %v", want, all)
		}
	}
	if code, ok := keys.CodeOf("andrew"); !ok || code != string(first.Participant) {
		t.Errorf("andrew is %q, the session is of %s", code, first.Participant)
	}
	m := &memory{}
	m.people = nil
	if _, err := book.Remove(string(first.Participant)); err != nil {
		t.Fatal(err)
	}
	if err := book.Record("P77", "andrew", nil); err != nil {
		t.Fatal(err)
	}
	report := importInto(t, m, o, data(t, "muvr", "pebble-sessions", "andrew-mixed-21-05"))
	if report.Imported[0].Participant != "P77" {
		t.Errorf("the known person became %s", report.Imported[0].Participant)
	}
	for _, s := range m.sessions {
		for _, f := range s.findings {
			if strings.Contains(f.Message, "andrew") {
				t.Errorf("a finding names the person: %s", f.Message)
			}
		}
	}
}

// A field of fixed length is filled up with zeros or blanks, and devices write a
// date where nobody entered a birthday: neither names anybody.
func TestWhatFillsAFieldNamesNobody(t *testing.T) {
	w := &session{}
	w.identify("Anna  Huber\x00\x00\x00", "\x00\x00", "  ", "1800-1-1", "1900-01-01", "1961-1-10", "012967")
	if want := []string{"Anna Huber", "1961-1-10", "012967"}; !slices.Equal(w.names, want) {
		t.Errorf("it keeps %q, want %q", w.names, want)
	}
}

// A person whose name a device pads is known again without the padding.
func TestAPaddedSubjectIsTheSamePerson(t *testing.T) {
	raw, err := os.ReadFile(data(t, "vendor", "geneactiv", "GENEActiv_testfile.bin"))
	if err != nil {
		t.Fatal(err)
	}
	m := &memory{}
	var paths []string
	for i, name := range []string{"Huber", "Huber\x00\x00\x00\x00", "Kern"} {
		// other samples, so that none is a copy: the first pages alone, fewer each time
		pages := bytes.Split(raw, []byte("Recorded Data"))
		text := bytes.Join(pages[i:len(pages)-2*i], []byte("Recorded Data"))
		if i > 0 {
			text = append(slices.Clone(pages[0]), append([]byte("Recorded Data"), text...)...)
		}
		text = bytes.Replace(text, []byte("Subject Code:"), []byte("Subject Code:"+name), 1)
		paths = append(paths, writeFile(t, filepath.Join(t.TempDir(), "x.bin"), text))
	}
	if report := importInto(t, m, Options{}, paths...); len(report.Imported) != 3 {
		t.Fatalf("refused %+v", report.Refused)
	}
	a, b, c := m.sessions[0].Participant, m.sessions[1].Participant, m.sessions[2].Participant
	if a != b || b == c {
		t.Errorf("the codes are %s, %s and %s", a, b, c)
	}
}

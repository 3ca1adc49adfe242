package codec

import (
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

package room

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExportsOfSimulatedPeopleSaySo(t *testing.T) {
	for extension, text := range map[string]string{".csv": "participant,F1\n\"P,1\",0.5\n", ".tex": "\\begin{tabular}{lr}\n", ".svg": "<svg></svg>\n"} {
		path := filepath.Join(t.TempDir(), "x"+extension)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := MarkSimulated(path, extension); err != nil {
			t.Fatal(err)
		}
		got, _ := os.ReadFile(path)
		if !strings.Contains(strings.ToLower(string(got)), "simulated") {
			t.Errorf("%s: %s", extension, got)
		}
		if extension == ".csv" && string(got) != "participant,F1,data\n\"P,1\",0.5,simulated\n" {
			t.Errorf("table: %s", got)
		}
	}
}

// Tables of samples stand under comments and are no table of their own; in a folder
// every file is marked.
func TestSamplesInAFolderAreMarkedAsSimulated(t *testing.T) {
	dir := t.TempDir()
	text := "# recording r device=\"a watch\"\ntime_s,x\n0,1\n# recording q device=\"a belt\"\ntime_s,x,y\n0,1,2\n"
	for _, name := range []string{"a.csv", "b.csv"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := MarkSimulated(dir, ""); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.csv", "b.csv"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != "# simulated data: no such people exist\n"+text {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
}

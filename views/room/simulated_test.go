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

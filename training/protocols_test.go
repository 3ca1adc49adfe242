package training

import (
	"os"
	"path/filepath"
	"testing"
)

// The protocols that docs/results.md names must stay readable.
func TestProtocolsAreReadable(t *testing.T) {
	files, err := filepath.Glob("protocols/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no protocols (%v)", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseConfig(text); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

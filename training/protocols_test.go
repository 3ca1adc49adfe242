package training

import (
	"os"
	"path/filepath"
	"strings"
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
		if strings.HasSuffix(f, "search.toml") {
			_, err = ParseSearch(text)
		} else {
			_, err = ParseConfig(text)
		}
		if err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("the go command is not on the path")
	}
	cmd := exec.Command(goTool, "list", "-json=ImportPath,Imports,Deps", "-tags", "gles,x11,migrated_fynedo", "./...")
	cmd.Dir = moduleRoot(t)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var list []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// room is the part of the building that a package stands in: the first element
// of its path below the module; the desktop program is "main".
func room(path string) (string, bool) {
	if path == "onset" {
		return "main", true
	}
	rest, ok := strings.CutPrefix(path, "onset/")
	first, _, _ := strings.Cut(rest, "/")
	return first, ok
}

// TestArrowsPointOneWay keeps the floor plan: who may use whom.
func TestArrowsPointOneWay(t *testing.T) {
	rooms := []string{"labeling", "training", "replay", "devices", "dataset", "assets"}
	allowed := map[string][]string{
		"main":     append([]string{"views", "app"}, rooms...),
		"cmd":      append([]string{"app"}, rooms...),
		"views":    append([]string{"app"}, rooms...),
		"app":      rooms,
		"devices":  {"training", "replay", "dataset", "assets"},
		"replay":   {"training", "labeling", "dataset", "assets"},
		"training": {"dataset", "assets"},
		"labeling": {"dataset", "assets"},
		"dataset":  {"assets"},
		"assets":   {},
		"e2e":      {},
	}
	for _, p := range packages(t) {
		from, _ := room(p.ImportPath)
		may, known := allowed[from]
		if !known {
			t.Errorf("%s stands in no room of the floor plan", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			to, own := room(imported)
			if own && to != from && !slices.Contains(may, to) {
				t.Errorf("%s imports %s: %s may not use %s", p.ImportPath, imported, from, to)
			}
		}
	}
}

// TestOutsideStaysOutside keeps the window toolkit above app and SQL in dataset,
// so that onsetctl builds where there is no screen and no OpenGL header.
func TestOutsideStaysOutside(t *testing.T) {
	for _, p := range packages(t) {
		from, _ := room(p.ImportPath)
		for _, imported := range p.Imports {
			switch {
			case imported == "fyne.io/fyne/v2/app" && from != "main":
				t.Errorf("%s imports %s: only the desktop program may", p.ImportPath, imported)
			case (imported == "database/sql" || imported == "github.com/mattn/go-sqlite3") && from != "dataset" && p.ImportPath != "onset/devices/sync/store":
				t.Errorf("%s imports %s: SQL belongs in dataset and in the sync server's own store", p.ImportPath, imported)
			}
		}
		if from == "main" || from == "views" || from == "e2e" {
			continue
		}
		for _, dep := range p.Deps {
			if strings.HasPrefix(dep, "fyne.io/") || strings.HasPrefix(dep, "github.com/go-gl/") {
				t.Errorf("%s depends on %s: nothing below the views may need a window system", p.ImportPath, dep)
				break
			}
		}
	}
}

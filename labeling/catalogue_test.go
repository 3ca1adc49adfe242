package labeling

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCatalogueIsWhole(t *testing.T) {
	c := DefaultCatalogue()
	if n := len(c.Exercises()); n < 40 {
		t.Errorf("only %d exercises", n)
	}
	for _, e := range c.Exercises() {
		if len(e.Where) == 0 {
			t.Errorf("%s is done nowhere", e.ID)
		}
		if id, known := c.Resolve(e.ID, ""); !known || id != e.ID {
			t.Errorf("%s resolves to %q", e.ID, id)
		}
		if id, known := c.Resolve(e.Short(), e.Group()); !known || id != e.ID {
			t.Errorf("%s in %s resolves to %q", e.Short(), e.Group(), id)
		}
		for _, alias := range e.Aliases {
			group, name, cut := strings.Cut(alias, "/")
			if !cut {
				group, name = "", alias
			}
			if id, known := c.Resolve(name, group); !known || id != e.ID {
				t.Errorf("alias %q resolves to %q, want %s", alias, id, e.ID)
			}
		}
	}
}

func TestResolveKnowsOthersNames(t *testing.T) {
	c := DefaultCatalogue()
	for _, k := range []struct{ name, group, id string }{
		{"biceps-curl-happer", "arms", "strength:arms/hammer-curl"},
		{"dummbell-chest-press-twist", "chest", "strength:chest/twisting-chest-press"},
		{"barbel-biceps-curl", "arms", "strength:arms/barbell-curl"},
		{"tricep-dips", "arms", "strength:arms/triceps-dip"},
		{"lateral-raise", "", "strength:shoulders/lateral-raise"},
		{"Triceps Extension", "", "strength:arms/triceps-extension"},
		{"squat", "back", "strength:legs/squat"},
		{"superman", "back", "physio:back/superman"},
		{"e3", "physical-therapy", "physio:physical-therapy/exercise-3"},
		{"SITTING_DOWN", "daily", "daily:sitting/sitting-down"},
		{"x", "x", ""},
		{"", "", ""},
		{"no such thing", "arms", ""},
	} {
		id, known := c.Resolve(k.name, k.group)
		if id != k.id || known != (k.id != "") {
			t.Errorf("%s/%s is %q %v, want %q", k.group, k.name, id, known, k.id)
		}
	}
}

// Every name in the label files of the Pebble sessions is known.
func TestResolveKnowsThePebbleSessions(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(dataDir(t), "muvr/pebble-sessions/*/labels.txt"))
	if err != nil || len(files) == 0 {
		t.Skip("the Pebble sessions are not here")
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			_, rest, _ := strings.Cut(lines.Text(), "=")
			fields := strings.Split(rest, ",")
			if len(fields) < 2 || fields[0] == "x" {
				continue
			}
			if id, known := DefaultCatalogue().Resolve(fields[1], fields[0]); !known {
				t.Errorf("%s: %s/%s is not known (%q)", filepath.Base(filepath.Dir(file)), fields[0], fields[1], id)
			}
		}
	}
}

// dataDir is the folder of real recordings beside the project.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "..", "shared", "data")
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Skip("no project root above the test")
		}
		dir = up
	}
}

func TestWrongCataloguesAreRefused(t *testing.T) {
	entry := func(id, alias string) string {
		return "[[exercise]]\nid = \"" + id + "\"\nname = \"N\"\naliases = [\"" + alias + "\"]\n"
	}
	for what, text := range map[string]string{
		"a bad id":         entry("arms/curl", "a"),
		"an id twice":      entry("s:a/b", "x") + entry("s:a/b", "y"),
		"an alias claimed": entry("s:a/b", "same") + entry("s:a/c", "same"),
		"no name":          "[[exercise]]\nid = \"s:a/b\"\n",
		"an unknown key":   entry("s:a/b", "x") + "colour = 1\n",
		"no TOML":          "[[",
	} {
		if _, err := ParseCatalogue([]byte(text)); err == nil {
			t.Errorf("%s was accepted", what)
		}
	}
}

func TestNormalIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		if once := normal(name); normal(once) != once {
			t.Fatalf("%q became %q, then %q", name, once, normal(once))
		}
	})
}

func TestSearchFindsByMuscle(t *testing.T) {
	found := DefaultCatalogue().Search("biceps cable")
	if len(found) == 0 {
		t.Fatal("nothing found")
	}
	if got := DefaultCatalogue().Search("squat")[0].ID; got != "strength:legs/squat" {
		t.Errorf("squat finds %s first", got)
	}
}

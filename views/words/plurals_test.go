package words

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fyne.io/fyne/v2/lang"
)

// pluralMessage is a call of lang.N in the program: what it says and the names of
// the values that it fills in.
type pluralMessage struct {
	text, at string
	values   []string
}

// pluralMessages finds every one of them below views.
func pluralMessages(t *testing.T) (found []pluralMessage) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := f.X.(*ast.Ident); !ok || x.Name != "lang" || !slices.Contains([]string{"N", "XN", "LocalizePlural", "LocalizePluralKey"}, f.Sel.Name) {
				return true
			}
			m := pluralMessage{at: set.Position(call.Pos()).String()}
			text, ok := call.Args[0].(*ast.BasicLit)
			if !ok || f.Sel.Name != "N" {
				t.Errorf("%s: a plural message must be one plain sentence given to lang.N, or nothing can tell whether its forms are there", m.at)
				return true
			}
			if m.text, err = strconv.Unquote(text.Value); err != nil {
				t.Errorf("%s: %v", m.at, err)
			}
			for _, arg := range call.Args[1:] {
				values, ok := arg.(*ast.CompositeLit)
				if !ok {
					continue
				}
				for _, e := range values.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						if key, ok := kv.Key.(*ast.BasicLit); ok {
							name, _ := strconv.Unquote(key.Value)
							m.values = append(m.values, name)
						}
					}
				}
			}
			found = append(found, m)
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestPlurals has the toolkit write every message of the program for one and for
// many, as a person would read it, and listens to what it complains of.
func TestPlurals(t *testing.T) {
	if err := LoadPlurals(); err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	log.SetOutput(&complaints)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	used := map[string]bool{}
	for _, m := range pluralMessages(t) {
		used[m.text] = true
		var said [2]string
		for i, n := range []int{1, 2} {
			values := map[string]any{}
			for _, name := range m.values {
				values[name] = "‹" + name + "›"
			}
			complaints.Reset()
			said[i] = lang.N(m.text, n, values)
			if complaints.Len() > 0 || strings.Contains(said[i], "<no value>") {
				t.Errorf("%s: for %d: %q\n%s", m.at, n, said[i], &complaints)
			}
		}
		if text := strings.ReplaceAll(strings.ReplaceAll(m.text, "{{.", "‹"), "}}", "›"); said[1] == text && said[0] == text {
			switch m.text {
			case "trimmed {{.N}}", "cut {{.N}} in two", "{{.N}} more": // the same for one and many
			default:
				t.Errorf("%s: %q is the same for one and for many", m.at, m.text)
			}
		}
	}
	if len(used) == 0 {
		t.Fatal("no plural message was found")
	}
	raw, err := translations.ReadFile("translations/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var forms map[string]map[string]string
	if err := json.Unmarshal(raw, &forms); err != nil {
		t.Fatal(err)
	}
	for text, f := range forms {
		if !used[text] {
			t.Errorf("nothing says %q any more", text)
		}
		if f["one"] == "" || f["other"] == "" || len(f) != 2 {
			t.Errorf("%q has the forms %v; English has one and other", text, f)
		}
	}
}

package devices

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"onset/dataset"
	"onset/training"
)

func TestABundleIsLoadedByChoice(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bundle", "one" + BundleSuffix} {
		dest, _ := bundled(t, name)
		p, err := OpenPackage(dest)
		if err != nil || len(p.Offers) != 2 {
			t.Fatalf("%s: %+v, %v", name, p, err)
		}
		if _, err := p.Choose(nil); !errors.Is(err, dataset.ErrBadRequest) || !strings.Contains(err.Error(), "left-wrist-accelerometer/all/f32") {
			t.Errorf("two models and no choice: %v", err)
		}
		if _, err := p.Choose([]string{"m1k2j3"}); !errors.Is(err, dataset.ErrBadRequest) {
			t.Errorf("an id of two folders: %v", err)
		}
		if _, err := p.Choose([]string{"ankle"}); !errors.Is(err, dataset.ErrNotFound) {
			t.Errorf("a model that is not there: %v", err)
		}
		chosen, err := p.Choose([]string{"left-wrist-accelerometer/knee-rehab/f32"})
		if err != nil || len(chosen) != 1 {
			t.Fatalf("%v, %v", chosen, err)
		}
		study := kept{rows: map[string]dataset.ModelRow{}}
		r, err := p.Import(context.Background(), study, chosen, time.Unix(0, 0))
		if err != nil || len(r) != 1 || len(study.rows) != 1 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	dir := exported(t, newModel(t, mlp, training.OrientationSensor))
	for _, path := range []string{dir, filepath.Join(dir, ModelFile)} {
		if p, err := OpenPackage(path); err != nil || len(p.Offers) != 1 {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestNothingIsLoadedWhenOneOfSeveralIsRefused(t *testing.T) {
	t.Parallel()
	dest, _ := bundled(t, "bundle")
	p, err := OpenPackage(dest)
	if err != nil {
		t.Fatal(err)
	}
	other := newModel(t, "dense 5 relu / dense 3 softmax", training.OrientationSensor)
	study := kept{rows: map[string]dataset.ModelRow{other.ID: other.Stored()}}
	if _, err := p.Import(context.Background(), study, []int{0, 1}, time.Unix(0, 0)); !errors.Is(err, dataset.ErrConflict) {
		t.Errorf("%v", err)
	}
	if len(study.rows) != 1 || !bytes.Equal(study.rows[other.ID].Weights, other.Stored().Weights) {
		t.Error("the study was changed")
	}
}

// entry is a file of a forged archive.
type entry struct {
	name, content string
	mode          fs.FileMode
}

// forged is an archive whose manifest lists files and which holds others.
func forged(t testing.TB, listed map[string]string, entries ...entry) []byte {
	t.Helper()
	m := Manifest{Format: bundleFormat, Version: bundleVersion, Parts: map[string]Part{}, Models: []BundledModel{}, Notes: []string{}}
	for name, text := range listed {
		m.Parts[name] = partOf([]byte(text))
	}
	seal, err := sealManifest(&m)
	if err != nil {
		t.Fatal(err)
	}
	m.Seal = seal
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range append([]entry{{ManifestFile, string(text), 0o644}}, entries...) {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		h.SetMode(e.mode)
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(e.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHarmfulBundlesAreRefused(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("\x00", 4<<20)
	for name, test := range map[string]struct {
		raw   []byte
		words string
	}{
		"no manifest":      {zipped(t, "models/a/model.json"), "manifest.json: it is missing"},
		"a way out":        {forged(t, nil, entry{"../outside", "x", 0o644}), "does not list it"},
		"a listed way out": {forged(t, map[string]string{"../outside": "x"}, entry{"../outside", "x", 0o644}), "lies elsewhere"},
		"an absolute one":  {forged(t, map[string]string{"/outside": "x"}, entry{"/outside", "x", 0o644}), "lies elsewhere"},
		"a link":           {forged(t, map[string]string{"card.md": "/etc/passwd"}, entry{"card.md", "/etc/passwd", 0o777 | fs.ModeSymlink}), "a link or a folder"},
		"a folder":         {forged(t, map[string]string{"a/": ""}, entry{"a/", "", 0o755 | fs.ModeDir}), "a link or a folder"},
		"one more file":    {forged(t, nil, entry{"start.sh", "x", 0o755}), "does not list it"},
		"longer":           {forged(t, map[string]string{"card.md": "x"}, entry{"card.md", "xyz", 0o644}), "more than the 1 bytes"},
		"twice":            {forged(t, map[string]string{"card.md": "x"}, entry{"card.md", "x", 0o644}, entry{"card.md", "x", 0o644}), "holds it twice"},
		"a bomb":           {forged(t, map[string]string{"card.md": zeros}, entry{"card.md", zeros, 0o644}), "100 times its size"},
		"no model":         {forged(t, map[string]string{"card.md": "x"}, entry{"card.md", "x", 0o644}), "holds no model"},
	} {
		root := t.TempDir()
		archive := filepath.Join(root, "a"+BundleSuffix)
		if err := os.WriteFile(archive, test.raw, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenPackage(archive)
		if _, ok := errors.AsType[*RefusedError](err); !ok || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: %v; want a refusal that says %q", name, err, test.words)
		}
		if entries, err := os.ReadDir(root); err != nil || len(entries) != 1 {
			t.Errorf("%s: %v lie beside it, %v", name, entries, err)
		}
	}
}

func TestLinksInAFolderAreRefused(t *testing.T) {
	t.Parallel()
	whole := exported(t, newModel(t, mlp, training.OrientationSensor))
	dir := filepath.Join(t.TempDir(), "model")
	if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, WeightsFile)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(whole, WeightsFile), path); err != nil {
		t.Skip(err)
	}
	if _, err := OpenPackage(dir); err == nil || !strings.Contains(err.Error(), "weights.f32: it is a link") {
		t.Errorf("a link to the very same bytes: %v", err)
	}
	names := func(o []Offer) (out []string) {
		for _, x := range o {
			out = append(out, x.Channel)
		}
		return out
	}
	dest, _ := bundled(t, "bundle")
	moved := filepath.Join(t.TempDir(), "models")
	if err := os.Rename(filepath.Join(dest, modelsDirectory), moved); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(moved, filepath.Join(dest, modelsDirectory)); err != nil {
		t.Fatal(err)
	}
	if p, err := OpenPackage(dest); err == nil {
		t.Errorf("models that lie elsewhere: %v", slices.Sorted(slices.Values(names(p.Offers))))
	}
}

package devices

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"
	"onset/training"
)

func (s shelf) Models(context.Context) ([]dataset.ModelRow, error) {
	return []dataset.ModelRow{s.row}, nil
}

func bundled(t *testing.T, name string) (dest string, m Manifest) {
	t.Helper()
	server := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(server, []byte("#!/bin/true\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	model := newModel(t, mlp, training.OrientationSensor)
	dest = filepath.Join(t.TempDir(), name)
	m, err := Bundle(context.Background(), shelf{row: model.Stored()}, dest,
		BundleOptions{Program: "onset test", Server: server, Groups: []string{"Knee Rehab", ""}, Formats: []string{FormatONNX}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dest, m
}

func TestABundleHoldsAllThatALabNeeds(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bundle", "one" + BundleSuffix} {
		dest, m := bundled(t, name)
		r, err := CheckBundle(dest)
		if err != nil || !r.OK || len(r.Models) != 2 || !IsBundle(dest) {
			t.Fatalf("%s: %+v, %v", name, r, err)
		}
		for _, part := range []string{"README.md", "Dockerfile", "onset-sync.service", "onset-sync.env", "start.sh", "install.sh", "catalogue.toml", "models.txt", "bin/onsetctl",
			"models/left-wrist-accelerometer/knee-rehab/f32/model.json", "models/left-wrist-accelerometer/everyone/f32/card.html"} {
			if _, ok := m.Parts[part]; !ok {
				t.Errorf("%s: no %s in it", name, part)
			}
		}
		_, err = Bundle(context.Background(), shelf{row: newModel(t, mlp, training.OrientationSensor).Stored()}, dest, BundleOptions{}, nil)
		if !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: bundling over it: %v", name, err)
		}
		left, err := filepath.Glob(filepath.Join(filepath.Dir(dest), ".*"))
		if err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

func TestDamagedBundlesAreRefused(t *testing.T) {
	t.Parallel()
	dest, _ := bundled(t, "bundle")
	for name, harm := range map[string]func(path string) error{
		"server.sh changed": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "start.sh"), []byte("#!/bin/sh\n"), 0o755)
		},
		"no program": func(dir string) error { return os.Remove(filepath.Join(dir, "bin", "onsetctl")) },
		"manifest edited": func(dir string) error {
			p := filepath.Join(dir, ManifestFile)
			raw, err := os.ReadFile(p)
			if err == nil {
				err = os.WriteFile(p, []byte(strings.Replace(string(raw), "onset test", "onset test 2", 1)), 0o600)
			}
			return err
		},
	} {
		dir := filepath.Join(t.TempDir(), "copy")
		if err := os.CopyFS(dir, os.DirFS(dest)); err != nil {
			t.Fatal(err)
		}
		if err := harm(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := CheckBundle(dir); err == nil {
			t.Errorf("%s: accepted", name)
		} else if _, ok := errors.AsType[*RefusedError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	one, _ := bundled(t, "one"+BundleSuffix)
	raw, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{0, 10, len(raw) / 2, len(raw) - 1} {
		if err := os.WriteFile(one, raw[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := CheckBundle(one); err == nil {
			t.Errorf("a bundle of %d of %d bytes was accepted", cut, len(raw))
		}
	}
}

// kept is a study that models come into.
type kept struct{ rows map[string]dataset.ModelRow }

func (k kept) Model(_ context.Context, id string) (dataset.ModelRow, error) {
	if row, ok := k.rows[id]; ok {
		return row, nil
	}
	return dataset.ModelRow{}, dataset.ErrNotFound
}

func (k kept) SaveModel(_ context.Context, row dataset.ModelRow) error {
	k.rows[row.ID] = row
	return nil
}

func TestAnExportComesBackBitForBit(t *testing.T) {
	t.Parallel()
	m := newModel(t, mlp, training.OrientationSensor)
	dir := exported(t, m)
	study := kept{rows: map[string]dataset.ModelRow{}}
	now := m.Stored().CreatedAt
	r, err := Import(context.Background(), study, dir, now)
	if err != nil || r.Already || r.Model != m.ID {
		t.Fatalf("%+v, %v", r, err)
	}
	parts, err := m.Parts()
	if err != nil || string(study.rows[m.ID].Weights) != string(parts.Weights) {
		t.Errorf("the weights differ (%v)", err)
	}
	if study.rows[m.ID].MacroF1 != 0.6 {
		t.Errorf("macro-F1 came back as %g", study.rows[m.ID].MacroF1)
	}
	again := filepath.Join(t.TempDir(), "again")
	if _, err := Export(context.Background(), shelf{row: study.rows[m.ID]}, m.ID, again, Options{Program: "onset test"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{WeightsFile, GoldenFile} {
		a, errA := os.ReadFile(filepath.Join(dir, name))
		b, errB := os.ReadFile(filepath.Join(again, name))
		if errA != nil || errB != nil || string(a) != string(b) {
			t.Errorf("%s is another after a round trip", name)
		}
	}
	if r, err := Import(context.Background(), study, dir, now); err != nil || !r.Already {
		t.Errorf("importing it again: %+v, %v", r, err)
	}
	other := newModel(t, "dense 5 relu / dense 3 softmax", training.OrientationSensor)
	if _, err := Import(context.Background(), study, exported(t, other), now); !errors.Is(err, dataset.ErrConflict) {
		t.Errorf("another model of the same id: %v", err)
	}
}

func TestSmallerFormsPassTheirGateOrStayOut(t *testing.T) {
	t.Parallel()
	m := newModel(t, mlp, training.OrientationSensor)
	row := m.Stored()
	row.Scores = []byte(`{"accuracy":0.7,"macro_f1":0.6,"windows":40,"precisions":[{"precision":"f16","accuracy":0.7,"macro_f1":0.6,"windows":40},{"precision":"int8","accuracy":0.6,"macro_f1":0.6,"changed":0.1,"windows":40}]}`)
	dir := filepath.Join(t.TempDir(), "model")
	r, err := Export(context.Background(), shelf{row: row}, "m1", dir, Options{Formats: []string{FormatF16, FormatInt8}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Variants) != 2 || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "0.600 instead of 0.700") {
		t.Errorf("variants %+v, notes %q", r.Variants, r.Notes)
	}
	low, err := LoadDevice(dir, "f16")
	if err != nil {
		t.Fatal(err)
	}
	if p, _ := low.Model.Parts(); string(p.Weights) == string(row.Weights) {
		t.Error("half precision holds the exact weights")
	}
	if _, err := LoadDevice(dir, "int8"); err == nil {
		t.Error("weights that were left out were loaded")
	}
	preview, err := PreviewOf(row)
	if err != nil || len(preview.Variants) != 3 || preview.Variants[2].Passed || preview.Variants[1].Bytes*2 != preview.Variants[0].Bytes {
		t.Errorf("%+v, %v", preview, err)
	}
}

func FuzzDescription(f *testing.F) {
	f.Add([]byte(`{"format":"onset-model","version":2,"seal":"` + strings.Repeat("0", sealDigits) + `"}`))
	f.Add([]byte(`{"format":"onset-bundle","version":1,"parts":{"../x":{}},"seal":""}`))
	dir := deviceFolder(f, newModel(f, mlp, training.OrientationGravity))
	real, err := os.ReadFile(filepath.Join(dir, ModelFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(real)
	f.Fuzz(func(t *testing.T, text []byte) {
		if d, err := parse(text); err == nil {
			_ = checkSeal(text)
			if k, err := d.Fusion.Knowledge(d.Classes); err == nil && k == nil {
				t.Error("no knowledge and no error")
			}
		}
		if m, err := parseManifest(text); err == nil {
			for name := range m.Parts {
				if !filepath.IsLocal(name) {
					t.Errorf("the part %q was accepted", name)
				}
			}
		}
	})
}

// zipped is an archive of files that lie under the given names.
func zipped(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(strings.Repeat("{}", 20)))
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

func FuzzArchive(f *testing.F) {
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	for _, name := range []string{"models/a/model.json", "../outside", "/outside", "a/../../outside", `..\outside`} {
		f.Add(zipped(f, name, "models/a/model.json"))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		root := t.TempDir()
		archive, dir := filepath.Join(root, "a"+BundleSuffix), filepath.Join(root, "in")
		if err := os.WriteFile(archive, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		_ = unpack(archive, dir)
		entries, err := os.ReadDir(root)
		if err != nil || len(entries) > 2 {
			t.Errorf("%d entries beside the bundle, %v", len(entries), err)
		}
	})
}

func TestAGroupThatNobodyIsInIsRefused(t *testing.T) {
	people := []dataset.Participant{{ID: "P01", Group: "knee"}, {ID: "P02"}, {ID: "P03", Group: "hip"}}
	for group, ok := range map[string]bool{"": true, "knee": true, "hip": true, "kne": false} {
		if err := hasGroup(people, group); (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "hip, knee") {
			t.Errorf("group %q: %v", group, err)
		}
	}
}

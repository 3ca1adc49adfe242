package devices

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"onset/dataset"
	"onset/replay"
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
			"models/left-wrist-accelerometer/knee-rehab/f32/model.json", "models/left-wrist-accelerometer/all/f32/card.html"} {
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

// rack is a study with several models.
type rack struct {
	shelf
	rows []dataset.ModelRow
	runs map[string]string // configs by run
}

func (r rack) Models(context.Context) ([]dataset.ModelRow, error) { return r.rows, nil }

func (r rack) Model(_ context.Context, id string) (dataset.ModelRow, error) {
	for _, row := range r.rows {
		if row.ID == id || row.Name == id {
			return row, nil
		}
	}
	return dataset.ModelRow{}, dataset.ErrNotFound
}

func (r rack) RunByID(_ context.Context, id string) (dataset.Run, error) {
	if config, ok := r.runs[id]; ok {
		return dataset.Run{ID: id, Config: []byte(config)}, nil
	}
	return dataset.Run{}, dataset.ErrNotFound
}

// rackOf holds two MLPs and a CNN of one sensor set; the second MLP learnt from a
// group alone.
func rackOf(t *testing.T) rack {
	t.Helper()
	r := rack{runs: map[string]string{"r2": "[data]\ngroup = \"Knee Rehab\"\n"}}
	for i, architecture := range []string{mlp, "dense 5 relu / dense 3 softmax", "conv 4 k3 relu / global max / dense 3 softmax"} {
		row := newModel(t, architecture, training.OrientationSensor).Stored()
		row.ID, row.Name, row.Run = fmt.Sprintf("id%d", i+1), fmt.Sprintf("net-%d", i+1), fmt.Sprintf("r%d", i+1)
		row.MacroF1 = [...]float64{0.6, 0.5, 0.4}[i]
		if i == 2 {
			row.Spec = bytes.Replace(row.Spec, []byte(`"kind":"mlp"`), []byte(`"kind":"cnn"`), 1)
		}
		r.rows = append(r.rows, row)
	}
	return r
}

func TestABundleHoldsTheModelsThatWereChosen(t *testing.T) {
	t.Parallel()
	const wrist = "left-wrist-accelerometer/"
	for name, test := range map[string]struct {
		o    BundleOptions
		want []string // channel and model
	}{
		"the best":            {BundleOptions{}, []string{wrist + "all/f32 id1"}},
		"a group's own first": {BundleOptions{Groups: []string{"Knee Rehab", "everyone"}}, []string{wrist + "knee-rehab/f32 id2", wrist + "all/f32 id1"}},
		"an MLP and a CNN":    {BundleOptions{Models: []string{"net-1", "id3"}}, []string{wrist + "all/f32 id1", wrist + "all/cnn-f32 id3"}},
		"three of a kind": {BundleOptions{Models: []string{"id3", "id1", "id2"}},
			[]string{wrist + "all/f32 id3", wrist + "all/mlp-f32 id1", wrist + "all/id2-f32 id2"}},
		"one for each group": {BundleOptions{Models: []string{"everyone=id1", "Knee Rehab=net-2"}}, []string{wrist + "all/f32 id1", wrist + "knee-rehab/f32 id2"}},
	} {
		dest := filepath.Join(t.TempDir(), "bundle")
		m, err := Bundle(context.Background(), rackOf(t), dest, test.o, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, b := range m.Models {
			got = append(got, b.Channel+" "+b.Model)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	for name, o := range map[string]BundleOptions{
		"twice":         {Models: []string{"id1", "net-1"}},
		"no such group": {Models: []string{"hips=id1"}},
		"another set":   {Models: []string{"id1"}, SensorSets: []string{"ankle/accelerometer"}},
	} {
		if _, err := Bundle(context.Background(), rackOf(t), filepath.Join(t.TempDir(), "bundle"), o, nil); !errors.Is(err, dataset.ErrBadRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	choices, groups, err := BundleChoices(context.Background(), rackOf(t))
	if err != nil || len(choices) != 3 || choices[1].Group != "Knee Rehab" || !slices.Equal(groups, []string{"Knee Rehab"}) {
		t.Errorf("%+v, %v, %v", choices, groups, err)
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

func TestTheCardHasFiguresAndCountsOnePersonAsOne(t *testing.T) {
	t.Parallel()
	m := newModel(t, mlp, training.OrientationSensor)
	d, err := describe(m, replay.PlainTables(m.Classes(), 1), about{cohort: &Cohort{People: 1},
		curve: []CurvePoint{{WindowS: 0.5, Accuracy: 0.5, MacroF1: 0.4}, {WindowS: 1, Accuracy: 0.7, MacroF1: 0.6}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	d.Scores = Scores{Windows: 3, People: 1, Folds: 1, Confusion: training.Confusion{Classes: []string{"a:b/<curl>", "a:b/squat"}, Counts: [][]int{{2, 0}, {1, 0}}}}
	c := newCard(d)
	page, text := string(c.html()), string(c.markdown())
	if !strings.Contains(text, "1 person, 1 session.") || !strings.Contains(page, "1 person, 3 windows, 1 fold.") {
		t.Errorf("counts:\n%s", text)
	}
	if strings.Count(page, "<svg ") != 2 || strings.Contains(text, "<svg") || strings.Contains(page, "<curl>") {
		t.Errorf("%d figures in the page", strings.Count(page, "<svg "))
	}
	decoder := xml.NewDecoder(strings.NewReader(page[strings.Index(page, "<body>"):strings.Index(page, "</html>")]))
	decoder.Strict = false
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
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
		f.Add(forged(f, map[string]string{"models/a/model.json": "{}"}, entry{name, "{}", 0o644}))
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

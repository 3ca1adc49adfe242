package devices

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"onset/assets"
	"onset/dataset"
	"onset/devices/site"
	"onset/training"
)

// The files of a bundle besides its models.
const (
	ManifestFile    = "manifest.json"
	BundleSuffix    = ".onsetbundle" // of a bundle in one file
	cataloguePart   = "catalogue.toml"
	modelsList      = "models.txt"
	serverProgram   = "bin/onsetctl"
	bundleFormat    = "onset-bundle"
	bundleVersion   = 1
	everyone        = "everyone" // the group of a model that is for all
	modelsDirectory = "models"
)

// BundleOptions say what goes into a bundle.
type BundleOptions struct {
	// Models are ids; empty takes the best model of each sensor set.
	Models     []string
	SensorSets []string // keeps only models of these; empty keeps all
	Groups     []string // a model for each; empty is one for everyone
	Formats    []string // besides the blob
	Program    string   // name and version
	Server     string   // the server's program, a file; empty leaves it out
}

// Manifest is the content of a bundle's manifest.json.
type Manifest struct {
	Format  string          `json:"format"`
	Version int             `json:"version"`
	Program string          `json:"program"`
	Models  []BundledModel  `json:"models"`
	Parts   map[string]Part `json:"parts"`
	Notes   []string        `json:"notes"`
	Seal    string          `json:"seal"` // as in model.json
}

// BundledModel is a model in a bundle.
type BundledModel struct {
	Model   string `json:"model"`
	Channel string `json:"channel"` // release channel: sensors/group/variant
	Folder  string `json:"folder"`
	SHA256  string `json:"sha256"` // of its model.json
}

// BundleStore is what a bundle needs of a study; *dataset.Study is one.
type BundleStore interface {
	Store
	Models(ctx context.Context) ([]dataset.ModelRow, error)
}

// Bundle writes models with everything that a lab needs to serve them: a folder,
// or one file when the name ends in ".onsetbundle". All of it, checked, or
// nothing; what exists is refused (fs.ErrExist). report tells how far it is, 0..1.
func Bundle(ctx context.Context, store BundleStore, dest string, o BundleOptions, report func(done float64, what string)) (Manifest, error) {
	if report == nil {
		report = func(float64, string) {}
	}
	chosen, err := chooseModels(ctx, store, o)
	if err != nil {
		return Manifest{}, fmt.Errorf("bundling: %w", err)
	}
	m := Manifest{Format: bundleFormat, Version: bundleVersion, Program: o.Program, Models: []BundledModel{}, Parts: map[string]Part{}, Notes: []string{}}
	groups := o.Groups
	if len(groups) == 0 {
		groups = []string{""}
	}
	var files []content
	for i, id := range chosen {
		for k, group := range groups {
			report(float64(i*len(groups)+k)/float64(len(chosen)*len(groups)), "model "+id)
			e, err := prepare(ctx, store, id, Options{Formats: o.Formats, Program: o.Program, Group: group})
			if err != nil {
				return Manifest{}, fmt.Errorf("bundling: %w", err)
			}
			b := e.bundled(group)
			if slices.ContainsFunc(m.Models, func(x BundledModel) bool { return x.Folder == b.Folder }) {
				return Manifest{}, fmt.Errorf("bundling: two models are for %s; choose one: %w", b.Channel, dataset.ErrBadRequest)
			}
			for _, f := range e.files {
				files = append(files, content{path.Join(b.Folder, f.name), f.content})
			}
			m.Models, m.Notes = append(m.Models, b), append(m.Notes, e.notes...)
		}
	}
	own, err := siteFiles(o, m.Models)
	if err != nil {
		return Manifest{}, fmt.Errorf("bundling: %w", err)
	}
	if o.Server == "" {
		m.Notes = append(m.Notes, "The server's program is not in it: put onsetctl for the server's system into bin/.")
	}
	files = append(files, own...)
	for _, f := range files {
		m.Parts[f.name] = partOf(f.content)
	}
	if m.Seal, err = sealManifest(&m); err != nil {
		return Manifest{}, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return Manifest{}, fmt.Errorf("bundling: %w", err)
	}
	files = append(files, content{ManifestFile, append(text, '\n')})
	if err := ctx.Err(); err != nil {
		return Manifest{}, err
	}
	report(1, "writing")
	if err := writeBundle(dest, files); err != nil {
		return Manifest{}, fmt.Errorf("bundling to %s: %w", dest, err)
	}
	return m, nil
}

func sealManifest(m *Manifest) (string, error) {
	m.Seal = strings.Repeat("0", sealDigits)
	text, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("sealing the bundle: %w", err)
	}
	sum, _, err := sealOf(text)
	return sum, err
}

// chooseModels are the ids of the wanted models: those named, or the best of each
// sensor set.
func chooseModels(ctx context.Context, store BundleStore, o BundleOptions) ([]string, error) {
	if len(o.Models) > 0 {
		return o.Models, nil
	}
	rows, err := store.Models(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the study's models: %w", err)
	}
	best := map[string]dataset.ModelRow{}
	var order []string
	for _, row := range rows {
		set, ok := sensorSetOf(row)
		if !ok || row.Withdrawn != "" || len(o.SensorSets) > 0 && !slices.Contains(o.SensorSets, set) {
			continue
		}
		before, seen := best[set]
		if !seen {
			order = append(order, set)
		}
		if !seen || row.MacroF1 > before.MacroF1 {
			best[set] = row
		}
	}
	if len(order) == 0 {
		return nil, fmt.Errorf("the study holds no net for these sensors: %w", dataset.ErrNotFound)
	}
	var ids []string
	for _, set := range order {
		ids = append(ids, best[set].ID)
	}
	return ids, nil
}

// sensorSetOf is a model's sensor set in one word; ok is false when the model is
// no net and can't leave.
func sensorSetOf(row dataset.ModelRow) (set string, ok bool) {
	var spec struct {
		Kind     string            `json:"kind"`
		Contract training.Contract `json:"contract"`
	}
	if json.Unmarshal(row.Spec, &spec) != nil {
		return "", false
	}
	return strings.Join(spec.Contract.SensorSet, "+"), spec.Kind == training.KindMLP || spec.Kind == training.KindCNN
}

// bundled names the release channel and folder of an export.
func (e *export) bundled(group string) BundledModel {
	if group == "" {
		group = everyone
	}
	channel := path.Join(slug(strings.Join(e.description.Contract.SensorSet, "+")), slug(group), "f32")
	return BundledModel{Model: e.description.Model, Channel: channel, Folder: path.Join(modelsDirectory, channel),
		SHA256: partOf(e.files[len(e.files)-1].content).SHA256}
}

// slug keeps what is safe in a path and on a command line.
func slug(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '+', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, name)
}

// siteFiles are the bundle's files that are no model's.
func siteFiles(o BundleOptions, models []BundledModel) ([]content, error) {
	out := []content{{cataloguePart, assets.Catalogue}}
	err := fs.WalkDir(site.Files(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(site.Files(), name)
		out = append(out, content{name, raw})
		return err
	})
	if err != nil {
		return nil, err
	}
	var list bytes.Buffer
	for _, m := range models {
		fmt.Fprintf(&list, "%s %s %s\n", m.Channel, m.Folder, m.SHA256)
	}
	out = append(out, content{modelsList, list.Bytes()})
	if o.Server != "" {
		raw, err := os.ReadFile(o.Server)
		if err != nil {
			return nil, fmt.Errorf("reading the server's program: %w", err)
		}
		out = append(out, content{serverProgram, raw})
	}
	return out, nil
}

// executable tells which files of a bundle are programs.
func executable(name string) bool { return name == serverProgram || strings.HasSuffix(name, ".sh") }

func writeBundle(dest string, files []content) error {
	if strings.HasSuffix(dest, BundleSuffix) {
		return writeArchive(dest, files)
	}
	return writeFolder(dest, files, func(stage string) error {
		_, err := CheckBundle(stage)
		return err
	})
}

// writeFolder puts a folder in place whole: files go to a folder beside it first,
// are read back and proved, and the rename makes them appear.
func writeFolder(dir string, files []content, prove func(stage string) error) (err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := checkFree(dir); err != nil {
		return err
	}
	stage, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(stage))
		}
	}()
	for _, f := range files {
		name := filepath.Join(stage, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := writeFile(name, f.content, executable(f.name)); err != nil {
			return err
		}
	}
	if err := prove(stage); err != nil {
		return fmt.Errorf("what was written does not prove itself: %w", err)
	}
	if err := os.Chmod(stage, 0o755); err != nil {
		return err
	}
	if err := syncDir(stage); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // the empty folder in its place
		return err
	}
	if err := os.Rename(stage, dir); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

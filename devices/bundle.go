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
	everyone        = "everyone" // the group of a model that is for all, as a person names it
	channelOfAll    = "all"      // the same group in a release channel
	modelsDirectory = "models"
)

// BundleOptions say what goes into a bundle.
type BundleOptions struct {
	// Models are ids or names, for every group, or GROUP=MODEL for one of them;
	// empty takes the best of each sensor set.
	Models     []string
	SensorSets []string // keeps only models of these; empty keeps all
	Groups     []string // a model for each; empty is everyone only, and "" among others is everyone
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
	chosen, err := choosePairs(ctx, store, o)
	if err != nil {
		return Manifest{}, fmt.Errorf("bundling: %w", err)
	}
	m := Manifest{Format: bundleFormat, Version: bundleVersion, Program: o.Program, Models: []BundledModel{}, Parts: map[string]Part{}, Notes: []string{}}
	var files []content
	for i, c := range chosen {
		report(float64(i)/float64(len(chosen)), "model "+c.row.ID)
		e, err := prepare(ctx, store, c.row.ID, Options{Formats: o.Formats, Program: o.Program, Group: c.group})
		if err != nil {
			return Manifest{}, fmt.Errorf("bundling: %w", err)
		}
		b := e.bundled(c.group, m.Models)
		for _, f := range e.files {
			files = append(files, content{path.Join(b.Folder, f.name), f.content})
		}
		m.Models, m.Notes = append(m.Models, b), append(m.Notes, e.notes...)
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

// bundled names the release channel and folder of an export. The first model of
// a sensor set and group has the variant f32; another is told apart by its kind or
// its id.
func (e *export) bundled(group string, before []BundledModel) BundledModel {
	if group == "" {
		group = channelOfAll
	}
	d := e.description
	variants := []string{"f32", slug(d.Kind) + "-f32", slug(d.Model) + "-f32"}
	var channel string
	for _, v := range variants {
		channel = path.Join(slug(strings.Join(d.Contract.SensorSet, "+")), slug(group), v)
		if !slices.ContainsFunc(before, func(x BundledModel) bool { return x.Channel == channel }) {
			break
		}
	}
	return BundledModel{Model: d.Model, Channel: channel, Folder: path.Join(modelsDirectory, channel),
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

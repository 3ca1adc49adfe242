package devices

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"onset/dataset"
)

// Offer is an exported model that can be brought into a study.
type Offer struct {
	Channel      string   `json:"channel,omitempty"` // release channel in its bundle
	Folder       string   `json:"folder,omitempty"`  // in its bundle
	Model        string   `json:"model"`
	Name         string   `json:"name,omitempty"`
	Architecture string   `json:"architecture"`
	Sensors      []string `json:"sensors"`
	Classes      int      `json:"classes"`
	Windows      int      `json:"windows"` // that its scores are of; 0: it has none
	MacroF1      float64  `json:"macro_f1"`
	Simulated    bool     `json:"simulated"`
}

// Package is one exported model or a bundle of several, read and verified whole.
type Package struct {
	Path   string
	Offers []Offer

	folders []*folder
}

// OpenPackage reads an exported model's folder (or its model.json), a bundle's
// folder or a bundle in one file, after the same verification as Check. What is
// wrong is a *RefusedError.
func OpenPackage(path string) (*Package, error) {
	if info, err := os.Stat(path); err == nil && !info.IsDir() && filepath.Base(path) == ModelFile {
		path = filepath.Dir(path)
	}
	p := &Package{Path: path}
	if !IsBundle(path) {
		f, err := open(path)
		if err != nil {
			return nil, err
		}
		p.add(f, BundledModel{})
		return p, nil
	}
	b, err := openBundle(path)
	if err != nil {
		return nil, err
	}
	for i, f := range b.folders {
		p.add(f, b.manifest.Models[i])
	}
	if len(p.Offers) == 0 {
		return nil, refuse(ManifestFile, "the bundle holds no model")
	}
	return p, nil
}

func (p *Package) add(f *folder, b BundledModel) {
	d := f.description
	p.folders = append(p.folders, f)
	p.Offers = append(p.Offers, Offer{Channel: b.Channel, Folder: b.Folder, Model: d.Model, Name: d.Name, Architecture: d.Architecture,
		Sensors: d.Contract.SensorSet, Classes: len(d.Classes), Windows: d.Scores.Windows, MacroF1: d.Scores.MacroF1, Simulated: d.Simulated})
}

// Choose are the numbers of the offers that names speak of: a model's id or name,
// a release channel, or a folder of the bundle. A name that fits none is refused,
// and so is one that fits several models. Without a name it is the only offer, or
// refused when there are several.
func (p *Package) Choose(names []string) ([]int, error) {
	if len(names) == 0 {
		if len(p.Offers) > 1 {
			return nil, fmt.Errorf("%s holds %d models: %s. Choose some of them, or all: %w", filepath.Base(p.Path), len(p.Offers), p.list(), dataset.ErrBadRequest)
		}
		return []int{0}, nil
	}
	var out []int
	for _, name := range names {
		var hits []int
		for i, o := range p.Offers {
			if slices.Contains([]string{o.Model, o.Channel, o.Folder, path.Base(o.Folder)}, name) || o.Name != "" && o.Name == name {
				hits = append(hits, i)
			}
		}
		switch {
		case len(hits) == 0:
			return nil, fmt.Errorf("%s holds no model %q; it holds %s: %w", filepath.Base(p.Path), name, p.list(), dataset.ErrNotFound)
		case len(hits) > 1:
			return nil, fmt.Errorf("%q names %d models of %s; name one by its release channel: %s: %w", name, len(hits), filepath.Base(p.Path), p.list(), dataset.ErrBadRequest)
		case !slices.Contains(out, hits[0]):
			out = append(out, hits[0])
		}
	}
	return out, nil
}

func (p *Package) list() string {
	var out []string
	for _, o := range p.Offers {
		out = append(out, strings.TrimPrefix(o.Channel+" "+o.Model, " "))
	}
	return strings.Join(out, "; ")
}

// Import brings the chosen offers into a study, as the function of this name
// does: all of them or, when one is refused, none.
func (p *Package) Import(ctx context.Context, study Keeper, chosen []int, now time.Time) ([]Imported, error) {
	var rows []incoming
	for _, i := range chosen {
		in, err := p.folders[i].incoming(now)
		if err == nil {
			err = conflict(ctx, study, in.row)
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, in)
	}
	out := []Imported{}
	for _, in := range rows {
		r, err := in.keep(ctx, study)
		if err != nil {
			return out, err
		}
		out = append(out, r)
	}
	return out, nil
}

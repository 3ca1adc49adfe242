package devices

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// writeArchive puts a bundle in place as one file (a zip archive): written
// beside it, read back and proved, then renamed.
func writeArchive(dest string, files []content) (err error) {
	if _, err := os.Lstat(dest); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fmt.Errorf("%w there; choose another name", fs.ErrExist)
		}
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(dest), "."+filepath.Base(dest)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	z := zip.NewWriter(f)
	for _, c := range files {
		h := &zip.FileHeader{Name: c.name, Method: zip.Deflate}
		h.SetMode(0o644)
		if executable(c.name) {
			h.SetMode(0o755)
		}
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write(c.content)
		}
		if err != nil {
			return errors.Join(err, f.Close())
		}
	}
	err = errors.Join(z.Close(), f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if _, err := CheckBundle(f.Name()); err != nil {
		return fmt.Errorf("what was written does not prove itself: %w", err)
	}
	if err := os.Rename(f.Name(), dest); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dest))
}

// BundleReport is what a check of a bundle found right.
type BundleReport struct {
	OK       bool          `json:"ok"`
	Manifest Manifest      `json:"manifest"`
	Models   []CheckReport `json:"models"`
}

// IsBundle tells whether a path holds a bundle rather than one model.
func IsBundle(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	if !info.IsDir() {
		return true
	}
	_, err = os.Stat(filepath.Join(path, ManifestFile))
	return err == nil
}

// CheckBundle verifies a bundle, a folder or one file: the manifest's seal, every
// file's length and checksum, and every model as Check does. What is wrong is a
// *RefusedError.
func CheckBundle(path string) (BundleReport, error) {
	b, err := openBundle(path)
	if err != nil {
		return BundleReport{}, err
	}
	r := BundleReport{OK: true, Manifest: b.manifest, Models: []CheckReport{}}
	for i, f := range b.folders {
		r.Models = append(r.Models, f.report(b.worst[i]))
	}
	return r, nil
}

// bundle is one whose parts are whole and whose models prove themselves.
type bundle struct {
	manifest Manifest
	folders  []*folder
	worst    []float64 // as prove says, for each
}

func openBundle(path string) (*bundle, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading the bundle: %w", err)
	}
	dir := path
	if !info.IsDir() {
		if dir, err = os.MkdirTemp("", "onset-bundle-*"); err != nil {
			return nil, fmt.Errorf("reading the bundle: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
		if err := unpack(path, dir); err != nil {
			return nil, err
		}
	}
	text, err := readPart(dir, ManifestFile)
	if err != nil {
		return nil, err
	}
	b := &bundle{}
	if b.manifest, err = parseManifest(text); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(b.manifest.Parts)) {
		raw, err := readPart(dir, name)
		if err != nil {
			return nil, err
		}
		if err := b.manifest.Parts[name].verify(name, raw); err != nil {
			return nil, err
		}
	}
	for _, m := range b.manifest.Models {
		f, err := readFolder(filepath.Join(dir, filepath.FromSlash(m.Folder)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Folder, err)
		}
		worst, err := f.prove()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Folder, err)
		}
		if f.description.Model != m.Model || partOf(f.text).SHA256 != m.SHA256 {
			return nil, refuse(ManifestFile, "%s holds another model than %s", m.Folder, m.Model)
		}
		b.folders, b.worst = append(b.folders, f), append(b.worst, worst)
	}
	return b, nil
}

// parseManifest reads a manifest and refuses one that was changed, or that speaks
// of files elsewhere.
func parseManifest(text []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return m, refuse(ManifestFile, "it is damaged or cut off: %v", err)
	}
	if m.Format != bundleFormat || m.Version != bundleVersion {
		return m, refuse(ManifestFile, "it describes no bundle that this program reads (format %q, version %d)", m.Format, m.Version)
	}
	want, said, err := sealOf(text)
	if err != nil || want != said {
		return m, refuse(ManifestFile, "it was changed after it was written (its seal does not fit)")
	}
	for name := range m.Parts {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return m, refuse(ManifestFile, "it lists the part %q, which lies elsewhere", name)
		}
	}
	for _, b := range m.Models {
		if !filepath.IsLocal(filepath.FromSlash(b.Folder)) {
			return m, refuse(ManifestFile, "it lists the model folder %q, which lies elsewhere", b.Folder)
		}
	}
	return m, nil
}

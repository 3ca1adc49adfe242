package devices

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	info, err := os.Stat(path)
	if err != nil {
		return BundleReport{}, fmt.Errorf("reading the bundle: %w", err)
	}
	dir := path
	if !info.IsDir() {
		if dir, err = os.MkdirTemp("", "onset-bundle-*"); err != nil {
			return BundleReport{}, fmt.Errorf("reading the bundle: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
		if err := unpack(path, dir); err != nil {
			return BundleReport{}, err
		}
	}
	text, err := readPart(dir, ManifestFile)
	if err != nil {
		return BundleReport{}, err
	}
	m, err := parseManifest(text)
	if err != nil {
		return BundleReport{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(m.Parts)) {
		raw, err := readPart(dir, name)
		if err != nil {
			return BundleReport{}, err
		}
		if err := m.Parts[name].verify(name, raw); err != nil {
			return BundleReport{}, err
		}
	}
	r := BundleReport{OK: true, Manifest: m, Models: []CheckReport{}}
	for _, b := range m.Models {
		c, err := Check(filepath.Join(dir, filepath.FromSlash(b.Folder)))
		if err != nil {
			return BundleReport{}, fmt.Errorf("%s: %w", b.Folder, err)
		}
		if c.Model != b.Model {
			return BundleReport{}, refuse(ManifestFile, "%s holds model %s, not %s", b.Folder, c.Model, b.Model)
		}
		r.Models = append(r.Models, c)
	}
	return r, nil
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

// Bounds of what is unpacked: a bundle holds some models and one program.
const (
	mostFiles    = 10000
	mostUnpacked = 2 << 30
)

// unpack writes an archive's files below dir; names that lead elsewhere and
// archives that hold more than they should are refused.
func unpack(archive, dir string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return refuse(filepath.Base(archive), "it is no bundle, or is cut off: %v", err)
	}
	defer func() { _ = z.Close() }() // read only
	if len(z.File) > mostFiles {
		return refuse(filepath.Base(archive), "it holds %d files", len(z.File))
	}
	left := int64(mostUnpacked)
	for _, f := range z.File {
		n, err := unpackFile(f, dir, left)
		if err != nil {
			return err
		}
		left -= n
	}
	return nil
}

func unpackFile(f *zip.File, dir string, left int64) (int64, error) {
	name := filepath.FromSlash(f.Name)
	if !filepath.IsLocal(name) || f.Mode()&fs.ModeType != 0 {
		return 0, refuse(f.Name, "it lies outside the bundle or is no file")
	}
	r, err := f.Open()
	if err != nil {
		return 0, refuse(f.Name, "it can't be unpacked: %v", err)
	}
	defer func() { _ = r.Close() }() // read only
	to := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return 0, err
	}
	w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, io.LimitReader(r, left+1))
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	switch {
	case err != nil:
		return n, refuse(f.Name, "it can't be unpacked: %v", err)
	case n > left:
		return n, refuse(f.Name, "the bundle unpacks to more than %d bytes", int64(mostUnpacked))
	}
	return n, nil
}

package devices

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Bounds of what is unpacked: a bundle holds some models and one program.
const (
	mostFiles    = 10000
	mostUnpacked = 1 << 30
	mostManifest = 16 << 20
	// mostGrowth is how many times its size a large file may unpack to; what a
	// bundle holds stays far below.
	mostGrowth = 100
	largeFile  = 1 << 20
)

// unpack writes a bundle's files below dir. Only what its manifest lists is
// unpacked, and only as many bytes as it lists; names that lead elsewhere, links,
// files that are not listed and archives that hold more than they should are
// refused.
func unpack(archive, dir string) error {
	name := filepath.Base(archive)
	z, err := zip.OpenReader(archive)
	if err != nil {
		return refuse(name, "it is no bundle, or is cut off: %v", err)
	}
	defer func() { _ = z.Close() }() // read only
	if len(z.File) > mostFiles {
		return refuse(name, "it holds %d files", len(z.File))
	}
	m, err := manifestIn(z)
	if err != nil {
		return err
	}
	total := int64(0)
	for _, p := range m.Parts {
		if p.Bytes < 0 || p.Bytes > maxPart {
			return refuse(ManifestFile, "it lists a part of %d bytes", p.Bytes)
		}
		total += p.Bytes
	}
	if total > mostUnpacked {
		return refuse(name, "it unpacks to %d bytes; a bundle has at most %d", total, int64(mostUnpacked))
	}
	for _, f := range z.File {
		size := int64(mostManifest)
		if f.Name != ManifestFile {
			p, ok := m.Parts[f.Name]
			if !ok {
				return refuse(f.Name, "it is in the bundle and its manifest does not list it")
			}
			size = p.Bytes
		}
		if err := unpackFile(f, dir, size); err != nil {
			return err
		}
	}
	return nil
}

// manifestIn reads an archive's manifest, wherever it stands.
func manifestIn(z *zip.ReadCloser) (Manifest, error) {
	for _, f := range z.File {
		if f.Name != ManifestFile {
			continue
		}
		if err := plain(f); err != nil {
			return Manifest{}, err
		}
		r, err := f.Open()
		if err != nil {
			return Manifest{}, refuse(f.Name, "it can't be unpacked: %v", err)
		}
		text, err := io.ReadAll(io.LimitReader(r, mostManifest+1))
		_ = r.Close() // read only
		switch {
		case err != nil:
			return Manifest{}, refuse(f.Name, "it can't be unpacked: %v", err)
		case len(text) > mostManifest:
			return Manifest{}, refuse(f.Name, "it is larger than a manifest is")
		}
		return parseManifest(text)
	}
	return Manifest{}, refuse(ManifestFile, "it is missing; this is no bundle")
}

// plain refuses what is no file below the bundle, and what unpacks to many times
// its size.
func plain(f *zip.File) error {
	if !filepath.IsLocal(filepath.FromSlash(f.Name)) || f.Mode()&fs.ModeType != 0 {
		return refuse(f.Name, "it lies outside the bundle or is a link or a folder")
	}
	if f.UncompressedSize64 > largeFile && f.UncompressedSize64/mostGrowth > f.CompressedSize64 {
		return refuse(f.Name, "it unpacks to more than %d times its size", mostGrowth)
	}
	return nil
}

// unpackFile writes one file of at most `most` bytes.
func unpackFile(f *zip.File, dir string, most int64) error {
	if err := plain(f); err != nil {
		return err
	}
	r, err := f.Open()
	if err != nil {
		return refuse(f.Name, "it can't be unpacked: %v", err)
	}
	defer func() { _ = r.Close() }() // read only
	to := filepath.Join(dir, filepath.FromSlash(f.Name))
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return refuse(f.Name, "the bundle holds it twice")
	}
	if err != nil {
		return err
	}
	n, err := io.Copy(w, io.LimitReader(r, most+1))
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	switch {
	case n > most:
		return refuse(f.Name, "it unpacks to more than the %d bytes that the manifest lists", most)
	case err != nil:
		return refuse(f.Name, "it can't be unpacked: %v", err)
	}
	return nil
}

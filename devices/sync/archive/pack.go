package archive

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// zstdPackWindow is how far back matches reach: what both sides hold in memory.
const zstdPackWindow = 1 << 20

// Pack writes a recording, a file or a folder of files, as an archive. The same
// files give the same bytes: names are sorted, times and owners left out. Hidden
// files and links are passed over.
func Pack(w io.Writer, recording string, l Limits) error {
	base := filepath.Base(filepath.Clean(recording))
	if base == "." || base == ".." || base == string(filepath.Separator) {
		base = "recording"
	}
	return PackAs(w, recording, base, l)
}

// PackAs is Pack with another name for the file or the folder.
func PackAs(w io.Writer, recording, base string, l Limits) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(methodZstd, zstd.ZipCompressor(zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdPackWindow)))
	if err := pack(z, recording, base, l); err != nil {
		return fmt.Errorf("packing %s: %w", recording, err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("packing %s: %w", recording, err)
	}
	return nil
}

func pack(z *zip.Writer, recording, base string, l Limits) error {
	info, err := os.Stat(recording)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return packOne(z, base, recording, l)
	}
	files := 0
	err = filepath.WalkDir(recording, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if p != recording && strings.HasPrefix(e.Name(), ".") {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !e.Type().IsRegular() {
			return nil
		}
		rel, err := filepath.Rel(recording, p)
		if err != nil {
			return err
		}
		if files++; files > l.Files {
			return fmt.Errorf("it holds more than %d files", l.Files)
		}
		return packOne(z, path.Join(base, filepath.ToSlash(rel)), p, l)
	})
	if err == nil && files == 0 {
		err = errors.New("it holds no files")
	}
	return err
}

func packOne(z *zip.Writer, name, file string, l Limits) (err error) {
	if err := checkName(name, l); err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: methodZstd})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}

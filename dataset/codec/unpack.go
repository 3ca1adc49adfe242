package codec

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Bounds of what is unpacked beside an import.
const (
	maxUnpacked        = 16 << 30 // bytes of one archive
	maxUnpackedMembers = 10_000
	// Recordings pack no better than this, except short ones; a bomb does.
	maxUnpackedRatio = 250
	freelyUnpacked   = 64 << 20
)

// bomb reports a file that would grow more than any recording does.
func bomb(packed, unpacked uint64) bool {
	return unpacked > freelyUnpacked && unpacked/maxUnpackedRatio > packed
}

// unpacker replaces packed files of a survey by what is in them, in a folder of
// its own that ends with the import. Archives that a decoder reads itself stay.
type unpacker struct {
	ctx     context.Context
	known   []format
	dir     string // made on first use
	folders int
}

// close removes what was unpacked.
func (u *unpacker) close() {
	if u.dir != "" {
		os.RemoveAll(u.dir)
	}
}

// folder makes a new folder for one file's content.
func (u *unpacker) folder() (string, error) {
	if u.dir == "" {
		dir, err := os.MkdirTemp("", "onset-import-")
		if err != nil {
			return "", err
		}
		u.dir = dir
	}
	u.folders++
	dir := filepath.Join(u.dir, fmt.Sprint(u.folders))
	return dir, os.Mkdir(dir, 0o700)
}

// expand replaces the packed files of a survey; one that cannot be unpacked
// safely is refused whole.
func (u *unpacker) expand(s *surveyed) {
	var files []*sourceFile
	for _, f := range s.files {
		unpack := u.kind(f)
		if unpack == nil || u.ctx.Err() != nil {
			if err := u.respell(f); err != nil {
				s.refuse(f.shown, err.Error())
				continue
			}
			files = append(files, f)
			continue
		}
		dir, err := u.folder()
		if err == nil {
			err = unpack(f, dir)
		}
		if err != nil {
			s.refuse(f.shown, err.Error())
			continue
		}
		inside := survey(u.ctx, osTree{}, []string{dir})
		for _, r := range inside.refused {
			s.refuse(f.shown, "the archive: "+r.Reason)
		}
		for _, m := range inside.files {
			rel, err := filepath.Rel(dir, m.path)
			if err != nil {
				rel = m.name()
			}
			m.given, m.shown = false, f.shown
			if unpackedAlone := len(inside.files) == 1 && rel == plainName(f.name()); !unpackedAlone {
				m.shown = filepath.Join(f.shown, rel)
			}
			if err := u.respell(m); err != nil {
				s.refuse(m.shown, err.Error())
				continue
			}
			files = append(files, m)
		}
	}
	s.files = files
}

// kind says how a file is unpacked, nil when it is not.
func (u *unpacker) kind(f *sourceFile) func(*sourceFile, string) error {
	head, err := readHead(osTree{}, f.path)
	switch {
	case err != nil:
	case bytes.HasPrefix(head, gzipMark):
		return u.gunzip
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		f.head = head
		defer func() { f.head, f.detail = nil, nil }()
		if !sniffGT3X(f) && !sniffEdgeImpulse(f) && holdsRecordings(f.path) {
			return u.unzip
		}
	case looksRecordJSON(head):
		return u.records
	}
	return nil
}

// holdsRecordings looks for names of files that may be recordings; documents of
// offices are archives too.
func holdsRecordings(path string) bool {
	z, err := zip.OpenReader(path)
	if err != nil {
		return false
	}
	defer z.Close()
	found := false
	for _, m := range z.File {
		switch strings.ToLower(filepath.Ext(m.Name)) {
		case ".csv", ".tsv", ".txt", ".json", ".cbor", ".cwa", ".gt3x", ".bin", ".raw", ".dat":
			found = true
		}
		if m.Name == "[Content_Types].xml" {
			return false
		}
	}
	return found
}

func (u *unpacker) unzip(f *sourceFile, dir string) error {
	z, err := zip.OpenReader(f.path)
	if err != nil {
		return badFile(f.path, "the archive is damaged: %v", err)
	}
	defer z.Close()
	if len(z.File) > maxUnpackedMembers {
		return badFile(f.path, "the archive holds %d files; %d are the most. Unpack it and import its folders", len(z.File), maxUnpackedMembers)
	}
	total := uint64(0)
	for _, m := range z.File {
		name := strings.ReplaceAll(m.Name, `\`, "/")
		switch mode := m.Mode(); {
		case !filepath.IsLocal(filepath.FromSlash(name)):
			return badFile(f.path, "%q in it leads out of the archive; nothing of it was unpacked", clipText(m.Name, 100))
		case mode&os.ModeSymlink != 0:
			return badFile(f.path, "%q in it is a symbolic link; links are not followed", clipText(m.Name, 100))
		case m.Flags&1 != 0:
			return badFile(f.path, "%q in it is locked with a password; unpack the archive and import the folder", clipText(m.Name, 100))
		}
		if bomb(m.CompressedSize64, m.UncompressedSize64) {
			return badFile(f.path, "%q in it would unpack to %d MB, too much for its size; this is no recording", clipText(m.Name, 100), m.UncompressedSize64>>20)
		}
		if total += m.UncompressedSize64; total > maxUnpacked || m.UncompressedSize64 > maxUnpacked {
			return badFile(f.path, "it would unpack to more than %d GB; this is no recording", maxUnpacked>>30)
		}
	}
	for _, m := range z.File {
		name := strings.ReplaceAll(m.Name, `\`, "/")
		if strings.HasSuffix(name, "/") || strings.HasPrefix(path.Base(name), "._") || strings.HasPrefix(name, "__MACOSX/") {
			continue
		}
		if err := u.member(f, m, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) member(f *sourceFile, m *zip.File, to string) error {
	r, err := openMember(f.path, m)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := u.write(r, to); err != nil {
		return badFile(f.path, "%q in it cannot be unpacked: %v", clipText(m.Name, 100), err)
	}
	return nil
}

// write copies to a new file until the import ends.
func (u *unpacker) write(r io.Reader, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, contextReader{u.ctx, r})
	return errors.Join(err, out.Close())
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

func (u *unpacker) gunzip(f *sourceFile, dir string) error {
	in, err := os.Open(f.path)
	if err != nil {
		return badFile(f.path, "%s", reasonOf(err))
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		return badFile(f.path, "it cannot be unpacked: %v", err)
	}
	most := maxFromGzip(f.size)
	limited := &io.LimitedReader{R: z, N: most + 1}
	if err := u.write(limited, filepath.Join(dir, plainName(f.name()))); err != nil {
		return badFile(f.path, "it cannot be unpacked: %v", err)
	}
	if limited.N == 0 {
		return badFile(f.path, "it unpacks to more than %d MB, too much for its size; this is no recording", most>>20)
	}
	return nil
}

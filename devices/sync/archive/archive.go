// Package archive is the form in which a session travels: the recording's files
// as the device wrote them, in a ZIP archive whose entries are stored, deflated
// or compressed with Zstandard (ZIP method 93). Archives come from the network:
// nothing in one is believed before it has been checked against Limits, and
// names never lead outside the folder that an archive is unpacked to.
package archive

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode"
)

// Limits bound what an archive may hold.
type Limits struct {
	Files    int   // entries, folders included
	Expanded int64 // bytes of all files together
	Name     int   // bytes of a name
	Depth    int   // parts of a name
}

// DefaultLimits suit sessions of a day.
func DefaultLimits() Limits { return Limits{Files: 1024, Expanded: 256 << 20, Name: 240, Depth: 8} }

// Summary is what a checked archive holds.
type Summary struct {
	Files    int
	Expanded int64
}

const (
	methodZstd   = 93
	endLength    = 22 // of the end record, without a comment
	headerLength = 46 // of a directory entry, without its names
)

// Check reads every byte of an archive against the limits, without keeping any.
func Check(r io.ReaderAt, size int64, l Limits) (Summary, error) {
	var sum Summary
	z, err := open(r, size, l)
	if err != nil {
		return sum, err
	}
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		n, err := expand(f, io.Discard, l.Expanded-sum.Expanded)
		if err != nil {
			return sum, err
		}
		sum.Files++
		sum.Expanded += n
	}
	if sum.Files == 0 {
		return sum, errors.New("the archive holds no files")
	}
	return sum, nil
}

// Unpack checks an archive and writes its files below dir, which must exist and
// be empty.
func Unpack(r io.ReaderAt, size int64, dir string, l Limits) (sum Summary, err error) {
	z, err := open(r, size, l)
	if err != nil {
		return sum, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return sum, fmt.Errorf("unpacking: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		n, err := unpackOne(root, f, l.Expanded-sum.Expanded)
		if err != nil {
			return sum, err
		}
		sum.Files++
		sum.Expanded += n
	}
	return sum, nil
}

func unpackOne(root *os.Root, f *zip.File, most int64) (n int64, err error) {
	name := filepath.FromSlash(f.Name)
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return 0, fmt.Errorf("unpacking %s: %w", f.Name, err)
	}
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, fmt.Errorf("unpacking %s: %w", f.Name, err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	return expand(f, out, most)
}

// expand writes a file's content, no more than most bytes and than it declares.
func expand(f *zip.File, w io.Writer, most int64) (int64, error) {
	if f.UncompressedSize64 > uint64(max(most, 0)) {
		return 0, fmt.Errorf("the archive expands to more than is allowed, at %q", f.Name)
	}
	r, err := f.Open()
	if err != nil {
		return 0, fmt.Errorf("reading %q in the archive: %w", f.Name, err)
	}
	defer func() { _ = r.Close() }() // its checksum is told at the end of reading
	n, err := io.Copy(w, io.LimitReader(r, most+1))
	if err != nil {
		return n, fmt.Errorf("reading %q in the archive: %w", f.Name, err)
	}
	if n > most || uint64(n) != f.UncompressedSize64 {
		return n, fmt.Errorf("%q in the archive expands to more than it declares or is allowed", f.Name)
	}
	return n, nil
}

// open reads an archive's directory and checks what it says.
func open(r io.ReaderAt, size int64, l Limits) (*zip.Reader, error) {
	if err := checkDirectory(r, size, l); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("the archive is damaged: %w", err)
	}
	z.RegisterDecompressor(methodZstd, decompressor)
	seen := map[string]bool{}
	var total uint64
	for _, f := range z.File {
		name := strings.TrimSuffix(f.Name, "/")
		if err := checkName(name, l); err != nil {
			return nil, err
		}
		if mode := f.Mode(); !mode.IsRegular() && !mode.IsDir() {
			return nil, fmt.Errorf("%q in the archive is neither a file nor a folder", name)
		}
		if f.Flags&1 != 0 {
			return nil, fmt.Errorf("%q in the archive is encrypted", name)
		}
		// Names that some file system takes for one would overwrite each other.
		if key := strings.ToLower(name); seen[key] {
			return nil, fmt.Errorf("%q is twice in the archive", name)
		} else {
			seen[key] = true
		}
		if f.UncompressedSize64 > uint64(l.Expanded) || total+f.UncompressedSize64 > uint64(l.Expanded) {
			return nil, fmt.Errorf("the archive expands to more than the %d bytes that are allowed", l.Expanded)
		}
		total += f.UncompressedSize64
	}
	return z, nil
}

// checkDirectory counts an archive's entries before anything is allocated for
// them: the end record must stand at the very end and the directory before it.
func checkDirectory(r io.ReaderAt, size int64, l Limits) error {
	if size < endLength {
		return errors.New("it is no ZIP archive")
	}
	var end [endLength]byte
	if _, err := r.ReadAt(end[:], size-endLength); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the archive: %w", err)
	}
	le := binary.LittleEndian
	if le.Uint32(end[:]) != 0x06054b50 || le.Uint16(end[20:]) != 0 {
		return errors.New("it is no ZIP archive, or text was added to it")
	}
	count, length, offset := int(le.Uint16(end[10:])), int64(le.Uint32(end[12:])), int64(le.Uint32(end[16:]))
	if count > l.Files || count == 0xffff {
		return fmt.Errorf("the archive holds %d entries, %d are allowed", count, l.Files)
	}
	if offset+length != size-endLength {
		return errors.New("the archive's directory is not where it should be")
	}
	var header [headerLength]byte
	at := offset
	for i := range count {
		if _, err := r.ReadAt(header[:], at); err != nil || le.Uint32(header[:]) != 0x02014b50 {
			return fmt.Errorf("the archive's directory ends at entry %d of %d", i, count)
		}
		at += headerLength + int64(le.Uint16(header[28:])) + int64(le.Uint16(header[30:])) + int64(le.Uint16(header[32:]))
	}
	if at != offset+length {
		return errors.New("the archive's directory holds more than it says")
	}
	return nil
}

// checkName refuses names that lead elsewhere or that some system can't hold.
func checkName(name string, l Limits) error {
	switch {
	case name == "" || len(name) > l.Name || !fs.ValidPath(name) || name == ".":
		return fmt.Errorf("%q is no name of a file within the archive", shorten(name))
	case strings.Count(name, "/") >= l.Depth:
		return fmt.Errorf("%q lies too deep in the archive", shorten(name))
	case strings.ContainsAny(name, "\\:*?\"<>|"):
		return fmt.Errorf("%q has characters that no file name has everywhere", shorten(name))
	}
	for _, r := range name {
		if r == unicode.ReplacementChar || unicode.IsControl(r) {
			return fmt.Errorf("%q has characters that no file name has everywhere", shorten(name))
		}
	}
	for _, part := range strings.Split(name, "/") {
		if strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") || !filepath.IsLocal(part) || reserved[strings.ToLower(strings.TrimSuffix(part, path.Ext(part)))] {
			return fmt.Errorf("%q is a name that not every system allows", shorten(name))
		}
	}
	return nil
}

// reserved are names that are devices on Windows.
var reserved = map[string]bool{"con": true, "prn": true, "aux": true, "nul": true, "com1": true, "com2": true, "com3": true, "com4": true, "lpt1": true, "lpt2": true, "lpt3": true}

func shorten(s string) string {
	if len(s) > 80 {
		return s[:80] + "..."
	}
	return s
}

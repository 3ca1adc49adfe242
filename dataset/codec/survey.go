package codec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// sniffLen is how much of a file is read to tell its format.
const sniffLen = 8 << 10

// maxDepth bounds how deep folders are walked.
const maxDepth = 32

// sourceFile is one file of an import.
type sourceFile struct {
	path    string // as opened
	home    string // the folder it belongs to where it is read from elsewhere
	spelt   string // how it was spelt, where it is read in the spelling of its format
	shown   string // as the person gave it, for reports
	size    int64
	head    []byte // the first bytes, there only while formats are told apart
	format  string // "" while nobody claimed the file
	used    bool   // read as part of a session, whatever its format
	given   bool   // named by the person, not found in a folder
	papers  bool   // clearly no recording
	archive bool   // packed, and in no way that a decoder reads
	cut     bool   // an archive without a list of its files
	detail  any    // what sniffing learnt, for the format's own use
}

func (f *sourceFile) name() string { return filepath.Base(f.path) }

func (f *sourceFile) dir() string {
	if f.home != "" {
		return f.home
	}
	return filepath.Dir(f.path)
}

// survey is everything found under the given paths.
type surveyed struct {
	files   []*sourceFile // in walking order, names in natural order
	refused []Refusal
}

// tree is the part of a file system that a survey reads.
type tree interface {
	stat(path string) (fs.FileInfo, error) // of a link itself
	readDir(path string) ([]fs.DirEntry, error)
	open(path string) (io.ReadCloser, error)
}

type osTree struct{}

func (osTree) stat(path string) (fs.FileInfo, error)      { return os.Lstat(path) }
func (osTree) readDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }
func (osTree) open(path string) (io.ReadCloser, error)    { return os.Open(path) }

// survey lists the files under paths. Symbolic links are refused, given or met
// inside folders: what is imported is what a person pointed at, and a link may
// lead anywhere.
func survey(ctx context.Context, t tree, paths []string) surveyed {
	var s surveyed
	for _, p := range paths {
		info, err := t.stat(p)
		switch {
		case err != nil:
			s.refuse(p, reasonOf(err))
		case info.Mode()&fs.ModeSymlink != 0:
			s.refuse(p, linkReason(p))
		case info.IsDir():
			found := len(s.files) + len(s.refused)
			if s.walk(ctx, t, p, 0); found == len(s.files)+len(s.refused) && ctx.Err() == nil {
				s.refuse(p, "the folder holds no files")
			}
		default:
			s.add(p, info, true)
		}
	}
	return s
}

func (s *surveyed) refuse(path, reason string) {
	s.refused = append(s.refused, Refusal{Source: path, Reason: reason})
}

// linkReason names where a link leads, so that that can be given.
func linkReason(path string) string {
	const reason = "is a symbolic link; links are not followed"
	to, err := os.Readlink(path)
	if err != nil {
		return reason + ". Give the file or folder itself"
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(filepath.Dir(path), to)
	}
	return fmt.Sprintf("%s. It leads to %s: give that file or folder itself, if it is what you mean", reason, to)
}

func (s *surveyed) walk(ctx context.Context, t tree, dir string, depth int) {
	if ctx.Err() != nil {
		return
	}
	if depth > maxDepth {
		s.refuse(dir, fmt.Sprintf("folders are nested more than %d deep", maxDepth))
		return
	}
	entries, err := t.readDir(dir)
	if err != nil {
		s.refuse(dir, reasonOf(err))
		return
	}
	sort.Slice(entries, func(i, j int) bool { return naturalLess(entries[i].Name(), entries[j].Name()) })
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.Type()&fs.ModeSymlink != 0:
			s.refuse(path, linkReason(path))
		case e.IsDir():
			s.walk(ctx, t, path, depth+1)
		default:
			info, err := e.Info()
			if err != nil {
				s.refuse(path, reasonOf(err))
				continue
			}
			s.add(path, info, false)
		}
	}
}

func (s *surveyed) add(path string, info fs.FileInfo, given bool) {
	if !info.Mode().IsRegular() {
		s.refuse(path, "is not a regular file")
		return
	}
	s.files = append(s.files, &sourceFile{path: path, shown: path, size: info.Size(), given: given})
}

func readHead(t tree, path string) ([]byte, error) {
	f, err := t.open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, sniffLen)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	return head[:n], nil
}

// reasonOf says why a path could not be read, for a person.
func reasonOf(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file or folder"
	case errors.Is(err, fs.ErrPermission):
		return "no permission to read it; change its permissions or copy it somewhere readable"
	}
	// The path stands ahead of the reason already, by its last name alone.
	if at := (*fs.PathError)(nil); errors.As(err, &at) {
		err = at.Err
	}
	return "cannot be read: " + err.Error()
}

// naturalLess orders names so that 2.raw comes before 10.raw.
func naturalLess(a, b string) bool {
	for a != "" && b != "" {
		da, ra := leadingDigits(a)
		db, rb := leadingDigits(b)
		if da != "" && db != "" {
			ta, tb := strings.TrimLeft(da, "0"), strings.TrimLeft(db, "0")
			if len(ta) != len(tb) {
				return len(ta) < len(tb)
			}
			if ta != tb {
				return ta < tb
			}
			if len(da) != len(db) {
				return len(da) < len(db)
			}
			a, b = ra, rb
			continue
		}
		if a[0] != b[0] {
			return a[0] < b[0]
		}
		a, b = a[1:], b[1:]
	}
	return len(a) < len(b)
}

func leadingDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

// shownDir is the folder of a file as the person gave it.
func (f *sourceFile) shownDir() string { return filepath.Dir(f.shown) }

package codec

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// shutTree is a folder that may be seen and not be read.
type shutTree struct{ osTree }

func (t shutTree) readDir(path string) ([]fs.DirEntry, error) {
	if strings.HasSuffix(path, "shut") {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
	}
	return t.osTree.readDir(path)
}

func TestSurveyGoesOnPastAFolderWithoutPermission(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "shut"), 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(root, "z.raw"), []byte("x"))
	s := survey(context.Background(), shutTree{}, []string{root, filepath.Join(root, "absent")})
	if len(s.files) != 1 || len(s.refused) != 2 || !strings.HasPrefix(s.refused[0].Reason, "no permission to read it") || s.refused[0].Source != filepath.Join(root, "shut") ||
		!strings.HasPrefix(s.refused[1].Reason, "there is no such file") {
		t.Errorf("%d files, refused %+v", len(s.files), s.refused)
	}
}

func TestSurveyFollowsNoLinkOutOfAFolder(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	writeFile(t, filepath.Join(outside, "secret.raw"), []byte("x"))
	for name, target := range map[string]string{"file.raw": filepath.Join(outside, "secret.raw"), "folder": outside, "loop": root} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	s := survey(context.Background(), osTree{}, []string{root})
	if len(s.files) != 0 || len(s.refused) != 3 || !strings.Contains(s.refused[0].Reason, "symbolic link") {
		t.Errorf("%d files, refused %+v", len(s.files), s.refused)
	}
	for name, target := range map[string]string{"folder": outside, "file.raw": filepath.Join(outside, "secret.raw")} {
		s := survey(context.Background(), osTree{}, []string{filepath.Join(root, name)})
		if len(s.files) != 0 || len(s.refused) != 1 || !strings.Contains(s.refused[0].Reason, "It leads to "+target+":") {
			t.Errorf("the given link %s leads to %d files, refused %+v", name, len(s.files), s.refused)
		}
	}
}

func TestImportSaysWhatBecameOfEveryFile(t *testing.T) {
	root := t.TempDir()
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for _, name := range []string{"../../outside.csv", "inside.csv"} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Modified: time.Unix(0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "time,seconds_elapsed,z,y,x\n1,1,1,1,1\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(root, "a.zip"), packed.Bytes())
	writeFile(t, filepath.Join(root, "LICENSE"), []byte("Permission is granted"))
	writeFile(t, filepath.Join(root, "empty.csv"), nil)
	writeFile(t, filepath.Join(root, "numbers.csv"), []byte("1,2,3\n4,5,6\n"))
	m := &memory{}
	report := importInto(t, m, Options{}, root)
	var refused []string
	for _, r := range report.Refused {
		refused = append(refused, filepath.Base(r.Source)+": "+r.Reason[:14])
	}
	slices.Sort(refused)
	want := []string{"a.zip: a.zip: \"../../", "empty.csv: the file is em", "numbers.csv: not a format t"}
	if !slices.Equal(refused, want) || len(report.Skipped) != 1 || len(m.sessions) != 0 {
		t.Errorf("refused %q, skipped %q", refused, report.Skipped)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(filepath.Dir(root)), "outside.csv")); err == nil {
		t.Error("a member of the archive was written outside")
	}
}

func TestNaturalOrder(t *testing.T) {
	names := []string{"10.raw", "2.raw", "1.raw", "a.raw", "02.raw", "b1", "a"}
	slices.SortFunc(names, func(a, b string) int {
		if naturalLess(a, b) {
			return -1
		}
		return 1
	})
	if got := strings.Join(names, " "); got != "1.raw 2.raw 02.raw 10.raw a a.raw b1" {
		t.Error(got)
	}
}

// A folder that bears a file's name fails to be read; the reason says neither the
// name again nor where it lies.
func TestReasonLeavesOutThePath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "anna.csv")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := os.ReadFile(dir)
	if err == nil {
		t.Skip("this system reads folders")
	}
	if reason := reasonOf(err); strings.Contains(reason, "anna") || !strings.HasPrefix(reason, "cannot be read: ") {
		t.Errorf("%q", reason)
	}
}

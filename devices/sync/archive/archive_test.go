package archive

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// entry is one file of an archive made by hand.
type entry struct {
	name    string
	method  uint16
	content io.Reader
	mode    fs.FileMode
}

func archiveOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(methodZstd, zstd.ZipCompressor())
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: e.method}
		if e.mode != 0 {
			h.SetMode(e.mode)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if e.content != nil {
			if _, err := io.Copy(w, e.content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func check(raw []byte) error {
	_, err := Check(bytes.NewReader(raw), int64(len(raw)), DefaultLimits())
	return err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestPackedFilesComeOutAgain(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "session")
	for name, content := range map[string]string{"a.csv": "1,2\n", "sub/b.csv": strings.Repeat("x", 100_000), ".hidden": "no"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var a, b bytes.Buffer
	if err := errors.Join(Pack(&a, dir, DefaultLimits()), Pack(&b, dir, DefaultLimits())); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same files gave other bytes")
	}
	out := t.TempDir()
	sum, err := Unpack(bytes.NewReader(a.Bytes()), int64(a.Len()), out, DefaultLimits())
	if err != nil || sum.Files != 2 || sum.Expanded != 100_004 {
		t.Fatalf("%+v, %v", sum, err)
	}
	if got, err := os.ReadFile(filepath.Join(out, "session", "sub", "b.csv")); err != nil || len(got) != 100_000 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestBombsAreRefused(t *testing.T) {
	t.Parallel()
	const huge = 0x1234567
	small := DefaultLimits()
	small.Expanded = 1 << 20
	for _, method := range []uint16{zip.Deflate, methodZstd} {
		honest := archiveOf(t, entry{name: "a", method: method, content: io.LimitReader(zeros{}, huge)})
		if len(honest) > 2<<20 {
			t.Fatalf("the bomb has %d bytes", len(honest))
		}
		if _, err := Check(bytes.NewReader(honest), int64(len(honest)), small); err == nil {
			t.Error("a bomb that says how large it is was accepted")
		}
		// The same bomb that declares one byte, in both places.
		lying := bytes.ReplaceAll(honest, []byte{0x67, 0x45, 0x23, 0x01}, []byte{1, 0, 0, 0})
		if bytes.Equal(lying, honest) {
			t.Fatal("the declared length was not found")
		}
		if _, err := Check(bytes.NewReader(lying), int64(len(lying)), small); err == nil {
			t.Error("a bomb that lies was accepted")
		}
	}
}

func TestManyEntriesAreRefusedBeforeTheyAreRead(t *testing.T) {
	t.Parallel()
	var entries []entry
	for i := range 2000 {
		entries = append(entries, entry{name: "f" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26)})
	}
	if err := check(archiveOf(t, entries...)); err == nil || !strings.Contains(err.Error(), "entries") {
		t.Errorf("%v", err)
	}
}

func TestNamesThatLeadElsewhereAreRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"../a", "/etc/passwd", "a/../../b", "..", "a\\..\\b", "C:/a", "c:a", "a/./b", "a//b", "nul", "con.txt", "a/aux.csv", "a\x00b", "a\nb",
		"a.", "a ", strings.Repeat("n", 300), strings.Repeat("d/", 20) + "f", "\xff", "a:b", "a*b"} {
		if err := check(archiveOf(t, entry{name: name, content: strings.NewReader("x")})); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
	link := archiveOf(t, entry{name: "l", mode: fs.ModeSymlink | 0o777, content: strings.NewReader("/etc/passwd")})
	if err := check(link); err == nil {
		t.Error("a link was accepted")
	}
	twice := archiveOf(t, entry{name: "a", content: strings.NewReader("1")}, entry{name: "A", content: strings.NewReader("2")})
	if err := check(twice); err == nil {
		t.Error("two files with one name were accepted")
	}
}

func TestDamagedArchivesAreRefused(t *testing.T) {
	t.Parallel()
	good := archiveOf(t, entry{name: "a", method: methodZstd, content: strings.NewReader(strings.Repeat("abc", 1000))})
	if err := check(good); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0xff
		_ = check(bad) // must not crash; most are refused, some bytes mean nothing
		_ = check(good[:i])
	}
	if err := check(append([]byte("before"), good...)); err == nil {
		t.Error("something before the archive was accepted")
	}
	if err := check(append(bytes.Clone(good), "after"...)); err == nil {
		t.Error("something after the archive was accepted")
	}
}

func FuzzArchive(f *testing.F) {
	f.Add(archiveOf(f, entry{name: "a", method: methodZstd, content: strings.NewReader(strings.Repeat("abc", 100))}))
	f.Add(archiveOf(f, entry{name: "d/a", method: zip.Deflate, content: strings.NewReader("abcabcabcabc")}, entry{name: "b", content: strings.NewReader("x")}))
	l := Limits{Files: 8, Expanded: 1 << 16, Name: 40, Depth: 3}
	f.Fuzz(func(t *testing.T, raw []byte) {
		sum, err := Check(bytes.NewReader(raw), int64(len(raw)), l)
		dir := t.TempDir()
		outer, uerr := Unpack(bytes.NewReader(raw), int64(len(raw)), filepath.Join(dir), l)
		if err == nil && (sum.Expanded > l.Expanded || sum.Files > l.Files || uerr == nil && outer != sum) {
			t.Errorf("%+v beyond the limits, or not what was unpacked: %+v", sum, outer)
		}
	})
}

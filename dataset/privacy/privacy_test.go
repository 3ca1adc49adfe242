package privacy

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onset/dataset"
)

var quick = Sealer{Work: 10}

func TestKeyFileRoundTripAndWrongPassphrase(t *testing.T) {
	var k Keys
	k.Add("P02", "Erika Mustermann", "1971-03-02")
	k.Add("P01", "Jürgen Groß", " Jürgen Groß ", "")
	path := filepath.Join(t.TempDir(), "study.keys")
	if err := quick.Save(path, k, "correct horse"); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(raw, []byte("Erika")) || bytes.Contains(raw, []byte("P02")) {
		t.Error("the key file shows its content")
	}
	got, err := quick.Load(path, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Identities) != 2 || got.Identities[0].Code != "P01" || len(got.Identities[0].Identifiers) != 1 {
		t.Errorf("loaded %+v", got)
	}
	if code, ok := got.CodeOf("Erika Mustermann"); !ok || code != "P02" {
		t.Errorf("code of Erika: %q, %v", code, ok)
	}
	if _, err := quick.Load(path, "battery staple"); !errors.Is(err, ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	if !got.Remove("P02") || got.Remove("P02") {
		t.Error("remove does not forget once")
	}
}

func scan(t testing.TB, s *Scanner, data []byte) []Hit {
	t.Helper()
	var hits []Hit
	if err := s.ScanReader(context.Background(), "x", bytes.NewReader(data), func(h Hit) { hits = append(hits, h) }); err != nil {
		t.Fatal(err)
	}
	return hits
}

func TestScanFindsEveryForm(t *testing.T) {
	var k Keys
	k.Add("P01", "Erika Mustermann")
	s := NewScanner(k)
	name := "Erika Mustermann"
	for form, data := range map[string][]byte{
		"plain":       []byte("xx" + name + "yy"),
		"upper case":  []byte(strings.ToUpper(name)),
		"UTF-16LE":    append([]byte{0}, utf16Bytes(name, false)...),
		"UTF-16BE":    utf16Bytes(name, true),
		"hexadecimal": []byte(strings.ToUpper(hex.EncodeToString([]byte(name)))),
		"base64 +0":   []byte(base64.StdEncoding.EncodeToString([]byte(name + " and more"))),
		"base64 +1":   []byte(base64.StdEncoding.EncodeToString([]byte("." + name + " and more"))),
		"base64 +2":   []byte(base64.StdEncoding.EncodeToString([]byte(".." + name))),
	} {
		if hits := scan(t, s, data); len(hits) == 0 {
			t.Errorf("%s: not found", form)
		} else if hits[0].Code != "P01" {
			t.Errorf("%s: code %q", form, hits[0].Code)
		}
	}
	if hits := scan(t, s, []byte("Erika M. and another mustermann")); len(hits) != 0 {
		t.Errorf("found in innocent text: %+v", hits)
	}
}

func TestScanUmlautsInBothCases(t *testing.T) {
	var k Keys
	k.Add("P01", "Jörg Ärmel")
	s := NewScanner(k)
	for _, text := range []string{"Jörg Ärmel", "JÖRG ÄRMEL", "jörg ärmel"} {
		if len(scan(t, s, []byte(text))) == 0 {
			t.Errorf("%s not found", text)
		}
	}
}

func TestScanOffsetsAcrossBuffers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var k Keys
		word := rapid.StringMatching(`[a-z]{3,12}`).Draw(t, "word")
		k.Add("P01", word)
		at := rapid.IntRange(0, 600<<10).Draw(t, "at")
		data := append(bytes.Repeat([]byte{'.'}, at), word...)
		data = append(data, bytes.Repeat([]byte{'.'}, 100)...)
		var offsets []int64
		err := NewScanner(k).ScanReader(context.Background(), "x", bytes.NewReader(data), func(h Hit) {
			if h.As == "text" {
				offsets = append(offsets, h.Offset)
			}
		})
		if err != nil || len(offsets) != 1 || offsets[0] != int64(at) {
			t.Fatalf("word at %d found at %v (%v)", at, offsets, err)
		}
	})
}

func TestScanPathReadsNamesAndFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "erika-mustermann.csv"), []byte("1,2,3"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "model.json"), []byte(`{"who":"SN 40021"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var k Keys
	k.Add("P01", "erika-mustermann")
	k.Add("D01", "SN 40021")
	byCode := map[string]Hit{}
	if err := NewScanner(k).ScanPath(context.Background(), dir, func(h Hit) { byCode[h.Code] = h }); err != nil {
		t.Fatal(err)
	}
	if byCode["P01"].As != "file name" || byCode["D01"].File != "model.json" || byCode["D01"].Offset != 8 {
		t.Errorf("hits: %+v", byCode)
	}
}

func scanFile(t *testing.T, s *Scanner, name string, data []byte) []Hit {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var hits []Hit
	if err := s.ScanPath(context.Background(), path, func(h Hit) { hits = append(hits, h) }); err != nil {
		t.Fatal(err)
	}
	return hits
}

func zipped(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write(data)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestScanLooksIntoWhatIsPackedAndEscaped(t *testing.T) {
	var k Keys
	k.Add("P01", "Jürgen Groß", "TAS1H30182785_2019.gt3x", "jan")
	s := NewScanner(k)
	rows := bytes.Repeat([]byte("1,2,3\n"), 5000)
	in := append(append(bytes.Clone(rows), "who,Jürgen Groß\n"...), rows...)
	for name, data := range map[string][]byte{
		"zip":                 zipped(t, "a.csv", in),
		"zip in gzip":         gzipped(t, zipped(t, "a.csv", in)),
		"gzip in zip":         zipped(t, "a.csv.gz", gzipped(t, in)),
		"a name in a zip":     zipped(t, "jürgen_groß/a.csv", rows),
		"percent-encoded":     []byte("file:///home/J%C3%BCrgen%20Gro%C3%9F/x"),
		"JSON":                []byte(`{"who":"J\u00fcrgen Gro\u00df"}`),
		"other way round":     []byte("Groß, Jürgen"),
		"joined":              []byte("jürgen.groß@example.org"),
		"a file's name alone": []byte("from TAS1H30182785_2019 on"),
		"a short name":        []byte("by jan"),
		"a short name inside": []byte("\x00\x01recorded by jan today\x02"),
	} {
		if len(scanFile(t, s, "x.bin", data)) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
	for name, data := range map[string][]byte{
		"three letters by chance": []byte("\x00\x9cjan\x80\x01"),
		"an innocent zip":         zipped(t, "a.csv", rows),
	} {
		if hits := scanFile(t, s, "x.bin", data); len(hits) != 0 {
			t.Errorf("%s: %+v", name, hits)
		}
	}
}

// A name in a study is found wherever it is, also where its bytes lie on two
// pages of the file.
func TestScanReadsTheValuesOfAStudy(t *testing.T) {
	ctx := context.Background()
	study, err := dataset.Create(ctx, filepath.Join(t.TempDir(), "s.onset"), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var k Keys
	k.Add("P01", "Erika Mustermann")
	text := strings.Repeat(".", 300) + strings.Repeat("Erika Mustermann|", 4000) // across many pages
	if err := study.PutParticipant(ctx, dataset.Participant{ID: "P01", Fields: map[string]string{"note": text}}); err != nil {
		t.Fatal(err)
	}
	count := func() (inValues int) {
		err := NewScanner(k).ScanPath(ctx, study.Path(), func(h Hit) {
			if strings.Contains(h.File, "participants.fields") {
				inValues++
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return inValues
	}
	if n := count(); n != 4000 {
		t.Errorf("found %d of 4000 while the study is open", n)
	}
	if err := study.Close(); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 4000 {
		t.Errorf("found %d of 4000", n)
	}
}

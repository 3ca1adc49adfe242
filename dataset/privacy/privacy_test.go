package privacy

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
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

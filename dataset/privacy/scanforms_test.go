package privacy

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"mime/quotedprintable"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// bzippedErika is "a row of nothing" and her name as bzip2 packs them.
const bzippedErika = "425a68393141592653593451a52f000004d58000104000020223eb9e802000228f534d0d3434f50a64c4c83232eeb822cae37eee44760206695539084e8d3e2ee48a70a12068a34a5e"

func inCharset(t *testing.T, set *charmap.Charmap, text string) []byte {
	t.Helper()
	b, err := set.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func broken(text string, width int) []byte {
	var out []byte
	for i, c := range []byte(text) {
		if i > 0 && i%width == 0 {
			out = append(out, '\r', '\n')
		}
		out = append(out, c)
	}
	return out
}

func TestScanFindsANameInEveryEncoding(t *testing.T) {
	const name = "Åsa Öberg-Müller"
	var k Keys
	k.Add("P01", name)
	k.Add("P02", "19710302-1234")
	k.Add("P03", "Anna Maria Svensson")
	k.Add("P04", "Jan Dvořák")
	s := NewScanner(k)
	var mail bytes.Buffer
	q := quotedprintable.NewWriter(&mail)
	_, err := q.Write([]byte(strings.Repeat(".", 65) + name))
	if err = errors.Join(err, q.Close()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(mail.Bytes(), []byte("=\r\n")) {
		t.Fatal("the mail has no soft line break")
	}
	for form, c := range map[string]struct {
		code string
		data []byte
	}{
		"Latin-1":                   {"P01", inCharset(t, charmap.ISO8859_1, name)},
		"Windows-1252 in capitals":  {"P01", inCharset(t, charmap.Windows1252, strings.ToUpper(name))},
		"code page 437":             {"P01", inCharset(t, charmap.CodePage437, name)},
		"Windows-1250":              {"P04", inCharset(t, charmap.Windows1250, "Jan Dvořák")},
		"NFD":                       {"P01", []byte(norm.NFD.String(name))},
		"NFC":                       {"P01", []byte(norm.NFC.String(name))},
		"NFD as UTF-16":             {"P01", utf16Bytes(norm.NFD.String(name), false)},
		"UTF-32":                    {"P01", utf32Bytes(name, binary.LittleEndian)},
		"UTF-32, big end first":     {"P01", utf32Bytes(name, binary.BigEndian)},
		"base64 of UTF-16":          {"P01", []byte(base64.StdEncoding.EncodeToString(append([]byte{0xff, 0xfe}, utf16Bytes(name+".", false)...)))},
		"base64 of Latin-1":         {"P01", []byte(base64.StdEncoding.EncodeToString(inCharset(t, charmap.ISO8859_1, "x"+name+".")))},
		"base64 in lines":           {"P01", broken(base64.StdEncoding.EncodeToString([]byte("To: "+name+", and more")), 12)},
		"HTML by name":              {"P01", []byte("&Aring;sa &Ouml;berg-M&uuml;ller")},
		"HTML by decimal number":    {"P01", []byte("&#197;sa &#214;berg-M&#252;ller")},
		"HTML by hexadecimal":       {"P01", []byte("&#xC5;sa &#xD6;berg-M&#xFC;ller")},
		"quoted-printable":          {"P01", mail.Bytes()},
		"mail header":               {"P01", []byte("=?utf-8?Q?=C3=85sa_=C3=96berg-M=C3=BCller?=")},
		"quoted-printable, Latin-1": {"P01", []byte("=C5sa =D6berg-M=FCller")},
		"percent":                   {"P01", []byte(url.PathEscape(name))},
		"percent, Latin-1":          {"P01", []byte("%C5sa%20%D6berg-M%FCller")},
		"JSON":                      {"P01", []byte(`"\u00c5sa \u00d6berg-M\u00fcller"`)},
		"two blanks":                {"P01", []byte("Åsa  Öberg-Müller")},
		"a line break":              {"P01", []byte("Åsa\r\n   Öberg-Müller")},
		"a line break in JSON":      {"P01", []byte(`"Åsa\nÖberg-Müller"`)},
		"a tab in Latin-1":          {"P01", inCharset(t, charmap.ISO8859_1, "Åsa\tÖberg-Müller")},
		"two blanks in UTF-16":      {"P03", utf16Bytes("Anna  Maria  Svensson", false)},
		"no-break space":            {"P01", []byte("Åsa\u00a0Öberg\u00a0Müller")},
		"last name first":           {"P03", []byte("Svensson, Anna Maria")},
		"last name first, lines":    {"P03", []byte("Svensson,\nAnna\nMaria")},
		"cells of a table":          {"P03", []byte("Svensson;Anna Maria;1971")},
		"number without dash":       {"P02", []byte("x;197103021234;y")},
		"number at the end":         {"P02", []byte("197103021234")},
		"number with blanks":        {"P02", []byte("19710302 1234")},
	} {
		hits := scan(t, s, append([]byte("..;"), c.data...))
		if len(hits) == 0 || hits[0].Code != c.code {
			t.Errorf("%s: %q gives %+v", form, c.data, hits)
		}
	}
	for innocent, text := range map[string]string{
		"digits of a longer number": "0.197103021234", "digits within a number": "x;9197103021234", "a longer number": "x;1971030212349",
		"other people": "Åsa Berg, Anna Svensson, Maria Svensson",
	} {
		if hits := scan(t, s, []byte(text)); len(hits) != 0 {
			t.Errorf("%s: %+v", innocent, hits)
		}
	}
}

func TestScanLooksIntoZlibAndBzip2(t *testing.T) {
	var k Keys
	k.Add("P01", "Erika Mustermann")
	s := NewScanner(k)
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, err := w.Write([]byte(strings.Repeat("row of nothing\n", 50) + "Erika Mustermann"))
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	packed, err := hex.DecodeString(bzippedErika)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"zlib": z.Bytes(), "bzip2": packed, "zlib in zip": zipped(t, "a.z", z.Bytes())} {
		if len(scanFile(t, s, "x.bin", data)) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
	if hits := scanFile(t, s, "x.bin", []byte("x\x9c is no zlib stream")); len(hits) != 0 {
		t.Errorf("%+v", hits)
	}
}

// What can not be read does not stop the scan of a folder.
func TestScanNamesWhatItCouldNotRead(t *testing.T) {
	dir := t.TempDir()
	deep := []byte("Erika Mustermann")
	for range maxNested + 1 {
		deep = zipped(t, "a.zip", deep)
	}
	for name, text := range map[string]string{"a.7z": "7z\xbc\xaf\x27\x1c....", "b.csv": "Erika Mustermann", "c.zip": string(deep)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var k Keys
	k.Add("P01", "Erika Mustermann")
	var hits []Hit
	err := NewScanner(k).ScanPath(context.Background(), dir, func(h Hit) { hits = append(hits, h) })
	unread, ok := errors.AsType[*UnreadError](err)
	if !ok || len(unread.Files) != 2 || !strings.Contains(unread.Files[1].Why, "packed more than") || unread.Files[0].File != "a.7z" || !strings.Contains(unread.Files[0].Why, "7z") {
		t.Errorf("unread: %v", err)
	}
	if len(hits) != 1 || hits[0].File != "b.csv" {
		t.Errorf("hits %+v", hits)
	}
}

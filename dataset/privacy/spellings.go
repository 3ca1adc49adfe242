package privacy

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// charsets are the encodings of one byte a letter in which European names come.
var charsets = []struct {
	name string
	set  *charmap.Charmap
}{
	{"Windows-1252", charmap.Windows1252}, {"Windows-1250", charmap.Windows1250}, {"ISO 8859-2", charmap.ISO8859_2},
	{"code page 437", charmap.CodePage437}, {"code page 850", charmap.CodePage850}, {"code page 852", charmap.CodePage852},
	{"Mac Roman", charmap.Macintosh},
}

func (s *Scanner) addIdentifier(code, text string) {
	if len(text) < minIdentifier {
		s.skipped++
		return
	}
	text = norm.NFC.String(text)
	written := spellings(text)
	for _, plain := range transliterated(text) {
		written = append(written, spellings(plain)...)
	}
	var forms []string
	for _, one := range written {
		forms = append(forms, cases(one)...)
	}
	slices.Sort(forms)
	for _, form := range slices.Compact(forms) {
		s.addForm(pattern{code: code}, form)
	}
	numbers := append(dates(text), phones(text)...)
	slices.Sort(numbers)
	for _, one := range slices.Compact(numbers) {
		s.addForm(pattern{code: code, apart: true}, one)
	}
	for _, number := range append(bareNumbers(text), bareNumber(text)) {
		if number != "" {
			s.text.add([]byte(number), pattern{code: code, as: "text", alone: true})
		}
	}
	for _, b := range [][]byte{[]byte(text), utf16Bytes(text, false), utf16Bytes(text, true)} {
		s.text.add([]byte(hex.EncodeToString(b)), pattern{code: code, as: "hexadecimal"})
	}
	if len(text) < shortIdentifier {
		return // the part of a short word that base64 fixes is too small to mean anything
	}
	packed := [][]byte{[]byte(text), []byte(norm.NFD.String(text)), utf16Bytes(text, false), utf16Bytes(text, true)}
	for _, c := range charsets {
		if b, err := c.set.NewEncoder().Bytes([]byte(text)); err == nil {
			packed = append(packed, b)
		}
	}
	for _, b := range packed {
		s.addBase64(code, b)
	}
}

// addForm looks for one spelling as text of every encoding, and escaped.
func (s *Scanner) addForm(p pattern, form string) {
	add := func(text []byte, as string) {
		if len(text) >= minIdentifier {
			p.as = as
			s.text.add(fold(text), p)
		}
	}
	apart := norm.NFD.String(form)
	for _, text := range slices.Compact([]string{form, apart}) {
		add([]byte(text), "text")
		add(utf16Bytes(text, false), "UTF-16")
		add(utf16Bytes(text, true), "UTF-16")
		add(utf32Bytes(text, binary.LittleEndian), "UTF-32")
		add(utf32Bytes(text, binary.BigEndian), "UTF-32")
		all := escapes(text)
		slices.Sort(all)
		for _, escaped := range slices.Compact(all) {
			if escaped != text {
				add([]byte(escaped), "escaped")
			}
		}
	}
	if apart == form && isASCII(form) {
		return
	}
	for _, c := range charsets {
		if b, err := c.set.NewEncoder().Bytes([]byte(form)); err == nil {
			add(b, c.name)
			add(percent(b), "escaped")
			add(quotedPrintable(b), "escaped")
		}
	}
}

// addBase64 looks for bytes in base64 wherever they begin in it, with either of
// its alphabets.
func (s *Scanner) addBase64(code string, text []byte) {
	for lead := range 3 {
		b := base64.StdEncoding.EncodeToString(append(make([]byte, lead), text...))
		b = b[(lead*8+5)/6 : (lead+len(text))*8/6]
		for _, form := range []string{b, strings.NewReplacer("+", "-", "/", "_").Replace(b)} {
			s.base64.add([]byte(form), pattern{code: code, as: "base64"})
		}
	}
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

func utf16Bytes(text string, big bool) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		lo, hi := byte(u), byte(u>>8)
		if big {
			lo, hi = hi, lo
		}
		b = append(b, lo, hi)
	}
	return b
}

func utf32Bytes(text string, order binary.AppendByteOrder) []byte {
	var b []byte
	for _, r := range text {
		b = order.AppendUint32(b, uint32(r))
	}
	return b
}

// cases are a spelling as it is, in small and in capital letters, and with a
// capital at the beginning of each word; ASCII letters are found in any case.
func cases(text string) []string {
	if isASCII(text) {
		return []string{text}
	}
	lower := strings.ToLower(text)
	title, first := []rune(lower), true
	for i, r := range title {
		if first {
			title[i] = unicode.ToUpper(r)
		}
		first = !unicode.IsLetter(r)
	}
	all := []string{text, lower, strings.ToUpper(text), string(title)}
	slices.Sort(all)
	return slices.Compact(all)
}

// between are the signs that may stand between the words of a name, also in
// cells of a table side by side. Other white space is found by the blank.
var between = []string{" ", "_", "-", ".", "", ", ", ",", ";", "\",\"", "\";\"", "\u00a0", "&nbsp;"}

// spellings are an identifier and how else it may be written: its words with
// other signs between them and the last one first, the groups of a number with
// other signs between them, a file's name without its ending where that still
// tells.
func spellings(text string) []string {
	out := []string{text}
	base := text[strings.LastIndexAny(text, `/\`)+1:]
	if base != text && len(base) >= shortIdentifier {
		out = append(out, base)
	}
	if stem := strings.TrimSuffix(base, filepath.Ext(base)); len(stem) >= 8 && stem != text && strings.ContainsFunc(stem, unicode.IsDigit) {
		out = append(out, stem)
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) })
	switch n := len(words); {
	case n < 2:
	case n <= 4 && strings.ContainsFunc(text, unicode.IsLetter) && filepath.Ext(text) == "":
		turned := append(slices.Clone(words[n-1:]), words[:n-1]...)
		for _, sign := range between {
			out = append(out, strings.Join(words, sign), strings.Join(turned, sign))
		}
		for _, sign := range []string{", ", ",", ";"} { // Last, First Second, and First Second, Last
			out = append(out, words[n-1]+sign+strings.Join(words[:n-1], " "), words[0]+sign+strings.Join(words[1:], " "))
		}
		out = append(out, doubled(text)...)
	case n <= 6 && isNumber(text):
		for _, sign := range []string{" ", "-", ".", "/", "\u00a0"} {
			out = append(out, strings.Join(words, sign))
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return len(s) < minIdentifier })
}

// isNumber reports digits with signs between them.
func isNumber(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && !strings.ContainsRune(" -./+", r) }) < 0
}

// leastBare is how many digits a number needs to be looked for without its
// signs: fewer come up among samples.
const leastBare = 8

// bareNumber is a number that is written with signs, such as a personal number
// or a date, without them; empty when that is too little.
func bareNumber(text string) string {
	bare := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
	if !isNumber(text) || bare == text || len(bare) < leastBare {
		return ""
	}
	return bare
}

// escapes are the ways in which addresses, JSON, HTML and mail write a text.
func escapes(text string) []string {
	ascii := strconv.QuoteToASCII(text)
	out := []string{url.QueryEscape(text), url.PathEscape(text), ascii[1 : len(ascii)-1], string(percent([]byte(text)))}
	var named, decimal, hexadecimal strings.Builder
	for _, r := range text {
		if r < utf8.RuneSelf {
			named.WriteRune(r)
			decimal.WriteRune(r)
			hexadecimal.WriteRune(r)
			continue
		}
		fmt.Fprintf(&decimal, "&#%d;", r)
		fmt.Fprintf(&hexadecimal, "&#x%x;", r)
		if name := entities()[r]; name != "" {
			named.WriteString("&" + name + ";")
		} else {
			fmt.Fprintf(&named, "&#%d;", r)
		}
	}
	mail := string(quotedPrintable([]byte(text)))
	return append(out, named.String(), decimal.String(), hexadecimal.String(), mail,
		strings.ReplaceAll(mail, " ", "_"), strings.ReplaceAll(mail, " ", "=20"))
}

// percent escapes all but the signs that addresses leave as they are.
func percent(text []byte) []byte {
	return escaped(text, '%', func(c byte) bool { return c > ' ' && c < utf8.RuneSelf && c != '%' })
}

// quotedPrintable writes bytes beyond ASCII as mail does.
func quotedPrintable(text []byte) []byte {
	return escaped(text, '=', func(c byte) bool { return c < utf8.RuneSelf && c != '=' })
}

func escaped(text []byte, sign byte, plain func(byte) bool) []byte {
	var out []byte
	for _, c := range text {
		if plain(c) {
			out = append(out, c)
		} else {
			out = fmt.Appendf(out, "%c%02X", sign, c)
		}
	}
	return out
}

// entities names the letters that HTML has names for, such as auml.
var entities = sync.OnceValue(func() map[rune]string {
	names := map[rune]string{}
	for _, mark := range []string{"uml", "acute", "grave", "circ", "tilde", "ring", "cedil", "caron", "slash", "lig", "strok", "ogon", "dot", "breve", "macr", "dblac"} {
		for base := 'A'; base <= 'z'; base++ {
			for _, letter := range []string{string(base), string(base) + "E", string(base) + "e"} {
				if r := []rune(html.UnescapeString("&" + letter + mark + ";")); len(r) == 1 && r[0] >= utf8.RuneSelf {
					names[r[0]] = letter + mark
				}
			}
		}
	}
	for _, name := range []string{"szlig", "eth", "ETH", "thorn", "THORN", "nbsp"} {
		names[[]rune(html.UnescapeString("&" + name + ";"))[0]] = name
	}
	return names
})

package privacy

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// doubled are the ways to write a name of which a word is two with a hyphen, such
// as Anneliese Müller-Meier: the double surname first, and broken after its
// hyphen or written with a blank there.
func doubled(text string) []string {
	words := strings.Fields(strings.ReplaceAll(text, ",", " "))
	n := len(words)
	if n > 4 || !strings.Contains(text, "-") {
		return nil
	}
	var out []string
	for _, hyphen := range []string{"-", "- ", " "} { // any white space is a blank to the scan
		w := slices.Clone(words)
		for i := range w {
			w[i] = strings.ReplaceAll(w[i], "-", hyphen)
		}
		out = append(out, strings.Join(w, " "))
		if n < 2 {
			continue
		}
		for _, sign := range []string{", ", ",", ";", " ", "\t"} {
			out = append(out, w[n-1]+sign+strings.Join(w[:n-1], " "), strings.Join(w[1:], " ")+sign+w[0])
		}
	}
	for _, w := range words { // a double surname by itself tells who it is
		if a, b, ok := strings.Cut(w, "-"); ok && len(a) >= minIdentifier && len(b) >= minIdentifier && len(w) >= leastDouble && !strings.ContainsFunc(w, unicode.IsDigit) {
			out = append(out, w, a+"- "+b)
		}
	}
	return out
}

// leastDouble is how long a double surname is that is looked for without the
// name before it: shorter ones are words of a text.
const leastDouble = 10

// foreignLetters are the letters that are written otherwise where they cannot be
// typed: as two letters, and as the one that they look like.
var foreignLetters = map[rune][2]string{
	'ä': {"ae", "a"}, 'ö': {"oe", "o"}, 'ü': {"ue", "u"}, 'Ä': {"Ae", "A"}, 'Ö': {"Oe", "O"}, 'Ü': {"Ue", "U"},
	'ß': {"ss", "ss"}, 'å': {"aa", "a"}, 'Å': {"Aa", "A"}, 'ø': {"oe", "o"}, 'Ø': {"Oe", "O"}, 'æ': {"ae", "ae"}, 'Æ': {"Ae", "Ae"},
	'œ': {"oe", "oe"}, 'Œ': {"Oe", "Oe"}, 'ł': {"l", "l"}, 'Ł': {"L", "L"}, 'đ': {"d", "d"}, 'Đ': {"D", "D"}, 'ð': {"d", "d"}, 'þ': {"th", "th"},
}

// transliterated are a text in ASCII letters: with two for a letter that is
// written so, and with the letter alone; none when it is ASCII already, and none
// that became too short to mean anything.
func transliterated(text string) []string {
	if isASCII(text) {
		return nil
	}
	var out []string
	for way := range 2 {
		var b strings.Builder
		for _, r := range text {
			if to, ok := foreignLetters[r]; ok {
				b.WriteString(to[way])
				continue
			}
			for _, part := range norm.NFD.String(string(r)) {
				if !unicode.IsMark(part) {
					b.WriteRune(part)
				}
			}
		}
		if isASCII(b.String()) && b.Len() >= minIdentifier {
			out = append(out, b.String())
		}
	}
	return slices.Compact(out)
}

// dateForms are how a day is read from a key file.
var dateForms = []string{"2006-01-02", "2.1.2006", "2006/01/02", "2/1/2006", "20060102", "2 January 2006", "2 Jan 2006", "January 2, 2006", "2006.01.02"}

// dateOf reads a day of a person's life.
func dateOf(text string) (time.Time, bool) {
	for _, form := range dateForms {
		if at, err := time.Parse(form, strings.TrimSpace(text)); err == nil && at.Year() >= 1890 && at.Year() <= 2100 {
			return at, true
		}
	}
	return time.Time{}, false
}

// dates are the ways to write a day: its parts in the orders of the continent,
// of America and of the standard, and with the month's name.
func dates(text string) []string {
	at, ok := dateOf(text)
	if !ok {
		return nil
	}
	var out []string
	for _, sign := range []string{".", "/", "-"} {
		for _, form := range []string{"02_01_2006", "2_1_2006", "01_02_2006", "1_2_2006", "2006_01_02", "2006_1_2"} {
			out = append(out, at.Format(strings.ReplaceAll(form, "_", sign)))
		}
	}
	for _, form := range []string{"2 January 2006", "02 January 2006", "2. January 2006", "January 2, 2006", "January 2 2006", "2 Jan 2006", "02 Jan 2006", "Jan 2, 2006", "Jan 2 2006", "02-Jan-2006"} {
		out = append(out, at.Format(form))
	}
	months := []string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}
	return append(out, fmt.Sprintf("%d. %s %d", at.Day(), months[at.Month()-1], at.Year()), at.Format("2. 1. 2006"), at.Format("02. 01. 2006"))
}

// national is a telephone number without what calls its country or begins a
// number within it, such as 791234567 of 0041791234567; empty when a text is none.
// Country codes of one to three digits are tried by the caller.
func national(text string) (digits string, international bool) {
	if !isPhone(text) {
		return "", false
	}
	digits = strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
	switch {
	case strings.HasPrefix(strings.TrimSpace(text), "+"):
		return digits, true
	case strings.HasPrefix(digits, "00"):
		return digits[2:], true
	case strings.HasPrefix(digits, "0"):
		return digits[1:], false
	}
	return "", false
}

// isPhone reports digits, at least nine, with the signs of a telephone number.
func isPhone(text string) bool {
	n := 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			n++
		case !strings.ContainsRune(" +-./()\u00a0", r):
			return false
		}
	}
	_, date := dateOf(text)
	return n >= 9 && n <= 15 && !date
}

// oneDigit are the countries whose code is one digit, twoDigits those whose is
// two, by the plan of the ITU (E.164); all others have three.
const (
	oneDigit  = "17"
	twoDigits = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98"
)

// countryOf parts an international number after its country's code.
func countryOf(digits string) (country, rest string) {
	n := 3
	switch {
	case strings.Contains(oneDigit, digits[:1]):
		n = 1
	case slices.Contains(strings.Fields(twoDigits), digits[:2]):
		n = 2
	}
	return digits[:n], digits[n:]
}

// phones are the ways to write a telephone number with signs between its groups.
func phones(text string) []string {
	digits, international := national(text)
	if digits == "" {
		return nil
	}
	country, rest := "", digits
	if international {
		country, rest = countryOf(digits)
	}
	var out []string
	for _, sign := range []string{" ", "-", ".", "/", "\u00a0"} {
		for _, groups := range [][]int{{2, 3, 2, 2}, {3, 3, 2, 2}, {2, 3, 4}, {3, 3, 4}, {3, 7}, {3, 8}, {4, 7}, {2, 2, 2, 2, 2}, {1, 2, 2, 2, 2}, {4, 3, 3}, {4, 6}, {2, 7}} {
			parts, ok := grouped(rest, groups)
			if !ok {
				continue
			}
			local := strings.Join(parts, sign)
			out = append(out, "0"+local, "(0"+parts[0]+") "+strings.Join(parts[1:], sign), "0"+parts[0]+"/"+strings.Join(parts[1:], " "))
			if country != "" {
				out = append(out, country+sign+local, country+" "+local, country+" (0)"+local, country+" (0) "+local, "("+country+") "+local,
					"00"+country+sign+local, "00"+country+" "+local)
			}
		}
	}
	if country != "" {
		out = append(out, country+" "+rest, country+"-"+rest, country+" (0)"+rest, "00"+country+" "+rest)
	}
	return out
}

// grouped parts digits into groups when they fit.
func grouped(digits string, sizes []int) ([]string, bool) {
	var out []string
	for _, n := range sizes {
		if len(digits) < n {
			return nil, false
		}
		out, digits = append(out, digits[:n]), digits[n:]
	}
	return out, digits == ""
}

// bareNumbers are a day and a telephone number as digits alone, which count only
// where they are a number of their own.
func bareNumbers(text string) []string {
	if at, ok := dateOf(text); ok {
		return []string{at.Format("20060102"), at.Format("02012006"), at.Format("01022006")}
	}
	digits, international := national(text)
	if digits == "" {
		return nil
	}
	out := []string{"0" + digits}
	if international {
		_, rest := countryOf(digits)
		out = []string{digits, "00" + digits, "0" + rest}
	}
	return slices.DeleteFunc(out, func(s string) bool { return len(s) < leastBare })
}

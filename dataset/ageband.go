package dataset

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// bandForm is two ages with a dash or "to" between, and openBand an age with no
// end on one side.
var (
	bandForm = regexp.MustCompile(`^(\d{1,3})\s*(?:-|–|—|to)\s*(\d{1,3})$`)
	openBand = regexp.MustCompile(`(?i)^(?:(?:<|>|≤|≥|<=|>=|under|over|below|above|up to)\s*\d{1,3}|\d{1,3}\s*(?:\+|and over|or older|and under|or younger))$`)
)

// leastBand is the narrowest age band in years: fewer tell nearly the age.
const leastBand = 5

// oldest is the highest age that a band may name: more is a typing error.
const oldest = 120

// ageText finds the ages in a band.
var ageText = regexp.MustCompile(`\d+`)

// AgeBand tidies an age band that was typed or read, such as "40-49", "<18" or
// "80+", or a word without digits; empty is unknown. An exact age, a date and a
// band of less than five years tell who somebody is and are refused, and so are ages over 120.
func AgeBand(text string) (string, error) {
	text = strings.TrimSpace(text)
	for _, age := range ageText.FindAllString(text, -1) {
		if n, err := strconv.Atoi(age); (bandForm.MatchString(text) || openBand.MatchString(text)) && (err != nil || n > oldest) {
			return "", fmt.Errorf("age_band is %q; nobody is older than %d", text, oldest)
		}
	}
	if m := bandForm.FindStringSubmatch(text); m != nil {
		from, _ := strconv.Atoi(m[1])
		to, _ := strconv.Atoi(m[2])
		if to-from+1 < leastBand {
			return "", fmt.Errorf("age_band is %q; it takes an age band such as 40-49, of at least %d years", text, leastBand)
		}
		return m[1] + "-" + m[2], nil
	}
	if !strings.ContainsAny(text, "0123456789") || openBand.MatchString(text) {
		return text, nil
	}
	return "", fmt.Errorf("age_band is %q; it takes an age band such as 40-49, or nothing: an exact age tells who somebody is", text)
}

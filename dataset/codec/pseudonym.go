package codec

import (
	"strings"
	"unicode"
)

// sourceWords are the words that may go from a file's name into the study:
// they say what was recorded and never who.
var sourceWords = map[string]bool{
	"arms": true, "back": true, "chest": true, "core": true, "legs": true, "shoulders": true, "mixed": true,
	"session": true, "test": true, "template": true, "exercise": true, "demo": true, "movement": true, "no": true,
	"biceps": true, "triceps": true, "bicep": true, "tricep": true, "curl": true, "press": true, "lateral": true,
	"left": true, "right": true, "wrist": true, "thigh": true, "ankle": true, "hip": true, "watch": true, "phone": true,
	"accelerometer": true, "gyroscope": true, "magnetometer": true, "motion": true, "slacking": true, "dataset": true,
}

// sourceLabel is a label for a source that says nothing of the person: the
// format and the words of its name that are known to be harmless.
func sourceLabel(format, name string) string {
	words := []string{format}
	for _, w := range nameTokens(name) {
		if sourceWords[w] {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}

// personWord is the leading token of a session folder's name when it can be a
// person's name: a word of letters that is not one of sourceWords.
func personWord(name string) string {
	tokens := nameTokens(name)
	if len(tokens) < 2 || sourceWords[tokens[0]] {
		return ""
	}
	for _, r := range tokens[0] {
		if !unicode.IsLetter(r) {
			return ""
		}
	}
	return tokens[0]
}

func nameTokens(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

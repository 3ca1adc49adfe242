package codec

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"onset/dataset"
)

// pseudonyms gives study codes to the people of an import. What a source calls
// a person lives in memory for the length of one import and is never stored.
type pseudonyms struct {
	fixed dataset.ParticipantID
	known func(identifier string) (code string, known bool)
	taken map[dataset.ParticipantID]bool
	codes map[string]dataset.ParticipantID // by the source's own word for the person
}

func newPseudonyms(ctx context.Context, st store, o Options) (*pseudonyms, error) {
	people, err := st.participants(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the study's participants: %w", err)
	}
	p := &pseudonyms{fixed: o.Participant, known: o.CodeOf, taken: map[dataset.ParticipantID]bool{}, codes: map[string]dataset.ParticipantID{}}
	for _, one := range people {
		p.taken[one.ID] = true
	}
	return p, nil
}

// code is the study code for a person. A mapping's own code wins over a new
// one and Options.Participant wins over both. word is what the source calls the
// person, "" when it does not say; the note says what was decided, "" when
// there was nothing to decide.
func (p *pseudonyms) code(word string, mapped dataset.ParticipantID) (id dataset.ParticipantID, note string) {
	if p.fixed != "" {
		return p.fixed, ""
	}
	if mapped != "" {
		p.taken[mapped] = true
		return mapped, ""
	}
	own := word
	word = strings.ToLower(word)
	if p.known != nil && word != "" {
		if code, ok := p.known(own); ok {
			p.taken[dataset.ParticipantID(code)] = true
			return dataset.ParticipantID(code), fmt.Sprintf("The source names a person whom the key file knows as %s; the name was not kept.", code)
		}
	}
	id, known := p.codes[word]
	if !known {
		id = p.free()
		p.codes[word] = id
		p.taken[id] = true
	}
	if word == "" {
		return id, fmt.Sprintf("The source does not say whose recording this is. %s stands for everyone unnamed in this import; if they are several people, import each with their own participant code.", id)
	}
	return id, fmt.Sprintf("The source names a person; the study code %s was given instead and the name was not kept. If this person already has a code here, import with that code.", id)
}

func (p *pseudonyms) free() dataset.ParticipantID {
	for n := 1; ; n++ {
		id := dataset.ParticipantID(fmt.Sprintf("P%02d", n))
		if !p.taken[id] {
			return id
		}
	}
}

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

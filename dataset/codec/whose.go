package codec

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"onset/dataset"
)

// Topics and answers of the questions about whose a recording is.
const (
	// TopicParticipant asks whom a source is of that names somebody, or all the
	// sources of an import that name nobody.
	TopicParticipant = "participant"
	// TopicParticipantOfSource asks the same of one source alone, after the
	// answer EachParticipant.
	TopicParticipantOfSource = "participant-of-source"

	// TopicWithdrawn asks about a code that the study does not have, after somebody
	// withdrew from it: whose code that was, nobody knows any more.
	TopicWithdrawn = "withdrawn"
	SomebodyElse   = "other" // the code is of somebody who did not withdraw
	WhoWithdrew    = "same"  // it is of the person who withdrew: nothing is imported

	NewParticipant  = "new"  // a person of whom the study has nothing yet
	EachParticipant = "each" // ask for each source that names nobody
	// LeaveOpen gives a code of its own for now. Until somebody settles who it is
	// (dataset.Study.SettleParticipant) no split by participant is made.
	LeaveOpen = "open"

	newCode = "new="
)

// NewCode answers whose a recording is: a new person, under this study code.
func NewCode(code string) string { return newCode + code }

// longRead is how large a source is, in bytes, whose person is asked about before
// it is read. A smaller one is read at once and told as a copy first, if it is one.
const longRead = 8 << 20

// KeyFile links study codes to names during an import; *privacy.Book is one.
type KeyFile interface {
	// CodeOf finds the code of a person by what a source calls them.
	CodeOf(person string) (code string, known bool)
	// Names says whether the person's name is known under a code.
	Names(code string) bool
	// Alike lists codes of people whose name may be this one written otherwise.
	Alike(person string) []string
	// Codes lists every code, so that none is given to another person.
	Codes() []string
	// Record keeps what a source said that names a person or a device. It is
	// called before the session is committed and returns when the link is
	// durable; after an error the session is not imported.
	Record(code, person string, identifiers []string) error
}

// pseudonyms gives study codes to the people of an import. What a source calls
// a person lives in memory for the length of one import and is never stored in
// the study. A person may not get a second code unawares, for a split by
// participant would then hold them on both sides: where it can not be told
// whether a source is of somebody in the study, somebody is asked.
type pseudonyms struct {
	fixed  dataset.ParticipantID
	keys   KeyFile
	people []dataset.Participant
	taken  map[dataset.ParticipantID]bool
	codes  map[string]dataset.ParticipantID              // by the source's own word for the person; "" for nobody
	each   bool                                          // sources that name nobody are asked about one by one
	open   map[dataset.ParticipantID]bool                // codes of this import that may be somebody else's
	gone   []time.Time                                   // when somebody withdrew from the study
	said   map[dataset.ParticipantID]bool                // codes of which somebody has said that they are new
	chosen map[dataset.ParticipantID]bool                // codes that somebody gave a new person just now
	sheets map[dataset.ParticipantID]dataset.Participant // with what this import has taken from the sources
	always bool                                          // sources are asked about also while there is nobody
}

// decision is whose a session is.
type decision struct {
	id   dataset.ParticipantID
	note string // what was decided; "" when there was nothing to decide
}

func newPseudonyms(ctx context.Context, st store, o Options) (*pseudonyms, error) {
	people, err := st.participants(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the study's participants: %w", err)
	}
	gone, err := st.withdrawals(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading when participants withdrew: %w", err)
	}
	p := &pseudonyms{fixed: o.Participant, sheets: map[dataset.ParticipantID]dataset.Participant{}, always: o.AskPerson && o.Ask != nil, keys: o.Keys, people: people, gone: gone,
		taken: map[dataset.ParticipantID]bool{}, said: map[dataset.ParticipantID]bool{}, chosen: map[dataset.ParticipantID]bool{}, codes: map[string]dataset.ParticipantID{}, open: map[dataset.ParticipantID]bool{}}
	for _, one := range people {
		p.taken[one.ID] = true
	}
	return p, nil
}

// ahead decides before a long source is read, where somebody has to be asked: a
// question after the reading would be met by nobody, and its answer may be that
// the file is left out.
func (p *pseudonyms) ahead(w *session) error {
	if w.unit.bytes() < longRead {
		return nil
	}
	asks, err := p.asks(w)
	if err == nil && asks && w.options.Ask != nil {
		w.whose, err = p.code(w)
	}
	return err
}

// asks reports that code would ask somebody, or the error that it would give
// without asking.
func (p *pseudonyms) asks(w *session) (bool, error) {
	word := w.personWord()
	d, given, err := p.given(w, word)
	if err != nil || given {
		return p.doubtful(d.id), err
	}
	_, decided := p.codes[word]
	return p.each && word == "" || !decided && !p.distinct(word), nil
}

// code decides the study code of a session. Where a source is short it is asked
// after its values were compared with the study's, so that a copy is told as one.
func (p *pseudonyms) code(w *session) (*decision, error) {
	word := w.personWord()
	d, given, err := p.given(w, word)
	if err == nil && !given {
		d.id, d.note, err = p.decide(w, word)
	}
	if err == nil {
		err = p.comesBack(w, d.id)
	}
	if err != nil {
		return nil, err
	}
	p.taken[d.id] = true
	return &d, nil
}

// personWord is what the source calls the person, as codes are kept by.
func (w *session) personWord() string { return strings.ToLower(strings.TrimSpace(w.person)) }

// given is the code that the researcher, a mapping or the key file gives.
func (p *pseudonyms) given(w *session, word string) (d decision, ok bool, err error) {
	known, isKnown := p.byKey(word)
	switch {
	case p.fixed != "" && isKnown && known != p.fixed:
		return d, true, badFile(w.unit.source, "it was to be imported as %s, and the key file knows the person whom it names as %s. Import it as %s, or correct the key file first", p.fixed, known, known)
	case p.fixed != "":
		d.id = p.fixed
	case w.mapped != "":
		d.id = w.mapped
	case isKnown:
		d = decision{known, fmt.Sprintf("The source names a person whom the key file knows as %s; the study did not keep the name.", known)}
	}
	return d, d.id != "", nil
}

// doubtful reports a code that may be that of somebody who withdrew.
func (p *pseudonyms) doubtful(id dataset.ParticipantID) bool {
	return len(p.gone) > 0 && !p.taken[id] && !p.said[id] && !p.open[id]
}

// comesBack asks about a code that the study does not have, where it may be
// that of somebody who withdrew; without an answer the source is refused.
func (p *pseudonyms) comesBack(w *session, id dataset.ParticipantID) error {
	if !p.doubtful(id) {
		return nil
	}
	answer, err := w.ask(Question{Topic: TopicWithdrawn,
		Text: fmt.Sprintf("The study has no %s, and somebody withdrew from it (last on %s). The ledger keeps that it happened, not who. Whose code is %s?", id, p.gone[len(p.gone)-1].Format("2 Jan 2006"), id),
		Choices: []Choice{{Key: SomebodyElse, Text: fmt.Sprintf("%s is somebody else: import", id)},
			{Key: WhoWithdrew, Text: fmt.Sprintf("%s is who withdrew: leave it out", id)}}})
	if err == nil && answer == WhoWithdrew {
		err = badFile(w.unit.source, "it is of somebody who withdrew")
	}
	if err == nil {
		p.said[id] = true
	}
	return err
}

// openQuestion is the finding on a session whose person may have another code,
// too; "" when it is known who that is.
func (p *pseudonyms) openQuestion(id dataset.ParticipantID) string {
	if !p.open[id] {
		return ""
	}
	return fmt.Sprintf("Nobody has said whose this is. It has the code %s for now and may be of somebody with another one: no model is judged by participant until that is settled, in People or with onsetctl participants --settle %s=CODE, or %s=%s for a person of their own.", id, id, id, id)
}

func (p *pseudonyms) byKey(word string) (dataset.ParticipantID, bool) {
	if p.keys == nil || word == "" {
		return "", false
	}
	code, known := p.keys.CodeOf(word)
	return dataset.ParticipantID(code), known
}

// decide settles what neither the researcher nor a key file has said.
func (p *pseudonyms) decide(w *session, word string) (id dataset.ParticipantID, note string, err error) {
	if p.each && word == "" {
		id, _, err = p.ask(w, TopicParticipantOfSource, "Whose recording is this one?", p.unanswered())
		return id, "", err
	}
	if id, decided := p.codes[word]; decided {
		return id, p.note(word, id), nil
	}
	if p.distinct(word) {
		id = p.free()
		p.codes[word] = id
		return id, p.note(word, id), nil
	}
	text, otherwise := p.whyAsked(word)+" Whose recording is it?", p.unanswered()
	if word == "" {
		text = "The source does not say whose recording it is. Whose are the recordings of this import that do not say?"
		if w.unit.left == 0 {
			text = "The source does not say whose recording it is. Whose is it?"
		}
	}
	id, each, err := p.ask(w, TopicParticipant, text, otherwise)
	if err != nil {
		return "", "", err
	}
	if each {
		p.each = true
		return p.decide(w, word)
	}
	p.codes[word] = id
	return id, p.note(word, id), nil
}

// whyAsked says why it can not be told whose a source is that names somebody.
func (p *pseudonyms) whyAsked(word string) string {
	if p.keys == nil {
		return "The source names a person, and the study, which keeps no names, can not tell whether it holds them already."
	}
	alike := p.keys.Alike(word)
	slices.Sort(alike)
	if len(alike) > 0 {
		return fmt.Sprintf("The source names a person whom the key file does not know by just this name; it is nearly that of %s.", strings.Join(slices.Compact(alike), ", "))
	}
	return "The source names a person whom the key file does not know, and it has no names of some people of the study: one of them may be meant."
}

// unanswered is the answer where nobody can be asked. With a key file there is
// none: the name would be kept under a code that may not last.
func (p *pseudonyms) unanswered() string {
	if p.keys != nil {
		return ""
	}
	return LeaveOpen
}

// distinct reports that a source can not be of anybody who has a code: there is
// nobody, or everybody is known by another name, from the key file or this
// import.
func (p *pseudonyms) distinct(word string) bool {
	if len(p.taken) == 0 {
		return !p.always
	}
	if word == "" {
		return false
	}
	if p.keys != nil && len(p.keys.Alike(word)) > 0 {
		return false
	}
	for code := range p.taken {
		named := p.keys != nil && p.keys.Names(string(code))
		for other, given := range p.codes {
			named = named || other != "" && given == code
		}
		if !named {
			return false
		}
	}
	return true
}

// ask puts the question whose a recording is.
func (p *pseudonyms) ask(w *session, topic, text, otherwise string) (id dataset.ParticipantID, each bool, err error) {
	q := Question{Topic: topic, Text: text, Person: w.person, Default: otherwise, TakesCode: true}
	for _, code := range p.sorted() {
		q.Choices = append(q.Choices, Choice{Key: string(code), Text: p.describe(code)})
	}
	q.Choices = append(q.Choices, Choice{Key: NewParticipant, Text: "A new person, of whom the study holds nothing yet"},
		Choice{Key: LeaveOpen, Text: "Leave it open: a code of its own, and no judging by person until it is settled"})
	if w.person == "" && topic == TopicParticipant {
		q.Choices = append(q.Choices, Choice{Key: EachParticipant, Text: "Several people's: ask for each recording"})
	}
	answer, err := w.ask(q)
	switch {
	case err != nil:
		return "", false, err
	case answer == EachParticipant:
		return "", true, nil
	case answer == NewParticipant:
		id = p.free()
		p.said[id], p.chosen[id] = true, true
		return id, false, nil
	case answer == LeaveOpen:
		id = p.free()
		p.open[id] = true
		return id, false, nil
	case strings.HasPrefix(answer, newCode):
		id, err = p.named(w, strings.TrimPrefix(answer, newCode))
		return id, false, err
	}
	return dataset.ParticipantID(answer), false, nil
}

// named is the code that somebody gave a new person. One that the study has
// already, in whatever case, is that person's.
func (p *pseudonyms) named(w *session, code string) (dataset.ParticipantID, error) {
	code = strings.TrimSpace(code)
	if code == "" {
		return "", badFile(w.unit.source, "the study code is empty")
	}
	for have := range p.taken {
		if strings.EqualFold(string(have), code) {
			return have, nil
		}
	}
	if p.keys != nil && p.keys.Names(code) {
		return "", badFile(w.unit.source, "the key file knows %s as somebody of another name. Give another code, or correct the key file first", code)
	}
	p.chosen[dataset.ParticipantID(code)] = true
	return dataset.ParticipantID(code), nil
}

func (p *pseudonyms) sorted() []dataset.ParticipantID {
	var out []dataset.ParticipantID
	for code := range p.taken {
		out = append(out, code)
	}
	slices.Sort(out)
	return out
}

// describe is what helps to recognise a person behind a code.
func (p *pseudonyms) describe(id dataset.ParticipantID) string {
	words := []string{string(id)}
	for _, one := range p.people {
		if one.ID == id {
			for _, s := range []string{one.AgeBand, one.Sex, one.Proficiency} {
				if s != "" {
					words = append(words, s)
				}
			}
			return strings.Join(words, ", ")
		}
	}
	return string(id) + ", new in this import"
}

func (p *pseudonyms) note(word string, id dataset.ParticipantID) string {
	if word == "" && p.chosen[id] { // whoever imported has just said so
		return ""
	}
	if word == "" {
		return fmt.Sprintf("The source does not say whose recording this is. %s stands for everyone unnamed in this import; if they are several people, import each with their own participant code.", id)
	}
	if p.keys != nil {
		return fmt.Sprintf("The source names a person; the study code %s was given instead, and the name is kept in the key file alone.", id)
	}
	return fmt.Sprintf("The source names a person; the study code %s was given instead and the name was not kept.", id)
}

// free is a code that nobody has, in the study or in the key file.
func (p *pseudonyms) free() dataset.ParticipantID {
	var kept []string
	if p.keys != nil {
		kept = p.keys.Codes()
	}
	for n := 1; ; n++ {
		id := dataset.ParticipantID(fmt.Sprintf("P%02d", n))
		if !p.taken[id] && !slices.Contains(kept, string(id)) {
			return id
		}
	}
}

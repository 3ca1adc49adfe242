package codec

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"onset/dataset"
	"onset/dataset/privacy"
)

// unitOf is a session whose source calls its person so.
func unitOf(person string) unit {
	return unit{source: "some/folder", format: "test", decode: func(ctx context.Context, w *session) error {
		w.person = person
		if err := w.open(ctx, dataset.Session{}); err != nil {
			return err
		}
		r, err := w.record(ctx, recordingSpec{NominalHz: 50, Channels: []dataset.Channel{{Kind: "accelerometer", Unit: "g"}}})
		if err != nil {
			return err
		}
		if err := r.append(ctx, [][]float64{{1, 2, 3}}); err != nil {
			return err
		}
		_, err = r.finish(ctx, dataset.Uniform(0, 50), 0, nil)
		return err
	}}
}

// importPeople imports one session for each person, as one import, and returns
// their codes; "" for a refused one, whose reason is then the last error.
func importPeople(t interface {
	Fatal(...any)
	Context() context.Context
}, m *memory, o Options, people ...string) (codes []string, refusal error) {
	p, err := newPseudonyms(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range people {
		done, err := importUnit(t.Context(), m, unitOf(name), o, p, newMeter(nil, nil))
		if err != nil {
			refusal = err
		}
		codes = append(codes, string(done.Participant))
	}
	for _, s := range m.sessions {
		if !slices.ContainsFunc(m.people, func(p dataset.Participant) bool { return p.ID == s.Participant }) {
			m.people = append(m.people, dataset.Participant{ID: s.Participant})
		}
	}
	return codes, refusal
}

func TestAPersonImportedInTwoGoesGetsNoSecondCodeUnawares(t *testing.T) {
	m := &memory{}
	if codes, err := importPeople(t, m, Options{}, "jan", "andrew", "Jan"); err != nil || !slices.Equal(codes, []string{"P01", "P02", "P01"}) {
		t.Fatal(codes, err)
	}
	// Where nobody answers, the code is marked as one that may be somebody else's.
	codes, err := importPeople(t, m, Options{}, "jan", "jan", "eve")
	if err != nil || !slices.Equal(codes, []string{"P03", "P03", "P04"}) {
		t.Errorf("in a second import: %v, %v", codes, err)
	}
	for i, s := range m.sessions {
		if s.open() != (i >= 3) {
			t.Errorf("session %d of %s: open %v", i, s.Participant, s.open())
		}
	}
	var asked []Question
	answer := func(key string) Options {
		return Options{Ask: func(q Question) (string, error) { asked = append(asked, q); return key, nil }}
	}
	if codes, err := importPeople(t, m, answer("P01"), "jan", "jan"); err != nil || codes[0] != "P01" || codes[1] != "P01" {
		t.Error(codes, err)
	}
	if len(asked) != 1 || asked[0].Topic != TopicParticipant || asked[0].Person != "jan" || len(asked[0].Choices) != 6 {
		t.Errorf("asked %+v", asked)
	}
	if codes, err := importPeople(t, m, answer(NewParticipant), "eve"); err != nil || codes[0] != "P05" {
		t.Error(codes, err)
	}
	// Nobody can say of an unnamed source whose it is.
	if codes, err := importPeople(t, m, Options{}, ""); codes[0] != "P06" || err != nil || !m.sessions[len(m.sessions)-1].open() {
		t.Error(codes, err)
	}
}

// open says whether the session is marked as one whose person is not settled.
func (s *memorySession) open() bool { return countKind(s.findings, dataset.FindingIdentity) > 0 }

func TestUnnamedSources(t *testing.T) {
	m := &memory{}
	if codes, err := importPeople(t, m, Options{}, "", ""); err != nil || codes[0] != "P01" || codes[1] != "P01" || m.sessions[0].open() {
		t.Fatal(codes, err)
	}
	// The second import may be of that person or of another one: when nobody can
	// be asked, nobody is taken for somebody else.
	again := &memory{sessions: slices.Clone(m.sessions), people: []dataset.Participant{{ID: "P01"}}}
	if codes, err := importPeople(t, again, Options{}, "", ""); err != nil || codes[0] != "P02" || codes[1] != "P02" || !again.sessions[3].open() {
		t.Fatal(codes, err)
	}
	replies := []string{EachParticipant, "P01", NewParticipant, "P02"}
	var topics []string
	o := Options{Ask: func(q Question) (string, error) {
		reply := replies[0]
		replies = replies[1:]
		topics = append(topics, q.Topic)
		return reply, nil
	}}
	if codes, err := importPeople(t, m, o, "", "", ""); err != nil || !slices.Equal(codes, []string{"P01", "P02", "P02"}) {
		t.Error(codes, err)
	}
	if want := []string{TopicParticipant, TopicParticipantOfSource, TopicParticipantOfSource, TopicParticipantOfSource}; !slices.Equal(topics, want) {
		t.Errorf("asked %v", topics)
	}
	// A source that names nobody may be of somebody whom another one names.
	other := &memory{}
	if codes, err := importPeople(t, other, Options{}, "jan", "andrew", ""); codes[2] != "P03" || err != nil || !other.sessions[2].open() {
		t.Error(codes, err)
	}
}

func newBook(t *testing.T) *privacy.Book {
	t.Helper()
	b, err := privacy.Sealer{Work: 8}.OpenBook(filepath.Join(t.TempDir(), "keys"), "secret words")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestAKeyFileKnowsPeopleAgain(t *testing.T) {
	m, o := &memory{}, Options{Keys: newBook(t)}
	for _, c := range []struct{ name, code string }{{"jan", "P01"}, {"andrew", "P02"}, {"jan", "P01"}, {"petra", "P03"}} {
		if codes, err := importPeople(t, m, o, c.name); err != nil || codes[0] != c.code {
			t.Errorf("%s is %v, %v", c.name, codes, err)
		}
	}
	for _, name := range []string{"andrew k", "petr", "janx"} { // perhaps somebody known
		if codes, err := importPeople(t, m, o, name); codes[0] != "" || err == nil {
			t.Errorf("%s became %v", name, codes)
		}
	}
	if _, err := importPeople(t, m, o, "janx"); err == nil || !strings.Contains(err.Error(), "nearly that of P01.") || strings.Contains(err.Error(), "keeps no names") {
		t.Errorf("why it is asked: %v", err)
	}
	o.Participant = "P07"
	if codes, err := importPeople(t, m, o, "jan"); codes[0] != "" || err == nil || !strings.Contains(err.Error(), "P01") {
		t.Errorf("a known person under another code: %v, %v", codes, err)
	}
}

func TestANameThatCanNotBeKeptStopsItsSession(t *testing.T) {
	m := &memory{}
	codes, err := importPeople(t, m, Options{Keys: brokenKeys{}}, "jan")
	if codes[0] != "" || !errors.Is(err, errBroken) || len(m.sessions) != 0 {
		t.Errorf("%v, %v, %d sessions", codes, err, len(m.sessions))
	}
}

var errBroken = errors.New("no room")

type brokenKeys struct{}

func (brokenKeys) CodeOf(string) (string, bool)          { return "", false }
func (brokenKeys) Names(string) bool                     { return true }
func (brokenKeys) Alike(string) []string                 { return nil }
func (brokenKeys) Codes() []string                       { return nil }
func (brokenKeys) Record(string, string, []string) error { return errBroken }

// Whatever the imports, with a researcher who answers truly when asked, nobody
// has two codes and no code is of two people.
func TestEachPersonHasOneCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, truth := &memory{}, map[string]string{} // name to code
		withKeys := rapid.Bool().Draw(t, "key file")
		o := Options{Ask: func(q Question) (string, error) {
			if q.Person == "" {
				return "", errors.New("not known")
			}
			if code := truth[q.Person]; code != "" {
				return code, nil
			}
			return NewParticipant, nil
		}}
		if withKeys {
			o.Keys = &listKeys{codes: truth}
		}
		names := rapid.SampledFrom([]string{"ann", "bob", "cid", "dora", "emil"})
		for range rapid.IntRange(1, 6).Draw(t, "imports") {
			people := rapid.SliceOfN(names, 1, 4).Draw(t, "people")
			codes, err := importPeople(t, m, o, people...)
			if err != nil {
				t.Fatal(err)
			}
			for i, name := range people {
				if truth[name] != "" && truth[name] != codes[i] {
					t.Fatalf("%s is %s and %s", name, truth[name], codes[i])
				}
				truth[name] = codes[i]
			}
		}
		seen := map[string]string{}
		for name, code := range truth {
			if other := seen[code]; other != "" {
				t.Fatalf("%s is %s and %s", code, name, other)
			}
			seen[code] = name
		}
	})
}

// listKeys is a key file over a map of names to codes.
type listKeys struct{ codes map[string]string }

func (k *listKeys) CodeOf(person string) (string, bool) { c, ok := k.codes[person]; return c, ok }
func (k *listKeys) Alike(string) []string               { return nil }
func (k *listKeys) Names(code string) bool              { return slices.Contains(k.Codes(), code) }
func (k *listKeys) Codes() (out []string) {
	for _, c := range k.codes {
		out = append(out, c)
	}
	return out
}
func (k *listKeys) Record(code, person string, _ []string) error {
	if k.codes[person] != "" && k.codes[person] != code {
		return fmt.Errorf("%s is known as %s", person, k.codes[person])
	}
	k.codes[person] = code
	return nil
}

// A code that a mapping or a researcher gives does not bring somebody back who
// withdrew, unless it is said that it is somebody else.
func TestACodeThatMayHaveWithdrawnIsAskedAbout(t *testing.T) {
	m := &memory{people: []dataset.Participant{{ID: "P02"}}, gone: []time.Time{time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)}}
	_, err := importPeople(t, m, Options{Participant: "P01"}, "")
	if err == nil || !strings.Contains(err.Error(), "withdrew from it (last on 28 Nov 2026)") || len(m.sessions) != 0 {
		t.Fatalf("unasked: %v, %d sessions", err, len(m.sessions))
	}
	if codes, err := importPeople(t, m, Options{Participant: "P02"}, ""); err != nil || codes[0] != "P02" {
		t.Errorf("somebody the study has: %v, %v", codes, err)
	}
	asked := 0
	answering := func(key string) Options {
		return Options{Participant: "P01", Ask: func(q Question) (string, error) {
			if q.Topic != TopicWithdrawn {
				t.Errorf("asked about %s", q.Topic)
			}
			asked++
			return key, nil
		}}
	}
	if _, err := importPeople(t, m, answering(WhoWithdrew), ""); err == nil || len(m.sessions) != 1 {
		t.Errorf("who withdrew: %v, %d sessions", err, len(m.sessions))
	}
	codes, err := importPeople(t, m, answering(SomebodyElse), "", "")
	if err != nil || !slices.Equal(codes, []string{"P01", "P01"}) || asked != 2 {
		t.Errorf("somebody else: %v, %v, asked %d times", codes, err, asked)
	}
}

// sized is a unit whose files have a size, as far as an import looks at it.
func sized(u unit, bytes int64) unit {
	u.files = []*sourceFile{{path: "some/folder/file", shown: "some/folder/file", size: bytes}}
	return u
}

// A question at the end of a long read finds nobody at the screen.
func TestALongSourceIsAskedAboutBeforeItIsRead(t *testing.T) {
	for _, c := range []struct {
		bytes int64
		read  bool // before the question
	}{{longRead - 1, true}, {longRead, false}} {
		m := &memory{people: []dataset.Participant{{ID: "P01"}}}
		read, asked := false, false
		o := Options{Ask: func(Question) (string, error) {
			asked = true
			if read != c.read {
				t.Errorf("%d bytes: asked with the samples read: %v", c.bytes, read)
			}
			return NewParticipant, nil
		}}
		p, err := newPseudonyms(t.Context(), m, o)
		if err != nil {
			t.Fatal(err)
		}
		u := sized(unitOf("jan"), c.bytes)
		decode := u.decode
		u.decode = func(ctx context.Context, w *session) error {
			err := decode(ctx, w)
			read = true
			return err
		}
		done, err := importUnit(t.Context(), m, u, o, p, newMeter(nil, nil))
		if err != nil || done.Participant != "P02" || !asked || len(m.sessions) != 1 || m.sessions[0].Participant != "P02" {
			t.Errorf("%+v, %v, asked %v", done, err, asked)
		}
	}
}

func TestALongSourceThatIsLeftOutIsNotRead(t *testing.T) {
	m := &memory{people: []dataset.Participant{{ID: "P01"}}}
	o := Options{Ask: func(Question) (string, error) { return "", errors.New("left out") }}
	p, err := newPseudonyms(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	begun := len(m.sessions)
	if _, err := importUnit(t.Context(), m, sized(unitOf("jan"), longRead), o, p, newMeter(nil, nil)); err == nil || len(m.sessions) != begun {
		t.Errorf("%v, %d sessions", err, len(m.sessions))
	}
}

// What is refused whoever is asked is not read for an hour before.
func TestALongSourceOfSomebodyElseIsRefusedUnread(t *testing.T) {
	keys := &listKeys{codes: map[string]string{"jan": "P01"}}
	o := Options{Keys: keys, Participant: "P07"}
	m := &memory{people: []dataset.Participant{{ID: "P01"}}}
	p, err := newPseudonyms(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	read := false
	u := sized(unitOf("jan"), longRead)
	decode := u.decode
	u.decode = func(ctx context.Context, w *session) error {
		err := decode(ctx, w)
		read = err == nil
		return err
	}
	if _, err := importUnit(t.Context(), m, u, o, p, newMeter(nil, nil)); err == nil || read {
		t.Errorf("%v, read %v", err, read)
	}
}

func TestATypedCodeIsANewPersonsCode(t *testing.T) {
	m := &memory{people: []dataset.Participant{{ID: "P01"}}}
	for code, want := range map[string]string{"W07": "W07", " S 2 ": "S 2", "p01": "P01"} {
		o := Options{Ask: func(q Question) (string, error) {
			if !q.TakesCode {
				t.Error("the question takes no code")
			}
			return NewCode(code), nil
		}}
		if codes, err := importPeople(t, m, o, "jan"); err != nil || codes[0] != want {
			t.Errorf("%q became %v, %v", code, codes, err)
		}
	}
	if codes, err := importPeople(t, m, Options{Ask: func(Question) (string, error) { return NewCode(" "), nil }}, "jan"); err == nil {
		t.Errorf("no code became %v", codes)
	}
	keys := &listKeys{codes: map[string]string{"petra": "P09"}}
	if codes, err := importPeople(t, m, Options{Keys: keys, Ask: func(Question) (string, error) { return NewCode("P09"), nil }}, "jan"); err == nil || codes[0] != "" {
		t.Errorf("the code of another person became %v", codes)
	}
}

func TestAnEmptyStudyIsAskedAboutWhenThatIsWanted(t *testing.T) {
	var asked int
	o := Options{AskPerson: true, Ask: func(q Question) (string, error) { asked++; return NewCode("W01"), nil }}
	if codes, err := importPeople(t, &memory{}, o, "", ""); err != nil || !slices.Equal(codes, []string{"W01", "W01"}) || asked != 1 {
		t.Errorf("%v, %v, asked %d times", codes, err, asked)
	}
	if codes, err := importPeople(t, &memory{}, Options{AskPerson: true}, ""); err != nil || codes[0] != "P01" {
		t.Errorf("with nobody to ask: %v, %v", codes, err)
	}
}

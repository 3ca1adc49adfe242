package library

import (
	"cmp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/views/words"
)

// column is a column of the table.
type column int

// The columns, from left to right.
const (
	byPerson column = iota
	byNumber
	bySensors
	byLength
	byLabels
	byLabelled
	byFindings
	columns
)

// row is a session as the table shows it: every text is made once, so that
// drawing a row does no work.
type row struct {
	summary  dataset.SessionSummary
	person   string
	number   string
	sensors  string
	length   string
	labels   string
	labelled float64 // part of the length, 0..1
	chips    []chip
	findings int
	haystack string // what the filter searches, in lower case
}

// chip is a kind of finding with how many there are.
type chip struct {
	text    string
	warning bool
}

func newRow(s dataset.SessionSummary) row {
	r := row{
		summary: s,
		person:  string(s.Participant),
		number:  strconv.Itoa(s.Number),
		sensors: words.Placements(s.Sensors),
		length:  words.Length(s.Duration),
		labels:  words.Count(words.Sets(s)),
	}
	if s.Duration > 0 {
		r.labelled = min(s.LabelledS/s.Duration, 1)
	}
	kinds := make([]string, 0, len(s.FindingKinds))
	for k, n := range s.FindingKinds {
		kinds = append(kinds, k)
		r.findings += n
	}
	slices.SortFunc(kinds, func(a, b string) int { return cmp.Or(cmp.Compare(urgency(b), urgency(a)), cmp.Compare(a, b)) })
	for _, k := range kinds {
		text := FindingWord(k)
		if n := s.FindingKinds[k]; n > 1 {
			text += " ×" + words.Count(int64(n))
		}
		r.chips = append(r.chips, chip{text, urgency(k) > 0})
	}
	text := []string{r.person, "session " + r.number, r.sensors, strings.Join(s.Sensors, " "), s.Format, s.Source}
	for e := range s.Exercises {
		text = append(text, e)
	}
	for _, c := range r.chips {
		text = append(text, c.text)
	}
	r.haystack = strings.ToLower(strings.Join(text, "\n"))
	return r
}

// urgency puts findings that say that evidence is missing, or may stand on both
// sides of a split, before the rest.
func urgency(kind string) int {
	switch {
	case kind == dataset.FindingUnreadable, kind == dataset.FindingIdentity, kind == dataset.FindingTwin:
		return 2
	case words.Findings{Kind: kind}.Grave():
		return 1
	}
	return 0
}

// FindingWord is the word for a kind of finding.
func FindingWord(kind string) string { return words.FindingWord(kind) }

// table holds all sessions, and those that the filter leaves in the order asked
// for.
type table struct {
	all    []row
	shown  []int // indices into all
	filter string
	by     column
	down   bool
}

// set replaces the sessions, keeping filter and order.
func (t *table) set(sessions []dataset.SessionSummary) {
	t.all = make([]row, len(sessions))
	for i, s := range sessions {
		t.all[i] = newRow(s)
	}
	t.arrange()
}

// find shows the sessions in which every word of text occurs.
func (t *table) find(text string) {
	t.filter = strings.ToLower(strings.TrimSpace(text))
	t.arrange()
}

// sort orders by a column; the same column again turns the order round.
func (t *table) sort(by column) {
	if t.by == by {
		t.down = !t.down
	} else {
		// Numbers are asked for to find the largest, names to find the first.
		t.by, t.down = by, by != byPerson && by != byNumber && by != bySensors
	}
	t.arrange()
}

func (t *table) arrange() {
	words := strings.Fields(t.filter)
	t.shown = t.shown[:0]
	for i, r := range t.all {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(r.haystack, w) }) {
			t.shown = append(t.shown, i)
		}
	}
	sort.SliceStable(t.shown, func(a, b int) bool {
		x, y := t.all[t.shown[a]], t.all[t.shown[b]]
		if t.down {
			x, y = y, x
		}
		return t.compare(x, y) < 0
	})
}

func (t *table) compare(x, y row) int {
	natural := func() int {
		return cmp.Or(words.Natural(x.person, y.person), cmp.Compare(x.summary.Number, y.summary.Number))
	}
	switch t.by {
	case byNumber:
		return cmp.Compare(x.summary.Number, y.summary.Number)
	case bySensors:
		return cmp.Compare(x.sensors, y.sensors)
	case byLength:
		return cmp.Compare(x.summary.Duration, y.summary.Duration)
	case byLabels:
		return cmp.Compare(words.Sets(x.summary), words.Sets(y.summary))
	case byLabelled:
		return cmp.Compare(x.labelled, y.labelled)
	case byFindings:
		return cmp.Compare(x.findings, y.findings)
	}
	return natural()
}

// at is the i-th session shown.
func (t *table) at(i int) row { return t.all[t.shown[i]] }

// index is where a session is shown, -1 when it is not.
func (t *table) index(id dataset.SessionID) int {
	return slices.IndexFunc(t.shown, func(i int) bool { return t.all[i].summary.ID == id })
}

// totals says how much there is, of what is shown when a filter is set.
func (t *table) totals() string {
	people := map[dataset.ParticipantID]bool{}
	var seconds float64
	var labels int64
	for _, i := range t.shown {
		s := t.all[i].summary
		people[s.Participant] = true
		seconds += s.Duration
		labels += words.Sets(s)
	}
	data := map[string]any{"Sessions": words.Count(int64(len(t.shown))), "People": words.Count(int64(len(people))),
		"Time": words.Total(seconds), "Labels": words.Count(labels), "All": words.Count(int64(len(t.all)))}
	if len(t.shown) < len(t.all) {
		return lang.L("{{.Sessions}} of {{.All}} sessions, people: {{.People}}, {{.Time}}, sets: {{.Labels}}", data)
	}
	data["Sessions"] = words.Many(int64(len(t.shown)), lang.L("session"), lang.L("sessions"))
	data["People"] = words.Many(int64(len(people)), lang.L("person"), lang.L("people"))
	data["Labels"] = words.Many(labels, lang.L("set"), lang.L("sets"))
	return lang.L("{{.Sessions}}, {{.People}}, {{.Time}}, {{.Labels}}", data)
}

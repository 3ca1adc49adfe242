package words

import (
	"cmp"
	"fmt"
	"slices"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
)

// Findings are the findings of one kind, in order of time.
type Findings struct {
	Kind  string
	Pause bool // notes that span time: recording rested between sets
	List  []dataset.Finding
}

// GroupFindings puts findings together by kind. What a person has to judge,
// labels, clocks and notes, comes before gaps and pauses, of which a recording
// may have hundreds.
func GroupFindings(list []dataset.Finding) []Findings {
	var groups []Findings
	for _, f := range list {
		pause := f.Kind == dataset.FindingNote && f.LengthS > 0
		i := slices.IndexFunc(groups, func(g Findings) bool { return g.Kind == f.Kind && g.Pause == pause })
		if i < 0 {
			i = len(groups)
			groups = append(groups, Findings{Kind: f.Kind, Pause: pause})
		}
		groups[i].List = append(groups[i].List, f)
	}
	for _, g := range groups {
		slices.SortStableFunc(g.List, func(a, b dataset.Finding) int { return cmp.Compare(a.AtS, b.AtS) })
	}
	slices.SortStableFunc(groups, func(a, b Findings) int { return cmp.Compare(a.rank(), b.rank()) })
	return groups
}

func (g Findings) rank() int {
	if g.Pause {
		return 100
	}
	order := []string{dataset.FindingIdentity, dataset.FindingUnreadable, dataset.FindingTwin, dataset.FindingLabels, dataset.FindingUnknownName,
		dataset.FindingClock, dataset.FindingRepeats, dataset.FindingClipped, dataset.FindingNote, dataset.FindingGap}
	if i := slices.Index(order, g.Kind); i >= 0 {
		return i
	}
	return len(order) - 2
}

// Grave reports whether the findings say that evidence is missing, or that it
// may stand on both sides of a split.
func (g Findings) Grave() bool {
	switch g.Kind {
	case dataset.FindingGap, dataset.FindingUnreadable, dataset.FindingClipped, dataset.FindingIdentity, dataset.FindingTwin:
		return true
	}
	return false
}

// Seconds is how long the findings last together.
func (g Findings) Seconds() float64 {
	var sum float64
	for _, f := range g.List {
		sum += f.LengthS
	}
	return sum
}

// Summary says how many findings there are, how long gaps and pauses last
// together, and the first one in full.
func (g Findings) Summary() string {
	first := FindingText(g.List[0])
	n := int64(len(g.List))
	data := map[string]any{"N": Count(n), "S": inAll(g.Seconds()), "T": Length(g.Seconds()), "First": first}
	switch {
	case n == 1:
		return first
	case g.Pause:
		return lang.L("{{.N}} pauses, {{.T}} in all. First at {{.First}}", data)
	case g.Kind == dataset.FindingGap:
		return lang.L("{{.N}} gaps, {{.S}} s in all. First at {{.First}}", data)
	}
	return lang.L("{{.N}} times. First: {{.First}}", data)
}

// FindingText is what a finding says, with where it begins when it has a place.
func FindingText(f dataset.Finding) string {
	if f.AtS <= 0 && f.Sample <= 0 {
		return f.Message
	}
	return lang.L("{{.At}}: {{.What}}", map[string]any{"At": Moment(f.AtS), "What": f.Message})
}

// FindingWord is the word for a kind of finding.
func FindingWord(kind string) string {
	switch kind {
	case dataset.FindingRepeats:
		return lang.L("repeats dropped")
	case dataset.FindingUnknownName:
		return lang.L("unknown name")
	}
	return kind
}

// inAll is a sum of seconds, with what a short one needs to be told.
func inAll(seconds float64) string {
	if seconds < 1 {
		return fmt.Sprintf("%.2f", seconds)
	}
	return fmt.Sprintf("%.1f", seconds)
}

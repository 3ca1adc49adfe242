package train

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/training"
	"onset/views/grid"
	"onset/views/words"
)

// newFamily is the table of the candidates that searches remember.
func newFamily() *grid.Grid {
	g := grid.New([]grid.Column{
		{Title: lang.L("Candidate"), Weight: 2.4},
		{Title: lang.L("Place"), Width: 52, Numeric: true, Bold: true},
		{Title: lang.L("Macro-F1"), Width: 80, Numeric: true},
		{Title: lang.L("Accuracy"), Width: 80, Numeric: true},
		{Title: lang.L("Epochs"), Width: 62, Numeric: true, Muted: true},
		{Title: lang.L("By"), Weight: 0.8, Muted: true},
	})
	g.Heads = func(cells []string) bool { return len(cells) == familyColumns && cells[2] == "" }
	return g
}

// familyColumns is how many columns the table has; a heading row has no score.
const familyColumns = 6

// familyRows lists the ten best of all searches with their ancestors, each under
// the one it descends from. Scores are of inner folds, as the heading row says.
func familyRows(boards []training.Leaderboard) [][]string {
	var rows [][]string
	for _, b := range boards {
		rows = append(rows, []string{boardName(b), "", "", "", "", lang.L("on inner folds")})
		for _, j := range b.Judged[max(len(b.Judged)-1, 0):] {
			rows = append(rows,
				[]string{lang.L("found by the last search, on people it never saw"), "", score(j.MacroF1), score(j.Accuracy), "", lang.L("outer folds: {{.N}}", map[string]any{"N": j.Folds})},
				[]string{lang.L("its first candidate, on the same people"), "", score(j.DefaultMacroF1), score(j.DefaultAccuracy), "", ""})
		}
		place := map[string]int{}
		for i, e := range b.Best {
			place[e.Trial] = i + 1
		}
		children, known := map[string][]training.BoardEntry{}, map[string]bool{}
		for _, e := range b.Family {
			known[e.Trial] = true
		}
		for _, e := range b.Family {
			parent := ""
			if len(e.Parents) > 0 && known[e.Parents[0]] {
				parent = e.Parents[0]
			}
			children[parent] = append(children[parent], e)
		}
		var walk func(parent string, depth int)
		walk = func(parent string, depth int) {
			for _, e := range children[parent] {
				rows = append(rows, familyRow(e, place[e.Trial], depth))
				walk(e.Trial, depth+1)
			}
		}
		walk("", 1)
	}
	return rows
}

// mostIndent is how deep a descendant is set in at most.
const mostIndent = 8

func familyRow(e training.BoardEntry, place, depth int) []string {
	at := ""
	if place > 0 {
		at = fmt.Sprint(place)
	}
	return []string{strings.Repeat("   ", min(depth, mostIndent)) + e.Text, at, score(e.MacroF1), score(e.Accuracy), fmt.Sprint(e.Epochs), how(e.How)}
}

// how says in words what made a candidate.
func how(text string) string {
	switch text {
	case "base":
		return lang.L("first")
	case "memory":
		return lang.L("from memory")
	case "crossed":
		return lang.L("crossed")
	}
	return lang.L("changed: {{.What}}", map[string]any{"What": text})
}

func boardName(b training.Leaderboard) string {
	name := words.Sensors(b.SensorSet)
	if b.SensorSet.IsAny() {
		name = lang.L("any one accelerometer")
	}
	if b.Group != "" {
		name = lang.L("group {{.Group}}", map[string]any{"Group": b.Group}) + ", " + name
	}
	return name
}

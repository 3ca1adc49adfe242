package labeling

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"onset/dataset"
)

// States of a planned set.
const (
	PlannedDone    = "done"
	PlannedSkipped = "skipped" // what comes later in the plan is done, this is not
	PlannedNext    = "next"
	PlannedLater   = "later"
)

// PlannedSet is one set of a protocol and what became of it.
type PlannedSet struct {
	Exercise    string
	Set, Of     int // which of its exercise's sets, from 1
	Repetitions int // planned; 0 for any
	State       string
	Label       dataset.LabelID // the set that was done for it
	OutOfOrder  bool            // done, but not where the plan has it
}

// Standing is how a session stands to its protocol.
type Standing struct {
	Planned []PlannedSet
	Next    int               // index of the set to be done next; -1 when the plan is through
	Extra   []dataset.LabelID // sets that the plan does not have
}

// FollowProtocol holds the sets of a session, in order of time, against the
// plan. The longest run of planned sets that was done in their order counts as
// done so; of the others, one that a planned set is left for counts for that and
// is out of order, and the rest are extra.
func FollowProtocol(plan []dataset.PlannedExercise, sets []dataset.Label) Standing {
	var s Standing
	for _, step := range plan {
		for i := range step.Sets {
			s.Planned = append(s.Planned, PlannedSet{Exercise: step.Exercise, Set: i + 1, Of: step.Sets, Repetitions: step.Repetitions})
		}
	}
	sets = slices.DeleteFunc(slices.Clone(sets), func(l dataset.Label) bool { return l.Kind != dataset.KindExercise })
	used := make([]bool, len(sets))
	last := -1
	for _, p := range inOrder(s.Planned, sets) {
		s.Planned[p[0]].Label, used[p[1]] = sets[p[1]].ID, true
		last = max(last, p[0])
	}
	for j, l := range sets {
		if used[j] {
			continue
		}
		i := slices.IndexFunc(s.Planned, func(p PlannedSet) bool { return p.Label == "" && p.Exercise == l.Exercise })
		if i < 0 {
			s.Extra = append(s.Extra, l.ID)
			continue
		}
		s.Planned[i].Label, s.Planned[i].OutOfOrder = l.ID, true
	}
	s.Next = -1
	for i := range s.Planned {
		p := &s.Planned[i]
		switch {
		case p.Label != "":
			p.State = PlannedDone
		case i < last:
			p.State = PlannedSkipped
		case s.Next < 0:
			p.State, s.Next = PlannedNext, i
		default:
			p.State = PlannedLater
		}
	}
	return s
}

// inOrder is a longest common subsequence of planned and done sets, as pairs of
// indices.
func inOrder(planned []PlannedSet, done []dataset.Label) [][2]int {
	n, m := len(planned), len(done)
	length := make([][]int, n+1)
	for i := range length {
		length[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if planned[i].Exercise == done[j].Exercise {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var out [][2]int
	for i, j := 0, 0; i < n && j < m; {
		switch {
		case planned[i].Exercise == done[j].Exercise:
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case length[i][j+1] >= length[i+1][j]:
			j++
		default:
			i++
		}
	}
	return out
}

// ParseProtocol reads a plan: an exercise on each line, with its number of sets
// and, where they are planned, of repetitions, such as "3 x 10 biceps-curl",
// "3 biceps-curl" or "biceps-curl". resolve turns names into catalogue ids.
// Empty lines and those that begin with # are passed over; an error names the
// line.
func ParseProtocol(text string, resolve func(name, group string) (id string, known bool)) ([]dataset.PlannedExercise, error) {
	var out []dataset.PlannedExercise
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		step, err := parsePlanned(line, resolve)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		out = append(out, step)
	}
	return out, nil
}

func parsePlanned(line string, resolve func(name, group string) (string, bool)) (dataset.PlannedExercise, error) {
	step := dataset.PlannedExercise{Sets: 1}
	fields := strings.Fields(strings.ReplaceAll(line, "×", " x "))
	var numbers []int
	for len(fields) > 0 {
		word := strings.ToLower(fields[0])
		if word == "x" {
			fields = fields[1:]
			continue
		}
		if v, err := strconv.Atoi(strings.TrimSuffix(word, "x")); err == nil {
			numbers, fields = append(numbers, v), fields[1:]
			continue
		}
		break
	}
	switch len(numbers) {
	case 2:
		step.Repetitions = numbers[1]
		fallthrough
	case 1:
		step.Sets = numbers[0]
	case 0:
	default:
		return step, fmt.Errorf("%q has more than two numbers", line)
	}
	if step.Sets < 1 || step.Sets > 100 || step.Repetitions < 0 || step.Repetitions > 10_000 {
		return step, fmt.Errorf("%q: 1 to 100 sets of at most 10000 repetitions", line)
	}
	name := strings.Join(fields, " ")
	if name == "" {
		return step, fmt.Errorf("%q names no exercise", line)
	}
	id, known := resolve(name, "")
	if !known {
		return step, fmt.Errorf("no exercise of the catalogue is called %q", name)
	}
	step.Exercise = id
	return step, nil
}

// FormatProtocol writes a plan as ParseProtocol reads it.
func FormatProtocol(plan []dataset.PlannedExercise) string {
	var b strings.Builder
	for _, p := range plan {
		fmt.Fprintf(&b, "%d x ", p.Sets)
		if p.Repetitions > 0 {
			fmt.Fprintf(&b, "%d ", p.Repetitions)
		}
		b.WriteString(p.Exercise + "\n")
	}
	return b.String()
}

// ProtocolOf is the plan that a session's sets would have followed.
func ProtocolOf(sets []dataset.Label) []dataset.PlannedExercise {
	var out []dataset.PlannedExercise
	for _, l := range sets {
		if l.Kind != dataset.KindExercise {
			continue
		}
		if k := len(out) - 1; k >= 0 && out[k].Exercise == l.Exercise {
			out[k].Sets++
			continue
		}
		out = append(out, dataset.PlannedExercise{Exercise: l.Exercise, Sets: 1})
	}
	return out
}

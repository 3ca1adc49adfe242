package scenarios

import (
	"context"
	"slices"
	"strings"

	"onset/replay/dose"
	"onset/replay/order"
)

// Count is how many guesses were right, of how many.
type Count struct {
	Right int `json:"right"`
	Of    int `json:"of"`
}

func (c *Count) add(right bool) {
	c.Of++
	if right {
		c.Right++
	}
}

// Report compares the predictors with the reference on the same sets, each
// guessed before it was seen.
type Report struct {
	Sets int `json:"sets"`
	// Next counts the first guesses at the next exercise; its Of is Sets.
	Next Count `json:"next"`
	// Values counts repetitions and weights predicted exactly (to 0.01), over
	// those that the logs hold.
	Values Count `json:"values"`
	// Duration and Rest count those predicted exactly; Of is how many the logs hold.
	Duration  Pair             `json:"duration"`
	Rest      Pair             `json:"rest"`
	Reference Reference        `json:"reference"`
	Quantity  map[string]Pair  `json:"quantity"` // each quantity on its own, durations and intensities too
	Folders   map[string]Score `json:"folders"`
	// NeverSeen is how many sets are the first ever of their exercise in their
	// folder.
	NeverSeen int      `json:"never_seen"`
	Notes     []string `json:"notes"`
}

// Reference is what the earlier system's algorithms got on the same sets.
type Reference struct {
	NextRight int `json:"next_right"`
	// NextLiteral is another reading of the same method. What it does with equals,
	// and where nothing is foretold, is not written down: NextRight takes the first
	// by name, which gives the scores published with it; NextLiteral takes what was
	// done last.
	NextLiteral int `json:"next_right_literal"`
	ValuesRight int `json:"values_right"`
}

// Pair is a count beside the reference's.
type Pair struct {
	Count
	Reference int `json:"reference_right"`
}

// Score is one folder's part of the report.
type Score struct {
	Sets      int       `json:"sets"`
	Next      Count     `json:"next"`
	Values    Count     `json:"values"`
	Reference Reference `json:"reference"`
}

// fits says whether an exercise suits a kind of workout: its muscle group is
// among those that the kind names ("resistanceTargeted:arms,chest" and
// "resistanceTargeted:arms/curl").
func fits(kind, exercise string) bool {
	_, groups, _ := strings.Cut(kind, ":")
	_, rest, _ := strings.Cut(exercise, ":")
	group, _, ok := strings.Cut(rest, "/")
	if !ok {
		group, _, _ = strings.Cut(exercise, ":")
		groups, _, _ = strings.Cut(kind, ":")
	}
	for g := range strings.SplitSeq(groups, ",") {
		if strings.TrimSpace(g) == group {
			return true
		}
	}
	return false
}

// Run replays the folders in turn, each as one person, workouts in order,
// predicting every set before it is told.
func Run(ctx context.Context, folders []Folder) (Report, error) {
	r := Report{Quantity: map[string]Pair{}, Folders: map[string]Score{}}
	next := order.New(order.NewVocabulary(), order.Default(), fits)
	doses := dose.New()
	for _, f := range folders {
		score, err := r.folder(ctx, f, next, doses)
		if err != nil {
			return r, err
		}
		r.Folders[f.Name] = score
		r.Sets += score.Sets
		r.Next.Right += score.Next.Right
		r.Next.Of += score.Next.Of
		r.Values.Right += score.Values.Right
		r.Values.Of += score.Values.Of
		r.Reference.NextRight += score.Reference.NextRight
		r.Reference.NextLiteral += score.Reference.NextLiteral
		r.Reference.ValuesRight += score.Reference.ValuesRight
	}
	r.Duration, r.Rest = r.Quantity[dose.Duration.String()], r.Quantity[dose.Rest.String()]
	r.Notes = []string{"Values are repetitions and weight, as the earlier system's labels were counted."}
	for q, of := range map[string]int{"duration": r.Duration.Of, "rest": r.Rest.Of} {
		if of == 0 {
			r.Notes = append(r.Notes, "The logs hold no "+q+".")
		}
	}
	slices.Sort(r.Notes)
	return r, nil
}

func (r *Report) folder(ctx context.Context, f Folder, next *order.Predictor, doses *dose.Predictor) (Score, error) {
	var s Score
	chains, labels := map[string]*referenceChain{}, map[string]*referenceDose{}
	seen := map[string]bool{}
	for _, w := range f.Workouts {
		if err := ctx.Err(); err != nil {
			return s, err
		}
		if chains[w.Kind] == nil {
			chains[w.Kind], labels[w.Kind] = newReferenceChain(), newReferenceDose()
		}
		chain, label := chains[w.Kind], labels[w.Kind]
		label.begin()
		next.Begin(order.Who{Person: f.Name}, w.Kind)
		doses.Begin(f.Name, w.Kind)
		for _, set := range w.Sets {
			s.Sets++
			s.Next.add(next.Best() == set.Exercise)
			if chain.next() == set.Exercise {
				s.Reference.NextRight++
			}
			if chain.nextLiteral() == set.Exercise {
				s.Reference.NextLiteral++
			}
			if !seen[set.Exercise] {
				seen[set.Exercise] = true
				r.NeverSeen++
			}
			r.values(&s, set, doses.Next(set.Exercise), label)
			next.Observe(set.Exercise)
			doses.Observe(set.Exercise, set.Dose)
			chain.insert(set.Exercise)
			label.observe(set.Exercise, set.Dose)
		}
		next.End()
		doses.End()
		label.end()
	}
	return s, nil
}

// values scores the guesses at one set's quantities.
func (r *Report) values(s *Score, set Set, guess dose.Dose, label *referenceDose) {
	for q := range dose.Quantities {
		actual, has := set.Dose.Get(q)
		if !has {
			continue
		}
		g, ok := guess.Get(q)
		right := ok && dose.Same(g, actual)
		g, ok = label.predict(set.Exercise, q)
		reference := 0
		if ok && dose.Same(g, actual) {
			reference = 1
		}
		pair := r.Quantity[q.String()]
		pair.add(right)
		pair.Reference += reference
		r.Quantity[q.String()] = pair
		if q == dose.Repetitions || q == dose.Weight {
			s.Values.add(right)
			s.Reference.ValuesRight += reference
		}
	}
}

package training

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"onset/dataset"
	"onset/training/stats"
)

// Tests are the statistics of a comparison of two models. The unit is the
// participant, but for McNemar's test, which counts sets.
type Tests struct {
	MacroF1  stats.SignedRank `json:"macro_f1"` // Wilcoxon on participants' macro-F1, B minus A
	Accuracy stats.SignedRank `json:"accuracy"`
	// Posterior is the Bayesian correlated t-test on the folds' macro-F1, when
	// both models were judged on the same folds.
	Posterior *stats.Posterior `json:"posterior,omitempty"`
	// McNemar counts sets that only one model got right; only for windows that
	// don't overlap.
	McNemar *stats.Disagreement `json:"mcnemar,omitempty"`
	// Saying is the outcome in sentences.
	Saying []string `json:"saying"`
}

// practicallyEqual is the difference of macro-F1 below which two models count as
// the same.
const practicallyEqual = 0.01

// testsOf compares two results that are of the same moments.
func testsOf(a, b *Result, pairs []PairedScore) (*Tests, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	var f1A, f1B, accA, accB []float64
	for _, p := range pairs {
		f1A, f1B = append(f1A, p.MacroF1A), append(f1B, p.MacroF1B)
		accA, accB = append(accA, p.AccuracyA), append(accB, p.AccuracyB)
	}
	t := &Tests{}
	var err error
	if t.MacroF1, err = stats.Wilcoxon(f1B, f1A); err != nil {
		return nil, fmt.Errorf("comparing macro-F1: %w", err)
	}
	if t.Accuracy, err = stats.Wilcoxon(accB, accA); err != nil {
		return nil, fmt.Errorf("comparing accuracy: %w", err)
	}
	if sameFolds(a, b) && len(a.Folds) > 1 {
		var d []float64
		for i := range a.Folds {
			d = append(d, b.Folds[i].MacroF1-a.Folds[i].MacroF1)
		}
		p, err := stats.CorrelatedT(d, 1/float64(len(d)), practicallyEqual)
		if err != nil {
			return nil, fmt.Errorf("comparing folds: %w", err)
		}
		t.Posterior = &p
	}
	if strings.Contains(a.Unit, "at the onset") {
		if t.McNemar, err = mcnemar(a, b); err != nil {
			return nil, err
		}
	}
	t.say()
	return t, nil
}

func sameFolds(a, b *Result) bool {
	if len(a.Folds) != len(b.Folds) {
		return false
	}
	for i := range a.Folds {
		if strings.Join(a.Folds[i].HeldOut, "\x00") != strings.Join(b.Folds[i].HeldOut, "\x00") {
			return false
		}
	}
	return true
}

// moment names a judged window whatever the sensors and length.
type moment struct {
	session dataset.SessionID
	start   float64
	truth   int
}

func mcnemar(a, b *Result) (*stats.Disagreement, error) {
	right := map[moment]bool{}
	for _, p := range a.Predictions {
		right[moment{p.Session, p.StartS, p.Truth}] = p.Predicted == p.Truth
	}
	onlyA, onlyB := 0, 0
	for _, p := range b.Predictions {
		inA, inB := right[moment{p.Session, p.StartS, p.Truth}], p.Predicted == p.Truth
		if inA && !inB {
			onlyA++
		} else if inB && !inA {
			onlyB++
		}
	}
	d, err := stats.McNemar(onlyA, onlyB)
	if err != nil {
		return nil, fmt.Errorf("comparing sets: %w", err)
	}
	return &d, nil
}

// say puts the tests in words.
func (t *Tests) say() {
	w := t.MacroF1
	t.Saying = append(t.Saying, fmt.Sprintf("Macro-F1 of %d participants: B is %+.3f against A in the middle (Hodges-Lehmann), Wilcoxon signed-rank p = %.3g, effect %+.2f.",
		w.Pairs, w.Median, w.P, w.Effect))
	t.Saying = append(t.Saying, Bound(w))
	if p := t.Posterior; p != nil {
		t.Saying = append(t.Saying, fmt.Sprintf("Over the folds B is better with probability %.2f, A with %.2f, and they are within %g of one another with %.2f.",
			p.Above, p.Below, practicallyEqual, p.Rope))
	}
	if d := t.McNemar; d != nil {
		t.Saying = append(t.Saying, fmt.Sprintf("%d sets only A got right, %d only B (McNemar mid-p = %.3g; it takes sets as independent, which those of one person are not quite).",
			d.OnlyA, d.OnlyB, d.MidP))
	}
}

// Ranking compares several models by their participants' macro-F1.
type Ranking struct {
	Models       []ModelSummary          `json:"models"`
	Participants []dataset.ParticipantID `json:"participants"`
	Scores       [][]float64             `json:"scores"` // [participant][model] macro-F1
	Friedman     stats.RankTest          `json:"friedman"`
	Pairs        []stats.Pair            `json:"pairs"` // Wilcoxon with Holm's correction
	// CriticalDifference of mean ranks at level Alpha, and the groups of models
	// that lie within it, for a critical-difference plot.
	CriticalDifference float64 `json:"critical_difference"`
	Alpha              float64 `json:"alpha"`
	Cliques            [][]int `json:"cliques"`
	Caution            string  `json:"caution,omitempty"`
	// Repeats are models that gave the very same probabilities for the same windows
	// as one that is ranked: trainings done twice. Each counts once.
	Repeats []Repeat `json:"repeats,omitempty"`
}

// Repeat is a model that is another over again.
type Repeat struct {
	Model string `json:"model"`
	Of    string `json:"of"`
}

// sameAnswers reports whether two results are the same model's: bit by bit the
// same probabilities for the same windows, with some to tell.
func sameAnswers(a, b *Result) bool {
	return len(a.Predictions) > 0 && slices.EqualFunc(a.Predictions, b.Predictions, func(x, y Prediction) bool {
		return x.Session == y.Session && x.StartS == y.StartS && x.Truth == y.Truth && slices.Equal(x.P, y.P)
	})
}

// repeatOf is the id of the result among several that another repeats; "" if none.
func repeatOf(among []*Result, r *Result) string {
	for _, other := range among {
		if sameAnswers(other, r) {
			return other.Model
		}
	}
	return ""
}

// rankingAlpha is the level of the critical difference.
const rankingAlpha = 0.05

// Rank compares two or more models of the study on the participants that all of
// them were judged on. A model that repeats an earlier one is left out.
func Rank(ctx context.Context, store Store, ids []string) (*Ranking, error) {
	if len(ids) < 2 {
		return nil, fmt.Errorf("ranking: %d models, at least two are needed", len(ids))
	}
	var results []*Result
	var repeats []Repeat
	for _, id := range ids {
		result, _, err := judged(ctx, store, id)
		if err != nil {
			return nil, err
		}
		if of := repeatOf(results, result); of != "" {
			repeats = append(repeats, Repeat{Model: result.Model, Of: of})
			continue
		}
		results = append(results, result)
	}
	if len(results) < 2 {
		return nil, fmt.Errorf("ranking: the %d models are one and the same, trained over again: there is nothing to rank: %w", len(ids), dataset.ErrBadRequest)
	}
	return rank(results, repeats)
}

// rank ranks results that are all of different models.
func rank(results []*Result, repeats []Repeat) (*Ranking, error) {
	r := &Ranking{Alpha: rankingAlpha, Repeats: repeats}
	scores := map[dataset.ParticipantID][]float64{}
	first := results[0]
	for i, result := range results {
		if ok, why := comparable(first, result); !ok && r.Caution == "" {
			r.Caution = fmt.Sprintf("Model %s against %s: %s", result.Model, first.Model, why)
		}
		r.Models = append(r.Models, summaryOf(result))
		for _, p := range result.Participants {
			if len(scores[p.Participant]) == i {
				scores[p.Participant] = append(scores[p.Participant], p.MacroF1)
			}
		}
	}
	for _, p := range first.Participants {
		if s := scores[p.Participant]; len(s) == len(results) {
			r.Participants, r.Scores = append(r.Participants, p.Participant), append(r.Scores, s)
		}
	}
	var err error
	if r.Friedman, err = stats.Friedman(r.Scores); err != nil {
		return nil, fmt.Errorf("ranking: %w", err)
	}
	if r.Pairs, err = stats.Pairs(r.Scores); err != nil {
		return nil, fmt.Errorf("ranking: %w", err)
	}
	r.CriticalDifference = stats.CriticalDifference(len(results), len(r.Participants), rankingAlpha)
	r.Cliques = stats.Cliques(r.Friedman.MeanRanks, r.CriticalDifference)
	return r, nil
}

// mostRanked is how many models a ranking of all takes, the best by macro-F1.
const mostRanked = 10

// RankAlike ranks a model with all others of the study that were judged on the
// same moments in the same way. Trainings done over again count once.
func RankAlike(ctx context.Context, store Store, id string) (*Ranking, error) {
	first, _, err := judged(ctx, store, id)
	if err != nil {
		return nil, err
	}
	rows, err := store.Models(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing models: %w", err)
	}
	slices.SortStableFunc(rows, func(a, b dataset.ModelRow) int { return compare(b.MacroF1, a.MacroF1) })
	results := []*Result{first}
	var repeats []Repeat
	for _, row := range rows {
		if row.ID == first.Model {
			continue
		}
		other, _, err := judged(ctx, store, row.ID)
		if err != nil {
			continue
		}
		if ok, _ := comparable(first, other); !ok {
			continue
		}
		if of := repeatOf(results, other); of != "" {
			repeats = append(repeats, Repeat{Model: other.Model, Of: of})
		} else if len(results) < mostRanked {
			results = append(results, other)
		}
	}
	if len(results) < 2 {
		return nil, fmt.Errorf("no other model was judged on the same moments as %s in the same way, but for %d that repeat it: %w", first.Model, len(repeats), dataset.ErrBadRequest)
	}
	return rank(results, repeats)
}

// Spread is a score over participants.
type Spread struct {
	Mean float64         `json:"mean"`
	SD   float64         `json:"sd"`
	Min  float64         `json:"min"`
	CI   *stats.Interval `json:"ci95,omitempty"` // bootstrap over participants; absent with fewer than 3
	N    int             `json:"n,omitempty"`    // participants; 0 in results of older versions
}

// Rounds of the bootstrap and its seed: a score is the same whenever it is
// asked for.
const (
	bootstrapRounds = 2000
	bootstrapSeed   = 1
)

// spreadOf sums up one value per participant.
func spreadOf(values []float64) Spread {
	s := Spread{N: len(values)}
	if len(values) == 0 {
		return s
	}
	s.Min = math.Inf(1)
	for _, v := range values {
		s.Mean += v
		s.Min = min(s.Min, v)
	}
	s.Mean /= float64(len(values))
	for _, v := range values {
		s.SD += (v - s.Mean) * (v - s.Mean)
	}
	if len(values) > 1 {
		s.SD = math.Sqrt(s.SD / float64(len(values)-1))
	} else {
		s.SD = 0
	}
	if len(values) >= 3 {
		if ci, err := stats.BootstrapMean(values, 0.95, bootstrapRounds, bootstrapSeed); err == nil && !math.IsNaN(ci.Lo) && !math.IsNaN(ci.Hi) {
			s.CI = &ci
		}
	}
	return s
}

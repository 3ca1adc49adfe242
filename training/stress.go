package training

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"onset/dataset"
	"onset/training/stats"
)

// Stress is how a config stands what it should and what it should not.
type Stress struct {
	Run  string `json:"run"`
	Unit string `json:"unit_of_analysis"`
	// Shifts are scores with the judged windows moved against their labels; the
	// models learnt from windows in their places.
	Shifts []ShiftPoint `json:"shifts"`
	// Shuffled are scores of models that were taught shuffled labels. They must
	// not be better than guessing.
	Shuffled []ShufflePoint `json:"shuffled"`
}

// ShiftPoint is the score with judged windows moved by so much. Windows that
// would begin before their recording, or end after it, are left out; Same is the
// unmoved score of the same windows. Without any window there are no scores, and
// Why says so.
type ShiftPoint struct {
	Seconds      float64  `json:"seconds"`
	Windows      int      `json:"windows"`
	Accuracy     *float64 `json:"accuracy"`
	MacroF1      *float64 `json:"macro_f1"`
	SameAccuracy *float64 `json:"same_accuracy"`
	SameMacroF1  *float64 `json:"same_macro_f1"`
	Why          string   `json:"why,omitempty"`
}

// ShufflePoint is one shuffling.
type ShufflePoint struct {
	Seed     uint64  `json:"seed"`
	Windows  int     `json:"windows"`
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	// Chance is the expected accuracy of guessing by the shuffled labels' shares,
	// and Guessing the interval that 95 of 100 guessers fall in.
	Chance   float64        `json:"chance"`
	Guessing stats.Interval `json:"guessing95"`
	// Within says that Accuracy is not above the interval. Below it is no leak: the
	// classes of those held out are a little rarer among those learnt from.
	Within bool `json:"within"`
}

// Shifts are the movements of a stress test unless others are asked for, in
// seconds.
func Shifts() []float64 { return []float64{-0.2, -0.1, -0.05, 0.05, 0.1, 0.2} }

// StressTest judges a config on moved windows and, so many times, on shuffled labels,
// and keeps the outcome as a run.
func StressTest(ctx context.Context, store Store, cfg Config, shifts []float64, shuffles int, o Options, observe func(Progress)) (*Stress, error) {
	o = o.withDefaults()
	begin := o.Now()
	if observe == nil {
		observe = func(Progress) {}
	}
	parts := 1 + shuffles
	stage := stages(observe, parts)
	t, err := prepare(ctx, store, cfg, stage(0))
	if err != nil {
		return nil, err
	}
	out := &Stress{Unit: t.result.Unit, Shifts: []ShiftPoint{}, Shuffled: []ShufflePoint{}}
	if len(shifts) > 0 {
		if out.Shifts, err = t.shifted(ctx, store, shifts, o.Parallel); err != nil {
			return nil, err
		}
	}
	for k := range shuffles {
		p, err := shuffled(ctx, t.set, cfg, subSeed(cfg.Fit.Seed, 500+k), o.Parallel, stage(k+1))
		if err != nil {
			return nil, fmt.Errorf("shuffled labels: %w", err)
		}
		out.Shuffled = append(out.Shuffled, p)
	}
	return out, keepRun(ctx, store, "stress", cfg, t.set.Hash, begin, o, &out.Run, out)
}

// shifted judges moved windows by the folds' models.
func (t *run) shifted(ctx context.Context, store Store, shifts []float64, parallel int) ([]ShiftPoint, error) {
	if t.cfg.Data.At != AtOnset {
		return nil, bad("data.at", `only windows at the onset can be moved against it, not %q`, t.cfg.Data.At)
	}
	if t.cfg.Data.Person != PersonNone {
		return nil, bad("data.person", "moved windows can't be scaled by a person's own")
	}
	moved := make([]map[dataset.LabelID][]float32, len(shifts))
	for i, s := range shifts {
		set, err := readShifted(ctx, store, t.cfg, s, nil)
		if errors.Is(err, errNoWindow) { // every recording begins at its onset
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("windows moved by %g s: %w", s, err)
		}
		moved[i] = map[dataset.LabelID][]float32{}
		for k, e := range set.Examples {
			if !e.Extra {
				moved[i][e.Label] = set.Windows[k]
			}
		}
	}
	before := make([]Confusion, len(shifts))
	after := make([]Confusion, len(shifts))
	for i := range shifts {
		before[i], after[i] = NewConfusion(t.set.Classes), NewConfusion(t.set.Classes)
	}
	t.fitted = make([]brain, len(t.split.folds))
	if err := t.judge(ctx, parallel); err != nil {
		return nil, err
	}
	for k, f := range t.split.folds {
		for i := range shifts {
			for _, e := range f.test {
				w, ok := moved[i][t.set.Examples[e].Label]
				if !ok {
					continue
				}
				logits, err := t.fitted[k].logits([][]float32{w})
				if err != nil {
					return nil, err
				}
				truth := t.set.Examples[e].Class
				after[i].Add(truth, argmax(logits[0]))
				before[i].Add(truth, argmax(t.logits[e]))
			}
		}
	}
	out := make([]ShiftPoint, len(shifts))
	for i, s := range shifts {
		out[i] = shiftPoint(s, before[i], after[i])
	}
	return out, nil
}

// shiftPoint is the score of windows moved by s seconds, and of the same unmoved.
func shiftPoint(s float64, before, after Confusion) ShiftPoint {
	p := ShiftPoint{Seconds: s, Windows: after.N()}
	if p.Windows == 0 {
		p.Why = "no recording has the moved window: recordings begin at the onset"
		if s > 0 {
			p.Why = "no recording has the moved window: recordings end with it"
		}
		return p
	}
	of := func(v float64) *float64 { return &v }
	p.Accuracy, p.MacroF1, p.SameAccuracy, p.SameMacroF1 = of(after.Accuracy()), of(after.MacroF1()), of(before.Accuracy()), of(before.MacroF1())
	return p
}

// shuffled judges models that learn from, and are judged by, labels that were
// dealt out anew within each person. Everything else, choosing included, is as in
// a training.
func shuffled(ctx context.Context, set *WindowSet, cfg Config, seed uint64, parallel int, observe func(Progress)) (ShufflePoint, error) {
	dealt := *set
	dealt.Examples = slices.Clone(set.Examples)
	rng := rand.New(rand.NewPCG(seed, 0x5aff1e))
	type key struct {
		person dataset.ParticipantID
		label  dataset.LabelID
		at     float64 // where labels have no id
	}
	of := func(e Example) key {
		k := key{e.Participant, e.Label, 0}
		if e.Label == "" {
			k.at = e.StartS
		}
		return k
	}
	var people []dataset.ParticipantID
	keys, classes := map[dataset.ParticipantID][]key{}, map[key]int{}
	for _, e := range set.Examples {
		k := of(e)
		if _, seen := classes[k]; seen {
			continue
		}
		if keys[e.Participant] == nil {
			people = append(people, e.Participant)
		}
		keys[e.Participant], classes[k] = append(keys[e.Participant], k), e.Class
	}
	for _, p := range people {
		own := keys[p]
		rng.Shuffle(len(own), func(i, j int) { classes[own[i]], classes[own[j]] = classes[own[j]], classes[own[i]] })
	}
	for i, e := range dealt.Examples {
		dealt.Examples[i].Class = classes[of(e)]
	}
	t, err := newRun(&dealt, cfg, observe)
	if err != nil {
		return ShufflePoint{}, err
	}
	if err := t.judge(ctx, parallel); err != nil {
		return ShufflePoint{}, err
	}
	p := ShufflePoint{Seed: seed, Windows: t.result.Windows, Accuracy: t.result.Accuracy, MacroF1: t.result.MacroF1}
	p.Chance, p.Guessing = guessing(t.result, rng)
	p.Within = p.Accuracy <= p.Guessing.Hi+1e-12
	return p, nil
}

const guessers = 2000

// guessing deals a result's own answers out anew many times: the accuracy of
// somebody who gives each answer as often, but knows nothing.
func guessing(r *Result, rng *rand.Rand) (mean float64, ci stats.Interval) {
	answers := make([]int, len(r.Predictions))
	for i, p := range r.Predictions {
		answers[i] = p.Predicted
	}
	scores := make([]float64, guessers)
	for g := range scores {
		rng.Shuffle(len(answers), func(i, j int) { answers[i], answers[j] = answers[j], answers[i] })
		right := 0
		for i, p := range r.Predictions {
			if p.Truth == answers[i] {
				right++
			}
		}
		scores[g] = float64(right) / float64(len(answers))
		mean += scores[g] / guessers
	}
	slices.Sort(scores)
	ci.Lo, ci.Hi = scores[guessers*25/1000], scores[guessers*975/1000]
	return mean, ci
}

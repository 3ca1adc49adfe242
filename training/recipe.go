package training

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// recipe is one way to make a model: the config's own, or a candidate.
type recipe struct {
	name    string
	cfg     Config
	m       *material
	learner learner
	average []int // of these recipes; then there is no learner
}

// newRecipes prepares the config's candidates, or the config itself.
func newRecipes(set *WindowSet, cfg Config) ([]recipe, error) {
	shared := map[string]*material{}
	one := func(name string, cfg Config) (recipe, error) {
		r := recipe{name: name, cfg: cfg}
		var err error
		if r.m = shared[cfg.Data.Orientation]; r.m == nil {
			if r.m, err = newMaterial(set, cfg.Data.Orientation); err != nil {
				return r, err
			}
			shared[cfg.Data.Orientation] = r.m
		}
		r.learner, err = newLearner(cfg, set)
		return r, err
	}
	if len(cfg.Candidates) == 0 {
		r, err := one("", cfg)
		return []recipe{r}, err
	}
	var out []recipe
	for _, k := range cfg.Candidates {
		r, err := recipe{name: k.Name, cfg: cfg.with(k)}, error(nil)
		if len(k.Average) == 0 {
			r, err = one(k.Name, r.cfg)
		}
		if err != nil {
			return nil, fmt.Errorf("candidate %q: %w", k.Name, err)
		}
		for _, member := range k.Average {
			r.average = append(r.average, slices.IndexFunc(cfg.Candidates, func(c Candidate) bool { return c.Name == member }))
		}
		out = append(out, r)
	}
	return out, nil
}

// admits leaves out the extra windows that the recipe does not ask for.
func (r recipe) admits(set *WindowSet, indices []int) []int {
	a := r.cfg.Augment
	var out []int
	for _, i := range indices {
		if e := set.Examples[i]; !e.Extra || e.offset >= -a.LeadS-1e-6 && e.offset <= a.CropS+1e-6 {
			out = append(out, i)
		}
	}
	return out
}

// inner is what a recipe shows on the validation parts of a training side.
type inner struct {
	brain       brain // fitted without the last part
	epochs      int
	curve       []CurvePoint
	temperature float64
	logits      [][]float64
	truth       []int
	indices     []int // of the examples
}

// InnerScore is how a candidate did on the validation parts of a training side.
type InnerScore struct {
	Name     string  `json:"name"`
	LogLoss  float64 `json:"log_loss"`
	MacroF1  float64 `json:"macro_f1"`
	Accuracy float64 `json:"accuracy"`
}

func (in inner) score(name string, classes []string) InnerScore {
	c := NewConfusion(classes)
	for i, row := range in.logits {
		c.Add(in.truth[i], argmax(row))
	}
	return InnerScore{Name: name, LogLoss: logLoss(in.logits, in.truth, in.temperature), MacroF1: c.MacroF1(), Accuracy: c.Accuracy()}
}

// better reports whether a is to be preferred to b.
func (a InnerScore) better(b InnerScore, by string) bool {
	switch by {
	case ChooseAccuracy:
		return a.Accuracy > b.Accuracy
	case ChooseMacroF1:
		return a.MacroF1 > b.MacroF1
	}
	return a.LogLoss < b.LogLoss
}

// tryOut fits a recipe without each part and predicts it.
func (t *run) tryOut(ctx context.Context, r recipe, parts []Fold, seed uint64, stage func(k int) func(Progress)) (inner, error) {
	out := inner{temperature: 1, epochs: r.cfg.Fit.Epochs}
	var curves [][]CurvePoint
	for k, part := range parts {
		l := lesson{train: r.admits(t.set, part.train), valid: part.test, epochs: r.cfg.Fit.Epochs, seed: subSeed(seed, k+1), observe: stage(k)}
		b, report, err := r.learner.fit(ctx, r.m, l)
		if err != nil {
			return out, err
		}
		logits, err := t.predict(b, part.test)
		if err != nil {
			return out, err
		}
		out.brain = b
		taught := t.classesOf(part.train)
		for i, row := range logits {
			// A class that nobody taught says nothing about how sure to be.
			if class := t.set.Examples[part.test[i]].Class; taught[class] {
				out.logits, out.truth, out.indices = append(out.logits, row), append(out.truth, class), append(out.indices, part.test[i])
			}
		}
		curves = append(curves, report.curve)
	}
	if len(parts) > 0 {
		out.epochs, out.curve = bestEpoch(curves, r.cfg.Fit.Epochs), curves[0]
		out.temperature = fitTemperature(out.logits, out.truth)
	}
	return out, nil
}

// classesOf are the classes that occur among some examples.
func (t *run) classesOf(indices []int) map[int]bool {
	out := map[int]bool{}
	for _, i := range indices {
		out[t.set.Examples[i].Class] = true
	}
	return out
}

// predict gives the logits of examples. A model that adapts to a person sees all
// of that person's windows first, without their labels.
func (t *run) predict(b brain, indices []int) ([][]float64, error) {
	windows := func(of []int) (out [][]float32) {
		for _, i := range of {
			out = append(out, t.set.Windows[i])
		}
		return out
	}
	a, ok := b.(adaptive)
	if !ok || t.cfg.Data.Person == PersonNone {
		return b.logits(windows(indices))
	}
	people := map[string][]int{}
	for i, e := range t.set.Examples {
		people[string(e.Participant)] = append(people[string(e.Participant)], i)
	}
	own := map[string]brain{}
	out := make([][]float64, len(indices))
	for k, i := range indices {
		id := string(t.set.Examples[i].Participant)
		if own[id] == nil {
			var err error
			if own[id], err = a.adapted(windows(people[id])); err != nil {
				return nil, err
			}
		}
		row, err := own[id].logits(windows([]int{i}))
		if err != nil {
			return nil, err
		}
		out[k] = row[0]
	}
	return out, nil
}

// averaged is what the mean of several recipes shows on the same parts.
func averaged(members []inner) inner {
	var all [][][]float64
	var temperatures []float64
	for _, m := range members {
		all, temperatures = append(all, m.logits), append(temperatures, m.temperature)
	}
	out := inner{logits: averageLogits(all, temperatures), truth: members[0].truth, curve: members[0].curve, epochs: members[0].epochs}
	out.temperature = fitTemperature(out.logits, out.truth)
	return out
}

// decided takes the candidate that choose.fixed names. Validation parts, where
// there are any, only calibrate it and choose the epochs of its nets.
func (t *run) decided(ctx context.Context, parts []Fold, seed uint64, observe func(Progress)) (best int, tried []inner, scores []InnerScore, err error) {
	best = slices.IndexFunc(t.recipes, func(r recipe) bool { return r.name == t.cfg.Choose.Fixed })
	members := t.recipes[best].average
	if len(members) == 0 {
		members = []int{best}
	}
	tried = make([]inner, len(t.recipes))
	var of []inner
	for i, k := range members {
		stage := stages(func(p Progress) {
			p.Done = (float64(i) + p.Done) / float64(len(members)+1)
			observe(p)
		}, max(len(parts), 1))
		if tried[k], err = t.tryOut(ctx, t.recipes[k], parts, subSeed(seed, 1000+k), stage); err != nil {
			return best, nil, nil, fmt.Errorf("candidate %q: %w", t.recipes[k].name, err)
		}
		of = append(of, tried[k])
	}
	if len(t.recipes[best].average) > 0 {
		tried[best] = inner{temperature: 1, epochs: t.recipes[members[0]].cfg.Fit.Epochs}
		if len(parts) > 0 {
			tried[best] = averaged(of)
		}
	}
	if len(parts) > 0 {
		scores = []InnerScore{tried[best].score(t.cfg.Choose.Fixed, t.set.Classes)}
	}
	return best, tried, scores, nil
}

// choose tries all recipes on the parts and names the best.
func (t *run) choose(ctx context.Context, parts []Fold, seed uint64, observe func(Progress)) (best int, tried []inner, scores []InnerScore, err error) {
	if len(parts) == 0 {
		return 0, nil, nil, fmt.Errorf("there are too few people or windows on the training side to compare %d candidates on", len(t.recipes))
	}
	tried = make([]inner, len(t.recipes))
	for i, r := range t.recipes {
		if len(r.average) > 0 {
			continue
		}
		stage := stages(func(p Progress) {
			p.Done = (float64(i) + p.Done) / float64(len(t.recipes)+1)
			observe(p)
		}, len(parts))
		if tried[i], err = t.tryOut(ctx, r, parts, subSeed(seed, 1000+i), stage); err != nil {
			return 0, nil, nil, fmt.Errorf("candidate %q: %w", r.name, err)
		}
	}
	for i, r := range t.recipes {
		if len(r.average) > 0 {
			var members []inner
			for _, k := range r.average {
				members = append(members, tried[k])
			}
			tried[i] = averaged(members)
		}
		scores = append(scores, tried[i].score(r.name, t.set.Classes))
		if scores[i].better(scores[best], t.cfg.Choose.By) {
			best = i
		}
	}
	if len(tried[best].truth) == 0 {
		return 0, nil, nil, fmt.Errorf("the validation parts hold no class that the rest of the training side teaches; %d candidates can't be compared", len(t.recipes))
	}
	return best, tried, scores, nil
}

// stages turns the progress of n fits, one after another, into one.
func stages(observe func(Progress), n int) func(k int) func(Progress) {
	return func(k int) func(Progress) {
		return func(p Progress) {
			p.Done = (float64(k) + p.Done) / float64(n)
			observe(p)
		}
	}
}

// bestEpoch is the epoch with the least validation loss, summed over the parts;
// a part that stopped early counts with the last loss it had. Without losses it
// is the most that was allowed.
func bestEpoch(curves [][]CurvePoint, most int) int {
	best, least, longest := most, math.Inf(1), 0
	for _, c := range curves {
		longest = max(longest, len(c))
	}
	for e := range longest {
		sum := 0.0
		for _, c := range curves {
			if len(c) == 0 {
				continue
			}
			if p := c[min(e, len(c)-1)]; p.ValidLoss != nil {
				sum += *p.ValidLoss
			} else {
				sum = math.Inf(1)
			}
		}
		if sum < least {
			best, least = e+1, sum
		}
	}
	return best
}

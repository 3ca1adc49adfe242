package training

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"onset/dataset"
)

// momentKey names a judged moment whatever window is cut there.
func momentKey(e Example, classes []string) string {
	return fmt.Sprintf("%s\x00%.6f\x00%s", e.Session, e.StartS, classes[e.Class])
}

// windows are a candidate's: those of the track's own judged moments, cut and
// filtered as its genes say.
func (s *searching) windows(ctx context.Context, t *Track, k *Trial) (*WindowSet, Config, error) {
	cfg := k.Genes.on(s.cfg.Config)
	cfg.Data.Group, cfg.Data.SensorSet, cfg.Fit.Seed = t.Group, t.SensorSet, k.Seed
	key := fmt.Sprintf("%s\x00%v\x00%s\x00%g", t.Group, t.SensorSet, cfg.Data.Filter, cfg.Data.WindowS)
	s.mu.Lock()
	defer s.mu.Unlock()
	if set := s.sets[key]; set != nil {
		return set, cfg, nil
	}
	set, err := ReadWindows(ctx, s.store, cfg, nil)
	if err != nil {
		return nil, cfg, err
	}
	if err := set.only(t.windows, cfg); err != nil {
		return nil, cfg, err
	}
	s.sets[key] = set
	return set, cfg, nil
}

// only leaves out judged examples that another set doesn't judge, and refuses a
// set that lacks some: scores are compared on the same moments only.
func (set *WindowSet) only(base *WindowSet, cfg Config) error {
	want := map[string]bool{}
	for _, e := range base.Examples {
		if !e.Extra {
			want[momentKey(e, base.Classes)] = true
		}
	}
	var examples []Example
	var windows [][]float32
	for i, e := range set.Examples {
		key := momentKey(e, set.Classes)
		if !e.Extra && !want[key] {
			continue
		}
		delete(want, key)
		examples, windows = append(examples, e), append(windows, set.Windows[i])
	}
	if len(want) > 0 || !slices.Equal(set.Classes, base.Classes) {
		return fmt.Errorf("its windows leave out %d of the judged moments", len(want))
	}
	if len(examples) == len(set.Examples) {
		return nil
	}
	set.Examples, set.Windows = examples, windows
	return set.freeze(cfg)
}

// side is a candidate ready to be fitted on a track's people.
func (s *searching) side(ctx context.Context, t *Track, k *Trial, epochs int) (*run, Fold, error) {
	set, cfg, err := s.windows(ctx, t, k)
	if err != nil {
		return nil, Fold{}, err
	}
	cfg.Fit.Epochs = epochs
	r := &run{cfg: cfg, set: set, report: newReporter(func(Progress) {}, 1), result: &Result{}}
	if r.recipes, err = newRecipes(set, cfg); err != nil {
		return nil, Fold{}, err
	}
	f := Fold{by: cfg.Split.By, train: set.everything()}
	if t.Fold > 0 {
		if f, err = holdOut(set.Examples, cfg.Split.By, set.everything(), t.HeldOut); err != nil {
			return nil, f, err
		}
	}
	return r, f, nil
}

// innerSeed divides people the same way for all candidates of a search.
func (s *searching) innerSeed() uint64 { return subSeed(s.cfg.Search.Seed, 0x1f01d) }

func quietly(int) func(Progress) { return func(Progress) {} }

// inner scores a candidate on the inner folds of a track's people.
func (s *searching) inner(ctx context.Context, t *Track, k *Trial, epochs int) (InnerScore, string, error) {
	r, f, err := s.side(ctx, t, k, epochs)
	if err != nil {
		return InnerScore{}, "", err
	}
	parts, err := f.InnerFolds(r.set, s.cfg.Fit.InnerFolds, s.innerSeed())
	if err != nil {
		return InnerScore{}, "", err
	}
	in, err := r.tryOut(ctx, r.recipes[0], parts, k.Seed, quietly)
	if err != nil {
		return InnerScore{}, r.set.Hash, err
	}
	return in.score("", r.set.Classes), r.set.Hash, nil
}

// refit fits a candidate on all people of a track, for the epochs and with the
// temperature that its inner folds chose.
func (s *searching) refit(ctx context.Context, t *Track, k *Trial) (*run, Fold, sideFit, inner, []Fold, error) {
	r, f, err := s.side(ctx, t, k, s.cfg.Fit.Epochs)
	if err != nil {
		return nil, f, sideFit{}, inner{}, nil, err
	}
	parts, err := f.InnerFolds(r.set, s.cfg.Fit.InnerFolds, s.innerSeed())
	if err != nil {
		return nil, f, sideFit{}, inner{}, nil, err
	}
	in, err := r.tryOut(ctx, r.recipes[0], parts, k.Seed, quietly)
	if err != nil {
		return nil, f, sideFit{}, in, nil, err
	}
	b, _, err := r.fitAll(ctx, r.recipes[0], f, in.epochs, subSeed(k.Seed, 0), func(Progress) {})
	return r, f, sideFit{brain: b, epochs: in.epochs, temperature: in.temperature, curve: in.curve, validation: f.innerBy(r.set)}, in, parts, err
}

// finish judges on the outer folds, keeps the best and ends the search.
func (s *searching) finish(ctx context.Context) error {
	_, before, err := searches(ctx, s.store)
	if err != nil {
		return err
	}
	s.result.Judged = nil
	for i := 0; i < len(s.result.Tracks); {
		end := i + 1
		for end < len(s.result.Tracks) && s.result.Tracks[end].Fold > 0 {
			end++
		}
		if err := s.keep(ctx, s.result.Tracks[i]); err != nil {
			return err
		}
		if end > i+1 {
			j, err := s.judge(ctx, s.result.Tracks[i+1:end], before)
			if err != nil {
				return err
			}
			s.result.Judged = append(s.result.Judged, j)
		}
		i = end
	}
	s.result.Finished = true
	return s.save(ctx, statusDone)
}

// judge predicts the outer folds by what each one's own search found, and by the
// first candidate.
func (s *searching) judge(ctx context.Context, tracks []*Track, before []*SearchResult) (*Judgement, error) {
	j := &Judgement{Group: tracks[0].Group, SensorSet: tracks[0].SensorSet, Opened: 1}
	for _, b := range before {
		if b.Run != s.result.Run && b.Finished && slices.ContainsFunc(b.Tracks, func(t *Track) bool { return shareAny(t.HeldOut, tracks) }) {
			j.Opened++
		}
	}
	var err error
	if j.Searched, err = s.outer(ctx, tracks, func(t *Track) *Trial { return t.trial(t.Best) }); err != nil {
		return nil, err
	}
	if j.Default, err = s.outer(ctx, tracks, func(t *Track) *Trial { return t.Trials[0] }); err != nil {
		return nil, err
	}
	var pairs []PairedScore
	for i, a := range j.Default.Participants {
		b := j.Searched.Participants[i]
		pairs = append(pairs, PairedScore{Participant: a.Participant, NA: a.N, NB: b.N, AccuracyA: a.Accuracy, AccuracyB: b.Accuracy, MacroF1A: a.MacroF1, MacroF1B: b.MacroF1})
	}
	j.Tests, err = testsOf(j.Default, j.Searched, pairs)
	return j, err
}

func shareAny(held []string, tracks []*Track) bool {
	for _, t := range tracks {
		for _, h := range t.HeldOut {
			if slices.Contains(held, h) {
				return true
			}
		}
	}
	return false
}

func (t *Track) trial(id string) *Trial {
	return t.Trials[slices.IndexFunc(t.Trials, func(k *Trial) bool { return k.ID == id })]
}

func (s *searching) outer(ctx context.Context, tracks []*Track, which func(*Track) *Trial) (*Result, error) {
	out := &Result{Run: s.result.Run, WindowSet: tracks[0].WindowSet, Split: s.cfg.Split.By, Unit: unitOf(s.cfg.Config)}
	var classes []string
	for _, t := range tracks {
		k := which(t)
		r, f, fitted, _, _, err := s.refit(ctx, t, k)
		if err != nil {
			return nil, fmt.Errorf("judging on outer fold %d: %w", t.Fold, err)
		}
		logits, err := r.predict(fitted.brain, f.test)
		if err != nil {
			return nil, err
		}
		classes = r.set.Classes
		c := NewConfusion(classes)
		for i, e := range f.test {
			p := predictionOf(r.set.Examples[e], softmax(logits[i], fitted.temperature), t.Fold)
			out.Predictions = append(out.Predictions, p)
			c.Add(p.Truth, p.Predicted)
		}
		out.Folds = append(out.Folds, FoldResult{HeldOut: t.HeldOut, N: len(f.test), Accuracy: c.Accuracy(), MacroF1: c.MacroF1(), Epochs: fitted.epochs,
			Temperature: fitted.temperature, Validation: fitted.validation, TrainedOn: len(f.train), Chosen: k.Genes.String()})
	}
	out.Windows = len(out.Predictions)
	out.summarise(classes)
	return out, nil
}

// SplitInner says that scores are of inner folds, which chose the model too.
const SplitInner = "inner folds"

// keep stores the best of everyone's track as models, with their scores on the
// inner folds.
func (s *searching) keep(ctx context.Context, t *Track) error {
	best := ranked(t.Trials, s.cfg.Choose.By)
	for i, k := range best[:min(s.cfg.Search.Keep, len(best))] {
		if k.Model != "" || i > 0 && !k.full(s.cfg.Fit.Epochs) {
			continue
		}
		if err := s.keepOne(ctx, t, k); err != nil {
			return fmt.Errorf("keeping candidate %s: %w", k.ID, err)
		}
		if err := s.save(ctx, statusRunning); err != nil {
			return err
		}
	}
	return nil
}

func (s *searching) keepOne(ctx context.Context, t *Track, k *Trial) error {
	head, err := s.store.LedgerHead(ctx)
	if err != nil {
		return fmt.Errorf("reading the ledger's position: %w", err)
	}
	r, m, err := s.candidate(ctx, t, k)
	if err != nil {
		return err
	}
	r.head = head
	// Ids come from the trial, so that a search that is gone on with keeps the
	// same models under the same names.
	o := s.o
	o.Rand = &fixedIDs{text: k.ID}
	if err := r.save(ctx, s.store, m, o, s.o.Now()); err != nil {
		return err
	}
	sum := sha256.Sum256(m.Stored().Weights)
	k.Model, k.Weights = m.ID, hex.EncodeToString(sum[:])
	return nil
}

// candidate is a trial as a model for use, fitted on all people of its track, with
// its scores on the inner folds as the run's result.
func (s *searching) candidate(ctx context.Context, t *Track, k *Trial) (*run, *Model, error) {
	r, _, fitted, in, parts, err := s.refit(ctx, t, k)
	if err != nil {
		return nil, nil, err
	}
	r.result = &Result{WindowSet: r.set.Hash, Split: SplitInner, Notes: r.set.Notes, Windows: len(in.indices), Dropped: r.set.Dropped, Bridged: r.set.Bridged,
		Unit:        unitOf(r.cfg) + ", on inner folds that also chose it among others: too good; the search's outer score is the one to report",
		Temperature: fitted.temperature, Epochs: fitted.epochs, Curves: []Curve{{Points: fitted.curve}}, Search: k.ID}
	at := map[int]int{}
	for p, part := range parts {
		f := FoldResult{HeldOut: part.HeldOut(), N: len(part.test), Epochs: fitted.epochs, Temperature: fitted.temperature, Validation: "inner", TrainedOn: len(part.train)}
		c := NewConfusion(r.set.Classes)
		for i, e := range in.indices {
			if slices.Contains(part.test, e) {
				at[e] = p
				c.Add(in.truth[i], argmax(in.logits[i]))
			}
		}
		f.Accuracy, f.MacroF1 = c.Accuracy(), c.MacroF1()
		r.result.Folds = append(r.result.Folds, f)
	}
	for i, e := range in.indices {
		r.result.Predictions = append(r.result.Predictions, predictionOf(r.set.Examples[e], softmax(in.logits[i], fitted.temperature), at[e]+1))
	}
	r.result.summarise(r.set.Classes)
	m, err := r.model(fitted.brain, r.recipes[0])
	return r, m, err
}

// fixedIDs reads bytes that depend on a text alone.
type fixedIDs struct {
	text string
	n    int
}

func (f *fixedIDs) Read(p []byte) (int, error) {
	f.n++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", f.text, f.n))
	return copy(p, sum[:]), nil
}

// MarshalJSON writes a judgement with the predictions of both.
func (j *Judgement) MarshalJSON() ([]byte, error) {
	type plain Judgement
	return json.Marshal(struct {
		*plain
		Searched outcome `json:"searched"`
		Default  outcome `json:"default"`
	}{(*plain)(j), outcome{j.Searched, j.Searched.Predictions}, outcome{j.Default, j.Default.Predictions}})
}

// UnmarshalJSON is its inverse.
func (j *Judgement) UnmarshalJSON(text []byte) error {
	type plain Judgement
	both := struct {
		*plain
		Searched outcome `json:"searched"`
		Default  outcome `json:"default"`
	}{(*plain)(j), outcome{Result: &Result{}}, outcome{Result: &Result{}}}
	if err := json.Unmarshal(text, &both); err != nil {
		return err
	}
	j.Searched, j.Default = both.Searched.Result, both.Default.Result
	j.Searched.Predictions, j.Default.Predictions = both.Searched.Predictions, both.Default.Predictions
	return nil
}

// Groups are the groups that the study's participants are in, sorted.
func Groups(ctx context.Context, store interface {
	Participants(ctx context.Context) ([]dataset.Participant, error)
}) ([]string, error) {
	people, err := store.Participants(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing groups: %w", err)
	}
	var out []string
	for _, p := range people {
		if p.Group != "" {
			out = append(out, p.Group)
		}
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) == 0 {
		return nil, bad("search.groups", "the study has no groups; onsetctl groups makes them")
	}
	return out, nil
}

package training

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
)

// LeakError says who would be on both sides of a split.
type LeakError struct {
	Kind string // "participant", "session" or "moment"
	Name string
}

func (e *LeakError) Error() string {
	if e.Kind == "moment" {
		return fmt.Sprintf("split refused: windows of both sides share samples: %s", e.Name)
	}
	return fmt.Sprintf("split refused: %s %s is on both sides", e.Kind, e.Name)
}

// Fold is one division of a window set into those learnt from and those judged
// on. It can only be made so that nobody is on both sides: the zero Fold is
// empty, and its members can't be changed from outside.
type Fold struct {
	by          string
	held        []string
	train, test []int
}

// By is what is held out: participants, sessions, or later time.
func (f Fold) By() string { return f.by }

// HeldOut names the participants or sessions that the fold is judged on.
func (f Fold) HeldOut() []string { return slices.Clone(f.held) }

// Train are the indices of the examples that may be learnt from.
func (f Fold) Train() []int { return slices.Clone(f.train) }

// Test are the indices of the examples that are judged on.
func (f Fold) Test() []int { return slices.Clone(f.test) }

// NewFold makes a fold of examples, or a *LeakError that names who is on both
// sides. by is ByParticipant, BySession or ByTime; windowS is the windows'
// length, which ByTime needs to see an overlap.
func NewFold(examples []Example, by string, windowS float64, train, test []int) (Fold, error) {
	f := Fold{by: by, train: slices.Clone(train), test: slices.Clone(test)}
	if len(train) == 0 || len(test) == 0 {
		return Fold{}, fmt.Errorf("split by %s leaves %d windows to learn from and %d to judge on", by, len(train), len(test))
	}
	for _, i := range test {
		if examples[i].Extra {
			return Fold{}, fmt.Errorf("split by %s: window %d may only train", by, i)
		}
	}
	if by == ByTime {
		if err := refuseOverlap(examples, windowS, train, test); err != nil {
			return Fold{}, err
		}
		f.held = ownersOf(examples, ByParticipant, test)
		return f, nil
	}
	f.held = ownersOf(examples, by, test)
	for _, name := range ownersOf(examples, by, train) {
		if _, both := slices.BinarySearch(f.held, name); both {
			return Fold{}, &LeakError{Kind: by, Name: name}
		}
	}
	return f, nil
}

// owner is whose an example is.
func owner(e Example, by string) string {
	if by == BySession {
		return string(e.Session)
	}
	return string(e.Participant)
}

// ownersOf lists the owners of some examples, sorted.
func ownersOf(examples []Example, by string, indices []int) []string {
	var names []string
	for _, i := range indices {
		names = append(names, owner(examples[i], by))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func refuseOverlap(examples []Example, windowS float64, train, test []int) error {
	starts := map[string][]float64{}
	for _, i := range test {
		k := string(examples[i].Session)
		starts[k] = append(starts[k], examples[i].StartS)
	}
	for _, s := range starts {
		sort.Float64s(s)
	}
	for _, i := range train {
		if e := examples[i]; nearTo(starts[string(e.Session)], e.StartS, windowS) {
			return &LeakError{Kind: "moment", Name: fmt.Sprintf("session %s at %.3f s", e.Session, e.StartS)}
		}
	}
	return nil
}

// nearTo reports whether a sorted list has a value less than d from v.
func nearTo(sorted []float64, v, d float64) bool {
	d -= 1e-6
	i := sort.SearchFloat64s(sorted, v-d)
	return i < len(sorted) && sorted[i] < v+d
}

// Split is how a window set is divided.
type Split struct {
	cfg   SplitConfig
	folds []Fold
}

// Folds are the divisions, each judged once.
func (s *Split) Folds() []Fold { return slices.Clone(s.folds) }

// NewSplit divides a window set as a config says. Assignment depends on the
// seed and on content, not on row ids.
func NewSplit(set *WindowSet, cfg SplitConfig) (*Split, error) {
	if cfg.By == ByTime {
		f, err := laterFold(set.Examples, set.Contract.WindowS, set.everything(), 1/float64(cfg.Folds))
		if err != nil {
			return nil, err
		}
		return &Split{cfg: cfg, folds: []Fold{f}}, nil
	}
	groups := assign(set.Examples, cfg.By, set.everything(), cfg.Folds, cfg.Seed)
	if len(groups) < 2 || len(groups) < cfg.Folds {
		if len(groups) < 2 {
			return nil, bad("split.by", "judging by %s needs at least 2 of them; the windows come from %d", cfg.By, len(groups))
		}
		return nil, bad("split.folds", "%d folds need as many of what they leave out; the windows come from %d (by %s). Set folds to at most %d, or to 0, which leaves one out at a time",
			cfg.Folds, len(groups), cfg.By, len(groups))
	}
	s := &Split{cfg: cfg}
	for _, held := range groups {
		f, err := holdOut(set.Examples, cfg.By, set.everything(), held)
		if err != nil {
			return nil, err
		}
		s.folds = append(s.folds, f)
	}
	return s, nil
}

func (set *WindowSet) everything() []int {
	all := make([]int, len(set.Examples))
	for i := range all {
		all[i] = i
	}
	return all
}

// assign divides the owners among n groups of about equal numbers of judged
// windows; n 0 makes one group for each.
func assign(examples []Example, by string, among []int, n int, seed uint64) [][]string {
	size := map[string]int{}
	var names []string // in the order of content
	for _, i := range among {
		name := owner(examples[i], by)
		if _, seen := size[name]; !seen {
			names = append(names, name)
			size[name] = 0
		}
		if !examples[i].Extra {
			size[name]++
		}
	}
	if n == 0 {
		n = len(names)
	}
	n = min(n, len(names))
	rng := rand.New(rand.NewPCG(seed, 0x5eed0f5b117))
	rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	sort.SliceStable(names, func(i, j int) bool { return size[names[i]] > size[names[j]] })
	groups, load := make([][]string, n), make([]int, n)
	for _, name := range names {
		lightest := 0
		for g := range groups {
			if len(groups[g]) == 0 && len(groups[lightest]) > 0 || load[g] < load[lightest] && (len(groups[g]) == 0) == (len(groups[lightest]) == 0) {
				lightest = g
			}
		}
		groups[lightest] = append(groups[lightest], name)
		load[lightest] += size[name]
	}
	return groups
}

// holdOut judges on the named owners and learns from the others.
func holdOut(examples []Example, by string, among []int, held []string) (Fold, error) {
	var train, test []int
	for _, i := range among {
		if !slices.Contains(held, owner(examples[i], by)) {
			train = append(train, i)
		} else if !examples[i].Extra {
			test = append(test, i)
		}
	}
	return NewFold(examples, by, 0, train, test)
}

// laterFold judges on the last share of each participant's windows of each class
// and learns from the earlier ones that share no sample with them.
func laterFold(examples []Example, windowS float64, among []int, share float64) (Fold, error) {
	groups := map[string][]int{}
	var keys []string
	for _, i := range among {
		k := fmt.Sprintf("%s\x00%d", examples[i].Participant, examples[i].Class)
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], i)
	}
	at := func(i int) float64 { return float64(examples[i].startNs)/1e9 + examples[i].StartS }
	var early, test []int
	starts := map[string][]float64{}
	for _, k := range keys {
		g := groups[k]
		sort.SliceStable(g, func(a, b int) bool { return at(g[a]) < at(g[b]) })
		judged := 0
		for _, i := range g {
			if !examples[i].Extra {
				judged++
			}
		}
		cut := judged
		if judged > 1 {
			cut -= max(int(math.Round(share*float64(judged))), 1)
		}
		seen := 0
		for _, i := range g {
			later := seen >= cut
			if !examples[i].Extra {
				seen++
				if later {
					test = append(test, i)
					s := string(examples[i].Session)
					starts[s] = append(starts[s], examples[i].StartS)
					continue
				}
			}
			if !later {
				early = append(early, i)
			}
		}
	}
	for _, s := range starts {
		sort.Float64s(s)
	}
	var train []int
	for _, i := range early {
		if !nearTo(starts[string(examples[i].Session)], examples[i].StartS, windowS) {
			train = append(train, i)
		}
	}
	slices.Sort(train)
	slices.Sort(test)
	return NewFold(examples, ByTime, windowS, train, test)
}

// Inner takes a validation part out of the fold's own training side: whole
// participants where at least three train (or two with the very same classes)
// and they do the same things, else
// whole sessions, else the latest windows. It never holds anyone of the fold's
// test side.
func (f Fold) Inner(set *WindowSet, share float64, seed uint64) (Fold, error) {
	by := f.innerBy(set)
	if by == ByTime {
		return laterFold(set.Examples, set.Contract.WindowS, f.train, share)
	}
	n := len(ownersOf(set.Examples, by, f.train))
	groups := assign(set.Examples, by, f.train, n, seed)
	// One owner to a group, in the order of size; which to take must not depend
	// on size, so they are shuffled again.
	rng := rand.New(rand.NewPCG(seed, 0x7a11da7e))
	rng.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
	var held []string
	for _, g := range groups[:min(max(int(math.Round(share*float64(n))), 1), n-1)] {
		held = append(held, g...)
	}
	return holdOut(set.Examples, by, f.train, held)
}

// InnerFolds divides the fold's own training side into n folds, for choosing
// between models without looking at the test side.
func (f Fold) InnerFolds(set *WindowSet, n int, seed uint64) ([]Fold, error) {
	by := f.innerBy(set)
	if by == ByTime {
		inner, err := laterFold(set.Examples, set.Contract.WindowS, f.train, 1/float64(n))
		return []Fold{inner}, err
	}
	var folds []Fold
	for _, held := range assign(set.Examples, by, f.train, n, seed) {
		inner, err := holdOut(set.Examples, by, f.train, held)
		if err != nil {
			return nil, err
		}
		folds = append(folds, inner)
	}
	return folds, nil
}

// leastShared is the share of training windows whose class more than one owner
// must hold before owners are taken out for validation: people who do other
// exercises say nothing about a model that never saw those.
const leastShared = 0.8

func (f Fold) innerBy(set *WindowSet) string {
	fit := func(by string) bool {
		n, shared := len(ownersOf(set.Examples, by, f.train)), sharedClasses(set.Examples, by, f.train)
		return n >= 3 && shared >= leastShared || n == 2 && by == ByParticipant && shared == 1
	}
	switch {
	case f.by == ByTime:
		return ByTime
	case f.by != BySession && fit(ByParticipant):
		return ByParticipant
	case fit(BySession):
		return BySession
	}
	return ByTime
}

// sharedClasses is the share of windows whose class at least two owners hold.
func sharedClasses(examples []Example, by string, indices []int) float64 {
	first, shared := map[int]string{}, map[int]bool{}
	for _, i := range indices {
		e := examples[i]
		if name, seen := first[e.Class]; seen && name != owner(e, by) {
			shared[e.Class] = true
		} else if !seen {
			first[e.Class] = owner(e, by)
		}
	}
	n := 0
	for _, i := range indices {
		if shared[examples[i].Class] {
			n++
		}
	}
	return float64(n) / float64(max(len(indices), 1))
}

package training

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"onset/dataset"
	"onset/training/nn"
)

// PhaseSearch is the phase of a search in Progress: Fold of Folds counts tracks,
// Epoch of Epochs candidates.
const PhaseSearch = "searching"

// searching is a search under way.
type searching struct {
	store   SearchStore
	cfg     SearchConfig
	text    []byte // the config
	o       Options
	observe func(Progress)
	result  *SearchResult
	created time.Time
	begin   time.Time // of this sitting
	spent   float64   // seconds of earlier sittings
	saved   time.Time

	mu   sync.Mutex // of result, sets and the store
	sets map[string]*WindowSet
}

// Search looks for nets better than the config's own by mutation and successive
// halving (Jamieson and Talwalkar 2016), on inner folds only. For each group and
// sensor set it searches once among everyone, for the models to use, and once
// without the people of each outer fold, who judge the outcome at the end.
//
// The state is kept in the study as it goes. A search with the same config that
// did not end is gone on with, unless anew says not to, and ends as if it had
// never been broken off: every candidate is a function of seed and scores.
func Search(ctx context.Context, store SearchStore, cfg SearchConfig, anew bool, o Options, observe func(Progress)) (*SearchResult, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if observe == nil {
		observe = func(Progress) {}
	}
	text, err := cfg.TOML()
	if err != nil {
		return nil, fmt.Errorf("writing the search config: %w", err)
	}
	s := &searching{store: store, cfg: cfg, text: text, o: o.withDefaults(), observe: observe, sets: map[string]*WindowSet{}}
	if err := s.start(ctx, anew); err != nil {
		return nil, err
	}
	for i := range s.result.Tracks {
		if err := s.track(ctx, i); err != nil {
			return nil, s.pause(ctx, err)
		}
	}
	if err := s.finish(ctx); err != nil {
		return nil, s.pause(ctx, err)
	}
	observe(Progress{Phase: PhaseSearch, Done: 1})
	return s.result, nil
}

// pause keeps what was reached when a search is cancelled.
func (s *searching) pause(ctx context.Context, err error) error {
	return errors.Join(err, s.save(context.WithoutCancel(ctx), statusRunning))
}

// start lays out the tracks, or takes them up where they were left.
func (s *searching) start(ctx context.Context, anew bool) error {
	s.begin, s.created = s.o.Now(), s.o.Now()
	runs, before, err := searches(ctx, s.store)
	if err != nil {
		return err
	}
	tracks, err := s.layOut(ctx)
	if err != nil {
		return err
	}
	if run, r := begun(runs, before, s.text); r != nil && !anew {
		return s.takeUp(run, r, tracks)
	}
	s.result = &SearchResult{Arithmetic: nn.KernelName(), Tracks: tracks}
	if s.result.Run, err = newID(s.o.Rand); err != nil {
		return err
	}
	if s.cfg.Search.Memory {
		for _, t := range tracks {
			t.Memory = remember(before, t, s.cfg.Choose.By)
		}
	}
	return s.save(ctx, statusRunning)
}

func (s *searching) takeUp(run dataset.Run, r *SearchResult, tracks []*Track) error {
	if err := sameArithmetic(r); err != nil {
		return err
	}
	if len(r.Tracks) != len(tracks) {
		return fmt.Errorf("search %s began with %d parts and the study now gives %d; begin anew with --new: %w", r.Run, len(r.Tracks), len(tracks), dataset.ErrConflict)
	}
	for i, t := range r.Tracks {
		if t.WindowSet != tracks[i].WindowSet {
			return fmt.Errorf("the windows are not those that search %s began with: labels or people changed since; begin anew with --new: %w", r.Run, dataset.ErrConflict)
		}
		t.windows, t.fold = tracks[i].windows, tracks[i].fold
	}
	s.result, s.spent, s.created = r, r.Seconds, run.CreatedAt
	return nil
}

// groups are those to search for.
func (s *searching) groups(ctx context.Context) ([]string, error) {
	if !slices.Equal(s.cfg.Search.Groups, Names{"each"}) {
		if len(s.cfg.Search.Groups) == 0 {
			return []string{s.cfg.Data.Group}, nil
		}
		return s.cfg.Search.Groups, nil
	}
	return Groups(ctx, s.store)
}

// layOut makes the tracks: for each group and sensor set everyone, then each
// outer fold.
func (s *searching) layOut(ctx context.Context) ([]*Track, error) {
	groups, err := s.groups(ctx)
	if err != nil {
		return nil, err
	}
	var out []*Track
	for _, g := range groups {
		for _, sensors := range s.cfg.sensorSets() {
			tracks, err := s.tracks(ctx, g, sensors, s.cfg.Search.Outer)
			if err != nil {
				return nil, err
			}
			out = append(out, tracks...)
		}
	}
	return out, nil
}

// tracks are those of one group and sensor set.
func (s *searching) tracks(ctx context.Context, group string, sensors SensorSet, outer int) ([]*Track, error) {
	cfg := s.cfg.Config
	cfg.Data.Group, cfg.Data.SensorSet = group, sensors
	set, err := ReadWindows(ctx, s.store, cfg, nil)
	if err != nil {
		return nil, fmt.Errorf("reading windows of %s: %w", sensors, err)
	}
	if _, err := guardTwins(set, cfg.Split); err != nil {
		return nil, err
	}
	return tracksOf(set, cfg, outer)
}

func tracksOf(set *WindowSet, cfg Config, outer int) ([]*Track, error) {
	split, err := NewSplit(set, cfg.Split)
	if err != nil {
		return nil, err
	}
	all := Fold{by: cfg.Split.By, train: set.everything()}
	folds := append([]Fold{all}, split.folds[:min(outer, len(split.folds))]...)
	var out []*Track
	for k, f := range folds {
		out = append(out, &Track{Group: cfg.Data.Group, SensorSet: cfg.Data.SensorSet, Fold: k, HeldOut: f.HeldOut(),
			People: ownersOf(set.Examples, cfg.Split.By, f.train), WindowSet: set.Hash, windows: set, fold: f})
	}
	return out, nil
}

// track searches among the people of one track until its budget is used up.
func (s *searching) track(ctx context.Context, i int) error {
	t := s.result.Tracks[i]
	for round := 0; !t.Done; round++ {
		n := s.cfg.Search.Round
		if s.cfg.Search.Trials > 0 {
			n = min(n, s.cfg.Search.Trials-s.before(t, round))
		}
		if n <= 0 || s.late(i) {
			break
		}
		field, err := s.field(t, i, round, n)
		if err != nil {
			return err
		}
		if err := s.halve(ctx, t, i, field); errors.Is(err, errLate) {
			break
		} else if err != nil {
			return err
		}
	}
	if best := ranked(t.Trials, s.cfg.Choose.By); len(best) > 0 {
		t.Best = best[0].ID
	} else {
		return fmt.Errorf("no candidate could be fitted: %s", t.failure())
	}
	t.Done = true
	return s.save(ctx, statusRunning)
}

func (t *Track) failure() string {
	for _, k := range t.Trials {
		if k.Failed != "" {
			return k.Failed
		}
	}
	return "there was no time for one"
}

// before is how many trials the rounds before one had.
func (s *searching) before(t *Track, round int) int {
	n := 0
	for _, k := range t.Trials {
		if k.Round < round {
			n++
		}
	}
	return n
}

var errLate = errors.New("the minutes are used up")

// late reports whether the share of the minutes that the tracks up to i have is
// used up.
func (s *searching) late(i int) bool {
	if s.cfg.Search.Minutes == 0 {
		return false
	}
	share := s.cfg.Search.Minutes * 60 * float64(i+1) / float64(len(s.result.Tracks))
	late := s.spent+s.o.Now().Sub(s.begin).Seconds() > share && len(ranked(s.result.Tracks[i].Trials, s.cfg.Choose.By)) > 0
	if late {
		s.result.Stopped = errLate.Error()
	}
	return late
}

func (s *searching) indexOf(t *Track) int { return slices.Index(s.result.Tracks, t) }

// rungs are the epochs of successive halving, the most last.
func (s *searching) rungs(n int) []int {
	out := []int{s.cfg.Fit.Epochs}
	for n > 1 && out[0] > 2 {
		out = append([]int{max(out[0]/s.cfg.Search.Halving, 2)}, out...)
		n = (n + s.cfg.Search.Halving - 1) / s.cfg.Search.Halving
	}
	return out
}

// halve lets a field compete; after each rung the best go on.
func (s *searching) halve(ctx context.Context, t *Track, i int, field []*Trial) error {
	for r, epochs := range s.rungs(len(field)) {
		err := inParallel(ctx, len(field), s.o.Parallel, func(ctx context.Context, j int) error {
			if len(field[j].Rungs) > r || field[j].Failed != "" {
				return nil // known from before
			}
			if s.late(i) {
				return errLate
			}
			return s.measure(ctx, t, i, field[j], epochs)
		})
		if err != nil {
			return err
		}
		s.mu.Lock()
		err = s.save(ctx, statusRunning)
		s.mu.Unlock()
		if err != nil {
			return err
		}
		left := ranked(field, s.cfg.Choose.By)
		field = left[:min((len(field)+s.cfg.Search.Halving-1)/s.cfg.Search.Halving, len(left))]
	}
	return nil
}

// measure scores a trial on the inner folds after some epochs.
func (s *searching) measure(ctx context.Context, t *Track, i int, k *Trial, epochs int) error {
	score, hash, err := s.inner(ctx, t, k, epochs)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k.WindowSet = hash
	if err != nil {
		k.Failed = err.Error()
	} else {
		k.Rungs = append(k.Rungs, Rung{Epochs: epochs, LogLoss: score.LogLoss, MacroF1: score.MacroF1, Accuracy: score.Accuracy})
	}
	s.tell(i)
	if s.o.Now().Sub(s.saved) < saveEvery {
		return nil
	}
	return s.save(ctx, statusRunning)
}

// tell reports progress by the trials of the current track.
func (s *searching) tell(i int) {
	t := s.result.Tracks[i]
	scored := 0
	for _, k := range t.Trials {
		if len(k.Rungs) > 0 || k.Failed != "" {
			scored++
		}
	}
	most := max(s.cfg.Search.Trials, len(t.Trials))
	done := 0.0 // whichever of trials and minutes is nearer its end
	if s.cfg.Search.Trials > 0 {
		done = (float64(i) + float64(scored)/float64(most)) / float64(len(s.result.Tracks))
	}
	if limit := s.cfg.Search.Minutes * 60; limit > 0 {
		done = max(done, min((s.spent+s.o.Now().Sub(s.begin).Seconds())/limit, 1))
	}
	s.observe(Progress{Phase: PhaseSearch, Fold: i + 1, Folds: len(s.result.Tracks), Epoch: scored, Epochs: most, Done: 0.98 * done})
}

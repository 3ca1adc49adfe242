package replay

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"onset/dataset"
	"onset/training"
)

// bench is the study as a fold's training sees it: nothing is written, and sets
// begin where the replay says they begin.
type bench struct {
	Store
	onsets map[dataset.SessionID][]Set

	mu    sync.Mutex
	model dataset.ModelRow
}

// choose makes a config take the bench's sessions and nothing else.
func (b *bench) choose(cfg training.Config) training.Config {
	cfg.Data.Sessions, cfg.Data.ExcludeSessions, cfg.Data.Participants, cfg.Data.LabelSet = nil, nil, nil, ""
	for id := range b.onsets {
		cfg.Data.Sessions = append(cfg.Data.Sessions, string(id))
	}
	slices.Sort(cfg.Data.Sessions)
	return cfg
}

// LedgerHead says nothing: models of a fold are not kept.
func (b *bench) LedgerHead(context.Context) (dataset.LedgerEntry, error) {
	return dataset.LedgerEntry{}, nil
}

func (b *bench) SaveRun(context.Context, dataset.Run) error                { return nil }
func (b *bench) SaveWindowSet(context.Context, dataset.WindowSetRow) error { return nil }

func (b *bench) SaveModel(_ context.Context, m dataset.ModelRow) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.model = m
	return nil
}

func (b *bench) RunByID(context.Context, string) (dataset.Run, error) {
	return dataset.Run{}, dataset.ErrNotFound
}

func (b *bench) Model(context.Context, string) (dataset.ModelRow, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.model, nil
}

// Models says nothing: the model of a fold needs no name of its own.
func (b *bench) Models(context.Context) ([]dataset.ModelRow, error) { return nil, nil }

// Labels are the sets that the replay judges: each exercise label, begun by a
// setup label at its onset.
func (b *bench) Labels(ctx context.Context, f dataset.LabelFilter) ([]dataset.Label, error) {
	all, err := b.Store.Labels(ctx, f)
	if err != nil {
		return nil, err
	}
	byID := map[dataset.LabelID]dataset.Label{}
	for _, l := range all {
		byID[l.ID] = l
	}
	var out []dataset.Label
	for id, sets := range b.onsets {
		if f.Session != "" && id != f.Session {
			continue
		}
		for _, s := range sets {
			l, ok := byID[s.Label]
			if !ok {
				continue
			}
			start := l
			start.ID, start.Kind, start.Origin = l.ID+"@onset", dataset.KindSetup, "onset"
			start.Recording, start.Start = s.moment.Recording, int64(s.moment.Sample)
			start.End = max(start.Start+1, l.End)
			out = append(out, start, l)
		}
	}
	slices.SortStableFunc(out, func(a, b dataset.Label) int { return int(a.Start - b.Start) })
	return out, nil
}

// teach trains a sensor model on some sessions and holds each of them out in
// turn. It gives nil when they do not hold enough to learn from.
func teach(ctx context.Context, store Store, cfg training.Config, all []*material, observe func(training.Progress)) (*held, error) {
	b := &bench{Store: store, onsets: map[dataset.SessionID][]Set{}}
	people, open := map[dataset.ParticipantID]bool{}, false
	classes := map[string]bool{}
	for _, m := range all {
		b.onsets[m.session.ID] = m.sets
		people[m.session.Participant] = true
		open = open || m.unsettled // then codes do not tell people apart
		for _, s := range m.sets {
			classes[s.Exercise] = true
		}
	}
	if len(classes) < 2 {
		return nil, nil
	}
	cfg = b.choose(cfg)
	switch {
	case len(people) > 2 && !open:
		cfg.Split.By, cfg.Split.Folds = training.ByParticipant, min(5, len(people))
	case len(all) > 2:
		cfg.Split.By, cfg.Split.Folds = training.BySession, min(5, len(all))
	default:
		cfg.Split.By, cfg.Split.Folds = training.ByTime, 2
	}
	result, err := training.TrainWith(ctx, b, cfg, training.Options{Parallel: 1}, observe)
	if err != nil {
		return nil, fmt.Errorf("training the sensor's model on %d sessions: %w", len(all), err)
	}
	model, err := training.FromRow(b.model)
	if err != nil {
		return nil, err
	}
	return calibrate(model, result, cfg.Split.By), nil
}

// tempered is a model with a temperature of its own.
type tempered struct {
	*training.Model
	temperature float64
}

// Temperature divides the logarithm of the likelihood.
func (t *tempered) Temperature() float64 { return t.temperature }

// calibrate fits the temperature on held-out sets of exercises that the rest of
// the training shows: about others no model can say anything, and a temperature
// fitted on them would silence it. Temperatures lean towards the usual one; sets
// held out within their own session know the strap and count as flattering.
func calibrate(model *training.Model, r *training.Result, by string) *held {
	usual, spread := 1.3, 0.5
	if by == training.ByTime {
		usual, spread = 2.5, 0.2
	}
	logs := heldOutLogs(r, model.Prior())
	loss := func(logT float64) float64 {
		sum := square((logT-math.Log(usual))/spread) / 2
		for _, p := range r.Predictions {
			if l, ok := logs[p.Label]; ok {
				sum -= math.Log(max(softmax(divided(l, math.Exp(logT)))[p.Truth], 1e-12))
			}
		}
		return sum
	}
	t := &tempered{model, math.Exp(least(loss, math.Log(0.2), math.Log(20)))}
	h := &held{model: t, by: map[dataset.LabelID][]float64{}}
	for id, l := range logs {
		h.by[id] = softmax(divided(l, t.temperature))
	}
	return h
}

// heldOutLogs are the logarithms of the likelihoods that a run's folds gave
// their held-out windows, before any temperature, by label: of several windows of
// a label the first. Windows of a class that the fold could not have learnt are
// left out.
func heldOutLogs(r *training.Result, prior []float64) map[dataset.LabelID][]float64 {
	total, inFold := map[int]int{}, map[[2]int]int{}
	for _, p := range r.Predictions {
		total[p.Truth]++
		inFold[[2]int{p.Fold, p.Truth}]++
	}
	logs, start := map[dataset.LabelID][]float64{}, map[dataset.LabelID]float64{}
	for _, p := range r.Predictions {
		if at, ok := start[p.Label]; ok && at <= p.StartS {
			continue
		}
		unlearnt := total[p.Truth] == inFold[[2]int{p.Fold, p.Truth}]
		if unlearnt || p.Label == "" || len(p.P) != len(prior) || p.Fold < 1 || p.Fold > len(r.Folds) {
			continue
		}
		l := make([]float64, len(prior))
		for i, v := range p.P {
			l[i] = r.Folds[p.Fold-1].Temperature*math.Log(max(v, 1e-6)) - math.Log(prior[i])
		}
		logs[p.Label], start[p.Label] = l, p.StartS
	}
	return logs
}

func divided(x []float64, by float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v / by
	}
	return out
}

// least finds the minimum of a function with one valley by golden section.
func least(f func(float64) float64, a, b float64) float64 {
	g := (math.Sqrt(5) - 1) / 2
	c, d := b-g*(b-a), a+g*(b-a)
	fc, fd := f(c), f(d)
	for b-a > 1e-4 {
		if fc < fd {
			b, d, fd = d, c, fc
			c = b - g*(b-a)
			fc = f(c)
		} else {
			a, c, fc = c, d, fd
			d = a + g*(b-a)
			fd = f(d)
		}
	}
	return (a + b) / 2
}

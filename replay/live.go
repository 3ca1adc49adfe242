package replay

import (
	"context"
	"math"
)

// live gathers what replays that find onsets themselves did over several
// sessions.
type live struct {
	counts      map[EventKind]int
	onsetErrors []float64
	over, under float64
	falseStarts int
	hours       float64
	latency     map[combination][]float64
	missed      map[combination]int
	answered    map[combination]*Answers
}

// stream replays a held-out session that is not told where sets begin.
func (a *Ablation) stream(ctx context.Context, store Store, k *Knowledge, h *held, m *material, pools map[combination]Pool, o Options) error {
	c := modelOf(h)
	o.At = AtDetected
	r, err := Stream(ctx, store, k, c, m.session.ID, o)
	if err != nil {
		return err
	}
	a.live.add(r)
	for _, s := range append(singles(), everything) {
		a.live.answers(s, r.With(pools[s]), r.visit.sets)
	}
	return nil
}

func singles() (list []combination) {
	for s := range Sources {
		list = append(list, 1<<s)
	}
	return list
}

func (l *live) add(r *Replay) {
	if l.counts == nil {
		l.counts, l.latency, l.missed, l.answered = map[EventKind]int{}, map[combination][]float64{}, map[combination]int{}, map[combination]*Answers{}
	}
	e := r.Events()
	for k, n := range e.Counts {
		l.counts[k] += n
	}
	for _, d := range e.OnsetErrors {
		l.onsetErrors = append(l.onsetErrors, math.Abs(d))
	}
	l.over += e.OverfillS
	l.under += e.UnderfillS
	l.hours += r.result.DurationS / 3600
	for _, f := range r.found {
		if f.truth == nil {
			l.falseStarts++
		}
	}
}

// answers notes when each true set got its first lasting right answer, and how
// the onsets within labelled sets were answered.
func (l *live) answers(c combination, r *Result, sets []Set) {
	if l.answered[c] == nil {
		l.answered[c] = &Answers{}
	}
	a := l.answered[c]
	for _, d := range r.Decisions {
		if d.Truth == "" || d.TakenBackS != 0 {
			continue
		}
		a.Matched++
		switch d.Fused {
		case d.Truth:
			a.Right++
		case "":
			a.NoAnswer++
		default:
			a.Wrong++
		}
	}
	for _, s := range sets {
		first := math.Inf(1)
		for _, d := range r.Decisions {
			if d.TakenBackS == 0 && d.Fused == s.Exercise && d.AtS > s.Onset && d.AtS <= s.End {
				first = min(first, d.KnownS-s.Onset)
			}
		}
		if math.IsInf(first, 1) {
			l.missed[c]++
		} else {
			l.latency[c] = append(l.latency[c], first)
		}
	}
}

// complete adds latency and answers to a score.
func (l *live) complete(s *Score, c combination) {
	if l.counts == nil {
		return
	}
	spread := spreadOf(l.latency[c])
	s.Latency = &Latency{MedianS: spread.Median, P90S: spread.P90, Missed: l.missed[c], Of: spread.N + l.missed[c]}
	s.Events = l.answered[c]
}

// segmentation sums up the sets that were found.
func (l *live) segmentation() *EventSummary {
	if l.counts == nil {
		return nil
	}
	return &EventSummary{Counts: l.counts, OnsetErrorS: spreadOf(l.onsetErrors), OverfillS: l.over, UnderfillS: l.under,
		FalseStartsPerHour: float64(l.falseStarts) / math.Max(l.hours, 1e-9)}
}

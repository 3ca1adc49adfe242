package replay

import (
	"context"
	"math"

	"onset/dataset"
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
	repetitions RepetitionScore
}

// lived is what the replay of one held-out session did.
type lived struct {
	session     dataset.SessionID
	participant dataset.ParticipantID
	live
}

// lived adds up what the replays of those sessions did that a part is of: of a
// session, of a person's sessions, or of all where it names neither.
func (a *Ablation) lived(p Part) (sum live) {
	for i, l := range a.lives {
		if (p.Session == "" || l.session == p.Session) && (p.Participant == "" || l.participant == p.Participant) {
			sum.join(&a.lives[i].live)
		}
	}
	return sum
}

func (l *live) make() {
	if l.counts == nil {
		l.counts, l.latency, l.missed, l.answered = map[EventKind]int{}, map[combination][]float64{}, map[combination]int{}, map[combination]*Answers{}
	}
}

// join adds what other replays did.
func (l *live) join(m *live) {
	l.make()
	for k, n := range m.counts {
		l.counts[k] += n
	}
	l.onsetErrors = append(l.onsetErrors, m.onsetErrors...)
	l.over, l.under, l.hours, l.falseStarts = l.over+m.over, l.under+m.under, l.hours+m.hours, l.falseStarts+m.falseStarts
	for c, a := range m.answered {
		if l.answered[c] == nil {
			l.answered[c] = &Answers{}
		}
		sum := l.answered[c]
		sum.Matched, sum.Right, sum.Wrong, sum.NoAnswer = sum.Matched+a.Matched, sum.Right+a.Right, sum.Wrong+a.Wrong, sum.NoAnswer+a.NoAnswer
		l.latency[c] = append(l.latency[c], m.latency[c]...)
		l.missed[c] += m.missed[c]
	}
	l.repetitions.join(m.repetitions)
}

// stream replays a held-out session that is not told where sets begin.
func (a *Ablation) stream(ctx context.Context, store Store, k *Knowledge, h *held, m *material, pools map[combination]Pool, o Options) error {
	c := modelOf(h)
	o.At = AtDetected
	r, err := Stream(ctx, store, k, c, m.session.ID, o)
	if err != nil {
		return err
	}
	var l live
	l.add(r)
	for _, s := range append(singles(), everything) {
		l.answers(s, r.With(pools[s]), r.visit.sets)
	}
	l.repetitions.add(m)
	a.lives = append(a.lives, lived{session: m.session.ID, participant: m.session.Participant, live: l})
	return nil
}

func singles() (list []combination) {
	for s := range Sources {
		list = append(list, 1<<s)
	}
	return list
}

func (l *live) add(r *Replay) {
	untrue := 0
	for _, f := range r.found {
		untrue += int(oneIf(f.truth == nil))
	}
	l.addEvents(r.Events(), r.result.DurationS, untrue)
}

// addEvents adds a session's events, its length in seconds and how many decisions
// it made where no set was.
func (l *live) addEvents(e Events, durationS float64, falseStarts int) {
	l.make()
	for k, n := range e.Counts {
		l.counts[k] += n
	}
	for _, d := range e.OnsetErrors {
		l.onsetErrors = append(l.onsetErrors, math.Abs(d))
	}
	l.over += e.OverfillS
	l.under += e.UnderfillS
	l.hours += durationS / 3600
	l.falseStarts += falseStarts
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
	s.Latency, s.Events = l.latencyOf(c), l.answered[c]
}

func (l *live) latencyOf(c combination) *Latency {
	spread := spreadOf(l.latency[c])
	return &Latency{MedianS: spread.Median, P90S: spread.P90, Missed: l.missed[c], Of: spread.N + l.missed[c]}
}

// segmentation sums up the sets that were found.
func (l *live) segmentation() *EventSummary {
	if l.counts == nil {
		return nil
	}
	return &EventSummary{Counts: l.counts, OnsetErrorS: spreadOf(l.onsetErrors), OverfillS: l.over, UnderfillS: l.under,
		FalseStartsPerHour: float64(l.falseStarts) / math.Max(l.hours, 1e-9)}
}

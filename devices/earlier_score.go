package devices

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"onset/dataset"
	"onset/training"
)

// Score is how often a model names what a session's labels say.
type Score struct {
	Session   dataset.SessionID  `json:"session"`
	Windows   int                `json:"windows"`
	Right     int                `json:"right"`
	Accuracy  float64            `json:"accuracy"`
	Confusion training.Confusion `json:"confusion"`
	// Left counts the windows across a label's edge, over a gap, or of what the
	// model can't name; where a session rests for longer than a window, none.
	Left int `json:"left_out"`
}

// ScoreStore is what scoring reads of a study.
type ScoreStore interface {
	training.SampleReader
	Session(ctx context.Context, id dataset.SessionID) (dataset.Session, error)
	Labels(ctx context.Context, filter dataset.LabelFilter) ([]dataset.Label, error)
}

// The classes of a model that only tells exercise from none.
const (
	earlierNone     = "-"
	earlierExercise = "E"
)

// ScoreOn lets a model name every window of a session, stepS seconds apart, that
// lies wholly inside one exercise label (or, for a model that tells exercise from
// none, wholly outside all). Names agree when what follows their last slash does.
func ScoreOn(ctx context.Context, study ScoreStore, m *training.Model, id dataset.SessionID, stepS float64) (Score, error) {
	session, err := study.Session(ctx, id)
	if err != nil {
		return Score{}, fmt.Errorf("scoring a model: %w", err)
	}
	labels, err := study.Labels(ctx, dataset.LabelFilter{Session: session.ID, Kind: dataset.KindExercise})
	if err != nil {
		return Score{}, fmt.Errorf("scoring a model: %w", err)
	}
	r, err := training.NewReader(study, session, m.Contract())
	if err != nil {
		return Score{}, fmt.Errorf("scoring a model on session %s: %w", session.ID, err)
	}
	s := Score{Session: session.ID, Confusion: training.NewConfusion(m.Classes())}
	truthOf := truths(session, labels, m.Classes())
	for from := range steps(recorded(session, m.Contract().WindowS), m.Contract().WindowS, stepS) {
		if err := ctx.Err(); err != nil {
			return s, err
		}
		truth := truthOf(from, from+m.Contract().WindowS)
		if truth < 0 {
			s.Left++
			continue
		}
		w, err := r.Window(ctx, training.At(from))
		if errors.Is(err, training.ErrGap) || errors.Is(err, training.ErrOutside) || errors.Is(err, training.ErrNoSensor) || errors.Is(err, training.ErrNotANum) {
			s.Left++
			continue
		}
		if err != nil {
			return s, fmt.Errorf("scoring a model on session %s: %w", session.ID, err)
		}
		p, err := m.Predict(w)
		if err != nil {
			return s, fmt.Errorf("scoring a model on session %s: %w", session.ID, err)
		}
		top := 0
		for c := range p {
			if p[c] > p[top] {
				top = c
			}
		}
		s.Windows++
		s.Confusion.Add(truth, top)
		if top == truth {
			s.Right++
		}
	}
	s.Accuracy = s.Confusion.Accuracy()
	return s, nil
}

// recorded is when any device of a session recorded, in order: stretches that are
// at most bridge seconds apart are one. A clock that was set years on leaves no
// more of them.
func recorded(session dataset.Session, bridge float64) []span {
	var all, out []span
	for _, r := range session.Recordings {
		for i, seg := range r.Clock.Segments {
			last := r.Samples
			if i+1 < len(r.Clock.Segments) {
				last = min(r.Clock.Segments[i+1].First, r.Samples)
			}
			all = append(all, span{seg.Start, seg.Start + float64(last-seg.First)/seg.Rate})
		}
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for _, s := range all {
		if n := len(out); n > 0 && s.from <= out[n-1].to+bridge {
			out[n-1].to = max(out[n-1].to, s.to)
		} else {
			out = append(out, s)
		}
	}
	return out
}

type span struct{ from, to float64 }

// steps are the multiples of step from which a window lies in one of the
// stretches.
func steps(stretches []span, window, step float64) iter.Seq[float64] {
	const edge = 1e-9
	return func(yield func(float64) bool) {
		for _, s := range stretches {
			for i := math.Ceil(s.from/step - edge); i*step+window <= s.to+edge; i++ {
				if !yield(i * step) {
					return
				}
			}
		}
	}
}

// truths says which class a stretch of the session is of; -1 for none.
func truths(session dataset.Session, labels []dataset.Label, classes []string) func(from, to float64) int {
	index := map[string]int{}
	for i, c := range classes {
		index[lastPart(c)] = i
	}
	none, hasNone := index[earlierNone]
	exercise, hasExercise := index[earlierExercise]
	clocks := map[dataset.RecordingID]dataset.Clock{}
	for _, r := range session.Recordings {
		clocks[r.ID] = r.Clock
	}
	return func(from, to float64) int {
		const edge = 1e-6
		for _, l := range labels {
			c := clocks[l.Recording]
			start, end := c.Span(l.Start, l.End)
			switch {
			case from >= start-edge && to <= end+edge && hasNone && hasExercise:
				return exercise
			case from >= start-edge && to <= end+edge:
				if i, ok := index[lastPart(l.Exercise)]; ok {
					return i
				}
				return -1
			case from < end && to > start:
				return -1
			}
		}
		if hasNone && hasExercise {
			return none
		}
		return -1
	}
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// Alternative is another reading of the same files, scored on the same session.
type Alternative struct {
	Reading Reading `json:"reading"`
	Right   int     `json:"right"`
	Windows int     `json:"windows"`
}

// String is a reading as a person would tell it.
func (r Reading) String() string {
	return fmt.Sprintf("%s, divided by %g, filter %s", r.Order, r.Scale, r.Filter)
}

// Rivals scores the readings that are as likely as the one given, the other order,
// the usual filters, half and twice the scaling, and gives those that a session
// does not tell from it or that do better, the best first: names within one
// window in a hundred are alike. told are the files' score under r.
func Rivals(ctx context.Context, study ScoreStore, e Earlier, r Reading, told Score, stepS float64) ([]Alternative, error) {
	filters := []string{r.Filter}
	for _, f := range []string{"none", "ema:0.1666667"} {
		if !sameFilter(f, r.Filter) {
			filters = append(filters, f)
		}
	}
	margin := max(1, int(math.Round(float64(told.Windows)/100)))
	out := []Alternative{}
	for _, order := range []string{OrderInterleaved, OrderChannels} {
		for _, filter := range filters {
			for _, scale := range []float64{r.Scale, r.Scale / 2, r.Scale * 2} {
				other := r
				other.Order, other.Filter, other.Scale = order, filter, scale
				if other == r {
					continue
				}
				m, err := ReadEarlier(e, other)
				if err != nil {
					return nil, err
				}
				s, err := ScoreOn(ctx, study, m, told.Session, stepS)
				if err != nil {
					return nil, err
				}
				if s.Right >= told.Right-margin {
					out = append(out, Alternative{Reading: other, Right: s.Right, Windows: s.Windows})
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Alternative) int { return b.Right - a.Right })
	return out, nil
}

// sameFilter tells whether two filters are written for the same one.
func sameFilter(a, b string) bool {
	var x, y float64
	_, errX := fmt.Sscanf(a, "ema:%g", &x)
	_, errY := fmt.Sscanf(b, "ema:%g", &y)
	const close = 1e-4
	return a == b || errX == nil && errY == nil && math.Abs(x-y) < close
}

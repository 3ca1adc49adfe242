package app

import (
	"context"
	"errors"
	"fmt"
	"math"

	"onset/dataset"
	"onset/labeling"
	"onset/training"
)

// Proposals are what a model says of moments of a session.
type Proposals struct {
	Answers []labeling.Answer // one for each moment
	// SameSession and SamePerson tell that the model has learnt from this session
	// or this person: its answers then say less about the recording than about
	// the labels that it was taught.
	SameSession, SamePerson bool
}

// Propose asks a model of the open study which exercise begins at each of the
// onsets (seconds from the session's start). A moment where the model's window
// lacks samples has an empty answer.
func (w *Workbench) Propose(ctx context.Context, model string, session dataset.SessionID, onsets []float64) (Proposals, error) {
	return read(w, func(s *dataset.Study) (Proposals, error) {
		doing := "asking the model " + model
		m, err := training.Load(ctx, s, model)
		if err != nil {
			return Proposals{}, err
		}
		v, err := s.Session(ctx, session)
		if err != nil {
			return Proposals{}, fmt.Errorf("%s: %w", doing, err)
		}
		r, err := training.NewReader(s, v, m.Contract())
		if err != nil {
			return Proposals{}, fmt.Errorf("%s: %w", doing, err)
		}
		var out Proposals
		out.SameSession, out.SamePerson = m.HasSeen(v.ID, v.Participant)
		for _, at := range onsets {
			if err := ctx.Err(); err != nil {
				return Proposals{}, err
			}
			window, err := r.Window(ctx, training.At(at))
			if err != nil {
				if errors.Is(err, dataset.ErrCorrupt) {
					return Proposals{}, fmt.Errorf("%s: %w", doing, err)
				}
				out.Answers = append(out.Answers, labeling.Answer{})
				continue
			}
			p, err := m.Predict(window)
			if err != nil {
				return Proposals{}, fmt.Errorf("%s: %w", doing, err)
			}
			out.Answers = append(out.Answers, answerOf(m.Classes(), p))
		}
		return out, nil
	})
}

func answerOf(classes []string, p []float64) labeling.Answer {
	var a labeling.Answer
	for i, v := range p {
		if v > a.Confidence {
			a.Exercise, a.Confidence = classes[i], v
		}
		if v > 0 && len(p) > 1 {
			a.Doubt -= v * math.Log(v) / math.Log(float64(len(p)))
		}
	}
	return a
}

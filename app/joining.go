package app

import (
	"context"
	"errors"

	"onset/dataset"
)

// Candidate is a session that may be joined with another, and how the two lie.
type Candidate struct {
	dataset.SessionSummary
	Joining dataset.Joining // of this one into the other
}

// JoinCandidates are the other sessions of a session's participant, with how each
// lies in time; of those that overlap the longest overlap first.
func (w *Workbench) JoinCandidates(ctx context.Context, into dataset.SessionSummary) ([]Candidate, error) {
	return read(w, func(s *dataset.Study) ([]Candidate, error) {
		list, err := s.Sessions(ctx)
		if err != nil {
			return nil, err
		}
		var out []Candidate
		for _, v := range list {
			if v.Participant != into.Participant || v.ID == into.ID {
				continue
			}
			j, err := s.JoiningOf(ctx, into.ID, v.ID)
			if err != nil {
				return nil, err
			}
			out = append(out, Candidate{v, j})
		}
		return out, nil
	})
}

// JoinSessions joins sessions into another, one after the other; where one is
// refused those before it are joined.
func (w *Workbench) JoinSessions(ctx context.Context, into dataset.SessionID, from []dataset.SessionID, forced bool) error {
	rater := w.Preferences().Rater
	_, err := read(w, func(s *dataset.Study) (struct{}, error) {
		for _, id := range from {
			if _, err := s.JoinSessions(ctx, into, id, forced, rater); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	w.Signals.Labels.Emit(into)
	w.Signals.Sessions.Emit(struct{}{})
	return err
}

// SplitRecording takes a recording out of a session into one of its own.
func (w *Workbench) SplitRecording(ctx context.Context, session dataset.SessionID, recording dataset.RecordingID) (dataset.SessionID, error) {
	rater := w.Preferences().Rater
	own, err := read(w, func(s *dataset.Study) (dataset.SessionID, error) {
		return s.SplitRecording(ctx, session, recording, rater)
	})
	if err == nil {
		w.Signals.Labels.Emit(session)
		w.Signals.Sessions.Emit(struct{}{})
	}
	return own, err
}

// CanUndoAlignment says whether the last edit of the present rater, or of nobody
// named, in a session is an alignment that can be taken back, or made again.
func (w *Workbench) CanUndoAlignment(ctx context.Context, id dataset.SessionID) (undo, redo bool, err error) {
	_, err = read(w, func(s *dataset.Study) (struct{}, error) {
		for _, rater := range w.aligners() {
			u, r, err := s.CanUndo(ctx, id, rater)
			if err != nil {
				return struct{}{}, err
			}
			undo, redo = undo || u == AlignAction, redo || r == AlignAction
		}
		return struct{}{}, nil
	})
	return undo, redo, err
}

// aligners are whose alignments are taken back: those of the present rater, and
// those that were made before anybody was named.
func (w *Workbench) aligners() []string {
	if rater := w.Preferences().Rater; rater != "" {
		return []string{rater, ""}
	}
	return []string{""}
}

// UndoAlignment takes back the last alignment in a session, with an entry of the
// ledger; dataset.ErrNothing when there is none.
func (w *Workbench) UndoAlignment(ctx context.Context, id dataset.SessionID) error {
	return w.stepAlignment(ctx, id, func(s *dataset.Study, rater string) error {
		if last, _, err := s.CanUndo(ctx, id, rater); err != nil || last != AlignAction {
			return errors.Join(err, dataset.ErrNothing)
		}
		_, err := s.Undo(ctx, id, rater)
		return err
	})
}

// RedoAlignment makes the alignment again that was taken back last.
func (w *Workbench) RedoAlignment(ctx context.Context, id dataset.SessionID) error {
	return w.stepAlignment(ctx, id, func(s *dataset.Study, rater string) error {
		if _, next, err := s.CanUndo(ctx, id, rater); err != nil || next != AlignAction {
			return errors.Join(err, dataset.ErrNothing)
		}
		_, err := s.Redo(ctx, id, rater)
		return err
	})
}

// stepAlignment tries each rater whose alignments count. What another has changed
// since is a conflict, and the other's is the later one.
func (w *Workbench) stepAlignment(ctx context.Context, id dataset.SessionID, step func(*dataset.Study, string) error) error {
	_, err := read(w, func(s *dataset.Study) (struct{}, error) {
		err := dataset.ErrNothing
		for _, rater := range w.aligners() {
			e := step(s, rater)
			if e == nil {
				return struct{}{}, nil
			}
			if !errors.Is(e, dataset.ErrNothing) {
				err = e
			}
			if !errors.Is(e, dataset.ErrNothing) && !errors.Is(e, dataset.ErrConflict) {
				break
			}
		}
		return struct{}{}, err
	})
	if err == nil {
		w.Signals.Labels.Emit(id)
		w.Signals.Sessions.Emit(struct{}{})
	}
	return err
}

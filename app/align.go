package app

import (
	"context"

	"onset/dataset"
	"onset/dataset/align"
)

// AlignAction names an alignment in the ledger and for undo.
const AlignAction = "align a recording"

// AlignByMovement finds how a recording lies on another of its session as a job
// and changes nothing; done gets the answer and the number of stretches of
// movement that it rests on, on the job's goroutine.
func (w *Workbench) AlignByMovement(reference, device dataset.Recording, done func(a dataset.Alignment, windows int, err error)) *Job {
	return w.job("Align by movement", func(ctx context.Context, t *Task, s *dataset.Study) error {
		a, windows, err := align.ByMovement(ctx, s, reference, device, func(n, total int64) {
			t.Progress(float64(n), float64(total), "samples", "comparing movement")
		})
		done(a, windows, err)
		return err
	})
}

// Align puts a recording on its session's axis, or back on its own clock (after
// nil), as an entry of the ledger that Undo takes back. One that looks like a slip
// is refused with a *dataset.DoubtfulError unless it is meant.
func (w *Workbench) Align(ctx context.Context, session dataset.SessionID, r dataset.Recording, after *dataset.Alignment, meant bool, rater string) (dataset.LedgerEntry, error) {
	entry, err := read(w, func(s *dataset.Study) (dataset.LedgerEntry, error) {
		return s.Apply(ctx, dataset.Edit{Session: session, Rater: rater, Action: AlignAction, Meant: meant,
			Alignments: []dataset.AlignmentChange{{Recording: r.ID, Before: r.Alignment, After: after}}})
	})
	if err == nil {
		w.Signals.Labels.Emit(session)
		w.Signals.Sessions.Emit(struct{}{})
	}
	return entry, err
}

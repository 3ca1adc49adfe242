package app

import (
	"context"
	"time"
)

// CopyEvery is how often an open study that changes is copied.
const CopyEvery = 30 * time.Minute

// KeepCopies copies the open study at a tick when its ledger has grown since it
// was opened or last copied, until ctx ends or ticks is closed. A copy that fails
// is a failed job and is tried again at the next tick.
func (w *Workbench) KeepCopies(ctx context.Context, ticks <-chan time.Time) {
	opened := make(chan StudyState, 1)
	stop := w.Signals.Study.Subscribe(func(s StudyState) {
		select { // only the newest state counts
		case <-opened:
		default:
		}
		select {
		case opened <- s:
		default:
		}
	})
	defer stop()
	study := w.Current().Path
	seen := w.ledgerPosition(ctx) // the ledger's position that needs no copy
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-opened:
			if s.Path != study { // not only its settings changed
				study, seen = s.Path, w.ledgerPosition(ctx)
			}
		case _, ok := <-ticks:
			if !ok {
				return
			}
			if at := w.ledgerPosition(ctx); at > seen && !w.Current().ReadOnly && w.BackUpNow(nil).Wait() == nil {
				seen = at
			}
		}
	}
}

// ledgerPosition is how far the open study's ledger goes; 0 without one.
func (w *Workbench) ledgerPosition(ctx context.Context) int64 {
	s, release, err := w.use()
	if err != nil {
		return 0
	}
	defer release()
	head, err := s.study.LedgerHead(ctx)
	if err != nil {
		w.log.Warn("reading the ledger for the copies", "err", err)
		return 0
	}
	return head.Position
}

package dataset

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Undo and redo need no state but the ledger. A rater has a history of their own
// in each session: it holds the edits that they made. Every entry of a rater in a
// session says which entry their next undo (undo_top) and their next redo
// (redo_top) concerns once it is written, 0 for none, and which entry lies below
// its own one:
//
//	edit  undo_top is itself; below it lies the undo_top before it; no redo
//	undo  target is the edit taken back; undo_top is what lay below that edit;
//	      redo_top is itself, below it lies the redo_top before it
//	redo  target is the edit made again: undo_top; redo_top is what lay below
//	      the undo that it takes back
//
// Where recordings came into the session or left it, every history begins anew.
// So an undo reads three rows, however long the history is. Studies of before
// version 0.2 have one history for all raters of a session; an entry of another
// rater that a stack still names is passed over.
const (
	entryEdit     = "edit"
	entryUndo     = "undo"
	entryRedo     = "redo"
	entryDeletion = "delete"
)

// lastOf is the newest entry of a rater in a session with undo and redo tops that
// are the rater's own; zero when there is none.
func lastOf(ctx context.Context, q queryer, session SessionID, rater string) (ledgerRow, error) {
	r, err := scanLedger(q.QueryRowContext(ctx, "SELECT "+ledgerColumns+
		` FROM ledger l WHERE l.session=? AND l.rater=? AND l.kind IN (?,?,?) AND l.position > coalesce(
		(SELECT max(m.position) FROM ledger m WHERE m.session=? AND m.kind IN (?,?)), 0) ORDER BY l.position DESC LIMIT 1`,
		string(session), rater, entryEdit, entryUndo, entryRedo, string(session), entryJoin, entrySplit))
	if errors.Is(err, sql.ErrNoRows) {
		return ledgerRow{}, nil
	}
	if err == nil {
		r.undoTop, err = ownTop(ctx, q, r.undoTop, rater)
	}
	if err == nil {
		r.redoTop, err = ownTop(ctx, q, r.redoTop, rater)
	}
	return r, err
}

// ownTop goes down a stack to the first entry that is a rater's.
func ownTop(ctx context.Context, q queryer, top int64, rater string) (int64, error) {
	for top != 0 {
		var by string
		var below int64
		if err := q.QueryRowContext(ctx, "SELECT rater, below FROM ledger WHERE position=?", top).Scan(&by, &below); err != nil {
			return 0, fmt.Errorf("ledger entry %d: %w", top, err)
		}
		if by == rater {
			return top, nil
		}
		if below >= top {
			return 0, fmt.Errorf("ledger entry %d lies on entry %d: %w", top, below, ErrCorrupt)
		}
		top = below
	}
	return 0, nil
}

func entryAt(ctx context.Context, q queryer, position int64) (ledgerRow, ledgerDetail, error) {
	var data []byte
	var d ledgerDetail
	r, err := scanLedger(q.QueryRowContext(ctx, "SELECT "+ledgerColumns+
		", d.data FROM ledger l LEFT JOIN ledger_details d USING (position) WHERE l.position=?", position), &data)
	if err != nil {
		return r, d, fmt.Errorf("ledger entry %d: %w", position, err)
	}
	if data == nil {
		return r, d, nil
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return r, d, fmt.Errorf("ledger entry %d: %w: %w", position, ErrCorrupt, err)
	}
	return r, d, nil
}

// CanUndo names the actions of a rater that Undo and Redo would take back and
// make again; empty for none.
func (s *Study) CanUndo(ctx context.Context, session SessionID, rater string) (undo, redo string, err error) {
	err = s.read(ctx, "reading the history", func(tx *sql.Tx) error {
		last, err := lastOf(ctx, tx, session, rater)
		if err != nil {
			return err
		}
		if last.undoTop != 0 {
			_, d, err := entryAt(ctx, tx, last.undoTop)
			if err != nil {
				return err
			}
			undo = d.Action
		}
		if last.redoTop != 0 {
			_, d, err := entryAt(ctx, tx, last.redoTop)
			redo = d.Action
			return err
		}
		return nil
	})
	return undo, redo, err
}

// Undo takes back the newest edit that a rater made in a session and that is not
// yet undone, as one durable entry of its own, signed by that rater. It returns
// what it did: Before is what was, After what is now. ErrNothing when the rater
// has no edit left, ErrConflict when somebody else has changed since what it
// would take back. What an import brought is not an edit.
func (s *Study) Undo(ctx context.Context, session SessionID, rater string) (Edit, error) {
	return s.step(ctx, "undo", session, rater, func(tx *sql.Tx, last ledgerRow) (ledgerRow, ledgerDetail, error) {
		target, d, err := entryAt(ctx, tx, last.undoTop)
		return ledgerRow{
				kind: entryUndo, rater: rater, session: session,
				target: target.position, undoTop: target.below, below: last.redoTop,
			}, ledgerDetail{Summary: "undo: " + d.Action, Action: d.Action,
				Changes: reversed(d.Changes), Alignments: reversedAlignments(d.Alignments), Continues: d.Continues}, err
	})
}

// Redo makes the edit again that the rater last took back. ErrNothing when there
// is none; a new edit of the rater ends what could be redone.
func (s *Study) Redo(ctx context.Context, session SessionID, rater string) (Edit, error) {
	return s.step(ctx, "redo", session, rater, func(tx *sql.Tx, last ledgerRow) (ledgerRow, ledgerDetail, error) {
		undo, d, err := entryAt(ctx, tx, last.redoTop)
		return ledgerRow{
				kind: entryRedo, rater: rater, session: session,
				target: undo.target, undoTop: undo.target, redoTop: undo.below,
			}, ledgerDetail{Summary: "redo: " + d.Action, Action: d.Action,
				Changes: reversed(d.Changes), Alignments: reversedAlignments(d.Alignments), Continues: d.Continues}, err
	})
}

type stepOf func(tx *sql.Tx, last ledgerRow) (ledgerRow, ledgerDetail, error)

// step takes back or makes again one edit with those that continue it, each with
// an entry of its own, all of them or none.
func (s *Study) step(ctx context.Context, doing string, session SessionID, rater string, plan stepOf) (Edit, error) {
	var e Edit
	err := s.write(ctx, doing, func(tx *sql.Tx) error {
		e = Edit{}
		if err := mustBeVisible(ctx, tx, session); err != nil {
			return err
		}
		for first := true; ; first = false {
			last, err := lastOf(ctx, tx, session, rater)
			if err != nil {
				return err
			}
			top := last.undoTop
			if doing == "redo" {
				top = last.redoTop
			}
			if top == 0 && first {
				return ErrNothing
			}
			more := top != 0
			if more && !first && doing == "redo" {
				_, next, err := entryAt(ctx, tx, top)
				if err != nil {
					return err
				}
				more = next.Continues
			}
			if !more {
				return nil
			}
			made, err := s.stepOnce(ctx, tx, session, last, plan)
			if err != nil {
				return err
			}
			again := doing == "redo" || made.Continues
			if first {
				e = made
			} else {
				e = JoinEdits(e, made)
			}
			if !again {
				return nil
			}
		}
	})
	if err != nil {
		return Edit{}, err
	}
	return e, nil
}

func (s *Study) stepOnce(ctx context.Context, tx *sql.Tx, session SessionID, last ledgerRow, plan stepOf) (Edit, error) {
	row, d, err := plan(tx, last)
	if err != nil {
		return Edit{}, err
	}
	if len(d.Changes)+len(d.Alignments) == 0 {
		return Edit{}, fmt.Errorf("the ledger no longer says what was changed: %w", ErrCorrupt)
	}
	if err := applyDetail(ctx, tx, session, d); err != nil {
		return Edit{}, err
	}
	_, err = s.record(ctx, tx, row, d)
	return d.edit(session, row.rater), err
}

// reversed is the changes that take changes back.
func reversed(changes []storedChange) []storedChange {
	out := make([]storedChange, 0, len(changes))
	for _, c := range slices.Backward(changes) {
		out = append(out, storedChange{Before: c.After, After: c.Before})
	}
	return out
}

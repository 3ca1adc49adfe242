package dataset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Alignment says how a recording's own time lies on the session's axis:
// session time = ShiftS + Stretch * own time, both in seconds.
type Alignment struct {
	ShiftS    float64 `json:"shift_s"`
	Stretch   float64 `json:"stretch"`
	Method    string  `json:"method"`     // "anchors", "correlation", "hand"
	ResidualS float64 `json:"residual_s"` // root mean square of what the method could not explain, 0 when it says nothing
}

// AlignmentChange is one step of an Edit: a recording aligned (Before nil), set
// back to its own clock (After nil) or aligned otherwise.
type AlignmentChange struct {
	Recording     RecordingID
	Before, After *Alignment
}

type storedAlignment struct {
	Recording RecordingID `json:"recording"`
	Before    *Alignment  `json:"before,omitempty"`
	After     *Alignment  `json:"after,omitempty"`
}

// Aligned is the clock on the session's axis.
func (c Clock) Aligned(a Alignment) Clock {
	out := Clock{Segments: make([]Segment, len(c.Segments))}
	for i, s := range c.Segments {
		out.Segments[i] = Segment{First: s.First, Start: a.ShiftS + a.Stretch*s.Start, Rate: s.Rate / a.Stretch}
	}
	return out
}

func checkAlignment(a Alignment) error {
	if !finite(a.ShiftS, a.Stretch, a.ResidualS) || a.Stretch < 0.5 || a.Stretch > 2 {
		return fmt.Errorf("an alignment by %g s and a factor of %g: %w", a.ShiftS, a.Stretch, ErrBadRequest)
	}
	return nil
}

// alignmentsOf reads the alignments of a session's recordings.
func alignmentsOf(ctx context.Context, q queryer, session SessionID) (map[RecordingID]Alignment, error) {
	out := map[RecordingID]Alignment{}
	return out, each(ctx, q, func(rows *sql.Rows) error {
		var id RecordingID
		var a Alignment
		err := rows.Scan(&id, &a.ShiftS, &a.Stretch, &a.Method, &a.ResidualS)
		out[id] = a
		return err
	}, `SELECT a.recording, a.shift_s, a.stretch, a.method, a.residual_s
		FROM recordings r JOIN alignments a ON a.recording=r.id WHERE r.session=?`, string(session))
}

// applyAlignments makes the changes and brings the session's duration up to
// date.
func applyAlignments(ctx context.Context, tx *sql.Tx, session SessionID, changes []storedAlignment) error {
	if len(changes) == 0 {
		return nil
	}
	have, err := alignmentsOf(ctx, tx, session)
	if err != nil {
		return err
	}
	for _, c := range changes {
		now, aligned := have[c.Recording]
		if aligned != (c.Before != nil) || aligned && now != *c.Before {
			return fmt.Errorf("recording %s is aligned otherwise now: %w", c.Recording, ErrConflict)
		}
		if err := putAlignment(ctx, tx, session, c); err != nil {
			return err
		}
		delete(have, c.Recording)
		if c.After != nil {
			have[c.Recording] = *c.After
		}
	}
	v, err := readSession(ctx, tx, string(session))
	if err != nil {
		return err
	}
	return updateRow(ctx, tx, "sessions", "id", string(session), field{"duration_s", v.Recorded()})
}

func putAlignment(ctx context.Context, tx *sql.Tx, session SessionID, c storedAlignment) error {
	if c.After == nil {
		_, err := tx.ExecContext(ctx, "DELETE FROM alignments WHERE recording=?", string(c.Recording))
		return err
	}
	if err := checkAlignment(*c.After); err != nil {
		return err
	}
	var there int
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM recordings WHERE id=? AND session=?", string(c.Recording), string(session)).Scan(&there)
	if err != nil {
		return err
	}
	if there == 0 {
		return fmt.Errorf("recording %q is not of session %s: %w", c.Recording, session, ErrBadRequest)
	}
	return upsertRow(ctx, tx, "alignments", "recording", alignmentFields(c.Recording, *c.After)...)
}

func alignmentFields(id RecordingID, a Alignment) []field {
	return []field{
		{"recording", string(id)}, {"shift_s", a.ShiftS}, {"stretch", a.Stretch},
		{"method", a.Method}, {"residual_s", a.ResidualS},
	}
}

func reversedAlignments(changes []storedAlignment) []storedAlignment {
	var out []storedAlignment
	for i := len(changes) - 1; i >= 0; i-- {
		out = append(out, storedAlignment{changes[i].Recording, changes[i].After, changes[i].Before})
	}
	return out
}

// align replays an entry's alignments.
func (r *labelReplay) align(session SessionID, changes []storedAlignment) error {
	for _, c := range changes {
		have := r.alignments[session]
		if have == nil {
			have = map[RecordingID]Alignment{}
			r.alignments[session] = have
		}
		now, aligned := have[c.Recording]
		if aligned != (c.Before != nil) || aligned && now != *c.Before {
			return fmt.Errorf("recording %s was not aligned so", c.Recording)
		}
		delete(have, c.Recording)
		if c.After != nil {
			have[c.Recording] = *c.After
		}
	}
	return nil
}

func (c *checker) compareAlignments(ctx context.Context, replay *labelReplay) error {
	want := map[RecordingID]Alignment{}
	for _, list := range replay.alignments {
		for id, a := range list {
			want[id] = a
		}
	}
	err := each(ctx, c.q, func(rows *sql.Rows) error {
		var id RecordingID
		var a Alignment
		err := rows.Scan(&id, &a.ShiftS, &a.Stretch, &a.Method, &a.ResidualS)
		if w, ok := want[id]; err == nil && (!ok || w != a) {
			c.addRepairable("alignment of recording "+string(id), "it is not what the ledger says")
		}
		delete(want, id)
		return err
	}, "SELECT recording, shift_s, stretch, method, residual_s FROM alignments")
	for id := range want {
		c.addRepairable("alignment of recording "+string(id), "it is missing")
	}
	return err
}

func rebuildAlignments(ctx context.Context, tx *sql.Tx, replay *labelReplay) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM alignments"); err != nil {
		return err
	}
	var errs []error
	for _, list := range replay.alignments {
		for id, a := range list {
			_, err := insertRow(ctx, tx, "alignments", alignmentFields(id, a)...)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// edit is an entry's changes as callers see them.
func (d ledgerDetail) edit(session SessionID, rater string) Edit {
	e := Edit{Session: session, Rater: rater, Action: d.Action, Continues: d.Continues}
	for _, c := range d.Changes {
		e.Changes = append(e.Changes, Change{Before: c.Before.label(session), After: c.After.label(session)})
	}
	for _, a := range d.Alignments {
		e.Alignments = append(e.Alignments, AlignmentChange(a))
	}
	return e
}

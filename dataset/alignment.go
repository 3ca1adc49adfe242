package dataset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
)

// Alignment says how a recording's own time lies on the session's axis:
// session time = ShiftS + Stretch * own time, both in seconds.
type Alignment struct {
	ShiftS    float64 `json:"shift_s"`
	Stretch   float64 `json:"stretch"`
	Method    string  `json:"method"`     // "anchors", "correlation", "hand"
	ResidualS float64 `json:"residual_s"` // of anchors the root mean square of what is left; of movement its standard uncertainty; 0 when the method says nothing
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
		out.Segments[i] = Segment{First: s.First, Start: a.ShiftS + a.Stretch*s.Start, Rate: s.Rate / a.Stretch, Back: s.Back * a.Stretch}
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

// farOffPPM is beyond what any quartz is off by: good ones stay within 20, bad and
// cold ones within some hundreds.
const farOffPPM = 1000

// DoubtfulError refuses an alignment that is probably a slip. It is ErrBadRequest.
type DoubtfulError struct {
	Recording RecordingID
	DriftPPM  float64 // of a clock that runs as none does, else 0
	ApartS    float64 // seconds between the recording and all others when that is the doubt, else 0
	MovedS    float64 // by how much it would be moved
}

// Error says why, and that nothing was changed.
func (e *DoubtfulError) Error() string {
	var why []string
	if e.DriftPPM != 0 {
		why = append(why, fmt.Sprintf("its clock would run %+.0f parts per million beside the session's, where a quartz is off by 100 at most; an anchor on another movement, anchors close together and a rate that is only nominal look like that", e.DriftPPM))
	}
	if e.ApartS != 0 {
		why = append(why, e.Apart())
	}
	return fmt.Sprintf("the alignment of recording %s is probably not meant: %s; nothing was changed", e.Recording, strings.Join(why, ", and "))
}

// Apart says as a clause that the recording would lie alone.
func (e *DoubtfulError) Apart() string {
	return fmt.Sprintf("moved by %s it would lie %s away from all else in the session, with no moment in common", lengthText(e.MovedS), lengthText(e.ApartS))
}

// Unwrap makes it ErrBadRequest.
func (e *DoubtfulError) Unwrap() error { return ErrBadRequest }

// Doubt gives a *DoubtfulError for the first of changes that asks for a clock that
// runs as none does, or leaves a device without a moment in common with the others.
func (v Session) Doubt(changes []AlignmentChange) error {
	clocks := map[RecordingID]Clock{}
	for _, r := range v.Recordings {
		clocks[r.ID] = r.Clock
		for _, c := range changes {
			switch {
			case c.Recording != r.ID:
			case c.After == nil:
				clocks[r.ID] = r.OwnClock
			default:
				clocks[r.ID] = r.OwnClock.Aligned(*c.After)
			}
		}
	}
	for _, c := range changes {
		if c.After == nil || checkAlignment(*c.After) != nil {
			continue
		}
		doubt := DoubtfulError{Recording: c.Recording}
		if ppm := (c.After.Stretch - 1) * 1e6; math.Abs(ppm) > farOffPPM {
			doubt.DriftPPM = ppm
		}
		for _, r := range v.Recordings {
			if r.ID != c.Recording {
				continue
			}
			before := v.apartFrom(r, func(r Recording) Clock { return r.Clock })
			after := v.apartFrom(r, func(r Recording) Clock { return clocks[r.ID] })
			if after > farApartS || after > 0 && before <= 0 && len(v.Recordings) > 1 {
				doubt.ApartS, doubt.MovedS = after, math.Abs(clocks[r.ID].Time(0)-r.Clock.Time(0))
			}
		}
		if doubt.DriftPPM != 0 || doubt.ApartS != 0 {
			return &doubt
		}
	}
	return nil
}

// apartFrom is how many seconds lie between a recording and the nearest other of
// its session, or the session's beginning when there is no other; 0 or less when
// they have time in common.
func (v Session) apartFrom(r Recording, clock func(Recording) Clock) float64 {
	between := func(a, b, c, d float64) float64 { return max(c-b, a-d) }
	mine := clock(r)
	from, to := mine.Time(0), mine.End(r.Samples)
	if len(v.Recordings) < 2 {
		return between(from, to, 0, 0)
	}
	nearest := math.Inf(1)
	for _, o := range v.Recordings {
		if o.ID != r.ID {
			c := clock(o)
			nearest = min(nearest, between(from, to, c.Time(0), c.End(o.Samples)))
		}
	}
	return nearest
}

// lengthText writes a length of time for a sentence.
func lengthText(s float64) string {
	switch {
	case s >= 2*86400:
		return fmt.Sprintf("%.0f days", s/86400)
	case s >= 2*3600:
		return fmt.Sprintf("%.1f hours", s/3600)
	case s >= 120:
		return fmt.Sprintf("%.1f minutes", s/60)
	}
	return fmt.Sprintf("%.1f seconds", s)
}

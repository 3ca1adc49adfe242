package dataset

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// storedLabel is a label in the ledger. The field order is part of what the
// ledger's hashes cover.
type storedLabel struct {
	ID         LabelID     `json:"id"`
	Recording  RecordingID `json:"recording"`
	Set        string      `json:"set"`
	Kind       string      `json:"kind"`
	Start      int64       `json:"start"`
	End        int64       `json:"end"`
	Exercise   string      `json:"exercise"`
	Rater      string      `json:"rater"`
	Origin     string      `json:"origin"`
	Confidence float64     `json:"confidence"`
	Attributes Attributes  `json:"attributes"`
	CreatedNS  int64       `json:"created_ns"`
}

type storedChange struct {
	Before *storedLabel `json:"before,omitempty"`
	After  *storedLabel `json:"after,omitempty"`
}

func storeLabel(l *Label) *storedLabel {
	if l == nil {
		return nil
	}
	return &storedLabel{
		ID: l.ID, Recording: l.Recording, Set: l.Set, Kind: l.Kind, Start: l.Start, End: l.End,
		Exercise: l.Exercise, Rater: l.Rater, Origin: l.Origin, Confidence: l.Confidence,
		Attributes: l.Attributes, CreatedNS: l.CreatedAt.UnixNano(),
	}
}

func (v *storedLabel) label(session SessionID) *Label {
	if v == nil {
		return nil
	}
	return &Label{
		ID: v.ID, Session: session, Recording: v.Recording, Set: v.Set, Kind: v.Kind, Start: v.Start, End: v.End,
		Exercise: v.Exercise, Rater: v.Rater, Origin: v.Origin, Confidence: v.Confidence,
		Attributes: v.Attributes, CreatedAt: time.Unix(0, v.CreatedNS).UTC(),
	}
}

// completeLabel gives a label what it may come without: an identifier and the
// moment it was made.
func (s *Study) completeLabel(l *Label) error {
	if l.ID == "" {
		id, err := s.newID()
		if err != nil {
			return err
		}
		l.ID = LabelID(id)
	}
	if l.CreatedAt.IsZero() {
		l.CreatedAt = s.now().UTC()
	}
	return nil
}

// checkLabel refuses a label that does not lie in its recording of so many
// samples, or whose attributes are outside their ranges.
func checkLabel(l Label, samples int64) error {
	a := l.Attributes
	switch {
	case l.Kind == "" || l.Set == "":
		return fmt.Errorf("it has no kind or belongs to no set: %w", ErrBadRequest)
	case l.Start < 0 || l.End > samples:
		return fmt.Errorf("samples %d to %d lie outside the recording of %d: %w", l.Start, l.End, samples, ErrBadRequest)
	case l.Kind == KindPoint && (l.Start != l.End || l.Start >= samples):
		return fmt.Errorf("a point from sample %d to %d of %d: %w", l.Start, l.End, samples, ErrBadRequest)
	case l.Kind != KindPoint && l.Start >= l.End:
		return fmt.Errorf("samples %d to %d: it must end after it starts: %w", l.Start, l.End, ErrBadRequest)
	case !(l.Confidence >= 0 && l.Confidence <= 1):
		return fmt.Errorf("confidence %g is not in 0 to 1: %w", l.Confidence, ErrBadRequest)
	case a.Repetitions != nil && *a.Repetitions < 0:
		return fmt.Errorf("%d repetitions: %w", *a.Repetitions, ErrBadRequest)
	case a.WeightKg != nil && !finite(*a.WeightKg):
		return fmt.Errorf("a weight of %g kg: %w", *a.WeightKg, ErrBadRequest)
	case a.Intensity != nil && !(*a.Intensity >= 0 && *a.Intensity <= 1):
		return fmt.Errorf("intensity %g is not in 0 to 1: %w", *a.Intensity, ErrBadRequest)
	case a.Quality != nil && (*a.Quality < 1 || *a.Quality > 5):
		return fmt.Errorf("quality %d is not in 1 to 5: %w", *a.Quality, ErrBadRequest)
	}
	return nil
}

const labelColumns = `id, session, recording, label_set, kind, start_sample, end_sample, exercise, rater, origin,
	confidence, attributes, created_ns`

func scanLabel(row scanner) (Label, error) {
	var l Label
	var attributes string
	var created int64
	if err := row.Scan(&l.ID, &l.Session, &l.Recording, &l.Set, &l.Kind, &l.Start, &l.End, &l.Exercise, &l.Rater,
		&l.Origin, &l.Confidence, &attributes, &created); err != nil {
		return l, err
	}
	l.CreatedAt = time.Unix(0, created).UTC()
	if attributes == "{}" {
		return l, nil
	}
	if err := json.Unmarshal([]byte(attributes), &l.Attributes); err != nil {
		return l, fmt.Errorf("label %s: %w: %w", l.ID, ErrCorrupt, err)
	}
	return l, nil
}

func insertLabel(ctx context.Context, q queryer, l Label) error {
	attributes, err := json.Marshal(l.Attributes)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, "INSERT INTO labels ("+labelColumns+") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
		string(l.ID), string(l.Session), string(l.Recording), l.Set, l.Kind, l.Start, l.End, l.Exercise, l.Rater,
		l.Origin, l.Confidence, string(attributes), l.CreatedAt.UnixNano())
	return err
}

// Labels lists labels by session, then by first and last sample.
func (s *Study) Labels(ctx context.Context, f LabelFilter) ([]Label, error) {
	query, args := "SELECT "+labelColumns+" FROM labels WHERE 1", []any{}
	for _, c := range []field{{"session", string(f.Session)}, {"label_set", f.Set}, {"kind", f.Kind}} {
		if c.value != "" {
			query += " AND " + c.name + "=?"
			args = append(args, c.value)
		}
	}
	var out []Label
	err := each(ctx, s.reader, func(rows *sql.Rows) error {
		l, err := scanLabel(rows)
		out = append(out, l)
		return err
	}, query+" ORDER BY session, start_sample, end_sample, id", args...)
	return out, explain("reading the labels", err)
}

// Apply makes one edit: all of its changes or none, on disk when it returns. A
// change whose Before is no longer what the study holds is ErrConflict. An
// After without an ID or time is given them, in the caller's label too.
func (s *Study) Apply(ctx context.Context, e Edit) (LedgerEntry, error) {
	doing := e.Action
	if doing == "" {
		doing, e.Action = "editing labels", "edit labels"
	}
	var entry LedgerEntry
	if len(e.Changes)+len(e.Alignments) == 0 {
		return entry, fmt.Errorf("%s: nothing to change: %w", doing, ErrBadRequest)
	}
	changes := make([]storedChange, len(e.Changes))
	for i, c := range e.Changes {
		after, err := s.completeChange(e.Session, c)
		if err != nil {
			return entry, explain(doing, err)
		}
		changes[i] = storedChange{Before: storeLabel(c.Before), After: storeLabel(after)}
	}
	d := ledgerDetail{Summary: e.Action, Action: e.Action, Changes: changes, Continues: e.Continues}
	for _, a := range e.Alignments {
		d.Alignments = append(d.Alignments, storedAlignment(a))
	}
	err := s.write(ctx, doing, func(tx *sql.Tx) error {
		if err := mustBeVisible(ctx, tx, e.Session); err != nil {
			return err
		}
		if len(e.Alignments) > 0 && !e.Meant {
			v, err := readSession(ctx, tx, string(e.Session))
			if err == nil {
				err = v.Doubt(e.Alignments)
			}
			if err != nil {
				return err
			}
		}
		if err := applyDetail(ctx, tx, e.Session, d); err != nil {
			return err
		}
		last, err := lastOf(ctx, tx, e.Session, e.Rater)
		if err != nil {
			return err
		}
		d.Continues = e.Continues && last.kind == entryEdit
		entry, err = s.record(ctx, tx, ledgerRow{kind: entryEdit, rater: e.Rater, session: e.Session, below: last.undoTop}, d)
		return err
	})
	if err != nil {
		return LedgerEntry{}, err
	}
	for i, c := range e.Changes {
		if c.After != nil {
			c.After.ID, c.After.Session = changes[i].After.ID, e.Session
			c.After.CreatedAt = time.Unix(0, changes[i].After.CreatedNS).UTC()
		}
	}
	return entry, nil
}

// completeChange checks a change's shape and is its After, whole.
func (s *Study) completeChange(session SessionID, c Change) (*Label, error) {
	for _, l := range []*Label{c.Before, c.After} {
		if l != nil && l.Session != "" && l.Session != session {
			return nil, fmt.Errorf("a label of session %s in an edit of %s: %w", l.Session, session, ErrBadRequest)
		}
	}
	if c.After == nil {
		if c.Before == nil {
			return nil, fmt.Errorf("a change from nothing to nothing: %w", ErrBadRequest)
		}
		return nil, nil
	}
	after := *c.After
	if c.Before != nil {
		if after.ID == "" {
			after.ID = c.Before.ID
		}
		if after.CreatedAt.IsZero() {
			after.CreatedAt = c.Before.CreatedAt
		}
		if after.ID != c.Before.ID {
			return nil, fmt.Errorf("label %s can not become label %s: %w", c.Before.ID, after.ID, ErrBadRequest)
		}
	}
	return &after, s.completeLabel(&after)
}

func mustBeVisible(ctx context.Context, q queryer, id SessionID) error {
	var visible bool
	err := q.QueryRowContext(ctx, "SELECT visible FROM sessions WHERE id=?", string(id)).Scan(&visible)
	if err == nil && visible {
		return nil
	}
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("session %q: %w", id, ErrNotFound)
	}
	return err
}

func applyDetail(ctx context.Context, tx *sql.Tx, session SessionID, d ledgerDetail) error {
	if err := applyAlignments(ctx, tx, session, d.Alignments); err != nil {
		return err
	}
	return applyChanges(ctx, tx, session, d.Changes)
}

func applyChanges(ctx context.Context, tx *sql.Tx, session SessionID, changes []storedChange) error {
	for _, c := range changes {
		if c.Before != nil {
			if err := takeAway(ctx, tx, session, c.Before); err != nil {
				return err
			}
		}
		if c.After != nil {
			if err := add(ctx, tx, session, c.After); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeAway removes a label that must be just as the change says.
func takeAway(ctx context.Context, tx *sql.Tx, session SessionID, before *storedLabel) error {
	now, err := scanLabel(tx.QueryRowContext(ctx, "SELECT "+labelColumns+" FROM labels WHERE id=? AND session=?",
		string(before.ID), string(session)))
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("label %s is gone: %w", before.ID, ErrConflict)
	}
	if err != nil {
		return err
	}
	a, err := json.Marshal(storeLabel(&now))
	if err != nil {
		return err
	}
	b, err := json.Marshal(before)
	if err != nil {
		return err
	}
	if !bytes.Equal(a, b) {
		return fmt.Errorf("label %s is no longer what it was: %w", before.ID, ErrConflict)
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM labels WHERE id=?", string(before.ID))
	return err
}

func add(ctx context.Context, tx *sql.Tx, session SessionID, after *storedLabel) error {
	var samples int64
	err := tx.QueryRowContext(ctx, "SELECT samples FROM recordings WHERE id=? AND session=?",
		string(after.Recording), string(session)).Scan(&samples)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("recording %q is not of session %s: %w", after.Recording, session, ErrBadRequest)
	}
	if err != nil {
		return err
	}
	l := after.label(session)
	if err := checkLabel(*l, samples); err != nil {
		return err
	}
	var there int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM labels WHERE id=?", string(l.ID)).Scan(&there); err != nil {
		return err
	}
	if there > 0 {
		return fmt.Errorf("label %s is there already: %w", l.ID, ErrConflict)
	}
	return insertLabel(ctx, tx, *l)
}

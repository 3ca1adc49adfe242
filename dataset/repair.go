package dataset

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Repair rebuilds what follows from what is whole: indexes, missing triggers,
// overviews from their samples, labels from the ledger, and what counts and
// lengths add up to. It never
// touches samples, the ledger or anything else that would have to be guessed.
// It returns what it rebuilt and what a check still finds after that: such
// evidence must come from a backup or be imported again.
func (s *Study) Repair(ctx context.Context, progress func(done, total int64)) (repaired, left []Problem, err error) {
	const doing = "repairing the study"
	if s.readOnly {
		return nil, nil, fmt.Errorf("%s: %w", doing, ErrReadOnly)
	}
	half := func(offset int64) func(done, total int64) {
		return func(done, total int64) {
			if progress != nil {
				progress(offset*total+done, 2*total)
			}
		}
	}
	before, err := s.Check(ctx, half(0))
	if err != nil || len(before) == 0 {
		return nil, nil, err
	}
	if slices.ContainsFunc(before, func(p Problem) bool { return p.Repairable }) {
		if err := s.rebuild(ctx, before); err != nil {
			return nil, before, explain(doing, err)
		}
	}
	left, err = s.Check(ctx, half(1))
	for i, p := range left {
		// What a repair leaves, another would leave, too.
		left[i].Repairable = p.Repairable && !slices.Contains(before, p)
	}
	for _, p := range before {
		stays := p
		stays.Repairable = false
		if p.Repairable && !slices.Contains(left, stays) {
			repaired = append(repaired, p)
		}
	}
	return repaired, left, err
}

func (s *Study) rebuild(ctx context.Context, problems []Problem) error {
	if _, err := s.writer.ExecContext(ctx, "REINDEX"); err != nil {
		return fmt.Errorf("building the indexes anew: %w", err)
	}
	return s.write(ctx, "rebuilding", func(tx *sql.Tx) error {
		if err := rebuildSchema(ctx, tx); err != nil {
			return err
		}
		if err := rebuildOverviews(ctx, tx); err != nil {
			return err
		}
		if err := rebuildLabels(ctx, tx, problems); err != nil {
			return err
		}
		if err := rebuildDerived(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM label_counts"); err != nil {
			return err
		}
		s.mu.Lock()
		clear(s.counts)
		s.mu.Unlock()
		_, err := s.record(ctx, tx, ledgerRow{kind: "repair"}, ledgerDetail{Summary: fmt.Sprintf("study repaired: %d problems", len(problems))})
		return err
	})
}

// rebuildSchema makes indexes and triggers that are missing or changed.
func rebuildSchema(ctx context.Context, tx *sql.Tx) error {
	want, err := expectedSchema(ctx)
	if err != nil {
		return err
	}
	have, err := schemaOf(ctx, tx)
	if err != nil {
		return err
	}
	for _, d := range want {
		if d.kind == "table" || d.sql == "" || slices.Contains(have, d) {
			continue
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("DROP %s IF EXISTS %s", d.kind, d.name)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, d.sql); err != nil {
			return fmt.Errorf("making %s %s anew: %w", d.kind, d.name, err)
		}
	}
	return nil
}

// rebuildOverviews makes the overviews anew that are not what whole samples
// say.
func rebuildOverviews(ctx context.Context, tx *sql.Tx) error {
	c := &checker{q: tx}
	list, err := c.channels(ctx)
	if err != nil {
		return err
	}
	for _, v := range list {
		wrong, whole, err := c.channel(ctx, v)
		if err != nil || !whole || len(wrong) == 0 {
			continue // damaged samples are named by the check that follows
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM overviews WHERE channel=?", int64(v.id)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM summaries WHERE channel=?", int64(v.id)); err != nil {
			return err
		}
		if err := makeOverviews(ctx, tx, v); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// rebuildLabels makes the labels and alignments what a whole ledger says.
func rebuildLabels(ctx context.Context, tx *sql.Tx, problems []Problem) error {
	label := func(p Problem) bool {
		return p.Repairable && (strings.HasPrefix(p.Part, "label ") || strings.HasPrefix(p.Part, "alignment "))
	}
	ledger := func(p Problem) bool { return strings.HasPrefix(p.Part, "ledger") }
	if !slices.ContainsFunc(problems, label) || slices.ContainsFunc(problems, ledger) {
		return nil
	}
	replay, err := replayLedger(ctx, tx)
	if err != nil {
		return err
	}
	if err := rebuildAlignments(ctx, tx, replay); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM labels"); err != nil {
		return err
	}
	for session, labels := range replay.sessions {
		for _, text := range labels {
			var v storedLabel
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				return err
			}
			if err := insertLabel(ctx, tx, *v.label(session)); err != nil {
				return err
			}
		}
	}
	return nil
}

// replayLedger adds up a ledger that the check found whole.
func replayLedger(ctx context.Context, q queryer) (*labelReplay, error) {
	replay := newReplay()
	err := each(ctx, q, func(rows *sql.Rows) error {
		var data []byte
		r, err := scanLedger(rows, &data)
		if err != nil {
			return err
		}
		if r.kind == entryDeletion {
			replay.forget(r.session)
			return nil
		}
		var d ledgerDetail
		return errors.Join(json.Unmarshal(data, &d), replay.entry(r.session, d))
	}, "SELECT "+ledgerColumns+`, d.data FROM ledger l JOIN ledger_details d USING (position) ORDER BY l.position`)
	return replay, err
}

package dataset

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// SaveRun adds a run or replaces the one with its ID.
func (s *Study) SaveRun(ctx context.Context, r Run) error {
	doing := "keeping run " + r.ID
	if err := checkResult("run", r.ID, r.Seconds); err != nil {
		return explain(doing, err)
	}
	return s.write(ctx, doing, func(tx *sql.Tx) error {
		err := upsertRow(ctx, tx, "runs", "id",
			field{"id", r.ID}, field{"kind", r.Kind}, field{"created_ns", s.stamp(r.CreatedAt)},
			field{"config", bytesOf(r.Config)}, field{"window_set", r.WindowSet},
			field{"seed", strconv.FormatUint(r.Seed, 10)}, field{"outcome", bytesOf(r.Outcome)},
			field{"seconds", r.Seconds}, field{"status", r.Status})
		if err != nil {
			return err
		}
		_, err = s.record(ctx, tx, ledgerRow{kind: "run"}, ledgerDetail{Summary: "run " + r.ID + ": " + r.Status})
		return err
	})
}

func checkResult(what, id string, numbers ...float64) error {
	if err := checkCode(what, id); err != nil {
		return err
	}
	if !finite(numbers...) {
		return fmt.Errorf("a %s with figures that are not numbers: %w", what, ErrBadRequest)
	}
	return nil
}

func (s *Study) stamp(t time.Time) int64 {
	if t.IsZero() {
		t = s.now()
	}
	return t.UnixNano()
}

const runColumns = "id, kind, created_ns, config, window_set, seed, outcome, seconds, status"

func scanRun(row scanner) (Run, error) {
	var r Run
	var created sql.NullInt64
	var seed string
	err := row.Scan(&r.ID, &r.Kind, &created, &r.Config, &r.WindowSet, &seed, &r.Outcome, &r.Seconds, &r.Status)
	if err != nil {
		return r, err
	}
	r.CreatedAt = timeOf(created)
	r.Seed, err = strconv.ParseUint(seed, 10, 64)
	if err != nil {
		err = fmt.Errorf("run %s: %w: %w", r.ID, ErrCorrupt, err)
	}
	return r, err
}

// Runs lists the runs, oldest first.
func (s *Study) Runs(ctx context.Context) ([]Run, error) {
	var out []Run
	err := each(ctx, s.reader, func(rows *sql.Rows) error {
		r, err := scanRun(rows)
		out = append(out, r)
		return err
	}, "SELECT "+runColumns+" FROM runs ORDER BY created_ns, id")
	return out, explain("listing the runs", err)
}

// RunByID reads a run. The identifier may be cut short as long as it fits one.
func (s *Study) RunByID(ctx context.Context, id string) (Run, error) {
	var r Run
	err := s.read(ctx, fmt.Sprintf("reading run %q", id), func(tx *sql.Tx) error {
		full, err := fullID(ctx, tx, "SELECT id FROM runs WHERE id >= ? AND id < ? ORDER BY id LIMIT 2", id)
		if err != nil {
			return err
		}
		r, err = scanRun(tx.QueryRowContext(ctx, "SELECT "+runColumns+" FROM runs WHERE id=?", full))
		return err
	})
	return r, err
}

// SaveModel adds a model or replaces the one with its ID.
func (s *Study) SaveModel(ctx context.Context, m ModelRow) error {
	doing := "keeping model " + m.ID
	if err := checkResult("model", m.ID, m.Accuracy, m.MacroF1); err != nil {
		return explain(doing, err)
	}
	return s.write(ctx, doing, func(tx *sql.Tx) error {
		err := upsertRow(ctx, tx, "models", "id",
			field{"id", m.ID}, field{"run", m.Run}, field{"name", m.Name}, field{"created_ns", s.stamp(m.CreatedAt)},
			field{"architecture", m.Architecture}, field{"spec", bytesOf(m.Spec)}, field{"scores", bytesOf(m.Scores)},
			field{"accuracy", m.Accuracy}, field{"macro_f1", m.MacroF1}, field{"weights", bytesOf(m.Weights)},
			field{"withdrawn", textOrNil(m.Withdrawn)})
		if err != nil {
			return err
		}
		_, err = s.record(ctx, tx, ledgerRow{kind: "model"}, ledgerDetail{Summary: "model " + m.ID})
		return err
	})
}

const modelColumns = "id, run, name, created_ns, architecture, spec, scores, accuracy, macro_f1, withdrawn"

func scanModel(row scanner, more ...any) (ModelRow, error) {
	var m ModelRow
	var created sql.NullInt64
	var withdrawn sql.NullString
	err := row.Scan(append([]any{&m.ID, &m.Run, &m.Name, &created, &m.Architecture, &m.Spec, &m.Scores,
		&m.Accuracy, &m.MacroF1, &withdrawn}, more...)...)
	m.CreatedAt, m.Withdrawn = timeOf(created), withdrawn.String
	return m, err
}

// Models lists the models without their weights, oldest first.
func (s *Study) Models(ctx context.Context) ([]ModelRow, error) {
	var out []ModelRow
	err := each(ctx, s.reader, func(rows *sql.Rows) error {
		m, err := scanModel(rows)
		out = append(out, m)
		return err
	}, "SELECT "+modelColumns+" FROM models ORDER BY created_ns, id")
	return out, explain("listing the models", err)
}

// Model reads a model with its weights, by its identifier, which may be cut short
// as long as it fits one model, or by its name, as long as one model has it.
func (s *Study) Model(ctx context.Context, id string) (ModelRow, error) {
	var m ModelRow
	err := s.read(ctx, fmt.Sprintf("reading model %q", id), func(tx *sql.Tx) error {
		full, err := fullID(ctx, tx, "SELECT id FROM models WHERE id >= ? AND id < ? ORDER BY id LIMIT 2", id)
		if errors.Is(err, ErrNotFound) || errors.Is(err, ErrBadRequest) {
			full, err = modelNamed(ctx, tx, id, err)
		}
		if err != nil {
			return err
		}
		var weights []byte
		m, err = scanModel(tx.QueryRowContext(ctx, "SELECT "+modelColumns+", weights FROM models WHERE id=?", full), &weights)
		m.Weights = weights
		return err
	})
	return m, err
}

// modelNamed is the identifier of the only model with a name; otherwise is what to
// say when there is none.
func modelNamed(ctx context.Context, q queryer, name string, otherwise error) (string, error) {
	if name == "" {
		return "", otherwise
	}
	var found []string
	err := each(ctx, q, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		found = append(found, id)
		return err
	}, "SELECT id FROM models WHERE name = ? ORDER BY id", name)
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", otherwise
	case len(found) > 1:
		return "", fmt.Errorf("%d models are called so: %s; name one by its id: %w", len(found), strings.Join(found, ", "), ErrBadRequest)
	}
	return found[0], nil
}

// SaveWindowSet keeps a frozen choice of examples. Keeping it again does
// nothing; another manifest under the same hash is ErrConflict.
func (s *Study) SaveWindowSet(ctx context.Context, v WindowSetRow) error {
	doing := "keeping window set " + v.Hash
	if err := checkCode("window set", v.Hash); err != nil {
		return explain(doing, err)
	}
	return s.write(ctx, doing, func(tx *sql.Tx) error {
		var there []byte
		err := tx.QueryRowContext(ctx, "SELECT manifest FROM window_sets WHERE hash=?", v.Hash).Scan(&there)
		if err == nil {
			if !bytes.Equal(there, v.Manifest) {
				return fmt.Errorf("another one has this hash: %w", ErrConflict)
			}
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if _, err := insertRow(ctx, tx, "window_sets", field{"hash", v.Hash},
			field{"created_ns", s.stamp(v.CreatedAt)}, field{"manifest", bytesOf(v.Manifest)}); err != nil {
			return err
		}
		_, err = s.record(ctx, tx, ledgerRow{kind: "window-set"}, ledgerDetail{Summary: "window set " + v.Hash})
		return err
	})
}

// WindowSet reads the window set of a hash.
func (s *Study) WindowSet(ctx context.Context, hash string) (WindowSetRow, error) {
	v := WindowSetRow{Hash: hash}
	var created sql.NullInt64
	err := s.reader.QueryRowContext(ctx, "SELECT created_ns, manifest FROM window_sets WHERE hash=?", hash).Scan(&created, &v.Manifest)
	v.CreatedAt = timeOf(created)
	return v, explain("reading window set "+hash, err)
}

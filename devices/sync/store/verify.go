package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
)

// Verification is what a check of the whole store found.
type Verification struct {
	OK       bool     `json:"ok"`
	Events   int64    `json:"events"`
	Head     string   `json:"head"` // hash of the last event
	Sessions int      `json:"sessions"`
	Erased   int      `json:"erased"`
	Uploads  int      `json:"uploads"` // under way
	Releases int      `json:"releases"`
	Devices  int      `json:"devices"`
	Problems []string `json:"problems"`
}

// Verify reads everything: the database's own integrity, the journal's chain,
// that the tables are what the journal gives, every session's bytes against
// their SHA-256 and every model's against its name.
func (s *Store) Verify(ctx context.Context) (Verification, error) {
	v := Verification{Problems: []string{}}
	bad := func(format string, args ...any) { v.Problems = append(v.Problems, fmt.Sprintf(format, args...)) }
	notes, err := s.list(ctx, `PRAGMA integrity_check`)
	if err != nil {
		bad("the database can't be read: %v", err)
		return v, nil
	}
	if len(notes) != 1 || notes[0] != "ok" {
		bad("the database is damaged: %v", notes)
	}
	if err := s.verifyProjections(ctx, &v); err != nil {
		if ctx.Err() != nil {
			return v, ctx.Err()
		}
		bad("%v", err)
	}
	sessions, err := s.Sessions(ctx)
	if err != nil {
		return v, err
	}
	for _, x := range sessions {
		if err := ctx.Err(); err != nil {
			return v, err
		}
		v.Sessions++
		_, _, f, err := s.Content(ctx, x.ID)
		switch {
		case x.Erased != "":
			v.Erased++
			if !errors.Is(err, ErrErased) {
				bad("session %s was erased, but its key is still there", x.ID)
			}
		case err != nil:
			bad("session %s: %v", x.ID, err)
		}
		if f != nil {
			_ = f.Close() // read only
		}
	}
	uploads, err := s.list(ctx, `SELECT id FROM uploads`)
	if err != nil {
		return v, err
	}
	v.Uploads = len(uploads)
	if err := s.verifyBlobs(ctx, &v); err != nil {
		return v, err
	}
	devices, err := s.Devices(ctx)
	v.Devices = len(devices)
	v.OK = len(v.Problems) == 0
	return v, err
}

func (s *Store) verifyBlobs(ctx context.Context, v *Verification) error {
	releases, err := s.Releases(ctx)
	if err != nil {
		return err
	}
	v.Releases = len(releases)
	seen := map[string]bool{}
	for _, r := range releases {
		if r.State == ReleaseSuperseded || seen[r.SHA256] {
			continue
		}
		seen[r.SHA256] = true
		if err := s.checkBlob(r.SHA256); err != nil {
			v.Problems = append(v.Problems, fmt.Sprintf("model %s of %s version %d: %v", r.SHA256, r.Channel, r.Version, err))
		}
	}
	return nil
}

// verifyProjections makes the tables anew from the journal, in memory, and
// compares.
func (s *Store) verifyProjections(ctx context.Context, v *Verification) error {
	tx, err := s.read.BeginTx(ctx, nil) // one state of the store for the whole comparison
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	fresh, err := replayed(ctx, tx, v)
	if err != nil {
		return err
	}
	defer func() { _ = fresh.Close() }()
	for _, table := range projected {
		want, err := dump(ctx, fresh, table)
		if err != nil {
			return err
		}
		got, err := dump(ctx, tx, table)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(want, got) {
			return fmt.Errorf("the table %s is not what the journal gives (%d rows, %d expected)", table, len(got), len(want))
		}
	}
	return nil
}

// replayed is a database in memory with the tables that the journal gives.
func replayed(ctx context.Context, tx *sql.Tx, v *Verification) (db *sql.DB, err error) {
	fresh := openMemory()
	defer func() {
		if err != nil {
			err = errors.Join(err, fresh.Close())
		}
	}()
	if _, err := fresh.ExecContext(ctx, schema); err != nil {
		return nil, err
	}
	into, err := fresh.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = into.Rollback() }()
	n, head, err := walkChain(ctx, tx, func(e Event) error { return project(ctx, into, e) })
	v.Events, v.Head = n, fmt.Sprintf("%x", head)
	if err != nil {
		return nil, err
	}
	return fresh, into.Commit()
}

// dump is a whole table, row by row in the order of its key.
func dump(ctx context.Context, q interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, table string) ([][]any, error) {
	rows, err := q.QueryContext(ctx, `SELECT * FROM `+table+` ORDER BY 1, 2`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out [][]any
	for rows.Next() {
		row := make([]any, len(names))
		into := make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// Rebuild makes the tables anew from the journal, after its chain was verified.
func (s *Store) Rebuild(ctx context.Context) error {
	return s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, table := range projected {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table); err != nil {
				return err
			}
		}
		var events []Event // the transaction has one connection: read first
		if _, _, err := walkChain(ctx, tx, func(e Event) error { events = append(events, e); return nil }); err != nil {
			return err
		}
		for _, e := range events {
			if err := project(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// Dump is every table with its rows by column, for tests of what they give away.
// Keys are left out: they are random.
func (s *Store) Dump(ctx context.Context) (map[string][]map[string]any, error) {
	names, err := s.list(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table'`)
	if err != nil {
		return nil, err
	}
	out := map[string][]map[string]any{}
	for _, table := range names {
		columns, err := s.list(ctx, `SELECT name FROM pragma_table_info('`+table+`')`)
		if err != nil {
			return nil, err
		}
		rows, err := dump(ctx, s.read, table)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			m := map[string]any{}
			for i, v := range row {
				if b, ok := v.([]byte); ok {
					v = string(b)
				}
				m[columns[i]] = v
			}
			out[table] = append(out[table], m)
		}
	}
	return out, nil
}

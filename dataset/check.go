package dataset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Problem is something wrong in a study's file.
type Problem struct {
	What  string `json:"what"`  // a sentence for a person
	Where string `json:"where"` // what it is about, as a person knows it: "P01, session 2, left wrist accelerometer x"
	Part  string `json:"part"`  // the same as the file knows it: "channel 17"
	// Repairable says that Repair can rebuild it from what is whole.
	Repairable bool `json:"repairable"`
}

// checker gathers problems over one unchanging state of the study.
type checker struct {
	q        queryer
	problems []Problem
	named    *partNames // nil: parts keep their identifiers
	torn     bool       // rows that others add up are damaged
	done     int64
	total    int64
	progress func(done, total int64)
}

func (c *checker) add(part, what string, args ...any) {
	p := Problem{What: fmt.Sprintf(what, args...), Where: part, Part: part}
	p.What = strings.ReplaceAll(p.What, ": "+ErrCorrupt.Error(), "") // every problem is of that kind
	if c.named != nil {
		p.Where = c.named.of(part)
	}
	c.problems = append(c.problems, p)
}

func (c *checker) addRepairable(part, what string, args ...any) {
	c.add(part, what, args...)
	c.problems[len(c.problems)-1].Repairable = true
}

func (c *checker) step(n int64) {
	c.done = min(c.done+n, c.total)
	if c.progress != nil {
		c.progress(c.done, c.total)
	}
}

// Check looks at everything in the study: SQLite's own structure, every
// checksum, that chunks cover their recordings, that pyramids are what the
// samples say, that counts and lengths are what their parts add up to, the
// ledger's chain, and that the labels are what the ledger adds up to and lie in
// their recordings. No problem means whole. The error is
// only for a check that could not be made; damage is a Problem. progress may be
// nil.
func (s *Study) Check(ctx context.Context, progress func(done, total int64)) ([]Problem, error) {
	const doing = "checking the study"
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return nil, explain(doing, err)
	}
	defer rollback(tx)
	c := &checker{q: tx, progress: progress}
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM chunks").Scan(&c.total); err != nil {
		c.add("chunks", "they can not be counted: %v", err)
	}
	c.named = c.names(ctx)
	c.total = c.total*5/4 + 11 // SQLite's own check reads everything once, too
	for _, part := range []struct {
		name  string
		check func(context.Context) error
	}{
		{"file structure", c.structure}, {"schema", c.schema}, {"references", c.references}, {"rows", c.rows},
		{"samples", c.samples}, {"device times", c.deviceTimes}, {"ledger", c.ledger}, {"sums", c.derived},
		{"labels", c.labels}, {"label counts", c.counts},
	} {
		err := part.check(ctx)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%s: %w", doing, ctx.Err())
		}
		if err != nil {
			c.add(part.name, "reading stopped: %v", err)
		}
		c.step(1)
	}
	c.step(c.total)
	return c.problems, nil
}

// CheckFile is Check on a file that may be too damaged to open: then that is
// the one problem. A file that was never a study is an error. A study of an
// older version is brought up to date first.
func CheckFile(ctx context.Context, path string, progress func(done, total int64)) (_ []Problem, err error) {
	s, err := Open(ctx, path, Options{ReadOnly: true})
	if errors.Is(err, ErrOlder) {
		s, err = Open(ctx, path, Options{})
	}
	if errors.Is(err, ErrCorrupt) {
		return []Problem{{What: err.Error(), Where: "file structure", Part: "file structure"}}, nil
	}
	if err != nil {
		return nil, err
	}
	defer closing(s, &err)
	return s.Check(ctx, progress)
}

func (c *checker) structure(ctx context.Context) error {
	err := each(ctx, c.q, func(rows *sql.Rows) error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "ok" && line != "" {
				c.add("file structure", "%s", line)
				c.problems[len(c.problems)-1].Repairable = strings.Contains(line, " index ")
			}
		}
		return nil
	}, "PRAGMA integrity_check(1000)")
	c.step(c.total / 5)
	return err
}

func (c *checker) references(ctx context.Context) error {
	return each(ctx, c.q, func(rows *sql.Rows) error {
		var table, parent string
		var row sql.NullInt64
		var key int
		if err := rows.Scan(&table, &row, &parent, &key); err != nil {
			return err
		}
		c.add(fmt.Sprintf("%s row %d", table, row.Int64), "it belongs to something in %s that is not there", parent)
		return nil
	}, "PRAGMA foreign_key_check")
}

// schema compares the tables with those that the migrations make.
func (c *checker) schema(ctx context.Context) error {
	want, err := expectedSchema(ctx)
	if err != nil {
		return err
	}
	have, err := schemaOf(ctx, c.q)
	if err != nil {
		return err
	}
	for _, d := range have {
		if !slices.Contains(want, d) && !strings.HasPrefix(d.name, "sqlite_stat") {
			c.add("schema", "%s %s is not what this version makes", d.kind, d.name)
			c.problems[len(c.problems)-1].Repairable = d.kind != "table" && slices.ContainsFunc(want, d.sameName)
		}
	}
	for _, d := range want {
		if !slices.ContainsFunc(have, d.sameName) {
			c.add("schema", "%s %s is missing", d.kind, d.name)
			c.problems[len(c.problems)-1].Repairable = d.kind != "table"
		}
	}
	return nil
}

// expectedSchema is what the migrations make of an empty file.
func expectedSchema(ctx context.Context) (_ []definition, err error) {
	db := sql.OpenDB(connector{dsn: "file::memory:?_txlock=immediate"})
	db.SetMaxOpenConns(1)
	defer closing(db, &err)
	steps, err := migrations()
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, db, steps); err != nil {
		return nil, err
	}
	return schemaOf(ctx, db)
}

type definition struct{ kind, name, table, sql string }

func (d definition) sameName(other definition) bool {
	return d.kind == other.kind && d.name == other.name
}

func schemaOf(ctx context.Context, q queryer) ([]definition, error) {
	var out []definition
	err := each(ctx, q, func(rows *sql.Rows) error {
		var d definition
		err := rows.Scan(&d.kind, &d.name, &d.table, &d.sql)
		out = append(out, d)
		return err
	}, "SELECT type, name, tbl_name, coalesce(sql,'') FROM sqlite_schema ORDER BY 1, 2")
	return out, err
}

// rows verifies the checksum of every row that carries one over its columns, but
// for those that derived looks at.
func (c *checker) rows(ctx context.Context) error {
	var errs []error
	for _, table := range []string{
		"settings", "recordings", "channels", "findings", "events", "runs", "models", "window_sets", "alignments",
		"fingerprints", "shapes",
	} {
		before := len(c.problems)
		err := c.table(ctx, table)
		if err != nil {
			errs = append(errs, fmt.Errorf("table %s: %w", table, err))
		}
		if table == "recordings" || table == "channels" || table == "findings" || table == "alignments" {
			c.torn = c.torn || err != nil || len(c.problems) > before
		}
	}
	return errors.Join(errs...)
}

func (c *checker) table(ctx context.Context, table string) error {
	n := 0
	return each(ctx, c.q, func(rows *sql.Rows) error {
		n++
		fields, err := scanFields(rows)
		if err != nil {
			return err
		}
		if sumOf(fields) != rowSum(fields) {
			c.add(partOf(table, n, fields), "the row fails its checksum")
		}
		return nil
	}, "SELECT * FROM "+table)
}

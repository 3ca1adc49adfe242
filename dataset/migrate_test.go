package dataset

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOlderStudyIsBroughtForward takes a study back to the schema before
// overviews were stored chunk by chunk.
func TestOlderStudyIsBroughtForward(t *testing.T) {
	ctx, s := t.Context(), fullStudy(t)
	want, err := contents(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	_, first, _ := strings.Cut(steps[0], "CREATE TABLE pyramids")
	old, _, _ := strings.Cut(first, "CREATE TABLE device_times")
	if _, err := s.writer.ExecContext(ctx, "DROP TABLE shapes; DROP TABLE summaries; DROP TABLE overviews; CREATE TABLE pyramids"+old+"; PRAGMA user_version = 2"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, s.Path(), Options{ReadOnly: true}); !errors.Is(err, ErrOlder) {
		t.Errorf("reading an older schema without bringing it forward: %v", err)
	}
	s, err = Open(ctx, s.Path(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	have, err := contents(ctx, s)
	if err != nil || have != want {
		t.Errorf("the study is not what it was: %v", err)
	}
	mustBeWhole(t, s)
}

// TestLengthsAreMeasuredAnew takes a study back to the schema in which a clock that
// stepped back made a session shorter.
func TestLengthsAreMeasuredAnew(t *testing.T) {
	ctx, s := t.Context(), fullStudy(t)
	want, err := s.Sessions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.write(ctx, "going back", func(tx *sql.Tx) error {
		for _, v := range want {
			if err := updateRow(ctx, tx, "sessions", "id", string(v.ID), field{"duration_s", -1200.0}); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "UPDATE label_counts SET labelled_s=-1; PRAGMA user_version = 5")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(ctx, s.Path(), Options{}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	have, err := s.Sessions(ctx)
	if err != nil || len(have) != len(want) {
		t.Fatal(have, err)
	}
	for i, v := range have {
		if v.Duration != want[i].Duration || v.LabelledS != want[i].LabelledS {
			t.Errorf("session %s: %g s of %g s labelled, not %g of %g", v.ID, v.LabelledS, v.Duration, want[i].LabelledS, want[i].Duration)
		}
	}
	mustBeWhole(t, s)
}

func TestACopyOfAnOlderVersionIsRestored(t *testing.T) {
	ctx, s := t.Context(), fullStudy(t)
	want, err := contents(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	older := filepath.Join(t.TempDir(), "older.onset")
	if err := s.Backup(ctx, older); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", older)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(ctx, "UPDATE label_counts SET labelled_s=-1; PRAGMA user_version = 5"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(older)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(ctx, older, s.Path(), Options{}); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(older); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the copy was changed (%v)", err)
	}
	if s, err = Open(ctx, s.Path(), Options{}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if have, err := contents(ctx, s); err != nil || have != want {
		t.Errorf("what was restored is not what was copied: %v", err)
	}
	mustBeWhole(t, s)
	left, err := filepath.Glob(s.Path() + ".newer*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestMigrationThatFailsChangesNothing(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	steps, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	bad := append(steps, "CREATE TABLE half (x); CREATE TABLE settings (y)")
	if err := migrate(ctx, s.writer, bad); err == nil {
		t.Fatal("a migration that can not work was done")
	}
	s = reopen(t, s, Options{})
	mustBeWhole(t, s)
}

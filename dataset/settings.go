package dataset

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode"
)

func defaultSettings() Settings { return Settings{SetupS: 1} }

// Settings reads the study's own choices.
func (s *Study) Settings(ctx context.Context) (Settings, error) {
	return settingsOf(ctx, s.reader)
}

func settingsOf(ctx context.Context, q queryer) (Settings, error) {
	const doing = "reading the study's settings"
	var text string
	err := q.QueryRowContext(ctx, "SELECT value FROM settings WHERE key='study'").Scan(&text)
	if err != nil {
		return Settings{}, explain(doing, err)
	}
	var out Settings
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return Settings{}, fmt.Errorf("%s: %w: %w", doing, ErrCorrupt, err)
	}
	return out, nil
}

// PutSettings replaces the study's own choices. The setup window's length must
// be positive and at most a minute.
func (s *Study) PutSettings(ctx context.Context, v Settings) error {
	const doing = "keeping the study's settings"
	if !(v.SetupS > 0 && v.SetupS <= 60) {
		return fmt.Errorf("%s: a setup window of %g s: %w", doing, v.SetupS, ErrBadRequest)
	}
	return s.write(ctx, doing, func(tx *sql.Tx) error {
		if err := s.putSettings(ctx, tx, v); err != nil {
			return err
		}
		_, err := s.record(ctx, tx, ledgerRow{kind: "settings"}, ledgerDetail{Summary: "settings changed"})
		return err
	})
}

func (s *Study) putSettings(ctx context.Context, tx *sql.Tx, v Settings) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return upsertRow(ctx, tx, "settings", "key", field{"key", "study"}, field{"value", string(text)})
}

// checkCode refuses a code that is empty, long, or holds something that is not
// printed.
func checkCode(what, code string) error {
	switch {
	case strings.TrimSpace(code) == "":
		return fmt.Errorf("the %s has no code: %w", what, ErrBadRequest)
	case strings.TrimSpace(code) != code || len(code) > 200 || strings.ContainsFunc(code, unicode.IsControl):
		return fmt.Errorf("the %s code %q has blanks around it, control characters or more than 200 bytes: %w", what, code, ErrBadRequest)
	}
	return nil
}

func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// Counts says how many of everything the study holds. It leaves
// Info.Integrity empty: see Info and Check.
func (s *Study) Counts(ctx context.Context) (Info, error) {
	const doing = "counting what the study holds"
	var in Info
	err := s.reader.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM sessions WHERE visible=1),
		(SELECT coalesce(sum(recordings),0) FROM sessions WHERE visible=1),
		(SELECT count(*) FROM channels c JOIN recordings r ON r.id=c.recording JOIN sessions s ON s.id=r.session WHERE s.visible=1),
		(SELECT coalesce(sum(samples),0) FROM sessions WHERE visible=1),
		(SELECT count(*) FROM labels), (SELECT count(*) FROM participants),
		(SELECT count(*) FROM models), (SELECT count(*) FROM runs), (SELECT position FROM ledger_head),
		(SELECT count(*) FROM sessions WHERE visible=1 AND simulated=1) > 0`).Scan(
		&in.Sessions, &in.Recordings, &in.Channels, &in.Samples, &in.Labels, &in.Participants,
		&in.Models, &in.Runs, &in.LedgerEntries, &in.Simulated)
	if err != nil {
		return Info{}, explain(doing, err)
	}
	settings, err := s.Settings(ctx)
	in.Name = settings.Name
	return in, err
}

// Info counts what the study holds and has SQLite check its file, which reads
// all of it; Check looks deeper. Integrity is "ok" or the first problem.
func (s *Study) Info(ctx context.Context) (Info, error) {
	in, err := s.Counts(ctx)
	if err != nil {
		return Info{}, err
	}
	err = s.reader.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&in.Integrity)
	if kindOf(err) == ErrCorrupt {
		in.Integrity = err.Error()
		return in, nil
	}
	return in, explain("checking the study's file", err)
}

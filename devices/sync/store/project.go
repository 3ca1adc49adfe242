package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
)

// projected are the tables that the journal gives.
var projected = []string{"devices", "feedback", "releases", "sessions"}

// project writes what an event says to the tables. It reads nothing but the
// event and those tables, so that they can be made anew.
func project(ctx context.Context, tx *sql.Tx, e Event) error {
	f, ok := projections[e.Kind]
	if !ok {
		return nil
	}
	if err := f(ctx, tx, e); err != nil {
		return fmt.Errorf("applying event %d (%s): %w", e.Seq, e.Kind, err)
	}
	return nil
}

type projection = func(context.Context, *sql.Tx, Event) error

// on makes a projection of a typed body and a statement's arguments.
func on[B any](statement string, args func(Event, B) []any) projection {
	return func(ctx context.Context, tx *sql.Tx, e Event) error {
		var body B
		if err := json.Unmarshal(e.Body, &body); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, statement, args(e, body)...)
		return err
	}
}

var projections = map[string]projection{
	KindPaired: on(`INSERT INTO devices (id, name, pin, channel, platform, runtime, sensors, paired) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		func(e Event, b pairedBody) []any {
			return []any{b.ID, b.Name, b.Pin, b.Channel, b.Platform, b.Runtime, strings.Join(b.Sensors, ","), e.At}
		}),
	KindRevoked: on(`UPDATE devices SET revoked = ? WHERE id = ?`,
		func(e Event, b deviceBody) []any { return []any{e.At, b.ID} }),
	KindChannel: on(`UPDATE devices SET channel = ? WHERE id = ?`,
		func(_ Event, b deviceBody) []any { return []any{b.Channel, b.ID} }),
	KindFeedback: on(`INSERT INTO feedback (device, channel, sha256, state, detail, day, seq) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (device, channel, sha256) DO UPDATE SET state = excluded.state, detail = excluded.detail, day = excluded.day, seq = excluded.seq`,
		func(e Event, b feedbackBody) []any {
			return []any{b.Device, b.Channel, b.SHA256, b.State, b.Detail, e.At, e.Seq}
		}),
	KindReceived: on(`INSERT INTO sessions (id, sha256, length, grp, consent, withdrawal, files, expanded, day, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')`,
		func(e Event, b receivedBody) []any {
			return []any{b.ID, b.SHA256, b.Length, b.Group, b.Consent, b.Withdrawal, b.Files, b.Expanded, e.At}
		}),
	KindImported:  on(decided("imported"), decision),
	KindRejected:  on(decided("rejected"), decision),
	KindWithdrawn: on(`UPDATE sessions SET state = 'withdrawn', decided = ?, erased = ? WHERE id = ?`, erasure),
	KindErased: on(`UPDATE sessions SET erased = ? WHERE id = ?`,
		func(e Event, b sessionBody) []any { return []any{e.At, b.ID} }),
	KindPublished: projectPublished,
	KindRollout:   projectRollout,
}

func decided(state string) string {
	return `UPDATE sessions SET state = '` + state + `', decided = ?, note = ?, study = ? WHERE id = ?`
}

func decision(e Event, b sessionBody) []any {
	return []any{e.At, b.Note, strings.Join(b.Study, ","), b.ID}
}

func erasure(e Event, b sessionBody) []any { return []any{e.At, e.At, b.ID} }

// projectPublished adds a release; the ones before it on its channel are over
// unless they are the stable one that a staged release may fall back to.
func projectPublished(ctx context.Context, tx *sql.Tx, e Event) error {
	var b publishedBody
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	over := `UPDATE releases SET state = 'superseded', changed = ? WHERE channel = ? AND state IN ('rolling', 'stable', 'halted')`
	if b.Percent < 100 {
		over = `UPDATE releases SET state = 'superseded', changed = ? WHERE channel = ? AND state IN ('rolling', 'halted')`
	}
	if _, err := tx.ExecContext(ctx, over, e.At, b.Channel); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO releases (channel, version, sha256, length, model, percent, salt, state, published, changed, note)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, b.Channel, b.Version, b.SHA256, b.Length, b.Model, b.Percent, b.Salt, releaseState(b.Percent), e.At, e.At, b.Note)
	return err
}

func releaseState(percent int) string {
	if percent >= 100 {
		return ReleaseStable
	}
	return ReleaseRolling
}

// projectRollout changes a release's share. One that everybody gets ends the
// stable one before it.
func projectRollout(ctx context.Context, tx *sql.Tx, e Event) error {
	var b Rollout
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	if b.State == ReleaseStable {
		if _, err := tx.ExecContext(ctx, `UPDATE releases SET state = 'superseded', changed = ? WHERE channel = ? AND version <> ? AND state = 'stable'`,
			e.At, b.Channel, b.Version); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE releases SET percent = ?, state = ?, note = ?, changed = ? WHERE channel = ? AND version = ?`,
		b.Percent, b.State, b.Note, e.At, b.Channel, b.Version)
	return err
}

package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// Kinds of events.
const (
	KindCreated   = "store.created"
	KindRestored  = "store.restored"
	KindPaired    = "device.paired"
	KindRevoked   = "device.revoked"
	KindChannel   = "device.channel"
	KindFeedback  = "device.feedback"
	KindReceived  = "session.received"
	KindImported  = "session.imported"
	KindRejected  = "session.rejected"
	KindWithdrawn = "session.withdrawn"
	KindErased    = "session.erased"
	KindPublished = "release.published"
	KindRollout   = "release.rollout"
	KindSigned    = "metadata.signed" // who may sign changed
)

// Event is one line of the journal. Body is JSON of the type that goes with the
// kind.
type Event struct {
	Seq  int64           `json:"seq"`
	At   string          `json:"at"` // RFC 3339; of sessions and feedback the day only
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`
	Hash string          `json:"hash"`
}

// dayOnly are events whose time must not be compared with others'.
var dayOnly = map[string]bool{KindReceived: true, KindWithdrawn: true, KindFeedback: true}

// chain is the hash of an event that follows prev.
func chain(prev []byte, seq int64, at, kind string, body []byte) []byte {
	h := sha256.New()
	for _, part := range [][]byte{prev, binary.BigEndian.AppendUint64(nil, uint64(seq)), []byte(at), []byte(kind), body} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(part)))
		h.Write(part)
	}
	return h.Sum(nil)
}

// record appends an event and writes what it says to the tables, within a
// change.
func (s *Store) record(ctx context.Context, tx *sql.Tx, kind string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	at := stamp(s.now())
	if dayOnly[kind] {
		at = day(s.now())
	}
	var seq int64
	var prev []byte
	err = tx.QueryRowContext(ctx, `SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1`).Scan(&seq, &prev)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	seq++
	if _, err := tx.ExecContext(ctx, `INSERT INTO journal (seq, at, kind, body, prev, hash) VALUES (?, ?, ?, ?, ?, ?)`,
		seq, at, kind, text, nonNil(prev), chain(prev, seq, at, kind, text)); err != nil {
		return err
	}
	return project(ctx, tx, Event{Seq: seq, At: at, Kind: kind, Body: text})
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// append records one event by itself.
func (s *Store) append(ctx context.Context, e Event) error {
	body := e.Body
	if body == nil {
		body = json.RawMessage("{}")
	}
	return s.update(ctx, func(ctx context.Context, tx *sql.Tx) error { return s.record(ctx, tx, e.Kind, body) })
}

// Note records that something was done which changes no table, such as a change
// of who may sign.
func (s *Store) Note(ctx context.Context, kind string, body any) error {
	return s.update(ctx, func(ctx context.Context, tx *sql.Tx) error { return s.record(ctx, tx, kind, body) })
}

// Journal is every event after seq, at most limit of them.
func (s *Store) Journal(ctx context.Context, after int64, limit int) ([]Event, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT seq, at, kind, body, hash FROM journal WHERE seq > ? ORDER BY seq LIMIT ?`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Event
	for rows.Next() {
		var e Event
		var body, hash []byte
		if err := rows.Scan(&e.Seq, &e.At, &e.Kind, &body, &hash); err != nil {
			return nil, fmt.Errorf("reading the journal: %w", err)
		}
		e.Body, e.Hash = body, fmt.Sprintf("%x", hash)
		out = append(out, e)
	}
	return out, rows.Err()
}

// walkChain reads the journal in order and stops where the chain breaks.
func walkChain(ctx context.Context, q interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, each func(Event) error) (n int64, head []byte, err error) {
	rows, err := q.QueryContext(ctx, `SELECT seq, at, kind, body, prev, hash FROM journal ORDER BY seq`)
	if err != nil {
		return 0, nil, fmt.Errorf("reading the journal: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var e Event
		var body, prev, hash []byte
		if err := rows.Scan(&e.Seq, &e.At, &e.Kind, &body, &prev, &hash); err != nil {
			return n, head, fmt.Errorf("reading the journal after event %d: %w", n, err)
		}
		if e.Seq != n+1 || !bytes.Equal(prev, head) || !bytes.Equal(hash, chain(head, e.Seq, e.At, e.Kind, body)) {
			return n, head, fmt.Errorf("the journal's chain breaks at event %d: it was changed or lost something", n+1)
		}
		n, head = e.Seq, hash
		e.Body, e.Hash = body, fmt.Sprintf("%x", hash)
		if each != nil {
			if err := each(e); err != nil {
				return n, head, err
			}
		}
	}
	return n, head, rows.Err()
}

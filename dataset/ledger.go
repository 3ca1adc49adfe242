package dataset

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ledgerRow is the head of an entry: what stays for ever.
type ledgerRow struct {
	position  int64
	at        int64 // Unix nanoseconds
	kind      string
	rater     string
	program   string
	session   SessionID
	target    int64 // the edit that an undo or redo concerns, 0 for none
	below     int64 // see history.go
	undoTop   int64
	redoTop   int64
	detailSHA []byte
	hash      []byte
}

// ledgerDetail is the rest of an entry, stored as JSON. Salt keeps an erased
// detail from being guessed by its hash.
type ledgerDetail struct {
	Salt    string         `json:"salt"`
	Summary string         `json:"summary"`
	Action  string         `json:"action,omitempty"`
	Changes []storedChange `json:"changes,omitempty"`
	Erased  []int64        `json:"erased,omitempty"`

	Alignments []storedAlignment `json:"alignments,omitempty"`
	Continues  bool              `json:"continues,omitempty"` // goes on with the edit below it

	Joined *joined `json:"joined,omitempty"` // the session that was taken in
}

// sum is the entry's hash: SHA-256 over the hash before it and every field of
// the head. The detail counts through its own hash.
func (r ledgerRow) sum(before []byte) []byte {
	buf := append([]byte("onset ledger 1\n"), before...)
	for _, n := range []int64{r.position, r.at, r.target, r.below, r.undoTop, r.redoTop} {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(n))
	}
	for _, t := range []string{r.kind, r.rater, r.program, string(r.session), string(r.detailSHA)} {
		buf = appendText(buf, t)
	}
	h := sha256.Sum256(buf)
	return h[:]
}

// record appends an entry to the ledger inside a transaction.
func (s *Study) record(ctx context.Context, tx *sql.Tx, r ledgerRow, d ledgerDetail) (LedgerEntry, error) {
	var last int64
	var before []byte
	err := tx.QueryRowContext(ctx, "SELECT position, hash FROM ledger_head").Scan(&last, &before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return LedgerEntry{}, err
	}
	d.Salt, err = s.newID()
	if err != nil {
		return LedgerEntry{}, err
	}
	data, err := json.Marshal(d)
	if err != nil {
		return LedgerEntry{}, err
	}
	sha := sha256.Sum256(data)
	r.position, r.at, r.program, r.detailSHA = last+1, s.now().UnixNano(), s.program, sha[:]
	switch r.kind {
	case entryEdit:
		r.undoTop = r.position
	case entryUndo:
		r.redoTop = r.position
	}
	r.hash = r.sum(before)
	if _, err := tx.ExecContext(ctx, `INSERT INTO ledger
		(position, at_ns, kind, rater, program, session, target, below, undo_top, redo_top, detail_sha, hash)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
		r.position, r.at, r.kind, r.rater, r.program, string(r.session),
		r.target, r.below, r.undoTop, r.redoTop, r.detailSHA, r.hash); err != nil {
		return LedgerEntry{}, err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO ledger_details (position, data) VALUES (?,?)", r.position, data); err != nil {
		return LedgerEntry{}, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO ledger_head (one, position, hash) VALUES (1,?,?)
		ON CONFLICT (one) DO UPDATE SET position=excluded.position, hash=excluded.hash`, r.position, r.hash); err != nil {
		return LedgerEntry{}, err
	}
	return r.entry(d.Summary), nil
}

func (r ledgerRow) entry(summary string) LedgerEntry {
	return LedgerEntry{
		Position: r.position, At: time.Unix(0, r.at).UTC(), Kind: r.kind, Rater: r.rater, Program: r.program,
		Session: r.session, Summary: summary, Hash: hex.EncodeToString(r.hash),
	}
}

const ledgerColumns = "l.position, l.at_ns, l.kind, l.rater, l.program, l.session, l.target, l.below, l.undo_top, l.redo_top, l.detail_sha, l.hash"

type scanner interface{ Scan(dest ...any) error }

func scanLedger(row scanner, more ...any) (ledgerRow, error) {
	var r ledgerRow
	err := row.Scan(append([]any{&r.position, &r.at, &r.kind, &r.rater, &r.program, &r.session,
		&r.target, &r.below, &r.undoTop, &r.redoTop, &r.detailSHA, &r.hash}, more...)...)
	return r, err
}

// summaryOf is the sentence of a stored detail; nil is one that was erased.
func summaryOf(position int64, data []byte) (string, error) {
	if data == nil {
		return "erased", nil
	}
	var d ledgerDetail
	if err := json.Unmarshal(data, &d); err != nil {
		return "", fmt.Errorf("ledger entry %d: %w: %w", position, ErrCorrupt, err)
	}
	return d.Summary, nil
}

// Ledger reads up to limit entries from a position on (the first is 1), oldest
// first. The summary of an entry whose person withdrew is "erased".
func (s *Study) Ledger(ctx context.Context, from int64, limit int) ([]LedgerEntry, error) {
	var out []LedgerEntry
	err := each(ctx, s.reader, func(rows *sql.Rows) error {
		var data []byte
		r, err := scanLedger(rows, &data)
		if err != nil {
			return err
		}
		summary, err := summaryOf(r.position, data)
		out = append(out, r.entry(summary))
		return err
	}, "SELECT "+ledgerColumns+`, d.data FROM ledger l LEFT JOIN ledger_details d USING (position)
		WHERE l.position >= ? ORDER BY l.position LIMIT ?`, from, limit)
	return out, explain("reading the ledger", err)
}

// LedgerHead is the newest entry.
func (s *Study) LedgerHead(ctx context.Context) (LedgerEntry, error) {
	var data []byte
	r, err := scanLedger(s.reader.QueryRowContext(ctx, "SELECT "+ledgerColumns+`, d.data
		FROM ledger l LEFT JOIN ledger_details d USING (position) ORDER BY l.position DESC LIMIT 1`), &data)
	if err != nil {
		return LedgerEntry{}, explain("reading the ledger", err)
	}
	summary, err := summaryOf(r.position, data)
	return r.entry(summary), explain("reading the ledger", err)
}

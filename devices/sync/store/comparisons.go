package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"onset/devices/sync/protocol"
)

// maxComparisons bounds how many comparisons of digits are open at once.
const maxComparisons = 16

// BeginComparison opens a comparison with the device's commitment.
func (s *Store) BeginComparison(ctx context.Context, commitment []byte) (id string, nonce []byte, err error) {
	id, nonce = protocol.NewID(), protocol.NewNonce()
	err = s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM comparisons WHERE expires < ?`, s.now().Unix()); err != nil {
			return err
		}
		var open int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM comparisons`).Scan(&open); err != nil {
			return err
		}
		if open >= maxComparisons {
			return ErrQuota
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO comparisons (id, expires, commitment, nonce, state) VALUES (?, ?, ?, ?, 'open')`,
			id, s.now().Add(invitationLife).Unix(), commitment, nonce)
		return err
	})
	if err != nil {
		return "", nil, fmt.Errorf("comparing digits: %w", err)
	}
	return id, nonce, nil
}

// Reveal opens the device's commitment; key is the server's own pin. It can be
// done once.
func (s *Store) Reveal(ctx context.Context, id string, r protocol.CompareReveal, key protocol.Pin) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	err = s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var commitment, nonce []byte
		err := tx.QueryRowContext(ctx, `SELECT commitment, nonce FROM comparisons WHERE id = ? AND state = 'open' AND expires >= ?`, id, s.now().Unix()).
			Scan(&commitment, &nonce)
		if err != nil {
			return err
		}
		if !protocol.Opens(commitment, r.CSR, r.Nonce) {
			_, err := tx.ExecContext(ctx, `DELETE FROM comparisons WHERE id = ?`, id)
			return errors.Join(ErrToken, err)
		}
		c := protocol.Comparison{ServerKey: key, Request: r.CSR, DeviceNonce: r.Nonce, ServerNonce: nonce}
		_, err = tx.ExecContext(ctx, `UPDATE comparisons SET request = ?, digits = ?, answer = ?, state = 'revealed' WHERE id = ?`,
			text, c.DeviceDigits(), c.ServerDigits(), id)
		return err
	})
	if err != nil {
		return fmt.Errorf("comparing digits: %w", err)
	}
	return nil
}

// AcceptDigits takes the eight digits that a person read off a device and
// returns the digits that the device must be told in turn. Digits that no
// waiting device shows are a try against every waiting one; five end them.
func (s *Store) AcceptDigits(ctx context.Context, digits, channel string) (answer string, err error) {
	if err := protocol.CheckChannel(channel); err != nil {
		return "", err
	}
	err = s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		answer = ""
		rows, err := tx.QueryContext(ctx, `SELECT id, digits, answer FROM comparisons WHERE state = 'revealed' AND expires >= ? AND tries < ?`, s.now().Unix(), maxTries)
		if err != nil {
			return err
		}
		var found string
		for rows.Next() {
			var id, shown, reply string
			if err := rows.Scan(&id, &shown, &reply); err != nil {
				return errors.Join(err, rows.Close())
			}
			if protocol.SameDigits(digits, shown) {
				found, answer = id, reply
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		if found == "" {
			_, err := tx.ExecContext(ctx, `UPDATE comparisons SET tries = tries + 1 WHERE state = 'revealed'`)
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE comparisons SET state = 'accepted', channel = ? WHERE id = ?`, channel, found)
		return err
	})
	if err == nil && answer == "" {
		err = fmt.Errorf("no device waits with these digits: %w", ErrToken)
	}
	return answer, err
}

// Conclude gives a device what it asked for once a person has accepted its
// digits: sign makes the reply for the new device, which is kept so that a lost
// answer can be fetched again. Before, it is ErrState.
func (s *Store) Conclude(ctx context.Context, id string, sign func(protocol.CompareReveal, string) (Device, protocol.Pin, []byte, error)) (reply []byte, err error) {
	err = s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var state, channel string
		var request []byte
		err := tx.QueryRowContext(ctx, `SELECT state, channel, coalesce(request, ''), coalesce(reply, '') FROM comparisons WHERE id = ? AND expires >= ?`, id, s.now().Unix()).
			Scan(&state, &channel, &request, &reply)
		switch {
		case err != nil:
			return err
		case state == "done":
			return nil
		case state != "accepted":
			return ErrState
		}
		var r protocol.CompareReveal
		if err := json.Unmarshal(request, &r); err != nil {
			return err
		}
		d, pin, text, err := sign(r, channel)
		if err != nil {
			return err
		}
		reply = text
		if err := s.admit(ctx, tx, d, pin); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE comparisons SET state = 'done', reply = ? WHERE id = ?`, text, id)
		return err
	})
	return reply, err
}

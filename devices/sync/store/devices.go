package store

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"onset/devices/sync/protocol"
)

const (
	invitationLife = 5 * time.Minute
	maxTries       = 5
)

// Device is a paired device.
type Device struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Channel  string   `json:"channel"`
	Platform string   `json:"platform"`
	Runtime  string   `json:"runtime"`
	Sensors  []string `json:"sensors"`
	Paired   string   `json:"paired"`
	Revoked  string   `json:"revoked,omitempty"`
	Seen     string   `json:"last_seen,omitempty"` // to ten minutes
	// Model is the blob in use, SelfTest what the device's own test of the newest
	// model said: one of the protocol's states.
	Model    string `json:"model,omitempty"`
	SelfTest string `json:"self_test,omitempty"`
	Detail   string `json:"detail,omitempty"`
}

type pairedBody struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Pin      string   `json:"pin"`
	Channel  string   `json:"channel"`
	Platform string   `json:"platform"`
	Runtime  string   `json:"runtime"`
	Sensors  []string `json:"sensors"`
}

type deviceBody struct {
	ID      string `json:"id"`
	Channel string `json:"channel,omitempty"`
}

type feedbackBody struct {
	Device string `json:"device"`
	protocol.Feedback
}

// Invite makes the token of an invitation for one device, which is to follow a
// release channel. It can be used once, within five minutes, and is dead after
// five wrong tries.
func (s *Store) Invite(ctx context.Context, channel string) (token string, expires time.Time, err error) {
	if err := protocol.CheckChannel(channel); err != nil {
		return "", expires, err
	}
	token = protocol.NewToken()
	id, secret, err := protocol.SplitToken(token)
	if err != nil {
		return "", expires, err
	}
	expires = s.now().Add(invitationLife)
	err = s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM invitations WHERE expires < ?`, s.now().Unix()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO invitations (id, secret, expires, tries, name, channel) VALUES (?, ?, ?, 0, '', ?)`,
			id, secret[:], expires.Unix(), channel)
		return err
	})
	if err != nil {
		return "", expires, fmt.Errorf("inviting a device: %w", err)
	}
	return token, expires, nil
}

// Invited tells that an invitation can still be used.
func (s *Store) Invited(ctx context.Context, token string) (bool, error) {
	id, _, err := protocol.SplitToken(token)
	if err != nil {
		return false, err
	}
	var open int
	err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM invitations WHERE id = ? AND expires >= ? AND tries < ?`, id, s.now().Unix(), maxTries).Scan(&open)
	return open > 0, wrapSQL(err)
}

// Uninvite takes an invitation back.
func (s *Store) Uninvite(ctx context.Context, token string) error {
	id, _, err := protocol.SplitToken(token)
	if err == nil {
		err = s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM invitations WHERE id = ?`, id)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("taking an invitation back: %w", err)
	}
	return nil
}

// Pair makes a device one of the server's with an invitation's token, which is
// used up. A wrong secret counts as a try.
func (s *Store) Pair(ctx context.Context, token string, d Device, pin protocol.Pin) (Device, error) {
	id, secret, err := protocol.SplitToken(token)
	if err != nil {
		return d, fmt.Errorf("pairing: %w: %w", ErrToken, err)
	}
	d.ID = protocol.NewID()
	refused := false
	err = s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		refused = false
		var want []byte
		err := tx.QueryRowContext(ctx, `SELECT secret, channel FROM invitations WHERE id = ? AND expires >= ? AND tries < ?`,
			id, s.now().Unix(), maxTries).Scan(&want, &d.Channel)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrToken
		}
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare(want, secret[:]) != 1 {
			refused = true // the try must be kept, so this is no error of the change
			_, err := tx.ExecContext(ctx, `UPDATE invitations SET tries = tries + 1 WHERE id = ?`, id)
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM invitations WHERE id = ?`, id); err != nil {
			return err
		}
		return s.admit(ctx, tx, d, pin)
	})
	if err == nil && refused {
		err = ErrToken
	}
	if err != nil {
		return d, fmt.Errorf("pairing: %w", err)
	}
	return d, nil
}

// admit records a new device.
func (s *Store) admit(ctx context.Context, tx *sql.Tx, d Device, pin protocol.Pin) error {
	var had string
	err := tx.QueryRowContext(ctx, `SELECT id FROM devices WHERE pin = ?`, pin.String()).Scan(&had)
	if err == nil {
		return fmt.Errorf("this key is another device's: %w", ErrConflict)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return s.record(ctx, tx, KindPaired, pairedBody{d.ID, d.Name, pin.String(), d.Channel, d.Platform, d.Runtime, d.Sensors})
}

// DeviceByPin is the device with a key, unless it was revoked (ErrNotFound).
func (s *Store) DeviceByPin(ctx context.Context, pin protocol.Pin) (id, channel string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT id, channel FROM devices WHERE pin = ? AND revoked = ''`, pin.String()).Scan(&id, &channel)
	return id, channel, wrapSQL(err)
}

// Revoke ends a device's access: no handshake of it succeeds any more.
func (s *Store) Revoke(ctx context.Context, id string) error {
	err := s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var revoked string
		if err := tx.QueryRowContext(ctx, `SELECT revoked FROM devices WHERE id = ?`, id).Scan(&revoked); err != nil || revoked != "" {
			return err
		}
		return s.record(ctx, tx, KindRevoked, deviceBody{ID: id})
	})
	if err != nil {
		return fmt.Errorf("revoking device %s: %w", id, err)
	}
	return nil
}

// Feedback records what became of a model on a device.
func (s *Store) Feedback(ctx context.Context, device string, f protocol.Feedback) error {
	return s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var same int
		// The same word on a model is news after another model was spoken of: the
		// device went back to it.
		err := tx.QueryRowContext(ctx, `SELECT 1 FROM feedback f WHERE device = ? AND channel = ? AND sha256 = ? AND state = ? AND detail = ?
			AND seq = (SELECT max(seq) FROM feedback g WHERE g.device = f.device AND g.channel = f.channel)`,
			device, f.Channel, f.SHA256, f.State, f.Detail).Scan(&same)
		if !errors.Is(err, sql.ErrNoRows) {
			return err // known already, or broken
		}
		var known int
		err = tx.QueryRowContext(ctx, `SELECT 1 FROM releases WHERE channel = ? AND sha256 = ?`, f.Channel, f.SHA256).Scan(&known)
		if err != nil {
			return err
		}
		return s.record(ctx, tx, KindFeedback, feedbackBody{device, f})
	})
}

// Saw keeps when devices were last seen, to ten minutes: no finer, so that it
// says little about what a device did then.
func (s *Store) Saw(ctx context.Context, seen map[string]time.Time) error {
	return s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for id, t := range seen {
			if _, err := tx.ExecContext(ctx, `INSERT INTO device_seen (device, seen) VALUES (?, ?)
				ON CONFLICT (device) DO UPDATE SET seen = max(seen, excluded.seen)`, id, stamp(t.Truncate(10*time.Minute))); err != nil {
				return err
			}
		}
		return nil
	})
}

// Devices lists all devices, the revoked ones too.
func (s *Store) Devices(ctx context.Context) ([]Device, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT d.id, d.name, d.channel, d.platform, d.runtime, d.sensors, d.paired, d.revoked, coalesce(n.seen, ''),
		coalesce((SELECT sha256 FROM feedback f WHERE f.device = d.id AND f.channel = d.channel AND state = 'active' ORDER BY seq DESC LIMIT 1), ''),
		coalesce((SELECT state FROM feedback f WHERE f.device = d.id AND f.channel = d.channel ORDER BY seq DESC LIMIT 1), ''),
		coalesce((SELECT detail FROM feedback f WHERE f.device = d.id AND f.channel = d.channel ORDER BY seq DESC LIMIT 1), '')
		FROM devices d LEFT JOIN device_seen n ON n.device = d.id ORDER BY d.paired, d.id`)
	if err != nil {
		return nil, fmt.Errorf("reading the devices: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := []Device{}
	for rows.Next() {
		var d Device
		var sensors string
		if err := rows.Scan(&d.ID, &d.Name, &d.Channel, &d.Platform, &d.Runtime, &sensors, &d.Paired, &d.Revoked, &d.Seen, &d.Model, &d.SelfTest, &d.Detail); err != nil {
			return nil, fmt.Errorf("reading the devices: %w", err)
		}
		d.Sensors = strings.FieldsFunc(sensors, func(r rune) bool { return r == ',' })
		out = append(out, d)
	}
	return out, rows.Err()
}

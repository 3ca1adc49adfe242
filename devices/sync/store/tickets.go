package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"onset/devices/sync/protocol"
)

// ticketLife is how long a ticket can be used: until the end of the day that
// follows its issue. It bounds what a device whose access was ended can still
// send, since a ticket says nothing of the device. A shorter life would make most
// devices fetch tickets on the day they send: whose sessions a day's are would
// show in who has asked that day.
const ticketLife = 24 * time.Hour

// TicketsEnd is when the last ticket that was issued up to now can't be used any
// more.
func TicketsEnd(now time.Time) time.Time {
	return now.UTC().Truncate(24 * time.Hour).Add(ticketLife + 24*time.Hour)
}

// IssueTickets makes n tickets for the group of a device's release channel, at
// most perDay a day for each device. What is kept of a ticket is its hash, its
// group and its last day: neither the device nor the order in which they were
// issued. expires is the last day.
func (s *Store) IssueTickets(ctx context.Context, device string, n, perDay int) (tickets []string, expires string, err error) {
	expires = day(s.now().Add(ticketLife))
	err = s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		tickets = nil
		var channel string
		if err := tx.QueryRowContext(ctx, `SELECT channel FROM devices WHERE id = ? AND revoked = ''`, device).Scan(&channel); err != nil {
			return err
		}
		var count int
		err := tx.QueryRowContext(ctx, `INSERT INTO ticket_days (device, day, count) VALUES (?, ?, ?)
			ON CONFLICT (device, day) DO UPDATE SET count = count + excluded.count RETURNING count`, device, day(s.now()), n).Scan(&count)
		if err != nil {
			return err
		}
		if count > perDay {
			return ErrQuota
		}
		for range n {
			t := protocol.NewSecret()
			hash, err := protocol.HashSecret(t)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO tickets (hash, grp, day) VALUES (?, ?, ?)`, hash[:], protocol.GroupOf(channel), expires); err != nil {
				return err
			}
			tickets = append(tickets, t)
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("issuing tickets: %w", err)
	}
	return tickets, expires, nil
}

// CheckTicket fails with ErrTicket when a ticket can't be used. It does not use
// it up.
func (s *Store) CheckTicket(ctx context.Context, hash [sha256.Size]byte) error {
	var found int
	err := s.read.QueryRowContext(ctx, `SELECT 1 FROM tickets WHERE hash = ? AND day >= ?`, hash[:], day(s.now())).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrTicket
	}
	return err
}

// redeem uses a ticket up: of several that try, one gets its group.
func (s *Store) redeem(ctx context.Context, tx *sql.Tx, hash [sha256.Size]byte) (group string, err error) {
	err = tx.QueryRowContext(ctx, `DELETE FROM tickets WHERE hash = ? AND day >= ? RETURNING grp`, hash[:], day(s.now())).Scan(&group)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrTicket
	}
	return group, err
}

package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"onset/devices/sync/archive"
	"onset/devices/sync/protocol"
)

// send is a session on its way.
type send struct {
	ID      string `json:"id"`
	Length  int64  `json:"length"`
	SHA256  string `json:"sha256"`
	Consent string `json:"consent"`
	Ticket  string `json:"ticket,omitempty"`
	Begun   bool   `json:"begun,omitempty"` // the server has its declaration
	Done    bool   `json:"done,omitempty"`
}

// Pushed is a session that has arrived.
type Pushed struct {
	Session string `json:"session"`
	Length  int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
}

const (
	// wholeBelow is the length up to which a session goes in one request.
	wholeBelow = 4 << 20
	// maxAttempts is how often a session is tried before the error is told.
	maxAttempts = 8
)

// Push packs a recording, a file or folder, and sends it. A session that could
// not be sent is kept and sent by Flush.
func (c *Client) Push(ctx context.Context, recording, consent string) (Pushed, error) {
	s, err := c.Pack(recording, consent)
	if err != nil {
		return Pushed{}, err
	}
	return c.transmit(ctx, s)
}

// Pack puts a recording among the sessions to be sent.
func (c *Client) Pack(recording, consent string) (s send, err error) {
	if err := protocol.CheckName(consent); err != nil {
		return s, fmt.Errorf("the version of the consent: %w", err)
	}
	s.ID, s.Consent = protocol.NewID(), consent
	f, err := os.OpenFile(c.sendPath(s.ID, ".zip"), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return s, fmt.Errorf("packing the session: %w", err)
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	h := sha256.New()
	counted := &counter{}
	if err := archive.Pack(io.MultiWriter(f, h, counted), recording, archive.DefaultLimits()); err != nil {
		return s, err
	}
	if err := c.fs.Room(counted.n); err != nil {
		return s, fmt.Errorf("packing the session: %w", err)
	}
	s.Length, s.SHA256 = counted.n, hex.EncodeToString(h.Sum(nil))
	if err := f.Sync(); err != nil {
		return s, fmt.Errorf("packing the session: %w", err)
	}
	return s, c.saveSend(s)
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) { c.n += int64(len(p)); return len(p), nil }

// Flush sends what is waiting. It goes on after one that fails and tells all.
func (c *Client) Flush(ctx context.Context) (sent []Pushed, err error) {
	sends, err := c.sends()
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, s := range sends {
		if s.Done {
			continue
		}
		p, err := c.transmit(ctx, s)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		sent = append(sent, p)
	}
	return sent, errors.Join(failed...)
}

func (c *Client) sends() ([]send, error) {
	names, err := filepath.Glob(filepath.Join(c.dir, sendsDir, "*.json"))
	if err != nil {
		return nil, err
	}
	var out []send
	for _, name := range names {
		var s send
		if err := readState(name, &s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (c *Client) sendPath(id, ext string) string { return filepath.Join(c.dir, sendsDir, id+ext) }

func (c *Client) saveSend(s send) error {
	return c.writeState(filepath.Join(sendsDir, s.ID+".json"), s)
}

// transmit sends a session until it has arrived or has failed too often.
func (c *Client) transmit(ctx context.Context, s send) (Pushed, error) {
	if err := c.delay(ctx); err != nil {
		return Pushed{}, err
	}
	var err error
	wait := 50 * time.Millisecond
	for range maxAttempts {
		if err = c.attempt(ctx, &s); err == nil {
			s.Done, s.Ticket = true, ""
			if err := c.saveSend(s); err != nil {
				return Pushed{}, err
			}
			return Pushed{s.ID, s.Length, s.SHA256}, os.Remove(c.sendPath(s.ID, ".zip"))
		}
		if !c.worthTrying(&s, err) {
			break
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return Pushed{}, ctx.Err()
		}
		wait = min(2*wait, 2*time.Second)
	}
	return Pushed{}, fmt.Errorf("sending session %s, which is kept: %w", s.ID, err)
}

// worthTrying tells a fault that another attempt may overcome.
func (c *Client) worthTrying(s *send, err error) bool {
	var p *protocol.Problem
	if !errors.As(err, &p) {
		return true // the connection
	}
	switch {
	case p.Type == protocol.ProblemTicket:
		s.Ticket, s.Begun = "", false // used by somebody else or expired
		return true
	case p.Status == http.StatusNotFound, p.Type == protocol.ProblemContent && s.Begun: // begun, but lost there
		s.Ticket, s.Begun = "", false
		return true
	case p.Status == http.StatusRequestTimeout, p.Status == http.StatusTooManyRequests, p.Type == protocol.ProblemOffset:
		return true
	case p.Status == http.StatusBadRequest && s.Begun:
		return true // broke off
	}
	return p.Status >= 500 && p.Status != http.StatusInsufficientStorage
}

func (c *Client) attempt(ctx context.Context, s *send) error {
	if s.Ticket == "" {
		t, err := c.ticket(ctx)
		if err != nil {
			return err
		}
		s.Ticket = t
		if err := c.saveSend(*s); err != nil {
			return err
		}
	}
	f, err := os.Open(c.sendPath(s.ID, ".zip"))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	if s.Length <= min(wholeBelow, c.piece) {
		_, _, err := c.declare(ctx, s, f)
		return err
	}
	offset, done, err := c.declare(ctx, s, nil)
	if err != nil || done {
		return err
	}
	s.Begun = true
	for {
		offset, done, err = c.piecewise(ctx, s, f, offset)
		if err != nil || done {
			return err
		}
	}
}

// declare begins an upload, or sends it whole with a body.
func (c *Client) declare(ctx context.Context, s *send, body io.Reader) (offset int64, done bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, c.url(protocol.PathUpload, "id", s.ID), body)
	if err != nil {
		return 0, false, err
	}
	var sum [sha256.Size]byte
	if _, err := hex.Decode(sum[:], []byte(s.SHA256)); err != nil {
		return 0, false, err
	}
	code, err := c.code(s.ID)
	if err != nil {
		return 0, false, err
	}
	hash, err := protocol.HashSecret(code)
	if err != nil {
		return 0, false, err
	}
	if body != nil {
		r.ContentLength = s.Length
	}
	h := r.Header
	h.Set("Content-Type", protocol.SessionType)
	h.Set(protocol.HeaderTicket, s.Ticket)
	h.Set(protocol.HeaderLength, strconv.FormatInt(s.Length, 10))
	h.Set(protocol.HeaderDigest, protocol.FormatDigest(sum))
	h.Set(protocol.HeaderWithdrawalHash, hex.EncodeToString(hash[:]))
	h.Set(protocol.HeaderConsent, s.Consent)
	h.Set(protocol.HeaderComplete, protocol.FormatBool(body != nil))
	return c.upload(r)
}

// piecewise sends the next piece.
func (c *Client) piecewise(ctx context.Context, s *send, f *os.File, offset int64) (int64, bool, error) {
	n := min(c.piece, s.Length-offset)
	r, err := http.NewRequestWithContext(ctx, http.MethodPatch, c.url(protocol.PathUpload, "id", s.ID), io.NewSectionReader(f, offset, n))
	if err != nil {
		return offset, false, err
	}
	r.ContentLength = n
	h := r.Header
	h.Set("Content-Type", protocol.PartialType)
	h.Set(protocol.HeaderTicket, s.Ticket)
	h.Set(protocol.HeaderOffset, strconv.FormatInt(offset, 10))
	h.Set(protocol.HeaderComplete, protocol.FormatBool(offset+n == s.Length))
	return c.upload(r)
}

// upload makes one request of an upload and reads how far it is.
func (c *Client) upload(r *http.Request) (offset int64, done bool, err error) {
	r.Header.Set("User-Agent", "") // says nothing
	answer, err := c.anonymous.Do(r)
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = answer.Body.Close() }() // read only
	if answer.StatusCode >= 300 {
		p := protocol.ReadProblem(answer)
		if p.Type == protocol.ProblemCompleted {
			return 0, true, nil
		}
		return 0, false, p
	}
	if offset, err = strconv.ParseInt(answer.Header.Get(protocol.HeaderOffset), 10, 64); err == nil {
		done, err = protocol.ParseBool(answer.Header.Get(protocol.HeaderComplete))
		if r.Method == http.MethodPatch && answer.StatusCode == http.StatusNoContent {
			done = false
		}
	}
	if err != nil {
		return 0, false, fmt.Errorf("reading the server's answer: %w", err)
	}
	return offset, done, nil
}

// ticket takes a ticket from the device's store of them, which is filled when it
// is empty. It is gone from the store before it is used.
func (c *Client) ticket(ctx context.Context) (string, error) {
	var have protocol.TicketsReply
	if err := readState(filepath.Join(c.dir, ticketsFile), &have); err != nil {
		return "", err
	}
	if len(have.Tickets) == 0 || have.Expires < c.now().UTC().Format(time.DateOnly) {
		have = protocol.TicketsReply{}
		if err := ask(ctx, c.known, http.MethodPost, c.url(protocol.PathTickets), protocol.TicketsRequest{Count: protocol.TicketsAtLeast}, &have); err != nil {
			return "", err
		}
		if len(have.Tickets) == 0 {
			return "", errors.New("the server gave no tickets")
		}
	}
	t := have.Tickets[0]
	have.Tickets = have.Tickets[1:]
	return t, c.writeState(ticketsFile, have)
}

// Participant is the secret that withdraws what this device has sent.
func (c *Client) Participant() (string, error) {
	text, err := os.ReadFile(filepath.Join(c.dir, participantFile))
	if err != nil {
		return "", fmt.Errorf("reading the participant's code: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

func (c *Client) code(session string) (string, error) {
	p, err := c.Participant()
	if err != nil {
		return "", err
	}
	return protocol.WithdrawalCode(p, session)
}

// Withdraw deletes a session at the server with the participant's secret; empty:
// the one that the device holds.
func (c *Client) Withdraw(ctx context.Context, session, participant string) error {
	if participant == "" {
		var err error
		if participant, err = c.Participant(); err != nil {
			return err
		}
	}
	code, err := protocol.WithdrawalCode(participant, session)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodDelete, c.url(protocol.PathSession, "id", session), nil)
	if err != nil {
		return err
	}
	r.Header.Set(protocol.HeaderWithdrawalCode, code)
	r.Header.Set("User-Agent", "")
	answer, err := c.anonymous.Do(r)
	if err != nil {
		return fmt.Errorf("withdrawing session %s: %w", session, err)
	}
	defer func() { _ = answer.Body.Close() }() // read only
	if answer.StatusCode >= 300 {
		return fmt.Errorf("withdrawing session %s: %w", session, protocol.ReadProblem(answer))
	}
	return nil
}

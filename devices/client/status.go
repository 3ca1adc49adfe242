package client

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Status is what a device knows of itself.
type Status struct {
	Device  string   `json:"device"`
	Name    string   `json:"name"`
	Server  string   `json:"server"`
	Pin     string   `json:"pin"`
	Channel string   `json:"channel"`
	Model   *Model   `json:"model"`
	Before  *Model   `json:"model_before,omitempty"`
	Refused []string `json:"refused_models,omitempty"`
	// Proved says that the model in use passes its golden vectors now; Problem
	// what is wrong otherwise.
	Proved  bool   `json:"proved"`
	Problem string `json:"problem,omitempty"`
	// Expires is until when the metadata is good; Expired that it is not any
	// more: the model stays, but nobody vouches that it is the newest.
	Expires string   `json:"metadata_expires,omitempty"`
	Expired bool     `json:"metadata_expired"`
	Waiting []string `json:"sessions_waiting"`
	Sent    []string `json:"sessions_sent"`
	Tickets int      `json:"tickets"`
}

// Status looks at the device's folder and proves the model in use again.
func (c *Client) Status(_ context.Context) (Status, error) {
	s := Status{Device: c.id.Device, Name: c.id.Name, Server: c.id.Address, Pin: c.id.Pin, Channel: c.id.Channel, Waiting: []string{}, Sent: []string{}}
	m, err := c.models()
	if err != nil {
		return s, err
	}
	s.Model, s.Before, s.Refused = m.Current, m.Previous, m.Rejected
	if m.Current != nil {
		if err := c.check(c.modelPath(m.Current.SHA256)); err != nil {
			s.Problem = err.Error()
		} else {
			s.Proved = true
		}
	}
	s.Expires, s.Expired = c.expiry()
	sends, err := c.sends()
	if err != nil {
		return s, err
	}
	for _, x := range sends {
		if x.Done {
			s.Sent = append(s.Sent, x.ID)
		} else {
			s.Waiting = append(s.Waiting, x.ID)
		}
	}
	var have struct {
		Tickets []string `json:"tickets"`
	}
	if err := readState(filepath.Join(c.dir, ticketsFile), &have); err != nil {
		return s, err
	}
	s.Tickets = len(have.Tickets)
	return s, nil
}

// expiry is until when the verified metadata is good.
func (c *Client) expiry() (until string, expired bool) {
	text, err := os.ReadFile(filepath.Join(c.dir, tufDir, "timestamp.json"))
	if err != nil {
		return "", false
	}
	t, err := metadata.Timestamp().FromBytes(text)
	if err != nil {
		return "", false
	}
	return t.Signed.Expires.Format(time.RFC3339), t.Signed.IsExpired(c.now())
}

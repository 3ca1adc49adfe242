package server

import (
	"context"
	"net/http"
	"sync"
	"time"

	"onset/devices/sync/protocol"
)

// device is who a request is from.
type device struct {
	id, channel string
	checked     time.Time
}

// recheck is how long an open connection may go on after its device was
// revoked; a new handshake fails at once.
const recheck = time.Second

// deviceCache spares a look into the database for every poll.
type deviceCache struct {
	find  func(context.Context, protocol.Pin) (device, error)
	mu    sync.Mutex
	known map[protocol.Pin]device
}

func (c *deviceCache) get(ctx context.Context, pin protocol.Pin, now time.Time) (device, error) {
	c.mu.Lock()
	d, ok := c.known[pin]
	c.mu.Unlock()
	if ok && now.Sub(d.checked).Abs() < recheck {
		return d, nil
	}
	d, err := c.find(ctx, pin)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		delete(c.known, pin)
		return d, err
	}
	d.checked = now
	c.known[pin] = d
	return d, nil
}

func (v *Server) findDevice(ctx context.Context, pin protocol.Pin) (device, error) {
	id, channel, err := v.store.DeviceByPin(ctx, pin)
	return device{id: id, channel: channel}, err
}

// identify tells which device a request is from.
func (v *Server) identify(r *http.Request) (device, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return device{}, refusal(http.StatusUnauthorized, protocol.ProblemRevoked, "Only a paired device may ask this", "")
	}
	now := v.now()
	d, err := v.devices.get(r.Context(), protocol.PinOf(r.TLS.PeerCertificates[0]), now)
	if err != nil {
		return d, refusal(http.StatusForbidden, protocol.ProblemRevoked, "This device is not paired any more", "")
	}
	v.mu.Lock()
	v.seen[d.id] = now
	v.mu.Unlock()
	return d, nil
}

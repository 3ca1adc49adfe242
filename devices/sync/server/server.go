package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"onset/devices/sync/delivery"
	"onset/devices/sync/protocol"
	"onset/devices/sync/store"
)

// Options are what a server needs beside its store.
type Options struct {
	Settings Settings
	Log      *slog.Logger     // nil: nothing is logged
	Now      func() time.Time // nil: time.Now
	// Received is called after a session was received; may be nil. It must not
	// block.
	Received func(session string)
}

// Server serves one store.
type Server struct {
	store    *store.Store
	repo     *delivery.Repository
	identity *Identity
	set      Settings
	log      *slog.Logger
	now      func() time.Time
	received func(string)
	metrics  *metrics
	limits   *limiter
	devices  *deviceCache
	stamp    timestampCache

	mu   sync.Mutex
	seen map[string]time.Time
	busy sync.WaitGroup
}

// Create makes a store that a server can run on: database, keys, first metadata
// and settings.
func Create(ctx context.Context, dir string, now func() time.Time) (s *store.Store, err error) {
	if now == nil {
		now = time.Now
	}
	s, err = store.Create(ctx, dir, store.Options{Now: now})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err = NewIdentity(s.Keys(), now()); err != nil {
		return nil, err
	}
	if err = delivery.Open(s, now).Create(); err != nil {
		return nil, err
	}
	return s, writeSettings(dir)
}

// New makes a server of an open store.
func New(s *store.Store, o Options) (*Server, error) {
	identity, err := LoadIdentity(s.Keys())
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Received == nil {
		o.Received = func(string) {}
	}
	v := &Server{store: s, repo: delivery.Open(s, o.Now), identity: identity, set: o.Settings, log: o.Log, now: o.Now,
		received: o.Received, limits: newLimiter(o.Settings, o.Now), seen: map[string]time.Time{}}
	v.devices = &deviceCache{find: v.findDevice, known: map[protocol.Pin]device{}}
	v.stamp.path = v.repo.TimestampPath()
	v.metrics = newMetrics(v)
	return v, nil
}

// Pin is what devices know the server by.
func (v *Server) Pin() protocol.Pin { return v.identity.Pin() }

// TLS is the configuration of the listener: TLS 1.3 only, no tickets that could
// link connections, and a device whose access was ended fails in the handshake.
func (v *Server) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{v.identity.certificate()},
		ClientAuth: tls.RequestClientCert, SessionTicketsDisabled: true, NextProtos: []string{"http/1.1"},
		VerifyConnection: func(c tls.ConnectionState) error {
			if len(c.PeerCertificates) == 0 {
				return nil // for pairing, and for uploads, which must not say who they are from
			}
			return v.verifyDevice(c.PeerCertificates[0])
		},
	}
}

func (v *Server) verifyDevice(cert *x509.Certificate) error {
	if err := cert.CheckSignatureFrom(v.identity.cert); err != nil {
		return errors.New("the certificate is not of this server")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, _, err := v.store.DeviceByPin(ctx, protocol.PinOf(cert)); err != nil {
		return errors.New("the device is not paired any more")
	}
	return nil
}

// Serve answers on l until ctx ends, then lets requests finish for up to ten
// seconds. l is a plain listener, which is closed in any case; TLS is added here.
func (v *Server) Serve(ctx context.Context, l net.Listener) error {
	if err := v.repo.Update(ctx, v.store); err != nil {
		return errors.Join(err, l.Close())
	}
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	web := &http.Server{
		Handler: v.Handler(), Protocols: protocols, ReadHeaderTimeout: v.set.HeaderTimeout.Duration, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(discardAddresses{v.log.Handler()}, slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	done := make(chan error, 1)
	go func() {
		done <- web.Serve(tls.NewListener(newBounded(l, v.set.Connections, v.set.PerAddress, v.metrics.refused), v.TLS()))
	}()
	work, stop := context.WithCancel(ctx)
	defer stop()
	v.busy.Add(1)
	go v.keepHouse(work)
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err = web.Shutdown(late)
		if errors.Is(err, context.DeadlineExceeded) {
			err = web.Close()
		}
	}
	stop()
	v.busy.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("serving: %w", err)
	}
	return v.flushSeen(context.WithoutCancel(ctx))
}

// discardAddresses drops what the HTTP library logs of connections: it names
// addresses.
type discardAddresses struct{ slog.Handler }

func (discardAddresses) Enabled(context.Context, slog.Level) bool { return false }

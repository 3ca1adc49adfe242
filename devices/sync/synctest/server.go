// Package synctest runs a sync server on loopback for tests of the server and of
// devices, and holds every answer against the OpenAPI description.
package synctest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"crypto/tls"

	"onset/devices/client"
	"onset/devices/sync/delivery"
	"onset/devices/sync/protocol"
	"onset/devices/sync/server"
	"onset/devices/sync/store"
)

// Channel is the release channel that test devices follow.
const Channel = "left-wrist/g1/f32"

// Server is a running server.
type Server struct {
	T       testing.TB
	Store   *store.Store
	Repo    *delivery.Repository
	Server  *server.Server
	Address string
	Log     *Text
	Clock   *Clock

	handler   http.Handler
	intercept atomic.Pointer[http.HandlerFunc]
}

// Intercept answers requests in the server's place where h returns true for
// them: a server that somebody has taken over. nil ends it.
func (s *Server) Intercept(h func(http.ResponseWriter, *http.Request) bool) {
	if h == nil {
		s.intercept.Store(nil)
		return
	}
	f := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !h(w, r) {
			s.honest().ServeHTTP(w, r)
		}
	})
	s.intercept.Store(&f)
}

func (s *Server) honest() http.Handler { return Validate(s.T, s.Server.Handler()) }

// ServeHTTP answers as the server, or as whoever took it over.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := s.intercept.Load(); h != nil {
		h.ServeHTTP(w, r)
		return
	}
	s.handler.ServeHTTP(w, r)
}

// Clock is a clock that tests turn.
type Clock struct{ ahead atomic.Int64 }

// Now is the time on it.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// Turn puts it forward.
func (c *Clock) Turn(d time.Duration) { c.ahead.Add(int64(d)) }

// Text collects what is logged.
type Text struct {
	mu sync.Mutex
	b  strings.Builder
}

// Write appends.
func (t *Text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

// String is what was written.
func (t *Text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

// Start runs a server until the test ends. change may alter its settings.
func Start(t testing.TB, change func(*server.Settings)) *Server {
	t.Helper()
	return StartIn(t, filepath.Join(t.TempDir(), "store"), change)
}

// StartIn runs a server on a store that is made in dir.
func StartIn(t testing.TB, dir string, change func(*server.Settings)) *Server {
	t.Helper()
	clock := &Clock{}
	st, err := server.Create(t.Context(), dir, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	set := server.DefaultSettings()
	set.DeviceRate, set.DeviceBurst, set.PairRate, set.PairBurst, set.AddressRate, set.AddressBurst = 1e6, 1e6, 1e6, 1e6, 1e6, 1e6
	set.ReserveBytes, set.TicketsPerDay = 0, 1e6
	if change != nil {
		change(&set)
	}
	if st, err = store.Open(t.Context(), dir, store.Options{Now: clock.Now, Quota: set.QuotaBytes, Reserve: set.ReserveBytes, PartialTTL: set.PartialTTL.Duration}); err != nil {
		t.Fatal(err)
	}
	s := &Server{T: t, Store: st, Repo: delivery.Open(st, clock.Now), Log: &Text{}, Clock: clock}
	if s.Server, err = server.New(st, server.Options{Settings: set, Log: slog.New(slog.NewJSONHandler(s.Log, nil)), Now: clock.Now}); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = l.Addr().String()
	s.handler = s.honest()
	web := &http.Server{Handler: s, ReadHeaderTimeout: set.HeaderTimeout.Duration, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	done := make(chan error, 1)
	go func() { done <- web.Serve(tls.NewListener(l, s.Server.TLS())) }()
	t.Cleanup(func() {
		_ = web.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Invite is the text of a fresh pairing code.
func (s *Server) Invite() string {
	s.T.Helper()
	token, _, err := s.Store.Invite(context.Background(), Channel)
	if err != nil {
		s.T.Fatal(err)
	}
	return protocol.Invitation{Address: s.Address, Pin: s.Server.Pin(), Token: token, Name: "test"}.Text()
}

// About is what test devices say of themselves.
func About(name string) client.About {
	return client.About{Name: name, Platform: "test", Runtime: "1", Sensors: []string{"left-wrist/accelerometer"}}
}

// Device pairs a device that takes any model with a file "good".
func (s *Server) Device(name string, change ...func(*client.Options)) *client.Client {
	s.T.Helper()
	c, err := client.Pair(context.Background(), filepath.Join(s.T.TempDir(), "device"), s.Invite(), About(name), s.Options(change...))
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(c.Close)
	return c
}

// Options are those of a test device.
func (s *Server) Options(change ...func(*client.Options)) client.Options {
	o := client.Options{Now: s.Clock.Now, Check: CheckFake, FS: QuickFS{}}
	for _, f := range change {
		f(&o)
	}
	return o
}

// CheckFake passes models that Bundle made, unless they were made bad.
func CheckFake(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "model.json"))
	if err == nil && !strings.Contains(string(text), "good") {
		err = errors.New("golden vectors differ")
	}
	return err
}

// Bundle makes a folder that stands for a model, of about size bytes.
func Bundle(t testing.TB, name string, size int) string {
	t.Helper()
	dir := t.TempDir()
	for file, content := range map[string][]byte{"model.json": []byte(`{"model":"` + name + `"}`), "weights.f32": Noise(name, size)} {
		if err := os.WriteFile(filepath.Join(dir, file), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Publish publishes a folder made by Bundle.
func (s *Server) Publish(name string, size, percent int) store.Release {
	s.T.Helper()
	r, err := s.Repo.Publish(context.Background(), s.Store, delivery.Bundle{Dir: Bundle(s.T, name, size), Channel: Channel, Model: name, Percent: percent})
	if err != nil {
		s.T.Fatal(err)
	}
	return r
}

// Recording makes a file that stands for a recording, of about size bytes that
// don't compress.
func Recording(t testing.TB, name string, size int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".csv")
	if err := os.WriteFile(path, Noise(name, size), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// QuickFS writes a device's state without waiting for the disk.
type QuickFS struct{}

// Room is always there.
func (QuickFS) Room(int64) error { return nil }

// WriteFile puts a file in place whole.
func (QuickFS) WriteFile(path string, content []byte) error {
	tmp := filepath.Join(filepath.Dir(path), ".new-"+filepath.Base(path))
	if err := os.WriteFile(tmp, content, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

package client_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"onset/devices/client"
	"onset/devices/sync/archive"
	"onset/devices/sync/protocol"
	"onset/devices/sync/store"
	"onset/devices/sync/synctest"
)

func TestDevicePullsAndPushes(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	c := s.Device("watch")
	if p, err := c.Pull(t.Context()); err != nil || p.Outcome != client.PulledNone {
		t.Fatalf("before anything was published: %+v, %v", p, err)
	}
	r := s.Publish("good 1", 300_000, 100)
	p, err := c.Pull(t.Context())
	if err != nil || p.Outcome != client.PulledModel || p.Model.SHA256 != r.SHA256 {
		t.Fatalf("%+v, %v", p, err)
	}
	if p, err = c.Pull(t.Context()); err != nil || p.Outcome != client.PulledNothing {
		t.Fatalf("the second pull: %+v, %v", p, err)
	}
	for _, size := range []int{1000, 3_000_000} { // in one request, in pieces
		path := synctest.Recording(t, "session", size)
		sent, err := c.Push(t.Context(), path, "1")
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := received(t, s, sent.Session); !bytes.Equal(got, want) {
			t.Errorf("%d bytes arrived, %d were sent, or they differ", len(got), len(want))
		}
	}
	devices, err := s.Store.Devices(t.Context())
	if err != nil || len(devices) != 1 || devices[0].Model != r.SHA256 || devices[0].SelfTest != protocol.StateActive {
		t.Errorf("%+v, %v", devices, err)
	}
	v, err := s.Store.Verify(t.Context())
	if err != nil || !v.OK || v.Sessions != 2 {
		t.Errorf("%+v, %v", v, err)
	}
}

// received is the one file of a session in the inbox.
func received(t *testing.T, s *synctest.Server, session string) []byte {
	t.Helper()
	content, size, closer, err := s.Store.Content(t.Context(), session)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = closer.Close() }()
	dir := t.TempDir()
	if _, err := archive.Unpack(content, size, dir, archive.DefaultLimits()); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 1 {
		t.Fatalf("%v, %v", names, err)
	}
	got, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestWithdrawalLeavesNothingToRead(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	c := s.Device("watch")
	sent, err := c.Push(t.Context(), synctest.Recording(t, "mine", 5000), "1")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Withdraw(t.Context(), sent.Session, protocol.NewSecret()); err == nil {
		t.Error("somebody else's code withdrew the session")
	}
	path := filepath.Join(s.Store.Dir(), "sessions", sent.Session[:2], sent.Session)
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time is a success too
		if err := c.Withdraw(t.Context(), sent.Session, ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the bytes are still there: %v", err)
	}
	if _, _, _, err := s.Store.Content(t.Context(), sent.Session); !errors.Is(err, store.ErrErased) {
		t.Errorf("the key is still there: %v", err)
	}
	if v, err := s.Store.Verify(t.Context()); err != nil || !v.OK || v.Erased != 1 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestRevokedDeviceIsOut(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	c := s.Device("watch")
	if _, err := c.Pull(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Store.Revoke(t.Context(), c.Device()); err != nil {
		t.Fatal(err)
	}
	c.Close() // the next request makes a new handshake
	if _, err := c.Pull(t.Context()); err == nil {
		t.Error("a revoked device made a handshake")
	}
}

func TestRevokedDeviceIsOutOnAnOpenConnection(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	c := s.Device("watch")
	if _, err := c.Pull(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Store.Revoke(t.Context(), c.Device()); err != nil {
		t.Fatal(err)
	}
	s.Clock.Turn(2 * time.Second)
	_, err := c.Pull(t.Context())
	if p, ok := errors.AsType[*protocol.Problem](err); !ok || p.Type != protocol.ProblemRevoked {
		t.Errorf("%v", err)
	}
}

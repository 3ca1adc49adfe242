package main

import (
	"flag"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"onset/devices/client"
)

var uploadsWanted = flag.Int("uploads", 16, "how many sessions the kill tests of the server send")

// noise is bytes that don't compress, the same for the same seed.
func noise(seed, size int) []byte {
	b := make([]byte, size)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16)})
	_, _ = r.Read(b)
	return b
}

// killUntil kills the server every 100 to 400 ms and starts it again at the same
// address, until done is closed or it has done so for half of the sessions. It
// returns how often.
func killUntil(t *testing.T, done <-chan struct{}, s *served, store, address string) (kills int) {
	t.Helper()
	for {
		if kills == *uploadsWanted/2 {
			<-done
			return kills
		}
		select {
		case <-done:
			return kills
		case <-time.After(100*time.Millisecond + rand.N(300*time.Millisecond)):
		}
		if err := s.cmd.Process.Kill(); err != nil {
			t.Error(err)
			return kills
		}
		_ = s.cmd.Wait() // killed
		kills++
		waitFree(t, address)
		s = startServer(t, store, "--listen", address)
	}
}

// waitFree waits until an address can be listened on again.
func waitFree(t *testing.T, address string) {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", address)
		if err == nil {
			_ = l.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("%s stays taken", address)
}

// TestKilledDeviceSendsOnceEach kills a device's process while it sends, and
// starts it again.
func TestKilledDeviceSendsOnceEach(t *testing.T) {
	t.Parallel()
	n := *uploadsWanted / 4
	store := newServer(t)
	startServer(t, store, "--listen", "127.0.0.1:0")
	dir := newDeviceFolder(t, store, "a/b/c")
	for i := range n {
		path := filepath.Join(t.TempDir(), "r.csv")
		if err := os.WriteFile(path, noise(i, 2_000_000), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := process(t, "device", "push", "--state", dir, path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(rand.N(400*time.Millisecond), func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // killed, or done before
		timer.Stop()
	}
	must[map[string]any](t, "device", "push", "--state", dir) // what waits
	st := must[client.Status](t, "device", "status", "--state", dir)
	v := must[struct {
		OK       bool
		Sessions int
	}](t, "serve", "verify", "--store", store)
	if !v.OK || len(st.Waiting) != 0 || v.Sessions < len(st.Sent) || v.Sessions > n {
		t.Errorf("%+v, sent %d, waiting %d", v, len(st.Sent), len(st.Waiting))
	}
	files, err := filepath.Glob(filepath.Join(store, "sessions", "*", "*"))
	if err != nil || len(files) != v.Sessions {
		t.Errorf("%d files for %d sessions, %v", len(files), v.Sessions, err)
	}
}

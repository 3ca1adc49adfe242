package main

import (
	"flag"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"onset/devices/client"
)

var (
	uploadsWanted = flag.Int("uploads", 16, "how many sessions the kill test of the server sends")
	devicePushes  = flag.Int("device-uploads", 4, "how many sessions the kill test of the device sends")
)

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
// starts it again. The kills fall anywhere in the time that a push takes here.
func TestKilledDeviceSendsOnceEach(t *testing.T) {
	t.Parallel()
	n := *devicePushes
	store := newServer(t)
	startServer(t, store, "--listen", "127.0.0.1:0")
	dir := newDeviceFolder(t, store, "a/b/c")
	push := func(i int) *exec.Cmd {
		path := filepath.Join(t.TempDir(), "r.csv")
		if err := os.WriteFile(path, noise(i, 2_000_000), 0o600); err != nil {
			t.Fatal(err)
		}
		return process(t, "device", "push", "--state", dir, path)
	}
	began := time.Now()
	if out, err := push(0).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took, killed := time.Since(began), 0
	for i := 1; i < n; i++ {
		cmd := push(i)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(rand.N(took), func() { _ = cmd.Process.Kill() })
		if cmd.Wait() != nil { // killed
			killed++
		}
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
	t.Logf("%d pushes, %d killed within %v: %d sessions at the server, %d known as sent", n, killed, took.Round(time.Millisecond), v.Sessions, len(st.Sent))
}

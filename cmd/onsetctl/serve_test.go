package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"onset/devices/client"
)

// served is a server in a process of its own.
type served struct {
	cmd     *exec.Cmd
	address string
	ops     string
	log     *bytes.Buffer
}

// startServer runs onsetctl serve run on a store and waits until it listens.
func startServer(t *testing.T, store string, args ...string) *served {
	t.Helper()
	s := &served{log: &bytes.Buffer{}}
	s.cmd = process(t, append([]string{"serve", "run", "--store", store, "--json"}, args...)...)
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = s.cmd.Wait()
		t.Fatalf("the server did not start: %v\n%s", err, s.log)
	}
	var about struct{ Address, Ops string }
	if err := json.Unmarshal([]byte(line), &about); err != nil {
		t.Fatal(err)
	}
	s.address, s.ops = about.Address, about.Ops
	return s
}

// newServer is the folder of a server.
func newServer(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "server")
	must[map[string]string](t, "serve", "init", "--store", dir)
	return dir
}

// newDeviceFolder pairs a device.
func newDeviceFolder(t *testing.T, store, channel string) string {
	t.Helper()
	text := must[struct{ Text string }](t, "serve", "pair", "--store", store, "--channel", channel).Text
	dir := filepath.Join(t.TempDir(), "device")
	must[map[string]string](t, "device", "pair", "--state", dir, text)
	return dir
}

// TestServerFromEndToEnd goes the whole way round with a real model: publish,
// pull, run, push, look into the inbox, import, withdraw, back up, restore.
func TestServerFromEndToEnd(t *testing.T) {
	t.Parallel()
	const channel = "left-wrist/all/f32"
	study := sampleStudy(t)
	config := filepath.Join(t.TempDir(), "c.toml")
	writeFile(t, config, []byte(strings.Replace(ctl(t, "train", "--example-config").out, "epochs = 30", "epochs = 1", 1)))
	model := must[struct{ Model string }](t, "train", study, "--config", config).Model
	exported := filepath.Join(t.TempDir(), "model")
	must[map[string]any](t, "export", study, "--model", model, "--out", exported)

	store := newServer(t)
	s := startServer(t, store, "--listen", "127.0.0.1:0")
	device := newDeviceFolder(t, store, channel)
	must[map[string]any](t, "serve", "publish", "--store", store, exported, "--channel", channel)
	if p := must[client.Pulled](t, "device", "pull", "--state", device); p.Outcome != client.PulledModel || p.Model.Model != model {
		t.Fatalf("%+v", p)
	}
	if st := must[client.Status](t, "device", "status", "--state", device); !st.Proved || st.Model.Model != model {
		t.Errorf("%+v", st)
	}
	recording := sources(t, 0)
	ran := must[client.Ran](t, "device", "run", "--state", device, filepath.Join(recording, "session-0"))
	if len(ran.Sessions) != 1 || ran.Sessions[0].DurationS == 0 {
		t.Errorf("the device ran %+v", ran)
	}
	sent := must[struct{ Sent []client.Pushed }](t, "device", "push", "--state", device, filepath.Join(recording, "session-0"), filepath.Join(recording, "session-1"), filepath.Join(recording, "session-2")).Sent
	if len(sent) != 3 {
		t.Fatalf("%+v", sent)
	}
	type list struct {
		Sessions []struct{ ID, State, StudySessions string }
	}
	if l := must[list](t, "serve", "inbox", "--store", store); len(l.Sessions) != 3 {
		t.Fatalf("%+v", l)
	}
	into := newStudyFile(t)
	must[map[string]any](t, "serve", "inbox", "import", "--store", store, "--study", into, "--answer", "participant=new", sent[0].Session)
	must[map[string]any](t, "serve", "inbox", "reject", "--store", store, "--why", "noise", sent[1].Session)
	must[map[string]any](t, "device", "withdraw", "--state", device, sent[2].Session)
	if l := must[list](t, "serve", "inbox", "--store", store); len(l.Sessions) != 0 {
		t.Errorf("the inbox still holds %+v", l)
	}
	info := must[infoResult](t, "study", "info", into)
	if info.Sessions != 1 || info.Labels != sourceSets {
		t.Errorf("the study got %+v", info)
	}
	type verified struct {
		OK               bool
		Sessions, Erased int
	}
	if v := must[verified](t, "serve", "verify", "--store", store); !v.OK || v.Sessions != 3 || v.Erased != 1 {
		t.Errorf("%+v", v)
	}

	pass := filepath.Join(t.TempDir(), "pass")
	writeFile(t, pass, []byte("correct horse\n"))
	file := filepath.Join(t.TempDir(), "backup.age")
	must[map[string]any](t, "serve", "backup", "--store", store, "--out", file, "--passphrase-file", pass)
	restored := filepath.Join(t.TempDir(), "restored")
	must[map[string]any](t, "serve", "restore", "--store", restored, file, "--passphrase-file", pass)
	if v := must[verified](t, "serve", "verify", "--store", restored); !v.OK || v.Sessions != 3 {
		t.Errorf("%+v", v)
	}

	for path, want := range map[string]string{"/metrics": "onset_sessions_received_total 3", "/healthz": "ok", "/readyz": "ready", "/debug/pprof/": "goroutine"} {
		r, err := http.Get("http://" + s.ops + path)
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		_ = r.Body.Close()
		if r.StatusCode != http.StatusOK || !strings.Contains(body.String(), want) {
			t.Errorf("%s: %d, no %q", path, r.StatusCode, want)
		}
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("told to stop: %v\n%s", err, s.log)
	}
	for _, secret := range []string{sent[0].Session, s.address, "127.0.0.1"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log names %s", secret)
		}
	}
}

// TestReceivedSessionsAreImportedAtOnce is the automatic import.
func TestReceivedSessionsAreImportedAtOnce(t *testing.T) {
	t.Parallel()
	store, study := newServer(t), newStudyFile(t)
	s := startServer(t, store, "--listen", "127.0.0.1:0", "--import-into", study, "--participant", "P07")
	device := newDeviceFolder(t, store, "a/b/c")
	must[map[string]any](t, "device", "push", "--state", device, filepath.Join(sources(t, 7), "session-0"))
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil { // finishes what was received
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, s.log)
	}
	if info := must[infoResult](t, "study", "info", study); info.Sessions != 1 {
		t.Errorf("%+v\n%s", info, s.log)
	}
}

// TestMetricsStayOnLoopback refuses another address for them.
func TestMetricsStayOnLoopback(t *testing.T) {
	t.Parallel()
	o := ctl(t, "serve", "run", "--store", newServer(t), "--listen", "127.0.0.1:0", "--ops", "0.0.0.0:0")
	if o.code != exitFailed || !strings.Contains(o.err, "loopback") {
		t.Errorf("%+v", o)
	}
}

// TestKilledServerLosesNothing kills the server again and again while devices
// send. Every session arrives bit for bit and is in the journal once.
func TestKilledServerLosesNothing(t *testing.T) {
	t.Parallel()
	uploads := *uploadsWanted
	store := newServer(t)
	s := startServer(t, store, "--listen", "127.0.0.1:0")
	address := s.address
	const devices = 4
	var folders []string
	for range devices {
		folders = append(folders, newDeviceFolder(t, store, "a/b/c"))
	}
	var wg sync.WaitGroup
	sent := make([][]client.Pushed, devices)
	for i, dir := range folders {
		wg.Go(func() { sent[i] = sendAll(t, dir, uploads/devices, i) })
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	kills := killUntil(t, done, s, store, address)
	seen := map[string]bool{}
	for _, list := range sent {
		for _, p := range list {
			seen[p.Session] = true
		}
	}
	v := must[struct {
		OK                bool
		Sessions, Uploads int
		Problems          []string
	}](t, "serve", "verify", "--store", store)
	if !v.OK || v.Sessions != len(seen) || len(seen) != uploads/devices*devices {
		t.Errorf("after %d kills %d of %d sessions were told to have arrived: %+v", kills, len(seen), uploads, v)
	}
	t.Logf("%d kills, %d sessions, %d uploads left", kills, v.Sessions, v.Uploads)
}

// sendAll sends sessions one after another, however often it takes.
func sendAll(t *testing.T, dir string, n, device int) (sent []client.Pushed) {
	t.Helper()
	c, err := client.Open(dir, client.Options{Piece: 100_000})
	if err != nil {
		t.Error(err)
		return nil
	}
	defer c.Close()
	for i := range n {
		path := filepath.Join(t.TempDir(), "r.csv")
		size := 20_000
		if i%3 == 0 {
			size = 400_000 // comes in pieces
		}
		if err := os.WriteFile(path, noise(device*1000+i, size), 0o600); err != nil {
			t.Error(err)
			return sent
		}
		if _, err := c.Pack(path, "1"); err != nil {
			t.Error(err)
			return sent
		}
		for len(sent) <= i {
			if t.Context().Err() != nil {
				return sent
			}
			now, _ := c.Flush(t.Context()) // fails while the server is down
			sent = append(sent, now...)
		}
	}
	return sent
}

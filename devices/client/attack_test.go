package client_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onset/devices/client"
	"onset/devices/sync/protocol"
	"onset/devices/sync/synctest"
)

// holds expects that a device refuses what the server gives it now and keeps
// its model.
func holds(t *testing.T, c *client.Client, model string) {
	t.Helper()
	p, err := c.Pull(t.Context())
	if err == nil {
		t.Errorf("it was accepted: %+v", p)
	}
	s, serr := c.Status(t.Context())
	if serr != nil || s.Model == nil || s.Model.Model != model || !s.Proved {
		t.Errorf("the model in use is not %s any more: %+v, %v", model, s, serr)
	}
}

// works expects that a device takes the newest model from an honest server.
func works(t *testing.T, c *client.Client, model string) {
	t.Helper()
	if _, err := c.Pull(t.Context()); err != nil {
		t.Errorf("pulling from the honest server: %v", err)
	}
	if s, err := c.Status(t.Context()); err != nil || s.Model == nil || s.Model.Model != model {
		t.Errorf("%+v, %v", s, err)
	}
}

// snapshotOf keeps the signed metadata as it is now.
func snapshotOf(t *testing.T, s *synctest.Server) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	dir := filepath.Join(s.Store.Dir(), "tuf")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if out[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// answer serves metadata from old instead of what the server would say.
func answer(s *synctest.Server, old map[string][]byte, names ...string) {
	s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		name, ok := strings.CutPrefix(r.URL.Path, "/v1/tuf/")
		if !ok || len(names) > 0 && !matches(name, names) {
			return false
		}
		content, ok := old[name]
		if !ok {
			http.NotFound(w, r)
			return true
		}
		w.Header().Set("ETag", `"old"`)
		_, _ = w.Write(content)
		return true
	})
}

func matches(name string, suffixes []string) bool {
	for _, s := range suffixes {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}

func TestRollbackIsRefused(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	c := s.Device("watch")
	s.Publish("good 1", 1000, 100)
	works(t, c, "good 1")
	old := snapshotOf(t, s)
	s.Publish("good 2", 1000, 100)
	works(t, c, "good 2")
	answer(s, old)
	holds(t, c, "good 2")
	s.Intercept(nil)
	s.Publish("good 3", 1000, 100)
	works(t, c, "good 3")
}

func TestFreezeIsNoticed(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	c := s.Device("watch")
	s.Publish("good 1", 1000, 100)
	works(t, c, "good 1")
	s.Clock.Turn(8 * 24 * time.Hour) // and nobody signs anew
	holds(t, c, "good 1")
	if st, err := c.Status(t.Context()); err != nil || !st.Expired {
		t.Errorf("the device does not say that its metadata has expired: %+v, %v", st, err)
	}
	if err := s.Repo.Update(t.Context(), s.Store); err != nil {
		t.Fatal(err)
	}
	works(t, c, "good 1")
}

func TestMixAndMatchIsRefused(t *testing.T) {
	t.Parallel()
	for _, part := range []string{".snapshot.json", ".targets.json"} {
		s := synctest.Start(t, nil)
		c := s.Device("watch")
		s.Publish("good 1", 1000, 100)
		works(t, c, "good 1")
		old := snapshotOf(t, s)
		s.Publish("good 2", 1000, 100)
		renamed := map[string][]byte{} // the old part under the new name
		for name := range snapshotOf(t, s) {
			if strings.HasSuffix(name, part) {
				renamed[name] = newestOf(old, part)
			}
		}
		answer(s, renamed, part)
		holds(t, c, "good 1")
		s.Intercept(nil)
		works(t, c, "good 2")
	}
}

// newestOf is the part with the highest version.
func newestOf(files map[string][]byte, part string) []byte {
	best := ""
	for name := range files {
		if strings.HasSuffix(name, part) && (len(name) > len(best) || len(name) == len(best) && name > best) {
			best = name
		}
	}
	return files[best]
}

func TestEndlessDataEnds(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	c := s.Device("watch")
	s.Publish("good 1", 1000, 100)
	works(t, c, "good 1")
	s.Publish("good 2", 1000, 100)
	for _, part := range []string{"timestamp.json", ".root.json", ".snapshot.json", ".targets.json", "/blobs/"} {
		s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, part) {
				return false
			}
			chunk := make([]byte, 64<<10)
			for i := 0; i < 4096; i++ { // 256 MB: nobody must take that much
				if _, err := w.Write(chunk); err != nil {
					return true
				}
			}
			t.Errorf("the device swallowed 256 MB of %s", part)
			return true
		})
		holds(t, c, "good 1")
	}
	s.Intercept(nil)
	works(t, c, "good 2")
}

func TestWrongBytesAreRefused(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	c := s.Device("watch")
	s.Publish("good 1", 1000, 100)
	works(t, c, "good 1")
	r := s.Publish("good 2", 100_000, 100)
	path := filepath.Join(s.Store.Dir(), "blobs", r.SHA256[:2], r.SHA256)
	right, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wrong := append([]byte{}, right...)
	wrong[len(wrong)/2] ^= 1
	if err := os.WriteFile(path, wrong, 0o600); err != nil {
		t.Fatal(err)
	}
	holds(t, c, "good 1")
	if v, err := s.Store.Verify(t.Context()); err != nil || v.OK {
		t.Errorf("the server's own check did not find the damage: %+v, %v", v, err)
	}
	if err := os.WriteFile(path, right, 0o600); err != nil {
		t.Fatal(err)
	}
	works(t, c, "good 2")
}

func TestKeysAreReplaced(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"root", "targets", "snapshot", "timestamp"} {
		s := synctest.Start(t, nil)
		c := s.Device("watch")
		s.Publish("good 1", 1000, 100)
		works(t, c, "good 1")
		keyPath := filepath.Join(s.Store.Keys(), "tuf-"+role+".pem")
		stolen, err := os.ReadFile(keyPath)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Repo.RotateKey(t.Context(), s.Store, role); err != nil {
			t.Fatal(role, err)
		}
		s.Publish("good 2", 1000, 100)
		works(t, c, "good 2")
		if role == "root" {
			continue // a stolen root key is caught by the next line's roles alone
		}
		fresh, err := os.ReadFile(keyPath)
		if err != nil {
			t.Fatal(err)
		}
		// The thief signs with the key that was replaced.
		if err := os.WriteFile(keyPath, stolen, 0o600); err != nil {
			t.Fatal(err)
		}
		s.Publish("good evil", 1000, 100)
		holds(t, c, "good 2")
		if err := os.WriteFile(keyPath, fresh, 0o600); err != nil {
			t.Fatal(err)
		}
		s.Publish("good 3", 1000, 100)
		works(t, c, "good 3")
	}
}

// failing is a disk that fails, as if the device died, at the n-th write.
type failing struct {
	client.FS
	left int
}

func (f *failing) WriteFile(path string, content []byte) error {
	if f.left--; f.left < 0 {
		return errors.New("killed")
	}
	return f.FS.WriteFile(path, content)
}

// TestKilledBetweenVerifyAndPersist ends a pull before each of its writes: the
// device then has the old model or the new one, proved, and goes on.
func TestKilledBetweenVerifyAndPersist(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	for n := range 3 {
		first := s.Publish("good before", 1000+n, 100)
		c := s.Device("watch")
		works(t, c, "good before")
		next := s.Publish("good after", 50_000+n, 100)
		o := s.Options()
		o.FS = &failing{client.Disk(), n}
		dying, err := client.Open(c.Dir(), o)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = dying.Pull(t.Context())
		dying.Close()
		again, err := client.Open(c.Dir(), s.Options())
		if err != nil {
			t.Fatal(err)
		}
		st, err := again.Status(t.Context())
		if err != nil || !st.Proved || st.Model.SHA256 != first.SHA256 && st.Model.SHA256 != next.SHA256 {
			t.Errorf("killed at write %d: %+v, %v", n, st, err)
		}
		works(t, again, "good after")
		again.Close()
	}
}

func TestModelThatFailsHereIsNeverRun(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	c := s.Device("watch")
	s.Publish("good 1", 1000, 100)
	works(t, c, "good 1")
	bad := s.Publish("bad 2", 1000, 100)
	p, err := c.Pull(t.Context())
	if err != nil || p.Outcome != client.PulledRejected || p.Model == nil || p.Model.Model != "good 1" {
		t.Fatalf("%+v, %v", p, err)
	}
	for range 2 { // it is not tried again and again
		if p, err = c.Pull(t.Context()); err != nil || p.Outcome != client.PulledNothing {
			t.Errorf("%+v, %v", p, err)
		}
	}
	d, err := s.Store.Devices(t.Context())
	if err != nil || d[0].SelfTest != protocol.StateRejected {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := os.Stat(filepath.Join(c.Dir(), "models", bad.SHA256)); err == nil {
		t.Error("the bad model is among the models")
	}
}

func TestDownloadGoesOnWhereItBroke(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	c := s.Device("watch")
	r := s.Publish("good 1", 400_000, 100)
	var asked []string
	s.Intercept(func(w http.ResponseWriter, q *http.Request) bool {
		if !strings.Contains(q.URL.Path, "/blobs/") {
			return false
		}
		asked = append(asked, q.Header.Get("Range"))
		if len(asked) > 1 {
			return false
		}
		f, err := s.Store.OpenBlob(r.SHA256)
		if err != nil {
			t.Error(err)
			return true
		}
		defer func() { _ = f.Close() }()
		half := make([]byte, r.Length/2)
		_, _ = f.Read(half)
		w.Header().Set("Content-Length", "400000")
		_, _ = w.Write(half)
		panic(http.ErrAbortHandler)
	})
	if _, err := c.Pull(t.Context()); err == nil {
		t.Fatal("half a model was taken")
	}
	works(t, c, "good 1")
	if len(asked) != 2 || !strings.HasPrefix(asked[1], "bytes=") || asked[1] == "bytes=0-" {
		t.Errorf("asked for %q", asked)
	}
}

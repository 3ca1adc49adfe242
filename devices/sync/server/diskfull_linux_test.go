package server_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"onset/devices/sync/protocol"
	"onset/devices/sync/synctest"
)

// TestDiskFull fills a small disk with sessions: refused with 507, nothing that
// was stored is lost, and it goes on when there is space.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("onset-test", dir, "tmpfs", 0, "size=8m"); errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Skip("mounting a small disk is not allowed here")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	s := synctest.StartIn(t, filepath.Join(dir, "store"), nil)
	h := anonymous(s)
	tk := tickets(t, s, 32)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, synctest.Noise("ballast", 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	stored, full := map[string]bool{}, 0
	for i := range 12 {
		u := upload{id: protocol.NewID(), ticket: tk[i], body: zipped(t, u8(i), 900_000), complete: true}
		switch a := u.create(t.Context(), t, h, s.Address); a.StatusCode {
		case http.StatusCreated:
			stored[u.id] = true
		case http.StatusInsufficientStorage:
			full++
			if a.Header.Get("Retry-After") == "" {
				t.Error("507 does not say when to try again")
			}
		default:
			t.Fatalf("upload %d: %d", i, a.StatusCode)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.Address+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		if a := do(t, h, r); a.StatusCode != http.StatusOK {
			t.Errorf("health: %d", a.StatusCode)
		}
	}
	if len(stored) == 0 || full == 0 {
		t.Fatalf("%d stored, %d refused: the disk never was full", len(stored), full)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	u := upload{id: protocol.NewID(), ticket: tk[20], body: zipped(t, "after", 900_000), complete: true}
	if a := u.create(t.Context(), t, h, s.Address); a.StatusCode != http.StatusCreated {
		t.Errorf("after space was freed: %d", a.StatusCode)
	}
	if v, err := s.Store.Verify(t.Context()); err != nil || !v.OK || v.Sessions != len(stored)+1 {
		t.Errorf("%+v, %v, %d stored", v, err, len(stored))
	}
}

func u8(i int) string { return string(rune('a' + i)) }

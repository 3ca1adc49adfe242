package server_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"onset/devices/sync/protocol"
	"onset/devices/sync/server"
	"onset/devices/sync/store"
	"onset/devices/sync/synctest"
)

func TestOneTicketIsOneSession(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	h := anonymous(s)
	body := zipped(t, "x", 2000)
	for _, complete := range []bool{true, false} {
		ticket := tickets(t, s, 8)[0]
		var won, refused atomic.Int32
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				u := upload{id: protocol.NewID(), ticket: ticket, body: body, complete: complete}
				switch answer := u.create(context.Background(), t, h, s.Address); answer.StatusCode {
				case http.StatusCreated:
					won.Add(1)
				case http.StatusForbidden:
					refused.Add(1)
				default:
					t.Errorf("status %d", answer.StatusCode)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || refused.Load() != 99 {
			t.Errorf("whole %t: of 100 clients with one ticket %d won, %d were refused", complete, won.Load(), refused.Load())
		}
	}
	if list, err := s.Store.Sessions(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("%d sessions, %v", len(list), err)
	}
	if files := files(t, s.Store.Dir(), "sessions"); len(files) != 1 {
		t.Errorf("losers left files: %v", files)
	}
}

// files lists all files below a folder of the store.
func files(t *testing.T, dir, sub string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(dir, sub), func(p string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			out = append(out, filepath.Base(p))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSameAgainIsASuccessOtherIsAConflict(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	h := anonymous(s)
	tk := tickets(t, s, 8)
	u := upload{id: protocol.NewID(), ticket: tk[0], body: zipped(t, "x", 2000), complete: true}
	for i, want := range []int{201, 200, 200} {
		if a := u.create(t.Context(), t, h, s.Address); a.StatusCode != want {
			t.Fatalf("request %d: %d", i, a.StatusCode)
		}
	}
	other := u
	other.ticket, other.body = tk[1], zipped(t, "y", 2000)
	if a := other.create(t.Context(), t, h, s.Address); a.StatusCode != http.StatusConflict {
		t.Errorf("other content: %d", a.StatusCode)
	}
	events, err := s.Store.Journal(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range events {
		if e.Kind == store.KindReceived {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d entries in the journal", n)
	}
}

func TestUploadInPieces(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	h := anonymous(s)
	body := zipped(t, "x", 100_000)
	u := upload{id: protocol.NewID(), ticket: tickets(t, s, 8)[0], body: body}
	if a := u.create(t.Context(), t, h, s.Address); a.StatusCode != 201 || a.Header.Get("Upload-Offset") != "0" {
		t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	if a := u.patch(t.Context(), t, h, s.Address, 0, body[:40_000], false); a.StatusCode != 204 || a.Header.Get("Upload-Offset") != "40000" {
		t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	a := u.patch(t.Context(), t, h, s.Address, 30_000, body[30_000:], true)
	if p := protocol.ReadProblem(a); p.Status != 409 || p.Type != protocol.ProblemOffset || p.ExpectedOffset == nil || *p.ExpectedOffset != 40_000 {
		t.Errorf("wrong offset: %+v", p)
	}
	if a := u.patch(t.Context(), t, h, s.Address, 40_000, body[40_000:50_000], true); a.StatusCode != 400 {
		t.Errorf("called complete too early: %d", a.StatusCode)
	}
	stranger := u
	stranger.ticket = protocol.NewSecret()
	if a := stranger.patch(t.Context(), t, h, s.Address, 50_000, body[50_000:], true); a.StatusCode != 404 {
		t.Errorf("another ticket: %d", a.StatusCode)
	}
	if a := u.patch(t.Context(), t, h, s.Address, 50_000, body[50_000:], true); a.StatusCode != 201 || a.Header.Get("Upload-Complete") != "?1" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	if a := u.patch(t.Context(), t, h, s.Address, int64(len(body)), nil, true); protocol.ReadProblem(a).Type != protocol.ProblemCompleted {
		t.Errorf("after the end: %d", a.StatusCode)
	}
	if v, err := s.Store.Verify(t.Context()); err != nil || !v.OK || v.Sessions != 1 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestMisdeclaredUploads(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, func(set *server.Settings) { set.SessionBytes = 1 << 20 })
	h := anonymous(s)
	body := zipped(t, "x", 2000)
	tk := tickets(t, s, 16)
	for name, c := range map[string]struct {
		u    upload
		want []int
	}{
		"another digest":     {upload{body: body, declared: zipped(t, "y", 2000)}, []int{422}},
		"longer than said":   {upload{body: append(slices.Clone(body), 1, 2, 3), declared: body}, []int{413}},
		"shorter than said":  {upload{body: body[:1000], declared: body}, []int{413}},
		"no archive":         {upload{body: synctest.Noise("n", 3000)}, []int{422}},
		"too large":          {upload{body: body, length: 2 << 20}, []int{413}},
		"absurdly large":     {upload{body: body, length: 1 << 40}, []int{413}},
		"a wrong ticket":     {upload{body: body, ticket: protocol.NewSecret()}, []int{403}},
		"a damaged ticket":   {upload{body: body, ticket: "!"}, []int{403}},
		"a bad identifier":   {upload{body: body, id: "..%2f..%2fserver.db"}, []int{400, 404}},
		"a short identifier": {upload{body: body, id: "abc"}, []int{400}},
	} {
		u := c.u
		u.complete = true
		if u.id == "" {
			u.id = protocol.NewID()
		}
		if u.ticket == "" {
			u.ticket, tk = tk[0], tk[1:]
		}
		if a := u.create(t.Context(), t, h, s.Address); !slices.Contains(c.want, a.StatusCode) {
			text, _ := io.ReadAll(a.Body)
			t.Errorf("%s: %d %s", name, a.StatusCode, text)
		}
	}
	if list, err := s.Store.Sessions(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%d sessions, %v", len(list), err)
	}
	if left := append(files(t, s.Store.Dir(), "spool"), files(t, s.Store.Dir(), "sessions")...); len(left) != 0 {
		t.Errorf("refused uploads left %v", left)
	}
}

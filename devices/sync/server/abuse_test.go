package server_test

import (
	"archive/zip"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"onset/devices/sync/protocol"
	"onset/devices/sync/server"
	"onset/devices/sync/synctest"
)

// bomb is a small session that expands to 64 MB.
func bomb(t *testing.T, method uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(93, zstd.ZipCompressor())
	w, err := z.CreateHeader(&zip.FileHeader{Name: "a.csv", Method: method})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 64<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBombsAreNotReceived(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, func(set *server.Settings) { set.ExpandedBytes = 8 << 20 })
	h := anonymous(s)
	tk := tickets(t, s, 8)
	for i, method := range []uint16{zip.Deflate, 93} {
		u := upload{id: protocol.NewID(), ticket: tk[i], body: bomb(t, method), complete: true}
		if a := u.create(t.Context(), t, h, s.Address); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("method %d: %d", method, a.StatusCode)
		}
	}
	if left := files(t, s.Store.Dir(), "sessions"); len(left) != 0 {
		t.Errorf("they left %v", left)
	}
}

// TestSlowConnectionsEnd opens 400 connections that dribble headers, and some
// that dribble bodies. All are closed, and others are served meanwhile.
func TestSlowConnectionsEnd(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, func(set *server.Settings) {
		set.HeaderTimeout.Duration, set.StallTimeout.Duration = time.Second, time.Second
	})
	h := anonymous(s)
	healthy := func() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.Address+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		if a := do(t, h, r); a.StatusCode != http.StatusOK {
			t.Fatalf("health: %d", a.StatusCode)
		}
	}
	healthy()
	const slow = 400
	ended := make(chan error, slow)
	ticket := tickets(t, s, 8)[0]
	for i := range slow {
		go func() {
			c, err := tls.Dial("tcp", s.Address, &tls.Config{InsecureSkipVerify: true})
			if err != nil {
				ended <- nil // not even let in
				return
			}
			defer func() { _ = c.Close() }()
			if i%4 == 0 {
				fmt.Fprintf(c, "PUT /v1/uploads/%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nOnset-Ticket: %s\r\nUpload-Complete: ?1\r\nUpload-Length: 1000\r\nContent-Length: 1000\r\nRepr-Digest: sha-256=:%s=:\r\nOnset-Withdrawal-Hash: %s\r\nOnset-Consent-Version: 1\r\n\r\nPK",
					protocol.NewID(), protocol.SessionType, ticket, strings.Repeat("A", 43), strings.Repeat("ab", 32))
			} else {
				fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: ")
			}
			_, err = io.Copy(io.Discard, c) // until the server ends it
			ended <- err
		}()
	}
	for open := slow; open > 0; {
		healthy()
		select {
		case <-ended:
			open--
		case <-t.Context().Done():
			t.Fatalf("%d slow connections are still open", open)
		}
	}
}

func TestQuotaIsKept(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, func(set *server.Settings) { set.QuotaBytes = 5000 })
	h := anonymous(s)
	tk := tickets(t, s, 8)
	send := func(i int) int {
		u := upload{id: protocol.NewID(), ticket: tk[i], body: zipped(t, fmt.Sprint(i), 3000), complete: true}
		return u.create(t.Context(), t, h, s.Address).StatusCode
	}
	if a, b := send(0), send(1); a != http.StatusCreated || b != http.StatusInsufficientStorage {
		t.Errorf("%d, then %d", a, b)
	}
	list, err := s.Store.Sessions(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	if err := s.Store.Erase(t.Context(), list[0].ID); err != nil {
		t.Fatal(err)
	}
	if c := send(1); c != http.StatusCreated { // the ticket was not used up
		t.Errorf("after space was freed: %d", c)
	}
}

func TestDevicesAreSlowedDown(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, func(set *server.Settings) { set.DeviceRate, set.DeviceBurst = 0.001, 5 })
	h := certified(t, s, s.Device("greedy"))
	var codes []int
	for range 7 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.Address+"/v1/tuf/timestamp.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, do(t, h, r).StatusCode)
	}
	if codes[4] != 200 || codes[5] != 429 || codes[6] != 429 {
		t.Errorf("%v", codes)
	}
}

// TestAPollThatFindsNothingIsCheap counts the bytes on the wire.
func TestAPollThatFindsNothingIsCheap(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	h := certified(t, s, s.Device("watch"))
	ask := func(etag string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.Address+"/v1/tuf/timestamp.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("If-None-Match", etag)
		return do(t, h, r)
	}
	a := ask(ask("").Header.Get("ETag"))
	n := len("HTTP/1.1 304 Not Modified\r\n\r\n")
	for k, v := range a.Header {
		n += len(k) + len(strings.Join(v, ",")) + 4
	}
	if a.StatusCode != http.StatusNotModified || n > 900 {
		t.Errorf("%d with %d bytes of answer", a.StatusCode, n)
	}
}

// TestNothingJoinsTwoSessionsOfADevice sends 100 sessions from 10 devices and
// looks for what could tell which came from the same one.
func TestNothingJoinsTwoSessionsOfADevice(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	owner := map[string]string{} // session: device
	secrets := []string{}        // whatever says who a device is
	for i := range 10 {
		c := s.Device(fmt.Sprintf("watch-%d", i))
		pin, err := c.Pin()
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, c.Device(), pin.String(), fmt.Sprintf("watch-%d", i))
		for n := range 10 {
			sent, err := c.Push(t.Context(), synctest.Recording(t, fmt.Sprint(i, n), 500), "1")
			if err != nil {
				t.Fatal(err)
			}
			owner[sent.Session] = c.Device()
		}
	}
	tables, err := s.Store.Dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, rows := range tables {
		for _, row := range rows {
			text, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			session, who := "", ""
			for id := range owner {
				if strings.Contains(string(text), id) {
					session = id
				}
			}
			for _, x := range secrets {
				if strings.Contains(string(text), x) {
					who = x
				}
			}
			if session != "" && who != "" {
				t.Errorf("a row of %s names session %s and device %s: %s", name, session, who, text)
			}
			if session != "" && regexp.MustCompile(`\d\d:\d\d`).Match(text) {
				t.Errorf("a row of %s says at what hour session %s came: %s", name, session, text)
			}
		}
	}
	if rows := tables["sessions"]; len(rows) != 100 {
		t.Fatalf("%d sessions", len(rows))
	}
	// Whatever two sessions have in common, sessions of other devices have too.
	for column := range tables["sessions"][0] {
		groups := map[string]map[string]bool{}
		for _, row := range tables["sessions"] {
			key := fmt.Sprint(row[column])
			if groups[key] == nil {
				groups[key] = map[string]bool{}
			}
			groups[key][owner[fmt.Sprint(row["id"])]] = true
		}
		if n := len(groups); n > 1 && n < 100 {
			for key, devices := range groups {
				if len(devices) == 1 {
					t.Errorf("the column %s with %s picks sessions of one device", column, key)
				}
			}
		}
	}
	for session := range owner {
		if strings.Contains(s.Log.String(), session) {
			t.Error("the log names a session")
		}
	}
	ops := &recorded{header: http.Header{}}
	s.Server.OpsHandler().ServeHTTP(ops, must(http.NewRequest(http.MethodGet, "/metrics", nil)))
	for _, out := range []string{s.Log.String(), ops.String()} {
		for _, line := range strings.Split(out, "\n") {
			if strings.Contains(line, "127.0.0.1") || strings.Contains(line, "Go-http-client") || strings.Contains(line, `"paired"`) && strings.Contains(line, "uploads") {
				t.Errorf("an address, an agent or a device beside an upload: %s", line)
			}
		}
	}
}

type recorded struct {
	bytes.Buffer
	header http.Header
}

func (r *recorded) Header() http.Header { return r.header }
func (r *recorded) WriteHeader(int)     {}

func must(r *http.Request, err error) *http.Request {
	if err != nil {
		panic(err)
	}
	return r
}

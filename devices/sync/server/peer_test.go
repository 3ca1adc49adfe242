package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"onset/devices/client"
	"onset/devices/sync/archive"
	"onset/devices/sync/protocol"
	"onset/devices/sync/synctest"
)

// anonymous speaks to the server without a certificate.
func anonymous(s *synctest.Server) *http.Client {
	return httpClient(s, &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true})
}

// certified speaks as a paired device.
func certified(t *testing.T, s *synctest.Server, c *client.Client) *http.Client {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(c.Dir(), "device.crt.pem"), filepath.Join(c.Dir(), "device.key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return httpClient(s, &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true, Certificates: []tls.Certificate{pair}})
}

func httpClient(s *synctest.Server, conf *tls.Config) *http.Client {
	tr := &http.Transport{TLSClientConfig: conf, MaxIdleConnsPerHost: 128}
	s.T.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// zipped is a session of one file of noise.
func zipped(t testing.TB, name string, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := archive.Pack(&b, synctest.Recording(t, name, size), archive.DefaultLimits()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// upload is one upload as a test sends it.
type upload struct {
	id, ticket string
	body       []byte // sent
	declared   []byte // what length and digest are of; nil: body
	complete   bool
	length     int64 // declared instead of the true one
}

func (u upload) create(ctx context.Context, t testing.TB, h *http.Client, address string) *http.Response {
	t.Helper()
	declared := u.declared
	if declared == nil {
		declared = u.body
	}
	var body io.Reader
	if u.complete {
		body = bytes.NewReader(u.body)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, "https://"+address+"/v1/uploads/"+u.id, body)
	if err != nil {
		t.Fatal(err)
	}
	length := int64(len(declared))
	if u.length != 0 {
		length = u.length
	}
	r.Header.Set("Content-Type", protocol.SessionType)
	r.Header.Set(protocol.HeaderTicket, u.ticket)
	r.Header.Set(protocol.HeaderLength, strconv.FormatInt(length, 10))
	r.Header.Set(protocol.HeaderDigest, protocol.FormatDigest(sha256.Sum256(declared)))
	r.Header.Set(protocol.HeaderWithdrawalHash, strings.Repeat("ab", 32))
	r.Header.Set(protocol.HeaderConsent, "1")
	r.Header.Set(protocol.HeaderComplete, protocol.FormatBool(u.complete))
	return do(t, h, r)
}

func (u upload) patch(ctx context.Context, t testing.TB, h *http.Client, address string, offset int64, piece []byte, last bool) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPatch, "https://"+address+"/v1/uploads/"+u.id, bytes.NewReader(piece))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", protocol.PartialType)
	r.Header.Set(protocol.HeaderTicket, u.ticket)
	r.Header.Set(protocol.HeaderOffset, strconv.FormatInt(offset, 10))
	r.Header.Set(protocol.HeaderComplete, protocol.FormatBool(last))
	return do(t, h, r)
}

// do makes a request and keeps its answer's body.
func do(t testing.TB, h *http.Client, r *http.Request) *http.Response {
	t.Helper()
	answer, err := h.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(text))
	return answer
}

// tickets issues n tickets to a new device.
func tickets(t testing.TB, s *synctest.Server, n int) []string {
	t.Helper()
	d := s.Device("giver")
	out, _, err := s.Store.IssueTickets(context.Background(), d.Device(), n, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

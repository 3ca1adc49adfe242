package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"onset/devices/client"
	"onset/devices/sync/protocol"
	"onset/devices/sync/synctest"
)

// serveDirect is the server without the tests' looking over its shoulder.
func serveDirect(b *testing.B) (s *synctest.Server, address string) {
	b.Helper()
	s = synctest.Start(b, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Server.Serve(ctx, l) }()
	b.Cleanup(func() {
		stop()
		if err := <-done; err != nil && !errors.Is(err, http.ErrServerClosed) {
			b.Error(err)
		}
	})
	return s, l.Addr().String()
}

// BenchmarkUpload1MB sends sessions of 1 MB over kept connections: TLS, check,
// encryption, fsync, journal.
func BenchmarkUpload1MB(b *testing.B) {
	s, address := serveDirect(b)
	d := s.Device("giver").Device()
	body := zipped(b, "x", 1_000_000)
	sum := protocol.FormatDigest(sha256.Sum256(body))
	h := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, MaxIdleConnsPerHost: 64}}
	b.SetBytes(int64(len(body)))
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		var have []string
		for p.Next() {
			if len(have) == 0 {
				var err error
				if have, _, err = s.Store.IssueTickets(context.Background(), d, 32, 1<<30); err != nil {
					b.Error(err)
					return
				}
			}
			r, _ := http.NewRequest(http.MethodPut, "https://"+address+"/v1/uploads/"+protocol.NewID(), bytes.NewReader(body))
			r.Header.Set("Content-Type", protocol.SessionType)
			r.Header.Set(protocol.HeaderTicket, have[0])
			r.Header.Set(protocol.HeaderLength, strconv.Itoa(len(body)))
			r.Header.Set(protocol.HeaderDigest, sum)
			r.Header.Set(protocol.HeaderWithdrawalHash, strings.Repeat("ab", 32))
			r.Header.Set(protocol.HeaderConsent, "1")
			r.Header.Set(protocol.HeaderComplete, "?1")
			have = have[1:]
			answer, err := h.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode != http.StatusCreated {
				b.Errorf("status %d", answer.StatusCode)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sessions/s")
}

// BenchmarkWrite1MB is what the disk alone allows: files of 1 MB, written and
// synced with their folder by as many at once as BenchmarkUpload1MB sends.
func BenchmarkWrite1MB(b *testing.B) {
	dir, body := b.TempDir(), synctest.Noise("x", 1_000_000)
	var n atomic.Int64
	b.SetBytes(int64(len(body)))
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			f, err := os.Create(filepath.Join(dir, strconv.FormatInt(n.Add(1), 10)))
			if err == nil {
				_, err = f.Write(body)
				err = errors.Join(err, f.Sync(), f.Close())
			}
			if d, derr := os.Open(dir); err == nil && derr == nil {
				err = errors.Join(d.Sync(), d.Close())
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "files/s")
}

// BenchmarkTransfer1MB is what TLS and HTTP alone allow: the same requests to a
// handler that reads the body and forgets it.
func BenchmarkTransfer1MB(b *testing.B) {
	sink := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			b.Error(err)
		}
		w.WriteHeader(http.StatusCreated)
	}))
	sink.TLS = &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}}
	sink.StartTLS()
	defer sink.Close()
	body := synctest.Noise("x", 1_000_000)
	h := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, MaxIdleConnsPerHost: 64}}
	b.SetBytes(int64(len(body)))
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			r, _ := http.NewRequest(http.MethodPut, sink.URL, bytes.NewReader(body))
			answer, err := h.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			_ = answer.Body.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "transfers/s")
}

// benchClient is a paired device over kept connections.
func benchClient(b *testing.B, c *client.Client) *http.Client {
	b.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(c.Dir(), "device.crt.pem"), filepath.Join(c.Dir(), "device.key.pem"))
	if err != nil {
		b.Fatal(err)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{pair}}, MaxIdleConnsPerHost: 64}}
}

// BenchmarkPoll asks for models when there is nothing new.
func BenchmarkPoll(b *testing.B) {
	s, address := serveDirect(b)
	h := benchClient(b, s.Device("watch"))
	url := "https://" + address + "/v1/tuf/timestamp.json"
	first, err := h.Get(url)
	if err != nil {
		b.Fatal(err)
	}
	_ = first.Body.Close()
	etag := first.Header.Get("ETag")
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			r, _ := http.NewRequest(http.MethodGet, url, nil)
			r.Header.Set("If-None-Match", etag)
			answer, err := h.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			_ = answer.Body.Close()
			if answer.StatusCode != http.StatusNotModified {
				b.Errorf("status %d", answer.StatusCode)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "polls/s")
}

// BenchmarkModel10MB serves a model of 10 MB; the references are Go's own file
// server and, where it is installed, nginx with the same file over the same TLS.
func BenchmarkModel10MB(b *testing.B) {
	s, address := serveDirect(b)
	r := s.Publish("good", 10_000_000, 100)
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "blob"), synctest.Noise("good", 10_000_000), 0o600); err != nil {
		b.Fatal(err)
	}
	files := httptest.NewUnstartedServer(http.FileServer(http.Dir(dir)))
	files.TLS = &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}}
	files.StartTLS()
	defer files.Close()
	h := benchClient(b, s.Device("watch"))
	from := map[string]string{"server": "https://" + address + "/v1/blobs/sha256/" + r.SHA256, "file-server": files.URL + "/blob"}
	if nginx := serveNginx(b, synctest.Noise("good", 10_000_000)); nginx != "" {
		from["nginx"] = "https://" + nginx + "/blob"
	}
	for name, url := range from {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(10_000_000)
			for b.Loop() {
				answer, err := h.Get(url)
				if err != nil {
					b.Fatal(err)
				}
				n, err := io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
				if err != nil || n < 10_000_000 {
					b.Fatalf("%d bytes, %v", n, err)
				}
			}
		})
	}
}

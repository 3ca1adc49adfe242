package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"onset/devices"
	"onset/devices/sync/protocol"
)

// ErrNotPaired is a folder without a paired device.
var ErrNotPaired = errors.New("no paired device is here")

// ErrEnded is a server that does not let this device in any more.
var ErrEnded = errors.New("this device's access was ended at the server; pair it again to come back")

// ended words the alert by which a server refuses a device's certificate.
type ended struct{ *http.Transport }

// RoundTrip makes one request.
func (e ended) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := e.Transport.RoundTrip(r)
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" && strings.HasSuffix(op.Err.Error(), "bad certificate") {
		err = ErrEnded
	}
	return answer, err
}

// Options are what a device needs beside its folder. The zero value is a real
// device.
type Options struct {
	Now  func() time.Time
	FS   FS
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Check proves a model in a folder; nil: devices.Check.
	Check func(dir string) error
	// Delay is waited for before a session is sent; nil: not at all.
	Delay func(context.Context) error
	// Piece is how much of a session is sent in one request; 0: 1 MB.
	Piece int64
}

// Client is a paired device. It is used by one goroutine at a time.
type Client struct {
	dir   string
	id    identity
	pin   protocol.Pin
	now   func() time.Time
	fs    FS
	check func(string) error
	delay func(context.Context) error
	piece int64

	known     *http.Client // shows the device's certificate
	anonymous *http.Client // shows nothing, a connection for each request
}

// Open opens a paired device's folder.
func Open(dir string, o Options) (*Client, error) {
	var id identity
	if err := readState(filepath.Join(dir, deviceFile), &id); err != nil {
		return nil, err
	}
	if id.Device == "" {
		return nil, fmt.Errorf("opening %s: %w", dir, ErrNotPaired)
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, certificateFile), filepath.Join(dir, keyFile))
	if err != nil {
		return nil, fmt.Errorf("reading the device's key: %w", err)
	}
	pin, err := protocol.ParsePin(id.Pin)
	if err != nil {
		return nil, fmt.Errorf("reading the device's state: %w", err)
	}
	if err := clean(dir); err != nil {
		return nil, fmt.Errorf("tidying the device's state: %w", err)
	}
	o = o.filled()
	c := &Client{dir: dir, id: id, pin: pin, now: o.Now, fs: o.FS, check: o.Check, delay: o.Delay, piece: o.Piece}
	c.known = newHTTP(o, pin, &pair)
	c.anonymous = newHTTP(o, pin, nil)
	return c, nil
}

func (o Options) filled() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.FS == nil {
		o.FS = disk{}
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	}
	if o.Check == nil {
		o.Check = func(dir string) error { _, err := devices.Check(dir); return err }
	}
	if o.Delay == nil {
		o.Delay = func(context.Context) error { return nil }
	}
	if o.Piece == 0 {
		o.Piece = 1 << 20
	}
	return o
}

// newHTTP speaks TLS 1.3 with the server that has the pinned key. Without a
// certificate every request has its own connection, so that two sessions have
// nothing in common.
func newHTTP(o Options, pin protocol.Pin, cert *tls.Certificate) *http.Client {
	conf := pinned(pin)
	if cert != nil {
		conf.Certificates = []tls.Certificate{*cert}
	}
	return &http.Client{
		Transport: ended{&http.Transport{DialContext: o.Dial, TLSClientConfig: conf, DisableKeepAlives: cert == nil, DisableCompression: true,
			TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 30 * time.Second, IdleConnTimeout: 90 * time.Second,
			MaxResponseHeaderBytes: 32 << 10}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func pinned(pin protocol.Pin) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: "onset-sync", NextProtos: []string{"http/1.1"},
		InsecureSkipVerify: true, // the pin decides, not a name or an authority
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 || protocol.PinOf(s.PeerCertificates[0]) != pin {
				return errors.New("the server's key is not the one that was pinned: this is another server, or somebody is in between")
			}
			return nil
		},
	}
}

// Close closes the device's connections.
func (c *Client) Close() {
	c.known.CloseIdleConnections()
	c.anonymous.CloseIdleConnections()
}

// Channel is the release channel that the device follows, Device its
// identifier.
func (c *Client) Channel() string { return c.id.Channel }

// Device is the device's identifier at the server.
func (c *Client) Device() string { return c.id.Device }

func (c *Client) url(path string, fill ...string) string {
	for i := 0; i+1 < len(fill); i += 2 {
		path = strings.Replace(path, "{"+fill[i]+"}", fill[i+1], 1)
	}
	return "https://" + c.id.Address + path
}

// maxReply bounds control answers.
const maxReply = 1 << 20

// ask sends a control message and reads the answer into reply, unless it is nil.
func ask(ctx context.Context, h *http.Client, method, url string, body, reply any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, url, content)
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := h.Do(r)
	if err != nil {
		return fmt.Errorf("asking the server: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // read only
	if answer.StatusCode >= 300 {
		return protocol.ReadProblem(answer)
	}
	if reply == nil {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxReply+1))
	if err == nil && len(text) > maxReply {
		err = errors.New("it is too long")
	}
	if err == nil {
		err = json.Unmarshal(text, reply)
	}
	if err != nil {
		return fmt.Errorf("reading the server's answer: %w", err)
	}
	return nil
}

// Pin is what the server knows this device by.
func (c *Client) Pin() (protocol.Pin, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(c.dir, certificateFile), filepath.Join(c.dir, keyFile))
	if err != nil {
		return protocol.Pin{}, err
	}
	cert, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return protocol.Pin{}, err
	}
	return protocol.PinOf(cert), nil
}

// ModelDir is the folder of the model in use, or an error when there is none.
func (c *Client) ModelDir() (string, Model, error) {
	m, err := c.models()
	if err != nil {
		return "", Model{}, err
	}
	if m.Current == nil {
		return "", Model{}, errors.New("the device has no model yet; pull one first")
	}
	return c.modelPath(m.Current.SHA256), *m.Current, nil
}

func (c *Client) modelPath(sum string) string { return filepath.Join(c.dir, modelsDir, sum) }

func (c *Client) models() (models, error) {
	var m models
	err := readState(filepath.Join(c.dir, modelsFile), &m)
	return m, err
}

func makeDirs(dir string) error {
	for _, sub := range []string{"", modelsDir, sendsDir, tufDir} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// Dir is the device's folder.
func (c *Client) Dir() string { return c.dir }

package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"onset/devices/sync/protocol"
)

// About is what a device says of itself when it is paired.
type About struct {
	Name     string
	Platform string
	Runtime  string
	Sensors  []string
}

// Pair makes the folder dir a device of the server that the pairing text comes
// from. The device's key is made here and never leaves.
func Pair(ctx context.Context, dir, text string, about About, o Options) (*Client, error) {
	inv, err := protocol.ParseInvitation(text)
	if err != nil {
		return nil, err
	}
	o = o.filled()
	if err := checkUnpaired(dir); err != nil {
		return nil, err
	}
	key, request, err := newRequest()
	if err != nil {
		return nil, err
	}
	h := newHTTP(o, inv.Pin, nil)
	defer h.CloseIdleConnections()
	var reply protocol.PairReply
	ask1 := protocol.PairRequest{Token: inv.Token, CSR: request, Name: about.Name, Platform: about.Platform, Runtime: about.Runtime, Sensors: about.Sensors}
	if err := ask(ctx, h, http.MethodPost, "https://"+inv.Address+protocol.PathPair, ask1, &reply); err != nil {
		return nil, fmt.Errorf("pairing: %w", err)
	}
	return settle(dir, inv.Address, inv.Pin, about.Name, key, reply, o)
}

func checkUnpaired(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, deviceFile)); err == nil {
		return fmt.Errorf("%s holds a paired device already; choose another folder", dir)
	}
	return nil
}

// newRequest makes the device's key and a certificate request for it.
func newRequest() (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("making the device's key: %w", err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "onset device"}}, key)
	if err != nil {
		return nil, nil, fmt.Errorf("making the certificate request: %w", err)
	}
	return key, der, nil
}

// settle writes what pairing gave. device.json comes last: with it the device is
// paired.
func settle(dir, address string, pin protocol.Pin, name string, key *ecdsa.PrivateKey, reply protocol.PairReply, o Options) (*Client, error) {
	if err := checkReply(key, reply); err != nil {
		return nil, fmt.Errorf("pairing: %w", err)
	}
	if err := makeDirs(dir); err != nil {
		return nil, fmt.Errorf("making the device's folder: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("writing the device's key: %w", err)
	}
	for _, f := range []struct {
		name    string
		content []byte
	}{
		{keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})},
		{certificateFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: reply.Certificate})},
		{filepath.Join(tufDir, "root.json"), reply.Root},
		{participantFile, []byte(protocol.NewSecret() + "\n")},
	} {
		if err := o.FS.WriteFile(filepath.Join(dir, f.name), f.content); err != nil {
			return nil, fmt.Errorf("writing the device's state: %w", err)
		}
	}
	c := &Client{dir: dir, fs: o.FS}
	id := identity{Address: address, Pin: pin.String(), Device: reply.Device, Name: name, Channel: reply.Channel, Poll: reply.PollSeconds}
	if err := c.writeState(deviceFile, id); err != nil {
		return nil, err
	}
	return Open(dir, o)
}

func checkReply(key *ecdsa.PrivateKey, reply protocol.PairReply) error {
	cert, err := x509.ParseCertificate(reply.Certificate)
	if err != nil {
		return fmt.Errorf("the server's certificate for this device is damaged: %w", err)
	}
	if public, ok := cert.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(key.Public()) {
		return errors.New("the server's certificate is for another key")
	}
	if err := protocol.CheckID(reply.Device); err != nil {
		return err
	}
	return protocol.CheckChannel(reply.Channel)
}

// ErrDigits is an answer that is not the server's.
var ErrDigits = errors.New("these are not the digits of the server that this device talks to: somebody may be in between, or they were mistyped")

// Compare pairs a device that can't read a code, by digits that a person
// carries; see protocol.Comparison. show is given the device's eight digits;
// answer waits for the eight digits that the server shows in turn.
func Compare(ctx context.Context, dir, address string, about About, o Options, show func(digits string), answer func(context.Context) (string, error)) (*Client, error) {
	o = o.filled()
	if err := checkUnpaired(dir); err != nil {
		return nil, err
	}
	pin, err := peek(ctx, address, o)
	if err != nil {
		return nil, err
	}
	key, request, err := newRequest()
	if err != nil {
		return nil, err
	}
	h := newHTTP(o, pin, nil) // every request must meet the key that the digits are made of
	defer h.CloseIdleConnections()
	nonce := protocol.NewNonce()
	base := "https://" + address
	var opened protocol.CompareReply
	if err := ask(ctx, h, http.MethodPost, base+protocol.PathCompare, protocol.CompareRequest{Commitment: protocol.Commit(request, nonce)}, &opened); err != nil {
		return nil, fmt.Errorf("pairing: %w", err)
	}
	if protocol.CheckID(opened.ID) != nil || len(opened.Nonce) != protocol.NonceBytes {
		return nil, errors.New("pairing: the server's answer is damaged")
	}
	reveal := protocol.CompareReveal{Nonce: nonce, PairRequest: protocol.PairRequest{CSR: request, Name: about.Name, Platform: about.Platform, Runtime: about.Runtime, Sensors: about.Sensors}}
	at := base + strings.Replace(protocol.PathComparison, "{id}", opened.ID, 1)
	if err := ask(ctx, h, http.MethodPut, at, reveal, nil); err != nil {
		return nil, fmt.Errorf("pairing: %w", err)
	}
	digits := protocol.Comparison{ServerKey: pin, Request: request, DeviceNonce: nonce, ServerNonce: opened.Nonce}
	show(digits.DeviceDigits())
	typed, err := answer(ctx)
	if err != nil {
		return nil, fmt.Errorf("pairing: %w", err)
	}
	if !protocol.SameDigits(typed, digits.ServerDigits()) {
		return nil, ErrDigits
	}
	reply, err := waitFor(ctx, h, at)
	if err != nil {
		return nil, fmt.Errorf("pairing: %w", err)
	}
	return settle(dir, address, pin, about.Name, key, reply, o)
}

// peek is the pin of whoever answers at an address. Nothing is believed of it
// yet.
func peek(ctx context.Context, address string, o Options) (pin protocol.Pin, err error) {
	raw, err := o.Dial(ctx, "tcp", address)
	if err != nil {
		return pin, fmt.Errorf("reaching the server: %w", err)
	}
	conn := tls.Client(raw, &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true, ServerName: "onset-sync"})
	defer func() { _ = conn.Close() }() // nothing was sent
	if err := conn.HandshakeContext(ctx); err != nil {
		return pin, fmt.Errorf("reaching the server: %w", err)
	}
	return protocol.PinOf(conn.ConnectionState().PeerCertificates[0]), nil
}

// waitFor asks until the server has been told the device's digits.
func waitFor(ctx context.Context, h *http.Client, at string) (reply protocol.PairReply, err error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		err = ask(ctx, h, http.MethodGet, at, nil, &reply)
		var p *protocol.Problem
		if !errors.As(err, &p) || p.Type != protocol.ProblemWaiting {
			return reply, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return reply, ctx.Err()
		}
	}
}

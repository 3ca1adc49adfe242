package protocol

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Scheme opens the text of an invitation.
const Scheme = "onset"

// MaxInvitation bounds the text of an invitation in bytes.
const MaxInvitation = 512

const maxName = 64

// Invitation is what a pairing code tells a device: where the server is, how to
// know that it is the right one, and a token that proves that somebody at the
// server wants this device. It is secret until it has been used.
type Invitation struct {
	Address string // host:port
	Pin     Pin    // of the server's key
	Token   string // one use, see NewToken
	Name    string // of the server, for people
}

// Pin is the SHA-256 of a public key in its SubjectPublicKeyInfo form.
type Pin [sha256.Size]byte

// PinOf is the pin of a certificate's key.
func PinOf(cert *x509.Certificate) Pin { return sha256.Sum256(cert.RawSubjectPublicKeyInfo) }

// String is the pin in base64url without padding.
func (p Pin) String() string { return base64.RawURLEncoding.EncodeToString(p[:]) }

// ParsePin reads what String wrote.
func ParsePin(text string) (Pin, error) {
	var p Pin
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(p) {
		return p, errors.New("the pin is no SHA-256 in base64url")
	}
	copy(p[:], raw)
	return p, nil
}

// Text is the invitation as a QR code carries it.
func (i Invitation) Text() string {
	q := url.Values{"v": {"1"}, "k": {i.Pin.String()}, "t": {i.Token}}
	if i.Name != "" {
		q.Set("n", i.Name)
	}
	return (&url.URL{Scheme: Scheme, Host: i.Address, Path: "/p", RawQuery: q.Encode()}).String()
}

// ParseInvitation reads the text of a pairing code and refuses one that is not
// whole.
func ParseInvitation(text string) (Invitation, error) {
	i, err := parseInvitation(strings.TrimSpace(text))
	if err != nil {
		return Invitation{}, fmt.Errorf("the pairing text is not whole: %w", err)
	}
	return i, nil
}

func parseInvitation(text string) (Invitation, error) {
	if len(text) > MaxInvitation {
		return Invitation{}, errors.New("it is too long")
	}
	u, err := url.Parse(text)
	if err != nil {
		return Invitation{}, errors.New("it is no address")
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Invitation{}, errors.New("its parameters are damaged")
	}
	switch {
	case u.Scheme != Scheme || u.Path != "/p" || u.User != nil || u.Fragment != "":
		return Invitation{}, fmt.Errorf("it must begin with %s:// and come from a sync server", Scheme)
	case q.Get("v") != "1":
		return Invitation{}, fmt.Errorf("it is of version %q, this program knows 1", q.Get("v"))
	}
	for _, name := range []string{"v", "k", "t"} {
		if len(q[name]) != 1 {
			return Invitation{}, fmt.Errorf("%q must stand in it once", name)
		}
	}
	i := Invitation{Address: u.Host, Token: q.Get("t"), Name: q.Get("n")}
	if i.Pin, err = ParsePin(q.Get("k")); err != nil {
		return Invitation{}, err
	}
	if err := checkAddress(i.Address); err != nil {
		return Invitation{}, err
	}
	if _, _, err := SplitToken(i.Token); err != nil {
		return Invitation{}, err
	}
	if err := CheckName(i.Name); i.Name != "" && err != nil {
		return Invitation{}, err
	}
	return i, nil
}

func checkAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" || port == "" || strings.ContainsAny(host, "/\\@ %") {
		return errors.New("it names no host and port")
	}
	return nil
}

// CheckName refuses names of devices and servers that are empty, long or hold
// what a screen or log can't show.
func CheckName(name string) error {
	if name == "" || len(name) > maxName || !utf8.ValidString(name) {
		return fmt.Errorf("a name has 1 to %d bytes of text", maxName)
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return errors.New("a name holds printable characters only")
		}
	}
	return nil
}

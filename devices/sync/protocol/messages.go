package protocol

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Paths of version 1; names in braces are filled in.
const (
	PathPair       = "/v1/pair"
	PathCompare    = "/v1/pair/compare"
	PathComparison = "/v1/pair/compare/{id}"
	PathMetadata   = "/v1/tuf/{file}"
	PathBlob       = "/v1/blobs/sha256/{sum}"
	PathTickets    = "/v1/tickets"
	PathFeedback   = "/v1/feedback"
	PathUpload     = "/v1/uploads/{id}"
	PathSession    = "/v1/sessions/{id}"
	PathOpenAPI    = "/v1/openapi.yaml"
	PathHealth     = "/healthz"
	PathReady      = "/readyz"
)

// Headers of an upload: those of the resumable-upload draft, the digest of
// RFC 9530, and what only this protocol needs.
const (
	HeaderComplete       = "Upload-Complete" // ?1 or ?0
	HeaderOffset         = "Upload-Offset"
	HeaderLength         = "Upload-Length"
	HeaderLimit          = "Upload-Limit"
	HeaderDigest         = "Repr-Digest"
	HeaderTicket         = "Onset-Ticket"
	HeaderWithdrawalHash = "Onset-Withdrawal-Hash"
	HeaderWithdrawalCode = "Onset-Withdrawal-Code"
	HeaderConsent        = "Onset-Consent-Version"
	// PartialType is the media type of a piece of an upload.
	PartialType = "application/partial-upload"
	// SessionType is the media type of a whole session.
	SessionType = "application/vnd.onset.session+zip"
)

// TicketsAtOnce is how many tickets are issued at most; a device asks for at
// least TicketsAtLeast, so that asking says little about sending.
const (
	TicketsAtOnce  = 32
	TicketsAtLeast = 8
)

// PairRequest asks for a certificate with an invitation's token.
type PairRequest struct {
	Token string `json:"token"`
	// CSR is the PKCS #10 request (DER) over the device's own P-256 key.
	CSR      []byte   `json:"csr"`
	Name     string   `json:"name"`
	Platform string   `json:"platform"`
	Runtime  string   `json:"runtime"`
	Sensors  []string `json:"sensors"`
}

// PairReply makes a device one of the server's.
type PairReply struct {
	Device      string `json:"device"`
	Certificate []byte `json:"certificate"` // DER
	Channel     string `json:"channel"`     // release channel
	PollSeconds int    `json:"poll_seconds"`
	// Root is the first root of trust for models, TUF's root.json.
	Root []byte `json:"root"`
}

// CompareRequest opens a comparison of digits; see Comparison.
type CompareRequest struct {
	Commitment []byte `json:"commitment"`
}

// CompareReply is the server's part of it.
type CompareReply struct {
	ID    string `json:"id"`
	Nonce []byte `json:"nonce"`
}

// CompareReveal opens the device's commitment. Its token is empty.
type CompareReveal struct {
	PairRequest
	Nonce []byte `json:"nonce"`
}

// TicketsRequest asks for tickets; TicketsReply gives them.
type TicketsRequest struct {
	Count int `json:"count"`
}

// TicketsReply is a batch of tickets. Expires is the last day, UTC.
type TicketsReply struct {
	Tickets []string `json:"tickets"`
	Expires string   `json:"expires"`
}

// States of a model on a device, as feedback tells them.
const (
	StateActive     = "active"      // verified, self-test passed, in use
	StateRejected   = "rejected"    // its golden vectors or its form failed here
	StateRolledBack = "rolled-back" // was active, did badly, the one before is back
)

// Feedback says what became of a model on a device.
type Feedback struct {
	Channel string `json:"channel"`
	SHA256  string `json:"sha256"` // of the model's blob
	State   string `json:"state"`
	Detail  string `json:"detail,omitempty"`
}

// Check refuses feedback that can't be true.
func (f Feedback) Check() error {
	if err := CheckChannel(f.Channel); err != nil {
		return err
	}
	if err := CheckHash(f.SHA256); err != nil {
		return err
	}
	if f.State != StateActive && f.State != StateRejected && f.State != StateRolledBack {
		return fmt.Errorf("no state %q", f.State)
	}
	if len(f.Detail) > 200 {
		return errors.New("the detail has more than 200 bytes")
	}
	return nil
}

// DefaultChannel is what devices follow when nobody has named or published to
// another one.
const DefaultChannel = "default/all/f32"

var channelPart = regexp.MustCompile(`^[a-z0-9][a-z0-9_+-]{0,39}$`)

// CheckChannel refuses what is no release channel sensorset/group/variant of
// lower-case names.
func CheckChannel(channel string) error {
	parts := strings.Split(channel, "/")
	if len(parts) != 3 {
		return errors.New("a release channel is written sensorset/group/variant")
	}
	for _, p := range parts {
		if !channelPart.MatchString(p) {
			return fmt.Errorf("%q in a release channel: use lower-case letters, digits, +, - and _", p)
		}
	}
	return nil
}

// GroupOf is the group of a release channel.
func GroupOf(channel string) string {
	parts := strings.Split(channel, "/")
	if len(parts) != 3 {
		return ""
	}
	return parts[1]
}

// FormatDigest writes a SHA-256 as Repr-Digest.
func FormatDigest(sum [sha256.Size]byte) string {
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// ParseDigest reads the SHA-256 of a Repr-Digest; others beside it are passed
// over.
func ParseDigest(header string) (sum [sha256.Size]byte, err error) {
	for _, member := range strings.Split(header, ",") {
		text, ok := strings.CutPrefix(strings.TrimSpace(member), "sha-256=:")
		if !ok {
			continue
		}
		text, ok = strings.CutSuffix(text, ":")
		raw, derr := base64.StdEncoding.Strict().DecodeString(text)
		if !ok || derr != nil || len(raw) != len(sum) {
			return sum, errors.New("the SHA-256 in Repr-Digest is damaged")
		}
		copy(sum[:], raw)
		return sum, nil
	}
	return sum, errors.New("Repr-Digest must give a SHA-256")
}

// FormatBool and ParseBool write and read a structured-field boolean.
func FormatBool(b bool) string {
	if b {
		return "?1"
	}
	return "?0"
}

// ParseBool reads what FormatBool wrote.
func ParseBool(text string) (bool, error) {
	switch strings.TrimSpace(text) {
	case "?1":
		return true, nil
	case "?0":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither ?1 nor ?0", text)
}

package protocol

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
)

// Sizes of random values in bytes.
const (
	tokenIDBytes = 6
	secretBytes  = 16
	idBytes      = 16
)

// NewToken makes the token of an invitation: a public part that finds it and a
// secret of 128 bits.
func NewToken() string {
	raw := make([]byte, tokenIDBytes+secretBytes)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// SplitToken parts a token into what finds it and the hash of its secret.
func SplitToken(token string) (id string, secret [sha256.Size]byte, err error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != tokenIDBytes+secretBytes {
		return "", secret, errors.New("the token is damaged")
	}
	return hex.EncodeToString(raw[:tokenIDBytes]), sha256.Sum256(raw[tokenIDBytes:]), nil
}

// NewSecret makes 128 random bits, as tickets and withdrawal codes are.
func NewSecret() string {
	raw := make([]byte, secretBytes)
	_, _ = rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// HashSecret is what the server keeps of a ticket or a withdrawal code.
func HashSecret(secret string) ([sha256.Size]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	if err != nil || len(raw) != secretBytes {
		return [sha256.Size]byte{}, errors.New("it is no secret of 128 bits in base64url")
	}
	return sha256.Sum256(raw), nil
}

// WithdrawalCode is the code that deletes one session, made from the secret
// that the participant holds. Codes of two sessions say nothing of each other
// to whoever lacks that secret.
func WithdrawalCode(participant, session string) (string, error) {
	if _, err := HashSecret(participant); err != nil {
		return "", fmt.Errorf("the participant's code: %w", err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(participant)
	mac := hmac.New(sha256.New, raw)
	fmt.Fprintf(mac, "onset withdrawal 1\n%s", session)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:secretBytes]), nil
}

// NewID makes a random identifier of 128 bits in hexadecimal, as sessions and
// devices have.
func NewID() string {
	raw := make([]byte, idBytes)
	_, _ = rand.Read(raw)
	return hex.EncodeToString(raw)
}

// CheckID refuses what NewID can't have made. Such names are safe in paths.
func CheckID(id string) error {
	if len(id) != 2*idBytes {
		return errors.New("an identifier has 32 hexadecimal digits")
	}
	return checkHex(id)
}

// CheckHash refuses what is no SHA-256 in lower-case hexadecimal.
func CheckHash(sum string) error {
	if len(sum) != 2*sha256.Size {
		return errors.New("a SHA-256 has 64 hexadecimal digits")
	}
	return checkHex(sum)
}

func checkHex(text string) error {
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return errors.New("only the digits 0-9 and a-f are allowed")
		}
	}
	return nil
}

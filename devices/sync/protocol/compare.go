package protocol

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"strings"
)

// NonceBytes is the length of both sides' random values in a comparison.
const NonceBytes = 32

// Comparison pairs a device without a camera by comparing digits. The device
// commits itself to a random value, the server answers with its own, the device
// opens its commitment; then both know the same two numbers of eight digits,
// made of both keys and both values. A person carries the device's number to
// the server and the server's answer to the device. The numbers are no secrets:
// whoever overhears them has gained nothing. Somebody in the middle has other
// keys and gets the same numbers on both sides with one chance in 10^8 for each
// try, because the commitment keeps them from choosing (Vaudenay, CRYPTO 2005).
type Comparison struct {
	ServerKey   Pin    // of the key that the device sees in the TLS connection
	Request     []byte // the device's certificate request
	DeviceNonce []byte
	ServerNonce []byte
}

// NewNonce makes a side's random value.
func NewNonce() []byte {
	n := make([]byte, NonceBytes)
	_, _ = rand.Read(n)
	return n
}

// Commit is what binds the device to its request and its random value.
func Commit(request, nonce []byte) []byte { return digest("commit", request, nonce) }

// Opens reports whether request and nonce are what was committed to.
func Opens(commitment, request, nonce []byte) bool {
	return len(nonce) == NonceBytes && subtle.ConstantTimeCompare(commitment, Commit(request, nonce)) == 1
}

// DeviceDigits is what the device shows and the server is told.
func (c Comparison) DeviceDigits() string { return c.digits("device") }

// ServerDigits is the server's answer, which the device is told.
func (c Comparison) ServerDigits() string { return c.digits("server") }

func (c Comparison) digits(side string) string {
	sum := digest(side, c.ServerKey[:], c.Request, c.DeviceNonce, c.ServerNonce)
	return fmt.Sprintf("%08d", binary.BigEndian.Uint64(sum)%100_000_000)
}

// SameDigits compares what a person typed; blanks and dashes don't count.
func SameDigits(typed, want string) bool {
	typed = strings.NewReplacer(" ", "", "-", "").Replace(typed)
	return len(want) == 8 && subtle.ConstantTimeCompare([]byte(typed), []byte(want)) == 1
}

// digest hashes parts so that no two lists of parts give the same bytes.
func digest(purpose string, parts ...[]byte) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "onset compare 1 %s\n", purpose)
	for _, p := range parts {
		_ = binary.Write(h, binary.BigEndian, uint64(len(p)))
		h.Write(p)
	}
	return h.Sum(nil)
}

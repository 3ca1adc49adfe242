package synctest

import (
	"crypto/sha256"
	"math/rand/v2"
)

// Noise is size bytes that don't compress, the same for the same name.
func Noise(name string, size int) []byte {
	b := make([]byte, size)
	r := rand.NewChaCha8(sha256.Sum256([]byte(name)))
	_, _ = r.Read(b)
	return b
}

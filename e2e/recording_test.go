//go:build e2e

package e2e

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// pebbleSession writes a recording as a Pebble left it: one file for each set,
// every packet stored twice, sets without labels. It returns the folder and the
// number of samples.
func pebbleSession(t *testing.T, sets int) (folder string, samples int64) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "morning")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	const packets, perPacket = 8, 100
	sequence := 0
	for set := range sets {
		var file []byte
		for p := range packets {
			head := []byte{0xad, perPacket, 50, 5, 0, byte(sequence)}
			sequence++
			head = binary.LittleEndian.AppendUint64(head, uint64(1_464_000_000_000+set*45_000+(p+1)*2048))
			head = binary.LittleEndian.AppendUint16(head, 2048)
			for i := range perPacket {
				at := float64(p*perPacket+i) / 48.8
				head = append(head, packed(900*math.Sin(2*at), 500*math.Cos(2*at), -1000)...)
			}
			file = append(append(file, head...), head...)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.raw", set+1)), file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder, int64(sets * packets * perPacket)
}

// packed is one sample of three 13-bit numbers, thousandths of g.
func packed(x, y, z float64) []byte {
	field := func(v float64) uint64 { return uint64(int64(v)) & 0x1fff }
	bits := field(x) | field(y)<<13 | field(z)<<26
	return binary.LittleEndian.AppendUint64(nil, bits)[:5]
}

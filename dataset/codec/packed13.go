package codec

// packedSampleLen is the length of one packed three-axis sample.
const packedSampleLen = 5

// unpack13 decodes a packed sample: a 40-bit little-endian integer with x in
// bits 0-12, y in bits 13-25, z in bits 26-38, each two's complement. Bit 39 is
// spare and may be 0 or 1.
func unpack13(b []byte) (x, y, z int32) {
	v := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32
	return signed13(v), signed13(v >> 13), signed13(v >> 26)
}

func signed13(v uint64) int32 { return int32(v&0x1fff) << 19 >> 19 }

package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// Packed codes: blocks of packBlock codes, the last one shorter. A block is a
// byte with the number of bits of each entry (0 to 32) and, as its highest bit,
// whether entries are steps from the code before instead of codes; then, as
// zigzag varints, the block's first code (steps only) and the smallest entry,
// which is subtracted from all; then the entries, lowest bit first.
const (
	packBlock = 128
	packSteps = 0x80
)

// packCodes appends codes to out.
func packCodes(out []byte, codes []int32) []byte {
	for len(codes) > 0 {
		n := min(len(codes), packBlock)
		out = packOne(out, codes[:n])
		codes = codes[n:]
	}
	return out
}

func packOne(out []byte, codes []int32) []byte {
	lo, hi := int64(codes[0]), int64(codes[0])
	stepLo, stepHi := int64(math.MaxInt64), int64(math.MinInt64)
	before := int64(codes[0])
	for _, c := range codes[1:] {
		v := int64(c)
		lo, hi = min(lo, v), max(hi, v)
		stepLo, stepHi = min(stepLo, v-before), max(stepHi, v-before)
		before = v
	}
	width := bits.Len64(uint64(hi - lo))
	if len(codes) > 1 {
		if w := bits.Len64(uint64(stepHi - stepLo)); w < width {
			out = append(out, packSteps|byte(w))
			out = binary.AppendVarint(out, int64(codes[0]))
			out = binary.AppendVarint(out, stepLo)
			return packBits(out, codes[1:], int64(codes[0]), stepLo, w, true)
		}
	}
	out = append(out, byte(width))
	out = binary.AppendVarint(out, lo)
	return packBits(out, codes, 0, lo, width, false)
}

func packBits(out []byte, codes []int32, before, base int64, width int, steps bool) []byte {
	const spare = 4 // what the last word may write too much
	at, size := len(out), (len(codes)*width+7)/8
	out = slices.Grow(out, size+spare)[:at+size+spare]
	b := out[at:]
	var acc uint64
	held := 0
	for _, c := range codes {
		v := int64(c)
		e := v - base
		if steps {
			e -= before
			before = v
		}
		acc |= uint64(e) << held
		if held += width; held >= 32 {
			binary.LittleEndian.PutUint32(b, uint32(acc))
			b = b[4:]
			acc >>= 32
			held -= 32
		}
	}
	if held > 0 {
		binary.LittleEndian.PutUint32(b, uint32(acc))
	}
	return out[:at+size]
}

var errPacked = errors.New("packed codes are cut short")

// unpackCodes gives the codes from..from+len(dst) of count packed ones to take,
// a block or less at a time, with their index in dst.
func unpackCodes(data []byte, count, from, n int, take func(at int, codes []int32)) error {
	var buf [packBlock]int32
	for first := 0; first < from+n; first += packBlock {
		size := min(packBlock, count-first)
		skip := first+size <= from
		used, err := unpackOne(data, buf[:size], skip)
		if err != nil {
			return fmt.Errorf("at sample %d: %w", first, err)
		}
		data = data[used:]
		if !skip {
			a, b := max(from-first, 0), min(from+n-first, size)
			take(first+a-from, buf[a:b])
		}
	}
	return nil
}

func unpackOne(data []byte, dst []int32, skip bool) (used int, err error) {
	if len(data) == 0 {
		return 0, errPacked
	}
	width, steps := int(data[0]&^packSteps), data[0]&packSteps != 0
	used = 1
	var first int64
	n := len(dst)
	if steps {
		v, k := binary.Varint(data[used:])
		if k <= 0 {
			return 0, errPacked
		}
		first, used = v, used+k
		dst[0] = int32(first)
		dst, n = dst[1:], n-1
	}
	base, k := binary.Varint(data[used:])
	if k <= 0 || width > 32 {
		return 0, errPacked
	}
	used += k
	end := used + (n*width+7)/8
	if end > len(data) {
		return 0, errPacked
	}
	if !skip {
		unpackBits(data[used:end], dst, first, base, width, steps)
	}
	return end, nil
}

func unpackBits(data []byte, dst []int32, before, base int64, width int, steps bool) {
	mask := uint64(1)<<width - 1
	var acc uint64
	held := 0
	for i := range dst {
		for held < width {
			if len(data) >= 4 && held <= 32 {
				acc |= uint64(binary.LittleEndian.Uint32(data)) << held
				data, held = data[4:], held+32
			} else {
				acc |= uint64(data[0]) << held
				data, held = data[1:], held+8
			}
		}
		v := int64(acc&mask) + base
		acc >>= width
		held -= width
		if steps {
			v += before
			before = v
		}
		dst[i] = int32(v)
	}
}

// maxDecimals bounds the decimal places of numbers kept as integers.
const maxDecimals = 9

func powerOfTen(k int) float64 {
	return [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}[k]
}

// decimals turns values with few decimal places, as a text file writes them,
// into integers: value = code / 10^places, exactly. It starts to look at the
// given places; ok is false when there is no such number of places.
func decimals(values []float64, places int, codes []int32) (_ []int32, _ int, ok bool) {
	codes = codes[:0]
	scale := powerOfTen(places)
	for i := 0; i < len(values); i++ {
		v := values[i]
		c := math.RoundToEven(v * scale)
		if !(c >= math.MinInt32 && c <= math.MaxInt32) {
			return codes, places, false
		}
		if back := c / scale; back != v || v == 0 && math.Signbit(v) {
			if places == maxDecimals || v == 0 {
				return codes, places, false
			}
			// One value needs more places, and then all do.
			places++
			scale = powerOfTen(places)
			codes, i = codes[:0], -1
			continue
		}
		codes = append(codes, int32(c))
	}
	return codes, places, true
}

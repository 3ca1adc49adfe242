package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
)

// chunkLen is how many samples a stored chunk holds; only a channel's last
// chunk holds fewer.
const chunkLen = 16384

// Encoding says how a recording's values are kept.
type Encoding int

const (
	// EncodingAuto keeps what is given: AppendCodes as integers, Append as
	// floats.
	EncodingAuto Encoding = iota
	// EncodingCodes keeps integers: values given to Append are turned into codes
	// by the channel's Scale and Offset, and refused when a code does not give
	// back the same value.
	EncodingCodes
)

// Chunk formats: the first byte of a stored chunk. Integers and floats are
// little-endian. An integer's value is code*Scale+Offset of its channel.
const (
	formatI8  = 1
	formatI16 = 2
	formatI32 = 3
	formatF32 = 4
	formatF64 = 5
	// formatPacked holds packed codes (see pack.go); formatDecimal a byte with
	// the number of decimal places and packed codes: value = code / 10^places.
	formatPacked  = 6
	formatDecimal = 7
)

func formatSize(format byte) int {
	switch format {
	case formatI8:
		return 1
	case formatI16:
		return 2
	case formatI32, formatF32:
		return 4
	case formatF64:
		return 8
	}
	return 0
}

// encodeCodes appends integer codes to out: packed, or plain and as narrow as
// they allow where that is smaller.
func encodeCodes(out []byte, codes []int32) []byte {
	at := len(out)
	out = packCodes(append(slices.Grow(out, 2*len(codes)+64), formatPacked), codes)
	if len(out)-at <= 1+len(codes) {
		return out // no plain format is smaller
	}
	var lo, hi int32
	for _, c := range codes {
		lo, hi = min(lo, c), max(hi, c)
	}
	format := byte(formatI32)
	switch {
	case lo >= math.MinInt8 && hi <= math.MaxInt8:
		format = formatI8
	case lo >= math.MinInt16 && hi <= math.MaxInt16:
		format = formatI16
	}
	if len(out)-at <= 1+formatSize(format)*len(codes) {
		return out
	}
	out = append(out[:at], format)
	for _, c := range codes {
		switch format {
		case formatI8:
			out = append(out, byte(c))
		case formatI16:
			out = binary.LittleEndian.AppendUint16(out, uint16(c))
		default:
			out = binary.LittleEndian.AppendUint32(out, uint32(c))
		}
	}
	return out
}

// floatEncoder keeps what it learns about a channel from chunk to chunk.
type floatEncoder struct {
	places int // decimal places to try first
	other  bool
	codes  []int32
}

// encode appends values to out, packed as decimals when every one is a decimal
// number of few places, else as encodeFloats does.
func (e *floatEncoder) encode(out []byte, values []float64) []byte {
	if !e.other {
		var ok bool
		e.codes, e.places, ok = decimals(values, e.places, e.codes)
		if ok {
			return packCodes(append(slices.Grow(out, 2*len(values)+64), formatDecimal, byte(e.places)), e.codes)
		}
		e.other = true // and do not try in vain again
	}
	return encodeFloats(out, values)
}

// encodeFloats appends values to out, as float32 when every one survives it, else
// as float64. All NaNs are the same NaN.
func encodeFloats(out []byte, values []float64) []byte {
	exact := true
	for _, v := range values {
		if float64(float32(v)) != v && v == v {
			exact = false
			break
		}
	}
	if exact {
		out = append(slices.Grow(out, 1+4*len(values)), formatF32)
		for _, v := range values {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(v)))
		}
		return out
	}
	out = append(slices.Grow(out, 1+8*len(values)), formatF64)
	for _, v := range values {
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
	}
	return out
}

// valueOf is the value of a code. The conversion keeps the compiler from fusing
// the two operations, which would give other bits on other machines.
func valueOf(code int32, scale, offset float64) float64 {
	return float64(float64(code)*scale) + offset
}

// codeOf is the code of a value; false when no code gives exactly that value.
func codeOf(v, scale, offset float64) (int32, bool) {
	c := math.Round((v - offset) / scale)
	if !(c >= math.MinInt32 && c <= math.MaxInt32) {
		return 0, false
	}
	back := valueOf(int32(c), scale, offset)
	return int32(c), back == v && math.Signbit(back) == math.Signbit(v)
}

// decodeChunk writes samples from..from+len(dst) of a chunk of count samples
// into dst.
func decodeChunk(data []byte, count, from int, scale, offset float64, dst []float64) error {
	if len(data) == 0 {
		return errors.New("it is empty")
	}
	if from < 0 || from+len(dst) > count {
		return fmt.Errorf("%d samples at %d of %d", len(dst), from, count)
	}
	switch data[0] {
	case formatPacked:
		return unpackCodes(data[1:], count, from, len(dst), func(at int, codes []int32) {
			for i, c := range codes {
				dst[at+i] = valueOf(c, scale, offset)
			}
		})
	case formatDecimal:
		return decodeDecimals(data[1:], count, from, dst)
	}
	size := formatSize(data[0])
	if size == 0 {
		return fmt.Errorf("format %d is unknown", data[0])
	}
	if len(data) != 1+size*count {
		return fmt.Errorf("%d bytes for %d samples", len(data), count)
	}
	p := data[1+from*size:]
	switch data[0] {
	case formatI8:
		for i := range dst {
			dst[i] = valueOf(int32(int8(p[i])), scale, offset)
		}
	case formatI16:
		for i := range dst {
			dst[i] = valueOf(int32(int16(binary.LittleEndian.Uint16(p[2*i:]))), scale, offset)
		}
	case formatI32:
		for i := range dst {
			dst[i] = valueOf(int32(binary.LittleEndian.Uint32(p[4*i:])), scale, offset)
		}
	case formatF32:
		for i := range dst {
			dst[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(p[4*i:])))
		}
	case formatF64:
		for i := range dst {
			dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(p[8*i:]))
		}
	}
	return nil
}

func decodeDecimals(data []byte, count, from int, dst []float64) error {
	if len(data) == 0 || data[0] > maxDecimals {
		return errPacked
	}
	scale := powerOfTen(int(data[0]))
	return unpackCodes(data[1:], count, from, len(dst), func(at int, codes []int32) {
		for i, c := range codes {
			dst[at+i] = float64(c) / scale
		}
	})
}

// blobSum is the checksum of a chunk: CRC-32C over its place and its bytes.
func blobSum(first, count int64, data []byte) int64 {
	var head [16]byte
	binary.LittleEndian.PutUint64(head[:], uint64(first))
	binary.LittleEndian.PutUint64(head[8:], uint64(count))
	table := castagnoli()
	return int64(crc32.Update(crc32.Checksum(head[:], table), table, data))
}

// encodeTimes packs device times as zigzag varints of the change of their step,
// which is small for a steady clock.
func encodeTimes(times []int64) []byte {
	out := make([]byte, 0, 2*len(times)+16)
	var last, step int64
	for _, t := range times {
		d := t - last
		out = binary.AppendVarint(out, d-step)
		last, step = t, d
	}
	return out
}

func decodeTimes(data []byte, count int) ([]int64, error) {
	if count < 0 || count > len(data) {
		return nil, fmt.Errorf("%d bytes for %d times", len(data), count)
	}
	out := make([]int64, count)
	var last, step int64
	for i := range out {
		v, n := binary.Varint(data)
		if n <= 0 {
			return nil, fmt.Errorf("it ends at time %d of %d", i, count)
		}
		data = data[n:]
		step += v
		last += step
		out[i] = last
	}
	if len(data) != 0 {
		return nil, fmt.Errorf("%d bytes after the last time", len(data))
	}
	return out, nil
}

// encodeClock packs the segments of a clock as the device had it: their number,
// then for each the step of First as a varint and Start and Rate as float64.
func encodeClock(c Clock) []byte {
	c = c.Device()
	out := binary.AppendUvarint(nil, uint64(len(c.Segments)))
	var last int64
	for _, s := range c.Segments {
		out = binary.AppendUvarint(out, uint64(s.First-last))
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(s.Start))
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(s.Rate))
		last = s.First
	}
	return out
}

func decodeClock(data []byte) (Clock, error) {
	n, k := binary.Uvarint(data)
	if k <= 0 || n > uint64(len(data))/17+1 {
		return Clock{}, fmt.Errorf("clock: %w", ErrCorrupt)
	}
	data = data[k:]
	c := Clock{Segments: make([]Segment, n)}
	var last uint64
	for i := range c.Segments {
		step, k := binary.Uvarint(data)
		if k <= 0 || len(data) < k+16 {
			return Clock{}, fmt.Errorf("clock segment %d: %w", i, ErrCorrupt)
		}
		last += step
		c.Segments[i] = Segment{
			First: int64(last),
			Start: math.Float64frombits(binary.LittleEndian.Uint64(data[k:])),
			Rate:  math.Float64frombits(binary.LittleEndian.Uint64(data[k+8:])),
		}
		data = data[k+16:]
	}
	if len(data) != 0 {
		return Clock{}, fmt.Errorf("clock: bytes after the last segment: %w", ErrCorrupt)
	}
	return c.Forward(), nil
}

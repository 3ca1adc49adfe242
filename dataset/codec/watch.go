package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// watchFixedLen is the length of a block's header before its sensor tags.
const watchFixedLen = 16

// maxWatchTags bounds the sensors of a block.
const maxWatchTags = 16

// Devices of a block.
const (
	appleWatch = 'd'
	pebbleLink = 'e' // a Pebble that sent its samples to the phone, packed
)

// watchOrder is one of two orders of a block header's fields.
type watchOrder struct {
	name                    string
	rateAt, startAt, tagLen int
}

// Blocks begin "ad" or "ae", a count of sensors, and hold the rate, the start
// and, at byte 12, the count of values. The older order has the rate after the
// start and tags without a padding byte.
var (
	presentOrder = watchOrder{"muvr-watch", 3, 4, 4}
	olderOrder   = watchOrder{"muvr-watch-old", 11, 3, 3}
)

// watchTag is one sensor of a block: what it measures and where it is worn.
type watchTag struct {
	kind      string
	dims      int
	placement string
}

// watchHeader is what precedes the rows of a block.
type watchHeader struct {
	device byte
	rate   int     // Hz
	start  float64 // seconds in the device's own reckoning
	rows   int64
	tags   []watchTag
	length int // of the header, bytes
}

// dims is the number of values in a row.
func (h watchHeader) dims() int {
	n := 0
	for _, t := range h.tags {
		n += t.dims
	}
	return n
}

// rowLen is the number of payload bytes of a row.
func (h watchHeader) rowLen() int {
	if h.device == pebbleLink {
		return h.dims() / 3 * packedSampleLen
	}
	return h.dims() * 4
}

func (h watchHeader) payload() int64 { return h.rows * int64(h.rowLen()) }

var errShortHeader = errors.New("the block's header is cut short")

// parseWatchHeader decodes the header at the start of b, which may hold more.
func parseWatchHeader(b []byte, o watchOrder) (watchHeader, error) {
	var h watchHeader
	if len(b) < watchFixedLen {
		return h, errShortHeader
	}
	if b[0] != 'a' || b[1] != appleWatch && b[1] != pebbleLink {
		return h, fmt.Errorf("no block begins here (bytes %02x %02x where 61 64 or 61 65 were expected)", b[0], b[1])
	}
	tags := int(b[2])
	if tags == 0 || tags > maxWatchTags {
		return h, fmt.Errorf("a block of %d sensors", tags)
	}
	h.device, h.length = b[1], watchFixedLen+tags*o.tagLen
	if h.rate = int(b[o.rateAt]); h.rate == 0 {
		return h, fmt.Errorf("the block claims a rate of 0 Hz")
	}
	h.start = math.Float64frombits(binary.LittleEndian.Uint64(b[o.startAt:]))
	if !(math.Abs(h.start) < latestMillis/1000) {
		return h, fmt.Errorf("the block starts at %g seconds, which is no time", h.start)
	}
	if len(b) < h.length {
		return h, errShortHeader
	}
	for i := 0; i < tags; i++ {
		tag, err := parseWatchTag(b[watchFixedLen+i*o.tagLen:])
		if err != nil {
			return h, fmt.Errorf("sensor %d: %w", i+1, err)
		}
		if h.device == pebbleLink && tag.dims != 3 {
			return h, fmt.Errorf("sensor %d: packed samples of a one-value sensor", i+1)
		}
		h.tags = append(h.tags, tag)
	}
	values, dims := binary.LittleEndian.Uint32(b[12:]), uint32(h.dims())
	if values%dims != 0 {
		return h, fmt.Errorf("%d values do not make rows of %d", values, dims)
	}
	h.rows = int64(values / dims)
	return h, nil
}

func parseWatchTag(b []byte) (watchTag, error) {
	if b[0] != 't' {
		return watchTag{}, fmt.Errorf("a tag begins with 0x%02x and not with 't'", b[0])
	}
	t := watchTag{dims: 3}
	switch b[1] {
	case 'a':
		t.kind = "accelerometer"
	case 'g':
		t.kind = "gyroscope"
	case 'h':
		t.kind, t.dims = "heart-rate", 1
	default:
		return t, fmt.Errorf("0x%02x is not a kind of sensor that is known ('a', 'g' and 'h' are)", b[1])
	}
	switch b[2] {
	case 'l':
		t.placement = "left-wrist"
	case 'r':
		t.placement = "right-wrist"
	case '-':
		t.placement = "unknown"
	default:
		return t, fmt.Errorf("0x%02x is not a place that is known ('l', 'r' and '-' are)", b[2])
	}
	return t, nil
}

// detectWatch tells which order a file is written in. Where the header alone
// fits both, the one whose first block ends where the file does, or where
// another block begins, is right.
func detectWatch(head []byte, size int64) (watchOrder, watchHeader, bool) {
	var best watchOrder
	var found watchHeader
	score := -1
	for _, o := range []watchOrder{presentOrder, olderOrder} {
		h, err := parseWatchHeader(head, o)
		if err != nil {
			continue
		}
		points := 0
		switch end := int64(h.length) + h.payload(); {
		case end == size:
			points = 3
		case end+1 < int64(len(head)) && head[end] == 'a' && (head[end+1] == appleWatch || head[end+1] == pebbleLink):
			points = 2
		case end < size:
			points = 1
		}
		if points > score {
			best, found, score = o, h, points
		}
	}
	return best, found, score >= 0
}

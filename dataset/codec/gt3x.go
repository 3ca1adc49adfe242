package codec

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// gt3xInfo is what an ActiGraph's info.txt says that we use. Serial number and
// subject name stay in the file.
type gt3xInfo struct {
	rate      float64 // Hz
	scale     float64 // codes a g, 0 when not said
	low, high float64 // range in g, both 0 when not said
	placement string
	device    string
	offset    string // as written, such as -04:00:00
	start     time.Time
	person    string   // what info.txt calls the subject
	named     []string // fields that may name a person or device
	names     []string // what they say, for the key file
}

// netEpochSeconds is year 1 to 1970 in seconds: .NET counts ticks of 100 ns from
// there.
const netEpochSeconds = 62135596800

func parseGT3XInfo(text string) (gt3xInfo, error) {
	info := gt3xInfo{placement: "unknown", device: "ActiGraph"}
	limb, side := "", ""
	for _, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		if !ok || value == "" {
			continue
		}
		var err error
		switch key {
		case "Sample Rate":
			info.rate, err = decimal(value)
		case "Acceleration Scale":
			info.scale, err = decimal(value)
		case "Acceleration Min":
			info.low, err = decimal(value)
		case "Acceleration Max":
			info.high, err = decimal(value)
		case "Start Date":
			var ticks int64
			ticks, err = strconv.ParseInt(value, 10, 64)
			info.start = time.Unix(ticks/1e7-netEpochSeconds, ticks%1e7*100).UTC()
		case "TimeZone":
			info.offset = value
		case "Device Type":
			info.device = "ActiGraph " + value
		case "Limb":
			limb = strings.ToLower(value)
		case "Side":
			side = strings.ToLower(value)
		case "Serial Number":
			info.scaleBySerial(value)
			info.named, info.names = append(info.named, key), append(info.names, value)
		case "Subject Name", "Sex", "Height", "Mass", "Age", "Race", "DateOfBirth":
			info.named = append(info.named, key)
			if key == "Subject Name" {
				info.person = value
			}
			if key == "Subject Name" || key == "DateOfBirth" {
				info.names = append(info.names, value)
			}
		}
		if err != nil {
			return info, fmt.Errorf("info.txt: %s is %q, not a number", key, value)
		}
	}
	if !(info.rate > 0 && info.rate <= 1000) {
		return info, fmt.Errorf("info.txt gives no usable sample rate (%g Hz)", info.rate)
	}
	if limb != "" {
		info.placement = strings.TrimPrefix(side+"-"+limb, "-")
	}
	return info, nil
}

// scaleBySerial is what the maker publishes for devices whose files don't say.
func (i *gt3xInfo) scaleBySerial(serial string) {
	if i.scale != 0 || len(serial) < 3 {
		return
	}
	switch serial[:3] {
	case "NEO", "CLE", "MRA":
		i.scale = 341
	case "MOS", "TAS":
		i.scale = 256
	}
}

// decimal reads a finite number whose decimal sign may be a comma.
func decimal(text string) (float64, error) {
	v, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		return 0, strconv.ErrRange
	}
	return v, err
}

// offsetEast reads an offset from Greenwich such as -04:00:00, +01:00 or 05:30 in
// seconds to the east.
func offsetEast(text string) (int, bool) {
	sign, rest := 1, strings.TrimPrefix(text, "+")
	if r, negative := strings.CutPrefix(rest, "-"); negative {
		sign, rest = -1, r
	}
	east := 0
	for i, p := range strings.Split(rest, ":") {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 || i > 2 || n > []int{14, 59, 59}[i] {
			return 0, false
		}
		east += n * []int{3600, 60, 1}[i]
	}
	return sign * east, true
}

// Record types of an ActiGraph log that we read.
const (
	gt3xActivity   = 0
	gt3xParameters = 21
	gt3xActivity2  = 26
)

// gt3xRecord is one record of a log.
type gt3xRecord struct {
	kind    byte
	second  uint32 // device clock: local wall time counted as if it were Unix time
	payload []byte // valid until the next record
	offset  int64  // in the log
}

// gt3xLog reads a log record by record. Bytes that are no sound record are
// passed over and counted; zeros between records are known to be harmless.
type gt3xLog struct {
	in     *bufio.Reader
	at     int64
	broken []int64 // where each unreadable stretch begins
	inside bool    // the last byte passed over belongs to such a stretch
}

const gt3xMost = 8 + math.MaxUint16 + 1 // bytes of the longest record

func newGT3XLog(r io.Reader) *gt3xLog {
	return &gt3xLog{in: bufio.NewReaderSize(r, 2*gt3xMost)}
}

// next gives the next record whose checksum is right, or io.EOF.
func (l *gt3xLog) next() (gt3xRecord, error) {
	for {
		head, err := l.in.Peek(9)
		if len(head) == 0 {
			return gt3xRecord{}, err
		}
		zero := head[0] == 0 // looking at a whole record may move these bytes
		if r, n, ok := l.record(head); ok {
			l.inside = false
			if _, err := l.in.Discard(n); err != nil {
				return r, err
			}
			l.at += int64(n)
			return r, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return gt3xRecord{}, err
		}
		if !zero && !l.inside {
			l.broken = append(l.broken, l.at)
			l.inside = true
		}
		if _, err := l.in.Discard(1); err != nil {
			return gt3xRecord{}, err
		}
		l.at++
	}
}

func (l *gt3xLog) record(head []byte) (gt3xRecord, int, bool) {
	if len(head) < 9 || head[0] != 0x1e {
		return gt3xRecord{}, 0, false
	}
	n := 9 + int(binary.LittleEndian.Uint16(head[6:]))
	b, _ := l.in.Peek(n)
	if len(b) < n {
		return gt3xRecord{}, 0, false
	}
	var sum byte
	for _, v := range b[:n-1] {
		sum ^= v
	}
	if ^sum != b[n-1] {
		return gt3xRecord{}, 0, false
	}
	return gt3xRecord{kind: b[1], second: binary.LittleEndian.Uint32(b[2:]), payload: b[8 : n-1], offset: l.at}, n, true
}

// samples decodes a second of activity into codes[axis], appending.
func (r gt3xRecord) samples(codes [][]int32) [][]int32 {
	switch r.kind {
	case gt3xActivity2:
		for b := r.payload; len(b) >= 6; b = b[6:] {
			for a := range 3 {
				codes[a] = append(codes[a], int32(int16(binary.LittleEndian.Uint16(b[2*a:]))))
			}
		}
	case gt3xActivity:
		if len(r.payload) > 1 { // a single byte tells of an event such as a cable
			codes = unpack12(r.payload, codes)
		}
	}
	return codes
}

// unpack12 appends samples of 12 bits an axis in the order y, x, z, two samples
// in nine bytes; a last half byte is padding.
func unpack12(b []byte, codes [][]int32) [][]int32 {
	order := [3]int{1, 0, 2}
	for i := range len(b) * 2 / 9 {
		for k, axis := range order {
			nibble := 9*i + 3*k
			at := nibble / 2
			var v int32
			if nibble%2 == 0 {
				v = int32(b[at])<<4 | int32(b[at+1])>>4
			} else {
				v = int32(b[at]&0x0f)<<8 | int32(b[at+1])
			}
			codes[axis] = append(codes[axis], v<<20>>20)
		}
	}
	return codes
}

// gt3xScale finds the acceleration scale among a record of parameters: address
// 0, key 55, a float of 24 bits of fraction and 8 of exponent.
func gt3xScale(payload []byte) (float64, bool) {
	for b := payload; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint16(b) == 0 && binary.LittleEndian.Uint16(b[2:]) == 55 {
			v := binary.LittleEndian.Uint32(b[4:])
			fraction := int32(v<<8) >> 8
			scale := math.Ldexp(float64(fraction)/(1<<23), int(int8(v>>24)))
			return scale, scale >= 1 && scale < 1e5
		}
	}
	return 0, false
}

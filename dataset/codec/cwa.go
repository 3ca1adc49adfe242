package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/url"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"onset/dataset"
)

// Sizes of an Axivity file: a header and sectors.
const (
	cwaHeaderLen = 1024
	cwaSectorLen = 512
)

// cwaHeader is what an Axivity file says of itself.
type cwaHeader struct {
	device    string // "Axivity AX3" or "Axivity AX6"
	nominal   float64
	placement string
	notKept   []string // annotation keys whose values may name a person
	person    string   // what the annotation calls the subject
	names     []string // those values and the device's number, for the key file
}

// cwaPlaces are the words of an annotation's place field that we know.
var cwaPlaces = map[string]string{
	"left wrist": "left-wrist", "right wrist": "right-wrist", "left ankle": "left-ankle", "right ankle": "right-ankle",
	"left thigh": "left-thigh", "right thigh": "right-thigh", "waist": "waist", "chest": "chest",
	"left hip": "left-hip", "right hip": "right-hip", "lower back": "lower-back",
}

func parseCWAHeader(b []byte) (cwaHeader, error) {
	if len(b) < cwaHeaderLen {
		return cwaHeader{}, errors.New("the header of 1,024 bytes is cut short")
	}
	if b[0] != 'M' || b[1] != 'D' {
		return cwaHeader{}, errors.New("no header begins here (MD is missing)")
	}
	h := cwaHeader{device: "Axivity AX3", placement: "unknown", nominal: cwaRate(b[36])}
	if b[4] == 0x64 {
		h.device = "Axivity AX6"
	}
	number := int(binary.LittleEndian.Uint16(b[5:]))
	if upper := int(binary.LittleEndian.Uint16(b[11:])); upper != 0xffff {
		number |= upper << 16
	}
	if number != 0 {
		h.names = append(h.names, fmt.Sprintf("%05d", number))
	}
	text := string(bytes.TrimRightFunc(b[64:512], func(r rune) bool { return r == ' ' || r == 0 || r == utf8.RuneError }))
	values, err := url.ParseQuery(strings.TrimLeft(text, "&?"))
	if err != nil {
		return h, nil // an annotation that is not one tells nothing
	}
	for key, v := range values {
		if key == "_sc" {
			h.person = v[0]
		}
		if key != "_p" {
			h.notKept = append(h.notKept, key)
			h.names = append(h.names, v...)
			continue
		}
		if place, ok := cwaPlaces[strings.ToLower(v[0])]; ok {
			h.placement = place
		}
	}
	sort.Strings(h.notKept)
	return h, nil
}

// cwaRate is the rate in Hz that a configuration byte means.
func cwaRate(code byte) float64 { return 3200 / float64(int(1)<<(15-code&0x0f)) }

// cwaSector is a decoded data sector.
type cwaSector struct {
	session   uint32 // the number that the device gave the recording
	sequence  uint32
	start     float64 // of its first sample, seconds of the wall clock since 2000
	rate      float64
	accScale  float64 // g a code
	gyroScale float64 // degrees a second a code, 0 without a gyroscope
	magnetic  bool    // a magnetometer's axes follow
	rangeG    float64
	packed    bool
	celsius   float64
	codes     [][]int32 // [axis][sample]: x, y, z and then the gyroscope's
}

// cwaCodes is room for the codes of a sector: 9 axes, or 120 samples of 3.
type cwaCodes struct {
	axes    [9][]int32
	samples [3 * 120]int32
}

// Reasons why a sector is left out.
var (
	errCWASum    = errors.New("checksum")
	errCWALayout = errors.New("layout")
	errCWAEmpty  = errors.New("empty") // never written
)

// parseCWASector decodes one sector of 512 bytes. Its codes lie in room, until
// that is used again.
func parseCWASector(b []byte, room *cwaCodes) (cwaSector, error) {
	if b[0] != 'A' || b[1] != 'X' {
		for _, v := range b {
			if v != 0xff && v != 0 {
				return cwaSector{}, errCWALayout
			}
		}
		return cwaSector{}, errCWAEmpty
	}
	// The first firmware wrote no rate code, kept the rate in the offset's place
	// and had no checksum.
	early := b[24] == 0
	var sum uint16
	for i := 0; i < cwaSectorLen; i += 2 {
		sum += binary.LittleEndian.Uint16(b[i:])
	}
	if sum != 0 && !early {
		return cwaSector{}, errCWASum
	}
	s := cwaSector{session: binary.LittleEndian.Uint32(b[6:]), sequence: binary.LittleEndian.Uint32(b[10:]), rate: cwaRate(b[24]), rangeG: float64(int(16) >> (b[24] >> 6)),
		celsius: float64(binary.LittleEndian.Uint16(b[20:])&0x3ff)*75/256 - 50}
	offset := float64(int16(binary.LittleEndian.Uint16(b[26:])))
	if early {
		if s.rate, offset = offset, 0; !(s.rate > 0) {
			return s, errCWALayout
		}
	}
	light := binary.LittleEndian.Uint16(b[18:])
	axes, bps, count := int(b[25]>>4), int(b[25]&0x0f), int(binary.LittleEndian.Uint16(b[28:]))
	if err := s.layout(axes, bps, count, light); err != nil {
		return s, err
	}
	s.codes = room.of(axes, count)
	s.decode(b[30:510], axes)
	wall, ok := cwaTime(binary.LittleEndian.Uint32(b[14:]))
	if !ok {
		return s, errCWALayout
	}
	if fraction := binary.LittleEndian.Uint16(b[4:]); fraction&0x8000 != 0 {
		f := uint32(fraction&0x7fff) << 1
		wall += float64(f) / 65536
		offset += float64(f * uint32(s.rate) >> 16)
	}
	s.start = wall - offset/s.rate
	return s, nil
}

// layout checks the arrangement of samples and sets the scales.
func (s *cwaSector) layout(axes, bps, count int, light uint16) error {
	s.accScale = math.Ldexp(1, -8-int(light>>13))
	switch {
	case bps == 0 && axes == 3 && count <= 120:
		s.packed, s.accScale = true, 1.0/256
	case bps == 2 && axes == 3 && count <= 80:
	case bps == 2 && (axes == 6 && count <= 40 || axes == 9 && count <= 26):
		s.magnetic = axes == 9
		s.gyroScale = math.Ldexp(8000, -int(light>>10&7)) / 32768
	default:
		return errCWALayout
	}
	return nil
}

// of is room for the codes of that many axes and samples.
func (r *cwaCodes) of(axes, count int) [][]int32 {
	for a := range axes {
		r.axes[a] = r.samples[a*count : (a+1)*count : (a+1)*count]
	}
	return r.axes[:axes]
}

func (s *cwaSector) decode(b []byte, axes int) {
	if s.packed {
		xs, ys, zs := s.codes[0], s.codes[1], s.codes[2]
		for i := range xs {
			v := int32(binary.LittleEndian.Uint32(b[4*i:]))
			by := uint32(v) >> 30
			xs[i], ys[i], zs[i] = v<<22>>22<<by, v<<12>>22<<by, v<<2>>22<<by
		}
		return
	}
	for a, codes := range s.codes {
		at := a
		switch { // the gyroscope comes first in the file
		case axes >= 6 && a < 3:
			at = a + 3
		case axes >= 6 && a < 6:
			at = a - 3
		}
		for i := range codes {
			codes[i] = int32(int16(binary.LittleEndian.Uint16(b[2*(i*axes+at):])))
		}
	}
}

// cwaTime is a packed date in seconds since 2000, and whether it is one.
func cwaTime(v uint32) (float64, bool) {
	year, month, day := int(v>>26)+2000, int(v>>22&15), int(v>>17&31)
	hour, minute, second := int(v>>12&31), int(v>>6&63), int(v&63)
	if month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	return t.Sub(cwaEpoch).Seconds(), t.Day() == day
}

var cwaEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// channels describes what a recording that begins with this sector holds.
func (s cwaSector) channels() []dataset.Channel {
	var out []dataset.Channel
	step := s.accScale
	if s.packed {
		step = s.rangeG / 512
	}
	for _, axis := range "xyz" {
		out = append(out, dataset.Channel{Kind: "accelerometer", Axis: string(axis), Unit: "g", Scale: s.accScale, RangeMin: -s.rangeG, RangeMax: s.rangeG - step})
	}
	if s.gyroScale > 0 {
		for _, axis := range "xyz" {
			out = append(out, dataset.Channel{Kind: "gyroscope", Axis: string(axis), Unit: "deg/s", Scale: s.gyroScale, RangeMin: -32768 * s.gyroScale, RangeMax: 32767 * s.gyroScale})
		}
	}
	if s.magnetic {
		for _, axis := range "xyz" {
			out = append(out, dataset.Channel{Kind: "magnetometer", Axis: string(axis), Unit: "uT", Scale: 1.0 / 16, RangeMin: -2048, RangeMax: 32767.0 / 16})
		}
	}
	return out
}

// like reports whether another sector can follow in the same recording.
func (s cwaSector) like(o cwaSector) bool {
	return s.accScale == o.accScale && s.gyroScale == o.gyroScale && s.magnetic == o.magnetic && s.packed == o.packed && s.rate == o.rate
}

// spans names numbers such as block numbers, joining runs: "0, 13 to 14".
func spans(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		switch {
		case j > i:
			parts = append(parts, fmt.Sprintf("%d to %d", numbers[i], numbers[j]))
		default:
			parts = append(parts, fmt.Sprint(numbers[i]))
		}
		i = j + 1
	}
	return listNames(parts)
}

package codec

import (
	"fmt"
	"strings"
)

// timeFormat reads calendar times written in one fixed way. It is compiled from
// a pattern of YYYY, MM, DD, hh, mm, ss (two digits; M, D, h, m, s for one or
// two), f (a fraction of a second of any length, with the sign in front of it, a
// comma for a point too; both may be missing), AP (AM or PM), zz (Z or an offset such as +02:00), and
// any other characters as themselves.
type timeFormat struct {
	parts []timePart
	zoned bool
}

type timePart struct {
	field   byte // one of "YMDhmsfAz"; 0 for a literal
	width   int  // digits; 0: one or two
	literal byte
}

func compileTimeFormat(pattern string) (*timeFormat, error) {
	f := &timeFormat{}
	seen := map[byte]bool{}
	for i := 0; i < len(pattern); {
		field, width, used := byte(0), 0, 1
		rest := pattern[i:]
		switch {
		case strings.HasPrefix(rest, "YYYY"):
			field, width, used = 'Y', 4, 4
		case strings.HasPrefix(rest, "AP"):
			field, used = 'A', 2
		case strings.HasPrefix(rest, "zz"):
			field, used = 'z', 2
		case strings.HasPrefix(rest, "f"):
			field = 'f'
		case strings.IndexByte("MDhms", rest[0]) >= 0:
			field = rest[0]
			if len(rest) > 1 && rest[1] == rest[0] {
				width, used = 2, 2
			}
		}
		if field != 0 {
			if seen[field] {
				return nil, fmt.Errorf("the time format %q has %s twice", pattern, rest[:used])
			}
			seen[field] = true
		}
		f.parts = append(f.parts, timePart{field: field, width: width, literal: rest[0]})
		i += used
	}
	for _, need := range []byte("YMDhm") {
		if !seen[need] {
			return nil, fmt.Errorf("the time format %q needs YYYY, MM, DD, hh and mm", pattern)
		}
	}
	f.zoned = seen['z']
	return f, nil
}

// parse reads a time and gives it in nanoseconds since 1970, by its own offset
// when the format has one and else as if it were UTC.
func (f *timeFormat) parse(b []byte) (int64, bool) {
	var year, month, day, hour, minute, second int
	month, day = 1, 1
	var nanos, offset int64
	pm := -1
	for p := 0; p < len(f.parts); p++ {
		part := f.parts[p]
		ok := true
		switch part.field {
		case 0:
			fractionNext := p+1 < len(f.parts) && f.parts[p+1].field == 'f'
			if len(b) > 0 && (b[0] == part.literal || fractionNext && part.literal == '.' && b[0] == ',') {
				b = b[1:]
				continue
			}
			// The sign in front of a fraction goes with it.
			if fractionNext {
				p++
				continue
			}
			return 0, false
		case 'Y':
			year, b, ok = fixedInt(b, part.width)
		case 'M':
			month, b, ok = fixedInt(b, part.width)
		case 'D':
			day, b, ok = fixedInt(b, part.width)
		case 'h':
			hour, b, ok = fixedInt(b, part.width)
		case 'm':
			minute, b, ok = fixedInt(b, part.width)
		case 's':
			second, b, ok = fixedInt(b, part.width)
		case 'f':
			nanos, b, ok = fraction(b)
		case 'A':
			pm, b, ok = meridiem(b)
		case 'z':
			offset, b, ok = zoneOffset(b)
		}
		if !ok {
			return 0, false
		}
	}
	if pm >= 0 {
		if hour < 1 || hour > 12 {
			return 0, false
		}
		hour = hour%12 + 12*pm
	}
	if len(b) != 0 || year < 1700 || year > 2250 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 60 {
		return 0, false
	}
	days := daysFromCivil(year, month, day)
	return ((days*24+int64(hour))*60+int64(minute))*60e9 + int64(second)*1e9 + nanos - offset*1e9, true
}

// fixedInt reads width digits, or one or two when width is 0.
func fixedInt(b []byte, width int) (int, []byte, bool) {
	n, v := 0, 0
	most := width
	if most == 0 {
		most = 2
	}
	for n < most && n < len(b) && b[n]-'0' <= 9 {
		v = v*10 + int(b[n]-'0')
		n++
	}
	if n == 0 || width > 0 && n != width {
		return 0, b, false
	}
	return v, b[n:], true
}

// fraction reads the digits after a decimal sign as nanoseconds.
func fraction(b []byte) (int64, []byte, bool) {
	v, n := int64(0), 0
	for ; n < len(b) && b[n]-'0' <= 9; n++ {
		if n < 9 {
			v = v*10 + int64(b[n]-'0')
		}
	}
	for k := n; k < 9; k++ {
		v *= 10
	}
	return v, b[n:], n > 0
}

func meridiem(b []byte) (int, []byte, bool) {
	if len(b) < 2 || b[1]|0x20 != 'm' || b[0]|0x20 != 'a' && b[0]|0x20 != 'p' {
		return 0, b, false
	}
	if b[0]|0x20 == 'p' {
		return 1, b[2:], true
	}
	return 0, b[2:], true
}

// zoneOffset reads Z, +02, +0200 or +02:00 as seconds east of UTC.
func zoneOffset(b []byte) (int64, []byte, bool) {
	if len(b) > 0 && b[0] == 'Z' {
		return 0, b[1:], true
	}
	if len(b) < 3 || b[0] != '+' && b[0] != '-' {
		return 0, b, false
	}
	sign := int64(1)
	if b[0] == '-' {
		sign = -1
	}
	h, rest, ok := fixedInt(b[1:], 2)
	if !ok {
		return 0, b, false
	}
	m := 0
	if len(rest) >= 3 && rest[0] == ':' {
		m, rest, ok = fixedInt(rest[1:], 2)
	} else if len(rest) >= 2 && rest[0]-'0' <= 9 {
		m, rest, ok = fixedInt(rest, 2)
	}
	return sign * int64(h*3600+m*60), rest, ok
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysFromCivil counts the days from 1970-01-01 to a date of the Gregorian
// calendar.
func daysFromCivil(year, month, day int) int64 {
	y := int64(year)
	if month <= 2 {
		y--
	}
	era := y / 400
	yoe := y - era*400
	m := int64((month + 9) % 12)
	doy := (153*m+2)/5 + int64(day) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

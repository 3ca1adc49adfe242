package codec

import (
	"math"
	"strconv"
)

// pow10 holds the powers of ten that a float64 represents exactly.
var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// numeral is a number as it is written: digits * 10^exp, negative or not.
type numeral struct {
	digits   uint64
	exp      int
	negative bool
	cut      bool // more than 19 significant digits; the rest is left out
}

// maxExponent bounds an exponent's digits, so that it cannot overflow.
const maxExponent = 100000

// scanDecimal reads [+-]digits[point digits][e[+-]digits] at the start of b and
// gives the number of bytes it takes, 0 when there is no number.
func scanDecimal(b []byte, point byte) (d numeral, n int) {
	i := 0
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		d.negative = b[i] == '-'
		i++
	}
	digits, any := 0, false
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		any = true
		if digits < 19 {
			d.digits = d.digits*10 + uint64(b[i]-'0')
			if d.digits != 0 {
				digits++
			}
		} else {
			d.cut = true
			d.exp++
		}
	}
	if i < len(b) && b[i] == point {
		j := i + 1
		for ; j < len(b) && b[j]-'0' <= 9; j++ {
			any = true
			if digits < 19 {
				d.digits = d.digits*10 + uint64(b[j]-'0')
				d.exp--
				if d.digits != 0 {
					digits++
				}
			} else {
				d.cut = true
			}
		}
		if any {
			i = j
		}
	}
	if !any {
		return numeral{}, 0
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		j := i + 1
		minus := false
		if j < len(b) && (b[j] == '-' || b[j] == '+') {
			minus = b[j] == '-'
			j++
		}
		e, begin := 0, j
		for ; j < len(b) && b[j]-'0' <= 9; j++ {
			if e < maxExponent {
				e = e*10 + int(b[j]-'0')
			}
		}
		if j > begin {
			if minus {
				e = -e
			}
			d.exp += e
			i = j
		}
	}
	return d, i
}

// float is the nearest float64, as strconv would give it. text is what the
// decimal was scanned from; it is read again only when the quick way, exact for
// up to 15 digits and some longer ones, does not apply.
func (d numeral) float(text []byte, point byte) (float64, bool) {
	if !d.cut && d.digits < 1<<53 && d.exp >= -22 && d.exp <= 22 {
		f := float64(d.digits)
		if d.exp < 0 {
			f /= pow10[-d.exp]
		} else {
			f *= pow10[d.exp]
		}
		if d.negative {
			f = -f
		}
		return f, true
	}
	if point != '.' {
		var buf [64]byte
		text = append(buf[:0], text...)
		for i, c := range text {
			if c == point {
				text[i] = '.'
			}
		}
	}
	f, err := strconv.ParseFloat(string(text), 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// int64 is the number times 10^shift, rounded half away from zero.
func (d numeral) int64(shift int) (int64, bool) {
	v, e := d.digits, d.exp+shift
	for ; e > 0 && v != 0; e-- {
		if v > math.MaxInt64/10 {
			return 0, false
		}
		v *= 10
	}
	for ; e < -1 && v != 0; e++ {
		v /= 10
	}
	if e == -1 {
		v = v/10 + v%10/5
	}
	if v > math.MaxInt64 {
		return 0, false
	}
	if d.negative {
		return -int64(v), true
	}
	return int64(v), true
}

// quickDecimal reads the numbers that nearly all files hold, [-]digits[point
// digits] of up to 15 digits, exactly as scanDecimal and float do; ok is false
// for all others.
func quickDecimal(b []byte, point byte) (v float64, n int, ok bool) {
	m, places, n, negative := quickDigits(b, point)
	if n == 0 || m >= 1<<53 {
		return 0, 0, false
	}
	v = float64(m)
	if places > 0 {
		v /= pow10[places]
	}
	if negative {
		v = -v
	}
	return v, n, true
}

// quickNanos reads such a number, of up to 19 digits, times 10^unit as a whole
// number; ok is false where scanDecimal has to be asked.
func quickNanos(b []byte, point byte, unit int) (v int64, n int, ok bool) {
	m, places, n, negative := quickDigits(b, point)
	if n == 0 || places > unit || negative || m > math.MaxInt64/uint64(pow10[unit-places]) {
		return 0, 0, false
	}
	return int64(m * uint64(pow10[unit-places])), n, true
}

// quickDigits gives the digits of a number as one, how many of them stand behind
// the point, and the bytes taken; n is 0 for what it does not read.
func quickDigits(b []byte, point byte) (m uint64, places, n int, negative bool) {
	i := 0
	if len(b) > 0 && b[0] == '-' {
		negative, i = true, 1
	}
	begin := i
	for ; i < len(b); i++ {
		c := b[i] - '0'
		if c > 9 {
			break
		}
		m = m*10 + uint64(c)
	}
	digits := i - begin
	if digits == 0 {
		return 0, 0, 0, false
	}
	if i < len(b) && b[i] == point {
		i++
		behind := i
		for ; i < len(b); i++ {
			c := b[i] - '0'
			if c > 9 {
				break
			}
			m = m*10 + uint64(c)
		}
		places = i - behind
	}
	if digits+places > 19 || i < len(b) && b[i]|0x20 == 'e' {
		return 0, 0, 0, false
	}
	return m, places, i, negative
}

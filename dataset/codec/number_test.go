package codec

import (
	"math"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNumbersAreRoundedAsTheStandardLibraryDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[-+]?[0-9]{0,22}(\.[0-9]{0,22})?([eE][-+]?[0-9]{1,3})?`).Draw(t, "text")
		d, n := scanDecimal([]byte(text), '.')
		want, err := strconv.ParseFloat(text, 64)
		if n != len(text) || n == 0 {
			if err == nil {
				t.Fatalf("%q is a number and was read to byte %d", text, n)
			}
			return
		}
		got, ok := d.float([]byte(text), '.')
		if ok != (err == nil) || ok && math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%q gives %v (%v), want %v (%v)", text, got, ok, want, err)
		}
	})
}

func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"0.0028251686599105597", "-1.6294033377807312E12", "1e-400", "9007199254740993", "5.", ".5", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, n := scanDecimal([]byte(s), '.')
		if n == 0 {
			return
		}
		want, err := strconv.ParseFloat(s[:n], 64)
		got, ok := d.float([]byte(s[:n]), '.')
		if ok != (err == nil) || ok && math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%q gives %v, want %v (%v)", s[:n], got, want, err)
		}
	})
}

func TestDecimalToNanoseconds(t *testing.T) {
	for text, want := range map[string]int64{
		"1699734109763076400":    1699734109763076400, // 19 digits, beyond a float64
		"1657533977813":          1657533977813000000,
		"1.6294033377807312E12":  1629403337780731200,
		"-0.0370764":             -37076,
		"0.0000000014":           0,
		"12345678901234567890.5": -1,
	} {
		d, _ := scanDecimal([]byte(text), '.')
		shift := 0
		switch text {
		case "1657533977813", "1.6294033377807312E12", "-0.0370764", "0.0000000014":
			shift = 6
		}
		got, ok := d.int64(shift)
		if ok != (want != -1) || ok && got != want {
			t.Errorf("%s gives %d (%v), want %d", text, got, ok, want)
		}
	}
}

func TestTimeFormats(t *testing.T) {
	for _, c := range []struct{ format, text, want string }{
		{"YYYY-MM-DD hh:mm:ss.f", "2018-11-08 11:34:51.474000", "2018-11-08T11:34:51.474Z"},
		{"YYYY-MM-DD hh:mm:ss.f", "2018-11-08 11:34:51", "2018-11-08T11:34:51Z"},
		{"YYYY-MM-DDThh:mm:ss.fzz", "2020-02-29T23:59:59.123456789+02:00", "2020-02-29T21:59:59.123456789Z"},
		{"YYYY-MM-DD hh:mm:ss:f", "2017-04-28 08:36:51:294", "2017-04-28T08:36:51.294Z"},
		{"M/D/YYYY h:mm:ss AP", "9/7/2019 12:05:06 AM", "2019-09-07T00:05:06Z"},
		{"YYYY-MM-DD hh:mm", "1969-12-31 23:59", "1969-12-31T23:59:00Z"},
		{"YYYY-MM-DD hh:mm:ss", "2019-02-29 00:00:00", ""},
		{"YYYY-MM-DD hh:mm:ss", "2019-02-28 00:00:00x", ""},
		{"YYYY-MM-DD hh:mm:ss", "19-02-28 00:00:00", ""},
	} {
		f, err := compileTimeFormat(c.format)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := f.parse([]byte(c.text))
		if c.want == "" {
			if ok {
				t.Errorf("%q was taken for %d", c.text, got)
			}
			continue
		}
		want, err := time.Parse(time.RFC3339Nano, c.want)
		if err != nil || !ok || got != want.UnixNano() {
			t.Errorf("%q gives %v (%v), want %s", c.text, time.Unix(0, got).UTC(), ok, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		nanos := rapid.Int64Range(-8e18, 8e18).Draw(t, "nanos")
		f, err := compileTimeFormat("YYYY-MM-DD hh:mm:ss.f")
		if err != nil {
			t.Fatal(err)
		}
		text := time.Unix(0, nanos).UTC().Format("2006-01-02 15:04:05.000000000")
		if got, ok := f.parse([]byte(text)); !ok || got != nanos {
			t.Fatalf("%s gives %d", text, got)
		}
	})
}

// The quick readers give what the careful ones give, or leave the number to them.
func TestQuickNumbersAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(rapid.StringMatching(`[-+]?[0-9]{0,20}\.?[0-9]{0,12}([eE][-+]?[0-9]{1,3})?[,x]?`).Draw(t, "text"))
		d, n := scanDecimal(text, '.')
		want, fine := d.float(text[:n], '.')
		if v, taken, ok := quickDecimal(text, '.'); ok && (taken != n || !fine || math.Float64bits(v) != math.Float64bits(want)) {
			t.Fatalf("%q: %v of %d bytes, not %v of %d", text, v, taken, want, n)
		}
		for unit := range 10 {
			whole, fine := d.int64(unit)
			if v, taken, ok := quickNanos(text, '.', unit); ok && (taken != n || !fine || v != whole) {
				t.Fatalf("%q: %d of %d bytes, not %d of %d", text, v, taken, whole, n)
			}
		}
	})
}

package kernel

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Tick is a mark on an axis.
type Tick struct {
	At   float64
	Text string
}

var timeSteps = []float64{
	0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30,
	60, 120, 300, 600, 900, 1800, 3600, 7200, 4 * 3600, 6 * 3600, 12 * 3600, 24 * 3600,
}

// TimeTicks are at most about n round moments in the view, written as a clock
// would.
func TimeTicks(v View, n int) []Tick {
	if !v.Valid() || n < 1 {
		return nil
	}
	step := timeSteps[len(timeSteps)-1]
	for _, s := range timeSteps {
		if v.Span()/s <= float64(n) {
			step = s
			break
		}
	}
	for v.Span()/step > float64(n) {
		step *= 2
	}
	var ticks []Tick
	for i := math.Ceil(v.Start/step - 1e-9); i*step <= v.End+step*1e-9; i++ {
		ticks = append(ticks, Tick{i * step, FormatTime(i*step, decimals(step))})
	}
	return ticks
}

func decimals(step float64) int {
	switch {
	case step < 0.01:
		return 3
	case step < 0.1:
		return 2
	case step < 1:
		return 1
	}
	return 0
}

// FormatTime writes seconds from a session's start as 0:05, 1:36.020 or
// 2:03:04, with the given number of decimals.
func FormatTime(seconds float64, decimals int) string {
	if math.IsNaN(seconds) || math.Abs(seconds) > 1e12 {
		return "–"
	}
	sign := ""
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	scale := math.Pow10(decimals)
	units := math.Round(seconds * scale)
	whole := int64(units / scale)
	part := int64(units - float64(whole)*scale)
	var b strings.Builder
	b.WriteString(sign)
	if h := whole / 3600; h > 0 {
		fmt.Fprintf(&b, "%d:%02d:%02d", h, whole/60%60, whole%60)
	} else {
		fmt.Fprintf(&b, "%d:%02d", whole/60, whole%60)
	}
	if decimals > 0 {
		fmt.Fprintf(&b, ".%0*d", decimals, part)
	}
	return b.String()
}

// ParseTime reads a moment as a person types it: 95.5, 1:35.5 or 0:01:35.5; a
// comma may stand for the point.
func ParseTime(text string) (float64, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, ",", "."))
	fields := strings.Split(text, ":")
	if text == "" || len(fields) > 3 {
		return 0, fmt.Errorf("%q is not a time such as 95.5, 1:35.5 or 0:01:35.5", text)
	}
	var seconds float64
	for i, f := range fields {
		v, err := strconv.ParseFloat(f, 64)
		whole := v == math.Trunc(v)
		if err != nil || v < 0 || math.IsInf(v, 0) || math.IsNaN(v) ||
			(i > 0 && v >= 60) || (i < len(fields)-1 && !whole) {
			return 0, fmt.Errorf("%q is not a time such as 95.5, 1:35.5 or 0:01:35.5", text)
		}
		seconds = seconds*60 + v
	}
	return seconds, nil
}

// ValueTicks are at most about n round values between lo and hi.
func ValueTicks(lo, hi float64, n int) []Tick {
	if !(hi > lo) || math.IsInf(hi-lo, 0) || n < 1 {
		return nil
	}
	step := niceStep((hi - lo) / float64(n))
	digits := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	var ticks []Tick
	for i := math.Ceil(lo/step - 1e-9); i*step <= hi+step*1e-9; i++ {
		v := i * step
		if i == 0 {
			v = 0
		}
		ticks = append(ticks, Tick{v, strings.Replace(strconv.FormatFloat(v, 'f', digits, 64), "-", "−", 1)})
	}
	return ticks
}

// niceStep is the smallest of 1, 2 and 5 times a power of ten not below v.
func niceStep(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*unit >= v*(1-1e-9) {
			return m * unit
		}
	}
	return 10 * unit
}

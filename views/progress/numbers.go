package progress

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

func fixed(v float64, digits int) string { return strconv.FormatFloat(v, 'f', digits, 64) }

func number(v float64, digits int) string {
	if math.IsNaN(v) {
		return "–"
	}
	return strings.Replace(fixed(v, digits), "-", "−", 1)
}

// seconds gives a number its unit; what is not known has none.
func seconds(number string) string {
	if number == "–" {
		return number
	}
	return number + " s"
}

func between(lower, upper float64, digits int) string {
	if math.IsNaN(lower) || math.IsNaN(upper) {
		return ""
	}
	return number(lower, digits) + " … " + number(upper, digits)
}

func share(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	return fmt.Sprintf("%d %%", (100*part+whole/2)/whole)
}

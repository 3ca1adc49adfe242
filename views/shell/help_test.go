package shell

import (
	"strconv"
	"testing"
)

// The list of keys stands in two columns of about the same length, whatever its
// sections are, with nothing lost and each key under the heading of its section.
func TestKeyListIsBalanced(t *testing.T) {
	for _, sizes := range [][]int{{77, 20, 27}, {5, 20}, {0, 1, 0, 9}, {1}, {12}, {}} {
		var l keyList
		want := map[string]string{}
		for i, n := range sizes {
			heading := "section " + strconv.Itoa(i)
			l.section(heading)
			for j := range n {
				key := strconv.Itoa(i) + "." + strconv.Itoa(j)
				l.add(key, key)
				want[key] = heading
			}
		}
		left, right := l.halves()
		if d := len(left) - len(right); d < -4 || d > 2 {
			t.Errorf("%v: columns of %d and %d rows", sizes, len(left), len(right))
		}
		if n := len(left); n > 0 && left[n-1].keys == "" && len(want) > 0 {
			t.Errorf("%v: the first column ends with a heading", sizes)
		}
		found := 0
		for _, column := range [][]keyRow{left, right} {
			heading := ""
			for _, r := range column {
				if r.keys == "" {
					heading = r.title
					continue
				}
				if found++; want[r.keys] != heading {
					t.Errorf("%v: %s stands under %q", sizes, r.keys, heading)
				}
			}
		}
		if found != len(want) {
			t.Errorf("%v: %d keys of %d", sizes, found, len(want))
		}
	}
}

package codec

import (
	"fmt"
	"sort"
	"strings"
)

// counted is a number with the word for one or for several.
func counted(n int64, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}

// wereOf is the verb of so many.
func wereOf(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// listNames joins names for a sentence and counts the rest of a long list.
func listNames(names []string) string {
	const most = 12
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// sortedLabels lists label lines in the order of the file.
func sortedLabels(lines map[int]pebbleLabel) []pebbleLabel {
	var all []pebbleLabel
	for _, l := range lines {
		all = append(all, l)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].line < all[j].line })
	return all
}

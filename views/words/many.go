package words

import "onset/dataset"

// Many writes a count with its word: "1 person", "24 people".
func Many(n int64, one, many string) string {
	if n == 1 {
		return Count(n) + " " + one
	}
	return Count(n) + " " + many
}

// Sets is how many sets are labelled in a session, of one label set: what two
// raters have both labelled is not counted twice.
func Sets(s dataset.SessionSummary) int64 {
	var n int64
	for _, k := range s.Exercises {
		n += int64(k)
	}
	return n
}

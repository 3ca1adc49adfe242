package codec

// moments turns the numbers of a time column into nanoseconds since 1970 where
// a file tells its start beside the column.
type moments struct {
	origin   int64 // nanoseconds since 1970 of the number zero
	relative bool  // origin counts from the session's start and no day is known
	wrap     int64 // the counter starts again after this many nanoseconds; 0: never
	last     int64
	pauses   []pause
	zone     string // IANA, when the file tells it
}

// pause moves all numbers from a point on, in nanoseconds.
type pause struct{ from, by int64 }

// of places a number. turns counts how often the counter has wrapped.
func (m *moments) of(v int64, turns *int64) (int64, bool) {
	if m.wrap > 0 {
		v += *turns * m.wrap
		if v < m.last-m.wrap/2 {
			*turns++
			v += m.wrap
		}
		m.last = v
	}
	for i := len(m.pauses) - 1; i >= 0; i-- {
		if v >= m.pauses[i].from {
			v += m.pauses[i].by
			break
		}
	}
	return v + m.origin, true
}

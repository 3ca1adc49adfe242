package kernel

import "math"

// View is the visible stretch of a session's timeline in seconds.
type View struct{ Start, End float64 }

// Span is the length of the view in seconds.
func (v View) Span() float64 { return v.End - v.Start }

// Valid reports whether the view has a positive, finite length.
func (v View) Valid() bool {
	return v.Span() > 0 && !math.IsInf(v.Start, 0) && !math.IsInf(v.End, 0)
}

// X is where time t lies in a picture of width w, in the same unit as w.
func (v View) X(t, w float64) float64 { return (t - v.Start) / v.Span() * w }

// Time is the moment at x in a picture of width w.
func (v View) Time(x, w float64) float64 { return v.Start + x/w*v.Span() }

// Zoom scales the span by factor, keeping the moment at under the pointer where
// it is. A factor below 1 goes closer.
func (v View) Zoom(at, factor float64) View {
	return View{at - (at-v.Start)*factor, at + (v.End-at)*factor}
}

// Pan moves the view by seconds.
func (v View) Pan(seconds float64) View { return View{v.Start + seconds, v.End + seconds} }

// Within moves and, where it must, shrinks or widens the view so that it lies
// inside bounds and is at least shortest seconds long. Bounds that are shorter
// than that give bounds.
func (v View) Within(bounds View, shortest float64) View {
	if !bounds.Valid() {
		return bounds
	}
	span := v.Span()
	if !(span > 0) || math.IsInf(span, 0) {
		return bounds
	}
	if span < shortest {
		mid := (v.Start + v.End) / 2
		v, span = View{mid - shortest/2, mid + shortest/2}, shortest
	}
	if span >= bounds.Span() {
		return bounds
	}
	if v.Start < bounds.Start {
		return View{bounds.Start, bounds.Start + span}
	}
	if v.End > bounds.End {
		return View{bounds.End - span, bounds.End}
	}
	return v
}

// Snapped moves the view by less than a pixel so that its columns fall on the
// same moments whenever the span is the same; a trace then does not shimmer
// while it is panned.
func (v View) Snapped(pixels int) View {
	if pixels <= 0 || !v.Valid() {
		return v
	}
	per := v.Span() / float64(pixels)
	start := math.Round(v.Start/per) * per
	return View{start, start + v.Span()}
}

// Reveal moves the view the least so that t is inside, with a margin of a tenth
// of the span where it had to move.
func (v View) Reveal(t float64) View {
	margin := v.Span() / 10
	if t < v.Start {
		return v.Pan(t - margin - v.Start)
	}
	if t > v.End {
		return v.Pan(t + margin - v.End)
	}
	return v
}

// History remembers views so that a person can go back and forth.
type History struct {
	views []View
	at    int
}

const historyLength = 200

// Push remembers a view after the current one; views that were gone back from
// are forgotten.
func (h *History) Push(v View) {
	if len(h.views) > 0 {
		if h.views[h.at] == v {
			return
		}
		h.views = h.views[:h.at+1]
	}
	h.views = append(h.views, v)
	if len(h.views) > historyLength {
		h.views = append(h.views[:0], h.views[1:]...)
	}
	h.at = len(h.views) - 1
}

// Replace puts a view in the place of the current one.
func (h *History) Replace(v View) {
	if len(h.views) == 0 {
		h.Push(v)
		return
	}
	h.views[h.at] = v
}

// Back is the view before; ok is false when there is none.
func (h *History) Back() (v View, ok bool) {
	if h.at == 0 {
		return View{}, false
	}
	h.at--
	return h.views[h.at], true
}

// Forth is the view that Back left.
func (h *History) Forth() (v View, ok bool) {
	if h.at+1 >= len(h.views) {
		return View{}, false
	}
	h.at++
	return h.views[h.at], true
}

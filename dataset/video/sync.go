package video

import (
	"errors"
	"math"
	"slices"
)

// Point says that a moment of the video is a moment of the session: a clap that
// is seen and felt.
type Point struct {
	VideoS   float64 `json:"video_s"`
	SessionS float64 `json:"session_s"`
}

// Sync brings the video's clock onto the session's: session = Offset + Scale *
// video.
type Sync struct {
	Offset, Scale float64
	Points        int
	// RMS and Worst are how far the points lie from the line, in milliseconds. Two
	// points always lie on a line: NaN says that nothing can be known.
	RMS, Worst float64
}

// mostDrift bounds the scale: clocks that differ by more than two in a hundred
// are no clocks, and a point is wrong.
const mostDrift = 0.02

// ErrDrift is returned for points that no two clocks can have.
var ErrDrift = errors.New("the points say that the clocks differ by more than 2 in 100: one of them is wrong")

// Fit is the line of least squares through points. Without any the clocks count
// as the same, with one only the offset is known.
func Fit(points []Point) (Sync, error) {
	s := Sync{Scale: 1, Points: len(points), RMS: math.NaN(), Worst: math.NaN()}
	switch len(points) {
	case 0:
		return s, nil
	case 1:
		s.Offset = points[0].SessionS - points[0].VideoS
		return s, nil
	}
	var mv, ms float64
	for _, p := range points {
		mv += p.VideoS / float64(len(points))
		ms += p.SessionS / float64(len(points))
	}
	var vv, vs float64
	for _, p := range points {
		vv += (p.VideoS - mv) * (p.VideoS - mv)
		vs += (p.VideoS - mv) * (p.SessionS - ms)
	}
	if vv < 1e-6 {
		return s, errors.New("the points lie at one moment of the video: one more is needed elsewhere")
	}
	s.Scale = vs / vv
	s.Offset = ms - s.Scale*mv
	if math.Abs(s.Scale-1) > mostDrift {
		return s, ErrDrift
	}
	if len(points) > 2 {
		var squares, worst float64
		for _, p := range points {
			d := p.SessionS - s.Session(p.VideoS)
			squares += d * d
			worst = max(worst, math.Abs(d))
		}
		s.RMS = 1000 * math.Sqrt(squares/float64(len(points)))
		s.Worst = 1000 * worst
	}
	return s, nil
}

// Session is the moment of the session at a moment of the video, Video the other
// way round.
func (s Sync) Session(video float64) float64 { return s.Offset + s.Scale*video }

// Video is the counterpart of Session.
func (s Sync) Video(session float64) float64 { return (session - s.Offset) / s.Scale }

// Put adds a point, in place of one that lies within half a second of it in the
// video.
func Put(points []Point, p Point) []Point {
	points = slices.DeleteFunc(slices.Clone(points), func(o Point) bool { return math.Abs(o.VideoS-p.VideoS) < 0.5 })
	points = append(points, p)
	slices.SortFunc(points, func(a, b Point) int {
		if a.VideoS < b.VideoS {
			return -1
		}
		return 1
	})
	return points
}

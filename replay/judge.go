package replay

import (
	"math"
	"strings"

	"onset/dataset"
	"onset/replay/quality"
	"onset/replay/reps"
)

// Quality is how a set was done, beside a reference where there is one. Numbers
// that cannot be said are left out. It needs no strap to sit as it did in the
// reference: what is compared is how strong the movement is, not in which direction.
type Quality struct {
	// Reference says whose repetition is compared with: ReferencePerson,
	// ReferenceOthers, or empty when nobody's is known.
	Reference string `json:"reference,omitempty"`
	// Distance is the middle warping distance of the repetitions to the
	// reference, g.
	Distance *float64 `json:"distance_g,omitempty"`
	// Tempo and Range are the middle repetition's length and size over the
	// reference's.
	Tempo *float64 `json:"tempo_ratio,omitempty"`
	Range *float64 `json:"range_ratio,omitempty"`
	// Smoothness is the middle spectral arc length of the repetitions, and Jerk
	// their middle log dimensionless jerk; nearer to zero is smoother.
	Smoothness *float64 `json:"spectral_arc_length,omitempty"`
	Jerk       *float64 `json:"log_dimensionless_jerk,omitempty"`
	// Symmetry compares the range of a device on the left with one on the right
	// in the same place: 0 is alike, positive is larger on the left, at most 2.
	Symmetry *float64 `json:"symmetry,omitempty"`
	// Execution is ExecutionFast, ExecutionLow or ExecutionRight beside the
	// reference; empty without one.
	Execution string `json:"execution,omitempty"`
	// Each is the distance of every repetition, in their order.
	Each []float64 `json:"distances_g,omitempty"`
}

// Whose repetition a set is compared with.
const (
	ReferencePerson = "person" // an earlier one of the same person
	ReferenceOthers = "others" // somebody else's
)

// How a set was done beside its reference.
const (
	ExecutionRight = "right"
	ExecutionFast  = "fast"
	ExecutionLow   = "low-amplitude"
)

// How far tempo and range may fall below the reference's. They are a convention,
// not fitted: a third off either is what a therapist would remark on.
const (
	fastBelow = 0.67
	lowBelow  = 0.67
)

// shape is a repetition to compare others with.
type shape struct {
	course  []float64 // strength of the movement over it, g, at shapeHz
	lengthS float64
	size    float64
	right   bool // somebody called its set right
}

const shapeHz = 20

// shapes are references by exercise, and of each person.
type shapes struct {
	of  map[dataset.ParticipantID]map[string]shape
	any map[string]shape
}

func newShapes() *shapes {
	return &shapes{of: map[dataset.ParticipantID]map[string]shape{}, any: map[string]shape{}}
}

// learn takes a session's sets; later sets take the place of earlier ones, but not
// of one that was called right.
func (s *shapes) learn(m *material) {
	own := s.of[m.session.Participant]
	if own == nil {
		own = map[string]shape{}
		s.of[m.session.Participant] = own
	}
	for i, set := range m.sets {
		if i >= len(m.shapes) || m.shapes[i] == nil {
			continue
		}
		for _, by := range []map[string]shape{own, s.any} {
			if old, ok := by[set.Exercise]; !ok || m.shapes[i].right || !old.right {
				by[set.Exercise] = *m.shapes[i]
			}
		}
	}
}

// reference is the repetition to compare a person's set with.
func (s *shapes) reference(who dataset.ParticipantID, exercise string) (shape, string) {
	if s == nil {
		return shape{}, ""
	}
	if own, ok := s.of[who][exercise]; ok {
		return own, ReferencePerson
	}
	if other, ok := s.any[exercise]; ok {
		return other, ReferenceOthers
	}
	return shape{}, ""
}

// calledRight says whether somebody said so of a set.
func calledRight(a dataset.Attributes) bool {
	return strings.EqualFold(a.Execution, ExecutionRight) || a.Quality != nil && *a.Quality >= 4
}

// shapeOf is the middle repetition of a set, by length; nil without any.
func (t *tape) shapeOf(s Set) *shape {
	x, c := t.counting(s.Onset, s.End)
	if c == nil || len(c.Repetitions) < 2 {
		return nil
	}
	middle := c.Repetitions[0]
	for _, r := range c.Repetitions {
		if math.Abs(r.Tempo()-c.TempoS) < math.Abs(middle.Tempo()-c.TempoS) {
			middle = r
		}
	}
	course := x.course(middle)
	if len(course) < 4 {
		return nil
	}
	return &shape{course: course, lengthS: c.TempoS, size: c.Range, right: calledRight(s.Attributes)}
}

// stretch is what repetitions were counted in.
type stretch struct {
	strength []float64 // of the movement without its mean, g
	rate     float64
	side     string // "left" or "right" by the placement
	place    string // the placement without the side
}

// course is a repetition's strength at shapeHz.
func (x stretch) course(r reps.Repetition) []float64 {
	step := max(1, x.rate/shapeHz)
	var out []float64
	for at := r.StartS * x.rate; at+step <= min(r.EndS*x.rate, float64(len(x.strength)))+1e-6; at += step {
		out = append(out, mean(x.strength[int(at):max(int(at+step), int(at)+1)]))
	}
	return out
}

// piece is a repetition's strength at its own rate.
func (x stretch) piece(r reps.Repetition) []float64 {
	lo, hi := int(r.StartS*x.rate), min(int(r.EndS*x.rate), len(x.strength))
	if hi <= lo {
		return nil
	}
	return x.strength[lo:hi]
}

// judge says how the set in [from, to) was done.
func (t *tape) judge(from, to float64, ref shape, whose string) *Quality {
	x, c := t.counting(from, to)
	if c == nil || c.Count == 0 {
		return nil
	}
	q := &Quality{Reference: whose}
	var arcs, jerks []float64
	for _, r := range c.Repetitions {
		p := x.piece(r)
		arcs = append(arcs, quality.SpectralArcLength(absolute(p), x.rate))
		jerks = append(jerks, quality.LogDimensionlessJerkOfAcceleration(p, x.rate))
		if whose != "" {
			q.Each = append(q.Each, finiteOr(quality.Distance([][]float64{ref.course}, [][]float64{x.course(r)}), 0))
		}
	}
	q.Smoothness, q.Jerk = middle(arcs), middle(jerks)
	if whose != "" {
		q.Distance = middle(q.Each)
		q.Tempo, q.Range = ratio(c.TempoS, ref.lengthS), ratio(c.Range, ref.size)
		q.Execution = execution(q)
	}
	q.Symmetry = t.symmetry(from, to)
	return q
}

func execution(q *Quality) string {
	switch {
	case q.Tempo != nil && *q.Tempo < fastBelow:
		return ExecutionFast
	case q.Range != nil && *q.Range < lowBelow:
		return ExecutionLow
	}
	return ExecutionRight
}

// symmetry compares the devices of the two sides.
func (t *tape) symmetry(from, to float64) *float64 {
	size := map[string]map[string]float64{}
	for k := range t.movement {
		x, c := t.countingIn(k, from, to)
		if c == nil || c.Count == 0 || x.side == "" {
			continue
		}
		if size[x.place] == nil {
			size[x.place] = map[string]float64{}
		}
		size[x.place][x.side] = c.Range
	}
	for _, s := range size {
		if len(s) == 2 {
			v := quality.Symmetry(s["left"], s["right"])
			return &v
		}
	}
	return nil
}

func absolute(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = math.Abs(v)
	}
	return out
}

func finiteOr(v, otherwise float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return otherwise
	}
	return v
}

// middle is the median of what is a number; nil of nothing.
func middle(x []float64) *float64 {
	var known []float64
	for _, v := range x {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			known = append(known, v)
		}
	}
	if len(known) == 0 {
		return nil
	}
	m := median(known)
	return &m
}

func ratio(a, b float64) *float64 {
	if !(b > 0) {
		return nil
	}
	v := a / b
	return &v
}

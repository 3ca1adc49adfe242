package pyramid

import "fmt"

// Joiner puts a pyramid together from one stored level of consecutive stretches
// of a series. Every stretch but the last must be whole buckets long. The zero
// value joins level 0.
type Joiner struct {
	level   int
	samples int64
	base    []span
}

// NewJoiner joins stretches of a stored level (0 is the finest). samples is how
// many to make room for; it may be 0 or wrong.
func NewJoiner(level int, samples int64) *Joiner {
	const atMost = 1 << 24 // a wrong count must not cost memory
	return &Joiner{level: level, base: make([]span, 0, min(max(samples, 0)/BucketOf(level)+1, atMost))}
}

// Add takes the level of the next stretch, as [Pyramid.MarshalLevel] or
// [Summary.Marshal] gave it. A blob that fails its checks, or that follows a
// stretch with a part of a bucket, is an error that wraps ErrDamaged.
func (j *Joiner) Add(blob []byte) error {
	bucket, before := BucketOf(j.level), len(j.base)
	samples, base, err := appendLevel(j.base, j.level, blob)
	if err == nil && j.samples%bucket != 0 {
		err = fmt.Errorf("it follows %d samples, which are not whole buckets", j.samples)
	}
	if want := (samples-1)/bucket + 1; err == nil && int64(len(base)-before) != want {
		err = fmt.Errorf("%d ranges for %d samples, want %d", len(base)-before, samples, want)
	}
	if err != nil {
		return fmt.Errorf("%w: the stretch at sample %d: %w", ErrDamaged, j.samples, err)
	}
	j.samples += samples
	j.base = base
	return nil
}

// Pyramid is the pyramid of all stretches. The joiner must not be used again.
func (j *Joiner) Pyramid() *Pyramid { return over(j.samples, j.level, j.base) }

// over is the pyramid whose finest ranges are those of a stored level.
func over(samples int64, level int, base []span) *Pyramid {
	p := &Pyramid{samples: samples, finest: level}
	for spans := base; len(spans) > 0; spans = parents(spans) {
		p.levels = append(p.levels, spans)
		if len(spans) == 1 {
			break
		}
	}
	return p
}

// SummaryLevel is the stored level that a Summary keeps: ranges of 256 samples.
const SummaryLevel = 2

// Summary gathers one coarse level of consecutive stretches of a series, so that
// a long series can be seen whole without its fine ranges. The zero value is
// ready for use.
type Summary struct {
	samples int64
	spans   []span
}

// Add takes the next stretch. All but the last before Marshal must be whole
// buckets of SummaryLevel long.
func (s *Summary) Add(p *Pyramid) {
	s.samples += p.samples
	switch {
	case len(p.levels) == 0:
	case len(p.levels) > SummaryLevel:
		s.spans = append(s.spans, p.levels[SummaryLevel]...)
	default: // so short that it has no such level
		s.spans = append(s.spans, joinAll(p.levels[0]))
	}
}

// Len is the number of samples taken since the last Reset.
func (s *Summary) Len() int64 { return s.samples }

// Marshal is what was taken as a stored level.
func (s *Summary) Marshal() []byte { return marshal(SummaryLevel, s.samples, s.spans) }

// Reset begins the next stretch.
func (s *Summary) Reset() { s.samples, s.spans = 0, s.spans[:0] }

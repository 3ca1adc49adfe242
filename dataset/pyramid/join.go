package pyramid

import "fmt"

// Joiner puts a pyramid together from the level 0 of consecutive stretches of a
// series, each stored by [Pyramid.MarshalLevel]. Every stretch but the last
// must be whole buckets long. The zero value is ready for use.
type Joiner struct {
	samples int64
	base    []span
}

// Add takes the level 0 of the next stretch. A blob that fails its checks, or
// that follows a stretch with a part of a bucket, is an error that wraps
// ErrDamaged.
func (j *Joiner) Add(blob []byte) error {
	samples, level, err := unmarshalLevel(0, blob)
	if err == nil && j.samples%BaseBucket != 0 {
		err = fmt.Errorf("it follows %d samples, which are not whole buckets", j.samples)
	}
	if want := (samples-1)/BaseBucket + 1; err == nil && int64(len(level)) != want {
		err = fmt.Errorf("%d ranges for %d samples, want %d", len(level), samples, want)
	}
	if err != nil {
		return fmt.Errorf("%w: the stretch at sample %d: %w", ErrDamaged, j.samples, err)
	}
	j.samples += samples
	j.base = append(j.base, level...)
	return nil
}

// Pyramid is the pyramid of all stretches. The joiner must not be used again.
func (j *Joiner) Pyramid() *Pyramid { return over(j.samples, j.base) }

// over is the pyramid with the given level 0.
func over(samples int64, base []span) *Pyramid {
	p := &Pyramid{samples: samples}
	for level := base; len(level) > 0; level = parents(level) {
		p.levels = append(p.levels, level)
		if len(level) == 1 {
			break
		}
	}
	return p
}

package signals

import (
	"context"
	"slices"

	"onset/dataset"
	"onset/dataset/pyramid"
	"onset/views/trace"
)

// joinedAtMost bounds how many samples of a channel are read to join
// recordings: beyond it they stay apart.
const joinedAtMost = 4 << 20

// Joined is Tracks with recordings that follow one another joined: a session
// whose every set is a recording of its own is seen as one line. n of 0 is all.
func Joined(s dataset.Session, r Reader, n int) []trace.Track {
	list := Tracks(s, r, 0)
	var out []trace.Track
	for _, t := range list {
		if k := slices.IndexFunc(out, func(o trace.Track) bool { return follows(o, t) }); k >= 0 {
			out[k] = join(out[k], t)
			continue
		}
		out = append(out, t)
	}
	if n > 0 && len(out) > n {
		out = out[:n]
	}
	return out
}

// follows reports whether b can be joined to a: the same sensor at the same
// place, never at the same time.
func follows(a, b trace.Track) bool {
	if a.Name != b.Name || a.Unit != b.Unit || len(a.Channels) != len(b.Channels) {
		return false
	}
	total := int64(0)
	for i := range a.Channels {
		if a.Channels[i].Axis != b.Channels[i].Axis {
			return false
		}
		total = max(total, a.Channels[i].Series.Len()+b.Channels[i].Series.Len())
	}
	if total > joinedAtMost {
		return false
	}
	for _, one := range partsOf(a.Channels[0].Series) {
		for _, other := range partsOf(b.Channels[0].Series) {
			if overlap(one, other) {
				return false
			}
		}
	}
	return true
}

func overlap(a, b trace.Series) bool {
	const tolerance = 0.5 // seconds: clocks of one device may touch
	aFrom, aTo := a.Clock().Time(0), a.Clock().End(a.Len())
	bFrom, bTo := b.Clock().Time(0), b.Clock().End(b.Len())
	return aFrom < bTo-tolerance && bFrom < aTo-tolerance
}

func partsOf(s trace.Series) []trace.Series {
	if j, ok := s.(joined); ok {
		return j.parts
	}
	return []trace.Series{s}
}

func join(a, b trace.Track) trace.Track {
	out := a
	out.Channels = slices.Clone(a.Channels)
	for i := range out.Channels {
		list := append(slices.Clone(partsOf(a.Channels[i].Series)), partsOf(b.Channels[i].Series)...)
		slices.SortStableFunc(list, func(x, y trace.Series) int {
			switch p, q := x.Clock().Time(0), y.Clock().Time(0); {
			case p < q:
				return -1
			case p > q:
				return 1
			}
			return 0
		})
		out.Channels[i].Series = joined{list}
	}
	return out
}

// joined is several recordings' channels one after the other. What lies between
// them is a gap.
type joined struct{ parts []trace.Series }

func (j joined) Len() int64 {
	n := int64(0)
	for _, p := range j.parts {
		n += p.Len()
	}
	return n
}

// Clock is the parts' segments one after the other.
func (j joined) Clock() dataset.Clock {
	var c dataset.Clock
	first := int64(0)
	for _, p := range j.parts {
		for _, s := range p.Clock().Segments {
			s.First += first
			c.Segments = append(c.Segments, s)
		}
		first += p.Len()
	}
	return c
}

// Samples reads across the parts' borders.
func (j joined) Samples(ctx context.Context, first int64, dst []float64) (int, error) {
	read := 0
	for _, p := range j.parts {
		if first >= p.Len() {
			first -= p.Len()
			continue
		}
		n := int(min(int64(len(dst)-read), p.Len()-first))
		got, err := p.Samples(ctx, first, dst[read:read+n])
		read += got
		if err != nil || got < n || read == len(dst) {
			return read, err
		}
		first = 0
	}
	return read, nil
}

// Pyramid is built from the samples: parts end amid a bucket, so theirs can't be
// put together.
func (j joined) Pyramid(ctx context.Context) (*pyramid.Pyramid, error) {
	b := pyramid.NewBuilder()
	buffer := make([]float64, 1<<15)
	for first := int64(0); first < j.Len(); {
		n, err := j.Samples(ctx, first, buffer[:min(int64(len(buffer)), j.Len()-first)])
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		b.Append(buffer[:n])
		first += int64(n)
	}
	return b.Pyramid(), nil
}

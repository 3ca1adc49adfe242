package trace

import (
	"context"
	"fmt"

	"onset/dataset/pyramid"
	"onset/views/trace/kernel"
)

// rawAtMost is the most samples of a channel that are held at once.
const rawAtMost = 1 << 20

// loader reads what the view wants. One reading is under way at a time; a
// reading for tracks that are gone, or for a view that has moved away, is
// cancelled and its result dropped.
type loader struct {
	t      *Trace
	gen    int
	cancel context.CancelFunc
	again  bool // something else is wanted once the reading ends
}

func newLoader(t *Trace) *loader { return &loader{t: t} }

// reset forgets the tracks.
func (l *loader) reset() {
	l.gen++
	if l.cancel != nil {
		l.cancel()
		l.cancel = nil
	}
	l.again = false
}

// job is one thing to read.
type job struct {
	k           *track
	channel     int
	series      Series
	pyramid     bool
	detail      bool  // the fine ranges of [first, last), not the samples
	first, last int64 // samples wanted, none when equal
	got         held
}

// want reads what is missing for the present view.
func (l *loader) want() {
	jobs := l.missing()
	if len(jobs) == 0 {
		return
	}
	if l.cancel != nil {
		l.again = true
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	gen := l.gen
	l.t.cfg.Background(func() {
		for i := range jobs {
			jobs[i].read(ctx)
		}
		l.t.cfg.Do(func() {
			cancel()
			if gen == l.gen {
				l.cancel = nil
				l.done(jobs)
			}
		})
	})
}

// missing lists pyramids first: nothing can be drawn without.
func (l *loader) missing() []job {
	var pyramids, samples []job
	for _, k := range l.t.tracks {
		for i, ch := range k.Channels {
			h := &k.held[i]
			if h.err != nil {
				continue
			}
			j := job{k: k, channel: i, series: ch.Series}
			if h.pyramid == nil {
				j.pyramid = true
				pyramids = append(pyramids, j)
				continue
			}
			if ch.Hidden {
				continue
			}
			if j.first, j.last = l.detailWanted(ch.Series, h); j.first < j.last {
				j.detail = true
				samples = append(samples, j)
			} else if j.first, j.last = l.rawWanted(ch.Series, h); j.first < j.last {
				samples = append(samples, j)
			}
		}
	}
	if len(pyramids) > 0 {
		return pyramids
	}
	return samples
}

// rawWanted is the samples to read for the present view: none when they are
// held or not needed, otherwise those in view and as many again on both sides.
func (l *loader) rawWanted(s Series, h *held) (first, last int64) {
	clock, n := s.Clock(), s.Len()
	w := max(l.t.plotPixels(), int(l.t.Size().Width), 1)
	first, last, ok := kernel.RawWanted(l.t.view, w, clock, n)
	if !ok || last-first > rawAtMost {
		return 0, 0
	}
	if h.raw != nil && first >= h.rawFirst && last <= h.rawFirst+int64(len(h.raw)) {
		return 0, 0
	}
	margin := min(last-first, (rawAtMost-(last-first))/2)
	return max(first-margin, 0), min(last+margin, n)
}

// detailWanted is likewise of the fine ranges, where the pyramid is coarse.
func (l *loader) detailWanted(s Series, h *held) (first, last int64) {
	if _, ok := s.(Detailer); !ok || h.pyramid.Bucket() <= pyramid.BaseBucket {
		return 0, 0
	}
	w, n := max(l.t.plotPixels(), int(l.t.Size().Width), 1), s.Len()
	first, last, ok := kernel.DetailWanted(l.t.view, w, s.Clock(), n, h.pyramid.Bucket())
	if !ok || h.detail != nil && first >= h.detailFirst && last <= h.detailFirst+h.detail.Len() {
		return 0, 0
	}
	margin := (last - first) / 4
	return max(first-margin, 0), min(last+margin, n)
}

func (j *job) read(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	if j.pyramid {
		j.got.pyramid, j.got.err = j.series.Pyramid(ctx)
		if j.got.pyramid == nil {
			j.got.pyramid = pyramid.Of(nil)
		}
		return
	}
	if j.detail {
		j.got.detail, j.got.detailFirst, j.got.err = j.series.(Detailer).Detail(ctx, j.first, j.last)
		return
	}
	buffer := make([]float64, j.last-j.first)
	n, err := j.series.Samples(ctx, j.first, buffer)
	if err == nil && n < len(buffer) {
		err = fmt.Errorf("samples %d to %d: only %d could be read", j.first, j.last, n)
	}
	j.got.raw, j.got.rawFirst, j.got.err = buffer, j.first, err
}

// done takes what was read and draws the tracks that it changes.
func (l *loader) done(jobs []job) {
	changed := map[*track]bool{}
	pyramids := false
	for _, j := range jobs {
		h := &j.k.held[j.channel]
		if j.got.err != nil {
			h.err = j.got.err
			if l.t.cfg.OnError != nil {
				l.t.cfg.OnError(fmt.Errorf("%s %s could not be read: %w",
					j.k.Name, j.k.Channels[j.channel].Name, j.got.err))
			}
			continue
		}
		if j.pyramid {
			h.pyramid, pyramids = j.got.pyramid, true
		} else if j.got.detail != nil {
			h.detail, h.detailFirst = j.got.detail, j.got.detailFirst
		} else if j.got.raw != nil {
			h.raw, h.rawFirst = j.got.raw, j.got.rawFirst
		}
		changed[j.k] = true
	}
	for k := range changed {
		k.version++
	}
	if l.t.draw != nil {
		l.t.draw.loaded(changed, pyramids)
	}
	if l.again || pyramids {
		l.again = false
		l.want()
	}
}

// Loaded reports whether everything that the present view needs has been read.
func (t *Trace) Loaded() bool { return t.loader.cancel == nil && len(t.loader.missing()) == 0 }

// Close stops reading. The trace shows what it has.
func (t *Trace) Close() {
	t.loader.reset()
	t.probe.reset()
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"onset/dataset"
	"onset/dataset/pyramid"
)

const (
	pixels = 1600
	zooms  = 300 // views looked at of each session
	seed   = 1
)

// measure opens a study as the program does and looks around in it.
func measure(ctx context.Context, path string, out io.Writer) (err error) {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	say := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	say("| What | Measured |\n|---|---|")
	say("| the file | %.0f MB |", float64(info.Size())/1e6)
	rate, err := rawRead(path)
	if err != nil {
		return err
	}
	say("| reference: reading the file's bytes once | %.0f MB/s |", rate)
	if err := forget(path); err != nil {
		say("| (what the system holds of the file could not be forgotten: %v) | |", err)
	}

	began := time.Now()
	s, err := dataset.Open(ctx, path, dataset.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	opened := time.Since(began)
	list, err := s.Sessions(ctx)
	if err != nil {
		return err
	}
	say("| open | %s ms |", ms(opened))
	say("| open, list %d sessions | %s ms |", len(list), ms(time.Since(began)))
	slices.SortStableFunc(list, func(a, b dataset.SessionSummary) int { return int(a.Duration - b.Duration) })
	longest := list[max(len(list)-2, 0):]
	var shown []*looked
	for i, row := range append(slices.Clone(list[:1]), longest...) {
		began := time.Now()
		k, err := look(ctx, s, row.ID)
		if err != nil {
			return err
		}
		took := time.Since(began)
		if i == 0 {
			say("| open to the first picture of a short session | %s ms |", ms(opened+took))
		}
		say("| first picture of %s | %s ms |", k, ms(took))
		shown = append(shown, k)
	}
	// From here on the disk is not what is measured.
	if _, err := rawRead(path); err != nil {
		return err
	}
	for _, k := range shown {
		if err := k.roam(ctx, s, say); err != nil {
			return err
		}
	}
	say("| most memory that the process ever had | %s MB |", peak())
	return nil
}

// looked is a session that is on the screen.
type looked struct {
	channels []dataset.Channel
	coarse   []*pyramid.Pyramid
	samples  int64
}

func (k *looked) String() string {
	return fmt.Sprintf("%d channels of %.2f M samples", len(k.channels), float64(k.samples)/1e6)
}

// look reads what the first picture of a session's first recording needs.
func look(ctx context.Context, s *dataset.Study, id dataset.SessionID) (*looked, error) {
	v, err := s.Session(ctx, id)
	if err != nil {
		return nil, err
	}
	k := &looked{channels: v.Recordings[0].Channels, samples: v.Recordings[0].Samples}
	for _, c := range k.channels {
		p, err := s.Pyramid(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		columns(p, 0, k.samples)
		k.coarse = append(k.coarse, p)
	}
	return k, nil
}

// roam looks at stretches of any length anywhere, all channels each, and says
// what reading them took.
func (k *looked) roam(ctx context.Context, s *dataset.Study, say func(string, ...any)) error {
	r := rand.New(rand.NewPCG(seed, 2))
	var took, computed []time.Duration
	for range zooms {
		span := int64(100 * math.Pow(float64(k.samples)/100, r.Float64()))
		first := r.Int64N(k.samples - span + 1)
		began, before := time.Now(), cpu()
		for i, c := range k.channels {
			if err := k.zoom(ctx, s, i, c.ID, first, first+span); err != nil {
				return err
			}
		}
		computed, took = append(computed, cpu()-before), append(took, time.Since(began))
	}
	say("| any of %d stretches of %s, all of them: median, 99th centile, most | %s ms; of the processor %s ms |", zooms, k, centiles(took), centiles(computed))
	return nil
}

func centiles(took []time.Duration) string {
	slices.Sort(took)
	return fmt.Sprintf("%s, %s, %s", ms(took[len(took)/2]), ms(took[len(took)*99/100]), ms(took[len(took)-1]))
}

// zoom reads what the trace reads for a stretch of one channel: nothing where
// the coarse ranges are narrower than half a pixel, the fine ones or the
// samples where they are not.
func (k *looked) zoom(ctx context.Context, s *dataset.Study, i int, id dataset.ChannelID, first, last int64) error {
	switch perPixel := (last - first) / pixels; {
	case perPixel >= 2*k.coarse[i].Bucket():
		columns(k.coarse[i], first, last)
	case perPixel >= 3*pyramid.BaseBucket:
		p, from, err := s.Detail(ctx, id, first, last)
		if err != nil {
			return err
		}
		columns(p, first-from, last-from)
	default:
		dst := make([]float64, last-first)
		if _, err := s.ReadSamples(ctx, id, first, dst); err != nil {
			return err
		}
	}
	return nil
}

func columns(p *pyramid.Pyramid, first, last int64) {
	for x := range int64(pixels) {
		p.MinMax(first+x*(last-first)/pixels, first+(x+1)*(last-first)/pixels)
	}
}

// rawRead is how fast the file's bytes are read, in MB a second, once the system
// holds them.
func rawRead(path string) (float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	began := time.Now()
	n, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{f}, make([]byte, 1<<20))
	return float64(n) / 1e6 / time.Since(began).Seconds(), err
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1e3) }

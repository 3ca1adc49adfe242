// Package signals turns a session's recordings into the tracks that a trace
// shows.
package signals

import (
	"context"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/dataset/pyramid"
	"onset/views/task"
	"onset/views/trace"
	"onset/views/words"
)

// Reader reads channels. Its methods may block.
type Reader interface {
	Pyramid(context.Context, dataset.ChannelID) (*pyramid.Pyramid, error)
	// Detail reads the fine ranges around samples [first, last); sample 0 of the
	// pyramid is sample from of the channel.
	Detail(ctx context.Context, channel dataset.ChannelID, first, last int64) (p *pyramid.Pyramid, from int64, err error)
	ReadSamples(ctx context.Context, channel dataset.ChannelID, first int64, dst []float64) (int, error)
}

// series is one channel as the trace reads it.
type series struct {
	reader  Reader
	channel dataset.ChannelID
	clock   dataset.Clock
	samples int64
}

func (s series) Clock() dataset.Clock { return s.clock }
func (s series) Len() int64           { return s.samples }

func (s series) Pyramid(ctx context.Context) (*pyramid.Pyramid, error) {
	return s.reader.Pyramid(ctx, s.channel)
}

func (s series) Detail(ctx context.Context, first, last int64) (*pyramid.Pyramid, int64, error) {
	return s.reader.Detail(ctx, s.channel, first, last)
}

func (s series) Samples(ctx context.Context, first int64, dst []float64) (int, error) {
	return s.reader.ReadSamples(ctx, s.channel, first, dst)
}

// Tracks are at most n tracks of a session: one for each sensor of each
// recording, accelerometers first, then by length, then in the session's order.
// n of 0 is all.
func Tracks(s dataset.Session, r Reader, n int) []trace.Track {
	type candidate struct {
		track   trace.Track
		seconds float64
		other   bool // not an accelerometer
	}
	var list []candidate
	for _, rec := range s.Recordings {
		var kinds []string
		byKind := map[string][]trace.Channel{}
		units := map[string]string{}
		for _, c := range rec.Channels {
			if _, ok := byKind[c.Kind]; !ok {
				kinds = append(kinds, c.Kind)
			}
			name := c.Axis
			if name == "" {
				name = c.Kind
			}
			byKind[c.Kind] = append(byKind[c.Kind], trace.Channel{Name: name, Axis: c.Axis,
				Series: series{r, c.ID, rec.Clock, rec.Samples}})
			units[c.Kind] = c.Unit
		}
		for _, k := range kinds {
			list = append(list, candidate{
				track: trace.Track{ID: string(rec.ID) + "/" + k, Unit: units[k], Channels: byKind[k],
					Name: words.Upper(lang.L("{{.Place}}, {{.Kind}}", map[string]any{"Place": words.Placement(rec.Placement), "Kind": words.Placement(k)}))},
				seconds: float64(rec.Samples) / max(rec.NominalHz, 1), other: k != "accelerometer",
			})
		}
	}
	// Lengths count by powers of two, so that devices worn together keep the
	// session's order.
	size := func(c candidate) int { return int(math.Log2(max(c.seconds, 1))) }
	slices.SortStableFunc(list, func(a, b candidate) int {
		if a.other != b.other {
			if a.other {
				return 1
			}
			return -1
		}
		return size(b) - size(a)
	})
	if n > 0 && len(list) > n {
		list = list[:n]
	}
	tracks := make([]trace.Track, len(list))
	for i, c := range list {
		tracks[i] = c.track
	}
	return tracks
}

// Preview is a small still picture of a session's longest accelerometer.
type Preview struct {
	trace  *trace.Trace
	reader Reader
}

// NewPreview is an empty picture.
func NewPreview(r Reader, runner task.Runner) *Preview {
	return &Preview{trace: trace.New(trace.Config{Still: true, Background: runner.Start, Do: runner.Apply}), reader: r}
}

// Object is the picture on the screen.
func (p *Preview) Object() fyne.CanvasObject { return p.trace }

// Show draws a session.
func (p *Preview) Show(s dataset.Session) {
	p.trace.SetTracks(Joined(s, p.reader, 1), s.Duration())
}

// Clear shows nothing.
func (p *Preview) Clear() { p.trace.SetTracks(nil, 1) }

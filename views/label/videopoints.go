package label

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/dataset/video"
	"onset/views/trace"
)

func fromStored(points [][2]float64) []video.Point {
	var out []video.Point
	for _, p := range points {
		out = append(out, video.Point{VideoS: p[0], SessionS: p[1]})
	}
	return out
}

func (f *film) fit() {
	s, err := video.Fit(f.points)
	if err != nil {
		f.l.say(err.Error(), true)
	} else {
		f.sync = s
	}
	f.say()
}

// addPoint says that the frame that is shown is at the trace's cursor. While another
// frame is on its way nobody can have seen that they belong together.
func (f *film) addPoint() {
	at, ok := f.l.trace.CursorAt()
	switch {
	case f.player == nil || f.hidden:
		f.l.say(lang.L("No video is shown; {{.Video}} shows it.", f.keys()), true)
		return
	case f.stop != nil:
		f.l.say(lang.L("The video is playing; stop it with {{.Play}} at the frame that you mean. No point was added.", f.keys()), true)
		return
	case f.busy || f.shown < 0 || f.info.FrameAt(f.wanted) != f.shown:
		f.l.say(lang.L("The frame at the cursor is still being read. Look at it, then say it again; no point was added."), true)
		return
	case !ok:
		f.l.say(lang.L("Put the cursor where this frame was first; no point was added."), true)
		return
	}
	points := video.Put(f.points, video.Point{VideoS: f.at, SessionS: at})
	if _, err := video.Fit(points); err != nil {
		f.l.say(err.Error(), true)
		return
	}
	if f.put(points) {
		f.l.say(lang.L("Frame {{.N}} of the video is at {{.At}} of the session.", map[string]any{"N": f.shown + 1, "At": trace.FormatTime(at)}), false)
	}
}

// dropPoint takes the newest point in the video away.
func (f *film) dropPoint() {
	if n := len(f.points); n > 0 {
		f.put(f.points[:n-1])
	}
}

// put keeps points in the study, and reports whether it could.
func (f *film) put(points []video.Point) bool {
	l := f.l
	if l.source.Current().ReadOnly {
		l.say(readOnly(), true)
		return false
	}
	f.points = points
	f.fit()
	stored := dataset.SessionVideo{Session: l.session.ID, Mark: f.mark}
	for _, p := range points {
		stored.Points = append(stored.Points, [2]float64{p.VideoS, p.SessionS})
	}
	videos := slices.DeleteFunc(slices.Clone(l.setting.Videos), func(v dataset.SessionVideo) bool { return v.Session == stored.Session && v.Mark == stored.Mark })
	l.setting.Videos = append(videos, stored)
	settings := l.setting
	l.enqueue(step{
		work: func(ctx context.Context) error { return l.source.PutSettings(ctx, settings) },
		then: func(err error) {
			if err != nil {
				l.fail(fmt.Errorf("keeping the video's points: %w", err))
			}
		},
	})
	return true
}

// play moves the playhead, and the video with it, from the cursor on; a second
// call stops.
func (f *film) play() {
	l := f.l
	if f.stop != nil {
		at := f.rest()
		l.trace.SetCursor(at)
		return
	}
	from, _ := l.trace.CursorAt()
	if from >= l.trace.Length()-0.05 {
		from = 0
	}
	began := l.actions.Now()
	stop := make(chan struct{})
	f.stop = stop
	l.played = from
	l.runner.Start(func() {
		tick := time.NewTicker(playedEvery)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				l.runner.Apply(func() {
					if f.stop != stop || l.session == nil {
						return
					}
					l.played = from + l.actions.Now().Sub(began).Seconds()
					if l.played >= l.trace.Length() {
						l.trace.SetCursor(f.rest())
						return
					}
					l.trace.SetPlayhead(l.played, true)
					if f.player != nil && !f.hidden {
						f.showAt(f.sync.Video(l.played))
					}
				})
			}
		}
	})
}

// rest stops the playing and returns where it was.
func (f *film) rest() float64 {
	if f.stop != nil {
		close(f.stop)
		f.stop = nil
		f.l.trace.SetPlayhead(0, false)
	}
	return min(f.l.played, f.l.trace.Length())
}

package label

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/dataset/video"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/trace"
)

const (
	videoWidth  = panelWidth - 2*12 - 2
	playedEvery = time.Second / 30
)

// film is the reference video beside the trace. The file stays where it is on
// this machine; the study keeps only what it can be known by and the points that
// bring its clock onto the session's.
type film struct {
	l      *Label
	player *video.Player
	info   video.Info
	mark   string // known by
	points []video.Point
	sync   video.Sync
	at     float64 // the moment of the frame that is on the screen
	shown  int     // that frame's number; -1 for none
	wanted float64
	busy   bool
	hidden bool          // put away by the person; the video stays open
	stop   chan struct{} // ends the playing; nil while it rests
	lane   *task.Lane

	picture *canvas.Image
	said    *parts.Paragraph
	hint    *parts.Text // the key that plays
	object  *fyne.Container
}

func newFilm(l *Label) *film {
	f := &film{l: l, shown: -1, lane: task.NewLane(l.runner), picture: canvas.NewImageFromImage(image.NewRGBA(image.Rect(0, 0, 1, 1))), said: parts.NewParagraph("", true), hint: parts.Small("")}
	f.picture.FillMode = canvas.ImageFillContain
	f.picture.ScaleMode = canvas.ImageScaleFastest
	f.picture.SetMinSize(fyne.NewSize(videoWidth, videoWidth*9/16))
	another := parts.NewButton(lang.L("Another…"), "", f.choose)
	f.object = parts.VBox(theme.Space2, parts.Split(parts.HBox(theme.Space2, parts.Section(lang.L("Video"), ""), f.hint), another), f.picture, f.said,
		parts.HBox(theme.Space2, // as wide as their words: two equal ones would widen the panel
			parts.NewButton(lang.L("This frame is here"), "", func() { f.addPoint(); l.focus() }),
			parts.NewButton(lang.L("Forget last"), "", func() { f.dropPoint(); l.focus() })))
	f.object.Hide()
	return f
}

// toggle shows the session's video or puts it away; without one it asks for it.
func (f *film) toggle() {
	switch {
	case f.player == nil:
		if !f.reopen() {
			f.choose()
		}
	case f.hidden:
		f.hide(false)
	default:
		f.rest()
		f.hide(true)
		f.l.say(lang.L("The video is put away; {{.Video}} shows it again.", f.keys()), false)
	}
}

func (f *film) hide(away bool) {
	f.hidden = away
	if away {
		f.object.Hide()
	} else {
		f.object.Show()
		f.follow()
	}
	f.l.panel.body.Refresh()
}

// choose asks for a video of this session.
func (f *film) choose() {
	if err := video.Available(); err != nil {
		f.l.say(lang.L("Videos need the programs ffmpeg and ffprobe, which are not installed here. Install ffmpeg (on Debian and Ubuntu: apt install ffmpeg) and try again; everything else works without."), true)
		return
	}
	if f.l.actions.PickFile == nil {
		return
	}
	f.l.actions.PickFile(lang.L("Video of this session"), []string{".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v"}, f.open)
}

type openedFilm struct {
	info video.Info
	mark string
}

// open reads a video's frames and the points that the study knows for it.
func (f *film) open(path string) {
	l := f.l
	if l.session == nil {
		return
	}
	session := l.session.ID
	f.close()
	l.say(lang.L("Reading the video's timestamps…"), false)
	task.Run(f.lane, func(ctx context.Context) (o openedFilm, err error) {
		if o.info, err = video.Probe(ctx, path); err != nil {
			return o, err
		}
		o.mark, err = markOf(path)
		return o, err
	}, func(o openedFilm, err error) {
		if err != nil {
			l.fail(err)
			return
		}
		if l.session == nil || l.session.ID != session {
			return
		}
		f.info, f.mark = o.info, o.mark
		f.player = video.NewPlayer(path, o.info, 2*videoWidth)
		f.points = nil
		for _, v := range l.setting.Videos {
			if v.Session == session && v.Mark == o.mark {
				f.points = fromStored(v.Points)
			}
		}
		f.fit()
		f.hide(false)
		l.say(lang.L("The video is beside the trace. {{.Play}} plays, {{.Back}} and {{.On}} step, {{.Video}} puts it away.", f.keys()), false)
		p := l.source.Preferences()
		if key := f.place(session); p.Videos[key] != path {
			videos := maps.Clone(p.Videos)
			if videos == nil {
				videos = map[string]string{}
			}
			videos[key] = path
			p.Videos = videos
			l.putPreferences(p)
		}
	})
}

// place is what a video's whereabouts are kept under: the session in this study's
// file. A copy of the study holds the same session and may mean another video.
func (f *film) place(session dataset.SessionID) string {
	return string(session) + "@" + f.l.source.Current().Path
}

// reopen shows the video that this session had in this study's file on this
// machine, and reports whether there is one.
func (f *film) reopen() bool {
	if f.l.session == nil {
		return false
	}
	path := f.l.source.Preferences().Videos[f.place(f.l.session.ID)]
	if path == "" || video.Available() != nil {
		return false
	}
	if _, err := os.Stat(path); err != nil {
		return false
	}
	f.open(path)
	return true
}

// markOf is what a video is known by: its length and its first and last mebibyte.
func markOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("reading the video: %w", err)
	}
	defer file.Close()
	stat, err := file.Stat()
	if err != nil {
		return "", err
	}
	const part = 1 << 20
	h := sha256.New()
	fmt.Fprintln(h, stat.Size())
	if _, err := io.CopyN(h, file, part); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if _, err := file.Seek(max(stat.Size()-part, 0), io.SeekStart); err != nil {
		return "", err
	}
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// close lets go of the video.
func (f *film) close() {
	f.rest()
	f.lane.Cancel()
	if p := f.player; p != nil && !f.busy {
		f.player = nil
		f.l.runner.Start(p.Close)
	}
	f.player, f.points, f.shown, f.hidden = nil, nil, -1, false
	f.picture.Image = image.NewRGBA(image.Rect(0, 0, 1, 1)) // nothing of another session stays
	f.object.Hide()
}

// keys are what the video's commands are called now.
func (f *film) keys() map[string]any {
	k := f.l.keys
	return map[string]any{"Play": k.called("play"), "Back": k.called("frame-back"), "On": k.called("frame-on"), "Video": k.called("video")}
}

// sayKeys writes the keys as they are mapped now.
func (f *film) sayKeys() {
	f.hint.SetText(lang.L("{{.Play}} plays", f.keys()))
	if f.player != nil {
		f.say()
	}
}

func (f *film) say() {
	rate := lang.L("steady rate")
	if f.info.Variable {
		rate = lang.L("variable rate, real timestamps")
	}
	text := lang.L("Frame {{.N}} of {{.Of}} at {{.At}}; {{.Rate}}. ", map[string]any{
		"N": f.shown + 1, "Of": len(f.info.Times), "At": trace.FormatTime(f.at), "Rate": rate})
	switch n := len(f.points); {
	case n == 0:
		text += lang.L("Not in step yet: put the cursor where a clap is felt, go to its frame with {{.Back}} and {{.On}} and press the button.", f.keys())
	case n == 1:
		text += lang.L("One point: the offset is known, a drift of the clocks is not.")
	case n == 2:
		text += lang.L("Two points, drift {{.Drift}} in a million; a third would show the residual.", map[string]any{"Drift": math.Round((f.sync.Scale - 1) * 1e6)})
	default:
		text += lang.L("{{.N}} points, residual {{.RMS}} ms, at worst {{.Worst}} ms, drift {{.Drift}} in a million.", map[string]any{"N": n,
			"RMS": strconv.FormatFloat(f.sync.RMS, 'f', 1, 64), "Worst": strconv.FormatFloat(f.sync.Worst, 'f', 1, 64), "Drift": math.Round((f.sync.Scale - 1) * 1e6)})
	}
	f.said.SetText(text)
}

// follow shows the frame at the trace's cursor; before the cursor was ever moved,
// that at the session's start.
func (f *film) follow() {
	if f.player != nil && !f.hidden {
		at, _ := f.l.trace.CursorAt()
		f.showAt(f.sync.Video(at))
	}
}

// step goes by frames, leaving the trace where it is. It goes on from the frame
// that is being read, so that no press of a fast hand is lost.
func (f *film) step(by int) {
	if f.player == nil || f.hidden {
		f.toggle()
		return
	}
	k := min(max(f.info.FrameAt(f.wanted)+by, 0), len(f.info.Times)-1)
	f.showAt(f.info.Times[k])
}

// showAt brings a moment of the video onto the screen: one reading at a time, the
// newest wish last.
func (f *film) showAt(at float64) {
	f.wanted = min(max(at, 0), f.info.Times[len(f.info.Times)-1])
	if f.busy || f.player == nil {
		return
	}
	f.busy = true
	p, wanted := f.player, f.wanted
	var copied *image.RGBA
	var number int
	task.Do(f.l.runner, func(ctx context.Context) error {
		img, k, err := p.Frame(ctx, wanted)
		number = k
		if err == nil {
			copied = &image.RGBA{Pix: slices.Clone(img.Pix), Stride: img.Stride, Rect: img.Rect}
		}
		return err
	}, func(err error) {
		f.busy = false
		if p != f.player {
			f.l.runner.Start(p.Close)
			if f.player != nil { // another video was opened meanwhile
				f.showAt(f.wanted)
			}
			return
		}
		if err != nil {
			f.rest()
			f.wanted = f.at
			f.l.fail(err)
			return
		}
		f.at, f.shown = f.info.Times[number], number
		f.picture.Image = copied
		f.picture.Refresh()
		f.say()
		if f.wanted != wanted {
			f.showAt(f.wanted)
		}
	})
}

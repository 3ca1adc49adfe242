package label

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"onset/app"
	"onset/dataset/video"
	"onset/views/task"
	"onset/views/theme"
)

// clip is a video of 6 seconds at 10 Hz.
func clip(t *testing.T) string {
	t.Helper()
	if err := video.Available(); err != nil {
		t.Skip(err)
	}
	path := filepath.Join(t.TempDir(), "clip.mkv")
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=6", "-c:v", "ffv1", path).CombinedOutput()
	if err != nil {
		t.Fatalf("making a clip: %v %s", err, out)
	}
	return path
}

// A point holds the frame that was on the screen: while another one is being read,
// while the video plays or is put away, none is added, and that is said.
func TestAVideoPointIsOfTheFrameThatIsSeen(t *testing.T) {
	l, _ := open(t, theme.Dark)
	said := ""
	l.SetStatus(func(s string, _ bool) { said = s })
	l.film.open(clip(t))
	f := l.film
	if f.shown != 0 || f.picture.Image.Bounds().Dx() != 64 {
		t.Fatalf("no frame is shown before the cursor moves: %d, %v", f.shown, f.picture.Image.Bounds())
	}
	var waiting []func()
	l.runner = task.Runner{Start: func(f func()) { waiting = append(waiting, f) }, Apply: func(f func()) { f() }}
	read := func() {
		for len(waiting) > 0 {
			next := waiting[0]
			waiting = waiting[1:]
			next()
		}
	}
	l.trace.SetCursor(4)
	f.addPoint()
	if len(f.points) != 0 || !strings.Contains(said, "still being read") {
		t.Fatalf("points %v, said %q", f.points, said)
	}
	read()
	f.step(1) // a fast hand: the second press comes before the first frame is there
	f.step(1)
	f.addPoint()
	if len(f.points) != 0 {
		t.Fatalf("points %v while frames are on their way", f.points)
	}
	read()
	f.addPoint()
	if len(f.points) != 1 || f.points[0].VideoS != f.info.Times[42] || f.points[0].SessionS != 4 || f.shown != 42 {
		t.Fatalf("points %+v, frame %d", f.points, f.shown)
	}
	l.runner = task.Inline()
	f.toggle()
	f.addPoint()
	if f.object.Visible() || len(f.points) != 1 || !strings.Contains(said, "No video is shown") {
		t.Errorf("put away: visible %v, %d points, said %q", f.object.Visible(), len(f.points), said)
	}
	l.trace.SetCursor(2)
	f.toggle()
	if !f.object.Visible() || f.shown != f.info.FrameAt(f.sync.Video(2)) {
		t.Errorf("shown again: frame %d", f.shown)
	}
}

// Another file of the study, such as a copy, does not show this one's video.
func TestAVideoBelongsToTheStudysFile(t *testing.T) {
	l, _ := open(t, theme.Dark)
	path := clip(t)
	p := app.Preferences{Videos: map[string]string{string(l.session.ID): path, string(l.session.ID) + "@/elsewhere/pilot.onset": path}}
	if err := l.source.SetPreferences(p); err != nil {
		t.Fatal(err)
	}
	if l.film.reopen() {
		t.Error("a copy's video was opened")
	}
	l.film.open(path)
	id := l.session.ID
	l.Open("")
	l.Open(id)
	if l.film.player == nil || l.film.shown < 0 {
		t.Error("the session's own video was not opened again")
	}
}

// Labels that overlap already are not cut when overlap is switched off; how many
// there are is said.
func TestSwitchingOverlapOffSaysWhatStays(t *testing.T) {
	l, _ := open(t, theme.Dark)
	said := ""
	l.SetStatus(func(s string, _ bool) { said = s })
	l.toggleExclusive()
	for _, at := range []float64{8, 20, 60} {
		l.trace.SetCursor(at)
		l.press("1", "Return", "Escape", "Escape")
		x := l.sets()[len(l.sets())-1]
		l.pick(string(x.ID), 0)
		l.nudge(false, 800)
		l.press("Escape")
	}
	before := len(l.sets())
	l.toggleExclusive()
	if !strings.Contains(said, "overlap") || !strings.Contains(said, "1 ") || len(l.sets()) != before {
		t.Errorf("said %q, %d of %d sets", said, len(l.sets()), before)
	}
}

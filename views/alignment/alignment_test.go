package alignment

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"onset/app"
	"onset/dataset"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/trace"
)

// stand is the view on a real session of two devices.
type stand struct {
	*Alignment
	window fyne.Window
	bench  *app.Workbench
	asked  []func()
	closed int
	failed error
}

func newStand(t *testing.T) *stand {
	t.Helper()
	return newLitStand(t, theme.Dark)
}

func newLitStand(t *testing.T, mode theme.Mode) *stand {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(mode))
	dir := t.TempDir()
	path := filepath.Join(dir, "a.onset")
	id := twoDevices(t, path)
	bench, err := app.New(app.Options{DataDir: filepath.Join(dir, "data"), Program: "onset test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bench.Close() })
	if err := bench.Open(context.Background(), path, false); err != nil {
		t.Fatal(err)
	}
	s := &stand{bench: bench}
	s.Alignment = New(id, bench, Actions{
		Find: func(reference, device dataset.Recording, done func(dataset.Alignment, int, error)) int {
			var a dataset.Alignment
			var n int
			err := bench.AlignByMovement(reference, device, func(v dataset.Alignment, k int, _ error) { a, n = v, k }).Wait()
			done(a, n, err)
			return 0
		},
		Close:   func() { s.closed++ },
		Error:   func(err error) { s.failed = err },
		Focus:   func(fyne.Focusable) {},
		Confirm: func(_, _, _, _ string, run func()) { s.asked = append(s.asked, run) },
	}, task.Inline())
	s.window = test.NewTempWindow(t, s.Object())
	s.window.Resize(fyne.NewSize(1300, 700))
	return s
}

// lateS is how late the second device's clock runs.
const lateS = 1.5

// twoDevices writes a session of five minutes seen by two wrists.
func twoDevices(t *testing.T, path string) dataset.SessionID {
	t.Helper()
	ctx := context.Background()
	s, err := dataset.Create(ctx, path, dataset.Options{Now: time.Now, Program: "onset test"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	im, err := s.BeginImport(ctx, dataset.Session{Participant: "P01", Source: "two", Format: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for k, place := range []string{"left-wrist", "right-wrist"} {
		rec, err := im.AddRecording(ctx, dataset.RecordingDraft{Device: "made", Placement: place, NominalHz: 50,
			Channels: []dataset.Channel{{Kind: "accelerometer", Axis: "x", Unit: "g"}}})
		if err != nil {
			t.Fatal(err)
		}
		const n = 50 * 300
		values := make([]float64, n)
		for i := range values {
			at := float64(i)/50 + float64(k)*lateS
			// Bursts at uneven moments, so that one lag alone fits.
			burst := math.Sin(at*0.9) * math.Sin(at*0.37+math.Sin(at*0.05)*3) * math.Sin(at*0.011*at)
			values[i] = math.Max(burst, 0)*math.Sin(at*18) + 1
		}
		if err := rec.Append(ctx, [][]float64{values}); err != nil {
			t.Fatal(err)
		}
		if _, err := rec.Finish(ctx, dataset.Uniform(0, 50), 50, nil); err != nil {
			t.Fatal(err)
		}
	}
	id, err := im.Commit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *stand) stored(t *testing.T) dataset.Recording {
	t.Helper()
	v, err := s.bench.Session(context.Background(), s.id)
	if err != nil {
		t.Fatal(err)
	}
	return v.Recordings[1]
}

func TestTwoAnchorsShiftAndStretch(t *testing.T) {
	s := newStand(t)
	s.place(true, 10+lateS)
	if s.changed() {
		t.Fatal("half an anchor moves the device")
	}
	s.place(false, 10)
	if math.Abs(s.now.ShiftS-lateS) > 1e-9 || s.now.Stretch != 1 {
		t.Fatalf("one anchor gives %+v", s.now)
	}
	// The lower trace shows the device as it lies now: own time 250 is at 251.5.
	s.place(false, 250+lateS)
	s.place(true, 250+lateS+0.025)
	if math.Abs(s.now.Stretch-(1+0.025/240)) > 1e-9 {
		t.Fatalf("two anchors give %+v", s.now)
	}
	if !strings.Contains(s.view.hint.Text(), "third") {
		t.Errorf("the hint is %q", s.view.hint.Text())
	}
	s.place(true, 130+lateS+0.05)
	s.place(false, s.now.ShiftS+s.now.Stretch*130)
	if s.now.ResidualS <= 0 || s.view.residual == nil {
		t.Errorf("three anchors that disagree leave %g s", s.now.ResidualS)
	}
	s.unplace()
	if s.now.ResidualS > 1e-9 || len(s.anchors) != 2 {
		t.Errorf("forgetting the third leaves %+v", s.now)
	}
	if s.stored(t).Alignment != nil {
		t.Fatal("kept before it was asked for")
	}
	own := s.stored(t).OwnClock
	s.Enter()
	got := s.stored(t)
	if got.Alignment == nil || got.Alignment.Method != "anchors" || math.Abs(got.Clock.Time(0)-got.Alignment.ShiftS) > 1e-9 {
		t.Fatalf("kept %+v, clock %+v", got.Alignment, got.Clock)
	}
	if got.OwnClock.Segments[0] != own.Segments[0] {
		t.Error("the device's own clock changed")
	}
	if !strings.Contains(s.note, "ledger") || !s.undoable {
		t.Errorf("said %q, undoable %v", s.note, s.undoable)
	}
	s.Undo()
	if s.stored(t).Alignment != nil || s.changed() {
		t.Error("not taken back")
	}
}

func TestMovementFindsTheLag(t *testing.T) {
	s := newStand(t)
	s.find()
	if math.Abs(s.now.ShiftS-lateS) > 0.03 || s.now.Method != "correlation" {
		t.Fatalf("found %+v: %s", s.now, s.note)
	}
	if s.stored(t).Alignment != nil {
		t.Error("kept before it was asked for")
	}
	said := s.residualText()
	if !strings.HasSuffix(said, " ms") {
		t.Errorf("the residual is %q before it is kept", said)
	}
	if u, l := s.view.upper.View(), s.view.lower.View(); u != l {
		t.Errorf("the traces show %v and %v", u, l)
	}
	s.keep(false)
	if s.stored(t).Alignment == nil {
		t.Fatal("not kept")
	}
	if again := s.residualText(); again != said {
		t.Errorf("the residual is %q, and %q once it is kept", said, again)
	}
	reopened := New(s.id, s.bench, s.actions, task.Inline())
	if again := reopened.residualText(); again != said || !reopened.undoable {
		t.Errorf("the residual is %q, and %q after a restart; undoable %v", said, again, reopened.undoable)
	}
	s.keep(true)
	if s.stored(t).Alignment != nil {
		t.Error("it is not on its own clock again")
	}
}

func TestLeavingAsksForWhatIsNotKept(t *testing.T) {
	s := newStand(t)
	s.byHand("0.5", "+20")
	if !s.changed() || math.Abs(s.now.Stretch-1.00002) > 1e-12 {
		t.Fatalf("by hand %+v", s.now)
	}
	s.Escape()
	if s.closed != 0 || len(s.asked) != 1 {
		t.Fatal("left without asking")
	}
	s.byHand("zero", "")
	if !s.urgent || s.now.ShiftS != 0.5 {
		t.Errorf("a word was taken for a shift: %+v", s.now)
	}
	s.asked[0]()
	if s.closed != 1 {
		t.Error("not left after the answer")
	}
}

func TestAnAlignmentThatNoClockHasIsAskedAbout(t *testing.T) {
	s := newStand(t)
	for _, p := range [][2]float64{{10, 10}, {100, 103}, {200, 200.5}} {
		s.place(true, p[0])
		s.place(false, a0(s, p[1]))
	}
	if why := doubt(s.now); !strings.Contains(why, "ms") || !strings.HasPrefix(why, "⚠") || !strings.Contains(s.view.note.Text(), "anchor is probably") {
		t.Fatalf("a residual of %.0f ms: %q, %q", s.now.ResidualS*1e3, why, s.view.note.Text())
	}
	s.Enter()
	if len(s.asked) != 1 || s.moved().Alignment != nil {
		t.Fatalf("kept unasked, %d questions", len(s.asked))
	}
	s.asked[0]()
	if s.moved().Alignment == nil || len(s.anchors) != 3 || len(s.marks(false)) != 3 {
		t.Errorf("after Keep: %+v, %d anchors", s.moved().Alignment, len(s.anchors))
	}
}

// a0 is where a moment of the device's own clock stands on the axis shown.
func a0(s *stand, own float64) float64 { return s.now.ShiftS + s.now.Stretch*own }

func TestBothTracesShowOneAxisAlsoBeforeZero(t *testing.T) {
	s := newStand(t)
	s.byHand("-1.7", "0")
	want := trace.View{Start: -1.7, End: 300}
	if u, l := s.view.upper.View(), s.view.lower.View(); u != want || l != want {
		t.Errorf("the traces show %v and %v, want %v", u, l, want)
	}
	s.view.lower.SetView(trace.View{Start: 10, End: 20})
	s.Rune('f')
	if u, l := s.view.upper.View(), s.view.lower.View(); u != want || l != want {
		t.Errorf("F shows %v and %v", u, l)
	}
}

func TestUndoAndRedoOfWhatWasKeptByNobodyNamed(t *testing.T) {
	s := newStand(t)
	s.place(true, 10+lateS)
	s.place(false, 10)
	said := s.residualText()
	s.Enter()
	if again := s.residualText(); again != said {
		t.Errorf("two words for one residual: %q, then %q", said, again)
	}
	p := s.bench.Preferences()
	p.Rater = "later"
	if err := s.bench.SetPreferences(p); err != nil {
		t.Fatal(err)
	}
	s.load("")
	s.view.upper.TypedShortcut(&fyne.ShortcutUndo{})
	if s.stored(t).Alignment != nil {
		t.Fatal("Ctrl+Z does not take it back")
	}
	s.view.lower.TypedShortcut(&fyne.ShortcutRedo{})
	if s.stored(t).Alignment == nil {
		t.Fatal("Ctrl+Y does not make it again")
	}
	s.byHand("3", "0")
	s.Enter() // by the rater who is named now
	s.Undo()
	if a := s.stored(t).Alignment; a == nil || a.Method != "anchors" {
		t.Errorf("one step back is %+v", a)
	}
	s.Undo()
	if s.stored(t).Alignment != nil || s.failed != nil {
		t.Errorf("two steps back: %+v, %v", s.stored(t).Alignment, s.failed)
	}
}

// A shift that leaves the devices no moment in common is asked about before it is
// kept.
func TestAShiftAwayFromTheOtherDeviceIsAskedAbout(t *testing.T) {
	s := newStand(t)
	s.now = dataset.Alignment{ShiftS: 1e8, Stretch: 1}
	s.askKeep()
	if s.stored(t).Alignment != nil || len(s.asked) != 1 {
		t.Fatalf("asked %d times, kept %+v", len(s.asked), s.stored(t).Alignment)
	}
	s.asked[0]()
	if got := s.stored(t).Alignment; got == nil || got.ShiftS != 1e8 || s.failed != nil {
		t.Errorf("meant, and kept %+v: %v", got, s.failed)
	}
	s.now = dataset.Alignment{ShiftS: 2, Stretch: 1}
	s.askKeep()
	if got := s.stored(t).Alignment; len(s.asked) != 1 || got == nil || got.ShiftS != 2 {
		t.Errorf("the way back is asked about %d times, kept %+v", len(s.asked)-1, got)
	}
}

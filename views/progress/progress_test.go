package progress

import (
	"context"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"onset/app"
	"onset/dataset"
	"onset/labeling/agreement"
	"onset/labeling/board"
	"onset/views/task"
	"onset/views/theme"
)

type source struct{ blind bool }

func (s source) Board(_ context.Context, c board.Choice) (board.Board, error) {
	set := c.Set
	if set == "" && !c.All {
		set = "MK"
	}
	b := board.Board{Set: set, Counted: 13, Minutes: 6, Exercises: []string{"strength:arms/biceps-curl", "strength:legs/squat"},
		Sets:   []board.Set{{Name: "JB", Sessions: 3, Labels: 12, Minutes: 5.5, Raters: []string{"JB"}}, {Name: "MK", Sessions: 3, Labels: 13, Minutes: 6, Assisted: 4, Raters: []string{"MK"}}},
		People: []board.Person{{ID: "P01", Sessions: 2, Done: 2, Counts: map[string]int{"strength:arms/biceps-curl": 7}, Minutes: 3}}}
	b.Sessions = []board.Session{{ID: "s1", Participant: "P01", Number: 1, Done: true}, {ID: "s2", Participant: "P02", Number: 4, DurationS: 600}}
	return b, nil
}

func (s source) Agreement(_ context.Context, a, b string) (*agreement.Report, error) {
	var list []agreement.Session
	for _, id := range []string{"1", "2", "3"} {
		list = append(list, agreement.Session{ID: id, Person: "P" + id, Duration: 300,
			First:  []agreement.Event{{Start: 10, End: 40, Label: "a"}, {Start: 60, End: 90, Label: "b"}},
			Second: []agreement.Event{{Start: 10.3, End: 40, Label: "a"}, {Start: 60.1, End: 91, Label: "c"}}})
	}
	return agreement.Compare(a, b, list), nil
}

func (s source) Preferences() app.Preferences { return app.Preferences{Rater: "MK", Blind: s.blind} }

func TestProgressShowsTheBoardAndTheAgreement(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		application := test.NewTempApp(t)
		application.Settings().SetTheme(theme.New(mode))
		var opened dataset.SessionID
		p := New(source{}, Actions{Label: func(id dataset.SessionID) { opened = id }, Error: func(err error) { t.Error(err) }}, task.Inline())
		win := test.NewTempWindow(t, p.Content())
		win.SetPadded(false)
		win.Resize(fyne.NewSize(1302, 678))
		p.Shown()
		if p.report == nil || p.sets.Rows() != 2 || p.todo.Rows() != 1 {
			t.Fatalf("%v", p.DumpState())
		}
		look(t, win, "progress-"+mode.String())
		p.todo.OnSelected(0)
		if opened != "s2" {
			t.Errorf("opened %q", opened)
		}
		path := filepath.Join(t.TempDir(), "t.tex")
		if err := errors.Join(p.Exports()[0].Write(path)); err != nil {
			t.Error(err)
		}
		if err := p.Exports()[0].Write(path); err == nil {
			t.Error("an existing table was replaced")
		}
	}
}

func TestABlindRaterIsShownNoAgreement(t *testing.T) {
	test.NewTempApp(t)
	p := New(source{blind: true}, Actions{}, task.Inline())
	p.Shown()
	if p.report != nil || p.Exports() != nil {
		t.Error("agreement is shown in a blind pass")
	}
}

func look(t *testing.T, win fyne.Window, name string) {
	t.Helper()
	dir := os.Getenv("ONSET_LOOKS")
	img := win.Canvas().Capture()
	if dir == "" {
		return
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// done is a study of which every session has labels, of exercises with long names.
type done struct{ source }

func (d done) Board(ctx context.Context, c board.Choice) (board.Board, error) {
	b, err := d.source.Board(ctx, c)
	b.Sessions = b.Sessions[:1]
	b.Exercises = []string{"strength:shoulders/lateral-raise", "strength:legs/heel-raise", "strength:arms/biceps-curl", "strength:legs/squat",
		"strength:arms/triceps-extension", "strength:shoulders/shoulder-press", "strength:legs/knee-extension", "a", "b"}
	return b, err
}

// Exercises keep their whole names where there is room for them all, and a study
// with nothing left to label says so.
func TestProgressOfAFinishedStudy(t *testing.T) {
	application := test.NewTempApp(t)
	application.Settings().SetTheme(theme.New(theme.Dark))
	p := New(done{}, Actions{Error: func(err error) { t.Error(err) }}, task.Inline())
	win := test.NewTempWindow(t, p.Content())
	win.SetPadded(false)
	win.Resize(fyne.NewSize(1302, 678))
	p.Shown()
	if p.nothing.Text() == "" {
		t.Error("an empty list of sessions to do is not explained")
	}
	look(t, win, "progress-done")
	shown := map[string]bool{}
	for _, o := range test.LaidOutObjects(p.people.Object()) {
		if text, ok := o.(*canvas.Text); ok {
			shown[text.Text] = true
		}
	}
	for _, name := range []string{"lateral-raise", "triceps-extension", "shoulder-press", "knee-extension", "others"} {
		if !shown[name] {
			t.Errorf("%s is cut", name)
		}
	}
}

// The label sets are not added up: one is counted by, which is named, and all
// together only where a person asks for that.
func TestProgressCountsByOneSetUntilAskedForAll(t *testing.T) {
	test.NewTempApp(t)
	p := New(source{}, Actions{Error: func(err error) { t.Error(err) }}, task.Inline())
	p.Shown()
	if p.set.Selected != "MK" || !strings.HasPrefix(p.summary.Text(), "In MK: 1 of 2") {
		t.Errorf("counted in %q: %s", p.set.Selected, p.summary.Text())
	}
	p.set.SetSelected(all())
	if p.board.Set != "" || !strings.Contains(p.summary.Text(), "counts once") {
		t.Errorf("all: %q, %s", p.board.Set, p.summary.Text())
	}
	p.Shown()
	if p.set.Selected != all() {
		t.Errorf("the choice is gone: %q", p.set.Selected)
	}
}

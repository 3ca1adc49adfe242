package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"onset/dataset"
	"onset/views/task"
	"onset/views/theme"
)

func session(person string, number int, change func(*dataset.SessionSummary)) dataset.SessionSummary {
	s := dataset.SessionSummary{ID: dataset.SessionID(fmt.Sprintf("%s-%d", person, number)), Participant: dataset.ParticipantID(person),
		Number: number, Duration: 600, Labels: number, Exercises: map[string]int{"squat": number}, Sensors: []string{"left-wrist/accelerometer"}, Start: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)}
	if change != nil {
		change(&s)
	}
	return s
}

func ids(t *table) []string {
	var out []string
	for i := range t.shown {
		out = append(out, string(t.at(i).summary.ID))
	}
	return out
}

func TestFilterNeedsEveryWordSomewhere(t *testing.T) {
	var tb table
	tb.set([]dataset.SessionSummary{
		session("P01", 1, func(s *dataset.SessionSummary) { s.Exercises = map[string]int{"resistance:arms/biceps-curl": 2} }),
		session("P02", 1, func(s *dataset.SessionSummary) { s.FindingKinds = map[string]int{dataset.FindingGap: 3} }),
		session("P02", 2, func(s *dataset.SessionSummary) {
			s.Sensors = []string{"right-thigh/gyroscope"}
			s.Exercises = map[string]int{"resistance:arms/biceps-curl": 1}
		}),
	})
	for filter, want := range map[string][]string{
		"":            {"P01-1", "P02-1", "P02-2"},
		"CURL":        {"P01-1", "P02-2"},
		"p02 curl":    {"P02-2"},
		"gap":         {"P02-1"},
		"thigh gyro":  {"P02-2"},
		"thigh wrist": nil,
	} {
		tb.find(filter)
		if got := ids(&tb); !slices.Equal(got, want) {
			t.Errorf("%q leaves %v, want %v", filter, got, want)
		}
	}
}

func TestPeopleAreOrderedAsPeopleCount(t *testing.T) {
	var tb table
	tb.set([]dataset.SessionSummary{session("P10", 1, nil), session("P9", 2, nil), session("P9", 1, nil), session("Q1", 1, nil)})
	if got, want := ids(&tb), []string{"P9-1", "P9-2", "P10-1", "Q1-1"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	tb.sort(byPerson)
	if got := ids(&tb); got[0] != "Q1-1" {
		t.Errorf("the same column again gives %v", got)
	}
	tb.sort(byLabels)
	if got := ids(&tb); got[0] != "P9-2" {
		t.Errorf("by labels, most first: %v", got)
	}
}

// shelf is a source whose readings wait until the test lets them go.
type shelf struct {
	sessions []dataset.SessionSummary
	err      error
	opened   []dataset.SessionID
	deleted  []dataset.SessionID
}

func (s *shelf) Sessions(context.Context) ([]dataset.SessionSummary, error) { return s.sessions, s.err }
func (s *shelf) Settings(context.Context) (dataset.Settings, error)         { return dataset.Settings{}, nil }
func (s *shelf) Session(_ context.Context, id dataset.SessionID) (dataset.Session, error) {
	s.opened = append(s.opened, id)
	return dataset.Session{ID: id, Start: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), Recordings: []dataset.Recording{{ID: "r", Channels: []dataset.Channel{{ID: 1, Kind: "accelerometer", Axis: "x", Unit: "g"}}, Placement: "left-wrist", Samples: 1234, MeasuredHz: 48.91,
		Clock: dataset.Uniform(0, 50), Findings: []dataset.Finding{{Kind: dataset.FindingGap, AtS: 129.4, Message: "2.05 s lost"}}}}}, nil
}
func (s *shelf) Labels(context.Context, dataset.SessionID) ([]dataset.Label, error) {
	return []dataset.Label{{Recording: "r", Kind: dataset.KindExercise, Start: 50, End: 100, Exercise: "squat"}}, nil
}
func (s *shelf) ReadSamples(_ context.Context, _ dataset.ChannelID, first int64, dst []float64) (int, error) {
	for i := range dst {
		dst[i] = float64(first) + float64(i)
	}
	return len(dst), nil
}
func (s *shelf) DeleteSession(_ context.Context, id dataset.SessionID) error {
	s.deleted = append(s.deleted, id)
	s.sessions = slices.DeleteFunc(s.sessions, func(v dataset.SessionSummary) bool { return v.ID == id })
	return nil
}

// desk is what the room asks of the window, recorded.
type desk struct {
	labelled []dataset.SessionID
	replayed []dataset.SessionID
	asked    string
	yes      func()
	failed   error
	focused  fyne.Focusable
}

func (d *desk) actions() Actions {
	return Actions{
		Import:  func() {},
		Label:   func(s dataset.SessionSummary) { d.labelled = append(d.labelled, s.ID) },
		Replay:  func(s dataset.SessionSummary) { d.replayed = append(d.replayed, s.ID) },
		Confirm: func(_, text, _ string, run func()) { d.asked, d.yes = text, run },
		Error:   func(err error) { d.failed = err },
		Focus:   func(f fyne.Focusable) { d.focused = f },
	}
}

func open(t *testing.T, s *shelf) (*Library, *desk, fyne.Window) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	d := &desk{}
	l := New(s, d.actions(), nil, task.Inline())
	w := test.NewTempWindow(t, l.Content())
	w.Resize(fyne.NewSize(1302, 677))
	l.Shown()
	return l, d, w
}

func TestFirstSessionIsShownAndArrowKeysWalk(t *testing.T) {
	s := &shelf{sessions: []dataset.SessionSummary{session("P01", 1, nil), session("P01", 2, nil)}}
	l, d, _ := open(t, s)
	if l.choice.front != "P01-1" || l.panel.title.Text() != "P01, session 1" {
		t.Fatalf("shows %q, panel %q", l.choice.front, l.panel.title.Text())
	}
	if d.focused != fyne.Focusable(l.list) {
		t.Error("the table does not take the keys")
	}
	l.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	l.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if l.choice.front != "P01-2" {
		t.Errorf("down twice in two rows chooses %q", l.choice.front)
	}
	l.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	l.list.TypedRune('r')
	if !slices.Equal(d.labelled, []dataset.SessionID{"P01-2"}) || !slices.Equal(d.replayed, []dataset.SessionID{"P01-2"}) {
		t.Errorf("Enter labels %v, R replays %v", d.labelled, d.replayed)
	}
}

func TestDrawingRowsReadsNothing(t *testing.T) {
	s := &shelf{}
	for i := range 1000 {
		s.sessions = append(s.sessions, session(fmt.Sprintf("P%03d", i/4), i%4+1, nil))
	}
	l, _, w := open(t, s)
	before := len(s.opened)
	l.list.ScrollToBottom()
	w.Canvas().Capture()
	l.list.ScrollToTop()
	w.Canvas().Capture()
	if got := len(s.opened) - before; got != 0 {
		t.Errorf("scrolling read %d sessions", got)
	}
	l.Search("P249")
	if len(l.table.shown) != 4 {
		t.Errorf("filter leaves %d of 1,000", len(l.table.shown))
	}
	l.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if len(l.table.shown) != 1000 {
		t.Error("Escape does not clear the filter")
	}
}

func TestEmptyStudySaysWhatToDo(t *testing.T) {
	l, _, _ := open(t, &shelf{})
	if !l.empty.Visible() || l.body.Visible() {
		t.Error("an empty study shows an empty table")
	}
}

func TestDeletingAsksFirstAndKeepsTheRest(t *testing.T) {
	s := &shelf{sessions: []dataset.SessionSummary{session("P01", 1, nil), session("P02", 1, nil)}}
	l, d, _ := open(t, s)
	l.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	if len(s.deleted) != 0 {
		t.Fatal("deleted without asking")
	}
	if d.asked == "" {
		t.Fatal("nothing was asked")
	}
	d.yes()
	if !slices.Equal(s.deleted, []dataset.SessionID{"P01-1"}) || l.choice.front != "P02-1" {
		t.Errorf("deleted %v, then shows %q", s.deleted, l.choice.front)
	}
}

func TestAnUnreadableStudyIsReported(t *testing.T) {
	_, d, _ := open(t, &shelf{err: errors.New("disk gone")})
	if d.failed == nil {
		t.Error("nothing was reported")
	}
}

func TestHeaderSortsTheColumnUnderThePointer(t *testing.T) {
	s := &shelf{sessions: []dataset.SessionSummary{session("P01", 1, nil), session("P02", 7, nil)}}
	l, _, _ := open(t, s)
	at := arrangeColumns(l.head.Size().Width)
	l.head.Tapped(&fyne.PointEvent{Position: fyne.NewPos(at.left[byLabels]+5, 5)})
	if l.table.by != byLabels || ids(&l.table)[0] != "P02-7" {
		t.Errorf("sorted by %v: %v", l.table.by, ids(&l.table))
	}
	if l.choice.front != "P01-1" {
		t.Error("sorting changed what is chosen")
	}
}

func TestExportsWriteNewFilesOnly(t *testing.T) {
	l, _, _ := open(t, &shelf{sessions: []dataset.SessionSummary{session("P01", 1, nil)}})
	dir := t.TempDir()
	for _, e := range l.Exports() {
		path := filepath.Join(dir, e.Suggested)
		if strings.Contains(e.Suggested, "2026") {
			t.Errorf("%s carries a date", e.Suggested)
		}
		_ = os.Remove(path) // two formats share an ending and so a suggestion
		if err := e.Write(path); err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		if err := e.Write(path); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s writes over a file: %v", e.Name, err)
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "P01-session-1-samples.csv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(raw), "\n")
	if lines[1] != "time_s,accelerometer_x" || lines[2] != "0,0" || lines[3] != "0.02,1" || len(lines) != 1234+3 {
		t.Errorf("samples begin with %q and have %d lines", lines[:4], len(lines))
	}
}

func TestAligningOneDeviceSaysWhatToDoInstead(t *testing.T) {
	s := &shelf{sessions: []dataset.SessionSummary{session("P01", 1, func(v *dataset.SessionSummary) { v.Recordings = 1 })}}
	l, d, _ := open(t, s)
	var joined dataset.SessionID
	l.actions.Join = func(v dataset.SessionSummary, _ []dataset.SessionID) { joined = v.ID }
	for _, c := range l.Commands() {
		if c.ID == "library.align" {
			c.Run()
		}
	}
	if !strings.Contains(d.asked, "one recording") || !strings.Contains(d.asked, "Join into one session…") {
		t.Fatalf("said %q", d.asked)
	}
	if d.yes(); joined != "P01-1" {
		t.Errorf("joins %q", joined)
	}
}

func TestAnAlignedRecordingSaysHow(t *testing.T) {
	text := alignedText(dataset.Alignment{ShiftS: -1.7, Stretch: 1.00002, Method: "correlation"})
	for _, want := range []string{"-1.7000 s", "+20 ppm", "by movement", "own clock is kept"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
}

func TestARecordingIsNamedByItsSensorsAndUnits(t *testing.T) {
	r := dataset.Recording{Placement: "left-wrist", Channels: []dataset.Channel{{Kind: "accelerometer", Axis: "x", Unit: "g"},
		{Kind: "accelerometer", Axis: "y", Unit: "g"}, {Kind: "gyroscope", Axis: "x", Unit: "deg/s"}}}
	if got := worn(r); got != "Left wrist, accelerometer (g), gyroscope (deg/s)" {
		t.Errorf("%q", got)
	}
}

func TestAClockChangeIsToldInWholeSentences(t *testing.T) {
	about := aboutSession(session("P01", 1, func(s *dataset.SessionSummary) {
		s.Start, s.Zone, s.Duration, s.Source = time.Date(2025, 10, 26, 0, 30, 0, 0, time.UTC), "Europe/Berlin", 3600, "a.csv"
	}), 0)
	if !strings.Contains(about, "without a break. From a.csv") {
		t.Errorf("%q", about)
	}
}

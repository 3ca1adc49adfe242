package shell

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"onset/app"
	"onset/dataset"
	"onset/dataset/codec"
	"onset/views/library"
	"onset/views/task"
	"onset/views/theme"
)

// stand is a window with a real workbench. What goroutines bring to the
// interface waits until the test takes it.
type stand struct {
	*Shell
	t     *testing.T
	queue chan func()
	work  sync.WaitGroup // everything that the shell started
}

func newStand(t *testing.T, flags Flags) *stand {
	t.Helper()
	program := test.NewTempApp(t)
	program.Settings().SetTheme(theme.New(theme.Dark))
	dir := t.TempDir()
	bench, err := app.New(app.Options{DataDir: filepath.Join(dir, "data"), Program: "onset test"})
	if err != nil {
		t.Fatal(err)
	}
	st := &stand{t: t, queue: make(chan func(), 1000)}
	w := program.NewWindow("")
	w.Resize(fyne.NewSize(1366, 768))
	st.Shell = New(Options{Bench: bench, App: program, Window: w, Flags: flags,
		Runner: task.Runner{Start: func(f func()) { st.work.Go(f) }, Apply: func(f func()) { st.queue <- f }}})
	t.Cleanup(func() {
		closed := st.gone.Swap(true)
		if err := bench.Close(); err != nil {
			t.Error(err)
		}
		if !closed {
			w.Close()
		}
		st.work.Wait() // what it still writes lies in a folder that goes
	})
	return st
}

// until runs what comes to the interface until done is true.
func (s *stand) until(what string, done func() bool) {
	s.t.Helper()
	deadline := time.After(20 * time.Second)
	for !done() {
		select {
		case f := <-s.queue:
			f()
		case <-deadline:
			s.t.Fatalf("waited in vain until %s", what)
		}
	}
}

func (s *stand) create(name string) string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), name+".onset")
	s.do(func(ctx context.Context) error { return s.bench.Create(ctx, path, name) })
	s.until("the study is open", func() bool { return s.current == 0 && s.summary.Open })
	return path
}

func newEntryWith(text string) *dialogEntry {
	e := newDialogEntry(nil)
	e.SetText(text)
	return e
}

func (s *stand) dialogText() string {
	if d := s.dialogs.top(); d != nil {
		return d.Title + "\n" + d.Text
	}
	return ""
}

func TestWelcomeUntilAStudyIsOpen(t *testing.T) {
	s := newStand(t, Flags{})
	if s.current != -1 || !s.welcome.object.Visible() {
		t.Fatal("no welcome screen")
	}
	s.show(2)
	if s.current != -1 {
		t.Error("a room opened without a study")
	}
	s.create("Shoulder pilot")
	if s.welcome.object.Visible() || s.top.study.Text() != "Shoulder pilot" {
		t.Errorf("welcome %v, study %q", s.welcome.object.Visible(), s.top.study.Text())
	}
	s.closeStudy()
	s.until("the study is closed", func() bool { return s.current == -1 && len(s.recent) == 1 })
	if !s.welcome.object.Visible() || s.recent[0].Name != "Shoulder pilot" {
		t.Errorf("recent: %+v", s.recent)
	}
}

func TestEveryRoomOpensAndLooksAfterItself(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("Rooms")
	for i, p := range s.places {
		s.show(i)
		if s.current != i || p.room == nil || !p.room.Content().Visible() {
			t.Errorf("%s does not open", p.id)
		}
		if least := p.room.Content().MinSize(); least.Width > 1302 || least.Height > 677 {
			t.Errorf("%s needs %v at least, which does not fit into 1366x768", p.id, least)
		}
		for k, other := range s.places {
			if k != i && other.room != nil && other.room.Content().Visible() {
				t.Errorf("%s is seen behind %s", other.id, p.id)
			}
		}
	}
	s.until("what the rooms read is there", func() bool { return len(s.queue) == 0 })
}

func TestAnotherStudyBeginsWithFreshRooms(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("First")
	s.showRoom("train")
	first := s.front()
	path := filepath.Join(t.TempDir(), "second.onset")
	s.do(func(ctx context.Context) error { return s.bench.Create(ctx, path, "Second") })
	s.until("the second study is open", func() bool { return s.top.study.Text() == "Second" && s.current == 0 })
	s.showRoom("train")
	if s.front() == first {
		t.Error("a room of the first study is shown in the second")
	}
	if n := len(s.stage.Objects); n != 3 {
		t.Errorf("%d screens lie on the stage: welcome, library and train are 3", n)
	}
}

func TestDropImportsAndTheReportNamesWhatWasRefused(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("Drop")
	bad := filepath.Join(t.TempDir(), "notes.csv")
	if err := os.WriteFile(bad, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.dropped([]fyne.URI{fileURI(bad)})
	s.until("the report is shown", func() bool { return s.dialogs.top() != nil })
	if text := s.dialogText(); !strings.Contains(text, "1 refused") || !strings.Contains(text, "notes.csv") {
		t.Errorf("the report says %q", text)
	}
}

func fileURI(path string) fyne.URI { return uri{path} }

type uri struct{ path string }

func (u uri) String() string    { return "file://" + u.path }
func (u uri) Extension() string { return filepath.Ext(u.path) }
func (u uri) Name() string      { return filepath.Base(u.path) }
func (u uri) MimeType() string  { return "" }
func (u uri) Scheme() string    { return "file" }
func (u uri) Authority() string { return "" }
func (u uri) Path() string      { return u.path }
func (u uri) Query() string     { return "" }
func (u uri) Fragment() string  { return "" }

func TestImportAsksForAFileOrAFolder(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("Choice")
	for i, want := range map[int]string{1: "Import a file", 2: "Import a folder"} {
		s.importChoice()
		s.dialogs.top().press[i]()
		if d := s.dialogs.top(); d == nil || d.Title != want {
			t.Errorf("action %d leads to %+v, want %q", i, d, want)
			continue
		}
		s.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	}
}

func TestDroppingWithoutAStudyWaitsForOne(t *testing.T) {
	s := newStand(t, Flags{})
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.dropped([]fyne.URI{fileURI(path)})
	if !strings.Contains(s.dialogText(), "No study is open") {
		t.Fatalf("says %q", s.dialogText())
	}
	s.dialogs.hide(s.dialogs.top())
	s.create("Later")
	s.until("the import has run", func() bool { return strings.Contains(s.dialogText(), "refused") })
}

func TestAStudyThatIsOpenElsewhereIsOfferedReadOnly(t *testing.T) {
	s := newStand(t, Flags{})
	path := filepath.Join(t.TempDir(), "x.onset")
	other, err := dataset.Create(context.Background(), path, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	s.openPath(path)
	s.until("the refusal is shown", func() bool { return s.dialogs.top() != nil })
	d := s.dialogs.top()
	if !slices.Contains(d.Actions, "Open read-only") {
		t.Fatalf("offers %v", d.Actions)
	}
	s.dialogs.hide(d)
	s.openAs(path, true)
	s.until("it is open", func() bool { return s.current == 0 })
	if s.status.saved.Text() != "Read-only" {
		t.Errorf("the status line says %q", s.status.saved.Text())
	}
	if s.top.notice.Text() != "Read-only" {
		t.Errorf("the top line says %q", s.top.notice.Text())
	}
	s.importPaths([]string{path})
	if s.dialogs.top() == nil {
		t.Error("importing into a read-only study says nothing")
	}
}

func TestOpeningWhatIsNoStudySaysSo(t *testing.T) {
	s := newStand(t, Flags{})
	path := filepath.Join(t.TempDir(), "x.onset")
	if err := os.WriteFile(path, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.openPath(path)
	s.until("the refusal is shown", func() bool { return s.dialogs.top() != nil })
	if text := s.dialogText(); !strings.Contains(text, "x.onset") || !strings.Contains(text, "not touched") {
		t.Errorf("says %q", text)
	}
}

func TestJobsAreSeenAndTheirEndIsTold(t *testing.T) {
	s := newStand(t, Flags{})
	gate := make(chan struct{})
	job := s.bench.Jobs().Start(context.Background(), "Count", func(ctx context.Context, task *app.Task) error {
		task.Progress(1, 4, "sheep", "counting")
		<-gate
		return errors.New("lost count")
	})
	s.until("the strip shows it", func() bool { return s.status.job.Visible() && strings.Contains(s.status.job.left.Text(), "25 %") })
	var end app.JobStatus
	s.whenDone(job.ID(), func(st app.JobStatus) { end = st })
	close(gate)
	s.until("the end is told", func() bool { return end.State == app.JobFailed })
	if s.dialogs.top() != nil {
		t.Error("whoever waits for a job shows its failure; the window showed it too")
	}
	if s.status.job.Visible() {
		t.Error("an ended job is still in the status line")
	}
}

func TestAFailedJobWithoutAWaiterIsShown(t *testing.T) {
	s := newStand(t, Flags{})
	s.bench.Jobs().Start(context.Background(), "Break", func(context.Context, *app.Task) error { return errors.New("it broke") })
	s.until("the error is shown", func() bool { return strings.Contains(s.dialogText(), "It broke") })
}

func TestQuestionsOfAnImportAreAsked(t *testing.T) {
	s := newStand(t, Flags{})
	answers := make(chan string, 2)
	ask := func() {
		key, err := s.askQuestion(codec.Question{Source: "/x/a.csv", Text: "Which unit?", Choices: []codec.Choice{{Key: "g", Text: "g"}, {Key: "ms2", Text: "m/s2"}}}, func() {})
		if err != nil {
			key = "refused"
		}
		answers <- key
	}
	go ask()
	s.until("it is asked", func() bool { return s.dialogs.top() != nil })
	if d := s.dialogs.top(); !slices.Equal(d.Actions, []string{"Cancel the import", "g", "m/s2", "Leave this file out"}) {
		t.Fatalf("offers %v", d.Actions)
	}
	s.dialogs.top().press[2]()
	if got := <-answers; got != "ms2" {
		t.Errorf("the answer is %q", got)
	}
	go ask()
	s.until("it is asked again", func() bool { return s.dialogs.top() != nil })
	s.endQuestions()
	if got := <-answers; got != "refused" {
		t.Errorf("quitting answers %q", got)
	}
}

func TestStateTellsAScriptWhereThingsAre(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("State")
	s.until("the library has been read", func() bool { return len(s.queue) == 0 })
	st := s.State()
	if st.Room != "library" || st.Study.Name != "State" || st.Dialog != nil {
		t.Errorf("state: %+v", st)
	}
	found := map[string]Target{}
	for _, target := range st.Targets {
		found[target.Kind+" "+target.Text] = target
	}
	if _, ok := found["room Train"]; !ok {
		t.Errorf("no place for the train room among %v", st.Targets)
	}
	if b, ok := found["button Import"]; !ok || b.W < 20 || b.Y < 30 {
		t.Errorf("Import is at %+v (%v)", b, ok)
	}
	if _, err := json.Marshal(st); err != nil {
		t.Error(err)
	}
	s.showAbout()
	if st := s.State(); st.Dialog == nil || st.Dialog.Title != "About Onset" || len(st.Targets) != 1 {
		t.Errorf("with a dialog: %+v, %v", st.Dialog, st.Targets)
	}
}

func TestFlags(t *testing.T) {
	f, err := ParseFlags([]string{"-import", "a", "-import", "b", "-size", "1600x900", "-theme", "light", "s.onset", "c"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if f.Study != "s.onset" || !slices.Equal(f.Import, []string{"a", "b", "c"}) || f.Size != fyne.NewSize(1600, 900) || f.Theme != "light" {
		t.Errorf("%+v", f)
	}
	if f, err = ParseFlags([]string{"s.onset", "-theme", "light", "a", "-import", "b", "--", "-c"}, io.Discard); err != nil || f.Study != "s.onset" || f.Theme != "light" || !slices.Equal(f.Import, []string{"b", "a", "-c"}) {
		t.Errorf("options after the study: %+v, %v", f, err)
	}
	if f, err = ParseFlags([]string{"-sample", "x"}, io.Discard); err != nil || f.Study != "" || !slices.Equal(f.Import, []string{"x"}) {
		t.Errorf("-sample x: %+v, %v", f, err)
	}
	for _, bad := range [][]string{{"-size", "big"}, {"-theme", "blue"}, {"-nonsense"}, {"-size", "10x10"}} {
		if _, err := ParseFlags(bad, io.Discard); err == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
	if _, err := ParseFlags([]string{"-h"}, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h: %v", err)
	}
}

func TestTheChosenSessionIsShownAndItsExportsAreFound(t *testing.T) {
	s := newStand(t, Flags{})
	s.openPath(studyOfOneSession(t))
	s.until("the library has the session", func() bool {
		l, ok := s.front().(*library.Library)
		if !ok {
			return false
		}
		_, chosen := l.Chosen()
		return chosen
	})
	s.showRoom("label")
	found := func(text string) bool {
		hits := search(s.everyCommand(), text)
		return len(hits) > 0 && strings.HasPrefix(hits[0].ID, "export.")
	}
	s.until("the palette finds a label file's format", func() bool { return found("elan") })
	if !found("svg") {
		t.Error("the palette finds no figure")
	}
}

func studyOfOneSession(t *testing.T) string {
	t.Helper()
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "one.onset")
	study, err := dataset.Create(ctx, path, dataset.Options{Now: time.Now, Program: "onset test"})
	if err != nil {
		t.Fatal(err)
	}
	im, err := study.BeginImport(ctx, dataset.Session{Participant: "P01"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := im.AddRecording(ctx, dataset.RecordingDraft{NominalHz: 50, Channels: []dataset.Channel{{Kind: "accelerometer", Axis: "x", Unit: "g"}}})
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]float64, 500)
	for i := range samples {
		samples[i] = float64(i % 7)
	}
	if err := w.Append(ctx, [][]float64{samples}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(ctx, dataset.Uniform(0, 50), 0, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := im.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := study.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

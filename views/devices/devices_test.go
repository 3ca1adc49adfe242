package devices

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"onset/dataset"
	core "onset/devices"
	"onset/views/room"
	"onset/views/task"
	"onset/views/theme"
)

type shop struct {
	models  []dataset.ModelRow
	refuse  error
	checked []string
	started []string
	formats []string
	bundled []string
	failed  error
	pick    string
}

func (s *shop) Models(context.Context) ([]dataset.ModelRow, error) { return s.models, nil }
func (s *shop) CheckExport(_ context.Context, dir string) (core.CheckReport, error) {
	s.checked = append(s.checked, dir)
	return core.CheckReport{OK: true, Model: "m1", Classes: []string{"a:b/curl"}, Parameters: 1200, GoldenVectors: 32}, s.refuse
}

func (s *shop) PreviewExport(_ context.Context, model string) (core.Preview, error) {
	v := core.Variant{Name: "f32", Bytes: 4800, Measured: true, Passed: true, Accuracy: .7, Windows: 50}
	low := v
	low.Name, low.Bytes, low.Passed = "int8", 1300, false
	return core.Preview{Model: model, Parameters: 1200, MultiplyAdds: 1150, Variants: []core.Variant{v, low}}, nil
}

// noServer is a page with nothing on it.
type noServer struct{ content fyne.CanvasObject }

func (n noServer) Content() fyne.CanvasObject { return n.content }
func (noServer) Shown()                       {}
func (noServer) Hidden()                      {}
func (noServer) SetStatus(func(string, bool)) {}
func (noServer) Commands() []room.Command     { return nil }
func (noServer) DumpState() map[string]any    { return nil }

func enter(t *testing.T, s *shop) *Devices {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	d := New(s, noServer{widget.NewLabel("")}, Actions{
		Start: func(model, dir string, formats []string) int {
			s.started = append(s.started, model+" "+dir)
			s.formats = formats
			return len(s.started)
		},
		Bundle:     func(formats []string) { s.bundled = formats },
		AskFolder:  func(suggested string, done func(string)) { done("/out/" + suggested) },
		PickFolder: func(done func(string)) { done(s.pick) },
		Train:      func() {},
		Error:      func(err error) { s.failed = err },
	}, task.Inline())
	test.NewTempWindow(t, d.Content()).Resize(fyne.NewSize(1302, 677))
	d.Shown()
	return d
}

func TestTheBestModelIsExportedAndCheckedAtOnce(t *testing.T) {
	s := &shop{models: []dataset.ModelRow{{ID: "m1", MacroF1: .3}, {ID: "m2", MacroF1: .6}}}
	d := enter(t, s)
	test.Tap(d.export)
	if len(s.started) != 1 || s.started[0] != "m2 /out/onset-m2" {
		t.Fatalf("exported %v", s.started)
	}
	d.Export()
	if len(s.started) != 1 {
		t.Error("a second export began while one is running")
	}
	d.Ended(1, core.Report{Model: "m2", Directory: "/out/onset-m2", Files: []core.File{{Name: "weights.f32", Bytes: 4800, SHA256: "ab"}}, Parameters: 1200, Notes: []string{"weights.i8 is not written."}}, nil, false)
	if !strings.Contains(d.written.Text(), "weights.i8 is not written") {
		t.Errorf("what was left out is not told: %q", d.written.Text())
	}
	if d.files.Rows() != 1 || !strings.Contains(d.written.Text(), "1,200 weights") {
		t.Errorf("%d files listed, %q", d.files.Rows(), d.written.Text())
	}
	d.Export()
	d.Ended(2, core.Report{}, errors.New("it exists"), false)
	if !strings.Contains(d.written.Text(), "1,200 weights") {
		t.Errorf("a failed export hides what was written before: %q", d.written.Text())
	}
	d.choose.SetSelectedIndex(1)
	if d.files.Rows() != 0 || d.written.Text() != "" {
		t.Errorf("m1 is chosen; %d files of m2 are listed, %q", d.files.Rows(), d.written.Text())
	}
	if len(s.checked) != 1 || d.facts.Rows() == 0 || !strings.Contains(d.verdict.Text(), "Checked") {
		t.Errorf("checked %v, verdict %q", s.checked, d.verdict.Text())
	}
}

func TestARefusedFolderSaysWhy(t *testing.T) {
	s := &shop{refuse: &core.RefusedError{Part: "weights.f32", Why: "checksum differs"}, pick: "/in"}
	d := enter(t, s)
	if !d.empty.Visible() {
		t.Fatal("without a model nothing says what to do")
	}
	d.Check()
	if d.check != nil || !strings.Contains(d.detail.Text(), "checksum differs") || !d.body.Visible() {
		t.Errorf("shows %q", d.detail.Text())
	}
}

func TestWithoutAModelNothingCanBeWritten(t *testing.T) {
	s := &shop{pick: "/in"}
	d := enter(t, s)
	d.Check() // shows the cards
	if !d.export.Disabled() || !d.bundle.Disabled() || !strings.Contains(d.about.Text(), "no model to write") {
		t.Errorf("export off: %v, bundle off: %v, %q", d.export.Disabled(), d.bundle.Disabled(), d.about.Text())
	}
	d.Export()
	d.Bundle()
	if len(s.started) != 0 || s.bundled != nil {
		t.Errorf("started %v, bundled %v", s.started, s.bundled)
	}
	s.models = []dataset.ModelRow{{ID: "m1"}} // one was loaded
	d.Reload()
	if d.export.Disabled() || d.bundle.Disabled() || d.chosen().ID != "m1" || !strings.Contains(d.about.Text(), "Not scored here") {
		t.Errorf("export off: %v, bundle off: %v, %q", d.export.Disabled(), d.bundle.Disabled(), d.about.Text())
	}
}

func TestAFailedExportIsReportedAndCanBeTriedAgain(t *testing.T) {
	s := &shop{models: []dataset.ModelRow{{ID: "m1"}}}
	d := enter(t, s)
	d.Export()
	d.Ended(1, core.Report{}, errors.New("disk is full"), false)
	if s.failed == nil || d.export.Disabled() {
		t.Error("the error is lost, or the button stays off")
	}
}

func TestWhatAnExportCostsIsShownBeforeIt(t *testing.T) {
	s := &shop{models: []dataset.ModelRow{{ID: "m1"}}}
	d := enter(t, s)
	if d.forms.Rows() != 2 || !strings.Contains(d.about.Text(), "1,150 multiply-adds") {
		t.Errorf("%d forms, %q", d.forms.Rows(), d.about.Text())
	}
	d.formats.SetSelected([]string{"TFLite", "8 bit"})
	d.Export()
	d.Bundle()
	want := []string{core.FormatBlob, core.FormatTFLite, core.FormatInt8}
	if !slices.Equal(s.formats, want) || !slices.Equal(s.bundled, want) {
		t.Errorf("exports %v, bundles %v", s.formats, s.bundled)
	}
}

package wizard

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"onset/app"
	"onset/dataset"
	"onset/dataset/codec"
	"onset/views/task"
	"onset/views/theme"
)

// stand is a wizard on a real file and a real workbench; all that takes time is
// done at once.
type stand struct {
	*Wizard
	window      fyne.Window
	bench       *app.Workbench
	imported    *codec.Mapping
	paths       []string
	participant dataset.ParticipantID
	closed      int
	asked       []func()
	failed      error
}

func newStand(t *testing.T, name, text string) *stand {
	t.Helper()
	return newLitStand(t, theme.Dark, name, text)
}

func newLitStand(t *testing.T, mode theme.Mode, name, text string) *stand {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(mode))
	bench, err := app.New(app.Options{DataDir: t.TempDir(), Program: "onset test"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &stand{bench: bench}
	s.Wizard = New([]string{path}, bench, Actions{
		Import: func(m *codec.Mapping, paths []string, p dataset.ParticipantID) {
			s.imported, s.paths, s.participant = m, paths, p
		},
		Close:   func() { s.closed++ },
		Confirm: func(_, _, _, _ string, run func()) { s.asked = append(s.asked, run) },
		Error:   func(err error) { s.failed = err },
		Focus:   func(fyne.Focusable) {},
	}, task.Inline())
	s.window = test.NewTempWindow(t, s.Object())
	s.window.Resize(fyne.NewSize(1366, 768))
	return s
}

const walk = "t;ax;ay;what\n0,00;1,5;-2;rest\n0,02;1,6;-3;squat\n0,04;1,7;-4;squat\n0,06;1,7;-4;squat\n"

// describe says all that is missing of walk, as a person would.
func (s *stand) describe() {
	s.view.timeUnit.SetSelected("seconds")
	s.choose(1)
	s.panel.kind.SetSelected("accelerometer")
	s.panel.unit.SetText("g")
	s.choose(2)
	s.panel.kind.SetSelected("accelerometer")
	s.panel.unit.SetText("g")
}

func TestNothingIsImportedWhileAUnitIsNotSaid(t *testing.T) {
	s := newStand(t, "walk.csv", walk)
	if d := s.draft.rule; d.Delimiter != ";" || d.Decimal != "," || !d.Header {
		t.Fatalf("the layout is not found: %+v", d)
	}
	s.view.timeUnit.SetSelected("seconds")
	if !s.view.start.Disabled() || !strings.Contains(s.view.reason.Text(), "ax, ay") {
		t.Errorf("without units: %q", s.view.reason.Text())
	}
	s.Enter()
	s.view.start.Tapped(nil)
	if s.imported != nil {
		t.Fatal("imported without units")
	}
	s.choose(1)
	s.panel.unit.SetText("m/s2")
	if !s.view.start.Disabled() || !strings.Contains(s.view.reason.Text(), "ay has no unit") {
		t.Errorf("with one unit: %q", s.view.reason.Text())
	}
	if got := s.draft.columns[2].unit; got != "" {
		t.Errorf("a unit was carried over by itself: %q", got)
	}
	s.panel.spread.Tapped(nil)
	if s.view.start.Disabled() {
		t.Fatalf("all is said, but: %q", s.view.reason.Text())
	}
	s.Enter()
	if s.imported == nil || s.imported.Channels[1].Unit != "m/s2" || s.closed != 1 {
		t.Errorf("imported %+v, closed %d times, %v", s.imported, s.closed, s.failed)
	}
}

func TestEveryChoiceShowsAtOnce(t *testing.T) {
	s := newStand(t, "walk.csv", walk)
	s.describe()
	if s.trial == nil || s.trial.Rows != 4 || s.view.reason.Text() != "" {
		t.Fatalf("trial %+v, %q", s.trial, s.view.reason.Text())
	}
	if hz := s.trial.MeasuredHz; hz < 49.9 || hz > 50.1 {
		t.Errorf("%g Hz", hz)
	}
	s.view.timeUnit.SetSelected("milliseconds")
	if hz := s.trial.MeasuredHz; hz < 49000 {
		t.Errorf("in ms it is still %g Hz", hz)
	}
	s.view.delimiter.SetSelected("comma")
	if len(s.draft.columns) == 4 && s.rowsShown()[0][0] == "0,00" {
		t.Error("the rows are split as before")
	}
	if s.view.start.Disabled() == false {
		t.Error("the wrong delimiter can be imported")
	}
	s.view.delimiter.SetSelected("semicolon")
	s.view.decimal.SetSelected("comma: 1,5")
	if len(s.draft.columns) != 4 {
		t.Errorf("%d columns after going back", len(s.draft.columns))
	}
	s.view.header.SetSelected("none")
	if s.rowsShown()[0][0] != "t" {
		t.Errorf("without a header the first row is %q", s.rowsShown()[0])
	}
}

func TestAnOffendingRowIsNamedAndShown(t *testing.T) {
	text := "t,ax\n"
	for i := range 40 {
		text += fmt.Sprintf("%d,2\n", i)
	}
	s := newStand(t, "walk.csv", text+"40,oops\n")
	s.view.timeUnit.SetSelected("seconds")
	s.choose(1)
	s.panel.unit.SetText("g")
	if s.badRow != 42 || !strings.Contains(s.view.reason.Text(), `row 42`) || !strings.Contains(s.view.reason.Text(), `"oops"`) {
		t.Errorf("bad row %d: %q", s.badRow, s.view.reason.Text())
	}
	if bad := s.view.preview.bad; len(bad) != 2 || bad[1] != "oops" {
		t.Errorf("the preview shows %q", bad)
	}
	if !s.view.start.Disabled() {
		t.Error("a table with an unreadable row can be imported")
	}
	s.draft.read(1, asNothing)
	s.changed()
	if s.badRow != 0 || s.view.preview.bad != nil {
		t.Error("the row is still marked after its column is left out")
	}
}

func TestASavedMappingIsKnownNextTime(t *testing.T) {
	s := newStand(t, "walk.csv", walk)
	s.describe()
	s.view.name.SetText("our belt")
	s.view.person.SetText("P07")
	s.Enter()
	if s.imported == nil || s.participant != "P07" {
		t.Fatalf("imported %+v for %q, %v", s.imported, s.participant, s.failed)
	}
	m := s.bench.MappingFor(context.Background(), s.paths[0])
	if m == nil || m.Name != "our belt" || len(m.Channels) != 2 || m.Channels[0].Unit != "g" {
		t.Fatalf("saved %+v", m)
	}
	again := newStand(t, "walk.csv", walk)
	again.source = s.bench
	again.describe()
	again.view.name.SetText("Our belt")
	again.Enter()
	if again.imported != nil || len(again.asked) != 1 {
		t.Fatal("a mapping was replaced without asking")
	}
	again.asked[0]()
	if again.imported == nil {
		t.Error("not imported after the answer")
	}
}

func TestEscapeAsksOnlyWhenSomethingWasSaid(t *testing.T) {
	s := newStand(t, "walk.csv", walk)
	s.Escape()
	if s.closed != 1 || len(s.asked) != 0 {
		t.Errorf("closed %d times, asked %d", s.closed, len(s.asked))
	}
	s = newStand(t, "walk.csv", walk)
	s.describe()
	s.Escape()
	if s.closed != 0 || len(s.asked) != 1 {
		t.Errorf("closed %d times, asked %d", s.closed, len(s.asked))
	}
}

func TestKeysWalkThroughTheColumns(t *testing.T) {
	s := newStand(t, "walk.csv", walk)
	s.choose(0)
	press := func(name fyne.KeyName) { s.view.preview.TypedKey(&fyne.KeyEvent{Name: name}) }
	press(fyne.KeyRight)
	press(fyne.KeyRight)
	if s.panel.head.Text() != "ay" {
		t.Errorf("the panel shows %q", s.panel.head.Text())
	}
	press(fyne.KeyEnd)
	press(fyne.KeyRight)
	if s.panel.head.Text() != "what" || s.draft.columns[3].as != asLabel {
		t.Errorf("the panel shows %q, read as %q", s.panel.head.Text(), s.draft.columns[3].as)
	}
	press(fyne.KeyEscape)
	if s.closed != 1 {
		t.Error("Escape does not leave")
	}
}

func TestOddUnitsAreAskedAboutBeforeTheImport(t *testing.T) {
	s := newStand(t, "walk.csv", walk)
	s.describe()
	s.choose(1)
	s.panel.unit.SetText("furlong")
	for _, want := range []string{"furlong", "no unit that is known", "m/s2", "different units"} {
		if !strings.Contains(s.view.found.Text(), want) {
			t.Errorf("the findings do not say %q: %s", want, s.view.found.Text())
		}
	}
	s.Enter()
	if s.imported != nil || len(s.asked) != 1 {
		t.Fatalf("imported %+v unasked, asked %d", s.imported, len(s.asked))
	}
	s.asked[0]()
	if s.imported == nil || s.imported.Channels[0].Unit != "furlong" || s.imported.Channels[0].Scale != 0 {
		t.Errorf("imported %+v", s.imported)
	}
}

const clocked = "when;x\n2026-03-03 09:00:00.00;0,5\n2026-03-03 09:00:00.02;0,6\n2026-03-03 09:00:00.04;0,7\n2026-03-03 09:00:00.06;0,6\n"

// describeClocked says all of clocked but the zone.
func (s *stand) describeClocked() {
	s.choose(1)
	s.panel.kind.SetSelected("accelerometer")
	s.panel.unit.SetText("g")
}

func TestLocalTimesNeedTheirZone(t *testing.T) {
	s := newStand(t, "walk.csv", clocked)
	s.describeClocked()
	if !s.view.start.Disabled() || !strings.Contains(s.view.reason.Text(), "say in which zone") {
		t.Fatalf("without a zone: %q", s.view.reason.Text())
	}
	s.Enter()
	s.view.zone.SetText("germany berl")
	if len(s.zonesFound) != 1 || s.zonesFound[0] != "Europe/Berlin" || !s.view.start.Disabled() {
		t.Fatalf("found %q: %q", s.zonesFound, s.view.reason.Text())
	}
	s.view.zone.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if s.view.zone.Text != "Europe/Berlin" || s.view.start.Disabled() || len(s.zonesFound) != 0 {
		t.Fatalf("took %q: %q", s.view.zone.Text, s.view.reason.Text())
	}
	if starts := s.startWords(s.trial); starts != "2026-03-03 09:00 +01:00" {
		t.Errorf("starts %q", starts)
	}
	s.view.zone.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if s.imported == nil || s.imported.Time.Zone != "Europe/Berlin" {
		t.Errorf("imported %+v", s.imported)
	}
	s = newStand(t, "walk.csv", clocked)
	s.describeClocked()
	s.takeZone(zoneless())
	s.Enter()
	if s.imported == nil || s.imported.Time.Zone != "" {
		t.Errorf("a zone that nobody knows: %+v, %q", s.imported, s.view.reason.Text())
	}
}

func TestTheStudysZoneIsPreset(t *testing.T) {
	s := newStand(t, "walk.csv", clocked)
	s.studyZone = "Europe/Prague"
	s.presetZone()
	if s.view.zone.Text != "Europe/Prague" || s.text() != s.saved {
		t.Errorf("preset %q", s.view.zone.Text)
	}
	s.describeClocked()
	if s.view.start.Disabled() {
		t.Errorf("%q", s.view.reason.Text())
	}
	s.view.zone.SetText("")
	s.presetZone()
	if s.view.zone.Text != "" || !s.view.start.Disabled() {
		t.Error("what was taken away comes back")
	}
}

func TestEveryZoneOfferedIsKnown(t *testing.T) {
	n := 0
	for line := range strings.Lines(zoneLines) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if !isZone(name) {
			t.Errorf("%q is not known", name)
		}
		n++
	}
	if n < 400 || isZone("Local") || isZone("") || isZone("Berlin") {
		t.Errorf("%d zones", n)
	}
}

// A mapping can be right where the file is not.
func TestABadRowKeepsNoMappingFromBeingSaved(t *testing.T) {
	s := newStand(t, "walk.csv", walk+"0,08;1,7;-4;squat;more\n")
	s.describe()
	if s.badRow != 6 || !s.view.start.Disabled() {
		t.Fatalf("bad row %d, %q", s.badRow, s.view.reason.Text())
	}
	if !s.view.keep.Disabled() {
		t.Error("a mapping without a name can be saved")
	}
	s.view.name.SetText("our belt")
	s.view.keep.Tapped(nil)
	if m := s.bench.MappingFor(context.Background(), s.paths0()); m == nil || m.Name != "our belt" {
		t.Fatalf("saved %+v, %v", m, s.failed)
	}
	if text := s.view.reason.Text(); !strings.Contains(text, "Saved as our belt") || !strings.Contains(text, "row 6") {
		t.Errorf("says %q", text)
	}
	s.view.badRow.SetSelected("is left out and counted")
	s.view.keep.Tapped(nil)
	if m := s.bench.MappingFor(context.Background(), s.paths0()); len(s.asked) != 0 || m == nil || m.File.BadRow != "skip" {
		t.Errorf("saved again: %+v, asked %d times", m, len(s.asked))
	}
	s.Escape()
	if s.closed != 1 || s.imported != nil {
		t.Error("what was saved is asked about")
	}
}

func (s *stand) paths0() string { return s.Wizard.paths[0] }

func TestABadRowIsLeftOutWhenSaid(t *testing.T) {
	s := newStand(t, "walk.csv", walk+"0,08;1,7;-4;squat;more\n0,10;1,7;-4;squat\n")
	s.describe()
	s.view.badRow.SetSelected("is left out and counted")
	if s.view.start.Disabled() || !strings.Contains(s.view.found.Text(), "1 row cannot be read and is left out (row 6") {
		t.Fatalf("%q; %q", s.view.reason.Text(), s.view.found.Text())
	}
	s.view.timeOf.SetSelected("no column: an even rate")
	s.view.rate.SetText("50")
	if !s.view.start.Disabled() || !strings.Contains(s.view.reason.Text(), "those after them would move") {
		t.Errorf("without times: %q", s.view.reason.Text())
	}
}

func TestARefusedImportLosesNothingThatWasSaid(t *testing.T) {
	s := newStand(t, "walk.csv", walk)
	s.describe()
	s.Enter()
	s.Resume(codec.Refusal{Reason: "walk.csv, row 30000: the row has 5 columns"})
	if s.draft.columns[1].unit != "g" || !s.view.start.Disabled() || !strings.Contains(s.view.reason.Text(), "row 30000") {
		t.Errorf("%+v, %q", s.draft.columns[1], s.view.reason.Text())
	}
	s.view.badRow.SetSelected("is left out and counted")
	s.imported = nil
	s.Enter()
	if s.imported == nil || s.imported.File.BadRow != "skip" || s.closed != 2 {
		t.Errorf("imported %+v, closed %d times, %q", s.imported, s.closed, s.view.reason.Text())
	}
}

func TestALongColumnsNameIsShownWhole(t *testing.T) {
	name := "Acceleration along the long axis of the forearm"
	s := newStand(t, "walk.csv", strings.Replace(walk, "ax", name, 1))
	s.choose(1)
	if !strings.HasPrefix(s.panel.facts.Text(), name+". Column 2 of 4") {
		t.Errorf("%q", s.panel.facts.Text())
	}
}

// What is wrong with a row is said in plain words, and each way out is a button
// beside them that sets the field which says the same.
func TestAnUnreadableCellOffersTheWaysOut(t *testing.T) {
	for cell, key := range map[string]string{"Error!": "both", "": "missing"} {
		text := "t;ax\n"
		for i := range 30 {
			text += fmt.Sprintf("0,%02d;1,5\n", 2*i)
		}
		start := func() *stand {
			s := newStand(t, "walk.csv", text+"0,60;"+cell+"\n0,62;1,5\n")
			s.view.timeUnit.SetSelected("seconds")
			s.choose(1)
			s.panel.unit.SetText("g")
			return s
		}
		s := start()
		if said := s.view.reason.Text(); strings.Contains(said, "file.") || strings.Contains(said, "mapping") || !strings.Contains(said, "row 32: column 2 (ax)") {
			t.Errorf("%q: it says %q", cell, said)
		}
		if !s.view.toMissing.Visible() || !s.view.toSkip.Visible() || s.view.toWestern.Visible() || s.view.found.Visible() {
			t.Fatalf("%q: the ways out are not offered", cell)
		}
		s.view.toMissing.Tapped(nil)
		if s.draft.empty != key || s.view.emptyCell.key() != key || s.view.start.Disabled() || s.view.ways.Visible() || !s.view.found.Visible() {
			t.Errorf("%q kept as missing: %q, %q", cell, s.draft.empty, s.view.reason.Text())
		}
		s = start()
		s.view.toSkip.Tapped(nil)
		if s.view.badRow.key() != "skip" || s.view.start.Disabled() || !strings.Contains(s.view.found.Text(), "row 32") {
			t.Errorf("%q left out: %q, %q", cell, s.view.reason.Text(), s.view.found.Text())
		}
	}
}

// An offending row beyond the first ones is shown whole, below them.
func TestTheOffendingRowIsScrolledIntoSightWhole(t *testing.T) {
	text := "t,ax\n"
	for i := range 90 {
		text += fmt.Sprintf("%d,2\n", i)
	}
	s := newStand(t, "walk.csv", text+"90,oops\n")
	s.view.timeUnit.SetSelected("seconds")
	s.choose(1)
	s.panel.unit.SetText("g")
	if s.badRow == 0 {
		t.Fatal("no row offends")
	}
	p := s.view.preview
	s.window.Canvas().Capture()
	row, room := p.badCell(), p.Size()
	if row == nil {
		t.Fatal("the row is not drawn")
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(row).Subtract(fyne.CurrentApp().Driver().AbsolutePositionForObject(p))
	if at.Y < titleHeight || at.Y+cellHeight > room.Height {
		t.Errorf("the row stands at %g to %g of %g to %g", at.Y, at.Y+cellHeight, float32(titleHeight), room.Height)
	}
}

// badCell is what draws the number of the offending row, nil when it is out of sight.
func (p *preview) badCell() (found fyne.CanvasObject) {
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if c, ok := o.(*cell); ok {
			if c.Visible() && strings.HasPrefix(c.lines[0].Text(), "! ") {
				found = c
			}
			return
		}
		switch x := o.(type) {
		case *fyne.Container:
			for _, k := range x.Objects {
				walk(k)
			}
		case fyne.Widget:
			for _, k := range test.WidgetRenderer(x).Objects() {
				walk(k)
			}
		}
	}
	walk(p)
	return found
}

package people

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"onset/app"
	"onset/dataset"
	"onset/views/task"
	"onset/views/theme"
)

// stand is the room on a real study; all that takes time is done at once.
type stand struct {
	*People
	window   fyne.Window
	bench    *app.Workbench
	text     string // the last confirmation
	yes      func()
	rows     [][2]string // of the last choice
	take     func(int)
	said     string
	urgent   bool
	failed   error
	answer   string
	withdrew []dataset.ParticipantID
	slow     bool // withdrawals go on until ends is called
	ends     func(ok bool)
}

func newStand(t *testing.T, list ...dataset.Participant) *stand {
	t.Helper()
	return newLitStand(t, theme.Dark, list...)
}

func newLitStand(t *testing.T, mode theme.Mode, list ...dataset.Participant) *stand {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(mode))
	dir := t.TempDir()
	bench, err := app.New(app.Options{DataDir: filepath.Join(dir, "data"), Program: "onset test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bench.Close() })
	ctx := context.Background()
	if err := bench.Create(ctx, filepath.Join(dir, "a.onset"), "a"); err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if err := bench.PutParticipant(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	s := &stand{bench: bench}
	s.People = New(bench, Actions{
		Ask:      func(_, _, _ string, done func(string)) { done(s.answer) },
		Settle:   func(_, text, _, _ string, run func()) { s.text, s.yes = text, run },
		Confirm:  func(_, text, _ string, run func()) { s.text, s.yes = text, run },
		Choose:   func(_, _ string, rows [][2]string, _ string, take func(int)) { s.rows, s.take = rows, take },
		PickFile: func(done func(string)) { done(s.answer) },
		AskSave:  func(done func(string)) { done(s.answer) },
		Withdraw: func(id dataset.ParticipantID, done func(dataset.Withdrawal, bool)) {
			s.withdrew = append(s.withdrew, id)
			if s.slow {
				s.ends = func(ok bool) { done(dataset.Withdrawal{}, ok) }
				return
			}
			done(dataset.Withdrawal{}, true)
		},
		Clear: func() func(context.Context, string) error { return func(context.Context, string) error { return nil } },
		Names: func() bool { return false },
		Error: func(err error) { s.failed = err },
		Focus: func(fyne.Focusable) {},
		Key:   func(*fyne.KeyEvent) {},
	}, task.Inline())
	s.SetStatus(func(text string, urgent bool) { s.said, s.urgent = text, urgent })
	s.window = test.NewTempWindow(t, s.Content())
	s.window.Resize(fyne.NewSize(1300, 700))
	s.Shown()
	return s
}

func (s *stand) press(names ...fyne.KeyName) {
	for _, n := range names {
		if s.sheet.editing {
			s.sheet.entry.TypedKey(&fyne.KeyEvent{Name: n})
		} else {
			s.sheet.TypedKey(&fyne.KeyEvent{Name: n})
		}
	}
}

func (s *stand) write(text string) {
	for _, r := range text {
		if s.sheet.editing {
			s.sheet.entry.TypedRune(r)
		} else {
			s.sheet.TypedRune(r)
		}
	}
}

func (s *stand) stored(t *testing.T, id dataset.ParticipantID) dataset.Participant {
	t.Helper()
	list, err := s.bench.Participants(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if p.ID == id {
			return p
		}
	}
	t.Fatalf("%s is not in the study", id)
	return dataset.Participant{}
}

func TestSheetIsEditedByKeysAlone(t *testing.T) {
	s := newStand(t, dataset.Participant{ID: "P01"}, dataset.Participant{ID: "P02"})
	s.press(fyne.KeyRight)
	s.write("30-39")
	s.press(fyne.KeyTab)
	s.write("f")
	s.press(fyne.KeyTab)
	s.write("nov")
	s.press(fyne.KeyReturn)
	got := s.stored(t, "P01")
	if got.AgeBand != "30-39" || got.Sex != "female" || got.Proficiency != "novice" {
		t.Errorf("stored %+v", got)
	}
	if s.sheet.row != 1 || s.sheet.columns[s.sheet.col].key != "proficiency" {
		t.Errorf("Enter went to row %d, %s", s.sheet.row, s.sheet.columns[s.sheet.col].key)
	}
	s.Undo()
	s.Undo()
	if got = s.stored(t, "P01"); got.Sex != "" || got.AgeBand != "30-39" {
		t.Errorf("after two undos %+v", got)
	}
	s.Redo()
	if got = s.stored(t, "P01"); got.Sex != "female" || got.Proficiency != "" {
		t.Errorf("after a redo %+v", got)
	}
}

func TestSheetRefusesAWordThatTheFieldDoesNotKnow(t *testing.T) {
	s := newStand(t, dataset.Participant{ID: "P01", Sex: "male"})
	s.press(fyne.KeyRight, fyne.KeyRight)
	s.write("unknown")
	s.press(fyne.KeyReturn)
	if !s.sheet.editing || !s.urgent || !strings.Contains(s.said, "female, male, other") {
		t.Errorf("editing %v, said %q", s.sheet.editing, s.said)
	}
	if s.sheet.entry.Text != "unknown" {
		t.Errorf("what was typed is gone: %q", s.sheet.entry.Text)
	}
	s.press(fyne.KeyEscape)
	if got := s.stored(t, "P01"); got.Sex != "male" {
		t.Errorf("stored %q", got.Sex)
	}
	s.press(fyne.KeyDelete)
	if got := s.stored(t, "P01"); got.Sex != "" {
		t.Errorf("Delete left %q", got.Sex)
	}
}

func TestFreeFieldsAreColumns(t *testing.T) {
	s := newStand(t, dataset.Participant{ID: "P01"})
	s.answer = "height_cm"
	s.addField()
	s.press(fyne.KeyEnd, fyne.KeyLeft, fyne.KeyLeft, fyne.KeyLeft)
	if got := s.sheet.columns[s.sheet.col].title; got != "height_cm" {
		t.Fatalf("at %q", got)
	}
	s.write("181")
	s.press(fyne.KeyReturn)
	if got := s.stored(t, "P01").Fields["height_cm"]; got != "181" {
		t.Errorf("stored %q", got)
	}
	s.press(fyne.KeyDelete)
	if got := s.stored(t, "P01").Fields; len(got) != 0 {
		t.Errorf("an empty field is stored: %v", got)
	}
	path := s.bench.Current().Path
	if err := errors.Join(s.bench.CloseStudy(), s.bench.Open(t.Context(), path, false)); err != nil {
		t.Fatal(err)
	}
	again := func() bool {
		p := New(s.bench, s.actions, task.Inline())
		p.Shown()
		return slices.ContainsFunc(p.columns(), func(f field) bool { return f.title == "height_cm" })
	}
	if !again() {
		t.Error("the added field is lost when the study is opened again")
	}
	s.removeField()
	s.take(0)
	if again() {
		t.Error("a field that was removed is there")
	}
}

func TestASheetSaysWhichFieldsItCreates(t *testing.T) {
	s := newStand(t, dataset.Participant{ID: "P01", Fields: map[string]string{"height": "180"}})
	s.answer = "weight"
	s.addField()
	in := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(in, []byte("participant,sex,height,weight,Kommentar\nP01,male,181,80,tall\nAnna Huber,,,,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.answer = in
	s.read()
	if strings.Count(s.text, "NEW FIELD") != 1 || !strings.Contains(s.text, "Kommentar: 1 set, NEW FIELD") || !strings.Contains(s.text, "Anna Huber may be") {
		t.Errorf("asked %q", s.text)
	}
}

func TestSheetGoesOutAndIn(t *testing.T) {
	s := newStand(t, dataset.Participant{ID: "P01", Sex: "male", Fields: map[string]string{"height": "180"}})
	out := filepath.Join(t.TempDir(), "out.csv")
	s.answer = out
	s.People.write()
	text, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(text), "P01,,male") {
		t.Fatalf("%q, %v", text, err)
	}
	in := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(in, []byte("participant,sex\nP01,female\nP02,other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.answer = in
	s.read()
	if !strings.Contains(s.text, "1 new, 1 of the study") || !strings.Contains(s.text, "Sex: 1 set, 1 changed") || strings.Contains(s.text, "EMPTIED") {
		t.Errorf("asked %q", s.text)
	}
	if got := s.stored(t, "P01"); got.Sex != "male" {
		t.Error("the sheet is taken over before the answer")
	}
	s.yes()
	if got := s.stored(t, "P01"); got.Sex != "female" || got.Fields["height"] != "180" {
		t.Errorf("stored %+v", got)
	}
	s.stored(t, "P02")
	if err := os.WriteFile(in, []byte("participant,sex\nP01,robot\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.read()
	if s.failed == nil || !strings.Contains(s.failed.Error(), "row 2") {
		t.Errorf("a bad sheet gives %v", s.failed)
	}
}

func TestASheetSaysWhatItWouldEmpty(t *testing.T) {
	whole := dataset.Participant{ID: "S02", AgeBand: "20-29", Sex: "female", Proficiency: "novice", Side: "left", Group: "G1"}
	s := newStand(t, whole)
	s.answer = filepath.Join(t.TempDir(), "in.csv")
	read := func(text string) {
		if err := os.WriteFile(s.answer, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s.text, s.yes = "", nil
		s.read()
	}
	read("participant,note\nS02,tall\n")
	s.yes()
	got := s.stored(t, "S02")
	if got.Fields["note"] != "tall" || got.AgeBand != "20-29" || got.Sex != "female" || got.Proficiency != "novice" || got.Side != "left" || got.Group != "G1" {
		t.Errorf("a column alone: %+v", got)
	}
	read("participant,age_band,group,note\nS02,,,\n")
	for _, says := range []string{"Age band: 1 EMPTIED", "Group: 1 EMPTIED", "note: 1 EMPTIED", "3 values of S02"} {
		if !strings.Contains(s.text, says) {
			t.Errorf("%q does not say %q", s.text, says)
		}
	}
	s.yes()
	if got = s.stored(t, "S02"); got.AgeBand != "" || got.Sex != "female" || len(got.Fields) != 0 {
		t.Errorf("empty cells: %+v", got)
	}
	if read("participant,sex\nAnna Muster,female\nS07,male\n"); s.yes == nil || !strings.Contains(s.text, "Anna Muster may be names") {
		t.Errorf("a name for a code: %q", s.text)
	}
	if read("participant,sex\nS02,female\n"); s.yes != nil || !strings.Contains(s.said, "nothing to take over") {
		t.Errorf("asked %q, said %q", s.text, s.said)
	}
}

func TestAnExactAgeIsRefusedInTheSheet(t *testing.T) {
	s := newStand(t, dataset.Participant{ID: "P01", AgeBand: "47"}, dataset.Participant{ID: "P02"})
	s.press(fyne.KeyRight, fyne.KeyReturn, fyne.KeyReturn) // one of before is left as it is
	if s.sheet.editing || s.stored(t, "P01").AgeBand != "47" {
		t.Errorf("said %q", s.said)
	}
	s.write("45")
	s.press(fyne.KeyReturn)
	if !s.sheet.editing || !s.urgent || !strings.Contains(s.said, "such as 40-49") || s.stored(t, "P02").AgeBand != "" {
		t.Errorf("editing %v, said %q, stored %q", s.sheet.editing, s.said, s.stored(t, "P02").AgeBand)
	}
	s.press(fyne.KeyBackspace, fyne.KeyBackspace)
	s.write("40 - 49")
	s.press(fyne.KeyReturn)
	if got := s.stored(t, "P02").AgeBand; got != "40-49" {
		t.Errorf("stored %q", got)
	}
}

func TestGroupsAreProposedExplainedAndKept(t *testing.T) {
	var list []dataset.Participant
	for i, id := range []dataset.ParticipantID{"P01", "P02", "P03", "P04", "P05", "P06"} {
		p := dataset.Participant{ID: id, AgeBand: "20-29", Sex: "female"}
		if i >= 4 {
			p.AgeBand, p.Sex = "70-79", "male"
		}
		list = append(list, p)
	}
	s := newStand(t, list...)
	s.side.k.SetText("2")
	s.propose()
	if text := s.side.outcome.Text(); !strings.Contains(text, "Silhouette 1.00") || !strings.Contains(text, "4 people") {
		t.Errorf("proposed %q", text)
	}
	if !strings.Contains(s.side.warning.Text(), "fewer than 5") {
		t.Errorf("warned %q", s.side.warning.Text())
	}
	if s.stored(t, "P01").Group != "" {
		t.Error("a proposal is stored")
	}
	s.keepGroups()
	if a, b, c := s.stored(t, "P01").Group, s.stored(t, "P04").Group, s.stored(t, "P06").Group; a == "" || a != b || a == c {
		t.Errorf("kept %q, %q, %q", a, b, c)
	}
	s.Undo()
	if s.stored(t, "P06").Group != "" {
		t.Error("groups are not taken back")
	}
	s.keepGroups()
	s.oneGroup()
	if s.stored(t, "P06").Group != "" {
		t.Error("one for all leaves groups")
	}
	for _, c := range s.side.checks {
		c.SetChecked(false)
	}
	s.propose()
	if !strings.Contains(s.side.outcome.Text(), "at least one field") {
		t.Errorf("with nothing to group by: %q", s.side.outcome.Text())
	}
}

func TestWithdrawingSaysWhatGoesAndStays(t *testing.T) {
	s := newStand(t, dataset.Participant{ID: "P01", Sex: "male"})
	s.withdraw()
	if len(s.withdrew) != 0 {
		t.Fatal("withdrawn before the answer")
	}
	for _, want := range []string{"0 sessions", "Kept", "cannot be undone", "copies made elsewhere"} {
		if !strings.Contains(s.text, want) {
			t.Errorf("the question does not say %q: %s", want, s.text)
		}
	}
	s.stored(t, "P01") // asking what would go removes nothing
	s.yes()
	if len(s.withdrew) != 1 || s.withdrew[0] != "P01" {
		t.Errorf("withdrew %v", s.withdrew)
	}
	if undo, redo := s.CanUndo(); undo != "" || redo != "" {
		t.Error("an undo would bring the person back")
	}
}

func TestCopiesThatHoldSomebodyWhoWithdrewAreOffered(t *testing.T) {
	s := newStand(t, dataset.Participant{ID: "P01"})
	if err := s.bench.BackUpNow(nil).Wait(); err != nil {
		t.Fatal(err)
	}
	s.withdraw()
	if !strings.Contains(s.text, "Still in 1 copy of the study") {
		t.Errorf("the copy is not told: %s", s.text)
	}
	s.yes()
	if !strings.Contains(s.text, "bring the person back") {
		t.Fatalf("the copy is not offered: %s", s.text)
	}
	if list, err := s.bench.CopiesWith(t.Context(), "P01"); err != nil || len(list) != 1 {
		t.Fatalf("removed before the answer: %v, %v", list, err)
	}
	s.yes()
	if list, err := s.bench.BackupList(t.Context()); err != nil || len(list) != 0 || s.failed != nil {
		t.Errorf("copies left: %v, %v, %v", list, err, s.failed)
	}
}

func TestAStaleProposalBringsNobodyBack(t *testing.T) {
	people := []dataset.Participant{{ID: "HAR01", Sex: "male"}, {ID: "HAR02", Sex: "female"}, {ID: "HAR03", Sex: "female"}}
	s := newStand(t, people...)
	s.propose()
	if s.side.proposal == nil {
		t.Fatal("nothing is proposed")
	}
	s.press(fyne.KeyEnd, fyne.KeyHome, fyne.KeyRight)
	s.write("20-29")
	s.press(fyne.KeyReturn)
	if s.side.proposal != nil || s.side.keep.Visible() || !strings.Contains(s.side.outcome.Text(), "propose them again") {
		t.Errorf("the proposal outlives a change of the people: %q", s.side.outcome.Text())
	}
	s.propose()
	stale := *s.side.proposal
	if err := s.bench.WithdrawParticipant("HAR01", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	s.side.proposal = &stale // as it is until the list is read again
	s.keepGroups()
	if s.failed == nil || !strings.Contains(s.failed.Error(), "HAR01") {
		t.Errorf("keeping groups of somebody who withdrew gives %v", s.failed)
	}
	if _, err := s.bench.Participants(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Reload()
	if undo, redo := s.CanUndo(); undo != "" || redo != "" {
		t.Errorf("the edit of somebody who withdrew can be taken back: %q, %q", undo, redo)
	}
	list, err := s.bench.Participants(t.Context())
	if err != nil || len(list) != 2 || list[0].ID != "HAR02" {
		t.Errorf("in the study: %+v, %v", list, err)
	}
	in := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(in, []byte("participant,sex\nHAR01,male\nHAR02,female\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.answer = in
	s.read()
	if !strings.Contains(s.text, "New: HAR01.") || !strings.Contains(s.text, "1 person has withdrawn") {
		t.Errorf("a sheet that would bring somebody back asks %q", s.text)
	}
}

func TestWhoIsBeingWithdrawnIsShownAsThat(t *testing.T) {
	s := newStand(t, dataset.Participant{ID: "P01", Sex: "female"}, dataset.Participant{ID: "P02"})
	s.slow = true
	s.withdraw()
	s.yes()
	if len(s.withdrew) != 1 || !s.going["P01"] || !s.side.withdraw.Disabled() || !strings.Contains(s.side.about.Text(), "Being withdrawn") {
		t.Fatalf("withdrew %v, going %v: %q", s.withdrew, s.going, s.side.about.Text())
	}
	s.Reload() // as while the job runs
	s.press(fyne.KeyRight, fyne.KeyDelete, fyne.KeyReturn)
	s.withdraw()
	if s.sheet.editing || s.stored(t, "P01").Sex != "female" || len(s.withdrew) != 1 {
		t.Error("who is being withdrawn can be changed")
	}
	line := newSheetLine(s.sheet)
	line.Resize(fyne.NewSize(900, 30))
	line.set(0)
	var texts []string
	for _, o := range test.WidgetRenderer(line).Objects() {
		if text, ok := o.(*canvas.Text); ok && text.Text != "" {
			texts = append(texts, text.Text)
		}
	}
	if !slices.Equal(texts, []string{"P01", "being withdrawn…"}) {
		t.Errorf("the row says %q", texts)
	}
	s.ends(false)
	if s.going["P01"] || s.side.withdraw.Disabled() {
		t.Error("after a failure they still go")
	}
}

func TestANameOfAGroupIsReadBesideAField(t *testing.T) {
	s := newStand(t, dataset.Participant{ID: "P01", Group: "rehabilitation of the knee", Fields: map[string]string{"height": "180"}})
	at := slices.IndexFunc(s.sheet.columns, func(f field) bool { return f.key == "group" })
	left, right := s.sheet.edges(1066)
	if w := right[at] - left[at]; w < 190 || right[len(right)-1] > 1066 {
		t.Errorf("the group has %v of %v", w, right[len(right)-1])
	}
	left, right = s.sheet.edges(700)
	if w := right[at] - left[at]; w != 80 {
		t.Errorf("in a narrow window it has %v", w)
	}
	few := withdrawText(app.Person{Sets: 23, Labels: 46}, going{}, false)
	if strings.Contains(few, "window sets that hold") || !strings.Contains(few, "46 labels (23 sets, and 23 others such as setup windows)") {
		t.Errorf("says %q", few)
	}
	if text := withdrawText(app.Person{}, going{Withdrawal: dataset.Withdrawal{WindowSets: 1}}, false); !strings.Contains(text, "1 window set that holds their") {
		t.Errorf("said %q", text)
	}
}

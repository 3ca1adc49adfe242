package shell

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"onset/dataset"
	"onset/dataset/codec"
	"onset/dataset/privacy"
)

// asks puts a question as an import does and returns where its answer comes.
func (s *stand) asks(ask func(codec.Question) (string, error), q codec.Question) <-chan string {
	got := make(chan string, 1)
	go func() {
		key, err := ask(q)
		if err != nil {
			key = "refused"
		}
		got <- key
	}()
	s.until("it is asked", func() bool { return s.dialogs.top() != nil })
	return got
}

func whoseQuestion() codec.Question {
	return codec.Question{Source: "/data/anna/walk.csv", Topic: codec.TopicParticipant, Text: "Whose recording is it?", Person: "Anna",
		Choices: []codec.Choice{{Key: "P01", Text: "P01, 30-39, female"}, {Key: "P02", Text: "P02, 70-79, male"}, {Key: codec.NewParticipant, Text: "new"},
			{Key: codec.LeaveOpen, Text: "open"}}}
}

func TestWhoseRecordingIsFoundByTyping(t *testing.T) {
	s := newStand(t, Flags{})
	got := s.asks(s.asker(func() {}), whoseQuestion())
	entry, ok := s.window.Canvas().Focused().(*filterEntry)
	if !ok {
		t.Fatalf("the focus is on %T", s.window.Canvas().Focused())
	}
	entry.SetText("70 male")
	if found := entry.picking.found; len(found) != 3 || found[2].key != "P02" {
		t.Fatalf("found %+v", found)
	}
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if key := <-got; key != "P02" {
		t.Errorf("answered %q", key)
	}
	got = s.asks(s.asker(func() {}), whoseQuestion())
	entry = s.window.Canvas().Focused().(*filterEntry)
	for _, unread := range []string{"", "P0"} { // P0 could be either
		entry.SetText(unread)
		entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		if s.dialogs.top() == nil {
			t.Fatalf("Enter pressed unread after %q is %q", unread, <-got)
		}
	}
	entry.SetText("")
	for range 3 {
		entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	}
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if key := <-got; key != "P01" {
		t.Errorf("three down is %q", key)
	}
	got = s.asks(s.asker(func() {}), whoseQuestion())
	entry = s.window.Canvas().Focused().(*filterEntry)
	entry.SetText("new")
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if key := <-got; key != codec.NewParticipant {
		t.Errorf("typing new is %q", key)
	}
	got = s.asks(s.asker(func() {}), whoseQuestion())
	entry = s.window.Canvas().Focused().(*filterEntry)
	entry.SetText("nobody like that")
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if s.dialogs.top() == nil {
		t.Error("Enter took an answer where there is none")
	}
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if key := <-got; key != "refused" {
		t.Errorf("Escape answered %q", key)
	}
}

func TestACopyIsImportedOnlyWhenSaid(t *testing.T) {
	s := newStand(t, Flags{})
	q := codec.Question{Source: "/data/a.csv", Topic: "copy", Left: 2, Text: "It is in the study already: session 3 of P01.",
		Choices: []codec.Choice{{Key: "leave", Text: "Leave it out"}, {Key: "import", Text: "Import it all the same"}}}
	ask := s.asker(func() {})
	got := s.asks(ask, q)
	if text := s.dialogs.top().Text; !strings.Contains(text, "session 3 of P01") {
		t.Errorf("the twin is not named: %q", text)
	}
	s.dialogs.key(fyne.KeyReturn)
	if key := <-got; key != "leave" {
		t.Errorf("Enter answered %q", key)
	}
	got = s.asks(ask, q)
	s.press("Import it all the same")
	if key := <-got; key != "import" {
		t.Errorf("the button answered %q", key)
	}
	got = s.asks(ask, q)
	s.press("Leave out every copy")
	if key := <-got; key != "leave" {
		t.Errorf("answered %q", key)
	}
	if key, err := ask(q); key != "leave" || err != nil {
		t.Errorf("the next copy is %q, %v", key, err)
	}
}

// press presses a button of the dialog in front.
func (s *stand) press(word string) {
	s.t.Helper()
	top := s.dialogs.top()
	for i, a := range top.Actions {
		if a == word {
			top.press[i]()
			return
		}
	}
	s.t.Fatalf("no button %q among %q", word, top.Actions)
}

func TestAPassphraseIsAskedTwiceForANewKeyFile(t *testing.T) {
	s := newStand(t, Flags{})
	var got string
	s.askPassphrase("New", "hint", true, func(p string, answer func(string) bool) { got = p; answer("") })
	write := func(text string) { s.window.Canvas().Focused().(*dialogEntry).SetText(text) }
	write("short")
	s.dialogs.key(fyne.KeyReturn)
	if s.dialogs.top() == nil || got != "" {
		t.Fatal("a short passphrase was taken")
	}
	write("several good words")
	if problem := s.dialogs.top().inside()["problem"]; problem != "" {
		t.Errorf("the old complaint stays: %q", problem)
	}
	s.dialogs.key(fyne.KeyReturn)
	if s.dialogs.top() == nil {
		t.Fatal("taken without a second time")
	}
	first := s.window.Canvas().Focused().(*dialogEntry)
	first.OnSubmitted(first.Text)
	write("several good words")
	s.dialogs.key(fyne.KeyReturn)
	if s.dialogs.top() != nil || got != "several good words" {
		t.Errorf("got %q", got)
	}
}

func TestANewCodeIsTypedWhereItIsAskedFor(t *testing.T) {
	s := newStand(t, Flags{})
	q := whoseQuestion()
	q.TakesCode = true
	for _, c := range []struct{ typed, want, says string }{
		{"W07", codec.NewCode("W07"), "Nobody has W07 yet: Enter adds a new person"},
		{"p02", "P02", "Enter takes: P02"},
	} {
		got := s.asks(s.asker(func() {}), q)
		entry := s.window.Canvas().Focused().(*filterEntry)
		entry.SetText(c.typed)
		if hint := entry.picking.hint.Text(); !strings.Contains(hint, c.says) {
			t.Errorf("%q says %q", c.typed, hint)
		}
		entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		if key := <-got; key != c.want {
			t.Errorf("%q is %q", c.typed, key)
		}
	}
	got := s.asks(s.asker(func() {}), q)
	entry := s.window.Canvas().Focused().(*filterEntry)
	for typed, says := range map[string]string{
		"P0":               "others begin so", // on the way to P01 or P02, or new
		"anna":             "That is a name",  // not a study code
		"nobody like that": "one word",
	} {
		entry.SetText(typed)
		entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		if s.dialogs.top() == nil {
			t.Fatalf("Enter after %q is %q", typed, <-got)
		}
		if hint := entry.picking.hint.Text(); !strings.Contains(hint, says) {
			t.Errorf("%q says %q", typed, hint)
		}
	}
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	<-got
}

func TestAnImportIsCancelledFromItsQuestion(t *testing.T) {
	s := newStand(t, Flags{})
	for _, q := range []codec.Question{whoseQuestion(), {Topic: "copy", Text: "It is a copy."}, {Topic: "unit", Text: "Which unit?"}} {
		cancelled := false
		got := s.asks(s.asker(func() { cancelled = true }), q)
		s.press("Cancel the import")
		if key := <-got; key != "refused" || !cancelled {
			t.Errorf("%s: answered %q, cancelled %v", q.Topic, key, cancelled)
		}
		got = s.asks(s.asker(func() { t.Errorf("%s: Escape ends the whole import", q.Topic) }), q)
		s.dialogs.key(fyne.KeyEscape)
		if key := <-got; key != "refused" && key != "leave" || s.dialogs.top() != nil {
			t.Errorf("%s: Escape answered %q", q.Topic, key)
		}
	}
}

func TestOneCopyIsNotCalledEveryCopy(t *testing.T) {
	s := newStand(t, Flags{})
	got := s.asks(s.asker(func() {}), codec.Question{Topic: "copy", Text: "It is a copy."})
	if top := s.dialogs.top(); slices.Contains(top.Actions, "Leave out every copy") {
		t.Errorf("one file is offered %q", top.Actions)
	}
	s.dialogs.key(fyne.KeyEscape)
	<-got
}

func TestAWrongPassphraseIsTypedAgainInTheSameDialog(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("Keys")
	path := filepath.Join(t.TempDir(), "names.key")
	if err := (privacy.Sealer{Work: 10}).Save(path, privacy.Keys{}, "several good words"); err != nil {
		t.Fatal(err)
	}
	s.askPassphrase("Passphrase", "names.key", false, s.tryKeyFile(path))
	dialog := s.dialogs.top()
	problem := func() string { text, _ := dialog.inside()["problem"].(string); return text }
	s.window.Canvas().Focused().(*dialogEntry).SetText("several bad words")
	s.dialogs.key(fyne.KeyReturn)
	s.until("it is refused", func() bool { return strings.Contains(problem(), "does not open") })
	if s.dialogs.top() != dialog || s.keys.open() {
		t.Fatal("the dialog is gone")
	}
	s.window.Canvas().Focused().(*dialogEntry).SetText("several good words")
	s.dialogs.key(fyne.KeyReturn)
	s.until("the key file is open", func() bool { return s.keys.open() })
	if s.dialogs.top() != nil || s.keys.path != path {
		t.Errorf("left %+v", s.dialogs.top())
	}
	s.showKeyFile()
	if got := s.dialogs.top().Actions; !slices.Equal(got, []string{"Forget it", "Remove names…", "Add a name…", "Keep it open"}) {
		t.Errorf("offered %q", got)
	}
	s.press("Keep it open")
	if !s.keys.open() {
		t.Error("it is forgotten")
	}
	s.showKeyFile()
	s.press("Forget it")
	if s.keys.open() {
		t.Error("it is not forgotten")
	}
}

func TestANewKeyFileIsNotOfferedBesideTheStudy(t *testing.T) {
	s := newStand(t, Flags{})
	home := t.TempDir()
	t.Setenv("HOME", home)
	study := s.create("Keys")
	s.newKeyFile()
	top := s.dialogs.top()
	if got := top.inside()["place"]; got != filepath.Join(home, "names.key") {
		t.Errorf("offered at %v", got)
	}
	s.window.Canvas().Focused().(*dialogEntry).SetText(filepath.Join(filepath.Dir(study), "names"))
	s.press("Next")
	if top = s.dialogs.top(); top.Title != "Beside the study?" {
		t.Fatalf("asked %q", top.Title)
	}
	s.press("Choose another place")
	if s.dialogs.top() != nil {
		t.Errorf("then %q", s.dialogs.top().Title)
	}
}

// keyed is a stand with somebody whose name an open key file holds.
func keyed(t *testing.T) (s *stand, path, pass string) {
	t.Helper()
	s = newStand(t, Flags{})
	s.create("Keys")
	path, pass = filepath.Join(t.TempDir(), "names.key"), "several good words"
	var keys privacy.Keys
	keys.Add("P01", "Erika Mustermann")
	keys.Add("P02", "Jan")
	err := errors.Join((privacy.Sealer{Work: 10}).Save(path, keys, pass),
		s.bench.PutPeople(t.Context(), []dataset.Participant{{ID: "P01"}, {ID: "P02"}}, "P01", "P02"))
	if err != nil {
		t.Fatal(err)
	}
	s.keys = keyFile{path: path, passphrase: pass}
	return s, path, pass
}

func (s *stand) codesOf(path, pass string) []string {
	s.t.Helper()
	keys, err := privacy.Sealer{}.Load(path, pass)
	if err != nil {
		s.t.Fatal(err)
	}
	var out []string
	for _, id := range keys.Identities {
		out = append(out, id.Code)
	}
	return out
}

func TestWithdrawingTakesTheNamesOrSaysThatItCanNot(t *testing.T) {
	s, path, pass := keyed(t)
	away := path + ".away"
	if err := os.Rename(path, away); err != nil {
		t.Fatal(err)
	}
	ended, gone := false, false
	withdraw := func() {
		ended, gone = false, false
		s.withdraw("P01", func(_ dataset.Withdrawal, ok bool) { ended, gone = true, ok })
	}
	withdraw()
	s.until("it says why not", func() bool { return s.dialogs.top() != nil })
	top := s.dialogs.top()
	if top.Title != "P01 was not withdrawn" || !strings.Contains(top.Text, path) || !strings.Contains(top.Text, "Nothing was changed") {
		t.Errorf("%s: %s", top.Title, top.Text)
	}
	s.dialogs.key(fyne.KeyReturn)
	if people, err := s.bench.Participants(t.Context()); err != nil || len(people) != 2 || !ended || gone {
		t.Fatalf("%+v, %v, ended %v, gone %v", people, err, ended, gone)
	}
	withdraw()
	s.until("it asks again", func() bool { return s.dialogs.top() != nil })
	s.press("Withdraw without it")
	s.until("they are gone", func() bool { return ended && s.dialogs.top() != nil })
	if text := s.dialogs.top().Text; !gone || !strings.Contains(text, "P01 is withdrawn, but their names are still in the key file") || !strings.Contains(text, "Remove names") {
		t.Errorf("gone %v, said %q", gone, text)
	}
	s.dialogs.key(fyne.KeyReturn)
	if err := os.Rename(away, path); err != nil {
		t.Fatal(err)
	}
	s.removeNames()
	s.until("whom to remove is asked", func() bool { return s.dialogs.top() != nil })
	if text := s.dialogs.top().Text; !strings.Contains(text, "1 person has withdrawn") {
		t.Errorf("asked %q", text)
	}
	s.dialogs.key(fyne.KeyReturn)
	s.until("the names are gone", func() bool { return strings.Contains(s.status.middle.Text(), "all names of P01") })
	if got := s.codesOf(path, pass); !slices.Equal(got, []string{"P02"}) {
		t.Errorf("the key file holds %q", got)
	}
}

func TestWithdrawingTakesTheNamesFromTheOpenKeyFile(t *testing.T) {
	s, path, pass := keyed(t)
	ended := false
	s.withdraw("P01", func(_ dataset.Withdrawal, ok bool) { ended = ok })
	s.until("they are gone", func() bool { return ended })
	if got := s.codesOf(path, pass); !slices.Equal(got, []string{"P02"}) || s.dialogs.top() != nil {
		t.Errorf("the key file holds %q", got)
	}
}

func TestANewKeyFileIsOnDiskAtOnce(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("Keys")
	path, pass := filepath.Join(t.TempDir(), "names.key"), "several good words"
	s.makeKeyFile(path)(pass, func(string) bool { return true })
	s.until("the key file is open", func() bool { return s.keys.open() })
	if got := s.codesOf(path, pass); len(got) != 0 {
		t.Errorf("it holds %q", got)
	}
	if err := s.bench.MakeKeys(path, pass); !errors.Is(err, fs.ErrExist) {
		t.Errorf("another made over it: %v", err)
	}
}

func TestANameIsAddedByKeyboard(t *testing.T) {
	s, path, pass := keyed(t)
	s.addName()
	s.until("it asks", func() bool { return s.dialogs.top() != nil })
	top := s.dialogs.top()
	said := func(what string) string { text, _ := top.inside()[what].(string); return text }
	typed := func(text string) {
		e := s.window.Canvas().Focused().(*dialogEntry)
		e.SetText(text)
		e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	typed("P02")
	if !strings.Contains(said("hint"), "P02 has no name yet") {
		t.Errorf("said %q", said("hint"))
	}
	typed("Bo")
	if !strings.Contains(said("problem"), "whole name") {
		t.Errorf("a short name: %q", said("problem"))
	}
	typed("erika mustermann")
	if !strings.Contains(said("problem"), "under P01 already") {
		t.Errorf("another's name: %q", said("problem"))
	}
	typed("Jan Novak")
	s.until("it is there", func() bool { return strings.Contains(s.status.middle.Text(), "a name of P02") })
	keys, err := privacy.Sealer{}.Load(path, pass)
	if code, ok := keys.CodeOf("Jan Novak"); err != nil || !ok || code != "P02" || s.keys.people != 1 {
		t.Errorf("held under %q, %v, %d called", code, err, s.keys.people)
	}
}

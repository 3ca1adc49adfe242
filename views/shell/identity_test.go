package shell

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"onset/dataset/codec"
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
	got := s.asks(s.asker(nil), whoseQuestion())
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
	got = s.asks(s.asker(nil), whoseQuestion())
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
	got = s.asks(s.asker(nil), whoseQuestion())
	entry = s.window.Canvas().Focused().(*filterEntry)
	entry.SetText("new")
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if key := <-got; key != codec.NewParticipant {
		t.Errorf("typing new is %q", key)
	}
	got = s.asks(s.asker(nil), whoseQuestion())
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
	ask := s.asker(nil)
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
	s.askPassphrase("New", "hint", true, func(p string) { got = p })
	write := func(text string) { s.window.Canvas().Focused().(*dialogEntry).SetText(text) }
	write("short")
	s.dialogs.key(fyne.KeyReturn)
	if s.dialogs.top() == nil || got != "" {
		t.Fatal("a short passphrase was taken")
	}
	write("several good words")
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
		got := s.asks(s.asker(nil), q)
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
	got := s.asks(s.asker(nil), q)
	entry := s.window.Canvas().Focused().(*filterEntry)
	for typed, says := range map[string]string{
		"P0":               "others begin so",    // on the way to P01 or P02, or new
		"anna":             "name in the source", // not a study code
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
	}
}

func TestOneCopyIsNotCalledEveryCopy(t *testing.T) {
	s := newStand(t, Flags{})
	got := s.asks(s.asker(nil), codec.Question{Topic: "copy", Text: "It is a copy."})
	if top := s.dialogs.top(); slices.Contains(top.Actions, "Leave out every copy") {
		t.Errorf("one file is offered %q", top.Actions)
	}
	s.dialogs.key(fyne.KeyEscape)
	<-got
}

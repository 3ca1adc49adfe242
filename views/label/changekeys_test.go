package label

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"onset/app"
	"onset/dataset"
	"onset/views/theme"
)

// A key that is given to another command is swapped, the buttons say the keys as
// they are, and what the trace needs cannot be taken from it.
func TestKeysAreSwappedAndSaid(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.swapKey("fit", "S")
	if l.keys.of("fit") != "S" || l.keys.of("suggest") != "F" {
		t.Errorf("fit has %q, suggest %q", l.keys.of("fit"), l.keys.of("suggest"))
	}
	l.press("f")
	if len(l.hints) == 0 {
		t.Error("F does not suggest")
	}
	l.giveKey("onset", "B")
	if !strings.HasPrefix(l.toolbar.words.Text(), "B sets an onset") {
		t.Errorf("the hints say %q", l.toolbar.words.Text())
	}
	l.keepKeys(nil)
	if l.keys.of("fit") != "F" || l.keys.of("suggest") != "S" {
		t.Error("the keys do not come back")
	}
	l.swapKey("fit", "BackSpace") // one of two
	if x, _ := l.keys.holder("Delete"); x.id != "delete" {
		t.Error("Delete is lost")
	}
	for _, g := range l.Gestures() {
		for _, key := range strings.Split(g.Keys, ", ") {
			if x, ok := l.keys.holder(key); ok {
				t.Errorf("%s is said of the trace and belongs to %s", key, x.id)
			}
		}
	}
}

// Instants that both raters marked are in the consensus, others are asked about.
func TestInstantsAreAdjudicated(t *testing.T) {
	l, _ := open(t, theme.Dark)
	mark := func(rater string, at ...float64) {
		l.as(t, app.Preferences{Rater: rater})
		for _, s := range at {
			l.trace.SetCursor(s)
			l.press("i", "Escape")
		}
	}
	mark("MK", 20, 60, 100)
	l.trace.SetCursor(96.02)
	l.press("2", "Return", "Escape", "Escape")
	mark("JB", 20.1, 61)
	l.trace.SetCursor(96.02)
	l.press("2", "Return", "Escape", "Escape")
	l.as(t, app.Preferences{Rater: "AA"})
	l.press("j")
	if l.verdict == nil || l.verdict.agreed != 2 || len(l.verdict.open) != 3 {
		t.Fatalf("%+v", l.verdict)
	}
	l.press("1", "0", "0") // 60 s counts, 61 s and 100 s do not
	var at []string
	sets := 0
	for _, x := range l.sets() {
		from, to := l.editor.Times(x)
		switch x.Kind {
		case dataset.KindPoint:
			at = append(at, fmtTenth(from))
			if from != to {
				t.Errorf("an instant lasts from %g to %g", from, to)
			}
		case dataset.KindExercise:
			sets++
		}
	}
	if got := strings.Join(at, " "); sets != 1 || len(at) != 2 || at[1] != "60.0" {
		t.Errorf("%d sets, instants at %s", sets, got)
	}
	l.Open("")
	l.Open(session(t, l))
	l.press("j")
	if len(l.verdict.decided) != 3 || strings.Join(l.verdict.decided, "") == "" || !l.settled(l.verdict.open[2]) {
		t.Errorf("after another start %q", l.verdict.decided)
	}
	l.Undo()
	if l.settled(l.verdict.open[2]) || !l.settled(l.verdict.open[1]) {
		t.Error("an undo does not open the last instant alone")
	}
}

// No sentence names a key that a command does not have: whatever can be done here
// is called by its key of now, by its name without one, and a sign by a quoted sign.
func TestHintsFollowTheKeys(t *testing.T) {
	l, _ := open(t, theme.Dark)
	for id, key := range map[string]string{"planned": "B", "play": "H", "onset": "C", "exercise-1": "7", "none": "", "candidate": "", "frame-back": "<"} {
		l.giveKey(id, key)
	}
	for _, c := range []struct{ got, want string }{
		{l.panel.plan.hint.Text(), "B arms the next set"},
		{l.film.hint.Text(), "H plays"},
		{l.panel.none.Text(), "an onset and press C;"},
		{l.panel.verdict.buttons["exercise-1"].Key(), "7"},
		{l.keys.called("frame-back"), "“<”"},
		{l.keys.called("candidate"), "“Next suggestion”"},
	} {
		if !strings.Contains(c.got, c.want) {
			t.Errorf("%q does not say %q", c.got, c.want)
		}
	}
	if key := l.panel.verdict.buttons["none"].Key(); key != "" {
		t.Errorf("Neither has the key %q", key)
	}
	said := ""
	l.SetStatus(func(s string, _ bool) { said = s })
	l.suggest()
	if !strings.Contains(said, "“Next suggestion” walks them, C takes one") {
		t.Errorf("it says %q", said)
	}
}

// A text of this room that names a key of a command outright would be wrong as
// soon as the command has another.
func TestNoSentenceNamesAKeyOutright(t *testing.T) {
	l, _ := open(t, theme.Dark)
	named := regexp.MustCompile(`lang\.[LN]\("[^"]*"`)
	for _, dir := range []string{".", "../trace"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if base := filepath.Base(file); strings.HasSuffix(base, "_test.go") || base == "gestures.go" || base == "keys.go" {
				continue // what is fixed, and the commands themselves
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, sentence := range named.FindAllString(string(text), -1) {
				for _, c := range l.keys.original {
					for _, key := range c.keys {
						if slices.Contains([]string{"I", "A", "Delete", "Enter"}, key) || key == "Tab" && strings.Contains(sentence, "the buttons") {
							continue // words too, a list's own keys, and what walks the buttons
						}
						if r := []rune(key); len(r) == 1 && !unicode.IsUpper(r[0]) {
							continue // punctuation and numbers
						}
						if regexp.MustCompile(`(^|[ "])` + regexp.QuoteMeta(key) + `([ ,.;:]|"$|$)`).MatchString(sentence) {
							t.Errorf("%s: %s names the key %s of %q", file, sentence, key, c.id)
						}
					}
				}
			}
		}
	}
}

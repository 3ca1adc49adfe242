//go:build e2e

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// goTo puts the cursor of the label room at a moment, by keys.
func (w *window) goTo(moment string) {
	w.t.Helper()
	w.key("Escape", "g")
	w.write(moment)
	w.key("Return")
}

// rater says who labels from now on.
func (w *window) rater(name string) {
	w.t.Helper()
	w.run("set the rater")
	w.until("the rater is asked for", func(s state) bool { return s.text("dialog", "title") == "Rater" })
	w.key("ctrl+a")
	w.write(name)
	w.key("Return")
	w.until(name+" labels", func(s state) bool { return s["dialog"] == nil && s.text("rooms", "label", "rater") == name })
}

// Two raters label one session, the second blind; a third settles what they
// disagree about. All with real keys.
func TestWindowTwoRatersAndAnAdjudication(t *testing.T) {
	screen := newScreen(t, screenSize)
	home, study := t.TempDir(), filepath.Join(t.TempDir(), "arms.onset")
	onsetctl(t, nil, "study", "new", study)
	folder, _ := pebbleSession(t, 3)
	w := screen.open(t, home, "-size", windowSize, "-import", folder, study)
	w.until("the library shows one session", func(s state) bool { return s.number("rooms", "library", "sessions") == 1 })
	w.openLabel()
	w.rater("MK")
	for i, moment := range []string{"0:02.000", "0:47.000"} {
		w.goTo(moment)
		w.key("Escape", fmt.Sprint(i+1), "Return")
		w.labelled("MK labelled", i+1)
	}
	w.rater("JB")
	w.run("begin or end a blind pass")
	w.until("nothing of MK is seen", func(s state) bool {
		list, _ := s.at("rooms", "label", "sets").([]any)
		return s.text("rooms", "label", "pass") == "Blind pass" && len(list) == 0 && len(s.labels()) == 0
	})
	w.goTo("0:03.000") // a second after MK's
	w.key("Escape", "0", "1", "Return")
	w.labelled("JB labelled", 1)
	w.goTo("1:32.000") // where MK has none
	w.key("Escape", "0", "3", "Return")
	w.labelled("JB labelled again", 2)
	w.run("begin or end a blind pass")
	w.until("both are seen", func(s state) bool {
		list, _ := s.at("rooms", "label", "sets").([]any)
		return len(list) == 2
	})
	w.rater("AA")
	w.key("j")
	w.until("the disagreements are walked", func(s state) bool { return s.number("rooms", "label", "disagreements") == 3 })
	w.key("1")
	w.labelled("MK was right about the first", 1)
	w.key("1")
	w.labelled("and about the second", 2)
	w.key("0")
	w.until("the third is none", func(s state) bool {
		return s.saved() && len(s.labels()) == 3 && s.number("rooms", "label", "undecided") == 0
	})
	if dir := *imagesDir; dir != "" {
		w.picture(filepath.Join(dir, "adjudicate.png"))
	}
	w.quit()

	// A decision that neither is right outlives the window too.
	w = screen.open(t, home, "-size", windowSize, study)
	w.until("the session is there again", func(s state) bool {
		return s.text("room") == "label" && s.trace() != nil && s.trace()["loaded"] == true && s.trace().number("tracks") > 0
	})
	w.insist("the disagreements are walked again", func(state) { w.key("j") }, func(s state) bool {
		return s.number("rooms", "label", "disagreements") == 3
	})
	if s, _ := w.state(); s.number("rooms", "label", "undecided") != 0 {
		t.Errorf("%v of 3 disagreements are open again", s.number("rooms", "label", "undecided"))
	}
	w.quit()

	consensus := 0
	var all struct {
		Labels []struct{ Set, Rater, Kind, Origin string }
	}
	onsetctl(t, &all, "labels", "list", study, "--json")
	for _, l := range all.Labels {
		if l.Set == "consensus" && l.Kind == "exercise" {
			consensus++
			if l.Rater != "AA" || l.Origin != "consensus:MK" {
				t.Errorf("%+v", l)
			}
		}
	}
	if consensus != 2 {
		t.Errorf("%d labels in the consensus", consensus)
	}
	var report struct{ Sessions int }
	onsetctl(t, &report, "agreement", study, "--first", "MK", "--second", "JB", "--json")
	if report.Sessions != 1 {
		t.Errorf("%d sessions compared", report.Sessions)
	}
}

// A whole session is labelled from suggestions by keys alone: one is turned down,
// the others are taken.
func TestWindowTakesAndTurnsDownSuggestions(t *testing.T) {
	screen := newScreen(t, screenSize)
	study := filepath.Join(t.TempDir(), "arms.onset")
	onsetctl(t, nil, "study", "new", study)
	folder, _ := pebbleSession(t, 3)
	w := screen.open(t, homeOfRater(t), "-size", windowSize, "-import", folder, study)
	w.until("the library shows one session", func(s state) bool { return s.number("rooms", "library", "sessions") == 1 })
	w.openLabel()
	w.until("movement is known", func(s state) bool { return s.at("rooms", "label", "movement") == true })
	w.key("1", "s")
	s := w.until("sets are suggested", func(s state) bool { return s.number("rooms", "label", "hints") > 0 })
	n := int(s.number("rooms", "label", "hints"))
	w.key("Tab", "Delete")
	w.until("one is turned down", func(s state) bool { return int(s.number("rooms", "label", "hints")) == n-1 })
	for i := range n - 1 {
		w.key("a")
		w.labelled("a suggestion was taken", i+1)
	}
	w.quit()
	stored := sets(t, study).Labels
	if len(stored) != n-1 {
		t.Errorf("%d labels are stored of %d suggestions of which one was turned down", len(stored), n)
	}
	for _, l := range stored {
		if l.Kind != "exercise" || l.Origin != "suggestion:energy" || l.Rater != "R1" {
			t.Errorf("a suggestion that was taken is stored as %+v", l)
		}
	}
}

// A trained model names what moves: its doubtful answers come first on demand, one
// is adjusted and taken, one is taken as it is, one turned down, each by one key,
// and the study keeps which model spoke.
func TestWindowTakesAModelsProposals(t *testing.T) {
	study := trainedStudy(t, "[60]")
	w := newScreen(t, screenSize).open(t, homeOfRater(t), "-size", windowSize, study)
	w.until("the library is filled", func(s state) bool { return s.number("rooms", "library", "sessions") > 0 })
	w.openLabel()
	w.until("movement is known", func(s state) bool { return s.at("rooms", "label", "movement") == true })
	w.key("ctrl+a", "Delete")
	w.labelled("no label is left", 0)
	w.key("shift+s")
	s := w.until("sets are suggested", func(s state) bool { return s.number("rooms", "label", "hints") > 0 })
	n := int(s.number("rooms", "label", "hints"))
	if n < 10 {
		t.Errorf("%d suggestions in a session of 10 sets", n)
	}
	w.key("d")
	s = w.until("the most doubtful is chosen", func(s state) bool { return s.text("rooms", "label", "hint") != "" })
	if origin := s.text("rooms", "label", "hint_origin"); !strings.HasPrefix(origin, "suggestion:model:") {
		t.Errorf("it comes from %q", origin)
	}
	w.key("braceright", "a")
	w.labelled("the adjusted one is taken", 1)
	w.key("a")
	w.labelled("another is taken", 2)
	w.key("Delete")
	w.until("one is turned down", func(s state) bool { return int(s.number("rooms", "label", "hints")) == n-3 })
	w.quit()
	adjusted, plain := 0, 0
	for _, l := range sets(t, study).Labels {
		switch {
		case l.Rater != "R1":
		case strings.HasSuffix(l.Origin, " adjusted") && strings.HasPrefix(l.Origin, "suggestion:model:"):
			adjusted++
		case strings.HasPrefix(l.Origin, "suggestion:model:"):
			plain++
		}
	}
	if adjusted != 1 || plain != 1 {
		t.Errorf("%d adjusted and %d plain proposals are stored, want one of each", adjusted, plain)
	}
}

//go:build e2e

package e2e

import (
	"math"
	"path/filepath"
	"testing"
	"time"
)

// trace is the trace of the label room.
func (s state) trace() state {
	t, _ := s.at("rooms", "label", "trace").(map[string]any)
	return t
}

// pixelOf is where a moment lies in the tracks of the label room, in pixels.
func (s state) pixelOf(seconds float64) (x, y float64) {
	t := s.trace()
	view, _ := t["view"].([]any)
	from, _ := view[0].(float64)
	to, _ := view[1].(float64)
	scale := s.number("scale")
	x = (t.number("plot", "x") + (seconds-from)/(to-from)*t.number("plot", "w")) * scale
	return x, (t.number("plot", "y") + 40) * scale
}

// labels are what the label room shows.
func (s state) labels() []state {
	list, _ := s.at("rooms", "label", "labels").([]any)
	var out []state
	for _, v := range list {
		l, _ := v.(map[string]any)
		out = append(out, l)
	}
	return out
}

func (s state) saved() bool { return s.at("rooms", "label", "saved") == true }

// labelled waits until so many labels are shown and saved.
func (w *window) labelled(what string, n int) state {
	w.t.Helper()
	return w.until(what, func(s state) bool { return len(s.labels()) == n && s.saved() })
}

type storedLabels struct {
	Labels []struct {
		Exercise, Kind, Rater, Origin string
		StartS                        float64 `json:"start_s"`
		EndS                          float64 `json:"end_s"`
		StartSample                   int64   `json:"start_sample"`
		EndSample                     int64   `json:"end_sample"`
		Attributes                    map[string]any
	}
}

// sets are the stored labels but for the setup windows.
func sets(t *testing.T, study string) (out storedLabels) {
	t.Helper()
	var all storedLabels
	onsetctl(t, &all, "labels", "list", study, "--json")
	for _, l := range all.Labels {
		if l.Kind != "setup" && l.Kind != "none" {
			out.Labels = append(out.Labels, l)
		}
	}
	return out
}

// A session is labelled with real mouse and keys; what was done survives the
// window, and so does undo.
func TestWindowLabelsASession(t *testing.T) {
	screen := newScreen(t, screenSize)
	home, study := t.TempDir(), filepath.Join(t.TempDir(), "arms.onset")
	onsetctl(t, nil, "study", "new", study)
	folder, _ := pebbleSession(t, 3)
	w := screen.open(t, home, "-size", windowSize, "-import", folder, study)
	w.until("the library shows one session", func(s state) bool { return s.number("rooms", "library", "sessions") == 1 })
	w.openLabel()

	// From the keyboard: go to a time, arm the first exercise, drop a set.
	w.key("g")
	w.write("0:02.000")
	w.key("Return", "1", "Return")
	w.until("the rater is asked for", func(s state) bool { return s.text("dialog", "title") == "Rater" })
	w.write("MK")
	w.key("Return")
	s := w.labelled("Enter dropped a set", 1)
	start := s.labels()[0].number("start")
	w.key("bracketleft", "bracketleft", "braceleft")
	s = w.until("the start moved by 12 samples", func(s state) bool {
		return s.saved() && len(s.labels()) == 1 && s.labels()[0].number("start") == start-12
	})

	// With the mouse: a drag with the second exercise armed, then the wheel.
	w.key("Escape", "Escape", "2")
	x0, y := s.pixelOf(46)
	x1, _ := s.pixelOf(56)
	w.drag(x0, y, x1, y)
	s = w.labelled("the drag drew a set", 2)
	if at := s.labels()[1].number("start_s"); math.Abs(at-46) > 1 {
		t.Errorf("the drawn set starts at %g s, want 46", at)
	}
	w.wheel(x0, y, 3)
	w.until("the wheel zoomed in", func(s state) bool {
		view, _ := s.trace()["view"].([]any)
		return len(view) == 2 && view[1].(float64)-view[0].(float64) < s.trace().number("length")*0.7
	})
	w.key("f")

	// Undo and redo.
	w.key("ctrl+z")
	w.labelled("undo took the set back", 1)
	w.key("ctrl+shift+z")
	w.labelled("redo brought it again", 2)
	w.quit()

	stored := sets(t, study)
	if len(stored.Labels) != 2 {
		t.Fatalf("%d sets stored: %+v", len(stored.Labels), stored)
	}
	if stored.Labels[0].Rater != "MK" || stored.Labels[1].Rater != "MK" {
		t.Errorf("rated by %q and %q, want MK", stored.Labels[0].Rater, stored.Labels[1].Rater)
	}
	if stored.Labels[0].StartSample != int64(start)-12 {
		t.Errorf("the first set starts at sample %d, want %d", stored.Labels[0].StartSample, int64(start)-12)
	}

	// Undo outlives the window, and the program opens where it was left.
	w = screen.open(t, home, "-size", windowSize, study)
	w.until("the session is there again", func(s state) bool {
		return s.text("room") == "label" && s.trace() != nil && s.trace()["loaded"] == true && s.trace().number("tracks") > 0
	})
	w.labelled("everything is as it was", 2)
	w.key("ctrl+z")
	w.labelled("undo works after a restart", 1)
	w.quit()
	if n := len(sets(t, study).Labels); n != 1 {
		t.Errorf("%d sets stored after undo", n)
	}
}

// openLabel chooses the first session of the library and opens it for labelling.
func (w *window) openLabel() {
	w.t.Helper()
	w.until("a session is chosen", func(s state) bool {
		if x, y, ok := s.place("button", "Close"); ok && s["dialog"] != nil {
			w.click(x, y) // the import's report
			return false
		}
		if s.text("rooms", "library", "chosen") != "" {
			return true
		}
		w.key("Down")
		return false
	})
	w.press("button", "Label")
	pressed := time.Now()
	w.until("the trace is drawn", func(s state) bool {
		// The panel may have been laid out anew under the pointer: a person presses again.
		if s.text("room") == "library" && s["dialog"] == nil && time.Since(pressed) > 3*time.Second {
			if x, y, ok := s.place("button", "Label"); ok {
				w.click(x, y)
			}
			pressed = time.Now()
		}
		return s.text("room") == "label" && s.trace() != nil && s.trace()["loaded"] == true && s.trace().number("tracks") > 0
	})
}

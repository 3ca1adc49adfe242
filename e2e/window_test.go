//go:build e2e

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// size of the window that the tests drive.
const (
	screenSize = "1366x768"
	windowSize = "1366x768"
)

// place finds something that can be pressed by its kind and text, and returns
// its middle in pixels.
func (s state) place(kind, text string) (x, y float64, ok bool) {
	list, _ := s["targets"].([]any)
	for _, v := range list {
		t, _ := v.(map[string]any)
		if t == nil || state(t).text("kind") != kind || state(t).text("text") != text {
			continue
		}
		scale := s.number("scale")
		x = (state(t).number("x") + state(t).number("w")/2) * scale
		y = (state(t).number("y") + state(t).number("h")/2) * scale
		return x, y, true
	}
	return 0, 0, false
}

// press waits for something to be there and clicks it.
func (w *window) press(kind, text string) {
	w.t.Helper()
	var x, y float64
	w.until("there is a "+kind+" "+text, func(s state) (ok bool) {
		x, y, ok = s.place(kind, text)
		return ok
	})
	w.click(x, y)
}

// insist does something that may be done twice until it has worked: a window
// that is still being laid out can miss a click or a key.
func (w *window) insist(what string, act func(state), expected func(state) bool) state {
	w.t.Helper()
	var last time.Time
	return w.until(what, func(s state) bool {
		if expected(s) {
			return true
		}
		if time.Since(last) > 8*time.Second {
			last = time.Now()
			act(s)
		}
		return false
	})
}

// room goes to a room and waits until it is in front.
func (w *window) room(name string) {
	w.t.Helper()
	w.insist("the room "+name+" is in front", func(s state) {
		if x, y, ok := s.place("room", name); ok {
			w.click(x, y)
		}
	}, func(s state) bool { return s.text("room") == strings.ToLower(name) })
}

// replayed replays the session that is chosen in the library.
func (w *window) replayed() state {
	w.t.Helper()
	w.insist("the replay is in front", func(state) { w.key("r") }, func(s state) bool { return s.text("room") == "replay" })
	return w.until("the session is replayed", func(s state) bool { return s.number("rooms", "replay", "decisions") > 0 })
}

// jobEnded waits for a job whose name begins so and expects it to be done.
func (w *window) jobEnded(name string) {
	w.t.Helper()
	var last state
	w.until("the job "+name+" has ended", func(s state) bool {
		list, _ := s["jobs"].([]any)
		for _, v := range list {
			j, _ := v.(map[string]any)
			if last = state(j); strings.HasPrefix(last.text("name"), name) && last.text("state") != "running" {
				return true
			}
		}
		return false
	})
	if last.text("state") != "done" {
		w.t.Fatalf("the job %s is %s: %s", name, last.text("state"), last.text("error"))
	}
}

func TestWindowTrainsAModel(t *testing.T) {
	screen := newScreen(t, screenSize)
	study := filepath.Join(t.TempDir(), "sample.onset")
	onsetctl(t, nil, "sample", study)
	w := screen.open(t, t.TempDir(), "-size", windowSize, study)
	w.until("the study is open", func(s state) bool { return s.at("study", "Open") == true })
	w.room("Train")
	w.press("button", "Train")
	w.jobEnded("Train")
	w.quit()
	var models struct {
		Models []struct{ ID string }
	}
	onsetctl(t, &models, "models", study, "--json")
	if len(models.Models) != 1 {
		t.Errorf("%d models are in the study", len(models.Models))
	}
}

// run types a command into the palette and takes the first that is offered.
func (w *window) run(command string) {
	w.t.Helper()
	w.insist("the palette is open", func(state) { w.key("ctrl+k") }, func(s state) bool { return s["palette"] != nil })
	w.write(command)
	w.until("the palette offers "+command, func(s state) bool {
		list, _ := s["palette"].([]any)
		return len(list) > 0 && strings.Contains(strings.ToLower(fmt.Sprint(list[0])), strings.ToLower(command))
	})
	w.key("Return")
}

func TestWindowImportsAndRemembers(t *testing.T) {
	screen := newScreen(t, screenSize)
	home, study := t.TempDir(), filepath.Join(t.TempDir(), "arms.onset")
	onsetctl(t, nil, "study", "new", study)
	folder, samples := pebbleSession(t, 3)
	w := screen.open(t, home, "-size", windowSize, study)
	w.until("the study is open", func(s state) bool { return s.at("study", "Open") == true })
	w.run(folder)
	w.until("the library shows one session", func(s state) bool { return s.number("rooms", "library", "sessions") == 1 })
	w.quit()

	var info struct{ Sessions, Samples int64 }
	onsetctl(t, &info, "study", "info", study, "--json")
	if info.Sessions != 1 || info.Samples != samples {
		t.Errorf("the study holds %+v, want %d samples", info, samples)
	}
	w = screen.open(t, home, "-size", windowSize)
	w.until("the study is offered again", func(s state) bool { return s.text("room") == "welcome" || s.at("study", "Open") == true })
	w.run("open arms")
	w.until("it is open again", func(s state) bool { return s.number("rooms", "library", "sessions") == 1 })
	w.quit()
}

func TestWindowReplaysASession(t *testing.T) {
	study := preparedStudy(t)
	w := newScreen(t, screenSize).open(t, t.TempDir(), "-size", windowSize, study)
	w.until("the library is filled", func(s state) bool { return s.number("rooms", "library", "sessions") > 0 })
	s := w.replayed()
	if s.number("rooms", "replay", "accuracy", "fused") <= 0 {
		t.Errorf("no decision is right: %v", s.at("rooms", "replay"))
	}
	at := s.number("rooms", "replay", "at")
	w.key("space")
	w.until("it plays", func(s state) bool {
		return s.at("rooms", "replay", "playing") == true && s.number("rooms", "replay", "at") > at
	})
	w.key("space")
	w.until("it rests", func(s state) bool { return s.at("rooms", "replay", "playing") == false })
	w.quit()
}

//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestScreenshots takes the pictures of docs/images: every room on the sample
// study, dark, and some of them light.
func TestScreenshots(t *testing.T) {
	if *imagesDir == "" {
		t.Skip("no folder for the pictures given; run make screenshots")
	}
	if err := os.MkdirAll(*imagesDir, 0o755); err != nil {
		t.Fatal(err)
	}
	study := preparedStudy(t)
	for _, theme := range []string{"light", "dark"} { // dark imports into the study
		t.Run(theme, func(t *testing.T) { photograph(t, copied(t, study), theme) })
	}
	t.Run("welcome", func(t *testing.T) {
		w := newScreen(t, screenSize).open(t, t.TempDir(), "-size", windowSize)
		w.until("the welcome screen is there", func(s state) bool { return s.text("room") == "welcome" })
		w.settle()
		w.picture(filepath.Join(*imagesDir, "welcome.png"))
		w.quit()
	})
}

// photograph walks through the rooms. The light pictures show the same without
// the rooms that look alike.
func photograph(t *testing.T, study, theme string) {
	w := newScreen(t, screenSize).open(t, homeOfRater(t), "-size", windowSize, "-theme", theme, study)
	w.until("the library is filled", func(s state) bool { return s.number("rooms", "library", "sessions") > 0 })
	dark := theme == "dark"
	shoot := func(name string) {
		if !dark {
			name += "-" + theme
		}
		w.settle()
		w.picture(filepath.Join(*imagesDir, name+".png"))
	}
	shoot("library")
	w.openLabel()
	w.key("n", "n", "n") // the third label
	w.settle()
	x, y := w.middleOf("label")
	w.wheel(x, y, 4)
	shoot("label")
	if dark {
		w.key("t")
		shoot("tracks")
		w.key("Escape")
		w.room("Progress")
		shoot("progress")
	}
	w.room("Library")
	w.replayed()
	w.click(620, 240) // on the trace: the decision there
	shoot("replay")
	if dark {
		w.press("button", "Set")
		shoot("replay-set")
		w.press("button", "Rules")
		shoot("replay-rules")
		w.press("button", "Decision")
	}
	if dark {
		w.room("Train")
		w.press("button", "Train")
		w.jobEnded("Train")
		shoot("train")
		w.room("Compare")
		shoot("compare")
		w.room("Devices")
		shoot("devices")
		w.room("People")
		w.press("button", "Propose groups")
		shoot("people")
		w.room("Library")
		w.press("button", "Align devices…")
		w.until("both devices are drawn", func(s state) bool { return s.number("dialog", "inside", "recordings") == 2 })
		shoot("align")
		w.key("Escape")
		w.described(beltTable(w.t))
		shoot("wizard")
		w.key("Escape")
		w.press("button", "Leave")
		w.asked(shoot)
		w.key("ctrl+k")
		w.until("the palette is open", func(s state) bool { return s["palette"] != nil })
		shoot("palette")
		w.key("Escape")
	}
	// Last: it imports a session of which nobody says whose it is.
	w.wayRound(func(name string) {
		if name == "server" || name == "server-pairing" && dark {
			shoot(name)
		}
	})
	w.quit()
}

// copied is a study that nobody else writes to.
func copied(t *testing.T, study string) string {
	t.Helper()
	raw, err := os.ReadFile(study)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sample.onset")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// asked takes the pictures of an import that asks whose a recording is, of what
// it reports, and of the person who stays open. The recording is a set of a Pebble
// session; the study keeps it.
func (w *window) asked(shoot func(string)) {
	w.t.Helper()
	folder, _ := pebbleSession(w.t, 1)
	w.run(folder)
	w.until("it is asked whose it is", func(s state) bool {
		_, _, ok := s.place("entry", "whose")
		return ok
	})
	shoot("whose")
	w.key("Down", "Down", "Return") // leave it open
	w.until("the report is there", func(s state) bool { return strings.HasPrefix(s.text("dialog", "title"), "1 session imported") })
	shoot("report")
	w.key("Escape")
	w.run("key file")
	w.until("the key file's dialog is open", func(s state) bool { return s["dialog"] != nil })
	shoot("key-file")
	w.key("Escape")
}

// middleOf is the middle of the plot of a room's trace in pixels.
func (w *window) middleOf(room string) (x, y float64) {
	w.t.Helper()
	s := w.until("the trace of the room "+room+" is drawn", func(s state) bool {
		return s.number("rooms", room, "trace", "plot", "w") > 0
	})
	p, _ := s.at("rooms", room, "trace", "plot").(map[string]any)
	scale := s.number("scale")
	return (state(p).number("x") + state(p).number("w")*0.35) * scale, (state(p).number("y") + state(p).number("h")/2) * scale
}

// homeOfRater is a home where the rater is known.
func homeOfRater(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, "onset"), 0o700); err != nil {
		t.Fatal(err)
	}
	text := []byte(`{"preferences":{"theme":"dark","rater":"R1"}}`)
	if err := os.WriteFile(filepath.Join(home, "onset", "workbench.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

// preparedStudy is the sample study with two models that have not seen its
// first session.
func preparedStudy(t *testing.T) string {
	t.Helper()
	return trainedStudy(t, "[250, 100]", "[60]")
}

// trainedStudy is the sample study with a net of each of some layers.
func trainedStudy(t *testing.T, layers ...string) string {
	t.Helper()
	dir := t.TempDir()
	study := filepath.Join(dir, "sample.onset")
	onsetctl(t, nil, "sample", study)
	var list struct{ Sessions []struct{ ID string } }
	onsetctl(t, &list, "sessions", study, "--json")
	for _, l := range layers {
		config := filepath.Join(dir, "c.toml")
		text := "[data]\nsensor_set = [\"left-wrist/accelerometer\"]\nexclude_sessions = [\"" + list.Sessions[0].ID + "\"]\n[model]\nlayers = " + l + "\n"
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		onsetctl(t, nil, "train", study, "--config", config)
	}
	return study
}

// settle waits until the state has stayed the same for a moment, so that
// pictures show what was read in the background.
func (w *window) settle() {
	w.t.Helper()
	last, since := "", time.Now()
	w.until("the screen has come to rest", func(state) bool {
		raw, err := os.ReadFile(w.file)
		if err != nil || string(raw) != last {
			last, since = string(raw), time.Now()
			return false
		}
		return time.Since(since) > 1500*time.Millisecond
	})
}

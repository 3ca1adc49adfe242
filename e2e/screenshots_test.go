//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
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
	for _, theme := range []string{"dark", "light"} {
		t.Run(theme, func(t *testing.T) {
			screen := newScreen(t, screenSize)
			w := screen.open(t, t.TempDir(), "-size", windowSize, "-theme", theme, study)
			w.until("the library is filled", func(s state) bool { return s.number("rooms", "library", "sessions") > 0 })
			suffix := ""
			if theme != "dark" {
				suffix = "-" + theme
			}
			shoot := func(name string) {
				w.settle()
				w.picture(filepath.Join(*imagesDir, name+suffix+".png"))
			}
			shoot("library")
			w.key("Return")
			w.until("the first session is open for labelling", func(s state) bool { return s.text("room") == "label" })
			shoot("label")
			w.room("Train")
			w.press("button", "Train")
			w.jobEnded("Train")
			shoot("train")
			w.room("Compare")
			shoot("compare")
			w.room("Library")
			w.key("r")
			w.until("the first session is replayed", func(s state) bool { return s.text("room") == "replay" })
			shoot("replay")
			w.room("Devices")
			shoot("devices")
			w.key("ctrl+k")
			w.until("the palette is open", func(s state) bool { return s["palette"] != nil })
			shoot("palette")
			w.key("Escape")
			w.quit()
		})
	}
	t.Run("welcome", func(t *testing.T) {
		w := newScreen(t, screenSize).open(t, t.TempDir(), "-size", windowSize)
		w.until("the welcome screen is there", func(s state) bool { return s.text("room") == "welcome" })
		w.settle()
		w.picture(filepath.Join(*imagesDir, "welcome.png"))
		w.quit()
	})
}

// preparedStudy is the sample study with two models that have not seen its
// first session.
func preparedStudy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	study := filepath.Join(dir, "sample.onset")
	onsetctl(t, nil, "sample", study)
	var list struct{ Sessions []struct{ ID string } }
	onsetctl(t, &list, "sessions", study, "--json")
	for _, layers := range []string{"[250, 100]", "[60]"} {
		config := filepath.Join(dir, "c.toml")
		text := "[data]\nsensor_set = [\"left-wrist/accelerometer\"]\nexclude_sessions = [\"" + list.Sessions[0].ID + "\"]\n[model]\nlayers = " + layers + "\n"
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

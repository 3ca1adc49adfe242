//go:build e2e

package e2e

import (
	"context"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"onset/dataset"
)

var measureFrames = flag.Bool("frames", false, "measure what a frame of the trace costs in the real window")

// longStudy holds one session of 6 channels of 10 million samples.
func longStudy(t *testing.T, path string) {
	t.Helper()
	ctx := context.Background()
	s, err := dataset.Create(ctx, path, dataset.Options{Now: time.Now, Program: "onset e2e"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	im, err := s.BeginImport(ctx, dataset.Session{Participant: "P01", Source: "made", Format: "made"})
	if err != nil {
		t.Fatal(err)
	}
	const n, rate, chunk = 10_000_000, 100, 100_000
	for _, place := range []string{"left-wrist", "right-wrist"} {
		draft := dataset.RecordingDraft{Device: "made", Placement: place, NominalHz: rate}
		for _, axis := range []string{"x", "y", "z"} {
			draft.Channels = append(draft.Channels, dataset.Channel{Kind: "accelerometer", Axis: axis, Unit: "g", Scale: 0.001})
		}
		rec, err := im.AddRecording(ctx, draft)
		if err != nil {
			t.Fatal(err)
		}
		codes := [3][]int32{make([]int32, chunk), make([]int32, chunk), make([]int32, chunk)}
		for first := 0; first < n; first += chunk {
			for k := range chunk {
				at := float64(first + k)
				for c := range codes {
					codes[c][k] = int32(1000*math.Sin(at/40+float64(c)) + 200*math.Sin(at*1.7))
				}
			}
			if err := rec.AppendCodes(ctx, codes[:]); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := rec.Finish(ctx, dataset.Uniform(0, rate), rate, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := im.Commit(ctx); err != nil {
		t.Fatal(err)
	}
}

// spent is the processor time of the program so far.
func (w *window) spent() time.Duration {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(w.cmd.Process.Pid), "stat"))
	if err != nil {
		w.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(after)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// TestWindowFrames pans and zooms in the real window at 1600x900 and says what a
// frame costs: the trace's own drawing, and all that the program computes,
// OpenGL on the processor included.
func TestWindowFrames(t *testing.T) {
	if !*measureFrames {
		t.Skip("run make bench-window")
	}
	screen := newScreen(t, "1600x900")
	study := filepath.Join(t.TempDir(), "long.onset")
	longStudy(t, study)
	w := screen.open(t, t.TempDir(), "-size", "1600x900", study)
	w.until("the study is open", func(s state) bool { return s.at("study", "Open") == true })
	w.until("the library shows one session", func(s state) bool { return s.number("rooms", "library", "sessions") == 1 })
	w.insist("the label room is in front", func(state) { w.key("Return") }, func(s state) bool { return s.text("room") == "label" })
	w.until("the trace is loaded", func(s state) bool { return s.trace()["loaded"] == true })
	panning := []string{"keydown", "shift"}
	for range 10 { // to and fro, so that no end of the session is reached
		panning = append(panning, "click", "--repeat", "20", "--delay", "30", "5", "click", "--repeat", "20", "--delay", "30", "4")
	}
	panning = append(panning, "keyup", "shift")
	for _, c := range []struct {
		name  string
		zoom  int // notches before
		frame []string
	}{
		{"zooming in and out of the whole session", 0, []string{"click", "--repeat", "200", "--delay", "30", "4", "click", "--repeat", "200", "--delay", "30", "5", "click", "--repeat", "200", "--delay", "30", "4"}},
		{"panning", 6, panning},
		{"panning closer", 14, panning},
	} {
		w.key("f")
		loaded := func(s state) bool { return s.trace()["loaded"] == true }
		whole := func(s state) bool {
			view, _ := s.trace()["view"].([]any)
			return loaded(s) && len(view) == 2 && view[1].(float64) > 90_000
		}
		x, y := w.until("the whole session is shown", whole).pixelOf(50_000)
		if c.zoom > 0 {
			w.wheel(x, y, c.zoom)
		}
		before, spent := w.until("the trace is loaded", loaded).trace().number("frames", "count"), w.spent()
		w.do(append([]string{"mousemove", pixels(x), pixels(y), "sleep", "0.1"}, c.frame...)...)
		s := w.until("frames are drawn", func(s state) bool { return loaded(s) && s.trace().number("frames", "count") > before+20 })
		f, view := s.trace(), s.trace()["view"].([]any)
		drawn := f.number("frames", "count") - before
		t.Logf("%s, at last %.0f s of 100,000: %.0f frames; of the last 128 the trace took %.1f ms (median), %.1f (99th centile), %.1f (most); the whole program, OpenGL in software included, %.1f ms of processor time a frame",
			c.name, view[1].(float64)-view[0].(float64), drawn, f.number("frames", "median_ms"), f.number("frames", "p99_ms"), f.number("frames", "most_ms"),
			float64((w.spent()-spent).Milliseconds())/drawn)
	}
	w.quit()
}

//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"image"
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"onset/labeling"
)

// wholeSession is a recording of 24 sets in 45 minutes, as the watch wrote it.
const wholeSession = "../../shared/data/muvr/pebble-sessions/jan-shoulders-21-05"

// unlabelled copies a recording without what its wearer said of it.
func unlabelled(t *testing.T, from string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(from, "*.raw"))
	if err != nil || len(files) == 0 {
		t.Skipf("no recording in %s", from)
	}
	to := filepath.Join(t.TempDir(), "shoulders")
	if err := os.Mkdir(to, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err == nil {
			err = os.WriteFile(filepath.Join(to, filepath.Base(f)), raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// A whole session is labelled without a mouse: opened from the library, walked
// from suggestion to suggestion, each set named, described and taken, what the
// suggestions miss set by hand. The rater's eye is what the wearer noted. Then the
// view is written as a figure in each format.
func TestWindowLabelsAWholeSessionFromTheKeyboard(t *testing.T) {
	folder := unlabelled(t, wholeSession)
	dir := t.TempDir()
	noted := filepath.Join(dir, "noted.onset")
	onsetctl(t, nil, "study", "new", noted)
	onsetctl(t, nil, "import", noted, wholeSession)
	truth := sets(t, noted).Labels
	study := filepath.Join(dir, "shoulders.onset")
	onsetctl(t, nil, "study", "new", study)

	w := newScreen(t, screenSize).open(t, homeOfRater(t), "-size", windowSize, "-import", folder, study)
	w.until("the library shows one session", func(s state) bool { return s.number("rooms", "library", "sessions") == 1 })
	w.insist("the session is open", func(s state) {
		if s["dialog"] != nil {
			w.key("Escape") // the import's report
		}
		w.key("Home", "Return")
	}, func(s state) bool {
		return s.text("room") == "label" && s.trace() != nil && s.trace()["loaded"] == true && s.at("rooms", "label", "movement") == true
	})
	var keys []string // the exercises under the number keys
	for _, l := range truth {
		if s, _ := w.state(); !slices.Contains(s.exercises(), l.Exercise) {
			keys = w.takeUp(l.Exercise)
		} else {
			keys = s.exercises()
		}
	}
	number := func(exercise string) string {
		i := slices.Index(keys, exercise)
		if i < 0 || i > 8 {
			t.Fatalf("%s has no number key: %v", exercise, keys)
		}
		return fmt.Sprint(i + 1)
	}
	named := func(from, to float64) (exercise string, covered float64) {
		for _, l := range truth {
			if c := math.Min(to, l.EndS) - math.Max(from, l.StartS); c > covered {
				exercise, covered = l.Exercise, c
			}
		}
		return exercise, covered
	}
	w.key("Escape", "s")
	s := w.until("sets are suggested", func(s state) bool { return s.number("rooms", "label", "hints") > 0 })
	suggested := int(s.number("rooms", "label", "hints"))
	w.key("Tab")
	taken := 0
	for left := suggested; left > 0; left-- {
		s = w.until("a suggestion is chosen", func(s state) bool {
			return int(s.number("rooms", "label", "hints")) == left && s.text("rooms", "label", "hint") != "" && s.saved()
		})
		from, to := s.number("rooms", "label", "hint_start"), s.number("rooms", "label", "hint_end")
		exercise, covered := named(from, to)
		if covered < (to-from)/2 {
			w.key("Delete")
			continue
		}
		taken++
		w.key(number(exercise), "a")
		w.labelled("the suggestion is a label", taken)
	}
	missed := 0
	for _, l := range truth {
		s, _ = w.state()
		if slices.ContainsFunc(s.labels(), func(x state) bool { return x.number("start_s") < l.EndS && x.number("end_s") > l.StartS }) {
			continue
		}
		missed++
		w.goTo(clock(l.StartS))
		w.key("Escape", "0", number(l.Exercise), "Return")
		w.labelled("the missed set is labelled", taken+missed)
		w.endHere(l.StartS, l.EndS)
	}
	// One that was taken as it was suggested ends where the wearer noted it.
	s, _ = w.state()
	for _, l := range truth {
		if i := slices.IndexFunc(s.labels(), func(x state) bool {
			return x.number("start_s") < l.EndS-1 && x.number("end_s") > l.StartS && math.Abs(x.number("end_s")-l.EndS) > 0.5
		}); i >= 0 {
			from := s.labels()[i].number("start_s")
			w.goTo(clock(max(from-0.05, 0)))
			w.key("Escape", "Escape", "n")
			w.endHere(from, l.EndS)
			break
		}
	}
	w.key("Escape", "n", "F2")
	w.write("12")
	w.key("Return")
	w.until("the repetitions are kept", func(s state) bool { return s.saved() })
	for _, kind := range []string{"svg", "pdf", "png"} {
		w.figure(kind, filepath.Join(dir, "figure."+kind))
	}
	w.quit()

	stored := sets(t, study).Labels
	if len(stored) != taken+missed {
		t.Errorf("%d labels are stored, %d were made", len(stored), taken+missed)
	}
	found := 0
	for _, l := range truth {
		for _, x := range stored {
			if x.Exercise == l.Exercise && x.StartS < l.EndS && x.EndS > l.StartS {
				found++
				break
			}
		}
	}
	t.Logf("%d sets noted; %d suggestions, %d taken, %d turned down, %d sets labelled by hand", len(truth), suggested, taken, suggested-taken, missed)
	if found != len(truth) {
		t.Errorf("%d of %d sets are labelled as they were noted", found, len(truth))
	}
	assisted, described := 0, 0
	for _, x := range stored {
		if strings.HasPrefix(x.Origin, "suggestion:") {
			assisted++
		}
		if x.Attributes["repetitions"] == 12.0 {
			described++
		}
	}
	if assisted != taken || described == 0 {
		t.Errorf("%d labels say that they were suggested, want %d; %d say 12 repetitions", assisted, taken, described)
	}
	checkFigures(t, dir)
}

// clock is a moment as it is typed.
func clock(s float64) string { return fmt.Sprintf("%d:%06.3f", int(s)/60, math.Mod(s, 60)) }

// endHere ends the label that was chosen last, which begins nearest to a moment, at
// another one: the time is typed, O does it.
func (w *window) endHere(start, end float64) {
	w.t.Helper()
	w.goTo(clock(end))
	w.key("o")
	w.until("the set ends at the cursor", func(s state) bool {
		return s.saved() && slices.ContainsFunc(s.labels(), func(x state) bool {
			return math.Abs(x.number("start_s")-start) < 0.1 && math.Abs(x.number("end_s")-end) < 0.1
		})
	})
}

// exercises are those under the number keys of the label room, in order.
func (s state) exercises() (out []string) {
	list, _ := s.at("rooms", "label", "exercises").([]any)
	for _, v := range list {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

// takeUp puts an exercise of the catalogue under the number keys.
func (w *window) takeUp(id string) []string {
	w.t.Helper()
	e, ok := labeling.DefaultCatalogue().ByID(id)
	if !ok {
		w.t.Fatalf("%s is not in the catalogue", id)
	}
	w.key("Escape", "Escape", "e")
	w.until("an exercise is asked for", func(s state) bool { return s.at("rooms", "label", "asks") == true })
	w.write(e.Name)
	w.key("Return")
	return w.until(e.Name+" has a key", func(s state) bool { return slices.Contains(s.exercises(), id) }).exercises()
}

// figure writes what the room shows into a file, by keys.
func (w *window) figure(kind, path string) {
	w.t.Helper()
	w.insist("the palette offers exports", func(state) { w.key("ctrl+e") }, func(s state) bool { return s["palette"] != nil })
	w.write("figure " + kind)
	w.until("it offers "+kind, func(s state) bool {
		list, _ := s["palette"].([]any)
		return len(list) > 0 && strings.HasSuffix(strings.ToLower(fmt.Sprint(list[0])), kind)
	})
	w.key("Return")
	w.until("a name is asked for", func(s state) bool { return s["dialog"] != nil })
	w.key("ctrl+a")
	w.write(path)
	w.key("Return")
	w.until("the figure is written", func(state) bool {
		info, err := os.Stat(path)
		return err == nil && info.Size() > 0
	})
}

// checkFigures holds the three figures to what print needs: the format that they
// are called, the labels' names, and a scale.
func checkFigures(t *testing.T, dir string) {
	t.Helper()
	svg, err := os.ReadFile(filepath.Join(dir, "figure.svg"))
	if err != nil || !bytes.Contains(svg, []byte("<svg")) {
		t.Fatalf("no SVG: %v %.80q", err, svg)
	}
	for _, want := range []string{"acc", "0:"} {
		if !bytes.Contains(svg, []byte(want)) {
			t.Errorf("the figure says %q nowhere", want)
		}
	}
	pdf, err := os.ReadFile(filepath.Join(dir, "figure.pdf"))
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Errorf("no PDF: %v %.20q", err, pdf)
	}
	f, err := os.Open(filepath.Join(dir, "figure.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, kind, err := image.Decode(f)
	if err != nil || kind != "png" || img.Bounds().Dx() < 600 {
		t.Errorf("no PNG for print: %v %s", err, kind)
	}
}

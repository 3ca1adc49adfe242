//go:build e2e

package e2e

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// beltTable writes a table of a device that no decoder knows: decimal commas, a
// line before the header, no units.
func beltTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("Lab 7, belt 2\nt;acc_x;acc_y;acc_z\n")
	for i := range 3000 {
		at := float64(i) / 100
		fmt.Fprint(&b, strings.ReplaceAll(fmt.Sprintf("%.3f;%.4f;%.4f;%.4f\n", at, math.Sin(at), math.Cos(at), 9.8+math.Sin(7*at)/10), ".", ","))
	}
	path := filepath.Join(t.TempDir(), "belt 12.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// described opens the wizard on the belt's table and says what is missing.
func (w *window) described(table string) {
	w.t.Helper()
	w.run(table)
	w.until("the wizard shows the columns", func(s state) bool { return s.number("dialog", "inside", "columns") == 4 })
	w.insist("the times are in seconds", func(s state) {
		if x, y, ok := s.place("select", "time unit"); ok {
			w.click(x, y)
			w.key("Down", "Down", "Return")
		}
	}, func(s state) bool { return !strings.Contains(s.text("dialog", "inside", "reason"), "times in") })
	w.insist("the first channel is chosen", func(s state) { w.press("button", "→") },
		func(s state) bool { return s.text("dialog", "inside", "chosen") == "acc_x" })
	w.press("button", "m/s²")
	w.press("button", "Same unit for 2 more")
	w.until("nothing is missing", func(s state) bool { return s.at("dialog", "inside", "ready") == true })
}

func TestWindowDescribesATableAndKeepsTheSheet(t *testing.T) {
	home, study := t.TempDir(), filepath.Join(t.TempDir(), "belt.onset")
	onsetctl(t, nil, "study", "new", study)
	table := beltTable(t)
	w := newScreen(t, screenSize).open(t, home, "-size", windowSize, study)
	w.until("the study is open", func(s state) bool { return s.at("study", "Open") == true })
	w.described(table)
	if hz := w.until("the rate is measured", func(s state) bool { return s.number("dialog", "inside", "hz") > 0 }).number("dialog", "inside", "hz"); math.Abs(hz-100) > 0.5 {
		t.Errorf("the wizard measures %g Hz", hz)
	}
	w.press("entry", "mapping name")
	w.write("lab belt")
	w.key("Return")
	// The file does not say whose it is, and nobody typed a code.
	w.until("it is asked whose it is", func(s state) bool {
		_, _, ok := s.place("entry", "whose")
		return ok
	})
	w.write("B12")
	w.until("it says what Enter does", func(s state) bool {
		return strings.HasPrefix(s.text("dialog", "inside", "hint"), "Nobody has B12 yet")
	})
	w.key("Return")
	w.jobEnded("Import")
	w.until("nothing is left to say", func(s state) bool { return s["dialog"] == nil })
	w.until("the session is there", func(s state) bool { return s.number("rooms", "library", "sessions") == 1 })

	w.room("People")
	w.until("the sheet shows the person", func(s state) bool { return s.text("rooms", "people", "chosen") == "B12" })
	w.insist("the cell is the age band", func(state) { w.key("Right") }, func(s state) bool { return s.text("rooms", "people", "field") == "age" })
	w.write("60-69")
	w.key("Tab")
	w.write("f")
	w.key("Return")
	w.until("it is saved", func(s state) bool {
		return strings.HasPrefix(s.text("status"), "Saved") || s.text("rooms", "people", "cell") == "female"
	})
	w.quit()

	var people struct {
		Participants []struct {
			ID      string
			AgeBand string `json:"age_band"`
			Sex     string
		}
	}
	onsetctl(t, &people, "participants", study, "--json")
	if len(people.Participants) != 1 || people.Participants[0].AgeBand != "60-69" || people.Participants[0].Sex != "female" {
		t.Errorf("the study holds %+v", people)
	}
	var info struct{ Samples int64 }
	onsetctl(t, &info, "study", "info", study, "--json")
	if info.Samples != 3000 {
		t.Errorf("%d samples came in", info.Samples)
	}
	if saved, _ := filepath.Glob(filepath.Join(home, "*", "mappings", "lab-belt.toml")); len(saved) != 1 {
		t.Errorf("the mapping is not saved: %v", saved)
	}
}

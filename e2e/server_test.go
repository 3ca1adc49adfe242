//go:build e2e

package e2e

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serverPage opens the page of the sync server and starts it on a free port.
func (w *window) serverPage() {
	w.t.Helper()
	w.room("Devices")
	w.press("button", "Sync server")
	w.until("the page has read what there is", func(s state) bool {
		_, _, ok := s.place("entry", "7430")
		return ok
	})
	w.press("entry", "7430")
	w.key("ctrl+a")
	w.write("0")
	w.press("button", "Start")
	w.until("the server runs", func(s state) bool { return s.at("rooms", "devices", "server", "running") == true })
}

// workout writes three minutes of a watch on the left wrist: rests, and sets of
// slow repetitions.
func workout(t *testing.T) string {
	t.Helper()
	const perBlock, rate, blocks = 100, 50.0, 90
	var file []byte
	for block := range blocks {
		head := make([]byte, 16)
		copy(head, []byte{'a', 'd', 1, rate})
		binary.LittleEndian.PutUint64(head[4:], math.Float64bits(700_000_000+float64(block)*perBlock/rate))
		binary.LittleEndian.PutUint32(head[12:], 3*perBlock)
		file = append(append(file, head...), "talR"...)
		for i := range perBlock {
			at := float64(block*perBlock+i) / rate
			x, y := 0.0, 0.0
			if math.Mod(at, 45) > 20 { // a set
				x, y = 0.7*math.Sin(4*at), 0.5*math.Cos(4*at)
			}
			for _, v := range []float64{x, y, -0.9} {
				file = binary.LittleEndian.AppendUint32(file, math.Float32bits(float32(v)))
			}
		}
	}
	path := filepath.Join(t.TempDir(), "workout.raw")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pairedByCode shows the pairing code and pairs the reference device with its
// text. shoot takes a picture of the code.
func (w *window) pairedByCode(shoot func(string)) (device string) {
	w.t.Helper()
	w.press("button", "Show the code")
	s := w.until("the code is shown", func(s state) bool { return s.text("rooms", "devices", "server", "invitation") != "" })
	shoot("server-pairing")
	device = filepath.Join(w.t.TempDir(), "device")
	onsetctl(w.t, nil, "device", "pair", "--state", device, "--name", "Watch 3", s.text("rooms", "devices", "server", "invitation"))
	w.until("the device is in the list", func(s state) bool {
		return s.number("rooms", "devices", "server", "devices") == 1 && s.text("rooms", "devices", "server", "invitation") == ""
	})
	return device
}

// wayRound goes the whole way: server, pairing, model, session, inbox, study,
// decisions.
func (w *window) wayRound(shoot func(string)) {
	w.t.Helper()
	w.serverPage()
	device := w.pairedByCode(shoot)
	w.press("button", "Publish")
	w.jobEnded("Publish")
	w.until("the model is published", func(s state) bool { return s.number("rooms", "devices", "server", "releases") == 1 })
	var pulled struct{ Outcome string }
	onsetctl(w.t, &pulled, "device", "pull", "--state", device, "--json")
	if pulled.Outcome != "new-model" {
		w.t.Fatalf("the device pulled: %s", pulled.Outcome)
	}
	recording := workout(w.t)
	var ran struct {
		Runtime  string
		Sessions []struct{ Decisions []struct{ Fused string } }
	}
	onsetctl(w.t, &ran, "device", "run", "--state", device, recording, "--json")
	if len(ran.Sessions) != 1 || len(ran.Sessions[0].Decisions) == 0 {
		w.t.Fatalf("the device ran %+v", ran)
	}
	onsetctl(w.t, nil, "device", "push", "--state", device, recording)
	s := w.until("the session waits and the self-test is known", func(s state) bool {
		page := s.at("rooms", "devices", "server")
		p, _ := page.(map[string]any)
		return len(listOf(p, "inbox")) == 1 && strings.Contains(strings.Join(listOf(p, "selftest"), " "), "active")
	})
	shoot("server")
	before := s.number("ledger")
	w.press("button", "Import all")
	w.until("it is asked whose it is", func(s state) bool { return s["dialog"] != nil })
	shoot("server-whose")
	w.key("Down", "Down", "Return") // leave it open
	w.jobEnded("Import")
	w.until("it is in the study", func(s state) bool {
		p, _ := s.at("rooms", "devices", "server").(map[string]any)
		return strings.Join(listOf(p, "inbox"), "") == "imported" && s.number("ledger") > before
	})
	w.until("the import is reported", func(s state) bool { return strings.Contains(s.text("dialog", "title"), "1 session imported") })
	shoot("server-report")
	w.insist("the report is closed", func(state) { w.key("Escape") }, func(s state) bool { return s["dialog"] == nil })
	const firstRow = 52 // below the buttons of its list
	w.insist("the session is chosen", func(s state) {
		if x, y, ok := s.place("button", "Check"); ok {
			w.click(x, y+firstRow*s.number("scale"))
		}
	}, func(s state) bool {
		_, _, ok := s.place("button", "Import") // instead of all
		return ok
	})
	w.press("button", "See its decisions")
	w.until("its decisions are there", func(s state) bool { return s.text("room") == "replay" && s.number("rooms", "replay", "decisions") > 0 })
	shoot("server-decisions")
}

func listOf(page map[string]any, key string) []string {
	all, _ := page[key].([]any)
	out := make([]string, len(all))
	for i, x := range all {
		out[i], _ = x.(string)
	}
	return out
}

func TestWindowServesDevices(t *testing.T) {
	w := newScreen(t, screenSize).open(t, homeOfRater(t), "-size", windowSize, preparedStudy(t))
	w.until("the study is open", func(s state) bool { return s.at("study", "Open") == true })
	w.wayRound(func(name string) {
		if dir := os.Getenv("ONSET_LOOKS"); dir != "" {
			w.settle()
			w.picture(filepath.Join(dir, "e2e-"+name+".png"))
		}
	})
	w.quit()
}

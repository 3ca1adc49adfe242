package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"onset/dataset"
	"onset/devices"
	"onset/replay"
)

// deviceLine is a decision as the device program and replay --lines print it.
type deviceLine struct {
	AtS       float64            `json:"at_s"`
	OnsetS    float64            `json:"onset_s"`
	OnsetSD   float64            `json:"onset_sd"`
	Fused     string             `json:"fused"`
	P         float64            `json:"p"`
	Margin    float64            `json:"margin"`
	Sensor    map[string]float64 `json:"sensor"`
	Markov    map[string]float64 `json:"markov"`
	Place     map[string]float64 `json:"place"`
	Memory    map[string]float64 `json:"memory"`
	Whole     map[string]float64 `json:"fused_distribution"`
	Missing   string             `json:"sensor_missing"`
	TakenBack bool               `json:"taken_back"`
}

func deviceLines(t *testing.T, text string) []deviceLine {
	t.Helper()
	var out []deviceLine
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l deviceLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatalf("%v in %q", err, lines.Text())
		}
		out = append(out, l)
	}
	return out
}

// builtDevice builds an export's device program as its reader would.
func builtDevice(t *testing.T, dir string) string {
	t.Helper()
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("no C compiler")
	}
	sources, err := filepath.Glob(filepath.Join(dir, "c", "*.c"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources in %s: %v", dir, err)
	}
	path := filepath.Join(t.TempDir(), "onset-device")
	if out, err := exec.Command("cc", append(append([]string{"-O2", "-std=c99", "-o", path}, sources...), "-lm")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// lived is what the device program prints for a session.
func lived(t *testing.T, program, dir, study, session string, flag string) string {
	t.Helper()
	samples := ctl(t, "samples", study, "--session", session, flag)
	if samples.code != exitOK {
		t.Fatal(samples.err)
	}
	cmd := exec.Command(program, "run", dir)
	cmd.Stdin = strings.NewReader(samples.out)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return string(out)
}

// sameLines compares what a device printed with what the replay expects of it:
// bit for bit where this machine's compiler does not fuse.
func sameLines(t *testing.T, session string, device, replayed []deviceLine) {
	t.Helper()
	if len(device) != len(replayed) {
		t.Errorf("session %s: the device decides %d times, the replay %d times", session, len(device), len(replayed))
		return
	}
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-9 }
	for i, d := range device {
		r := replayed[i]
		if d.Fused != r.Fused || d.TakenBack != r.TakenBack || (d.Missing == "") != (r.Missing == "") || !near(d.AtS, r.AtS) || !near(d.OnsetS, r.OnsetS) ||
			!near(d.OnsetSD, r.OnsetSD) || !near(d.P, r.P) || !near(d.Margin, r.Margin) {
			t.Errorf("session %s, line %d: the device says\n%+v\nthe replay\n%+v", session, i+1, d, r)
		}
		for k, pair := range [][2]map[string]float64{{d.Sensor, r.Sensor}, {d.Markov, r.Markov}, {d.Place, r.Place}, {d.Memory, r.Memory}, {d.Whole, r.Whole}} {
			if len(pair[0]) != len(pair[1]) {
				t.Errorf("session %s, line %d: distribution %d has %d and %d exercises", session, i+1, k, len(pair[0]), len(pair[1]))
			}
			for e, p := range pair[0] {
				if !near(p, pair[1][e]) {
					t.Errorf("session %s, line %d, distribution %d: %s has %v on the device and %v in the replay", session, i+1, k, e, p, pair[1][e])
				}
			}
		}
	}
}

// asOnDevice trains a small net, exports it with tables that leave a session out
// and compares the device program with the replay on every session given.
func asOnDevice(t *testing.T, study, config string, leaveOut string, sessions []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "train.toml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	model := must[struct {
		Model string `json:"model"`
	}](t, "train", study, "--config", path).Model
	dir := filepath.Join(t.TempDir(), "model")
	must[map[string]any](t, "export", study, "--model", model, "--out", dir, "--formats", "c", "--leave-out", leaveOut)
	program := builtDevice(t, dir)
	if out, err := exec.Command(program, "self-test", dir).CombinedOutput(); err != nil {
		t.Fatalf("self-test: %v\n%s", err, out)
	}
	decided := 0
	for _, id := range sessions {
		printed := lived(t, program, dir, study, id, "--device")
		device := deviceLines(t, printed)
		sameSensor(t, id, device, deviceLines(t, lived(t, program, dir, study, id, "--csv")))
		cued, replayed := lived(t, program, dir, study, id, "--onsets"), replayedAtLabels(t, study, dir, id)
		sameLines(t, id+" at labels", deviceLines(t, cued), deviceLines(t, replayed))
		sameText(t, id+" at labels", cued, replayed)
		o := ctl(t, "replay", study, "--bundle", dir, "--session", id, "--lines")
		if o.code != exitOK {
			t.Fatal(o.err)
		}
		sameLines(t, id, device, deviceLines(t, o.out))
		sameText(t, id, printed, o.out)
		decided += len(device)
	}
	if decided == 0 {
		t.Error("nothing was decided in any session")
	}
}

// sameSensor compares the sensor's word where clocks were read off the samples'
// times; what else is known then lacks the site and the beacons.
func sameSensor(t *testing.T, session string, told, inferred []deviceLine) {
	t.Helper()
	if len(told) != len(inferred) {
		t.Errorf("session %s: %d decisions with clocks, %d without", session, len(told), len(inferred))
		return
	}
	for i, d := range told {
		for e, p := range d.Sensor {
			if math.Abs(d.AtS-inferred[i].AtS) > 1e-6 || math.Abs(p-inferred[i].Sensor[e]) > 1e-4 {
				t.Errorf("session %s, line %d: the sensor gives %s %v with clocks, %v without", session, i+1, e, p, inferred[i].Sensor[e])
			}
		}
	}
}

// replayedAtLabels replays an export where labelled sets begin, unconfirmed.
func replayedAtLabels(t *testing.T, study, dir, session string) string {
	t.Helper()
	d, err := devices.LoadDevice(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := dataset.Open(t.Context(), study, dataset.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := replay.Stream(t.Context(), s, d.Knowledge, d.Model, dataset.SessionID(session), replay.Options{At: replay.AtLabel, Unconfirmed: true})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := r.Result().WriteLines(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// sameText compares lines as text, where the compiler rounds as the replay does.
func sameText(t *testing.T, session, device, replayed string) {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		return
	}
	a, b := strings.Split(device, "\n"), strings.Split(replayed, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Errorf("session %s, line %d: the device prints\n%s\nthe replay\n%s", session, i+1, a[i], b[i])
			return
		}
	}
}

// deviceNet is a small net; what it reads is to be filled in.
const deviceNet = `[data]
%s
[model]
kind = "cnn"
layers = [8, 8]
[fit]
epochs = 4
[split]
by = "%s"
folds = 2
`

func TestDeviceDecidesAsTheReplay(t *testing.T) {
	t.Parallel()
	study := sampleStudy(t)
	all := must[struct {
		Sessions []sessionRow `json:"sessions"`
	}](t, "sessions", study).Sessions
	asOnDevice(t, study, fmt.Sprintf(deviceNet, "filter = \"bandpass:0.5:10\"\norientation = \"gravity\"\nrate_hz = 25.0", "participant"), all[0].ID, []string{all[0].ID, all[1].ID})
}

// Axes that a window's down turns around: gravity has to be in the samples.
func TestDeviceFoldsAxesAsTheReplay(t *testing.T) {
	t.Parallel()
	study := sampleStudy(t)
	all := must[struct {
		Sessions []sessionRow `json:"sessions"`
	}](t, "sessions", study).Sessions
	for _, orientation := range []string{"half-turns", "octant"} {
		config := fmt.Sprintf(deviceNet, fmt.Sprintf("orientation = %q", orientation), "participant")
		asOnDevice(t, study, strings.Replace(config, "epochs = 4", "epochs = 2", 1), all[0].ID, []string{all[1].ID})
	}
}

func TestDeviceDecidesAsTheReplayOnRecordedSessions(t *testing.T) {
	t.Parallel()
	study := newStudyFile(t)
	must[importResult](t, "import", study, sharedData(t, "muvr/pebble-sessions/jan-arms-24-05"),
		sharedData(t, "muvr/pebble-sessions/jan-arms-11-06"), sharedData(t, "muvr/pebble-sessions/jan-back-22-05"))
	all := must[struct {
		Sessions []sessionRow `json:"sessions"`
	}](t, "sessions", study).Sessions
	var ids []string
	for _, s := range all {
		ids = append(ids, s.ID)
	}
	asOnDevice(t, study, fmt.Sprintf(deviceNet, "filter = \"ema:0.5\"", "session"), ids[0], ids)
}

package main

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"onset/devices/client"
)

// asLines are decisions as the replay prints them.
func asLines(t *testing.T, decided []client.Decided) []deviceLine {
	t.Helper()
	var text strings.Builder
	enc := json.NewEncoder(&text)
	for _, d := range decided {
		if err := enc.Encode(d); err != nil {
			t.Fatal(err)
		}
	}
	return deviceLines(t, text.String())
}

// workout is a watch's recording of rests and sets of slow repetitions.
func workout(t *testing.T, beat float64) string {
	t.Helper()
	const perPacket, rate = 100, 50.0
	var file []byte
	for packet := range 60 { // two minutes
		file = append(file, 0xad, perPacket, rate, 5, 0, byte(packet))
		file = binary.LittleEndian.AppendUint64(file, uint64(1_464_000_000_000+(packet+1)*2000))
		file = binary.LittleEndian.AppendUint16(file, 2000)
		for i := range perPacket {
			at := float64(packet*perPacket+i) / rate
			var x, y float64
			if math.Mod(at, 40) > 18 { // a set
				x, y = 700*math.Sin(beat*at), 500*math.Cos(beat*at)
			}
			field := func(v float64) uint64 { return uint64(int64(v)) & 0x1fff }
			file = append(file, binary.LittleEndian.AppendUint64(nil, field(x)|field(y)<<13|field(-900)<<26)[:5]...)
		}
	}
	path := filepath.Join(t.TempDir(), "1.raw")
	writeFile(t, path, file)
	return path
}

// TestDeviceRunsInCAndInGoAlike pulls a model and runs recordings by both
// runtimes; both must decide as the replay of the model's folder does.
func TestDeviceRunsInCAndInGoAlike(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("no C compiler")
	}
	const channel = "left-wrist/all/f32"
	study := sampleStudy(t)
	config := filepath.Join(t.TempDir(), "c.toml")
	writeFile(t, config, []byte(strings.Replace(ctl(t, "train", "--example-config").out, "epochs = 30", "epochs = 1", 1)))
	model := must[struct{ Model string }](t, "train", study, "--config", config).Model
	exported := filepath.Join(t.TempDir(), "model")
	must[map[string]any](t, "export", study, "--model", model, "--out", exported, "--formats", "c")
	store := newServer(t)
	startServer(t, store, "--listen", "127.0.0.1:0")
	device := newDeviceFolder(t, store, channel)
	must[map[string]any](t, "serve", "publish", "--store", store, exported, "--channel", channel)
	must[client.Pulled](t, "device", "pull", "--state", device)

	bare := process(t, "device", "run", "--state", device, "--json", workout(t, 4))
	bare.Env = append(bare.Env, "PATH="+t.TempDir()) // the last one counts
	var ran client.Ran
	if out, err := bare.Output(); err != nil || json.Unmarshal(out, &ran) != nil || ran.Runtime != client.RuntimeGo || !strings.Contains(ran.Why, "compiler") {
		t.Errorf("without a compiler: %v, %s", err, out)
	}

	decisions := 0
	for _, beat := range []float64{3, 5} {
		recording := workout(t, beat)
		inC := must[client.Ran](t, "device", "run", "--state", device, recording)
		inGo := must[client.Ran](t, "device", "run", "--state", device, "--runtime", "go", recording)
		if inC.Runtime != client.RuntimeC || inGo.Runtime != client.RuntimeGo || len(inC.Sessions) != 1 || len(inGo.Sessions) != 1 {
			t.Fatalf("ran by %s (%s) and %s", inC.Runtime, inC.Why, inGo.Runtime)
		}
		sameLines(t, "in C and in Go", asLines(t, inC.Sessions[0].Decisions), asLines(t, inGo.Sessions[0].Decisions))
		into := newStudyFile(t)
		must[importResult](t, "import", into, recording)
		id := must[struct {
			Sessions []sessionRow `json:"sessions"`
		}](t, "sessions", into).Sessions[0].ID
		o := ctl(t, "replay", into, "--bundle", exported, "--session", id, "--lines")
		if o.code != exitOK {
			t.Fatal(o.err)
		}
		sameLines(t, "the replay", asLines(t, inC.Sessions[0].Decisions), deviceLines(t, o.out))
		decisions += len(inC.Sessions[0].Decisions)
	}
	if decisions == 0 {
		t.Error("nothing was decided in any session")
	}
}

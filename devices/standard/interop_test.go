//go:build interop

package standard

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestOtherRuntimesAgree runs every format that a runtime is installed for on 64
// windows of each net and compares. `make interop` installs the runtimes.
func TestOtherRuntimesAgree(t *testing.T) {
	dir := t.TempDir()
	for i, n := range networks(t) {
		for suffix, write := range map[string]func(Network) ([]byte, error){"onnx": ONNX, "tflite": TFLite} {
			raw, err := write(n)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.%s", i, suffix)), raw, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		rng := rand.New(rand.NewPCG(7, uint64(i)))
		var inputs, outputs [][]float32
		for range 64 {
			x := make([]float32, 75)
			for k := range x {
				x[k] = float32(rng.NormFloat64())
			}
			inputs, outputs = append(inputs, x), append(outputs, expected(n, x))
		}
		raw, err := json.Marshal(map[string]any{"inputs": inputs, "outputs": outputs, "classes": n.Classes})
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.json", i)), raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("node", "run.mjs", dir)
	cmd.Dir = "interop"
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("running the other runtimes: %v\n%s", err, out)
	}
	var results []struct {
		Model, Runtime string
		Worst          float64
		Same, Of       int
	}
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(results) != 8 {
		t.Errorf("%d of 8 models were run", len(results))
	}
	for _, r := range results {
		t.Logf("%s by %s: probabilities differ by %.2g at most, %d of %d same answers", r.Model, r.Runtime, r.Worst, r.Same, r.Of)
		if !(r.Worst < 1e-5) || r.Same != r.Of || math.IsNaN(r.Worst) {
			t.Errorf("%s by %s: off by %g, %d of %d same", r.Model, r.Runtime, r.Worst, r.Same, r.Of)
		}
	}
}

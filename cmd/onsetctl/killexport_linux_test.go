package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"onset/devices"
)

// TestKilledExportsLeaveNothingHalf kills exports and bundles at random moments:
// under the final name there is either nothing or all of it.
func TestKilledExportsLeaveNothingHalf(t *testing.T) {
	t.Parallel()
	study := sampleStudy(t)
	config := filepath.Join(t.TempDir(), "c.toml")
	writeFile(t, config, []byte("[fit]\nepochs = 1\n[model]\nlayers = [400]\n"))
	model := must[struct{ Model string }](t, "train", study, "--config", config).Model
	root := t.TempDir()
	arguments := func(name string, bundle bool) (dest string, args []string) {
		dest = filepath.Join(root, name)
		if bundle {
			dest += devices.BundleSuffix
			return dest, []string{"bundle", study, "--model", model, "--out", dest}
		}
		return dest, []string{"export", study, "--model", model, "--out", dest, "--formats", "blob,onnx,tflite,coreml,f16,int8"}
	}
	begin := time.Now()
	_, args := arguments("whole", false)
	if o := finish(t, process(t, args...)); o.code != exitOK {
		t.Fatal(o.err)
	}
	whole := time.Since(begin)
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := range (*killsWanted + 1) / 2 {
		bundle := i%2 == 1
		dest, args := arguments(fmt.Sprint("kill", i), bundle)
		cmd := process(t, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rng.Int64N(int64(whole))), func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // killed, or done just before
		timer.Stop()
		if _, err := os.Stat(dest); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var err error
		if bundle {
			_, err = devices.CheckBundle(dest)
		} else {
			_, err = devices.Check(dest)
		}
		if err != nil {
			t.Fatalf("kill %d (seed %d) left something half: %v", i, seed, err)
		}
	}
}

package devices

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"onset/training"
	"onset/training/nn"
)

var (
	fuzzRounds = flag.Int("device.rounds", 60, "how many times the device runtime is given changed bytes, for each model")
	fuzzTime   = flag.Duration("device.fuzz", 0, "how long libFuzzer looks for bytes that harm the device runtime (needs clang)")
	onARM      = flag.Bool("device.arm", false, "build the device program for 32-bit ARM and run it under qemu-arm")
)

// runtimeSources are the runtime's own files, without the device program's.
func runtimeSources(t testing.TB) []string {
	t.Helper()
	list, err := filepath.Glob("runtime/c/onset*.c")
	if err != nil || len(list) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	return list
}

func compileC(t testing.TB, to, cc string, args ...string) {
	t.Helper()
	if out, err := exec.Command(cc, append(append([]string{"-o", to}, args...), "-lm")...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cc, err, out)
	}
}

func TestDeviceProgramCompilesWithClang(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("clang"); err != nil {
		t.Skip("clang is not installed")
	}
	dir := deviceFolder(t, newModel(t, everyLayer["nested"], training.OrientationGravity))
	path, err := buildProgram(filepath.Join(t.TempDir(), "onset-device"), "clang", dir, strict...)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path, "self-test", dir).CombinedOutput(); err != nil || !strings.Contains(string(out), `"worst_ulp":0`) {
		t.Errorf("%v: %s", err, out)
	}
}

func TestDeviceProgramOnARM(t *testing.T) {
	if !*onARM {
		t.Skip("on demand: make c-arm")
	}
	for name, architecture := range everyLayer {
		dir := deviceFolder(t, newModel(t, architecture, training.OrientationInvariant))
		path, err := buildProgram(filepath.Join(t.TempDir(), "onset-device"), "arm-linux-gnueabihf-gcc", dir, append([]string{"-static"}, strict...)...)
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("qemu-arm", path, "self-test", dir).CombinedOutput()
		if err != nil || !strings.Contains(string(out), `"worst_ulp":0`) {
			t.Errorf("%s: %v: %s", name, err, out)
		}
		t.Logf("%s: %s", name, out)
	}
}

// TestDeviceRuntimeReadsNothingOutsideItsBytes gives the runtime exports with
// bytes changed at random, under the address and the undefined sanitizer. The
// checksums are made to fit, so that nothing is stopped by them.
func TestDeviceRuntimeReadsNothingOutsideItsBytes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("sanitizers are slow to compile")
	}
	fuzz := filepath.Join(t.TempDir(), "fuzz")
	args := append([]string{"-std=c99", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsanitize=address,undefined",
		"-fno-sanitize-recover=all", "-o", fuzz, "runtime/fuzz/fuzz.c"}, runtimeSources(t)...)
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("no C compiler")
	}
	if out, err := exec.Command("cc", append(args, "-lm")...).CombinedOutput(); err != nil {
		if strings.Contains(string(out), "cannot find") {
			t.Skip("this compiler has no sanitizers")
		}
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"conv", "nested"} {
		dir := deviceFolder(t, newModel(t, everyLayer[name], training.OrientationGravity))
		out, err := exec.Command(fuzz, fmt.Sprint(*fuzzRounds), filepath.Join(dir, DeviceFile), filepath.Join(dir, GoldenFile)).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// TestDeviceRuntimeUnderLibFuzzer is the same with a fuzzer that looks at what
// its bytes reach.
func TestDeviceRuntimeUnderLibFuzzer(t *testing.T) {
	if *fuzzTime == 0 {
		t.Skip("on demand: make c-fuzz")
	}
	fuzz, seeds := filepath.Join(t.TempDir(), "fuzz"), t.TempDir()
	compileC(t, fuzz, "clang", append([]string{"-std=c99", "-g", "-O1", "-DLIBFUZZER", "-fsanitize=fuzzer,address,undefined",
		"-fno-sanitize-recover=undefined", "runtime/fuzz/fuzz.c"}, runtimeSources(t)...)...)
	for name, architecture := range everyLayer {
		dir := deviceFolder(t, newModel(t, architecture, training.OrientationGravity))
		device, err := os.ReadFile(filepath.Join(dir, DeviceFile))
		if err != nil {
			t.Fatal(err)
		}
		golden, err := os.ReadFile(filepath.Join(dir, GoldenFile))
		if err != nil {
			t.Fatal(err)
		}
		var seed bin
		seed.u32(0)
		seed.u32(len(device))
		if err := os.WriteFile(filepath.Join(seeds, name), append(append(seed, device...), golden[:min(len(golden), 40000)]...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithTimeout(t.Context(), *fuzzTime+5*60e9)
	defer stop()
	out, err := exec.CommandContext(ctx, fuzz, fmt.Sprintf("-max_total_time=%d", int(fuzzTime.Seconds())), "-max_len=200000", "-timeout=60", seeds).CombinedOutput()
	if _, failed := errors.AsType[*exec.ExitError](err); failed || err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	t.Log(lines[len(lines)-1])
}

// BenchmarkDeviceWindow measures the runtime beside plain loops compiled by -O3,
// in the same run.
func BenchmarkDeviceWindow(b *testing.B) {
	folder := b.TempDir()
	plain, bench := filepath.Join(folder, "plain.o"), filepath.Join(folder, "bench")
	if out, err := exec.Command("cc", "-std=c99", "-O3", "-c", "runtime/bench/plain.c", "-o", plain).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	compileC(b, bench, "cc", append([]string{"-std=c99", "-O2", "runtime/bench/bench.c", plain}, runtimeSources(b)...)...)
	for name, architecture := range map[string]string{
		"mlp": "dense 250 relu / dropout 0.2 / dense 100 relu / dropout 0.2 / dense 3 softmax",
		"cnn": "conv 32 k5 / batchnorm / relu / maxpool 2 / conv 64 k5 / batchnorm / relu / maxpool 2 / global mean / dropout 0.2 / dense 3 softmax",
	} {
		b.Run(name, func(b *testing.B) {
			dir := deviceFolder(b, newModel(b, architecture, training.OrientationSensor))
			for b.Loop() {
				out, err := exec.Command(bench, dir).CombinedOutput()
				var own, other, ratio float64
				var rounds, cycles int
				if _, scan := fmt.Sscanf(string(out), "one window: runtime %f us, plain loops %f us, ratio %f (median of %d rounds), %d cycles", &own, &other, &ratio, &rounds, &cycles); scan != nil {
					b.Fatalf("%v: %s", err, out)
				}
				b.ReportMetric(own, "us/window")
				b.ReportMetric(ratio, "ratio-to-plain")
				b.ReportMetric(float64(cycles), "cycles/window")
				if err != nil {
					b.Errorf("slower than 1.5 times plain loops: %s", out)
				}
			}
			spec, err := nn.ParseText(nn.Shape{Channels: 3, Samples: 50}, architecture)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(spec.Params()), "parameters")
		})
	}
}

package video

import (
	"errors"
	"math"
	"os/exec"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

func TestFitFindsOffsetAndDrift(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		offset := rapid.Float64Range(-500, 500).Draw(t, "offset")
		scale := rapid.Float64Range(0.99, 1.01).Draw(t, "scale")
		var points []Point
		for i := range rapid.IntRange(2, 6).Draw(t, "points") {
			v := float64(i) * 60
			points = Put(points, Point{v, offset + scale*v})
		}
		s, err := Fit(points)
		if err != nil || math.Abs(s.Offset-offset) > 1e-6 || math.Abs(s.Scale-scale) > 1e-9 {
			t.Fatalf("%+v, %v, want %g + %g v", s, err, offset, scale)
		}
		if len(points) == 2 != math.IsNaN(s.RMS) {
			t.Fatalf("%d points give a residual of %g ms", len(points), s.RMS)
		}
		at := rapid.Float64Range(0, 1000).Draw(t, "at")
		if back := s.Session(s.Video(at)); math.Abs(back-at) > 1e-9 {
			t.Fatalf("%g came back as %g", at, back)
		}
	})
}

func TestFitSaysHowWellItFits(t *testing.T) {
	s, err := Fit([]Point{{0, 10}, {100, 110.03}, {200, 210}})
	if err != nil || math.Abs(s.RMS-14.142) > 0.01 || math.Abs(s.Worst-20) > 0.01 {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := Fit([]Point{{0, 0}, {10, 11}}); !errors.Is(err, ErrDrift) {
		t.Errorf("a clock that runs a tenth fast: %v", err)
	}
	if _, err := Fit([]Point{{5, 0}, {5, 1}}); err == nil {
		t.Error("two points at one moment were fitted")
	}
	if s, _ := Fit([]Point{{5, 7}}); s.Offset != 2 || s.Scale != 1 {
		t.Errorf("one point: %+v", s)
	}
}

// A clip made here: first 20 frames at 20 Hz, then 10 at 10 Hz, each of its own
// grey. Frames are found by their real times, in steps and in jumps.
func TestFramesAreFoundByTheirRealTimes(t *testing.T) {
	if err := Available(); err != nil {
		t.Skip(err)
	}
	clip := filepath.Join(t.TempDir(), "clip.mkv")
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=c=black:s=64x48:r=20:d=1.5",
		"-vf", "settb=1/1000,geq=lum='8*N':cb=128:cr=128,setpts='if(lt(N,20),N*50,1000+(N-20)*100)'", "-enc_time_base", "1/1000", "-fps_mode", "passthrough", "-c:v", "ffv1", clip).CombinedOutput()
	if err != nil {
		t.Fatalf("making a clip: %v %s", err, out)
	}
	info, err := Probe(t.Context(), clip)
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Times) != 30 || !info.Variable || info.Width != 64 || math.Abs(info.Times[25]-1.5) > 0.002 {
		t.Fatalf("%d frames, variable %v, the 26th at %g", len(info.Times), info.Variable, info.Times[min(25, len(info.Times)-1)])
	}
	p := NewPlayer(clip, info, 32)
	defer p.Close()
	for _, k := range []int{0, 1, 2, 25, 3, 4, 29, 28, 10, 10} {
		img, got, err := p.Frame(t.Context(), info.Times[k]+0.01)
		if err != nil || got != k {
			t.Fatalf("frame %d is %d: %v", k, got, err)
		}
		// lum 8 k of the limited range, as red of the middle pixel.
		want := math.Min(math.Max((8*float64(k)-16)*255/219, 0), 255)
		if red := float64(img.RGBAAt(16, 12).R); math.Abs(red-want) > 4 {
			t.Errorf("frame %d shows grey %g, want %g", k, red, want)
		}
	}
	if _, err := Probe(t.Context(), filepath.Join(t.TempDir(), "none.mp4")); err == nil {
		t.Error("a video that is not there was read")
	}
}

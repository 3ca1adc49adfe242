package features

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sample is the signal that the expected values below were computed for, with
// NumPy 1.24 and SciPy 1.10: numpy.percentile, scipy.stats.skew, kurtosis and
// iqr, numpy.fft.rfft with scipy.signal.windows.hann(103), numpy.cov(bias=True).
func sample() [][]float64 {
	const n = 103
	w := [][]float64{make([]float64, n), make([]float64, n), make([]float64, n)}
	for i := range n {
		t := float64(i) / n
		w[0][i] = 0.3 + math.Sin(2*math.Pi*2.5*t) + 0.4*math.Cos(2*math.Pi*7*t+1) + 0.2*t
		w[1][i] = -0.5 + 0.5*math.Cos(2*math.Pi*2.5*t)
		w[2][i] = 0.8 + 0.1*math.Sin(2*math.Pi*11*t)
	}
	return w
}

func layout() Layout {
	return Layout{Channels: []string{"thigh.x", "thigh.y", "thigh.z"}, Sensors: [][3]int{{0, 1, 2}}, Samples: 103, RateHz: 103}
}

// compute gives the features by name.
func compute(t testing.TB, l Layout, w [][]float64, families ...Family) map[string]float64 {
	t.Helper()
	e, err := New(l, families...)
	if err != nil {
		t.Fatal(err)
	}
	values, err := e.Compute(nil, w)
	if err != nil {
		t.Fatal(err)
	}
	names := e.Names()
	if len(values) != len(names) || len(values) != e.Len() {
		t.Fatalf("%d values for %d names", len(values), len(names))
	}
	out := map[string]float64{}
	for i, v := range values {
		if _, twice := out[names[i]]; twice {
			t.Fatalf("the name %q stands twice", names[i])
		}
		out[names[i]] = v
	}
	return out
}

func TestValuesAgainstSciPy(t *testing.T) {
	got := compute(t, layout(), sample())
	for name, want := range map[string]float64{
		"thigh.x mean": 0.5261062139470329, "thigh.x median-abs": 0.7390727589898884, "thigh.x sd": 0.7495814167721241,
		"thigh.x variance": 0.5618723003701048, "thigh.x min": -0.9171304880366756, "thigh.x max": 1.6848338055033163,
		"thigh.x skewness": -0.22394483242474386, "thigh.x kurtosis": -1.3042576996546582, "thigh.x mean-crossings": 5,
		"thigh.x spectral-energy": 1.1047223374901838, "thigh.x mean-square": 0.8386600487237859,
		"thigh.x median": 0.6759835053847745, "thigh.x quartile-1": -0.15856472172825659, "thigh.x quartile-3": 1.1960522201439099,
		"thigh.x iqr": 1.3546169418721665, "thigh.x jerk": 12.732112631301082, "thigh.x slope": 0.2852551278970294,
		"thigh.x dominant-hz": 3, "thigh.x dominant-share": 0.42154284432527994, "thigh.x centroid-hz": 3.1550255789321846,
		"thigh.x spectral-entropy": 0.31083457011620874, "thigh.x log-power": 16.20505149901418,
		"thigh.x band-0.3-1.5": 0.0039243203417997675, "thigh.x band-1.5-3": 0.416258890625018, "thigh.x band-3-5": 0.43957266000689516,
		"thigh.x band-5-8": 0.11664078149295504, "thigh.x band-8-12": 0.023603170407328258, "thigh.x band-12-20": 1.731801627037403e-07,
		"thigh.x periodicity": 0.534732827087335, "thigh.x period": 43.0 / 103,
		"thigh magnitude-mean": 1.3247393397308693, "thigh magnitude-sd": 0.31443816810490344,
		"thigh spread-largest": math.Sqrt(0.56205903), "thigh spread-middle": math.Sqrt(0.12480779), "thigh spread-smallest": math.Sqrt(0.00498192),
		"thigh correlation-xy": -0.03407668, "thigh correlation-xz": -0.0052531, "thigh correlation-yz": 0.0588416,
	} {
		if v, ok := got[name]; !ok || math.Abs(v-want) > 1e-7*(1+math.Abs(want)) {
			t.Errorf("%s is %v (known: %v), want %v", name, v, ok, want)
		}
	}
}

func TestReferenceFamilyHasTheElevenPerChannel(t *testing.T) {
	e, err := New(layout(), Reference)
	if err != nil {
		t.Fatal(err)
	}
	if e.Len() != 33 {
		t.Errorf("%d features of 3 channels: %q", e.Len(), e.Names())
	}
}

func TestEveryFeatureIsDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range All() {
		if f.Name == "" || f.Doc == "" || f.Unit == "" || f.Family == "" || seen[f.Name] {
			t.Errorf("%+v lacks something or stands twice", f)
		}
		seen[f.Name] = true
	}
}

// rotation by Rodrigues' formula.
func rotation(axis [3]float64, angle float64) [3][3]float64 {
	n := math.Sqrt(axis[0]*axis[0] + axis[1]*axis[1] + axis[2]*axis[2])
	x, y, z, c, s := axis[0]/n, axis[1]/n, axis[2]/n, math.Cos(angle), math.Sin(angle)
	return [3][3]float64{
		{c + x*x*(1-c), x*y*(1-c) - z*s, x*z*(1-c) + y*s},
		{y*x*(1-c) + z*s, c + y*y*(1-c), y*z*(1-c) - x*s},
		{z*x*(1-c) - y*s, z*y*(1-c) + x*s, c + z*z*(1-c)},
	}
}

func TestOrientationFeaturesIgnoreHowTheSensorIsTurned(t *testing.T) {
	l := Layout{Channels: []string{"a.x", "a.y", "a.z"}, Sensors: [][3]int{{0, 1, 2}}, Samples: 64, RateHz: 50}
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		w, turned := make([][]float64, 3), make([][]float64, 3)
		for i := range w {
			w[i], turned[i] = make([]float64, 64), make([]float64, 64)
			for j := range w[i] {
				w[i][j] = rng.NormFloat64() + float64(i)
			}
		}
		r := rotation([3]float64{rng.NormFloat64(), rng.NormFloat64(), 1}, 6*rng.Float64())
		for j := range 64 {
			for i := range 3 {
				turned[i][j] = r[i][0]*w[0][j] + r[i][1]*w[1][j] + r[i][2]*w[2][j]
			}
		}
		e, err := New(l, Orientation)
		if err != nil {
			t.Fatal(err)
		}
		a, err := e.Compute(nil, w)
		if err != nil {
			t.Fatal(err)
		}
		b, err := e.Compute(nil, turned)
		if err != nil {
			t.Fatal(err)
		}
		for i := range a {
			if math.Abs(a[i]-b[i]) > 1e-6*(1+math.Abs(a[i])) {
				t.Fatalf("%s is %v, turned %v", e.Names()[i], a[i], b[i])
			}
		}
	})
}

func TestFiniteForAnyFiniteWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 40).Draw(t, "n")
		value := rapid.OneOf(rapid.Just(0.0), rapid.Just(1.0), rapid.Float64Range(-1e3, 1e3))
		row := rapid.OneOf(rapid.SliceOfN(value, n, n), rapid.Custom(func(t *rapid.T) []float64 {
			x := make([]float64, n)
			v := value.Draw(t, "constant")
			for i := range x {
				x[i] = v
			}
			return x
		}))
		w := [][]float64{row.Draw(t, "x"), row.Draw(t, "y"), row.Draw(t, "z"), row.Draw(t, "alone")}
		e, err := New(Layout{Channels: []string{"x", "y", "z", "alone"}, Sensors: [][3]int{{0, 1, 2}}, Samples: n, RateHz: 100})
		if err != nil {
			t.Fatal(err)
		}
		values, err := e.Compute(nil, w)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%s is %v", e.Names()[i], v)
			}
		}
	})
}

func TestWrongWindowsAreRefused(t *testing.T) {
	e, err := New(layout())
	if err != nil {
		t.Fatal(err)
	}
	bad := sample()
	bad[1][7] = math.NaN()
	for want, w := range map[string][][]float64{
		"2 channels given": sample()[:2], "thigh.y has 3 samples": {sample()[0], {1, 2, 3}, sample()[2]}, "sample 7 of thigh.y is NaN": bad,
	} {
		if _, err := e.Compute(nil, w); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	for _, l := range []Layout{{}, {Channels: []string{"x"}, Samples: 3, RateHz: 1}, {Channels: []string{"x"}, Samples: 30}, {Channels: []string{"x"}, Samples: 30, RateHz: 1, Sensors: [][3]int{{0, 1, 2}}}} {
		if _, err := New(l); err == nil {
			t.Errorf("%+v was taken", l)
		}
	}
	if _, err := New(Layout{Channels: []string{"x"}, Samples: 30, RateHz: 1}, Orientation); err == nil {
		t.Error("features of no sensor were taken")
	}
	if _, err := New(layout(), "colour"); err == nil {
		t.Error("an unknown family was taken")
	}
}

func BenchmarkOneSecondOfThreeAxes(b *testing.B) {
	e, err := New(layout())
	if err != nil {
		b.Fatal(err)
	}
	w, dst := sample(), []float64(nil)
	for b.Loop() {
		if dst, err = e.Compute(dst[:0], w); err != nil {
			b.Fatal(err)
		}
	}
}

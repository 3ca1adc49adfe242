package signal

import "math"

// The interpolation kernel: a sinc under a Kaiser window. Half of the lower of
// the two rates is its -6 dB point times cutoff; the constants give
//
//	flat within 0.1 dB up to 0.80 of the lower Nyquist frequency,
//	-6 dB at 0.90 of it, and below -60 dB from 1.00 of it upwards,
//
// which a test measures. Zero crossings count on each side.
const (
	kernelCrossings = 18
	kernelCutoff    = 0.90
	kernelBeta      = 6.2
	kernelSteps     = 256 // table entries between crossings
)

// Kernel is what the interpolation kernel is made of, for those who have to make
// the same.
type Kernel struct {
	Crossings int     `json:"crossings"`
	Cutoff    float64 `json:"cutoff"`
	Beta      float64 `json:"beta"`
	Steps     int     `json:"steps"`
}

// ResampleKernel is the kernel that Resample uses.
func ResampleKernel() Kernel { return Kernel{kernelCrossings, kernelCutoff, kernelBeta, kernelSteps} }

var kernelTable = makeKernel()

func makeKernel() []float64 {
	n := kernelCrossings*kernelSteps + 2
	t := make([]float64, n)
	for i := range t {
		x := float64(i) / kernelSteps
		if x >= kernelCrossings {
			continue
		}
		s := 1.0
		if x > 0 {
			s = math.Sin(math.Pi*x) / (math.Pi * x)
		}
		r := x / kernelCrossings
		t[i] = s * bessel0(kernelBeta*math.Sqrt(1-r*r)) / bessel0(kernelBeta)
	}
	return t
}

// bessel0 is the modified Bessel function of the first kind and order zero, by
// its power series.
func bessel0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1; k < 200; k++ {
		term *= x / 2 / float64(k)
		sum += term * term
		if term*term < 1e-17*sum {
			break
		}
	}
	return sum
}

func kernel(x float64) float64 {
	p := math.Abs(x) * kernelSteps
	i := int(p)
	if i >= kernelCrossings*kernelSteps {
		return 0
	}
	f := p - float64(i)
	return kernelTable[i]*(1-f) + kernelTable[i+1]*f
}

// Grid says where the output samples of Resample lie: sample k at input position
// First + k*Step, counted in input samples. Step is input rate / output rate.
type Grid struct {
	First, Step float64
	N           int
}

// Margin is how many input samples on each side of a position the kernel
// reaches.
func (g Grid) Margin() int {
	return int(math.Ceil(kernelCrossings * max(g.Step, 1) / kernelCutoff))
}

// Resample evaluates each channel of x, [channel][sample], at the positions of
// the grid by windowed-sinc interpolation with the response stated above. Input
// outside x does not exist: near the ends the kernel is cut and rescaled so that
// a constant stays constant, which is what keeps a window free of samples from
// after its end. A grid that hits every input sample exactly (Step 1, whole
// First) returns the samples unchanged. Positions outside x take the nearest
// sample.
func Resample(x [][]float64, g Grid) [][]float64 {
	out := make([][]float64, len(x))
	for c := range out {
		out[c] = make([]float64, g.N)
	}
	if len(x) == 0 || len(x[0]) == 0 {
		return out
	}
	n := len(x[0])
	exact := math.Abs(g.Step-1) < 1e-9 && math.Abs(g.First-math.Round(g.First)) < 1e-6
	scale := kernelCutoff / max(g.Step, 1)
	reach := kernelCrossings / scale
	weights := make([]float64, 0, 2*g.Margin()+2)
	for k := range g.N {
		at := g.First + float64(k)*g.Step
		if exact || at <= 0 || at >= float64(n-1) {
			i := min(max(int(math.Round(at)), 0), n-1)
			for c := range x {
				out[c][k] = x[c][i]
			}
			continue
		}
		lo, hi := max(int(math.Ceil(at-reach)), 0), min(int(math.Floor(at+reach)), n-1)
		weights = weights[:0]
		sum := 0.0
		for i := lo; i <= hi; i++ {
			w := kernel((float64(i) - at) * scale)
			weights = append(weights, w)
			sum += w
		}
		for c := range x {
			v := 0.0
			for j, w := range weights {
				v += w * x[c][lo+j]
			}
			out[c][k] = v / sum
		}
	}
	return out
}

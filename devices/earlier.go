package devices

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"onset/training"
	"onset/training/nn"
)

// Earlier are the three files of a model of the earlier system: float32 weights
// without a header, "size activation" pairs, and one label a line. Nothing in
// them says how their inputs are laid out, scaled and filtered.
type Earlier struct{ Weights, Layers, Labels []byte }

// Reading is what the files do not say. Every field must be given: there is no
// right guess.
type Reading struct {
	Order  string  // OrderInterleaved or OrderChannels
	Scale  float64 // samples in g are divided by it
	Filter string  // as in a training's config: "none", "ema:0.16667"
	RateHz float64
	Sensor string // "left-wrist/accelerometer"
}

// How the inputs of an earlier model are laid out.
const (
	OrderInterleaved = "interleaved"   // x0 y0 z0 x1 y1 z1 ...
	OrderChannels    = "channel-major" // x0 x1 ... y0 y1 ... z0 z1 ...
)

// Check reports a reading that leaves something open.
func (r Reading) Check() error {
	switch {
	case r.Order != OrderInterleaved && r.Order != OrderChannels:
		return fmt.Errorf("the order of the inputs must be told: %s (x0 y0 z0 x1 ...) or %s (x0 x1 ... y0 ...)", OrderInterleaved, OrderChannels)
	case !(r.Scale > 0) || math.IsInf(r.Scale, 0):
		return fmt.Errorf("the scaling must be told: what samples in g are divided by, above zero")
	case r.Filter == "":
		return fmt.Errorf(`the filter must be told: "none" or, for example, "ema:0.16667"`)
	case !(r.RateHz > 0) || math.IsInf(r.RateHz, 0):
		return fmt.Errorf("the rate must be told, in Hz")
	case !strings.HasSuffix(r.Sensor, "/accelerometer"):
		return fmt.Errorf(`the sensor must be told, such as "left-wrist/accelerometer"`)
	}
	return nil
}

// earlierAxes is how many channels every earlier model reads.
const earlierAxes = 3

// ReadEarlier makes a model of an earlier one under a reading. What does not fit
// together is refused: the files by a *RefusedError, the reading by an error that
// says what must be told.
func ReadEarlier(e Earlier, r Reading) (*training.Model, error) {
	if err := r.Check(); err != nil {
		return nil, fmt.Errorf("reading an earlier model: %w", err)
	}
	sizes, activations, err := earlierLayers(e.Layers)
	if err != nil {
		return nil, err
	}
	labels := strings.Fields(string(e.Labels))
	outputs := sizes[len(sizes)-1]
	if len(labels) != outputs {
		return nil, refuse("labels", "they name %d classes for %d outputs", len(labels), outputs)
	}
	want := 0
	for i := range sizes[1:] {
		want += 4 * (sizes[i] + 1) * sizes[i+1]
	}
	if len(e.Weights) != want {
		return nil, refuse("weights", "they have %d bytes, the layers need %d", len(e.Weights), want)
	}
	if sizes[0]%earlierAxes != 0 {
		return nil, refuse("layers", "%d inputs are no whole samples of three axes", sizes[0])
	}
	samples := sizes[0] / earlierAxes
	spec := nn.Spec{Input: nn.Shape{Channels: earlierAxes, Samples: samples}}
	for i, a := range activations {
		spec.Layers = append(spec.Layers, nn.LayerSpec{Kind: nn.Dense, Out: sizes[i+1], Activation: a})
	}
	if err := spec.Validate(); err != nil {
		return nil, refuse("layers", "%v", err)
	}
	filter, err := training.ParseFilter(r.Filter, r.RateHz)
	if err != nil {
		return nil, fmt.Errorf("reading an earlier model: the filter: %w", err)
	}
	weights, err := earlierWeights(e.Weights, sizes, r.Order)
	if err != nil {
		return nil, err
	}
	net, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("reading an earlier model: %w", err)
	}
	c := training.Contract{SensorSet: []string{r.Sensor}, RateHz: r.RateHz, WindowS: float64(samples) / r.RateHz, Samples: samples,
		Filter: filter, Orientation: training.OrientationSensor}
	for _, axis := range []string{"x", "y", "z"} {
		c.Channels = append(c.Channels, training.ChannelSpec{Sensor: r.Sensor, Axis: axis, Unit: "g"})
		c.Mean, c.Std = append(c.Mean, 0), append(c.Std, float32(r.Scale))
	}
	prior := make([]float64, outputs)
	for i := range prior {
		prior[i] = 1 / float64(outputs)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%x %+v %s", sha256.Sum256(e.Weights), r, labels))
	m, err := training.FromParts(training.Parts{ID: earlierPrefix + hex.EncodeToString(sum[:5]), Kind: training.KindMLP, Architecture: spec.Text(),
		Contract: c, Classes: labels, Prior: prior, Temperature: 1, Net: net, Weights: weights})
	if err != nil {
		return nil, refuse("weights", "%v", err)
	}
	return m, nil
}

// earlierLayers reads "1200 id 250 relu ... 3 logistic". The last activation is
// left out: whatever it was, the largest value before it is the answer, and a
// softmax makes it a distribution.
func earlierLayers(text []byte) (sizes []int, activations []nn.Activation, err error) {
	words := strings.Fields(string(text))
	if len(words) < 4 || len(words)%2 != 0 || len(words) > 64 {
		return nil, nil, refuse("layers", "they are not pairs of a size and an activation")
	}
	known := map[string]nn.Activation{"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "logistic": nn.Sigmoid, "softmax": nn.Softmax}
	for i := 0; i < len(words); i += 2 {
		const most = 1 << 16
		n, err := strconv.Atoi(words[i])
		if err != nil || n < 1 || n > most {
			return nil, nil, refuse("layers", "%q is no size", words[i])
		}
		sizes = append(sizes, n)
		a, ok := known[words[i+1]]
		switch {
		case i == 0 && words[1] != "id":
			return nil, nil, refuse("layers", "the input's activation is %q, not id", words[1])
		case i > 0 && !ok:
			return nil, nil, refuse("layers", "%q is no activation", words[i+1])
		case i > 0 && i+2 == len(words):
			activations = append(activations, nn.Softmax)
		case i > 0 && a == nn.Softmax:
			return nil, nil, refuse("layers", "softmax stands before the last layer")
		case i > 0:
			activations = append(activations, a)
		}
	}
	return sizes, activations, nil
}

// earlierWeights turns [out][1+in] rows, the bias first, into [out][in] and
// biases, and the first layer's inputs into [channel][sample].
func earlierWeights(raw []byte, sizes []int, order string) ([]byte, error) {
	out := make([]byte, 0, len(raw))
	at := func(i int) []byte { return raw[4*i : 4*i+4] }
	first := 0
	for l := range sizes[1:] {
		in, n := sizes[l], sizes[l+1]
		samples := in / earlierAxes
		for o := range n {
			row := first + o*(in+1)
			for i := range in {
				from := i
				if l == 0 && order == OrderInterleaved {
					from = i%samples*earlierAxes + i/samples
				}
				out = append(out, at(row+1+from)...)
			}
		}
		for o := range n {
			out = append(out, at(first+o*(in+1))...)
		}
		first += n * (in + 1)
	}
	for i := 0; i < len(out); i += 4 {
		if v := float64(math.Float32frombits(binary.LittleEndian.Uint32(out[i:]))); math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, refuse("weights", "one of them is %g: they are no float32 numbers", v)
		}
	}
	return out, nil
}

package devices

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"onset/training"
	"onset/training/nn"
)

// goldenVectors is how many inputs a golden file holds.
const goldenVectors = 40

// goldenMagic opens a golden file.
const goldenMagic = "ONSETGV1"

// maxGoldenHeader bounds what is believed of a header's length.
const maxGoldenHeader = 1 << 20

// goldenHeader repeats what the vectors were computed with, so that a golden
// file of another model, or a description whose order was changed, is found.
type goldenHeader struct {
	Vectors  int               `json:"vectors"`
	Contract training.Contract `json:"contract"`
	Classes  []string          `json:"classes"`
	Layers   []goldenLayer     `json:"layers"`
	// Describes is the digest of what the description says of the model itself;
	// empty in files of before it was kept.
	Describes string `json:"describes,omitempty"`
}

type goldenLayer struct {
	Layer  string   `json:"layer"`
	Kind   string   `json:"kind"`
	Shape  nn.Shape `json:"shape"`
	Values int      `json:"values"`
}

// golden is the content of a golden file.
type golden struct {
	header  goldenHeader
	vectors []vector
}

// vector is one input with what it must give.
type vector struct {
	window [][]float32 // [channel][sample]
	layers [][]float32
	p      []float32 // calibrated distribution
}

// makeGolden computes golden vectors for a model. Its inputs are made up in the
// range that the contract's scaling speaks of: nobody's movement leaves.
func makeGolden(m *training.Model, describes string) (*golden, error) {
	g := &golden{header: goldenHeader{Vectors: goldenVectors, Contract: m.Contract(), Classes: m.Classes(), Describes: describes}}
	rng := rand.New(rand.NewPCG(0x4f4e534554, 1))
	for i := range goldenVectors {
		window := inventWindow(m.Contract(), rng, i)
		layers, err := m.LayerOutputs(widen(window))
		if err != nil {
			return nil, fmt.Errorf("computing golden vector %d: %w", i+1, err)
		}
		p, err := m.Predict(widen(window))
		if err != nil {
			return nil, fmt.Errorf("computing golden vector %d: %w", i+1, err)
		}
		v := vector{window: window}
		for _, l := range layers {
			v.layers = append(v.layers, l.Values)
			if i == 0 {
				g.header.Layers = append(g.header.Layers, goldenLayer{l.Layer, string(l.Kind), l.Shape, len(l.Values)})
			}
		}
		for _, share := range p {
			v.p = append(v.p, float32(share))
		}
		g.vectors = append(g.vectors, v)
	}
	return g, nil
}

// inventWindow makes something like the first second of a movement: a swing of
// a random tempo on every channel about its mean, with a little noise. The
// first two vectors are the extremes: complete rest and far out of range.
func inventWindow(c training.Contract, rng *rand.Rand, index int) [][]float32 {
	window := make([][]float32, len(c.Channels))
	hz := 0.3 + 2.7*rng.Float64()
	for ch := range window {
		mean, std := float64(c.Mean[ch]), float64(c.Std[ch])
		if c.Orientation != training.OrientationSensor { // the scaling is of turned channels
			mean = 0
		}
		swing, phase, noise := std*(0.5+1.5*rng.Float64()), 2*math.Pi*rng.Float64(), std*0.1
		switch index {
		case 0:
			swing, noise = 0, 0
		case 1:
			swing = 20 * std
		}
		window[ch] = make([]float32, c.Samples)
		for i := range window[ch] {
			t := float64(i) / c.RateHz
			window[ch][i] = float32(mean + swing*math.Sin(2*math.Pi*hz*t+phase) + noise*rng.NormFloat64())
		}
	}
	return window
}

func widen(window [][]float32) [][]float64 {
	out := make([][]float64, len(window))
	for i, ch := range window {
		out[i] = make([]float64, len(ch))
		for j, v := range ch {
			out[i][j] = float64(v)
		}
	}
	return out
}

// encode writes the golden file's bytes.
func (g *golden) encode() ([]byte, error) {
	header, err := json.Marshal(g.header)
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", GoldenFile, err)
	}
	out := append([]byte(goldenMagic), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(out[len(goldenMagic):], uint32(len(header)))
	out = append(out, header...)
	for _, v := range g.vectors {
		for _, block := range slices.Concat(v.window, v.layers, [][]float32{v.p}) {
			for _, x := range block {
				out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
			}
		}
	}
	return out, nil
}

// decodeGolden reads a golden file and refuses one that is not whole.
func decodeGolden(raw []byte) (*golden, error) {
	if len(raw) < len(goldenMagic)+4 || string(raw[:len(goldenMagic)]) != goldenMagic {
		return nil, refuse(GoldenFile, "it holds no golden vectors")
	}
	raw = raw[len(goldenMagic):]
	n := binary.LittleEndian.Uint32(raw)
	raw = raw[4:]
	if n > maxGoldenHeader || int(n) > len(raw) {
		return nil, refuse(GoldenFile, "it is cut off in its header")
	}
	g := &golden{}
	if err := json.Unmarshal(raw[:n], &g.header); err != nil {
		return nil, refuse(GoldenFile, "its header is damaged: %v", err)
	}
	raw = raw[n:]
	size, err := g.header.vectorSize()
	if err != nil {
		return nil, err
	}
	if g.header.Vectors < 1 || g.header.Vectors > len(raw) || len(raw) != g.header.Vectors*4*size {
		return nil, refuse(GoldenFile, "it has %d bytes of vectors, its header speaks of %d vectors of %d", len(raw), g.header.Vectors, 4*size)
	}
	for range g.header.Vectors {
		g.vectors = append(g.vectors, g.header.cut(raw[:4*size]))
		raw = raw[4*size:]
	}
	return g, nil
}

// vectorSize is the number of float32 values of one vector.
func (h goldenHeader) vectorSize() (int, error) {
	const most = 1 << 28
	channels, samples := len(h.Contract.Channels), h.Contract.Samples
	if samples < 1 || channels < 1 || samples > most/channels {
		return 0, refuse(GoldenFile, "its header speaks of windows of %d channels and %d samples", channels, samples)
	}
	size := channels*samples + len(h.Classes)
	for _, l := range h.Layers {
		if l.Values < 0 || l.Values > most || size > most {
			return 0, refuse(GoldenFile, "its header speaks of a layer of %d values", l.Values)
		}
		size += l.Values
	}
	return size, nil
}

func (h goldenHeader) cut(raw []byte) vector {
	take := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
		raw = raw[4*n:]
		return out
	}
	var v vector
	for range h.Contract.Channels {
		v.window = append(v.window, take(h.Contract.Samples))
	}
	for _, l := range h.Layers {
		v.layers = append(v.layers, take(l.Values))
	}
	v.p = take(len(h.Classes))
	return v
}

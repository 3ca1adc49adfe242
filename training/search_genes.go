package training

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Genes are what a search changes about a candidate.
type Genes struct {
	Kind       string  `json:"kind"`
	Layers     []int   `json:"layers"`
	Kernel     int     `json:"kernel"`
	Activation string  `json:"activation"`
	Dropout    float64 `json:"dropout"`
	Rate       float64 `json:"rate"`
	Filter     string  `json:"filter"`
	WindowS    float64 `json:"window_s"`
}

func genesOf(c Config) Genes {
	return Genes{Kind: c.Model.Kind, Layers: slices.Clone(c.Model.Layers), Kernel: c.Model.Kernel, Activation: c.Model.Activation,
		Dropout: c.Model.Dropout, Rate: c.Fit.Rate, Filter: c.Data.Filter, WindowS: c.Data.WindowS}
}

// on is a config with the genes.
func (g Genes) on(c Config) Config {
	c.Model.Kind, c.Model.Layers, c.Model.Kernel, c.Model.Activation = g.Kind, slices.Clone(g.Layers), g.Kernel, g.Activation
	c.Model.Dropout, c.Fit.Rate, c.Data.Filter, c.Data.WindowS = g.Dropout, g.Rate, g.Filter, g.WindowS
	return c
}

// String is the genes in one line.
func (g Genes) String() string {
	var widths []string
	for _, n := range g.Layers {
		widths = append(widths, fmt.Sprint(n))
	}
	s := fmt.Sprintf("%s %s %s", g.Kind, strings.Join(widths, "-"), g.Activation)
	if g.Kind == KindCNN {
		s += fmt.Sprintf(" k%d", g.Kernel)
	}
	return s + fmt.Sprintf(", dropout %g, rate %g, filter %s, %g s", g.Dropout, g.Rate, g.Filter, g.WindowS)
}

// Bounds of what a mutation may make.
const (
	mostLayers = 5
	leastWidth = 4
	mostWidth  = 1024
	mostConv   = 128 // channels of a convolution
	mostKernel = 31
)

// mutate changes one thing, and says what; "" when the drawn thing can't change.
func (g *Genes) mutate(c SearchConfig, rng *rand.Rand) string {
	what := c.Search.Change[rng.IntN(len(c.Search.Change))]
	before := g.String()
	switch what {
	case ChangeKind:
		if g.Kind == KindMLP {
			g.Kind = KindCNN
		} else {
			g.Kind = KindMLP
		}
	case ChangeActivation:
		g.Activation = draw(rng, []string{"relu", "leaky", "tanh", "sigmoid", "gelu"})
	case ChangeWidth:
		g.widen(rng)
	case ChangeDepth:
		g.deepen(rng)
	case ChangeKernel:
		if g.Kind == KindCNN {
			g.Kernel = min(max(g.Kernel+draw(rng, []int{-4, -2, 2, 4}), 3), mostKernel)
		}
	case ChangeFilter:
		if len(c.Search.Filters) > 0 {
			g.Filter = draw(rng, c.Search.Filters)
		}
	case ChangeDropout:
		g.Dropout = min(max(math.Round((g.Dropout+draw(rng, []float64{-0.2, -0.1, 0.1, 0.2}))*100)/100, 0), 0.7)
	case ChangeRate:
		g.Rate = min(max(g.Rate*math.Pow(10, rng.Float64()-0.5), 1e-5), 0.1)
		g.Rate = round3(g.Rate)
	case ChangeWindow:
		if c.Data.At == AtOnset {
			steps := math.Floor((c.Data.WindowS-c.Search.ShortestS)/0.1 + 1e-9)
			g.WindowS = math.Round((c.Data.WindowS-0.1*float64(rng.IntN(int(steps)+1)))*1e4) / 1e4
		}
	}
	g.bound()
	if g.String() == before {
		return ""
	}
	return what
}

func draw[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

// round3 keeps three digits, so that a rate is the same wherever it is read.
func round3(v float64) float64 {
	scale := math.Pow(10, 2-math.Floor(math.Log10(v)))
	return math.Round(v*scale) / scale
}

func (g *Genes) widen(rng *rand.Rand) {
	if len(g.Layers) > 0 {
		i := rng.IntN(len(g.Layers))
		g.Layers[i] = int(math.Round(float64(g.Layers[i]) * draw(rng, []float64{0.5, 0.7, 1.4, 2})))
	}
}

func (g *Genes) deepen(rng *rand.Rand) {
	if n := len(g.Layers); n > 1 && (rng.IntN(2) == 0 || n == mostLayers) {
		i := rng.IntN(n)
		g.Layers = slices.Delete(g.Layers, i, i+1)
		return
	}
	if len(g.Layers) == 0 {
		g.Layers = []int{32}
		return
	}
	i := rng.IntN(len(g.Layers))
	g.Layers = slices.Insert(g.Layers, i, g.Layers[i])
}

func (g *Genes) bound() {
	most := mostWidth
	if g.Kind == KindCNN {
		most = mostConv
	}
	for i, n := range g.Layers {
		g.Layers[i] = min(max(n, leastWidth), most)
	}
}

// crossed takes each thing from one of two parents; layers, kind and kernel,
// which belong together, from the same.
func crossed(a, b Genes, rng *rand.Rand) Genes {
	out := a
	if rng.IntN(2) == 0 {
		out.Kind, out.Layers, out.Kernel = b.Kind, b.Layers, b.Kernel
	}
	out.Layers = slices.Clone(out.Layers)
	if rng.IntN(2) == 0 {
		out.Activation = b.Activation
	}
	if rng.IntN(2) == 0 {
		out.Dropout = b.Dropout
	}
	if rng.IntN(2) == 0 {
		out.Rate = b.Rate
	}
	if rng.IntN(2) == 0 {
		out.Filter = b.Filter
	}
	if rng.IntN(2) == 0 {
		out.WindowS = b.WindowS
	}
	out.bound()
	return out
}

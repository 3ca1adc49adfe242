// Package baseline has the classical classifiers that a net is measured
// against: nearest neighbours, multinomial logistic regression, support vector
// machines and forests of trees, all on named features.
//
// All give probabilities, and all are a function of data, settings and seed
// alone. Scaling, where a method needs it, is fitted on the training data and
// is part of the model.
package baseline

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Kind names a method.
type Kind string

// The methods.
const (
	KNN        Kind = "knn"
	Logistic   Kind = "logistic"
	SVMLinear  Kind = "svm-linear"
	SVMRBF     Kind = "svm-rbf"
	Forest     Kind = "forest"
	ExtraTrees Kind = "extra-trees"
	Ridge      Kind = "ridge"
)

// Kinds are all methods.
func Kinds() []Kind { return []Kind{KNN, Logistic, SVMLinear, SVMRBF, Forest, ExtraTrees, Ridge} }

// Config is the settings of a method; those of other methods are ignored, and
// zero means the default.
type Config struct {
	Kind Kind `json:"kind"`

	Neighbours int  `json:"neighbours,omitempty"`  // knn: 5
	ByDistance bool `json:"by_distance,omitempty"` // knn: votes weigh 1/distance

	// C is the inverse strength of regularisation: 1 for logistic and
	// svm-linear, 10 for svm-rbf, 0.001 for ridge.
	C     float64 `json:"c,omitempty"`
	Gamma float64 `json:"gamma,omitempty"` // svm-rbf: 1/(features * variance)

	Trees     int `json:"trees,omitempty"`       // forest, extra-trees: 200
	MaxDepth  int `json:"max_depth,omitempty"`   // of a tree: without limit
	MinLeaf   int `json:"min_leaf,omitempty"`    // examples in a leaf: 1
	TryAtNode int `json:"try_at_node,omitempty"` // features looked at for a split: square root of all

	// Balanced weighs classes by the inverse of how often they come; not for knn.
	Balanced bool   `json:"balanced,omitempty"`
	Seed     uint64 `json:"seed"`
}

func (c Config) withDefaults() Config {
	number := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	number(&c.Neighbours, 5)
	number(&c.Trees, 200)
	number(&c.MinLeaf, 1)
	if c.C == 0 {
		c.C = 1
		if c.Kind == SVMRBF {
			c.C = 10
		}
		if c.Kind == Ridge {
			c.C = 0.001
		}
	}
	return c
}

// Validate tells which setting can't be used.
func (c Config) Validate() error {
	switch {
	case !slices.Contains(Kinds(), c.Kind):
		return fmt.Errorf("baseline: %q isn't known, use one of %v", c.Kind, Kinds())
	case c.Neighbours < 0 || c.Trees < 0 || c.MaxDepth < 0 || c.MinLeaf < 0 || c.TryAtNode < 0:
		return fmt.Errorf("baseline: a number is negative")
	case c.Trees > maxTrees:
		return fmt.Errorf("baseline: %d trees, at most %d", c.Trees, maxTrees)
	case !(c.C >= 0) || math.IsInf(c.C, 0):
		return fmt.Errorf("baseline: c is %v", c.C)
	case !(c.Gamma >= 0) || math.IsInf(c.Gamma, 0):
		return fmt.Errorf("baseline: gamma is %v", c.Gamma)
	}
	return nil
}

const maxTrees = 100_000

// Data is examples with their classes.
type Data struct {
	X [][]float64 // [example][feature]
	Y []int       // class of each, from 0
	// Groups, when given, says whose each example is; what a method learns by
	// holding out part of its training data then never splits a group.
	Groups []int
}

func (d Data) check(classes int) error {
	switch {
	case len(d.X) == 0:
		return fmt.Errorf("baseline: no examples")
	case len(d.Y) != len(d.X):
		return fmt.Errorf("baseline: %d examples and %d classes", len(d.X), len(d.Y))
	case d.Groups != nil && len(d.Groups) != len(d.X):
		return fmt.Errorf("baseline: %d examples and %d groups", len(d.X), len(d.Groups))
	case classes < 2:
		return fmt.Errorf("baseline: %d classes, at least 2 are needed", classes)
	case len(d.X[0]) == 0:
		return fmt.Errorf("baseline: no features")
	}
	for i, row := range d.X {
		if err := checkRow(row, len(d.X[0])); err != nil {
			return fmt.Errorf("baseline: example %d: %w", i, err)
		}
		if d.Y[i] < 0 || d.Y[i] >= classes {
			return fmt.Errorf("baseline: example %d has class %d of %d", i, d.Y[i], classes)
		}
	}
	return nil
}

func checkRow(row []float64, features int) error {
	if len(row) != features {
		return fmt.Errorf("%d features, not %d", len(row), features)
	}
	for j, v := range row {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("feature %d is %v", j, v)
		}
	}
	return nil
}

// Model is a fitted classifier. It is safe for concurrent use.
type Model struct {
	config   Config
	classes  int
	features int
	scale    *scaling // nil for trees
	method   method
}

// method is a fitted method behind its scaling.
type method interface {
	// probabilities writes one per class to p.
	probabilities(p, x []float64)
	check(classes, features int) error
}

// Fit learns from data with classes 0 to classes-1; a class without examples
// gets probability 0, or next to it. progress, which may be nil, is told the
// part that is done, 0 to 1. The error wraps ctx's when that ends it.
func Fit(ctx context.Context, c Config, d Data, classes int, progress func(float64)) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := d.check(classes); err != nil {
		return nil, err
	}
	if progress == nil {
		progress = func(float64) {}
	}
	c = c.withDefaults()
	m := &Model{config: c, classes: classes, features: len(d.X[0])}
	if c.Kind != Forest && c.Kind != ExtraTrees {
		m.scale = fitScaling(d.X)
		d.X = m.scale.all(d.X)
	}
	var err error
	switch c.Kind {
	case KNN:
		m.method = fitNeighbours(c, d, classes)
	case Logistic:
		m.method, err = fitLogistic(ctx, c, d, classes)
	case Ridge:
		m.method, err = fitRidge(ctx, c, d, classes)
	case SVMLinear, SVMRBF:
		m.method, err = fitMachine(ctx, c, d, classes, progress)
	default:
		m.method, err = fitForest(ctx, c, d, classes, progress)
	}
	if err != nil {
		return nil, fmt.Errorf("fitting %s: %w", c.Kind, err)
	}
	return m, nil
}

// Config is the settings the model was fitted with, defaults filled in.
func (m *Model) Config() Config { return m.config }

// Classes is the number of probabilities a prediction has.
func (m *Model) Classes() int { return m.classes }

// Features is the number of values an example has.
func (m *Model) Features() int { return m.features }

// Text describes the model in a few words.
func (m *Model) Text() string {
	c := m.config
	switch c.Kind {
	case KNN:
		return fmt.Sprintf("%d nearest neighbours", c.Neighbours)
	case Logistic:
		return fmt.Sprintf("logistic regression, C %g", c.C)
	case SVMLinear:
		return fmt.Sprintf("linear support vector machine, C %g", c.C)
	case SVMRBF:
		return fmt.Sprintf("RBF support vector machine, C %g", c.C)
	case Ridge:
		return fmt.Sprintf("ridge classifier, C %g", c.C)
	case Forest:
		return fmt.Sprintf("random forest, %d trees", c.Trees)
	}
	return fmt.Sprintf("extremely random trees, %d", c.Trees)
}

// Probabilities gives one row per example and in it one value per class; a row
// adds up to 1.
func (m *Model) Probabilities(x [][]float64) ([][]float64, error) {
	out := make([][]float64, len(x))
	for i, row := range x {
		if err := checkRow(row, m.features); err != nil {
			return nil, fmt.Errorf("predicting example %d: %w", i, err)
		}
		if m.scale != nil {
			row = m.scale.one(row)
		}
		out[i] = make([]float64, m.classes)
		m.method.probabilities(out[i], row)
	}
	return out, nil
}

// classWeights are 1, or balanced: n / (classes present * examples of the class).
func classWeights(c Config, y []int, classes int) []float64 {
	w, count, present := make([]float64, classes), make([]int, classes), 0
	for _, k := range y {
		if count[k]++; count[k] == 1 {
			present++
		}
	}
	for k := range w {
		w[k] = 1
		if c.Balanced && count[k] > 0 {
			w[k] = float64(len(y)) / float64(present*count[k])
		}
	}
	return w
}

// scaling brings each feature to mean 0 and standard deviation 1. A feature
// that doesn't vary is set to 0.
type scaling struct {
	Mean, Inverse []float64
}

func fitScaling(x [][]float64) *scaling {
	s := &scaling{Mean: make([]float64, len(x[0])), Inverse: make([]float64, len(x[0]))}
	n := float64(len(x))
	for _, row := range x {
		for j, v := range row {
			s.Mean[j] += v / n
		}
	}
	for _, row := range x {
		for j, v := range row {
			s.Inverse[j] += (v - s.Mean[j]) * (v - s.Mean[j]) / n
		}
	}
	for j, v := range s.Inverse {
		s.Inverse[j] = 0
		if sd := math.Sqrt(v); sd > 1e-12*math.Abs(s.Mean[j]) {
			s.Inverse[j] = 1 / sd
		}
	}
	return s
}

func (s *scaling) one(row []float64) []float64 {
	out := make([]float64, len(row))
	for j, v := range row {
		out[j] = (v - s.Mean[j]) * s.Inverse[j]
	}
	return out
}

func (s *scaling) all(x [][]float64) [][]float64 {
	out := make([][]float64, len(x))
	for i, row := range x {
		out[i] = s.one(row)
	}
	return out
}

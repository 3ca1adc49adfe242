package baseline

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// lcg is a linear congruential generator that Python repeats in one line, so
// that the reference values below belong to the same data. They were computed
// with scikit-learn 1.2.1 (logistic regression: newton-cg) on features scaled by
// the training data's mean and standard deviation.
type lcg uint64

func (g *lcg) next() float64 {
	*g = (*g*1103515245 + 12345) % 2147483648
	return float64(*g) / 2147483648
}

func (g *lcg) data(n int) Data {
	var d Data
	for i := range n {
		k := i % 3
		var r [4]float64
		for j := range r {
			r[j] = g.next() + g.next() + g.next() + g.next() - 2
		}
		x := []float64{r[0] + float64(k)*0.6, r[1]*2 - float64(k)*0.5 + 3, r[2] * 0.5, r[3]*10 + r[0]*3}
		if k == 1 {
			x[2] += 0.4
		}
		d.X, d.Y = append(d.X, x), append(d.Y, k)
	}
	return d
}

func sample() (train, test Data) {
	g := lcg(12345)
	train = g.data(120)
	return train, g.data(300)
}

func fit(t testing.TB, c Config, d Data) *Model {
	t.Helper()
	m, err := Fit(t.Context(), c, d, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func predict(t testing.TB, m *Model, d Data) (p [][]float64, accuracy float64) {
	t.Helper()
	p, err := m.Probabilities(d.X)
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for i, row := range p {
		if slices.Index(row, slices.Max(row)) == d.Y[i] {
			right++
		}
	}
	return p, float64(right) / float64(len(p))
}

func TestProbabilitiesAgainstScikitLearn(t *testing.T) {
	train, test := sample()
	rare := Data{}
	for i := range train.X {
		if i%3 != 1 || i%4 == 0 {
			rare.X, rare.Y = append(rare.X, train.X[i]), append(rare.Y, train.Y[i])
		}
	}
	for _, c := range []struct {
		name     string
		c        Config
		train    Data
		want     [][]float64
		accuracy float64
		within   float64
	}{
		{"logistic", Config{Kind: Logistic}, train, [][]float64{{0.4774826, 0.3230803, 0.1994371}, {0.3117856, 0.4249844, 0.2632300}, {0.0278388, 0.1489096, 0.8232516}}, 0.7233333, 2e-7},
		{"logistic balanced", Config{Kind: Logistic, Balanced: true}, rare, [][]float64{{0.3399319, 0.5697141, 0.0903540}, {0.4688269, 0.2497814, 0.2813917}, {0.0174758, 0.1393702, 0.8431540}}, 0.7, 2e-7},
		{"knn", Config{Kind: KNN}, train, [][]float64{{0.6, 0.2, 0.2}, {0.2, 0.8, 0.0}, {0.2, 0.2, 0.6}, {0.4, 0.2, 0.4}}, 0.6633333, 1e-9},
		{"knn by distance", Config{Kind: KNN, Neighbours: 7, ByDistance: true}, train, [][]float64{{0.7199201, 0.1310836, 0.1489963}, {0.4214909, 0.5785091, 0.0}, {0.1863289, 0.1609518, 0.6527193}}, 0.7133333, 1e-6},
		// Platt's sigmoid is fitted on random parts: they differ between programs.
		{"svm-linear", Config{Kind: SVMLinear}, train, [][]float64{{0.4424672, 0.3465186, 0.2110141}, {0.4237113, 0.3196541, 0.2566346}, {0.0452134, 0.2648712, 0.6899155}}, 0.7233333, 0.12},
		{"svm-rbf", Config{Kind: SVMRBF}, train, [][]float64{{0.6455635, 0.1428089, 0.2116276}, {0.226422, 0.5637209, 0.2098572}, {0.1185286, 0.297417, 0.5840544}}, 0.6666667, 0.15},
		{"forest", Config{Kind: Forest, Trees: 1000}, train, [][]float64{{0.775, 0.133, 0.092}, {0.215, 0.69, 0.095}, {0.053, 0.238, 0.709}, {0.133, 0.412, 0.455}}, 0.69, 0.05},
		{"extra-trees", Config{Kind: ExtraTrees, Trees: 1000}, train, [][]float64{{0.681, 0.182, 0.137}, {0.277, 0.621, 0.102}, {0.086, 0.271, 0.643}, {0.217, 0.324, 0.459}}, 0.68, 0.05},
	} {
		p, accuracy := predict(t, fit(t, c.c, c.train), test)
		for i, row := range c.want {
			for k, want := range row {
				if math.Abs(p[i][k]-want) > c.within {
					t.Errorf("%s: example %d is %.7v, by scikit-learn %v", c.name, i, p[i], row)
					break
				}
			}
		}
		if off := math.Abs(accuracy - c.accuracy); off > 1e-6 && (c.within < 0.01 || off > 0.025) {
			t.Errorf("%s: accuracy %.4f, by scikit-learn %.4f", c.name, accuracy, c.accuracy)
		}
	}
}

// Decision values of LIBSVM through scikit-learn (tol=1e-6), pairs 0-1, 0-2, 1-2.
func TestDecisionValuesAgainstLIBSVM(t *testing.T) {
	train, test := sample()
	for kind, want := range map[Kind][][]float64{
		SVMLinear: {{0.15053, 0.70214, 0.77743}, {0.16217, 0.52948, 0.29989}, {-1.47792, -2.26701, -1.34864}, {0.15258, 0.17229, 0.05901}},
		SVMRBF:    {{1.78958, 1.08179, 0.35329}, {-1.22212, 0.61123, 2.32808}, {-0.554, -1.77227, -1.40287}, {0.18069, -0.14697, 0.28105}},
	} {
		m := fit(t, Config{Kind: kind}, train)
		svm := m.method.(*machine)
		for i, row := range want {
			for j, v := range row {
				if got := svm.decision(svm.Pairs[j], m.scale.one(test.X[i])); math.Abs(got-v) > 5e-3 {
					t.Errorf("%s: example %d, pair %d: %v, by LIBSVM %v", kind, i, j, got, v)
				}
			}
		}
	}
}

// A single tree on all examples and features is CART: scikit-learn's has 31
// nodes and 0.6167 accuracy.
func TestTreeAgainstScikitLearn(t *testing.T) {
	train, test := sample()
	g := newGrower(Config{Kind: Forest, MinLeaf: 5, TryAtNode: 4}, train, 3)
	all := make([]int32, len(train.X))
	for i := range all {
		all[i] = int32(i)
	}
	one := g.grow(all, rand.New(rand.NewPCG(1, 1)))
	m := &Model{config: Config{Kind: Forest}, classes: 3, features: 4, method: &forest{[]*tree{one}}}
	p, accuracy := predict(t, m, test)
	if len(one.Feature) != 31 || math.Abs(accuracy-0.6166667) > 1e-6 || math.Abs(p[0][0]-4.0/7) > 1e-6 {
		t.Errorf("%d nodes, accuracy %.4f, %v", len(one.Feature), accuracy, p[0])
	}
}

func TestSameSeedSameModel(t *testing.T) {
	train, test := sample()
	for _, kind := range Kinds() {
		c := Config{Kind: kind, Trees: 20, Seed: 3}
		a, b := fit(t, c, train), fit(t, c, train)
		pa, _ := predict(t, a, test)
		pb, _ := predict(t, b, test)
		if !reflect.DeepEqual(pa, pb) {
			t.Errorf("%s: two fits differ", kind)
		}
	}
}

func TestRowsAddUpToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		classes := rapid.IntRange(2, 5).Draw(t, "classes")
		n := rapid.IntRange(6, 40).Draw(t, "n")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		d := Data{}
		for i := range n {
			k := i % min(classes, 3) // classes above 2 have no examples
			row := []float64{rng.NormFloat64() + float64(k), float64(rng.IntN(3)), 7}
			d.X, d.Y, d.Groups = append(d.X, row), append(d.Y, k), append(d.Groups, i%7)
		}
		for _, kind := range Kinds() {
			m, err := Fit(context.Background(), Config{Kind: kind, Trees: 5, Balanced: rapid.Bool().Draw(t, "balanced")}, d, classes, nil)
			if err != nil {
				t.Fatal(err)
			}
			b, err := m.MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			back, err := Read(b)
			if err != nil {
				t.Fatal(err)
			}
			p, err := m.Probabilities(d.X)
			if err != nil {
				t.Fatal(err)
			}
			again, err := back.Probabilities(d.X)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(p, again) {
				t.Fatalf("%s: a stored model predicts otherwise", kind)
			}
			for i, row := range p {
				sum := 0.0
				for k, v := range row {
					if !(v >= 0) || k >= 3 && kind != Logistic && v > 0 {
						t.Fatalf("%s: row %d is %v", kind, i, row)
					}
					sum += v
				}
				if math.Abs(sum-1) > 1e-6 {
					t.Fatalf("%s: row %d adds up to %v", kind, i, sum)
				}
			}
		}
	})
}

func TestCouplingGivesBackConsistentProbabilities(t *testing.T) {
	want := []float64{0.1, 0.5, 0.25, 0.15}
	r := make([][]float64, 4)
	for i := range r {
		r[i] = make([]float64, 4)
		for j := range r {
			if i != j {
				r[i][j] = want[i] / (want[i] + want[j])
			}
		}
	}
	for i, v := range couple(r) {
		if math.Abs(v-want[i]) > 1e-6 {
			t.Errorf("class %d: %v, want %v", i, v, want[i])
		}
	}
}

func TestHeldOutPartsKeepGroupsWhole(t *testing.T) {
	train, _ := sample()
	for i := range train.X {
		train.Groups = append(train.Groups, i/10)
	}
	index := make([]int, len(train.X))
	for i := range index {
		index[i] = i
	}
	q := newDual(train, 0, 0, index, 1, []float64{1, 1, 1})
	part, of := q.parts(train, 1), map[int]int{}
	for i, p := range part {
		if first, seen := of[train.Groups[i]]; seen && first != p {
			t.Fatalf("group %d is in parts %d and %d", train.Groups[i], first, p)
		}
		of[train.Groups[i]] = p
	}
}

func TestLongSortsAgreeWithShortOnes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, limit := range []int{1, 200, 300, 70000} {
		g := &grower{}
		for range 1000 {
			g.keys = append(g.keys, uint64(rng.IntN(limit))<<32|uint64(rng.IntN(5)))
		}
		want := slices.Clone(g.keys)
		slices.SortStableFunc(want, func(a, b uint64) int { return int(a>>32) - int(b>>32) })
		g.sortKeys(limit)
		if !slices.Equal(g.keys, want) {
			t.Errorf("with %d values the keys aren't sorted", limit)
		}
	}
}

func TestCancelledFit(t *testing.T) {
	train, _ := sample()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, kind := range []Kind{Logistic, SVMLinear, SVMRBF, Forest, ExtraTrees} {
		if _, err := Fit(ctx, Config{Kind: kind}, train, 3, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", kind, err)
		}
	}
}

func TestBadInputIsRefused(t *testing.T) {
	train, _ := sample()
	nan := Data{X: [][]float64{{1}, {math.NaN()}}, Y: []int{0, 1}}
	for want, f := range map[string]func() error{
		`"tarot" isn't known`: func() error { _, err := Fit(t.Context(), Config{Kind: "tarot"}, train, 3, nil); return err },
		"no examples":         func() error { _, err := Fit(t.Context(), Config{Kind: KNN}, Data{}, 3, nil); return err },
		"feature 0 is NaN":    func() error { _, err := Fit(t.Context(), Config{Kind: KNN}, nan, 2, nil); return err },
		"has class 2 of 2":    func() error { _, err := Fit(t.Context(), Config{Kind: KNN}, train, 2, nil); return err },
		"c is NaN":            func() error { _, err := Fit(t.Context(), Config{Kind: KNN, C: math.NaN()}, train, 3, nil); return err },
		"all examples are of one": func() error {
			_, err := Fit(t.Context(), Config{Kind: SVMRBF}, Data{X: [][]float64{{1}, {2}}, Y: []int{1, 1}}, 2, nil)
			return err
		},
		"2 features, not 4": func() error {
			_, err := fit(t, Config{Kind: KNN}, train).Probabilities([][]float64{{1, 2}})
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	g := lcg(7)
	d := g.data(12)
	for _, kind := range Kinds() {
		m, err := Fit(context.Background(), Config{Kind: kind, Trees: 2}, d, 3, nil)
		if err != nil {
			f.Fatal(err)
		}
		b, err := m.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Read(b)
		if err != nil || m.Features() > 1000 {
			return
		}
		if _, err := m.Probabilities([][]float64{make([]float64, m.Features())}); err != nil {
			t.Fatal(err)
		}
		if again, err := m.MarshalBinary(); err != nil || bytes.Equal(again, nil) {
			t.Fatal(err)
		}
	})
}

func BenchmarkFit(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	d := Data{}
	for i := range 2000 {
		row := make([]float64, 100)
		for j := range row {
			row[j] = rng.NormFloat64() + 0.3*float64(i%7)*float64(j%3)
		}
		d.X, d.Y = append(d.X, row), append(d.Y, i%7)
	}
	for _, kind := range Kinds() {
		b.Run(string(kind), func(b *testing.B) {
			for b.Loop() {
				if _, err := Fit(b.Context(), Config{Kind: kind}, d, 7, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

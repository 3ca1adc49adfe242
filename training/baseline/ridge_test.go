package baseline

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The ridge solution is checked against the normal equations with an unpenalised
// intercept, solved directly in double precision.
func TestRidgeSolvesItsNormalEquations(t *testing.T) {
	train, _ := sample()
	for _, n := range []int{120, 3} { // more examples than features, and fewer
		d := Data{X: train.X[:n], Y: train.Y[:n]}
		m, err := fitRidge(t.Context(), Config{C: 0.5}, d, 3)
		if err != nil {
			t.Fatal(err)
		}
		p := len(d.X[0])
		a, b := mat.NewDense(p+1, p+1, nil), mat.NewDense(p+1, 3, nil)
		for i, row := range d.X {
			one := append([]float64{1}, row...)
			for j, v := range one {
				for l, w := range one {
					a.Set(j, l, a.At(j, l)+v*w)
				}
				for k := range 3 {
					b.Set(j, k, b.At(j, k)+v*target(d.Y[i] == k))
				}
			}
		}
		for j := 1; j <= p; j++ {
			a.Set(j, j, a.At(j, j)+2)
		}
		var want mat.Dense
		if err := want.Solve(a, b); err != nil {
			t.Fatal(err)
		}
		for k := range 3 {
			if math.Abs(m.B[k]-want.At(0, k)) > 1e-4 {
				t.Errorf("n %d, class %d: intercept %v, want %v", n, k, m.B[k], want.At(0, k))
			}
			for j := range p {
				if math.Abs(m.W[k*p+j]-want.At(j+1, k)) > 1e-4 {
					t.Errorf("n %d, class %d: weight %d is %v, want %v", n, k, j, m.W[k*p+j], want.At(j+1, k))
				}
			}
		}
	}
}

func TestRidgeTellsTheClassesApart(t *testing.T) {
	train, test := sample()
	m := fit(t, Config{Kind: Ridge, C: 0.1}, train)
	_, accuracy := predict(t, m, test)
	logistic := fit(t, Config{Kind: Logistic}, train)
	if _, want := predict(t, logistic, test); accuracy < want-0.05 {
		t.Errorf("accuracy %.3f, logistic regression %.3f", accuracy, want)
	}
}

package baseline

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
)

const (
	lbfgsMemory     = 10
	lbfgsIterations = 5000
	lbfgsGradient   = 1e-9 // of the gradient's largest part, relative to the loss
)

// correction is one step and the change of the gradient along it.
type correction struct {
	step, change []float64
	rho          float64 // 1/(step . change)
}

// descend minimises a smooth convex function, starting from and ending in x, by
// limited-memory BFGS with backtracking (Nocedal and Wright 2006, algorithms
// 7.4 and 3.1). f gives the value and writes the gradient.
func descend(ctx context.Context, x []float64, f func(x, grad []float64) float64) error {
	n := len(x)
	grad, next, nextGrad := make([]float64, n), make([]float64, n), make([]float64, n)
	value := f(x, grad)
	var memory []correction
	for range lbfgsIterations {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if floats.Norm(grad, math.Inf(1)) <= lbfgsGradient*math.Max(1, math.Abs(value)) {
			return nil
		}
		direction := towards(memory, grad)
		slope := floats.Dot(direction, grad)
		if slope >= 0 { // rounding has spoilt the memory
			memory = nil
			direction = towards(nil, grad)
			slope = floats.Dot(direction, grad)
		}
		length, found := 1.0, false
		if memory == nil {
			length = math.Min(1, 1/floats.Norm(grad, 1))
		}
		var nextValue float64
		for ; length > 1e-20 && !found; length /= 2 {
			floats.AddScaledTo(next, x, length, direction)
			nextValue = f(next, nextGrad)
			found = nextValue <= value+1e-4*length*slope
		}
		switch {
		case math.IsNaN(nextValue) || math.IsInf(nextValue, 0):
			return errors.New("the loss isn't a finite number")
		case !found: // no lower value within rounding: this is the bottom
			return nil
		}
		memory = remember(memory, x, next, grad, nextGrad)
		copy(x, next)
		copy(grad, nextGrad)
		if value-nextValue <= 1e-14*math.Abs(value) {
			return nil
		}
		value = nextValue
	}
	return nil
}

// remember adds a correction if the function curves upwards along it.
func remember(memory []correction, x, next, grad, nextGrad []float64) []correction {
	c := correction{step: make([]float64, len(x)), change: make([]float64, len(x))}
	floats.SubTo(c.step, next, x)
	floats.SubTo(c.change, nextGrad, grad)
	curve := floats.Dot(c.step, c.change)
	if curve <= 1e-12*floats.Dot(c.change, c.change) {
		return memory
	}
	c.rho = 1 / curve
	if memory = append(memory, c); len(memory) > lbfgsMemory {
		memory = memory[1:]
	}
	return memory
}

// towards is the direction of descent: minus the approximate inverse Hessian
// times the gradient.
func towards(memory []correction, grad []float64) []float64 {
	d := make([]float64, len(grad))
	floats.SubTo(d, d, grad)
	a := make([]float64, len(memory))
	for i := len(memory) - 1; i >= 0; i-- {
		c := memory[i]
		a[i] = c.rho * floats.Dot(c.step, d)
		floats.AddScaled(d, -a[i], c.change)
	}
	if len(memory) > 0 {
		c := memory[len(memory)-1]
		floats.Scale(1/(c.rho*floats.Dot(c.change, c.change)), d)
	}
	for i, c := range memory {
		floats.AddScaled(d, a[i]-c.rho*floats.Dot(c.change, d), c.step)
	}
	return d
}

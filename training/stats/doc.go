// Package stats judges classifiers and raters: tests that compare them, measures
// of agreement and of calibration, and intervals. All are pure functions.
//
// The unit of analysis is the caller's: hand in one value per participant unless
// a function says otherwise. Each method is checked in tests against a
// published worked example.
package stats

import (
	"fmt"
	"math"
	"sort"
)

// finite refuses what isn't a finite number.
func finite(what string, x []float64) error {
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s: value %d is %v", what, i, v)
		}
	}
	return nil
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// sd is the sample standard deviation, divided by n-1.
func sd(x []float64) float64 {
	m, sum := mean(x), 0.0
	for _, v := range x {
		sum += (v - m) * (v - m)
	}
	return math.Sqrt(sum / float64(len(x)-1))
}

// ranks gives the rank of each value, from 1 for the smallest; equal values
// share their mean rank. ties is the sum of t³-t over runs of t equal values.
func ranks(x []float64) (r []float64, ties float64) {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return x[order[i]] < x[order[j]] })
	r = make([]float64, len(x))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && x[order[j]] == x[order[i]] {
			j++
		}
		for _, at := range order[i:j] {
			r[at] = float64(i+j+1) / 2
		}
		t := float64(j - i)
		ties += t*t*t - t
		i = j
	}
	return r, ties
}

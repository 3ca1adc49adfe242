package train

import (
	"math"

	"fyne.io/fyne/v2/lang"

	"onset/training"
	"onset/views/chart"
	"onset/views/theme"
)

// curves gathers the epochs of folds that run side by side into one set of mean
// curves.
type curves struct {
	folds   map[int][]training.CurvePoint
	running map[int]bool // folds that are still being fitted
	epochs  int          // that were asked for
}

// stillRunning is how many of the newest reports a fold must be among to count
// as being fitted; more than there are folds side by side on a usual machine.
const stillRunning = 12

// liveCurves are the curves of a training that is going on, from its epochs in
// the order in which they ended.
func liveCurves(list []training.Progress) *curves {
	c := &curves{folds: map[int][]training.CurvePoint{}, running: map[int]bool{}}
	for i, p := range list {
		if p.Fold < 1 || p.Epoch < 1 { // the model for use is fitted after its curve is of interest
			continue
		}
		point := training.CurvePoint{Epoch: p.Epoch, TrainLoss: p.TrainLoss, TrainAccuracy: p.TrainAccuracy}
		if !math.IsNaN(p.ValidLoss) {
			point.ValidLoss, point.ValidAccuracy = &p.ValidLoss, &p.ValidAccuracy
		}
		c.folds[p.Fold] = addPoint(c.folds[p.Fold], point)
		c.running[p.Fold] = p.Epoch < p.Epochs && i >= len(list)-stillRunning
		c.epochs = max(c.epochs, p.Epochs)
	}
	return c
}

// addPoint adds an epoch unless it has been there: a fold is fitted again once
// its number of epochs is chosen, and the first fit is the one that was watched.
func addPoint(points []training.CurvePoint, p training.CurvePoint) []training.CurvePoint {
	if len(points) > 0 && p.Epoch <= points[len(points)-1].Epoch {
		return points
	}
	return append(points, p)
}

// curvesOf are the curves of a finished training: of its folds, or of the model
// for use when there are none.
func curvesOf(r *training.Result) *curves {
	c := &curves{folds: map[int][]training.CurvePoint{}}
	for _, k := range r.Curves {
		if k.Fold > 0 {
			for _, p := range k.Points {
				c.folds[k.Fold] = addPoint(c.folds[k.Fold], p)
			}
		}
	}
	if len(c.folds) == 0 {
		for _, k := range r.Curves {
			c.folds[k.Fold] = k.Points
		}
	}
	return c
}

// any reports whether there is an epoch to show.
func (c *curves) any() bool {
	for _, points := range c.folds {
		if len(points) > 0 {
			return true
		}
	}
	return false
}

// series are the means over folds at each epoch. A fold that stopped early
// counts with its last value from then on; one that is still running counts as
// far as it has come.
func (c *curves) series() []chart.Series {
	length := 0
	for _, points := range c.folds {
		length = max(length, len(points))
	}
	mean := func(get func(training.CurvePoint) float64) []float64 {
		out := make([]float64, length)
		for e := range out {
			sum, n := 0.0, 0
			for fold, points := range c.folds {
				if len(points) == 0 || e >= len(points) && c.running[fold] {
					continue
				}
				if v := get(points[min(e, len(points)-1)]); !math.IsNaN(v) {
					sum += v
					n++
				}
			}
			out[e] = math.NaN()
			if n > 0 {
				out[e] = sum / float64(n)
			}
		}
		return out
	}
	orNaN := func(v *float64) float64 {
		if v == nil {
			return math.NaN()
		}
		return *v
	}
	return []chart.Series{
		{Name: lang.L("accuracy, training people"), Values: mean(func(p training.CurvePoint) float64 { return p.TrainAccuracy }), Colour: theme.AxisY},
		{Name: lang.L("accuracy, validation people"), Dashed: true, Values: mean(func(p training.CurvePoint) float64 { return orNaN(p.ValidAccuracy) }), Colour: theme.AxisY},
		{Name: lang.L("loss, training people"), Right: true, Values: mean(func(p training.CurvePoint) float64 { return p.TrainLoss }), Colour: theme.AxisZ},
		{Name: lang.L("loss, validation people"), Right: true, Dashed: true, Values: mean(func(p training.CurvePoint) float64 { return orNaN(p.ValidLoss) }), Colour: theme.AxisZ},
	}
}

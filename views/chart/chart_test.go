package chart

import (
	"math"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"onset/views/parts"
	"onset/views/theme"
)

// lit runs a test with the program's look.
func lit(t *testing.T, mode theme.Mode) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(mode))
}

func length(run []point) float64 {
	sum := 0.0
	for i := 1; i < len(run); i++ {
		sum += math.Hypot(run[i].x-run[i-1].x, run[i].y-run[i-1].y)
	}
	return sum
}

func TestDashesHaveTheirLengthAndLieOnTheLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(t, "points")
		line := make([]point, n)
		for i := range line {
			line[i] = point{rapid.Float64Range(0, 100).Draw(t, "x"), rapid.Float64Range(0, 100).Draw(t, "y")}
		}
		dash, gap := rapid.Float64Range(1, 20).Draw(t, "dash"), rapid.Float64Range(1, 20).Draw(t, "gap")
		whole, drawn := length(line), 0.0
		runs := dashes(line, dash, gap)
		for i, run := range runs {
			l := length(run)
			if i < len(runs)-1 && math.Abs(l-dash) > 1e-6 || l > dash+1e-6 {
				t.Fatalf("dash %d is %g long, want %g", i, l, dash)
			}
			drawn += l
		}
		periods := math.Floor(whole / (dash + gap))
		want := periods*dash + math.Min(whole-periods*(dash+gap), dash)
		if math.Abs(drawn-want) > 1e-6 {
			t.Fatalf("%g drawn of a line of %g, want %g", drawn, whole, want)
		}
	})
}

func TestStepsAreRoundAndCutIntoNoMoreThanAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		span := rapid.Float64Range(1e-6, 1e6).Draw(t, "span")
		n := rapid.IntRange(1, 20).Draw(t, "n")
		step := niceStep(span, n)
		if span/step > float64(n)+1e-6 {
			t.Fatalf("steps of %g cut %g into more than %d", step, span, n)
		}
		mantissa := step / math.Pow(10, math.Floor(math.Log10(step)+1e-9))
		if d := math.Abs(mantissa - math.Round(mantissa)); d > 1e-6 {
			t.Fatalf("step %g is not round", step)
		}
	})
}

func TestConfusionSaysItsCells(t *testing.T) {
	m := Named([]string{"a:b/curl", "row"}, [][]int{{3, 1}, {0, 0}})
	if got := m.Sentence(0, 1); !strings.Contains(got, "curl taken for row: 1 of 4 (25 %)") {
		t.Errorf("sentence: %q", got)
	}
	if m.Share(1, 0) != 0 {
		t.Error("a class without examples has a share")
	}
}

func TestPointerFindsTheCellUnderIt(t *testing.T) {
	lit(t, theme.Dark)
	m := NewMatrix()
	var said string
	m.OnHover = func(s string) { said = s }
	w := test.NewTempWindow(t, m)
	m.Set(Confusion{Classes: []string{"one", "two", "three"}, Counts: [][]int{{1, 0, 0}, {0, 5, 2}, {0, 0, 9}}})
	w.Resize(fyne.NewSize(400, 200))
	cw, ch := m.cell(m.Size())
	for row := range 3 {
		for col := range 3 {
			at := fyne.NewPos(m.nameWidth()+(float32(col)+0.5)*cw, matrixHead+(float32(row)+0.5)*ch)
			if r, c, ok := m.cellAt(at); !ok || r != row || c != col {
				t.Errorf("cell (%d, %d) is found as (%d, %d, %v)", row, col, r, c, ok)
			}
		}
	}
	test.MoveMouse(w.Canvas(), m.Position().Add(fyne.NewPos(m.nameWidth()+2.5*cw, matrixHead+1.5*ch)))
	if !strings.HasPrefix(said, "two taken for three") {
		t.Errorf("the pointer reads out %q", said)
	}
}

func TestCurveReadsOutTheEpochUnderThePointer(t *testing.T) {
	lit(t, theme.Dark)
	c := NewCurve()
	w := test.NewTempWindow(t, c)
	c.Set([]Series{{Name: "loss", Values: []float64{2, 1, math.NaN()}, Right: true, Colour: theme.AxisZ}}, 5)
	w.Resize(fyne.NewSize(400, 200))
	if got := c.rightMax(); got != 2 {
		t.Errorf("right axis ends at %g", got)
	}
	_, area := plotArea(c.Size())
	for epoch := 1; epoch <= 5; epoch++ {
		x := float32(c.xOf(epoch, float64(area.Width)))
		if got := c.epochAt(x, area.Width); got != epoch {
			t.Errorf("epoch %d is found as %d", epoch, got)
		}
	}
	if got := c.Readout(2); !strings.Contains(got, "epoch 2") || !strings.Contains(got, "loss 1.000") {
		t.Errorf("readout: %q", got)
	}
	if got := c.Readout(3); strings.Contains(got, "loss") {
		t.Errorf("an epoch without a value reads %q", got)
	}
}

func TestADrawnCurveIsKeptUntilItChanges(t *testing.T) {
	lit(t, theme.Dark)
	c := NewCurve()
	test.NewTempWindow(t, c).Resize(fyne.NewSize(300, 200))
	r := test.TempWidgetRenderer(t, c).(*curveRenderer)
	c.Set([]Series{{Values: []float64{0, 1}, Colour: theme.AxisY}}, 2)
	first := r.image(100, 50)
	if r.image(100, 50) != first {
		t.Error("the same picture was drawn twice")
	}
	c.Set([]Series{{Values: []float64{1, 0}, Colour: theme.AxisY}}, 2)
	if r.image(100, 50) == first {
		t.Error("new values show the old picture")
	}
}

func TestFiguresLook(t *testing.T) {
	for name, mode := range map[string]theme.Mode{"dark": theme.Dark, "light": theme.Light} {
		t.Run(name, func(t *testing.T) {
			lit(t, mode)
			curve, matrix, pairs := NewCurve(), NewMatrix(), NewPairs()
			curve.Set([]Series{
				{Name: "accuracy, training", Values: []float64{.2, .5, .7, .8, .85}, Colour: theme.AxisY},
				{Name: "accuracy, validation", Values: []float64{.2, .45, .6, .65, .64}, Dashed: true, Colour: theme.AxisY},
				{Name: "loss, training", Values: []float64{2.2, 1.5, 1, .8, .6}, Right: true, Colour: theme.AxisZ},
			}, 8)
			matrix.Set(Named([]string{"arms/biceps-curl", "arms/triceps-extension-with-a-long-name", "legs/squat"},
				[][]int{{12, 3, 0}, {5, 8, 1}, {0, 0, 20}}))
			pairs.Set([]Pair{{"P01", .4, .7}, {"P02", .6, .6}, {"P03", .8, .5}})
			w := test.NewTempWindow(t, container.NewStack(parts.NewFill(theme.Panel),
				container.NewGridWithColumns(3, curve, matrix, pairs.Object())))
			w.Resize(fyne.NewSize(1050, 240))
			test.AssertImageMatches(t, "figures-"+name+".png", w.Canvas().Capture())
		})
	}
}

func TestStrokesOverlapWithoutHoles(t *testing.T) {
	lit(t, theme.Dark)
	c := NewCurve()
	c.series, c.epochs = []Series{{Values: []float64{.5, .5}, Colour: theme.AxisY}}, 2
	img := c.draw(60, 20, 2)
	for x := 4; x < 56; x++ {
		if _, _, _, a := img.At(x, 10).RGBA(); a == 0 {
			t.Fatalf("a level line has a hole at %d", x)
		}
	}
}

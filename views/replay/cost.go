package replay

import (
	"fmt"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	core "onset/replay"
	"onset/views/parts"
	"onset/views/theme"
)

// dearest is the most that a wrong answer can be set to cost, in that of none.
const dearest = 50

// cost is where it is said what a wrong answer costs; the threshold follows.
type cost struct {
	slider *widget.Slider
	value  *parts.Text
	told   *parts.Paragraph
	object fyne.CanvasObject
}

func newCost(set func(wrongCost float64)) *cost {
	c := &cost{slider: widget.NewSlider(0, math.Log(dearest)), value: parts.NewText("", parts.Style{Tone: theme.Muted}), told: parts.NewParagraph("", true)}
	c.slider.Step = math.Log(dearest) / 40
	c.slider.OnChanged = func(v float64) { set(costOf(v)) }
	c.object = parts.VBox(3, container.NewBorder(nil, nil, nil, c.value, parts.NewText(lang.L("A wrong answer costs"), parts.Style{Bold: true, Cut: true})), parts.Sized(104, 20, c.slider), c.told)
	return c
}

// costOf rounds to what can be said in a word.
func costOf(slider float64) float64 {
	v := math.Exp(slider)
	if v < 10 {
		return math.Round(10*v) / 10
	}
	return math.Round(v)
}

// show tells the threshold in use and what the answers came to.
func (c *cost) show(r *core.Result) {
	v := 1.0
	if r.Abstain > 0 && r.Abstain < 1 {
		v = 1 / (1 - r.Abstain)
	}
	report := c.slider.OnChanged
	c.slider.OnChanged = nil
	c.slider.SetValue(math.Log(min(v, dearest)))
	c.slider.OnChanged = report
	c.value.SetText(fmt.Sprintf("%gx", costOf(math.Log(v))))
	if r.Bill == nil {
		c.told.SetText(lang.L("As much as none: every onset is answered."))
		return
	}
	c.told.SetText(lang.L("No answer below {{.P}}: {{.None}} unanswered, {{.Wrong}} wrong, cost {{.Cost}}; answering always {{.Always}}.",
		map[string]any{"P": fmt.Sprintf("%.2f", r.Abstain), "None": r.Bill.Unanswered, "Wrong": r.Bill.Wrong,
			"Cost": fmt.Sprintf("%.4g", r.Bill.Cost), "Always": fmt.Sprintf("%.4g", r.Bill.Always)}))
}

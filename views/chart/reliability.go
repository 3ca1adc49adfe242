package chart

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/views/theme"
)

// Confidence is how often answers of about one confidence are right, both 0..1.
type Confidence struct {
	Said, Right float64
	N           int
}

// Reliability draws the share that is right over the confidence of the answers,
// with how many answers each dot is of; on the dashed line they are the same.
type Reliability struct {
	widget.BaseWidget
	dots []Confidence
}

// NewReliability returns an empty figure.
func NewReliability() *Reliability {
	r := &Reliability{}
	r.ExtendBaseWidget(r)
	return r
}

// Set shows dots in the order of their confidence.
func (r *Reliability) Set(dots []Confidence) {
	r.dots = dots
	r.Refresh()
}

// MinSize is the least that can be read.
func (r *Reliability) MinSize() fyne.Size { return fyne.NewSize(260, 200) }

// CreateRenderer implements fyne.Widget.
func (r *Reliability) CreateRenderer() fyne.WidgetRenderer {
	d := &reliabilityRenderer{r: r}
	d.Layout(r.Size())
	return d
}

type reliabilityRenderer struct {
	r       *Reliability
	pool    pool
	objects []fyne.CanvasObject
}

func (d *reliabilityRenderer) Layout(size fyne.Size) {
	const left, top, bottom, right = 44, 18, 38, 14
	d.pool.reset()
	defer func() { d.objects = d.pool.objects() }()
	ink, muted, faint := theme.Color(theme.Text), theme.Color(theme.Muted), theme.Color(theme.Line)
	w, h := size.Width-left-right, size.Height-top-bottom
	at := func(x, y float64) (float32, float32) { return left + float32(x)*w, top + float32(1-y)*h }
	for i := 0; i <= 5; i++ {
		v := float64(i) / 5
		x, y := at(v, v)
		d.pool.line(left, y, left+w, y, faint)
		d.pool.line(x, top+h, x, top+h+4, muted)
		d.pool.text(fmt.Sprintf("%.1f", v), left-6, y, theme.TextSmall, muted, fyne.TextAlignTrailing)
		d.pool.text(fmt.Sprintf("%.1f", v), x, top+h+11, theme.TextSmall, muted, fyne.TextAlignCenter)
	}
	d.pool.text(lang.L("share that is right"), left, 7, theme.TextSmall, muted, fyne.TextAlignLeading)
	d.pool.text(lang.L("confidence of the answer"), left+w, size.Height-8, theme.TextSmall, muted, fyne.TextAlignTrailing)
	const dashes = 40
	for i := 0; i < dashes; i += 2 {
		x0, y0 := at(float64(i)/dashes, float64(i)/dashes)
		x1, y1 := at(float64(i+1)/dashes, float64(i+1)/dashes)
		d.pool.line(x0, y0, x1, y1, muted)
	}
	for i, p := range d.r.dots {
		x, y := at(p.Said, p.Right)
		if i > 0 {
			px, py := at(d.r.dots[i-1].Said, d.r.dots[i-1].Right)
			d.pool.line(px, py, x, y, theme.Color(theme.Accent)).StrokeWidth = 2
		}
		d.pool.rect(x-3, y-3, 6, 6, theme.Color(theme.Accent))
		d.pool.text(fmt.Sprint(p.N), x+8, countAt(d.r.dots, i, y, top, h), theme.TextSmall, ink, fyne.TextAlignLeading)
	}
}

// countAt is where a dot's count stands so that the line to the next dot, which
// leaves to the right, does not cross it: below a line that rises, else above.
func countAt(dots []Confidence, i int, y, top, h float32) float32 {
	const off = 12
	falls := i+1 < len(dots) && dots[i+1].Right < dots[i].Right
	if falls && y-off > top || y+off > top+h-6 {
		return y - off
	}
	return y + off
}

func (d *reliabilityRenderer) MinSize() fyne.Size           { return d.r.MinSize() }
func (d *reliabilityRenderer) Objects() []fyne.CanvasObject { return d.objects }
func (d *reliabilityRenderer) Destroy()                     {}
func (d *reliabilityRenderer) Refresh() {
	d.Layout(d.r.Size())
	canvas.Refresh(d.r)
}

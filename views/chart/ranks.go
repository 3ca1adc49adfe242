package chart

import (
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/theme"
)

// Ranked is a model with its mean rank, 1 is best.
type Ranked struct {
	Name string
	Rank float64
}

// Ranks draws a critical-difference diagram: a scale of mean ranks, each model
// at its own, and a bar over those that do not differ.
type Ranks struct {
	widget.BaseWidget
	models     []Ranked // by rank
	difference float64
	groups     [][2]float64 // first and last rank of those that don't differ
}

// NewRanks returns an empty diagram.
func NewRanks() *Ranks {
	r := &Ranks{}
	r.ExtendBaseWidget(r)
	return r
}

// Set shows models with the critical difference of their ranks. groups are the
// models, as numbers into the list given, that do not differ from one another.
func (r *Ranks) Set(models []Ranked, difference float64, groups [][]int) {
	r.difference, r.groups = difference, nil
	for _, g := range groups {
		lo, hi := models[g[0]].Rank, models[g[0]].Rank
		for _, i := range g {
			lo, hi = min(lo, models[i].Rank), max(hi, models[i].Rank)
		}
		r.groups = append(r.groups, [2]float64{lo, hi})
	}
	r.models = slices.Clone(models)
	slices.SortStableFunc(r.models, func(a, b Ranked) int {
		switch {
		case a.Rank < b.Rank:
			return -1
		case a.Rank > b.Rank:
			return 1
		}
		return 0
	})
	r.Refresh()
}

const (
	rankRow  = 18
	rankName = 150
	rankTop  = 40
)

// MinSize is what the models need.
func (r *Ranks) MinSize() fyne.Size {
	return fyne.NewSize(2*rankName+160, rankTop+14+float32(len(r.groups))*7+rankRow*(float32((len(r.models)+1)/2)+0.5))
}

// CreateRenderer implements fyne.Widget.
func (r *Ranks) CreateRenderer() fyne.WidgetRenderer {
	d := &ranksRenderer{r: r}
	d.Layout(r.Size())
	return d
}

type ranksRenderer struct {
	r       *Ranks
	pool    pool
	objects []fyne.CanvasObject
}

func (d *ranksRenderer) Layout(size fyne.Size) {
	d.pool.reset()
	defer func() { d.objects = d.pool.objects() }()
	k := len(d.r.models)
	if k < 2 {
		return
	}
	at := func(rank float64) float32 { return rankName + float32((rank-1)/float64(k-1))*(size.Width-2*rankName) }
	ink, muted := theme.Color(theme.Text), theme.Color(theme.Muted)
	d.pool.line(at(1), rankTop, at(float64(k)), rankTop, muted)
	for i := 1; i <= k; i++ {
		d.pool.line(at(float64(i)), rankTop-4, at(float64(i)), rankTop, muted)
		d.pool.text(fmt.Sprint(i), at(float64(i)), rankTop-11, theme.TextSmall, muted, fyne.TextAlignCenter)
	}
	end := at(1 + min(d.r.difference, float64(k-1)))
	d.pool.line(at(1), 12, end, 12, ink).StrokeWidth = 2
	d.pool.text(fmt.Sprintf("%.2f", d.r.difference), end+6, 12, theme.TextSmall, muted, fyne.TextAlignLeading)
	for i, g := range d.r.groups {
		y := rankTop + 8 + 7*float32(i)
		d.pool.line(at(g[0])-3, y, at(g[1])+3, y, theme.Color(theme.Accent)).StrokeWidth = 3
	}
	below := rankTop + 14 + 7*float32(len(d.r.groups))
	half := (k + 1) / 2
	for i, m := range d.r.models {
		row, x, side := float32(i), at(m.Rank), float32(rankName-10)
		align := fyne.TextAlignTrailing
		if i >= half { // half a row lower, or the two in the middle meet in one line
			row, side, align = float32(k-1-i)+0.5, size.Width-rankName+10, fyne.TextAlignLeading
		}
		y := below + rankRow*row + 6
		d.pool.line(x, rankTop, x, y, muted)
		d.pool.line(x, y, side, y, muted)
		name := parts.Shorten(m.Name, rankName-54, theme.TextSmall, fyne.TextStyle{})
		gap := float32(-4)
		if align == fyne.TextAlignLeading {
			gap = 4
		}
		d.pool.text(fmt.Sprintf("%s  %.2f", name, m.Rank), side+gap, y, theme.TextSmall, ink, align)
	}
}

func (d *ranksRenderer) MinSize() fyne.Size           { return d.r.MinSize() }
func (d *ranksRenderer) Objects() []fyne.CanvasObject { return d.objects }
func (d *ranksRenderer) Destroy()                     {}
func (d *ranksRenderer) Refresh() {
	d.Layout(d.r.Size())
	canvas.Refresh(d.r)
}

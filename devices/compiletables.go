package devices

import (
	"onset/replay"
)

// symbolPool holds the symbols of all rows; counts stand beside those that follow.
type symbolPool struct {
	symbol []int
	count  []float32
}

func orderRows(t replay.Tables) (p symbolPool, rows bin) {
	for _, r := range t.Order.Rows {
		rows.u32(r.Scope)
		rows.u32(len(r.Context))
		rows.u32(len(p.symbol))
		p.symbol, p.count = append(p.symbol, r.Context...), append(p.count, make([]float32, len(r.Context))...)
		rows.u32(len(r.Next))
		rows.u32(len(p.symbol))
		rows.u32(0)
		rows.f64(float64(r.Total))
		p.symbol, p.count = append(p.symbol, r.Next...), append(p.count, r.Count...)
	}
	return p, rows
}

type placeRows struct {
	c      *compiler
	counts bin
	n      int
}

func (p *placeRows) of(places []replay.PlaceCount) (rows bin) {
	for _, x := range places {
		p.c.str(&rows, x.Site)
		p.c.str(&rows, x.Zone)
		rows.u32(len(x.Exercise))
		rows.u32(p.n)
		for i, e := range x.Exercise {
			p.counts.f64(float64(x.Count[i]))
			p.counts.u32(e)
			p.counts.u32(0)
			p.n++
		}
	}
	return rows
}

func segmentation(b *bin, t replay.SegmentationTables) {
	look := replay.LookTables{}
	if t.Look != nil {
		look = *t.Look
		b.u32(1)
	} else {
		b.u32(0)
	}
	b.u32(t.SetupFrames)
	b.constants(t.Overlap)
	b.f64(float64(t.Moving))
	b.constants(t.BeganAt, t.OverAt, t.PauseS, t.ShortestSetS, t.BlindS)
	b.singles(look.Mean[:])
	b.singles(look.Scale[:])
	for i := range look.Weight {
		b.singles(look.Weight[i][:])
	}
	for i := range t.Ends {
		b.singles(t.Ends[i])
	}
	for i := range t.Next {
		b.singles(t.Next[i][:])
	}
	b.singles(t.Start[:])
}

package replay

import (
	"context"

	core "onset/replay"
	"onset/views/task"
)

// weigh and mute change a source's weight and decide everything anew.
func (r *Replay) weigh(s core.Source, w float64) {
	r.pool = r.pool.Set(s, w)
	r.muted[s] = false
	r.decideAgain()
}

func (r *Replay) mute(s core.Source) {
	r.muted[s] = !r.muted[s]
	r.decideAgain()
}

// price says what a wrong answer costs, in the cost of none; below which
// probability nothing is answered follows.
func (r *Replay) price(wrongCost float64) {
	r.pool.Abstain = core.AbstainBelow(wrongCost)
	r.decideAgain()
}

func (r *Replay) decideAgain() {
	if r.from == nil || r.shown == nil {
		return
	}
	r.panel.setWeights(r.pool, r.muted)
	pool, from := r.pool, r.from
	for s, off := range r.muted {
		if off {
			pool = pool.Mute(core.Source(s))
		}
	}
	other := r.otherFrom
	var otherPool core.Pool
	if other != nil {
		otherPool = r.handed(other.Pool())
	}
	same := r.otherSame
	task.Run(r.pooling, func(context.Context) ([2]*core.Result, error) {
		v := [2]*core.Result{from.WhatIf(pool)}
		if other != nil && same {
			v[1] = other.WhatIf(otherPool)
		}
		return v, nil
	}, func(v [2]*core.Result, err error) {
		if err != nil || r.from != from {
			return
		}
		if v[1] != nil && r.otherFrom == other {
			s := *r.shown
			s.other = v[1]
			r.shown = &s
		}
		r.repool(v[0])
	})
}

// handed is another replay's pool with what was changed by hand in this one, where
// the other is of the same models: then the two differ in what was asked for alone.
func (r *Replay) handed(pool core.Pool) core.Pool {
	if !r.otherSame {
		return pool
	}
	for s := range core.Sources {
		switch {
		case r.muted[s]:
			pool = pool.Mute(s)
		case r.pool.Held[s]:
			pool = pool.Set(s, r.pool.Weight[s])
		}
	}
	pool.Abstain = r.pool.Abstain
	return pool
}

// reset goes back to the weights that the replay began with.
func (r *Replay) reset() {
	if r.from != nil {
		r.pool, r.muted = r.from.Pool(), [core.Sources]bool{}
		r.decideAgain()
	}
}

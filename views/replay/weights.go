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
	task.Run(r.pooling, func(context.Context) (*core.Result, error) { return from.WhatIf(pool), nil },
		func(result *core.Result, err error) {
			if err == nil && r.from == from {
				r.repool(result)
			}
		})
}

// reset goes back to the weights that the replay began with.
func (r *Replay) reset() {
	if r.from != nil {
		r.pool, r.muted = r.from.Pool(), [core.Sources]bool{}
		r.decideAgain()
	}
}

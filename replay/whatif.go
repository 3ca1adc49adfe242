package replay

// WhatIf decides anew with some sources weighed by hand and everything else as it
// was: a source whose weight is held or muted in pool counts so at every decision,
// and every other keeps the weight that it had at that decision of the replay. So a
// source that is silent at a decision changes nothing there, and a decision flips
// because of what was changed, not because the others made up for it.
func (r *Replay) WhatIf(pool Pool) *Result {
	r.once.Do(func() { r.fitted = r.With(r.pool) })
	models := max(1, len(modelsOf(r.model)))
	kept := make([][Sources]float64, len(r.fitted.Decisions))
	for i, d := range r.fitted.Decisions {
		for s := range Sources {
			if kept[i][s] = d.Weights[s.String()]; r.touched(pool, s) {
				kept[i][s] = pool.Weight[s]
			}
		}
	}
	pools := r.poolsWith(pool)
	return r.decided(pool, func(c *chronicle, i int) {
		c.frozen = true
		for k := range models {
			c.pools[k] = pools[min(k, len(pools)-1)]
			c.pools[k].Weight = kept[i]
		}
	})
}

// touched reports a source that pool weighs otherwise than the replay by hand.
func (r *Replay) touched(pool Pool, s Source) bool {
	return pool.Held[s] != r.pool.Held[s] || pool.Weight[s] != r.pool.Weight[s]
}

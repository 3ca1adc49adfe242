package replay

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"onset/dataset"
	"onset/training"
)

// example is one held-out decision to fit the pool's weights on: what the
// sources said of n exercises, and which was true.
type example struct {
	terms [Sources][]float64
	truth int
	n     int
}

// lean is how far each weight is believed to lie from where it starts: a few
// dozen decisions outweigh it. 0 holds it there.
type lean [Sources]float64

var (
	leanDefault = lean{0.5, 0.5, 0.5, 0.5}
	// Within a session the sensor's worth is what changes: it may know the
	// exercises of the day or none of them.
	leanSession = lean{Sensor: 0.5, Markov: 0.15, Place: 0.15, Memory: 0.15}
)

// fitPool finds the weights that make held-out decisions most likely, leaning
// towards the given pool: a multinomial logistic regression with one feature for
// each source, convex, by projected gradient with backtracking. Weights are not
// negative. Floors stay.
func fitPool(examples []example, near Pool, l lean) Pool {
	return fitFrom(near, examples, near, l, 500)
}

// fitFrom is fitPool from another start and with a bound on its steps.
func fitFrom(start Pool, examples []example, near Pool, l lean, steps int) Pool {
	if len(examples) == 0 {
		return near
	}
	unit := near
	for s := range Sources {
		unit.Weight[s] = 1
	}
	// Each source's floored logarithm for each exercise, with weight 1.
	logs := make([][Sources][]float64, len(examples))
	for i, x := range examples {
		for s := range Sources {
			logs[i][s] = unit.Term(s, x.terms[s], x.n)
		}
	}
	w := start.Weight
	loss, grad := fitLoss(examples, logs, w, near.Weight, l)
	step := 0.1
	for range steps {
		var next [Sources]float64
		for s := range w {
			next[s] = max(0, w[s]-step*grad[s])
		}
		less, g := fitLoss(examples, logs, next, near.Weight, l)
		if less > loss {
			if step /= 2; step < 1e-9 {
				break
			}
			continue
		}
		done := loss-less < 1e-10
		w, loss, grad = next, less, g
		step *= 1.5
		if done {
			break
		}
	}
	near.Weight = w
	return near
}

// fitLoss is the mean negative log-likelihood with the lean, and its gradient.
func fitLoss(examples []example, logs [][Sources][]float64, w, near [Sources]float64, l lean) (loss float64, grad [Sources]float64) {
	for i, x := range examples {
		sum := make([]float64, x.n)
		for s := range Sources {
			for e, v := range logs[i][s] {
				sum[e] += w[s] * v
			}
		}
		p := softmax(sum)
		loss -= math.Log(max(p[x.truth], 1e-12))
		for s := range Sources {
			for e, v := range logs[i][s] {
				grad[s] += p[e] * v
			}
			grad[s] -= logs[i][s][x.truth]
		}
	}
	n := float64(len(examples))
	loss /= n
	for s := range grad {
		grad[s] /= n
		if l[s] == 0 {
			grad[s] = 0
			continue
		}
		d := w[s] - near[s]
		loss += d * d / (2 * l[s] * l[s] * n)
		grad[s] += d / (l[s] * l[s] * n)
	}
	return loss, grad
}

// held is a sensor model with what it said of training sets while they were held
// out from it.
type held struct {
	model Classifier
	index int                           // of the model, where there are several
	by    map[dataset.LabelID][]float64 // likelihood over the classes, by exercise label
}

// overheard is the evidence of a training session as the model would have given
// it had it not seen it; nothing where it was never held out.
func (h *held) overheard(m *material) []evidence {
	out := append([]evidence(nil), m.found...)
	for i := range out {
		if out[i].features != nil && out[i].features[h.index] != nil {
			out[i].model, out[i].sensor = h.index, h.by[m.sets[i].Label]
		}
	}
	return out
}

// modelOf is a held model, or none.
func modelOf(h *held) Classifier {
	if h == nil {
		return nil
	}
	return h.model
}

// heldOutExamples are the training sessions' decisions, each with knowledge from
// the other training sessions: what the pool's weights are fitted on. h may be
// nil: then there is no sensor. c is its model, or those that it is one of.
// told is told how many sessions are done; it ends when ctx does.
func heldOutExamples(ctx context.Context, all []*material, h *held, c Classifier, setupS float64, o Options, protocol string, told func(done, total float64)) ([]example, error) {
	var out []example
	for i, m := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		told(float64(i), float64(len(all)))
		rest := slices.Delete(slices.Clone(all), i, i+1)
		if protocol == LeaveParticipantOut { // weights for somebody new: nothing of the person is known
			others := slices.DeleteFunc(slices.Clone(rest), func(r *material) bool { return r.session.Participant == m.session.Participant })
			if len(others) > 0 {
				rest = others
			}
		}
		found := m.found
		if h != nil {
			found = h.overheard(m)
		}
		k := learnFrom(rest, allClasses(c), setupS)
		ch := newChronicle(k, c, m.visit, o, k.Pool)
		for _, e := range found {
			ch.confirm(e.onsetS)
			n := ch.words.Len()
			x := example{terms: ch.terms(e, n), truth: ch.words.Index(e.truth.Exercise), n: n}
			if x.truth >= 0 {
				out = append(out, x)
			}
			ch.follow(e, &Decision{}, [Sources][]float64{}, 0)
		}
	}
	return out, nil
}

// runStore is a store that keeps the runs of models; *dataset.Study is one.
type runStore interface {
	RunByID(ctx context.Context, id string) (dataset.Run, error)
}

// fitTo fits the pool's weights to a stored model: on what its run predicted of
// the sessions learnt from while they were held out. Without such predictions
// the default weights stay, and a note says so.
// Several models have weights each: one that sees less is believed less.
func (k *Knowledge) fitTo(ctx context.Context, store Store, c Classifier, all []*material, o Options) error {
	models := modelsOf(c)
	start := k.Pool
	for i, m := range models {
		k.pools = append(k.pools, start)
		h, err := heldOutOf(ctx, store, m)
		if err != nil {
			return err
		}
		of := ""
		if len(models) > 1 {
			of = " with " + sensorsOf(m)
		}
		if h == nil {
			k.notes = append(k.notes, fmt.Sprintf("The sources' weights%s are the defaults: the model's run keeps no held-out predictions to fit them on.", of))
			continue
		}
		h.index = i
		examples, err := heldOutExamples(ctx, all, h, c, k.setupS, o, LeaveSessionOut, func(done, total float64) {
			o.observe(StepFitting, float64(i)*total+done, float64(len(models))*total)
		})
		if err != nil {
			return err
		}
		if len(examples) == 0 {
			continue
		}
		k.pools[i] = fitPool(examples, start, leanDefault)
		if i == 0 {
			k.Pool, k.Fitted = k.pools[0], true
		}
		k.notes = append(k.notes, fmt.Sprintf("The sources' weights%s are fitted on %d held-out sets of %d sessions.", of, len(examples), len(all)))
	}
	return nil
}

// heldOutOf reads a model's held-out predictions from its run; nil when there
// are none.
func heldOutOf(ctx context.Context, store Store, c Classifier) (*held, error) {
	m, ok := c.(*training.Model)
	runs, keeps := store.(runStore)
	if !ok || !keeps || m.Lineage.Run == "" {
		return nil, nil
	}
	run, err := runs.RunByID(ctx, m.Lineage.Run)
	if errors.Is(err, dataset.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the run of model %s: %w", m.ID, err)
	}
	r, err := training.ReadResult(run)
	if err != nil {
		return nil, err
	}
	h := &held{model: m, by: map[dataset.LabelID][]float64{}}
	for id, l := range heldOutLogs(r, m.Prior()) {
		h.by[id] = softmax(divided(l, m.Temperature()))
	}
	if len(h.by) == 0 {
		return nil, nil
	}
	return h, nil
}

package replay

import (
	"context"
	"fmt"
	"slices"

	"onset/dataset"
	"onset/dataset/exact"
	"onset/replay/order"
	"onset/training"
)

// evidence is what is known at one onset without the history of decisions:
// everything that does not depend on weights or on what was answered before.
type evidence struct {
	atS, onsetS, onsetSD float64
	knownS               float64
	model                int         // which of the models spoke
	sensor               []float64   // likelihood over that model's classes; nil: none
	missing              string      // why not
	fallback             string      // why no larger model spoke
	features             [][]float64 // by model; nil where its window could not be read
	belief               map[string]float64
	zone                 string
	truth                *Set
	counted              *Counted
	quality              *Quality
	retracted            float64 // when it turned out that no set had begun; 0: it had
}

// tempering is what a model with logits and a temperature offers besides.
type tempering interface {
	PredictRaw(window [][]float64) ([]float64, error)
	Temperature() float64
}

// likelihood is how likely the window is under each class, normalised: the
// calibrated posterior divided by the training prior. The prior is what the
// logits hold of it: it is taken out before the temperature, so that a model
// that knows nothing says nothing, whatever its temperature.
func likelihood(c Classifier, window [][]float64) ([]float64, error) {
	prior := c.Prior()
	var logs []float64
	temperature := 1.0
	if t, ok := c.(tempering); ok {
		raw, err := t.PredictRaw(window)
		if err != nil {
			return nil, err
		}
		logs, temperature = raw, t.Temperature()
	} else {
		p, err := c.Predict(window)
		if err != nil {
			return nil, err
		}
		for _, v := range p {
			logs = append(logs, exact.Log(max(v, 1e-12)))
		}
	}
	if len(logs) != len(prior) {
		return nil, fmt.Errorf("the model gives %d values for a prior of %d", len(logs), len(prior))
	}
	for i := range logs {
		logs[i] = (logs[i] - exact.Log(max(prior[i], 1e-9))) / temperature
	}
	return softmax(logs), nil
}

// sense reads the window at a moment and asks the model with the most sensors
// whose window is whole.
func (e *evidence) sense(ctx context.Context, models []Classifier, t *tape, m training.Moment) error {
	windows := make([][][]float64, len(models))
	failed := make([]error, len(models))
	for i, c := range models {
		r, err := training.NewReader(t, t.soFar(), bare(c.Contract()))
		if err == nil {
			windows[i], err = r.Window(ctx, m)
		}
		if failed[i] = err; err != nil && !unusable(err) {
			return err
		}
	}
	e.look(windows, failed)
	return e.ask(models, windows)
}

// look keeps what memory compares, and which model is to be asked.
func (e *evidence) look(windows [][][]float64, failed []error) {
	e.features = make([][]float64, len(windows))
	e.model = -1
	for i, w := range windows {
		if w == nil {
			continue
		}
		e.features[i] = onsetFeatures(w)
		if e.model < 0 {
			e.model = i
		}
	}
	switch {
	case len(windows) == 0:
		e.missing = "no model"
	case e.model < 0:
		e.missing = failed[len(failed)-1].Error()
	case e.model > 0:
		e.fallback = failed[0].Error()
	}
	e.model = max(e.model, 0)
}

// ask puts the window to the model that can read it.
func (e *evidence) ask(models []Classifier, windows [][][]float64) (err error) {
	if e.missing == "" {
		e.sensor, err = likelihood(models[e.model], windows[e.model])
	}
	return err
}

// chronicle turns evidence into decisions in the order of time: it holds what
// depends on earlier decisions.
type chronicle struct {
	know    *Knowledge
	models  []Classifier
	classes [][]string // by model
	fitted  []Pool     // by model, as the session began
	pools   []Pool     // by model, as the session has shown so far
	lived   []livedSet
	o       Options
	frozen  bool // the pools are given for each decision

	words   *order.Vocabulary
	order   habits
	done    []remembered
	session dataset.Session
	pending []pending
}

// habits say what comes next: a predictor, or a device's frozen table.
type habits interface {
	Observe(exercise string)
	Next() []float64
}

// pending is a set under way: what is to be remembered when it has ended.
type pending struct {
	until    float64
	taken    float64 // when it turned out to be none; 0: it was one
	exercise string
	features [][]float64 // by model
	model    int
	terms    [Sources][]float64
	n        int // exercises known then
}

// livedSet is a confirmed set of the session, and which model spoke.
type livedSet struct {
	example
	model int
}

// newChronicle begins a session with a pool for each model; of one pool all
// models share it.
func newChronicle(k *Knowledge, c Classifier, v visit, o Options, pools ...Pool) *chronicle {
	ch := &chronicle{know: k, models: modelsOf(c), o: o, words: k.words.Clone(), session: v.session}
	for i := range max(1, len(ch.models)) {
		ch.fitted = append(ch.fitted, pools[min(i, len(pools)-1)])
	}
	ch.pools = slices.Clone(ch.fitted)
	for _, m := range ch.models {
		ch.classes = append(ch.classes, m.Classes())
	}
	if k.table != nil {
		ch.order = k.table.Order.Begin(ch.words, v.kindOf())
		return ch
	}
	own := k.order.Clone(ch.words)
	own.Begin(v.whoIs(), v.kindOf())
	ch.order = own
	return ch
}

// confirm takes in the sets that have ended by t.
func (c *chronicle) confirm(t float64) {
	for len(c.pending) > 0 && c.pending[0].until <= t {
		p := c.pending[0]
		c.pending = c.pending[1:]
		if p.taken != 0 && p.taken <= t {
			continue
		}
		c.order.Observe(p.exercise)
		e := c.words.Add(p.exercise)
		c.weigh(p, e)
		c.done = append(c.done, remembered{exercise: e, features: p.features})
	}
}

// weigh moves the weights a little towards the sources that knew a confirmed
// set. Muted sources stay muted; answers that nobody confirmed prove nothing.
func (c *chronicle) weigh(p pending, truth int) {
	if c.frozen || c.o.Unconfirmed || truth >= p.n {
		return
	}
	c.lived = append(c.lived, livedSet{example{terms: p.terms, truth: truth, n: p.n}, p.model})
	for i := range c.pools {
		c.pools[i] = c.moved(i)
	}
}

// moved is model i's pool after what the session has shown. Sets that another
// model decided say nothing of this one's worth.
func (c *chronicle) moved(i int) Pool {
	l := leanSession
	for s := range Sources {
		if c.fitted[i].Held[s] {
			l[s] = 0
		}
	}
	examples := make([]example, len(c.lived))
	for k, x := range c.lived {
		for s := range Sources {
			if c.fitted[i].Weight[s] == 0 || s == Sensor && x.model != i {
				x.terms[s] = nil
			}
		}
		examples[k] = x.example
	}
	const steps = 25
	return fitFrom(c.pools[i], examples, c.fitted[i], l, steps)
}

// decide fuses the evidence of one onset.
func (c *chronicle) decide(e evidence) Decision {
	c.confirm(e.onsetS)
	n := c.words.Len()
	terms := c.terms(e, n)
	pool := c.pools[e.model]
	fused := pool.Fuse(terms, n)
	d := Decision{TakenBackS: e.retracted, Counted: e.counted, Quality: e.quality, AtS: e.atS, KnownS: e.knownS, OnsetS: e.onsetS, OnsetSD: e.onsetSD, Zone: e.zone, Missing: e.missing,
		Sensor: c.named(terms[Sensor], n), Markov: c.named(terms[Markov], n), Place: c.named(terms[Place], n),
		Memory: c.named(terms[Memory], n), Whole: c.named(fused, n)}
	if top := best(fused); top >= 0 {
		d.P = fused[top]
		d.Margin = d.P - second(fused, top)
		if d.Margin > tie && d.P >= pool.Abstain {
			d.Fused = c.words.Name(top)
		}
		d.Why = c.why(e, terms, fused)
	}
	d.NoEvidence = c.silences(e, terms)
	d.Weights = pool.weights()
	if e.sensor != nil {
		d.Model, d.SensorSet, d.Fallback = c.told(e)
	}
	c.follow(e, &d, terms, n)
	return d
}

// terms are the sources' distributions over n exercises; nil: says nothing.
func (c *chronicle) terms(e evidence, n int) (terms [Sources][]float64) {
	if e.sensor != nil {
		terms[Sensor] = c.spread(e.sensor, c.classes[e.model], n)
	}
	terms[Markov] = c.order.Next()
	terms[Place] = c.know.place.distribution(c.session.Site, e.belief, c.words)
	if e.model < len(e.features) {
		terms[Memory] = c.know.memoryOf(e.model).distribution(e.features[e.model], c.recall(e.model), n)
	}
	return terms
}

// recall are the session's earlier onsets as a model's sensors saw them.
func (c *chronicle) recall(model int) (seen []onsetSeen) {
	for _, r := range c.done {
		if model < len(r.features) && r.features[model] != nil {
			seen = append(seen, onsetSeen{r.exercise, r.features[model]})
		}
	}
	return seen
}

// spread lays a likelihood over the classes onto the vocabulary. For an exercise
// that the model does not know the window is as likely as for the average class.
func (c *chronicle) spread(like []float64, classes []string, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1 / float64(len(like))
	}
	for i, name := range classes {
		out[c.words.Index(name)] = like[i]
	}
	return normalised(out)
}

// follow remembers the set for later: as it truly was once it has ended, or as
// it was answered when nobody confirms. A set that is taken back is forgotten.
func (c *chronicle) follow(e evidence, d *Decision, terms [Sources][]float64, n int) {
	p := pending{until: e.atS, taken: e.retracted, exercise: d.Fused, features: e.features, model: e.model, terms: terms, n: n}
	if e.truth == nil && !c.o.Unconfirmed {
		return // nobody confirms what was no set
	}
	if e.truth != nil {
		d.Truth, d.EndS = e.truth.Exercise, e.truth.End
		d.New = c.words.Index(d.Truth) < 0
		if !c.o.Unconfirmed {
			p.until, p.exercise = e.truth.End, d.Truth
		}
	}
	if p.exercise == "" {
		return
	}
	c.pending = append(c.pending, p)
	slices.SortStableFunc(c.pending, func(a, b pending) int {
		switch {
		case a.until < b.until:
			return -1
		case a.until > b.until:
			return 1
		}
		return 0
	})
}

func (c *chronicle) named(p []float64, n int) Distribution {
	if p == nil {
		p = uniform(n)
	}
	d := make(Distribution, len(p))
	for i, v := range p {
		d[c.words.Name(i)] = v
	}
	return d
}

func second(p []float64, top int) float64 {
	var s float64
	for i, v := range p {
		if i != top {
			s = max(s, v)
		}
	}
	return s
}

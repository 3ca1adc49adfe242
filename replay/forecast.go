package replay

import (
	"math"
	"strings"

	"onset/dataset/signal"
	"onset/replay/dose"
	"onset/replay/order"
	"onset/replay/reps"
)

// Forecast is what was expected before a set began: which exercise, and how much
// of it. Its truth is what the label says.
type Forecast struct {
	BeforeS  float64            `json:"before_s"` // the set's onset
	Exercise string             `json:"exercise"`
	P        float64            `json:"p"`
	EndP     float64            `json:"end_p"`    // that the session was over instead
	Expected map[string]float64 `json:"expected"` // of the exercise truly done, by quantity
	Truth    string             `json:"truth"`
	Labelled map[string]float64 `json:"labelled"`
}

// Counted is what the movement of a set says of its repetitions, once it is over.
type Counted struct {
	Repetitions []reps.Repetition `json:"repetitions"` // times from the set's onset
	Count       int               `json:"count"`
	TempoS      float64           `json:"tempo_s"` // middle length of a repetition
	Range       float64           `json:"range"`   // middle, in the channel's unit
}

// doseOf reads a set's quantities; rest is the pause to the next one, NaN when
// there is none.
func doseOf(s Set, restS float64) (d dose.Dose) {
	if s.Attributes.Repetitions != nil && *s.Attributes.Repetitions > 0 {
		d.Put(dose.Repetitions, float64(*s.Attributes.Repetitions))
	}
	if s.Attributes.WeightKg != nil && *s.Attributes.WeightKg > 0 {
		d.Put(dose.Weight, *s.Attributes.WeightKg)
	}
	if s.Attributes.Intensity != nil {
		d.Put(dose.Intensity, *s.Attributes.Intensity)
	}
	d.Put(dose.Duration, math.Round(s.End-s.Onset))
	if !math.IsNaN(restS) && restS > 0 {
		d.Put(dose.Rest, math.Round(restS))
	}
	return d
}

func named(d dose.Dose) map[string]float64 {
	m := map[string]float64{}
	for q := range dose.Quantities {
		if v, ok := d.Get(q); ok {
			m[q.String()] = v
		}
	}
	return m
}

// observeDoses tells a predictor one session's sets.
func observeDoses(p *dose.Predictor, v visit, each func(i int)) {
	p.Begin(string(v.session.Participant), v.kindOf())
	for i, s := range v.sets {
		if each != nil {
			each(i)
		}
		rest := math.NaN()
		if i+1 < len(v.sets) {
			rest = v.sets[i+1].Onset - s.End
		}
		p.Observe(s.Exercise, doseOf(s, rest))
	}
	p.End()
}

// forecasts expects each labelled set from what came before it: sets are told
// once they are over.
func (k *Knowledge) forecasts(v visit) []Forecast {
	doses := dose.New()
	for _, past := range k.visits {
		observeDoses(doses, past, nil)
	}
	words := k.words.Clone()
	next := k.order.Clone(words)
	next.Begin(v.whoIs(), v.kindOf())
	out := []Forecast{}
	observeDoses(doses, v, func(i int) {
		s := v.sets[i]
		f := forecastOf(next, words)
		f.BeforeS, f.Truth, f.Labelled = s.Onset, s.Exercise, named(doseOf(s, math.NaN()))
		f.Expected = named(doses.Next(s.Exercise))
		out = append(out, f)
		next.Observe(s.Exercise)
	})
	return out
}

func forecastOf(next *order.Predictor, words *order.Vocabulary) Forecast {
	p := next.Next()
	top := best(p)
	if top < 0 {
		return Forecast{}
	}
	return Forecast{Exercise: words.Name(top), P: p[top], EndP: next.EndProbability()}
}

// counted counts the repetitions in [from, to) of the first recording with an
// accelerometer that has samples there without a gap; nil when none has.
func (t *tape) counted(from, to float64) *Counted {
	_, c := t.counting(from, to)
	return c
}

// counting is counted with what it was counted in.
func (t *tape) counting(from, to float64) (stretch, *Counted) {
	for k := range t.movement {
		if x, c := t.countingIn(k, from, to); c != nil {
			return x, c
		}
	}
	return stretch{}, nil
}

// countingIn counts in one recording; nil when it has no accelerometer or a gap.
func (t *tape) countingIn(k int, from, to float64) (stretch, *Counted) {
	m := t.movement[k]
	if m == nil {
		return stretch{}, nil
	}
	rec := t.session.Recordings[k]
	first, last := rec.Clock.Sample(from, rec.Samples), rec.Clock.Sample(to, rec.Samples)
	if last <= first || !rec.Clock.Contiguous(first, last) || float64(last-first) < 0.9*(to-from)*m.rate {
		return stretch{}, nil
	}
	var axes [][]float64
	for _, axis := range m.axes {
		axes = append(axes, t.values[k][axis][first:last])
	}
	list := reps.Count(axes, m.rate)
	c := &Counted{Repetitions: list, Count: len(list)}
	var tempo, size []float64
	for _, r := range list {
		tempo, size = append(tempo, r.Tempo()), append(size, r.Range)
	}
	if len(list) > 0 {
		c.TempoS, c.Range = median(tempo), median(size)
	} else {
		c.Repetitions = []reps.Repetition{}
	}
	x := stretch{rate: m.rate, strength: signal.Magnitude(axes...)}
	mid := mean(x.strength)
	for i := range x.strength {
		x.strength[i] = finiteOr((x.strength[i]-mid)*m.factor, 0)
	}
	for _, side := range []string{"left", "right"} {
		if place, ok := strings.CutPrefix(rec.Placement, side+"-"); ok {
			x.side, x.place = side, place
		}
	}
	return x, c
}

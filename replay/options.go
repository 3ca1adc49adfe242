package replay

import (
	"fmt"
	"math"
	"slices"

	"onset/dataset"
)

// Where truth onsets come from.
const (
	OnsetLabel    = "label"    // the setup label's start, or the exercise label's
	OnsetMovement = "movement" // the same, but without a setup label the first movement within the label
)

// When the classifier decides.
const (
	AtLabel    = "label"    // once for every labelled set, a window after its onset
	AtDetected = "detected" // wherever the segmenter finds an onset
)

// Options of a replay. The zero value decides once for every labelled set with
// all sources, sets confirmed by the person as soon as they are done.
type Options struct {
	Sources []string           // nil: all
	Weights map[string]float64 // by source; those not named keep theirs
	At      string             // AtLabel (default) or AtDetected
	Onset   string             // OnsetLabel (default) or OnsetMovement
	// Unconfirmed: order and memory learn from the classifier's own answers
	// instead of from what was truly done.
	Unconfirmed bool
	// TrainSessions are what order, place, memory and states are learnt from;
	// nil: every labelled session but the replayed one. The replayed session is
	// never among them.
	TrainSessions []dataset.SessionID
	LabelSet      string
	PacketS       float64 // 1 s when 0
	Abstain       float64 // no answer below this probability
	WrongCost     float64 // of a wrong answer, in that of none: Abstain follows; 0: not given
	Pool          *Pool   // nil: DefaultPool, or what was fitted
	// Disturb spoils the packets on their way; nil: they arrive as they are.
	Disturb *Disturbance `json:"-"`
	// Observe is told how much of a step is done; may be nil.
	Observe func(step Step, done, total float64) `json:"-"`
}

// Step is a part of a replay's work.
type Step string

// The steps of a replay.
const (
	StepLearning  Step = "learning"  // reading the sessions to learn from; counted in sessions
	StepFitting   Step = "fitting"   // the sources' weights, on sets held out; counted in sessions
	StepStreaming Step = "streaming" // the session itself; counted in seconds
)

// Whole is how much of a replay is done, 0 to 1, at so much of a step. Steps count
// by the time that they took of the sample study: most goes into reading the
// sessions to learn from.
func Whole(step Step, done, total float64) float64 {
	span, ok := map[Step][2]float64{StepLearning: {0, 0.78}, StepFitting: {0.78, 0.95}, StepStreaming: {0.95, 1}}[step]
	if !ok {
		return 0
	}
	return span[0] + (span[1]-span[0])*min(max(done/max(total, 1e-9), 0), 1)
}

func (o Options) observe(step Step, done, total float64) {
	if o.Observe != nil {
		o.Observe(step, min(done, total), total)
	}
}

func (o Options) check() (Options, error) {
	if o.At == "" {
		o.At = AtLabel
	}
	if o.Onset == "" {
		o.Onset = OnsetLabel
	}
	if o.PacketS == 0 {
		o.PacketS = 1
	}
	switch {
	case o.At != AtLabel && o.At != AtDetected:
		return o, fmt.Errorf("decisions at %q: it is %q or %q", o.At, AtLabel, AtDetected)
	case o.Onset != OnsetLabel && o.Onset != OnsetMovement:
		return o, fmt.Errorf("onsets by %q: it is %q or %q", o.Onset, OnsetLabel, OnsetMovement)
	case !(o.PacketS >= frameS && o.PacketS <= 60):
		return o, fmt.Errorf("packets of %g s: they hold between %g and 60 s", o.PacketS, frameS)
	case !(o.Abstain >= 0 && o.Abstain <= 1):
		return o, fmt.Errorf("abstaining below %g: a probability lies between 0 and 1", o.Abstain)
	}
	for _, name := range o.Sources {
		if _, err := SourceNamed(name); err != nil {
			return o, err
		}
	}
	for name, w := range o.Weights {
		if _, err := SourceNamed(name); err != nil {
			return o, err
		}
		if !(w >= 0) || math.IsInf(w, 0) {
			return o, fmt.Errorf("weight %g of source %q: weights are not negative", w, name)
		}
	}
	return o.checkCost()
}

// pool applies the options to a fitted or default pool.
func (o Options) pool(p Pool) Pool {
	if o.Pool != nil {
		p = *o.Pool
	}
	p.Abstain = o.Abstain
	for s := range Sources {
		if w, ok := o.Weights[s.String()]; ok {
			p = p.Set(s, w)
		}
		if o.Sources != nil && !slices.Contains(o.Sources, s.String()) {
			p.Weight[s] = 0
		}
	}
	return p
}

package replay

import (
	"math"
	"slices"

	"onset/dataset/exact"
	"onset/dataset/signal"
)

// State is what the person is doing, as far as movement tells.
type State int

// The states of a session.
const (
	Idle       State = iota // still, before the first set or long after the last
	Moving                  // moving, but not exercising
	Setup                   // the first second of a set
	Exercising              // the rest of it
	Rest                    // still, between sets
	States
)

var stateNames = [States]string{"idle", "moving", "setup", "exercising", "rest"}

func (s State) String() string { return stateNames[s] }

// follows says which state may come after which.
var follows = [States][]State{
	Idle:       {Moving, Setup},
	Moving:     {Idle, Setup, Rest},
	Setup:      {Moving, Exercising},
	Exercising: {Moving, Setup, Rest},
	Rest:       {Idle, Moving, Setup},
}

// looks are what movement alone can tell apart: whether a still person is idle
// or resting is a matter of what came before.
const (
	lookStill = iota
	lookMoving
	lookSetup
	lookExercising
	looks
)

var lookOf = [States]int{Idle: lookStill, Moving: lookMoving, Setup: lookSetup, Exercising: lookExercising, Rest: lookStill}

// longest is how many frames a state's duration is told apart; the last one's
// chance to end holds from there on.
const longest = 300

// stateModel is a hidden semi-Markov model of the states: how each moves, how
// long it lasts and what follows (Yu, Artificial Intelligence 174:215, 2010).
// Learnt from sessions whose sets are labelled.
type stateModel struct {
	look  *logit                   // nil: only energy against the threshold is looked at
	ends  [States][longest]float64 // chance to end after so many frames
	next  [States][States]float64
	start [States]float64
	// moving is the decimal logarithm of the energy above which somebody moves.
	moving float64
	setup  int // frames of a setup
}

// stateCounts counts what the states did in training sessions.
type stateCounts struct {
	stays [States][longest]float64 // frames reached at this age
	ended [States][longest]float64
	next  [States][States]float64
	start [States]float64
}

// labelled is a training session's movement by frame, and its sets.
type labelled struct {
	motion []motion
	sets   []Set
}

// afterwardsS is how long after the last set stillness still counts as rest.
const afterwardsS = 30

// learnStates fits the model; without any session it gives a plain one.
func learnStates(sessions []labelled, setupS float64) *stateModel {
	m := &stateModel{setup: max(1, int(math.Round(setupS/frameS)))}
	m.moving = movingThreshold(sessions)
	counts := plainCounts()
	var x []motion
	var classes []int
	for _, s := range sessions {
		truth := s.truth(m.moving, setupS)
		counts.add(truth)
		for i, v := range s.motion {
			// Frames overlap: a few of the common ones are enough.
			if v != nil && (truth[i] == Setup && i%3 == 0 || i%15 == 0) {
				x, classes = append(x, v), append(classes, lookOf[truth[i]])
			}
		}
	}
	if len(x) > 0 {
		m.look = fitLogit(x, classes, looks)
	}
	m.fit(counts)
	return m
}

// movingThreshold is where stillness ends, as a decimal logarithm of energy: 30%
// of the usual energy within sets.
func movingThreshold(sessions []labelled) float64 {
	var medians []float64
	for _, s := range sessions {
		for _, set := range s.sets {
			var inside []float64
			for i := max(0, frameOf(set.Onset)); i < min(frameOf(set.End), len(s.motion)); i++ {
				if s.motion[i] != nil {
					inside = append(inside, s.motion[i][nowEnergy])
				}
			}
			if len(inside) > 0 {
				medians = append(medians, median(inside))
			}
		}
	}
	if len(medians) == 0 {
		return math.Log10(0.006)
	}
	return math.Log10(signal.DefaultOnset().Fraction) + median(medians)
}

func frameOf(t float64) int { return int(math.Ceil(t/frameS - 1e-6)) }

// truth is each frame's state by the labels.
func (s labelled) truth(moving, setupS float64) []State {
	out := make([]State, len(s.motion))
	next := 0
	lastEnd := math.Inf(-1)
	for i := range out {
		t := float64(i) * frameS
		for next < len(s.sets) && s.sets[next].End <= t {
			lastEnd = max(lastEnd, s.sets[next].End)
			next++
		}
		switch {
		case next < len(s.sets) && t > s.sets[next].Onset:
			out[i] = Exercising
			if t <= s.sets[next].Onset+setupS {
				out[i] = Setup
			}
		case s.motion[i] != nil && s.motion[i][nowEnergy] > moving:
			out[i] = Moving
		case next == 0, next == len(s.sets) && t > lastEnd+afterwardsS:
			out[i] = Idle
		default:
			out[i] = Rest
		}
	}
	return out
}

// plainCounts are what is believed before any session was seen, as a few
// imagined stays.
func plainCounts() stateCounts {
	var c stateCounts
	meanS := [States]float64{Idle: 20, Moving: 4, Setup: 1, Exercising: 30, Rest: 20}
	for s := range States {
		frames := meanS[s] / frameS
		reached := 4.0
		for d := range longest {
			end := reached / frames
			c.stays[s][d], c.ended[s][d] = reached, end
			reached = max(reached-end, 0.05)
		}
		for _, n := range follows[s] {
			c.next[s][n] = 1
		}
	}
	c.next[Setup][Exercising] = 4
	c.start = [States]float64{Idle: 5, Moving: 3, Setup: 0.5, Exercising: 0.5, Rest: 1}
	return c
}

func (c *stateCounts) add(truth []State) {
	age := 0
	for i, s := range truth {
		if i == 0 {
			c.start[s]++
			continue
		}
		before := truth[i-1]
		c.stays[before][min(age, longest-1)]++
		age++
		if s != before {
			c.ended[before][min(age-1, longest-1)]++
			c.next[before][s]++
			age = 0
		}
	}
}

func (m *stateModel) fit(c stateCounts) {
	for s := range States {
		m.ends[s] = hazard(c.stays[s], c.ended[s])
		for _, n := range follows[s] {
			m.next[s][n] = c.next[s][n] + 0.5
		}
		copy(m.next[s][:], normalised(m.next[s][:]))
	}
	copy(m.start[:], normalised(c.start[:]))
	// A setup has a fixed length; it may break off before.
	for d := range longest {
		m.ends[Setup][d] = min(m.ends[Setup][d], 0.05)
		if d >= m.setup-1 {
			m.ends[Setup][d] = 1
		}
	}
}

// hazard is the chance to end at each age, pooled over ages within a quarter of
// each other.
func hazard(stays, ended [longest]float64) (h [longest]float64) {
	for d := range longest {
		lo, hi := d-d/4-2, d+d/4+2
		var at, out float64
		for k := max(lo, 0); k <= min(hi, longest-1); k++ {
			at, out = at+stays[k], out+ended[k]
		}
		h[d] = min(max(out/max(at, 1e-9), 1e-4), 0.9)
	}
	return h
}

func median(x []float64) float64 {
	s := append([]float64(nil), x...)
	slices.Sort(s)
	return s[len(s)/2]
}

// says is how likely a frame's movement is in each state, up to a factor.
func (m *stateModel) says(v motion) (like [States]float64) {
	p := []float64{lookStill: 0.9, lookMoving: 0.1, lookSetup: 0.1, lookExercising: 0.1}
	switch {
	case m.look != nil:
		p = m.look.likelihood(v)
	case v[nowEnergy] > m.moving:
		p = []float64{lookStill: 0.1, lookMoving: 0.9, lookSetup: 0.9, lookExercising: 0.9}
	}
	for s := range States {
		like[s] = exact.Exp(exact.Log(max(p[lookOf[s]], 1e-4)) / overlap)
	}
	return like
}

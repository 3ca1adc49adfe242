package replay

import (
	"math"
	"slices"

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

// Energies are binned by their decimal logarithm in g².
const (
	lowestLog = -5.5
	binLog    = 0.25
	energyBin = 28
)

func binOf(energy float64) int {
	b := int((math.Log10(max(energy, 1e-9)) - lowestLog) / binLog)
	return min(max(b, 0), energyBin-1)
}

// longest is how many frames a state's duration is told apart; the last one's
// chance to end holds from there on.
const longest = 400

// stateModel is a hidden semi-Markov model of the states: what movement energy
// each gives, how long each lasts and what follows (Yu, Artificial Intelligence
// 174:215, 2010). Learnt from sessions whose sets are labelled.
type stateModel struct {
	emit  [States][energyBin]float64 // logarithm of the energy's probability
	ends  [States][longest]float64   // chance to end after so many frames
	next  [States][States]float64
	start [States]float64
	// moving is the energy above which somebody moves, g².
	moving float64
	setup  int // frames of a setup
}

// stateCounts counts what the states did in training sessions.
type stateCounts struct {
	emit  [States][energyBin]float64
	stays [States][longest]float64 // frames reached at this age
	ended [States][longest]float64
	next  [States][States]float64
	start [States]float64
}

// labelled is a training session's movement energy by frame, and its sets.
type labelled struct {
	energy []float64
	sets   []Set
}

// afterwardsS is how long after the last set stillness still counts as rest.
const afterwardsS = 30

// learnStates fits the model; without any session it gives a plain one.
func learnStates(sessions []labelled, setupS float64) *stateModel {
	m := &stateModel{setup: max(1, int(math.Round(setupS/frameS)))}
	m.moving = movingThreshold(sessions)
	counts := plainCounts(m.setup, m.moving)
	for _, s := range sessions {
		truth := s.truth(m.moving, setupS)
		counts.add(truth, s.energy)
	}
	m.fit(counts)
	return m
}

// movingThreshold is where stillness ends: 30% of the usual energy within sets,
// but never above what sets fall to for a tenth of their time.
func movingThreshold(sessions []labelled) float64 {
	var medians []float64
	for _, s := range sessions {
		for _, set := range s.sets {
			var inside []float64
			for i := frameOf(set.Onset); i < min(frameOf(set.End), len(s.energy)); i++ {
				if i >= 0 && !math.IsNaN(s.energy[i]) {
					inside = append(inside, s.energy[i])
				}
			}
			if len(inside) > 0 {
				medians = append(medians, math.Log(median(inside)+1e-9))
			}
		}
	}
	if len(medians) == 0 {
		return 0.006
	}
	return signal.DefaultOnset().Fraction * math.Exp(median(medians))
}

func frameOf(t float64) int { return int(math.Ceil(t/frameS - 1e-6)) }

// truth is each frame's state by the labels.
func (s labelled) truth(moving, setupS float64) []State {
	out := make([]State, len(s.energy))
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
		case s.energy[i] > moving:
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
// imagined frames.
func plainCounts(setup int, moving float64) stateCounts {
	var c stateCounts
	still, busy := math.Log10(moving)-1.2, math.Log10(moving)+1
	centre := [States]float64{Idle: still, Rest: still, Moving: busy - 0.2, Setup: busy, Exercising: busy}
	meanS := [States]float64{Idle: 20, Moving: 4, Setup: 1, Exercising: 30, Rest: 20}
	for s := range States {
		for b := range energyBin {
			x := lowestLog + (float64(b)+0.5)*binLog
			c.emit[s][b] = 20*math.Exp(-square((x-centre[s])/0.7)/2)*binLog/0.7/2.5 + 0.02
		}
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

func (c *stateCounts) add(truth []State, energy []float64) {
	age := 0
	for i, s := range truth {
		if !math.IsNaN(energy[i]) {
			c.emit[s][binOf(energy[i])]++
		}
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
		var sum float64
		for _, n := range c.emit[s] {
			sum += n
		}
		for b := range energyBin {
			// Neighbouring bins lend each other counts.
			lo, hi := max(b-1, 0), min(b+1, energyBin-1)
			m.emit[s][b] = math.Log((0.25*c.emit[s][lo] + 0.5*c.emit[s][b] + 0.25*c.emit[s][hi] + 0.05) / sum)
		}
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

package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"

	"onset/dataset"
)

// person is one simulated participant: a body, a way of moving, and habits.
type person struct {
	index  int
	about  dataset.Participant
	group  Group
	body   body
	tempo  float64 // times the period
	reach  float64 // times the range of motion
	tremor float64 // degrees
	hz     float64 // tremor frequency
	hard   float64 // foot strike, m/s2
	gait   float64 // strides a second
	styles map[string][]pose
	pace   map[string]float64
	kilos  map[string]float64
	habit  []doing // own order of exercises and sets
}

// doing is an exercise and how many sets of it.
type doing struct {
	exercise string
	sets     int
}

func (r Recipe) random(stream ...uint64) *rand.Rand {
	mixed := uint64(0x9e3779b97f4a7c15)
	for _, s := range stream {
		mixed = (mixed ^ (s + 1)) * 0xbf58476d1ce4e5b9
		mixed ^= mixed >> 29
	}
	return rand.New(rand.NewPCG(r.Seed, mixed))
}

func between(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }

func (r Recipe) person(index int) person {
	rnd := r.random(1, uint64(index))
	tall := math.Exp(0.06 * rnd.NormFloat64())
	p := person{
		index: index,
		group: r.Group[index%len(r.Group)],
		body:  body{trunk: 0.52 * tall, upperArm: 0.29 * tall, forearm: 0.23 * tall, thighSensor: 0.22 * tall},
		tempo: math.Exp(r.Person.Tempo * rnd.NormFloat64()),
		reach: math.Exp(r.Person.Range*rnd.NormFloat64() - r.Person.Range/2),
		hz:    between(rnd, 5.5, 10),
		hard:  between(rnd, 9, 24),
		gait:  between(rnd, 0.82, 1.02),
	}
	share := rnd.Float64()
	p.tremor = r.Person.TremorDeg[0] + share*share*(r.Person.TremorDeg[1]-r.Person.TremorDeg[0])
	p.about = r.about(rnd, p)
	p.styles, p.pace, p.kilos = map[string][]pose{}, map[string]float64{}, map[string]float64{}
	for _, e := range r.Exercise {
		for range e.Lead {
			p.styles[e.Name()] = append(p.styles[e.Name()], armOffset(rnd, r.Person.StyleDeg))
		}
		p.pace[e.Name()] = math.Exp(r.Person.Pace * rnd.NormFloat64())
		if len(e.Weight) == 3 {
			steps := math.Floor((e.Weight[1] - e.Weight[0]) / e.Weight[2] * between(rnd, 0.1, 0.7))
			p.kilos[e.Name()] = e.Weight[0] + steps*e.Weight[2]
		}
	}
	p.habit = r.habit(rnd, p.group)
	return p
}

func (r Recipe) about(rnd *rand.Rand, p person) dataset.Participant {
	bands := []string{"20-29", "30-39", "40-49", "50-59", "60-69", "70-79"}
	skill := []string{"novice", "trained", "expert"}
	a := dataset.Participant{
		ID:          dataset.ParticipantID(fmt.Sprintf("S%02d", p.index+1)),
		AgeBand:     bands[rnd.IntN(len(bands))],
		Sex:         []string{"female", "male"}[p.index/2%2],
		Proficiency: skill[rnd.IntN(len(skill))],
		Side:        "left",
		Group:       p.group.Name,
	}
	if rnd.Float64() < 0.8 {
		a.Side = "right"
	}
	return a
}

// armOffset is a random change of a posture, mostly of the arm.
func armOffset(rnd *rand.Rand, deg float64) pose {
	var o pose
	for _, j := range []int{elev, plane, elbow, roll} {
		o[j] = deg * rnd.NormFloat64()
	}
	o[lean] = 0.3 * deg * rnd.NormFloat64()
	o[thigh] = 0.3 * deg * rnd.NormFloat64()
	return o
}

// habit is the group's order as this person does it.
func (r Recipe) habit(rnd *rand.Rand, g Group) []doing {
	var own []doing
	for i, name := range g.Order {
		d := doing{name, g.Sets[i]}
		if rnd.Float64() < r.Habit.SetsChanged {
			d.sets = max(1, d.sets+1-2*rnd.IntN(2))
		}
		own = append(own, d)
	}
	for range r.Habit.NeighboursSwapped {
		if len(own) > 1 {
			i := rnd.IntN(len(own) - 1)
			own[i], own[i+1] = own[i+1], own[i]
		}
	}
	return own
}

// order is what the person does in one session: the habit with its lapses.
func (r Recipe) order(rnd *rand.Rand, p person) []string {
	plan := append([]doing(nil), p.habit...)
	for i := 0; i+1 < len(plan); i++ {
		if rnd.Float64() < r.Habit.Swap {
			plan[i], plan[i+1] = plan[i+1], plan[i]
		}
	}
	want := max(1, r.Sets-1+rnd.IntN(3))
	var names []string
	for round := 0; len(names) < want && round < want; round++ {
		for _, d := range plan {
			if rnd.Float64() < r.Habit.Skip {
				continue
			}
			if rnd.Float64() < r.Habit.Again {
				d.sets++
			}
			for range d.sets {
				names = append(names, d.exercise)
			}
		}
	}
	return names[:min(want, len(names))]
}

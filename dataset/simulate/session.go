package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"onset/dataset"
)

// set is one exercise as it was done, times from the session's start.
type set struct {
	exercise   string // id
	start, end float64
	attributes dataset.Attributes
}

// visit is where the person stood from a moment on.
type visit struct {
	from float64
	at   [2]float64
}

// made is a simulated session before it is written anywhere.
type made struct {
	person     person
	session    dataset.Session
	sets       []set
	recordings []tape
}

// actor moves a person through a session.
type actor struct {
	Recipe
	person person
	rnd    *rand.Rand
	motion *motion
	visits []visit
	sets   []set
}

// session makes one session of a person; number counts from 0.
func (r Recipe) session(p person, number int) (made, error) {
	a := &actor{Recipe: r, person: p, rnd: r.random(2, uint64(p.index), uint64(number))}
	stand, err := r.posture(nil)
	if err != nil {
		return made{}, err
	}
	a.motion = &motion{keys: []key{{0, stand}}, hard: p.hard}
	a.motion.addSway(a.rnd, p.tremor, p.hz)
	if err := a.perform(r.order(a.rnd, p), number); err != nil {
		return made{}, fmt.Errorf("simulating session %d of %s: %w", number+1, p.about.ID, err)
	}
	day := time.Duration(p.index*7+number*72+a.rnd.IntN(3)) * time.Hour
	m := made{person: p, sets: a.sets, session: dataset.Session{
		Participant: p.about.ID, Start: r.FirstDay.Add(day), Zone: "UTC",
		Site: p.group.Site, Simulated: true, Format: "simulated", Source: "sample recipe",
		Events: a.beacons(),
	}}
	for _, d := range r.Device {
		m.recordings = append(m.recordings, a.record(d))
	}
	return m, nil
}

func (a *actor) perform(order []string, number int) error {
	a.visits = []visit{{0, [2]float64{-3, -3}}}
	a.motion.hold(between(a.rnd, 2, 4))
	for i, name := range order {
		e, ok := a.exercise(name)
		if !ok {
			return fmt.Errorf("unknown exercise %q", name)
		}
		z, ok := a.zone(a.person.group.Site, e.Zones[a.person.group.Site])
		if !ok {
			return fmt.Errorf("exercise %q has no zone", name)
		}
		if err := a.approach(z); err != nil {
			return err
		}
		if err := a.do(e, number, i); err != nil {
			return err
		}
		if err := a.rest(z.Name); err != nil {
			return err
		}
	}
	a.walkTo([2]float64{-3, -3})
	a.motion.hold(3)
	return nil
}

func (a *actor) place() [2]float64 { return a.visits[len(a.visits)-1].at }

// approach walks to a zone when it is elsewhere.
func (a *actor) approach(z Zone) error {
	here := a.place()
	if math.Hypot(here[0]-z.At[0], here[1]-z.At[1]) < 1.5 {
		return nil
	}
	a.walkTo([2]float64{z.At[0] + 0.4*a.rnd.NormFloat64(), z.At[1] + 0.4*a.rnd.NormFloat64()})
	a.motion.hold(between(a.rnd, 2, 5))
	return nil
}

func (a *actor) walkTo(to [2]float64) {
	here := a.place()
	stand, _ := a.posture(nil)
	seconds := max(2, math.Hypot(here[0]-to[0], here[1]-to[1])/1.15)
	began := a.motion.end()
	a.motion.stepOut(stand, seconds, a.person.gait, between(a.rnd, -120, 120))
	const legs = 8
	for i := 1; i <= legs; i++ {
		f := float64(i) / legs
		a.visits = append(a.visits, visit{began + 0.5 + f*seconds,
			[2]float64{here[0] + f*(to[0]-here[0]), here[1] + f*(to[1]-here[1])}})
	}
}

// do performs one set: the setup movement, then the repetitions.
func (a *actor) do(e Exercise, number, index int) error {
	p := a.person
	onset := a.motion.end()
	heading := a.motion.last()[yaw]
	from, to, err := a.ends(e, heading)
	if err != nil {
		return err
	}
	pace := p.pace[e.Name()] * math.Exp(0.5*a.Recipe.Person.Pace*a.rnd.NormFloat64())
	at := 0.0
	for i, w := range e.Lead {
		target, err := a.waypoint(w)
		if err != nil {
			return err
		}
		own, trial := p.styles[e.Name()][i], armOffset(a.rnd, a.Recipe.Person.TrialDeg)
		for j := range target {
			target[j] += own[j] + trial[j]
		}
		target[yaw] = heading
		a.motion.move(target, (w.At-at)*pace)
		at = w.At
	}
	a.motion.move(from, 0.35*pace)
	n := e.Repetitions[0] + a.rnd.IntN(e.Repetitions[1]-e.Repetitions[0]+1)
	a.repeat(e, from, to, n)
	a.sets = append(a.sets, set{e.ID, onset, a.motion.end(), a.describe(e, n, number)})
	return nil
}

// ends are the person's own two ends of a repetition.
func (a *actor) ends(e Exercise, heading float64) (from, to pose, err error) {
	if from, err = a.posture(e.From); err != nil {
		return
	}
	if to, err = a.posture(e.To); err != nil {
		return
	}
	off := armOffset(a.rnd, 0.4*a.Recipe.Person.TrialDeg)
	for j := range from {
		span := (to[j] - from[j]) * a.person.reach
		from[j] += off[j]
		to[j] = from[j] + span
	}
	from[yaw], to[yaw] = heading, heading
	return from, to, nil
}

func (a *actor) repeat(e Exercise, from, to pose, n int) {
	for k := 0; k < n; k++ {
		tired := float64(k) / float64(n)
		period := e.Period * a.person.tempo * (1 + 0.15*tired) * math.Exp(0.05*a.rnd.NormFloat64())
		top := to
		share := (1 - 0.08*tired) * math.Exp(0.03*a.rnd.NormFloat64())
		for j := range top {
			top[j] = from[j] + share*(to[j]-from[j])
		}
		a.motion.move(top, 0.42*period)
		a.motion.hold(0.05 * period)
		a.motion.move(from, 0.47*period)
		a.motion.hold(0.06 * period)
	}
}

func (a *actor) describe(e Exercise, n, number int) dataset.Attributes {
	at := dataset.Attributes{Repetitions: &n, Side: "left"}
	effort := 0.4 + 0.4*float64(n-e.Repetitions[0])/float64(max(1, e.Repetitions[1]-e.Repetitions[0]))
	effort = math.Round(10*(effort+0.1*a.rnd.Float64())) / 10
	at.Intensity = &effort
	if len(e.Weight) == 3 {
		kg := a.person.kilos[e.Name()] + float64(number)*e.Weight[2]*float64(a.rnd.IntN(2))
		at.WeightKg = &kg
	}
	return at
}

// rest stands or sits, now and then moving an arm.
func (a *actor) rest(zone string) error {
	name := "stand"
	if zone == "chairs" {
		name = "sit"
	}
	calm, err := a.posture(a.Posture[name])
	if err != nil {
		return err
	}
	calm[yaw] = a.motion.last()[yaw]
	off := armOffset(a.rnd, 5)
	for j := range calm {
		calm[j] += off[j]
	}
	a.motion.move(calm, between(a.rnd, 0.8, 1.5))
	until := a.motion.end() + between(a.rnd, a.RestS[0], a.RestS[1])
	for {
		still := -math.Log(1-a.rnd.Float64()) * 8
		if a.motion.end()+still+3.5 > until {
			a.motion.hold(max(2.5, until-a.motion.end()))
			return nil
		}
		a.motion.hold(1 + still)
		idle := []string{"drink", "scratch", "hips", "reach-front"}
		g, err := a.posture(a.Posture[idle[a.rnd.IntN(len(idle))]])
		if err != nil {
			return err
		}
		off := armOffset(a.rnd, 8)
		for _, j := range []int{elev, plane, elbow, roll} {
			g[j] += off[j]
		}
		for _, j := range []int{thigh, drop, fore, yaw} {
			g[j] = calm[j]
		}
		a.motion.move(g, between(a.rnd, 0.7, 1.3))
		a.motion.hold(between(a.rnd, 0.3, 1.2))
		a.motion.move(calm, between(a.rnd, 0.7, 1.3))
	}
}

// each makes every session in turn, person by person.
func (r Recipe) each(yield func(made) error) error {
	for i := range r.People {
		p := r.person(i)
		for n := range r.Sessions[i%len(r.Sessions)] {
			m, err := r.session(p, n)
			if err != nil {
				return err
			}
			if err := yield(m); err != nil {
				return err
			}
		}
	}
	return nil
}

package replay

import (
	"context"
	"fmt"
	"math"

	"onset/dataset"
	"onset/training"
)

// engine is the classifier as a device runs it: packets go in, evidence for
// decisions comes out. It never sees a sample before its packet.
type engine struct {
	know   *Knowledge
	models []Classifier
	o      Options
	visit  visit

	intake *intake
	tape   *tape
	zones  *zones
	filter *filter

	events    []dataset.Event // arrived, not yet passed
	frames    []frame
	next      int // index of the truth's next set to decide
	found     []evidence
	revisions []Revision
	relay     relay
	packets   int
	windowS   float64

	detected []Interval // sets as the segmenter found them
	under    bool       // a set is under way, as detected
	onsetS   float64    // since when
	onsetSD  float64
	pausedS  float64 // since when it seems over
	endedS   float64 // where the last one ended
	decided  bool
	seenS    float64 // when movement was last measured
	blind    bool    // nothing was measured for too long
}

func newEngine(k *Knowledge, c Classifier, v visit, o Options) *engine {
	e := &engine{know: k, models: modelsOf(c), o: o, visit: v, intake: newIntake(), tape: newTape(v.session),
		zones: newZones(), filter: newFilter(k.states), windowS: k.setupS}
	if c != nil {
		e.windowS = c.Contract().WindowS
	}
	e.relay = newRelay(e.models, v.session)
	return e
}

func (e *engine) push(ctx context.Context, p Packet) error {
	e.packets++
	return e.take(ctx, e.intake.accept(p))
}

func (e *engine) finish(ctx context.Context) error {
	if err := e.take(ctx, e.intake.flush()); err != nil {
		return err
	}
	if err := e.advance(ctx, e.intake.clock); err != nil {
		return err
	}
	if e.under {
		e.pausedS = min(e.pausedS, e.intake.clock)
		e.over(e.intake.clock)
	}
	return nil
}

func (e *engine) take(ctx context.Context, packets []Packet) error {
	for _, p := range packets {
		for _, b := range p.Blocks {
			e.lookForHoles(p, b)
			if err := e.tape.add(b); err != nil {
				e.intake.note(p, AnomalyBroken, "Packet %d holds %v; they are left out.", p.Seq, err)
			}
		}
		e.events = append(e.events, p.Events...)
		if err := e.advance(ctx, e.intake.clock); err != nil {
			return err
		}
	}
	return nil
}

// lookForHoles tells of samples that were lost before a block, and of a block that
// begins before the last one has ended.
func (e *engine) lookForHoles(p Packet, b Block) {
	if b.Recording < 0 || b.Recording >= len(e.tape.heard) || !(b.Rate > 0) {
		return // refused by the tape
	}
	list := e.tape.heard[b.Recording]
	if len(list) == 0 {
		return
	}
	end, place := list[len(list)-1].To, e.tape.session.Recordings[b.Recording].Placement
	at := Anomaly{AtS: min(end, b.Start), Seq: p.Seq}
	switch step := b.Start - end; {
	case step > 0.5/b.Rate:
		at.Kind = AnomalyGap
		at.Message = fmt.Sprintf("The recording on %s has no samples from %.2f to %.2f s: nothing is filled in, and a window that touches the hole is not read.", place, end, b.Start)
	case step < -0.5/b.Rate:
		at.Kind = AnomalyOverlap
		at.Message = fmt.Sprintf("The clock of the recording on %s steps back by %.2f s at %.2f s: its samples keep their own times, and no window is read across the step.", place, -step, end)
	default:
		return
	}
	e.intake.log = append(e.intake.log, at)
}

// advance lives through the frames up to a time.
func (e *engine) advance(ctx context.Context, to float64) error {
	for t := float64(len(e.frames)) * frameS; t <= to+1e-9; t = float64(len(e.frames)) * frameS {
		for len(e.events) > 0 && e.events[0].AtS < t-edge {
			e.zones.observe(e.events[0])
			e.events = e.events[1:]
		}
		e.zones.advance(t)
		e.relay.follow(e.tape, t)
		moved := e.tape.motionAt(t)
		blind := e.lookOut(t, moved)
		if !blind {
			e.filter.step(moved)
		}
		f := frame{energy: float32(math.NaN())}
		if moved != nil {
			f.energy = float32(math.Pow(10, moved[nowEnergy]))
		}
		for s, p := range e.filter.p {
			f.p[s] = float32(p)
		}
		e.frames = append(e.frames, f)
		var err error
		switch {
		case e.o.At != AtDetected:
			err = e.markSets(ctx, t)
		case !blind:
			err = e.watch(ctx, t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// blindS is how long nothing may be measured before what was under way counts as
// over: a device that was switched off between sets says nothing of the pause.
const blindS = 5

// lookOut starts the states afresh after too long without a measurement, and
// says whether there is nothing to go by.
func (e *engine) lookOut(t float64, moved motion) (blind bool) {
	if moved != nil {
		e.seenS, e.blind = t, false
		return false
	}
	if t-e.seenS < blindS || e.blind {
		return e.blind
	}
	e.blind, e.filter = true, newFilter(e.know.states)
	if e.under {
		e.pausedS = min(e.pausedS, e.seenS)
		e.over(t)
	}
	return true
}

// markSets decides for every labelled set whose window is complete at t.
func (e *engine) markSets(ctx context.Context, t float64) error {
	for ; e.next < len(e.visit.sets) && e.visit.sets[e.next].Onset+e.windowS <= t+1e-9; e.next++ {
		s := &e.visit.sets[e.next]
		ev := evidence{atS: s.Onset + e.windowS, knownS: e.intake.clock, onsetS: s.Onset, truth: s, zone: e.zones.zone, belief: e.zones.belief()}
		if err := ev.sense(ctx, e.models, e.tape, s.moment); err != nil {
			return fmt.Errorf("deciding at %.2f s: %w", ev.atS, err)
		}
		e.found = append(e.found, ev)
	}
	return nil
}

// Where a set counts as begun and as over, and how long it must seem over: a
// pause between repetitions is no end.
const (
	beganAt = 0.5
	overAt  = 0.3
	pauseS  = 2
)

// watch follows the segmenter: at an onset it decides as soon as the window is
// complete; a set that turns out too short to be one is taken back.
func (e *engine) watch(ctx context.Context, t float64) error {
	p := e.filter.inSet()
	switch {
	case !e.under && p >= beganAt:
		ago, sd := e.filter.since()
		e.under, e.decided, e.pausedS = true, false, math.Inf(1)
		e.onsetS, e.onsetSD = math.Max(e.endedS, t-ago), sd
	case e.under && p >= beganAt:
		e.pausedS = math.Inf(1)
	case e.under && p < overAt:
		if e.pausedS = min(e.pausedS, t); t-e.pausedS >= pauseS-1e-9 {
			e.over(t)
		}
	}
	if !e.under || e.decided || e.onsetS+e.windowS > t+1e-9 {
		return nil
	}
	e.decided = true
	ev := evidence{atS: t, knownS: e.intake.clock, onsetS: e.onsetS, onsetSD: e.onsetSD, truth: e.truthAt(e.onsetS, t), zone: e.zones.zone, belief: e.zones.belief()}
	if err := ev.sense(ctx, e.models, e.tape, training.At(ev.onsetS)); err != nil {
		return fmt.Errorf("deciding at %.2f s: %w", ev.atS, err)
	}
	e.found = append(e.found, ev)
	return nil
}

// over ends the set that was under way where it began to seem over.
func (e *engine) over(t float64) {
	e.under, e.endedS = false, e.pausedS
	length := e.endedS - e.onsetS
	if length >= shortestSetS {
		e.detected = append(e.detected, Interval{e.onsetS, e.endedS})
		return
	}
	message := fmt.Sprintf("The set that seemed to begin at %.1f s was none: it ended after %.1f s.", e.onsetS, length)
	if !e.decided {
		message = "The movement ended before there was anything to decide."
	}
	e.revisions = append(e.revisions, Revision{AtS: t, OnsetS: e.onsetS, Message: message})
	if n := len(e.found); e.decided && n > 0 {
		e.found[n-1].retracted = t
	}
}

// shortestSetS is how long anything must last to be a set.
const shortestSetS = 4

// truthAt is the labelled set that [from, to] falls into for the most part.
func (e *engine) truthAt(from, to float64) *Set {
	var found *Set
	most := (to - from) / 2
	for i := range e.visit.sets {
		s := &e.visit.sets[i]
		if both := min(s.End, to) - max(s.Onset, from); both > most {
			found, most = s, both
		}
	}
	return found
}

// spans are the runs of the likeliest state.
func (e *engine) spans() []Span {
	var out []Span
	last := State(-1)
	for i, f := range e.frames {
		s := State(0)
		for k := range States {
			if f.p[k] > f.p[s] {
				s = k
			}
		}
		t := float64(i) * frameS
		if s != last {
			out = append(out, Span{FromS: t, State: s.String()})
			last = s
		}
		out[len(out)-1].ToS = t + frameS
	}
	return out
}

package replay

import (
	"fmt"
	"math"
	"slices"
)

// Anomaly kinds.
const (
	AnomalyLate     = "late"     // arrived after it had been given up
	AnomalyRepeated = "repeated" // arrived before
	AnomalyOrder    = "order"    // arrived after a later one, put right
	AnomalyMissing  = "missing"  // never arrived
	AnomalyClock    = "clock"    // its time does not follow the packet before
	AnomalyBroken   = "broken"   // its samples do not fit the recording
	AnomalyGap      = "gap"      // samples are missing before its first
	AnomalyOverlap  = "overlap"  // its samples begin before the last ones ended
)

// Anomaly is what was odd about a packet or a recording, and what was done about it.
type Anomaly struct {
	AtS     float64 `json:"at_s"`
	Seq     int     `json:"seq"` // of the packet; -1: settled when the session was imported
	Kind    string  `json:"kind"`
	Message string  `json:"message"`
}

// intake puts packets in order and time. It waits for a missing packet until
// patience later ones have arrived.
type intake struct {
	next     int // sequence number expected
	clock    float64
	shift    float64 // added to packet times after the clock jumped back
	held     []Packet
	log      []Anomaly
	patience int
}

func newIntake() *intake { return &intake{patience: 2} }

func (in *intake) note(p Packet, kind, format string, args ...any) {
	in.log = append(in.log, Anomaly{AtS: in.clock, Seq: p.Seq, Kind: kind, Message: fmt.Sprintf(format, args...)})
}

// accept takes a packet as it arrives and returns those whose turn it is.
func (in *intake) accept(p Packet) []Packet {
	switch {
	case p.Seq < in.next:
		if slices.ContainsFunc(in.log, func(a Anomaly) bool { return a.Kind == AnomalyMissing && a.Seq == p.Seq }) {
			in.note(p, AnomalyLate, "Packet %d arrived after it had been given up; left out.", p.Seq)
		} else {
			in.note(p, AnomalyRepeated, "Packet %d arrived again; left out.", p.Seq)
		}
		return nil
	case slices.ContainsFunc(in.held, func(q Packet) bool { return q.Seq == p.Seq }):
		in.note(p, AnomalyRepeated, "Packet %d arrived again; left out.", p.Seq)
		return nil
	}
	if len(in.held) > 0 && p.Seq < in.held[len(in.held)-1].Seq {
		in.note(p, AnomalyOrder, "Packet %d arrived after packet %d; put in its place.", p.Seq, in.held[len(in.held)-1].Seq)
	}
	in.held = append(in.held, p)
	slices.SortFunc(in.held, func(a, b Packet) int { return a.Seq - b.Seq })
	return in.release(false)
}

// flush gives up waiting: the stream has ended.
func (in *intake) flush() []Packet { return in.release(true) }

func (in *intake) release(all bool) []Packet {
	var out []Packet
	for len(in.held) > 0 {
		first := in.held[0]
		hole := first.Seq > in.next
		if hole {
			if !all && len(in.held) <= in.patience {
				break
			}
			const most = 1000 // a leap in numbering is one anomaly, not millions
			for missing := in.next; missing < min(first.Seq, in.next+most); missing++ {
				in.note(Packet{Seq: missing}, AnomalyMissing, "Packet %d never arrived.", missing)
			}
		}
		in.held = in.held[1:]
		in.next = first.Seq + 1
		if q, ok := in.settle(first, hole); ok {
			out = append(out, q)
		}
	}
	return out
}

const (
	jumpS = 0.5  // how far a packet's time may differ from where the last one ended
	leapS = 3600 // a leap ahead that no pause explains
)

// settle keeps the stream's time running forward: a jump ahead leaves a hole, a
// jump back or by more than an hour is bridged by shifting what follows. After missing packets a hole
// is no jump.
func (in *intake) settle(p Packet, hole bool) (Packet, bool) {
	if math.IsNaN(p.From) || math.IsNaN(p.To) || math.IsInf(p.From, 0) || math.IsInf(p.To, 0) || p.To < p.From {
		in.note(p, AnomalyBroken, "Packet %d spans %g to %g s; left out.", p.Seq, p.From, p.To)
		return p, false
	}
	from := p.From + in.shift
	switch {
	case from < in.clock-jumpS || from > in.clock+leapS:
		in.shift += in.clock - from
		in.note(p, AnomalyClock, "The clock moved by %.2f s at packet %d; time goes on without the step.", from-in.clock, p.Seq)
	case from > in.clock+jumpS && in.shift != 0 && math.Abs(p.From-in.clock) <= jumpS:
		in.note(p, AnomalyClock, "The clock is back where it was at packet %d.", p.Seq)
		in.shift = 0
	case from > in.clock+jumpS && !hole:
		in.note(p, AnomalyClock, "Time leaps ahead by %.2f s at packet %d.", from-in.clock, p.Seq)
	}
	if in.shift != 0 {
		p = shifted(p, in.shift)
	}
	in.clock = max(in.clock, p.To)
	return p, true
}

func shifted(p Packet, by float64) Packet {
	p.From, p.To = p.From+by, p.To+by
	p.Blocks, p.Events = slices.Clone(p.Blocks), slices.Clone(p.Events)
	for i := range p.Blocks {
		p.Blocks[i].Start += by
	}
	for i := range p.Events {
		p.Events[i].AtS += by
	}
	return p
}

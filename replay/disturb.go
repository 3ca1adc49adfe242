package replay

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Disturbance spoils a session's packets on their way, to see that decisions stay
// sane and that each fault is told of. The shares are chances and add up to at
// most 1. A fault leaves the three packets after it alone, so that each can be
// counted: faults are fewer than the shares of all packets.
type Disturbance struct {
	Late   float64 // arrive after they have been given up
	Repeat float64 // arrive twice
	Order  float64 // are overtaken by the next one
	Drop   float64 // never arrive
	// JumpS moves the clock once, in the session's middle half, by so many seconds.
	JumpS float64
	Seed  uint64
}

// ParseDisturbance reads "late=0.1,repeat=0.05,order=0.1,drop=0.02,jump=30s"; any
// of them may be left out.
func ParseDisturbance(text string, seed uint64) (*Disturbance, error) {
	d := &Disturbance{Seed: seed}
	shares := map[string]*float64{"late": &d.Late, "repeat": &d.Repeat, "order": &d.Order, "drop": &d.Drop}
	for part := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return nil, fmt.Errorf("%q is not a fault with its share, such as late=0.1", part)
		}
		if key == "jump" {
			by, err := time.ParseDuration(value)
			if err != nil || by == 0 || by.Abs() > 1000*time.Hour {
				return nil, fmt.Errorf("jump=%s is not a time such as 30s or -1h", value)
			}
			d.JumpS = by.Seconds()
			continue
		}
		share, known := shares[key]
		if !known {
			return nil, fmt.Errorf("%q is none of late, repeat, order, drop, jump", key)
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil || !(v >= 0 && v <= 1) {
			return nil, fmt.Errorf("%s=%s is not a share between 0 and 1", key, value)
		}
		*share = v
	}
	if sum := d.Late + d.Repeat + d.Order + d.Drop; sum > 1 {
		return nil, fmt.Errorf("the faults add up to %.3g of the packets: at most 1", sum)
	}
	return d, nil
}

// Disturbed says which faults a disturbance made, and how many of each kind were
// told of on arrival: the two must agree.
type Disturbed struct {
	Seed   uint64         `json:"seed"`
	Made   map[string]int `json:"made"`   // by the kind of the anomaly
	Logged map[string]int `json:"logged"` // among the packets' anomalies
}

// packets is what a replay reads its packets from.
type packets interface {
	Next(ctx context.Context) (Packet, bool, error)
}

// spoiled passes packets on with faults.
type spoiled struct {
	from  packets
	d     Disturbance
	r     *rand.Rand
	ready []Packet
	made  map[string]int
	spare int // packets until the next fault may be
	jump  int // packet at which the clock moves; -1: none
	ended bool
}

// quiet is how many packets follow a fault unspoilt: as many as an intake waits
// for, and one.
const quiet = 3

func (d Disturbance) spoil(from packets, packetS, durationS float64) *spoiled {
	s := &spoiled{from: from, d: d, r: rand.New(rand.NewPCG(d.Seed, 11)), made: map[string]int{}, jump: -1, spare: quiet}
	if n := int(durationS / packetS); d.JumpS != 0 && n >= 8 {
		s.jump = n/4 + s.r.IntN(n/2)
	}
	return s
}

// fetch reads a packet and moves its clock if it is after the jump.
func (s *spoiled) fetch(ctx context.Context) (Packet, bool, error) {
	p, ok, err := s.from.Next(ctx)
	if err != nil || !ok {
		s.ended = true
		return p, false, err
	}
	if s.jump >= 0 && p.Seq >= s.jump {
		p = shifted(p, s.d.JumpS)
	}
	return p, true, nil
}

// Next is the next packet as it arrives.
func (s *spoiled) Next(ctx context.Context) (Packet, bool, error) {
	if len(s.ready) == 0 && !s.ended {
		if err := s.refill(ctx); err != nil {
			return Packet{}, false, err
		}
	}
	if len(s.ready) == 0 {
		return Packet{}, false, nil
	}
	p := s.ready[0]
	s.ready = s.ready[1:]
	return p, true, nil
}

// refill draws the next packet's fault, with the packets that it concerns.
func (s *spoiled) refill(ctx context.Context) error {
	p, ok, err := s.fetch(ctx)
	if err != nil || !ok {
		return err
	}
	kind := ""
	// Beside the jump there is no other fault: a hole would explain it.
	near := s.jump >= 0 && math.Abs(float64(p.Seq-s.jump)) <= 2*quiet
	if p.Seq == s.jump && math.Abs(s.d.JumpS) > jumpS {
		s.made[AnomalyClock]++
	}
	if s.spare > 0 || near {
		s.spare--
	} else {
		kind = s.draw()
	}
	overtake := map[string]int{AnomalyOrder: 1, AnomalyLate: quiet, AnomalyMissing: quiet}[kind]
	var next []Packet
	for range overtake {
		q, ok, err := s.fetch(ctx)
		if err != nil {
			return err
		}
		if ok {
			next = append(next, q)
		}
	}
	if len(next) < overtake { // the session ends here: its last packets arrive as they are
		s.ready = append([]Packet{p}, next...)
		return nil
	}
	switch kind {
	case AnomalyRepeated:
		s.ready = []Packet{p, p}
	case AnomalyOrder, AnomalyLate:
		s.ready = append(next, p)
	case AnomalyMissing:
		s.ready = next
	default:
		s.ready = []Packet{p}
		return nil
	}
	s.made[kind]++
	if kind == AnomalyLate {
		s.made[AnomalyMissing]++ // given up before it came
	}
	s.spare = quiet
	return nil
}

// draw is the fault of the next packet; empty for none.
func (s *spoiled) draw() string {
	u := s.r.Float64()
	for _, f := range []struct {
		kind  string
		share float64
	}{{AnomalyLate, s.d.Late}, {AnomalyRepeated, s.d.Repeat}, {AnomalyOrder, s.d.Order}, {AnomalyMissing, s.d.Drop}} {
		if u -= f.share; u < 0 {
			return f.kind
		}
	}
	return ""
}

// report compares the faults made with those told of.
func (s *spoiled) report(log []Anomaly) *Disturbed {
	out := &Disturbed{Seed: s.d.Seed, Made: s.made, Logged: map[string]int{}}
	for _, a := range log {
		switch a.Kind {
		case AnomalyLate, AnomalyRepeated, AnomalyOrder, AnomalyMissing, AnomalyClock:
			out.Logged[a.Kind]++
		}
	}
	return out
}

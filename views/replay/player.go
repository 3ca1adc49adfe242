package replay

import (
	"math"
	"time"
)

// speeds are what playback can be set to.
var speeds = []float64{0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64}

// player says where playback is. It is a pure function of the time that it is
// asked at: nothing runs inside.
type player struct {
	length  float64 // of the session in seconds
	at      float64 // where it was when it was last started, stopped or moved
	since   time.Time
	playing bool
	speed   float64
	loop    [2]float64 // played over and over; empty: none
}

// looping reports whether a stretch is played over and over.
func (p *player) looping() bool { return p.loop[1] > p.loop[0] }

// unloop plays on from where it is.
func (p *player) unloop(now time.Time) {
	p.at, p.since = p.position(now), now
	p.loop = [2]float64{}
}

// position is where playback is at a moment, never past the end.
func (p *player) position(now time.Time) float64 {
	if !p.playing {
		return p.at
	}
	at := p.at + now.Sub(p.since).Seconds()*p.speed
	if from, to := p.loop[0], p.loop[1]; p.looping() && at >= to && p.at < to {
		at = from + math.Mod(at-to, to-from)
	}
	return min(at, p.length)
}

// ended reports whether playback has come to the end.
func (p *player) ended(now time.Time) bool {
	return p.playing && !p.looping() && p.position(now) >= p.length
}

// play starts, from the beginning when it stands at the end.
func (p *player) play(now time.Time) {
	if p.at >= p.length {
		p.at = 0
	}
	p.since, p.playing = now, true
}

func (p *player) pause(now time.Time) { p.at, p.playing = p.position(now), false }

// seek goes to a moment and plays on from there if it was playing.
func (p *player) seek(at float64, now time.Time) {
	p.at, p.since = min(max(at, 0), p.length), now
}

// faster and slower change the speed by one step, keeping the place.
func (p *player) faster(step int, now time.Time) {
	p.at, p.since = p.position(now), now
	i := 0
	for i < len(speeds)-1 && speeds[i] < p.speed {
		i++
	}
	p.speed = speeds[min(max(i+step, 0), len(speeds)-1)]
}

package codec

import (
	"context"
	"io"
)

// meterStep is how many bytes pass between two calls of a progress function.
const meterStep = 1 << 20

// meter counts the bytes that decoders read and tells a progress function.
type meter struct {
	tell     func(Progress)
	now      Progress
	base     int64 // bytes of the units before this one
	lastTold int64
}

func newMeter(units []unit, tell func(Progress)) *meter {
	m := &meter{tell: tell}
	for _, u := range units {
		m.now.Total += u.bytes()
	}
	return m
}

func (m *meter) begin(u unit) {
	m.base = m.now.Done
	m.now.Source = u.source
	m.report()
}

// end sets the count to the unit's size, however often its bytes were read.
func (m *meter) end(u unit, imported bool) {
	m.now.Done = m.base + u.bytes()
	if imported {
		m.now.Sessions++
	}
	m.report()
}

func (m *meter) add(u unit, n int) {
	m.now.Done = min(m.now.Done+int64(n), m.base+u.bytes())
	if m.now.Done-m.lastTold >= meterStep {
		m.report()
	}
}

func (m *meter) report() {
	m.lastTold = m.now.Done
	if m.tell != nil {
		m.tell(m.now)
	}
}

// meteredReader counts what is read through it and ends with its context.
type meteredReader struct {
	ctx context.Context
	r   io.Reader
	m   *meter
	u   unit
}

func (r *meteredReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.r.Read(p)
	r.m.add(r.u, n)
	return n, err
}

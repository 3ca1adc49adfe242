// Package swarm drives many reference devices against one server on this
// machine, with lost connections, kills, wrong clocks and full disks.
package swarm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"onset/devices/client"
	"onset/devices/sync/protocol"
)

// Options say what a swarm does.
type Options struct {
	Devices   int
	Dir       string        // where devices keep their state
	Poll      time.Duration // how often each device asks for models
	Sessions  float64       // sessions a second, all devices together
	Bytes     int           // of a session
	Duration  time.Duration
	Faults    float64 // share of connections and writes that fail, 0 to 1
	Seed      uint64
	Invite    func(ctx context.Context) (text string, err error)
	Check     func(dir string) error // proves models; nil: for real
	Observe   func(Report)           // every second or so; may be nil
	Recording func(n int) []byte     // the n-th session's content
}

// Report is what a swarm has seen.
type Report struct {
	Devices  int   `json:"devices"`
	Polls    int64 `json:"polls"`
	Models   int64 `json:"models"`
	Sessions int64 `json:"sessions"`
	Bytes    int64 `json:"bytes"`
	Kills    int64 `json:"kills"`
	// Errors are those that devices told; without faults there should be none.
	Errors int64         `json:"errors"`
	First  []string      `json:"first_errors,omitempty"`
	PollMS Quantiles     `json:"poll_ms"`
	SendMS Quantiles     `json:"send_ms"`
	Took   time.Duration `json:"-"`
	TookS  float64       `json:"took_s"`
	Sent   []Sent        `json:"-"`
	Unsent int           `json:"unsent"` // after the faults were over
	polls  []float64
	sends  []float64
}

// Sent is a session that a device says has arrived.
type Sent struct {
	Session, SHA256 string
}

// Quantiles are of durations in milliseconds.
type Quantiles struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func quantiles(ms []float64) Quantiles {
	if len(ms) == 0 {
		return Quantiles{}
	}
	ms = slices.Clone(ms)
	slices.Sort(ms)
	return Quantiles{ms[len(ms)/2], ms[len(ms)*99/100], ms[len(ms)-1]}
}

type swarm struct {
	o  Options
	mu sync.Mutex
	r  Report
}

// one is a device of the swarm.
type one struct {
	*swarm
	n   int
	dir string
	f   *faults
	c   *client.Client
}

// Run pairs the devices, lets them work for the duration, then ends the faults
// and lets them finish what they have to send.
func Run(ctx context.Context, o Options) (Report, error) {
	s := &swarm{o: o, r: Report{Devices: o.Devices}}
	devices := make([]*one, o.Devices)
	for i := range devices {
		d := &one{swarm: s, n: i, dir: filepath.Join(o.Dir, fmt.Sprintf("device-%04d", i))}
		d.f = &faults{rng: rand.New(rand.NewPCG(o.Seed, uint64(i)))}
		devices[i] = d
		if err := d.pair(ctx); err != nil {
			return s.r, fmt.Errorf("pairing device %d: %w", i, err)
		}
		d.f.share = o.Faults
		if o.Faults > 0 && i%5 == 0 {
			d.f.clock = time.Duration(d.f.upTo(40*24)-20*24) * time.Hour
		}
	}
	began := time.Now()
	until, stop := context.WithTimeout(ctx, o.Duration)
	defer stop()
	var wg sync.WaitGroup
	for _, d := range devices {
		wg.Go(func() { d.live(until) })
	}
	wg.Wait()
	s.r.Took = time.Since(began)
	s.r.TookS = s.r.Took.Seconds()
	for _, d := range devices {
		d.f.stop()
		if err := d.finish(ctx); err != nil {
			s.r.Unsent++
			s.told(err)
		}
	}
	s.r.PollMS, s.r.SendMS = quantiles(s.r.polls), quantiles(s.r.sends)
	return s.r, ctx.Err()
}

func (d *one) options() client.Options {
	return client.Options{Now: d.f.now, FS: disk{d.f}, Dial: d.f.dial, Check: d.o.Check, Piece: 64 << 10}
}

func (d *one) pair(ctx context.Context) error {
	text, err := d.o.Invite(ctx)
	if err != nil {
		return err
	}
	for {
		d.c, err = client.Pair(ctx, d.dir, text, client.About{Name: fmt.Sprintf("swarm %d", d.n), Platform: "swarm", Runtime: "1"}, d.options())
		if p, ok := errors.AsType[*protocol.Problem](err); !ok || p.Status != http.StatusTooManyRequests {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// live polls and sends until ctx ends.
func (d *one) live(ctx context.Context) {
	poll, send := d.every(d.o.Poll), d.every(d.sendEvery())
	nextPoll, nextSend := time.After(d.somewhere(d.o.Poll)), time.After(d.somewhere(d.sendEvery()))
	for n := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-nextPoll:
			d.once(ctx, d.pull)
			nextPoll = time.After(poll)
		case <-nextSend:
			n++
			d.once(ctx, func(ctx context.Context) error { return d.send(ctx, n) })
			nextSend = time.After(send)
		}
	}
}

func (d *one) every(t time.Duration) time.Duration { return max(t, time.Millisecond) }

// sendEvery is the time between two sessions of one device.
func (d *one) sendEvery() time.Duration {
	if d.o.Sessions <= 0 {
		return 1000 * time.Hour
	}
	return time.Duration(float64(d.o.Devices) / d.o.Sessions * float64(time.Second))
}

func (d *one) somewhere(t time.Duration) time.Duration {
	return time.Duration(float64(t) * float64(d.f.upTo(1000)) / 1000)
}

// once does one thing, and with faults may be killed while it does: then the
// device starts again from its disk.
func (d *one) once(ctx context.Context, work func(context.Context) error) {
	killed := d.f.happens()
	if killed {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(d.f.upTo(50))*time.Millisecond)
		defer cancel()
	}
	err := work(ctx)
	if killed {
		d.mu.Lock()
		d.r.Kills++
		d.mu.Unlock()
		d.c.Close()
		if c, oerr := client.Open(d.dir, d.options()); oerr == nil {
			d.c = c
		} else {
			err = oerr
		}
	}
	if err != nil && ctx.Err() == nil {
		d.told(err)
	}
}

func (s *swarm) told(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.r.Errors++
	if len(s.r.First) < 10 {
		s.r.First = append(s.r.First, err.Error())
	}
}

func (d *one) pull(ctx context.Context) error {
	began := time.Now()
	p, err := d.c.Pull(ctx)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.r.Polls++
	d.r.polls = append(d.r.polls, float64(time.Since(began).Microseconds())/1000)
	if p.Outcome == client.PulledModel {
		d.r.Models++
	}
	return nil
}

func (d *one) send(ctx context.Context, n int) error {
	path := filepath.Join(d.dir, "recording.csv")
	if err := os.WriteFile(path, d.o.Recording(d.n*1_000_003+n), 0o600); err != nil {
		return err
	}
	if _, err := d.c.Pack(path, "1"); err != nil {
		return err
	}
	return d.flush(ctx)
}

func (d *one) flush(ctx context.Context) error {
	began := time.Now()
	sent, err := d.c.Flush(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range sent {
		d.r.Sessions++
		d.r.Bytes += p.Length
		d.r.Sent = append(d.r.Sent, Sent{p.Session, p.SHA256})
	}
	if len(sent) == 1 {
		d.r.sends = append(d.r.sends, float64(time.Since(began).Microseconds())/1000)
	}
	return err
}

// finish sends what is left, without faults.
func (d *one) finish(ctx context.Context) error {
	d.c.Close()
	c, err := client.Open(d.dir, d.options())
	if err != nil {
		return err
	}
	defer c.Close()
	d.c = c
	if err := d.flush(ctx); err != nil {
		return err
	}
	s, err := c.Status(ctx)
	if err == nil && len(s.Waiting) > 0 {
		err = errors.New("sessions are still waiting")
	}
	return err
}

package codec

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"onset/dataset"
)

// tableSource is a file and the mapping that reads it.
type tableSource struct {
	file     *sourceFile
	mapping  *Mapping
	captures map[string]string
	// exact makes a clock of what lies beside the file and the clock of its rows,
	// for a session's start at zero; nil where only the rows tell.
	exact func(rows rowClock, zero int64) rowClock
}

// tableDecoder reads the tables of one session.
type tableDecoder struct {
	sources []tableSource
	// begin names the session before it opens: its source label, whose it is.
	begin func(w *session, info *dataset.Session) error
	// end adds what the tables' mappings do not say; it may be nil. zero is the
	// session's start in nanoseconds since 1970, 0 when it is not known.
	end func(ctx context.Context, w *session, zero int64) error

	zero   int64         // nanoseconds of the session's start
	locals []*localClock // of each source; nil for one whose times are no local ones
}

func (d *tableDecoder) decode(ctx context.Context, w *session) error {
	var info dataset.Session
	if err := d.begin(w, &info); err != nil {
		return err
	}
	if err := d.findStart(ctx, w, &info); err != nil {
		return err
	}
	if err := w.open(ctx, info); err != nil {
		return err
	}
	if d.sources[0].mapping.format != nil && info.Zone == "" {
		w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1,
			Message: "The times are local and the source names no zone; they are kept as the clock on the wall showed them."})
	}
	for i, s := range d.sources {
		if err := d.readFile(ctx, w, s, i); err != nil {
			return err
		}
	}
	if d.end != nil {
		return d.end(ctx, w, d.zero)
	}
	return nil
}

// findStart takes the earliest first time of the files for the session's start.
func (d *tableDecoder) findStart(ctx context.Context, w *session, info *dataset.Session) error {
	m := d.sources[0].mapping
	if !m.calendar() {
		return nil
	}
	d.locals = make([]*localClock, len(d.sources))
	var asked, second bool // of the repeated hour: once a session
	for i, s := range d.sources {
		open := func() (io.ReadCloser, error) { return w.file(ctx, s.file) }
		r, err := open()
		if err != nil {
			return err
		}
		t, err := s.mapping.firstTime(s.file.path, r)
		r.Close()
		if err != nil {
			return err
		}
		zone, err := s.mapping.location(w.options)
		if err != nil {
			return err
		}
		if zone != nil {
			if d.locals[i], err = s.mapping.startOf(zone, t, s.file.path, open); err != nil {
				return err
			}
			if d.locals[i].open {
				if !asked {
					if second, err = w.askRun(d.locals[i], t); err != nil {
						return err
					}
					asked = true
				}
				d.locals[i].start(t, second)
			}
			t -= d.locals[i].offset
			w.zoned, w.hourKnown = true, true
			info.Zone = zone.String()
		}
		if i == 0 || t < d.zero {
			d.zero = t
		}
	}
	if info.Zone == "" && (m.format == nil || m.format.zoned) {
		info.Zone = "UTC"
	}
	info.Zone = strings.TrimSpace(info.Zone)
	info.Start = time.Unix(0, d.zero).UTC()
	return nil
}

// calendar reports times that name a day, as opposed to counting from a start.
func (m *Mapping) calendar() bool {
	return m.moments != nil && !m.moments.relative || m.Time.Column != nil && (m.Time.Unit == "text" || m.Time.From == "1970" && m.Time.Unit != "sample")
}

// tableOut is a recording and the channels of the mapping that belong to it.
type tableOut struct {
	rec      *recording
	spec     recordingSpec
	channels []int
	values   [][]float64
	codes    bool // the numbers are whole
	ints     [][]int32
	clip     *clipCounter
}

// outs makes a recording of each place on the body that the columns name.
func (s tableSource) outs() []*tableOut {
	m, captures := s.mapping, s.captures
	var outs []*tableOut
	for i, c := range m.Channels {
		placement := m.fill(m.Recording.Placement, captures)
		if c.Placement != "" {
			placement = m.fill(c.Placement, captures)
		}
		if placement == "" {
			placement = "unknown"
		}
		var out *tableOut
		for _, o := range outs {
			if o.spec.Placement == placement {
				out = o
			}
		}
		if out == nil {
			out = &tableOut{spec: recordingSpec{Device: m.fill(m.Recording.Device, captures), Placement: placement, NominalHz: m.Time.Rate}}
			outs = append(outs, out)
		}
		channel := dataset.Channel{Kind: c.Kind, Axis: c.Axis, Unit: c.Unit, RangeMin: c.Low, RangeMax: c.High}
		if c.Codes {
			channel.Scale, channel.Offset = c.Scale, c.Offset
			out.codes = true
		}
		out.spec.Channels = append(out.spec.Channels, channel)
		out.channels = append(out.channels, i)
	}
	for _, o := range outs {
		o.values = make([][]float64, len(o.channels))
		o.ints = make([][]int32, len(o.channels))
		o.clip = newClipCounter(o.spec.Channels)
	}
	return outs
}

func (d *tableDecoder) readFile(ctx context.Context, w *session, s tableSource, turn int) error {
	f := s.file
	var local *localClock
	if d.locals != nil && d.locals[turn] != nil {
		local = d.locals[turn]
		local.zero = d.zero
	}
	file, err := w.file(ctx, f)
	if err != nil {
		return err
	}
	defer file.Close()
	rows, err := s.mapping.openRows(f.path, file)
	if err != nil {
		return err
	}
	outs := s.outs()
	for _, o := range outs {
		if o.rec, err = w.record(ctx, o.spec); err != nil {
			return err
		}
	}
	clock := d.newClock(s.mapping)
	if s.exact != nil {
		clock = s.exact(clock, d.zero)
	}
	runs := newRunCollector(s.mapping, turn == 0)
	ahead := readAhead(rows)
	defer ahead.stop()
	for {
		batch, err := ahead.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
		if local != nil {
			local.utc(batch.times)
		}
		if err := d.storeBatch(ctx, outs, batch, f.path, clock); err != nil {
			return err
		}
		if err := runs.add(batch, f.path); err != nil {
			return err
		}
		ahead.giveBack(batch)
	}
	if err := rows.bad.check(f.path, outs[0].rec.samples); err != nil {
		return err
	}
	if outs[0].rec.samples == 0 {
		return badFile(f.path, "the file has no rows of data")
	}
	if local != nil {
		for _, o := range local.found {
			w.find(o)
		}
	}
	return d.finishFile(ctx, w, s, outs, clock, runs, rows)
}

func (d *tableDecoder) storeBatch(ctx context.Context, outs []*tableOut, rows *rowBatch, path string, clock rowClock) error {
	times := rows.times
	for _, o := range outs {
		for i, c := range o.channels {
			o.values[i] = rows.values[c]
		}
		if err := o.store(ctx, path); err != nil {
			return err
		}
		if clock.device() {
			if err := o.rec.appendTimes(ctx, times); err != nil {
				return err
			}
		}
	}
	clock.add(times, rows.rows)
	return nil
}

// store keeps a batch, as whole numbers when the mapping says that they are.
func (o *tableOut) store(ctx context.Context, path string) error {
	if !o.codes {
		o.clip.values(o.rec.samples, o.values)
		return o.rec.append(ctx, o.values)
	}
	for i := range o.values {
		o.ints[i] = o.ints[i][:0]
		for _, v := range o.values[i] {
			if v != math.Trunc(v) || math.Abs(v) > math.MaxInt32 {
				return badFile(path, "%g is not a whole number, as column %d has by its mapping", v, o.channels[i]+1)
			}
			o.ints[i] = append(o.ints[i], int32(v))
		}
	}
	o.clip.codes(o.rec.samples, o.ints)
	return o.rec.appendCodes(ctx, o.ints)
}

func (d *tableDecoder) finishFile(ctx context.Context, w *session, s tableSource, outs []*tableOut, c rowClock, runs *runCollector, rows *rowReader) error {
	clock, measured, findings, err := c.finish()
	if err != nil {
		return badFile(s.file.path, "%v", err)
	}
	if rows.absent > 0 {
		findings = append(findings, dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: fmt.Sprintf("%d cells are empty; they are kept as missing values.", rows.absent)})
	}
	if text := rows.bad.sentence(); text != "" {
		findings = append(findings, dataset.Finding{Kind: dataset.FindingUnreadable, Sample: -1, Message: text})
	}
	if text := rows.strange.sentence(); text != "" {
		findings = append(findings, dataset.Finding{Kind: dataset.FindingUnreadable, Sample: -1, Message: text})
	}
	var id dataset.RecordingID
	for i, o := range outs {
		own := append(append([]dataset.Finding(nil), findings...), o.clip.findings(clock)...)
		got, err := o.rec.finish(ctx, clock, measured, own)
		if err != nil {
			return err
		}
		if i == 0 {
			id = got
		}
	}
	return d.attachLabels(ctx, w, s, id, outs[0].rec.samples, runs)
}

// rowClock turns the times of rows into a clock.
type rowClock interface {
	device() bool // whether the rows' times are kept
	add(times []int64, rows int)
	finish() (dataset.Clock, float64, []dataset.Finding, error)
}

func (d *tableDecoder) newClock(m *Mapping) rowClock {
	t := m.Time
	switch {
	case t.Column == nil:
		c := &evenClock{rate: t.Rate}
		if m.moments != nil {
			c.start = float64(m.moments.origin-d.zero) / 1e9
		}
		return c
	case t.Unit == "sample":
		return &countedClock{rate: t.Rate, first: t.First}
	}
	return timedClock{newTimeline(d.zero, t.Rate)}
}

type timedClock struct{ *timeline }

func (timedClock) device() bool               { return true }
func (c timedClock) add(times []int64, _ int) { c.timeline.add(times) }

// evenClock is the clock of rows without times.
type evenClock struct{ start, rate float64 }

func (*evenClock) device() bool     { return false }
func (*evenClock) add([]int64, int) {}
func (c *evenClock) finish() (dataset.Clock, float64, []dataset.Finding, error) {
	return dataset.Uniform(c.start, c.rate), 0, nil, nil
}

// countedClock is the clock of rows that carry their sample's number.
type countedClock struct {
	rate  float64
	first int64
	rows  int64
	next  int64
	clock dataset.Clock
	found []dataset.Finding
}

func (*countedClock) device() bool { return false }

func (c *countedClock) add(numbers []int64, _ int) {
	for _, n := range numbers {
		if c.rows == 0 || n != c.next {
			at := float64(n-c.first) / c.rate
			if c.rows > 0 {
				c.describe(n)
			}
			c.clock.Segments = append(c.clock.Segments, dataset.Segment{First: c.rows, Start: at, Rate: c.rate})
		}
		c.rows++
		c.next = n + 1
	}
}

func (c *countedClock) describe(n int64) {
	f := dataset.Finding{Kind: dataset.FindingGap, AtS: float64(c.next-c.first) / c.rate, LengthS: float64(n-c.next) / c.rate, Sample: c.rows,
		Message: fmt.Sprintf("Sample numbers jump from %d to %d: %d samples are missing.", c.next-1, n, n-c.next)}
	if n < c.next {
		f.Kind, f.LengthS = dataset.FindingClock, 0
		f.Message = fmt.Sprintf("Sample numbers go back from %d to %d.", c.next-1, n)
	}
	if len(c.found) <= maxFindings {
		c.found = append(c.found, f)
	}
}

func (c *countedClock) finish() (dataset.Clock, float64, []dataset.Finding, error) {
	return c.clock, 0, c.found, nil
}

package codec

import (
	"context"
	"fmt"
	"io"
	"time"

	"onset/dataset"
)

// tableDecoder reads the files of one session through a mapping.
type tableDecoder struct {
	mapping *Mapping
	files   []*sourceFile

	zero  int64 // nanoseconds of the session's start
	shift int64 // from wall-clock times to UTC
}

func (d *tableDecoder) decode(ctx context.Context, w *session) error {
	m := d.mapping
	captures := detailMapped(d.files[0]).captures
	w.mapped = dataset.ParticipantID(m.fill(m.Session.Participant, captures))
	info := dataset.Session{Source: m.fill(m.Session.Source, captures), Site: m.Session.Site}
	if info.Source == "" {
		info.Source = sourceLabel("csv", d.files[0].name())
	}
	if err := d.findStart(ctx, w, &info); err != nil {
		return err
	}
	if err := w.open(ctx, info); err != nil {
		return err
	}
	if m.format != nil && info.Zone == "" {
		w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1,
			Message: "The times are local and the source names no zone; they are kept as the clock on the wall showed them."})
	}
	for i, f := range d.files {
		if err := d.readFile(ctx, w, f, i == 0); err != nil {
			return err
		}
	}
	return nil
}

func detailMapped(f *sourceFile) mapped { return f.detail.(mapped) }

// findStart takes the earliest first time of the files for the session's start.
func (d *tableDecoder) findStart(ctx context.Context, w *session, info *dataset.Session) error {
	m := d.mapping
	if !m.calendar() {
		return nil
	}
	for i, f := range d.files {
		r, err := w.file(ctx, f)
		if err != nil {
			return err
		}
		t, err := m.firstTime(f.path, r)
		r.Close()
		if err != nil {
			return err
		}
		if i == 0 || t < d.zero {
			d.zero = t
		}
	}
	zone, err := m.location(w.options)
	if err != nil {
		return err
	}
	switch {
	case zone != nil:
		d.zero, d.shift = inZone(d.zero, zone)
		info.Zone = zone.String()
	case m.format == nil || m.format.zoned:
		info.Zone = "UTC"
	}
	info.Start = time.Unix(0, d.zero).UTC()
	return nil
}

// calendar reports times that name a day, as opposed to counting from a start.
func (m *Mapping) calendar() bool {
	return m.Time.Column != nil && (m.Time.Unit == "text" || m.Time.From == "1970" && m.Time.Unit != "sample")
}

// tableOut is a recording and the channels of the mapping that belong to it.
type tableOut struct {
	rec      *recording
	spec     recordingSpec
	channels []int
	values   [][]float64
	clip     *clipCounter
}

// outs makes a recording of each place on the body that the columns name.
func (d *tableDecoder) outs(captures map[string]string) []*tableOut {
	m := d.mapping
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
		out.spec.Channels = append(out.spec.Channels, dataset.Channel{Kind: c.Kind, Axis: c.Axis, Unit: c.Unit, RangeMin: c.Low, RangeMax: c.High})
		out.channels = append(out.channels, i)
	}
	for _, o := range outs {
		o.values = make([][]float64, len(o.channels))
		o.clip = newClipCounter(o.spec.Channels)
	}
	return outs
}

func (d *tableDecoder) readFile(ctx context.Context, w *session, f *sourceFile, first bool) error {
	captures := detailMapped(f).captures
	file, err := w.file(ctx, f)
	if err != nil {
		return err
	}
	defer file.Close()
	rows, err := d.mapping.openRows(f.path, file)
	if err != nil {
		return err
	}
	outs := d.outs(captures)
	for _, o := range outs {
		if o.rec, err = w.record(ctx, o.spec); err != nil {
			return err
		}
	}
	clock := d.newClock()
	runs := newRunCollector(d.mapping, first)
	for {
		if err := rows.batch(); err == io.EOF {
			break
		} else if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
		if err := d.storeBatch(ctx, outs, rows, clock); err != nil {
			return err
		}
		if err := runs.add(rows); err != nil {
			return err
		}
	}
	if outs[0].rec.samples == 0 {
		return badFile(f.path, "the file has no rows of data")
	}
	return d.finishFile(ctx, w, f, outs, clock, runs, rows)
}

func (d *tableDecoder) storeBatch(ctx context.Context, outs []*tableOut, rows *rowReader, clock rowClock) error {
	times := rows.times
	if d.shift != 0 {
		for i := range times {
			times[i] += d.shift
		}
	}
	for _, o := range outs {
		for i, c := range o.channels {
			o.values[i] = rows.values[c]
		}
		o.clip.values(o.rec.samples, o.values)
		if err := o.rec.append(ctx, o.values); err != nil {
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

func (d *tableDecoder) finishFile(ctx context.Context, w *session, f *sourceFile, outs []*tableOut, c rowClock, runs *runCollector, rows *rowReader) error {
	clock, measured, findings, err := c.finish()
	if err != nil {
		return badFile(f.path, "%v", err)
	}
	if rows.absent > 0 {
		findings = append(findings, dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: fmt.Sprintf("%d cells are empty; they are kept as missing values.", rows.absent)})
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
	return d.attachLabels(ctx, w, f, id, outs[0].rec.samples, runs)
}

// rowClock turns the times of rows into a clock.
type rowClock interface {
	device() bool // whether the rows' times are kept
	add(times []int64, rows int)
	finish() (dataset.Clock, float64, []dataset.Finding, error)
}

func (d *tableDecoder) newClock() rowClock {
	t := d.mapping.Time
	switch {
	case t.Column == nil:
		return &evenClock{rate: t.Rate}
	case t.Unit == "sample":
		return &countedClock{rate: t.Rate, first: t.First}
	}
	return timedClock{newTimeline(d.zero, t.Rate)}
}

type timedClock struct{ *timeline }

func (timedClock) device() bool               { return true }
func (c timedClock) add(times []int64, _ int) { c.timeline.add(times) }

// evenClock is the clock of rows without times.
type evenClock struct{ rate float64 }

func (*evenClock) device() bool     { return false }
func (*evenClock) add([]int64, int) {}
func (c *evenClock) finish() (dataset.Clock, float64, []dataset.Finding, error) {
	return dataset.Uniform(0, c.rate), 0, nil, nil
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

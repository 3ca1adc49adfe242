package codec

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"time"

	"onset/dataset"
)

// appleEpoch is where an Apple Watch counts its seconds from.
var appleEpoch = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// watchJoin is the longest pause, in seconds, between two files of one session.
const watchJoin = 300

// calendarFrom is the smallest start, in seconds, that is taken for a calendar
// time; smaller ones count from something unknown.
const calendarFrom = 365 * 86400

// watchFormat reads blocks of rows that an Apple Watch, or a Pebble through the
// phone, wrote in either order of the header.
func watchFormat() format {
	return format{name: presentOrder.name, sniff: sniffWatch, group: groupWatch}
}

// watchFile is what sniffing learns of a file.
type watchFile struct {
	order watchOrder
	first watchHeader
	end   float64 // seconds, of its first block
}

func sniffWatch(f *sourceFile) bool {
	order, h, ok := detectWatch(f.head, f.size)
	if !ok {
		return false
	}
	f.detail = watchFile{order, h, h.start + float64(h.rows)/float64(h.rate)}
	return true
}

// groupWatch makes one session of the files of a folder that follow one another
// within watchJoin, and one of each other file.
func groupWatch(mine []*sourceFile, _ surveyed) []unit {
	var units []unit
	for _, files := range byFolder(mine) {
		sort.SliceStable(files, func(i, j int) bool { return detailOf(files[i]).first.start < detailOf(files[j]).first.start })
		var run []*sourceFile
		for _, f := range files {
			if len(run) > 0 && !continues(detailOf(run[len(run)-1]), detailOf(f)) {
				units = append(units, watchUnit(run))
				run = nil
			}
			run = append(run, f)
		}
		units = append(units, watchUnit(run))
	}
	return units
}

func detailOf(f *sourceFile) watchFile { return f.detail.(watchFile) }

func continues(a, b watchFile) bool {
	pause := b.first.start - a.end
	return a.first.start >= calendarFrom && a.order == b.order && a.first.device == b.first.device && a.first.rate == b.first.rate &&
		slices.Equal(a.first.tags, b.first.tags) && pause > -1.5 && pause <= watchJoin
}

func watchUnit(files []*sourceFile) unit {
	d := &watchDecoder{files: files, order: detailOf(files[0]).order, first: detailOf(files[0]).first}
	return unit{source: files[0].shown, format: d.order.name, files: files, decode: d.decode}
}

// watchDecoder reads the blocks of one session.
type watchDecoder struct {
	files []*sourceFile
	order watchOrder
	first watchHeader

	outs   []*watchOut
	clock  dataset.Clock
	zero   float64
	rows   int64
	end    float64 // of the blocks so far, in the device's reckoning
	odd    []dataset.Finding
	absent int64 // rows with a value that is no number
}

// watchOut is a recording and the columns of a row that belong to it.
type watchOut struct {
	rec     *recording
	spec    recordingSpec
	columns []int
	values  [][]float64
	codes   [][]int32
}

func (d *watchDecoder) decode(ctx context.Context, w *session) error {
	d.outs = watchOuts(d.first)
	info := dataset.Session{Source: sourceLabel("watch", d.files[0].name())}
	d.zero = d.first.start
	if d.first.start >= calendarFrom {
		info.Zone, info.Start = "UTC", epochOf(d.first.device).Add(time.Duration(math.Round(d.first.start*1e6))*time.Microsecond)
	}
	if err := w.open(ctx, info); err != nil {
		return err
	}
	if info.Start.IsZero() && d.first.start != 0 {
		w.find(dataset.Finding{Kind: dataset.FindingClock, Sample: -1,
			Message: fmt.Sprintf("The recording starts at %g s, counted from nothing that the source names; its calendar time is unknown.", d.first.start)})
	}
	for _, out := range d.outs {
		rec, err := w.record(ctx, out.spec)
		if err != nil {
			return err
		}
		out.rec = rec
	}
	for _, f := range d.files {
		if err := d.readFile(ctx, w, f); err != nil {
			return err
		}
	}
	if d.rows == 0 {
		return badFile(d.files[0].path, "its blocks hold no rows")
	}
	if d.absent > 0 {
		w.find(dataset.Finding{Kind: dataset.FindingUnreadable, Sample: -1, Message: fmt.Sprintf("%d rows hold a value that is not a number; it is kept as missing.", d.absent)})
	}
	for i, out := range d.outs {
		findings := d.odd
		if i > 0 {
			findings = nil
		}
		if _, err := out.rec.finish(ctx, d.clock, 0, findings); err != nil {
			return err
		}
	}
	return nil
}

func epochOf(device byte) time.Time {
	if device == pebbleLink {
		return time.Unix(0, 0).UTC()
	}
	return appleEpoch
}

// watchOuts makes a recording of each place that sensors of a block are worn.
func watchOuts(h watchHeader) []*watchOut {
	var outs []*watchOut
	column := 0
	for _, t := range h.tags {
		i := slices.IndexFunc(outs, func(o *watchOut) bool { return o.spec.Placement == t.placement })
		if i < 0 {
			device := "Apple Watch"
			if h.device == pebbleLink {
				device = "Pebble"
			}
			outs = append(outs, &watchOut{spec: recordingSpec{Device: device, Placement: t.placement, NominalHz: float64(h.rate)}})
			i = len(outs) - 1
		}
		for k := 0; k < t.dims; k++ {
			outs[i].spec.Channels = append(outs[i].spec.Channels, watchChannel(h.device, t, k))
			outs[i].columns = append(outs[i].columns, column)
			column++
		}
	}
	for _, o := range outs {
		o.values, o.codes = make([][]float64, len(o.columns)), make([][]int32, len(o.columns))
	}
	return outs
}

func watchChannel(device byte, t watchTag, axis int) dataset.Channel {
	c := dataset.Channel{Kind: t.kind}
	switch t.kind {
	case "heart-rate":
		c.Unit = "1/min"
		return c
	case "gyroscope":
		c.Unit = "rad/s"
	default:
		c.Unit = "g"
	}
	c.Axis = string("xyz"[axis])
	if device == pebbleLink {
		c.Scale = 0.001
	}
	return c
}

// readFile reads the blocks of one file.
func (d *watchDecoder) readFile(ctx context.Context, w *session, f *sourceFile) error {
	file, err := w.file(ctx, f)
	if err != nil {
		return err
	}
	defer file.Close()
	in := bufio.NewReaderSize(file, 64<<10)
	var at int64
	for {
		head, err := in.Peek(watchFixedLen + maxWatchTags*d.order.tagLen)
		if len(head) == 0 {
			if err != io.EOF {
				return badByte(f.path, at, "%s", reasonOf(err))
			}
			return nil
		}
		h, err := parseWatchHeader(head, d.order)
		if err != nil {
			return badByte(f.path, at, "%v", err)
		}
		if h.device != d.first.device || h.rate != d.first.rate || !slices.Equal(h.tags, d.first.tags) {
			return badByte(f.path, at, "this block has other sensors or another rate than the first; its session cannot share one clock")
		}
		if _, err := in.Discard(h.length); err != nil {
			return badByte(f.path, at, "%s", reasonOf(err))
		}
		d.place(h, f.name())
		at += int64(h.length)
		if err := d.readRows(ctx, in, h, f, &at); err != nil {
			return err
		}
	}
}

// place continues the clock with a block. A Pebble's times are cut to whole
// seconds, so its blocks follow one another unless a second or more is missing.
func (d *watchDecoder) place(h watchHeader, file string) {
	if h.rows == 0 {
		return
	}
	rate := float64(h.rate)
	slack := 0.5 / rate
	if h.device == pebbleLink {
		slack = 1
	}
	length := float64(h.rows) / rate
	start := h.start
	if hole := h.start - d.end; d.rows > 0 && math.Abs(hole) <= slack {
		start = d.end
	} else {
		if d.rows > 0 {
			d.describe(hole, file)
		}
		d.clock.Segments = append(d.clock.Segments, dataset.Segment{First: d.rows, Start: start - d.zero, Rate: rate})
	}
	d.rows += h.rows
	d.end = start + length
}

func (d *watchDecoder) describe(hole float64, file string) {
	f := dataset.Finding{Kind: dataset.FindingGap, AtS: d.end - d.zero, LengthS: hole, Sample: d.rows,
		Message: fmt.Sprintf("%s without samples before a block of %s.", seconds(hole), file)}
	if hole < 0 {
		f.Kind, f.LengthS = dataset.FindingClock, 0
		f.Message = fmt.Sprintf("A block of %s starts %s before the one ahead of it ends; both are kept as they are.", file, seconds(-hole))
	}
	d.odd = append(d.odd, f)
}

// readRows reads a block's payload in pieces.
func (d *watchDecoder) readRows(ctx context.Context, in io.Reader, h watchHeader, f *sourceFile, at *int64) error {
	const piece = 2048
	rowLen := h.rowLen()
	buf := make([]byte, min(h.rows, piece)*int64(rowLen))
	for left := h.rows; left > 0; {
		rows := min(left, piece)
		b := buf[:rows*int64(rowLen)]
		if n, err := io.ReadFull(in, b); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return badByte(f.path, *at+int64(n), "the file ends inside a block: %d more bytes were announced", int64(len(b)-n)+(left-rows)*int64(rowLen))
		}
		for _, out := range d.outs {
			if err := d.store(ctx, out, h, b, int(rows), f, *at); err != nil {
				return err
			}
		}
		*at += int64(len(b))
		left -= rows
	}
	return nil
}

func (d *watchDecoder) store(ctx context.Context, out *watchOut, h watchHeader, b []byte, rows int, f *sourceFile, at int64) error {
	if h.device == pebbleLink {
		for c := range out.codes {
			out.codes[c] = out.codes[c][:0]
		}
		for i := 0; i < rows; i++ {
			for c := 0; c+2 < len(out.columns); c += 3 {
				x, y, z := unpack13(b[i*h.rowLen()+out.columns[c]/3*packedSampleLen:])
				out.codes[c], out.codes[c+1], out.codes[c+2] = append(out.codes[c], x), append(out.codes[c+1], y), append(out.codes[c+2], z)
			}
		}
		return out.rec.appendCodes(ctx, out.codes)
	}
	for c, column := range out.columns {
		values := out.values[c][:0]
		for i := 0; i < rows; i++ {
			place := i*h.rowLen() + column*4
			v := float64(math.Float32frombits(binary.LittleEndian.Uint32(b[place:])))
			if math.IsInf(v, 0) {
				return badByte(f.path, at+int64(place), "an infinite value")
			}
			if math.IsNaN(v) {
				d.absent++
			}
			values = append(values, v)
		}
		out.values[c] = values
	}
	return out.rec.append(ctx, out.values)
}

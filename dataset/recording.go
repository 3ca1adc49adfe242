package dataset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
)

// RecordingDraft is a recording before its samples.
type RecordingDraft struct {
	Device, Placement string
	NominalHz         float64
	Channels          []Channel // ID is given here
	Encoding          Encoding
}

// RecordingWriter takes the samples of one recording in order. Its memory does
// not grow with the recording, but for its fingerprint's byte for about 25
// values.
type RecordingWriter struct {
	im       *Import
	rec      Recording
	keep     Encoding
	mode     writeMode
	gathered stretch     // what waits for a full chunk
	spare    stretch     // what was encoded last, or is being encoded
	scratch  [][]float64 // per channel, the values of codes
	encoding chan error  // the encoding under way; nil for none
	overview []overviewWriter
	prints   []*channelPrint
	turns    []*shapePrint
	floats   []floatEncoder
	print    Fingerprint // once finished
	times    []int64
	timed    int64 // device times taken
	flushed  int64 // samples given to the encoding
	finished bool
}

type writeMode int

const (
	modeNone writeMode = iota
	modeCodes
	modeFloats
)

// AddRecording starts a recording of the session.
func (im *Import) AddRecording(ctx context.Context, d RecordingDraft) (*RecordingWriter, error) {
	im.mu.Lock()
	defer im.mu.Unlock()
	doing := "importing " + im.name
	if err := im.usable(); err != nil {
		return nil, err
	}
	if err := checkDraft(d); err != nil {
		return nil, explain(doing, err)
	}
	id, err := im.study.newID()
	if err != nil {
		return nil, explain(doing, err)
	}
	if d.Placement == "" {
		d.Placement = "unknown"
	}
	n := len(d.Channels)
	w := &RecordingWriter{im: im, keep: d.Encoding}
	w.rec = Recording{
		ID: RecordingID(id), Session: im.session.ID, Device: d.Device, Placement: d.Placement,
		NominalHz: d.NominalHz, Channels: append([]Channel(nil), d.Channels...),
	}
	for range n {
		w.prints = append(w.prints, &channelPrint{})
		w.turns = append(w.turns, &shapePrint{})
	}
	w.overview = make([]overviewWriter, n)
	w.gathered, w.spare = newStretch(n), newStretch(n)
	w.scratch, w.floats = make([][]float64, n), make([]floatEncoder, n)
	ordinal := int64(len(im.recordings))
	err = im.study.stage(ctx, doing, func(tx *sql.Tx) error { return w.insert(ctx, tx, ordinal) })
	if err != nil {
		im.err = err
		return nil, err
	}
	im.recordings = append(im.recordings, w)
	return w, nil
}

func checkDraft(d RecordingDraft) error {
	if len(d.Channels) == 0 {
		return fmt.Errorf("a recording without channels: %w", ErrBadRequest)
	}
	if !finite(d.NominalHz) || d.NominalHz < 0 {
		return fmt.Errorf("a nominal rate of %g Hz: %w", d.NominalHz, ErrBadRequest)
	}
	for i, c := range d.Channels {
		switch {
		case c.Kind == "":
			return fmt.Errorf("channel %d has no kind: %w", i+1, ErrBadRequest)
		case c.Unit == "":
			return fmt.Errorf("channel %d (%s) has no unit: %w", i+1, c.Kind, ErrBadRequest)
		case !finite(c.Scale, c.Offset, c.RangeMin, c.RangeMax):
			return fmt.Errorf("channel %d (%s): scale %g, offset %g, range %g to %g: %w", i+1, c.Kind, c.Scale, c.Offset, c.RangeMin, c.RangeMax, ErrBadRequest)
		case d.Encoding == EncodingCodes && c.Scale == 0:
			return fmt.Errorf("channel %d (%s) is to be kept as codes and has no scale: %w", i+1, c.Kind, ErrBadRequest)
		}
	}
	return nil
}

// insert writes the staged rows; they are completed by Finish.
func (w *RecordingWriter) insert(ctx context.Context, tx *sql.Tx, ordinal int64) error {
	if err := w.put(ctx, tx, ordinal); err != nil {
		return err
	}
	for i := range w.rec.Channels {
		c := &w.rec.Channels[i]
		id, err := insertRow(ctx, tx, "channels", channelFields(w.rec.ID, int64(i), *c)...)
		if err != nil {
			return err
		}
		c.ID = ChannelID(id)
	}
	return nil
}

func (w *RecordingWriter) put(ctx context.Context, tx *sql.Tx, ordinal int64) error {
	r := w.rec
	return upsertRow(ctx, tx, "recordings", "id",
		field{"id", string(r.ID)}, field{"session", string(r.Session)}, field{"ordinal", ordinal},
		field{"device", r.Device}, field{"placement", r.Placement}, field{"samples", r.Samples},
		field{"nominal_hz", r.NominalHz}, field{"measured_hz", r.MeasuredHz},
		field{"clock", encodeClock(r.Clock)}, field{"device_time", flag(r.HasDeviceTime)})
}

func channelFields(r RecordingID, ordinal int64, c Channel) []field {
	return []field{
		{"recording", string(r)}, {"ordinal", ordinal}, {"kind", c.Kind}, {"axis", c.Axis}, {"unit", c.Unit},
		{"scale", c.Scale}, {"zero", c.Offset}, {"range_min", c.RangeMin}, {"range_max", c.RangeMax},
	}
}

func (im *Import) usable() error {
	if im.err != nil {
		return im.err
	}
	if im.done {
		return fmt.Errorf("importing %s: %w", im.name, errImportOver)
	}
	return nil
}

// start checks a call's shape and that a recording stays codes or floats.
func (w *RecordingWriter) start(ctx context.Context, mode writeMode, channels int) error {
	w.im.mu.Lock()
	defer w.im.mu.Unlock()
	if err := w.im.usable(); err != nil {
		return err
	}
	doing := "importing " + w.im.name
	if err := ctx.Err(); err != nil {
		w.im.err = fmt.Errorf("%s: %w", doing, err)
		return w.im.err
	}
	switch {
	case w.finished:
		return fmt.Errorf("%s: the recording is finished: %w", doing, ErrBadRequest)
	case channels != len(w.rec.Channels):
		return fmt.Errorf("%s: %d series for %d channels: %w", doing, channels, len(w.rec.Channels), ErrBadRequest)
	case w.mode != modeNone && w.mode != mode:
		return fmt.Errorf("%s: codes and values in one recording: %w", doing, ErrBadRequest)
	}
	w.mode = mode
	return nil
}

// Append takes values[channel][sample] in the channels' units, any number of
// samples a call, the same for every channel. They are kept exactly; NaN is
// allowed. With EncodingCodes they become integer codes.
func (w *RecordingWriter) Append(ctx context.Context, values [][]float64) error {
	if w.keep == EncodingCodes {
		codes, err := w.toCodes(ctx, values)
		if err != nil {
			return err
		}
		return w.AppendCodes(ctx, codes)
	}
	if err := w.start(ctx, modeFloats, len(values)); err != nil {
		return err
	}
	return appendPieces(ctx, w, values, func() [][]float64 { return w.gathered.values })
}

// AppendCodes takes integer codes[channel][sample]; a channel's Scale and
// Offset give their values. Scale must not be 0.
func (w *RecordingWriter) AppendCodes(ctx context.Context, codes [][]int32) error {
	if err := w.start(ctx, modeCodes, len(codes)); err != nil {
		return err
	}
	for i, c := range w.rec.Channels {
		if c.Scale == 0 {
			return fmt.Errorf("importing %s: codes for channel %d (%s), which has no scale: %w",
				w.im.name, i+1, c.Kind, ErrBadRequest)
		}
	}
	return appendPieces(ctx, w, codes, func() [][]int32 { return w.gathered.codes })
}

func (w *RecordingWriter) toCodes(ctx context.Context, values [][]float64) ([][]int32, error) {
	if len(values) != len(w.rec.Channels) {
		return nil, w.start(ctx, modeCodes, len(values))
	}
	codes := make([][]int32, len(values))
	for i, series := range values {
		c := w.rec.Channels[i]
		codes[i] = make([]int32, len(series))
		for k, v := range series {
			code, ok := codeOf(v, c.Scale, c.Offset)
			if !ok {
				return nil, fmt.Errorf("importing %s: channel %d (%s): %g %s is no code of scale %g and offset %g: %w",
					w.im.name, i+1, c.Kind, v, c.Unit, c.Scale, c.Offset, ErrBadRequest)
			}
			codes[i][k] = code
		}
	}
	return codes, nil
}

// appendPieces fills the chunk being gathered and encodes it when it is full.
func appendPieces[T int32 | float64](ctx context.Context, w *RecordingWriter, in [][]T, gathered func() [][]T) error {
	n := len(in[0])
	for i, series := range in {
		if len(series) != n {
			return fmt.Errorf("importing %s: channel 1 has %d samples, channel %d has %d: %w",
				w.im.name, n, i+1, len(series), ErrBadRequest)
		}
	}
	for at := 0; at < n; {
		pending := gathered()
		take := min(n-at, chunkLen-len(pending[0]))
		for i := range in {
			if pending[i] == nil {
				pending[i] = make([]T, 0, chunkLen)
			}
			pending[i] = append(pending[i], in[i][at:at+take]...)
		}
		at += take
		if len(pending[0]) == chunkLen {
			if err := w.encode(ctx); err != nil {
				return err
			}
		}
	}
	w.rec.Samples += int64(n)
	return nil
}

// AppendDeviceTimes takes what the device's clock said for the next samples, in
// Unix nanoseconds. A recording has one for every sample or none.
func (w *RecordingWriter) AppendDeviceTimes(ctx context.Context, unixNanos []int64) error {
	if err := w.start(ctx, w.mode, len(w.rec.Channels)); err != nil {
		return err
	}
	for len(unixNanos) > 0 {
		take := min(len(unixNanos), chunkLen-len(w.times))
		w.times = append(w.times, unixNanos[:take]...)
		unixNanos = unixNanos[take:]
		if len(w.times) == chunkLen {
			if err := w.encodeTimes(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// Finish ends the recording with its clock, the rate measured from the device's
// timestamps (0 for none) and what was found. Findings get the recording's
// identifier, which is returned for labels to refer to.
func (w *RecordingWriter) Finish(ctx context.Context, clock Clock, measuredHz float64, findings []Finding) (RecordingID, error) {
	if err := w.start(ctx, w.mode, len(w.rec.Channels)); err != nil {
		return "", err
	}
	doing := "importing " + w.im.name
	if err := w.check(clock, measuredHz); err != nil {
		return "", explain(doing, err)
	}
	if err := w.encode(ctx); err != nil {
		return "", err
	}
	if err := errors.Join(w.encoded(), w.encodeTimes(ctx)); err != nil {
		return "", err
	}
	if err := w.summarise(ctx); err != nil {
		return "", err
	}
	w.rec.HasDeviceTime = w.timed > 0
	w.rec.Clock, w.rec.MeasuredHz = clock.Forward(), measuredHz
	own := slices.Clone(findings)
	for i := range own {
		own[i].Recording = w.rec.ID
	}
	w.rec.Clock.Place(own)
	w.rec.Findings = append(w.rec.Findings, own...)
	return w.rec.ID, w.seal(ctx, doing)
}

func (w *RecordingWriter) check(clock Clock, measuredHz float64) error {
	if w.rec.Samples == 0 {
		return ErrNoSamples
	}
	if err := clock.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrBadRequest, err)
	}
	if last := clock.Segments[len(clock.Segments)-1].First; last >= w.rec.Samples {
		return fmt.Errorf("the clock's last segment begins at sample %d of %d: %w", last, w.rec.Samples, ErrBadRequest)
	}
	if !(measuredHz >= 0) || math.IsInf(measuredHz, 0) {
		return fmt.Errorf("a measured rate of %g Hz: %w", measuredHz, ErrBadRequest)
	}
	if n := w.timed + int64(len(w.times)); n != 0 && n != w.rec.Samples {
		return fmt.Errorf("%d device times for %d samples: %w", n, w.rec.Samples, ErrBadRequest)
	}
	return nil
}

func (w *RecordingWriter) seal(ctx context.Context, doing string) error {
	w.im.mu.Lock()
	defer w.im.mu.Unlock()
	ordinal := int64(0)
	for i, r := range w.im.recordings {
		if r == w {
			ordinal = int64(i)
		}
	}
	w.print = fingerprintOf(w.prints)
	w.print.Shapes = shapesOf(w.turns)
	err := w.im.study.stage(ctx, doing, func(tx *sql.Tx) error {
		_, err := insertRow(ctx, tx, "fingerprints", w.print.fields(w.rec.ID)...)
		if err == nil {
			_, err = insertRow(ctx, tx, "shapes", shapeFields(w.rec.ID, w.print.Shapes)...)
		}
		return errors.Join(err, w.put(ctx, tx, ordinal))
	})
	if err != nil {
		w.im.err = err
		return err
	}
	w.gathered, w.spare, w.scratch, w.times = stretch{}, stretch{}, nil, nil
	w.overview, w.prints, w.turns, w.floats, w.finished = nil, nil, nil, nil, true
	return nil
}

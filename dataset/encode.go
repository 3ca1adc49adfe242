package dataset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"

	"onset/dataset/pyramid"
)

const (
	insertChunk    = "INSERT INTO chunks (channel, first, count, crc, data) VALUES (?,?,?,?,?)"
	insertOverview = "INSERT INTO overviews (channel, first, data) VALUES (?,?,?)"
	insertSummary  = "INSERT INTO summaries (channel, first, data) VALUES (?,?,?)"
)

// buffer is an empty buffer for a chunk. recycle takes one back, once the
// database has copied it: imports make thousands, and new memory costs more than
// what is written into it.
func (s *Study) buffer() []byte {
	if b, ok := s.buffers.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return nil
}

func (s *Study) recycle(b []byte) { s.buffers.Put(&b) }

// stretch is up to a chunk of every channel of a recording.
type stretch struct {
	mode   writeMode
	first  int64
	codes  [][]int32
	values [][]float64
}

func newStretch(channels int) stretch {
	return stretch{codes: make([][]int32, channels), values: make([][]float64, channels)}
}

func (p stretch) len() int { return max(len(p.codes[0]), len(p.values[0])) }

func (p *stretch) reset() {
	for i := range p.codes {
		p.codes[i], p.values[i] = p.codes[i][:0], p.values[i][:0]
	}
}

// encode turns the gathered samples into chunks and overviews, while the caller
// goes on reading; the encoding before that one must be over, so that at most
// two pieces lie in memory.
func (w *RecordingWriter) encode(ctx context.Context) error {
	n := w.gathered.len()
	if n == 0 {
		return nil
	}
	if err := w.encoded(); err != nil {
		return err
	}
	w.gathered.first, w.gathered.mode = w.flushed, w.mode
	w.flushed += int64(n)
	w.spare.reset()
	w.gathered, w.spare = w.spare, w.gathered
	p, done := w.spare, make(chan error, 1)
	w.encoding = done
	w.im.study.behind.Go(func() { done <- w.encodeStretch(ctx, p) })
	return nil
}

// encoded waits for the encoding under way.
func (w *RecordingWriter) encoded() error {
	if w.encoding == nil {
		return nil
	}
	err := <-w.encoding
	w.encoding = nil
	return err
}

func (w *RecordingWriter) encodeStretch(ctx context.Context, p stretch) error {
	made := make([][]blob, len(w.rec.Channels))
	errs := make([]error, len(made))
	var all sync.WaitGroup
	for i := range made {
		all.Go(func() { made[i], errs[i] = w.encodeChannel(i, p) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("importing %s: %w", w.im.name, err)
	}
	return w.im.enqueue(ctx, slices.Concat(made...))
}

// summarise stores the summaries of what is left.
func (w *RecordingWriter) summarise(ctx context.Context) error {
	var blobs []blob
	for i, c := range w.rec.Channels {
		w.overview[i].end()
		blobs = append(blobs, w.overview[i].take(c.ID)...)
	}
	return w.im.enqueue(ctx, blobs)
}

// encodeChannel is the chunk of one channel. It touches nothing of the others.
func (w *RecordingWriter) encodeChannel(i int, p stretch) ([]blob, error) {
	c, values := w.rec.Channels[i], p.values[i]
	data := w.im.study.buffer()
	var ranges *pyramid.Pyramid
	if p.mode == modeCodes {
		ranges = pyramid.OfCodes(p.codes[i], c.Scale, c.Offset)
		data = encodeCodes(data, p.codes[i])
		w.scratch[i] = valuesOf(w.scratch[i], p.codes[i], c)
		values = w.scratch[i]
	} else {
		ranges = pyramid.Of(values)
		data = w.floats[i].encode(data, values)
	}
	overview, err := w.overview[i].chunk(ranges)
	if err != nil {
		return nil, err
	}
	w.prints[i].append(values)
	w.turns[i].append(values)
	n := int64(len(values))
	blobs := []blob{
		{insertChunk, []any{int64(c.ID), p.first, n, blobSum(p.first, n, data), data}},
		{insertOverview, []any{int64(c.ID), p.first, overview}},
	}
	return append(blobs, w.overview[i].take(c.ID)...), nil
}

func valuesOf(buf []float64, codes []int32, c Channel) []float64 {
	buf = buf[:0]
	for _, code := range codes {
		buf = append(buf, valueOf(code, c.Scale, c.Offset))
	}
	return buf
}

func (w *RecordingWriter) encodeTimes(ctx context.Context) error {
	n := int64(len(w.times))
	if n == 0 {
		return nil
	}
	data := encodeTimes(w.times)
	b := blob{"INSERT INTO device_times (recording, first, count, crc, data) VALUES (?,?,?,?,?)",
		[]any{string(w.rec.ID), w.timed, n, blobSum(w.timed, n, data), data}}
	w.timed += n
	w.times = w.times[:0]
	return w.im.enqueue(ctx, []blob{b})
}

// enqueue keeps blobs for the next flush. When there are enough, they are
// written while the caller goes on reading and encoding; the write before that
// one must be over, so that at most two lie in memory.
func (im *Import) enqueue(ctx context.Context, blobs []blob) error {
	im.mu.Lock()
	defer im.mu.Unlock()
	if err := im.usable(); err != nil {
		return err
	}
	for _, b := range blobs {
		im.queue = append(im.queue, b)
		im.queued += len(b.data())
	}
	if im.queued < flushBytes {
		return nil
	}
	if err := im.settle(); err != nil {
		return err
	}
	batch := im.queue
	im.queue, im.queued = nil, 0
	im.writing = make(chan error, 1)
	done := im.writing
	im.study.behind.Go(func() { done <- im.write(context.WithoutCancel(ctx), batch) })
	return nil
}

// settle waits for the write under way.
func (im *Import) settle() error {
	if im.writing == nil {
		return nil
	}
	err := <-im.writing
	im.writing = nil
	if err != nil {
		im.err = err
	}
	return err
}

// flush writes what is queued and waits for it.
func (im *Import) flush(ctx context.Context) error {
	if err := im.settle(); err != nil || len(im.queue) == 0 {
		return err
	}
	im.err = im.write(ctx, im.queue)
	im.queue, im.queued = nil, 0
	return im.err
}

// write puts a batch into the study. It waits for the disk when the batch is a
// full one, which costs nothing while others are read and encoded: the last
// commit has less to wait for.
func (im *Import) write(ctx context.Context, batch []blob) error {
	size := 0
	for _, b := range batch {
		size += len(b.data())
	}
	im.written += size
	return im.study.bulk(ctx, "importing "+im.name, size >= flushBytes, func(tx *sql.Tx) error {
		for _, b := range batch {
			if _, err := tx.ExecContext(ctx, b.query, b.args...); err != nil {
				return err
			}
			if b.query == insertChunk {
				im.study.recycle(b.data())
			}
		}
		return nil
	})
}

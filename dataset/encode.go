package dataset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
)

const (
	insertChunk    = "INSERT INTO chunks (channel, first, count, crc, data) VALUES (?,?,?,?,?)"
	insertOverview = "INSERT INTO overviews (channel, first, data) VALUES (?,?,?)"
	insertSummary  = "INSERT INTO summaries (channel, first, data) VALUES (?,?,?)"
)

// encode turns the gathered samples into chunks and overviews.
func (w *RecordingWriter) encode(ctx context.Context) error {
	n := max(len(w.codes[0]), len(w.values[0]))
	if n == 0 || w.mode == modeCodes && len(w.codes[0]) == 0 {
		return nil
	}
	made := make([][]blob, len(w.rec.Channels))
	errs := make([]error, len(made))
	var all sync.WaitGroup
	for i := range made {
		all.Go(func() { made[i], errs[i] = w.encodeChannel(i) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("importing %s: %w", w.im.name, err)
	}
	w.flushed += int64(n)
	blobs := slices.Concat(made...)
	return w.im.enqueue(ctx, blobs)
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
func (w *RecordingWriter) encodeChannel(i int) ([]blob, error) {
	c := w.rec.Channels[i]
	var data []byte
	if w.mode == modeCodes {
		data = encodeCodes(w.codes[i])
		w.values[i] = valuesOf(w.values[i], w.codes[i], c)
		w.codes[i] = w.codes[i][:0]
	} else {
		data = w.floats[i].encode(w.values[i])
	}
	overview, err := w.overview[i].chunk(w.values[i])
	if err != nil {
		return nil, err
	}
	w.prints[i].append(w.values[i])
	w.turns[i].append(w.values[i])
	n := int64(len(w.values[i]))
	w.values[i] = w.values[i][:0]
	blobs := []blob{
		{insertChunk, []any{int64(c.ID), w.flushed, n, blobSum(w.flushed, n, data), data}},
		{insertOverview, []any{int64(c.ID), w.flushed, overview}},
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
		im.queued += len(b.args[len(b.args)-1].([]byte))
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

func (im *Import) write(ctx context.Context, batch []blob) error {
	return im.study.stage(ctx, "importing "+im.name, func(tx *sql.Tx) error {
		for _, b := range batch {
			if _, err := tx.ExecContext(ctx, b.query, b.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

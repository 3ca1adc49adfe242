package dataset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"onset/dataset/pyramid"
)

const (
	// summaryLen is how many samples a stored summary covers, but for a
	// channel's last: whole chunks.
	summaryLen = 256 * chunkLen
	// fineAtMost is the longest channel in samples whose finest ranges are held
	// at once; beyond it they are read where they are looked at.
	fineAtMost = 1 << 20
)

// Pyramid reads a channel's minima and maxima at growing bucket sizes: from
// buckets of 16 samples for up to about a million samples, of 256 for more, so
// that a day is seen whole in a few milliseconds. Detail reads the finer ones.
func (s *Study) Pyramid(ctx context.Context, channel ChannelID) (*pyramid.Pyramid, error) {
	p, err := readPyramid(ctx, s.reader, channel)
	return p, explain(fmt.Sprintf("reading the overview of channel %d", channel), err)
}

// Detail reads the minima and maxima from buckets of 16 samples on of the chunks
// that samples [first, last) lie in. Sample 0 of the pyramid is sample from of
// the channel.
func (s *Study) Detail(ctx context.Context, channel ChannelID, first, last int64) (p *pyramid.Pyramid, from int64, err error) {
	p, from, err = readDetail(ctx, s.reader, channel, first, last)
	return p, from, explain(fmt.Sprintf("reading the overview of channel %d", channel), err)
}

func readPyramid(ctx context.Context, q queryer, channel ChannelID) (*pyramid.Pyramid, error) {
	samples, err := samplesOf(ctx, q, channel)
	if err != nil {
		return nil, err
	}
	level, query := 0, "SELECT data FROM overviews WHERE channel=? ORDER BY first"
	if samples > fineAtMost {
		level, query = pyramid.SummaryLevel, "SELECT data FROM summaries WHERE channel=? ORDER BY first"
	}
	return joinLevel(ctx, q, level, samples, query, int64(channel))
}

func readDetail(ctx context.Context, q queryer, channel ChannelID, first, last int64) (*pyramid.Pyramid, int64, error) {
	samples, err := samplesOf(ctx, q, channel)
	if err != nil {
		return nil, 0, err
	}
	first, last = max(first, 0)/chunkLen*chunkLen, min(last, samples)
	if first >= last {
		return pyramid.Of(nil), first, nil
	}
	last = min((last+chunkLen-1)/chunkLen*chunkLen, samples)
	p, err := joinLevel(ctx, q, 0, last-first,
		"SELECT data FROM overviews WHERE channel=? AND first >= ? AND first < ? ORDER BY first", int64(channel), first, last)
	return p, first, err
}

func samplesOf(ctx context.Context, q queryer, channel ChannelID) (samples int64, err error) {
	err = q.QueryRowContext(ctx, "SELECT r.samples FROM channels c JOIN recordings r ON r.id=c.recording WHERE c.id=?",
		int64(channel)).Scan(&samples)
	return samples, err
}

// joinLevel joins the stored stretches of a level that a query finds, which must
// cover that many samples.
func joinLevel(ctx context.Context, q queryer, level int, samples int64, query string, args ...any) (*pyramid.Pyramid, error) {
	j := pyramid.NewJoiner(level, samples)
	err := each(ctx, q, func(rows *sql.Rows) error {
		var data sql.RawBytes
		if err := rows.Scan(&data); err != nil {
			return err
		}
		return j.Add(data)
	}, query, args...)
	if errors.Is(err, pyramid.ErrDamaged) {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if err != nil {
		return nil, err
	}
	p := j.Pyramid()
	if p.Len() != samples {
		return nil, fmt.Errorf("it covers %d samples of %d: %w", p.Len(), samples, ErrCorrupt)
	}
	return p, nil
}

// overviewWriter makes the stored overviews and summaries of a channel from its
// chunks in order. The zero value is ready for use.
type overviewWriter struct {
	first     int64 // sample that the open summary begins at
	coarse    pyramid.Summary
	summaries []summary // finished and not yet taken
}

type summary struct {
	first int64
	data  []byte
}

// chunk is the overview of the next chunk, whose pyramid is p.
func (w *overviewWriter) chunk(p *pyramid.Pyramid) ([]byte, error) {
	w.coarse.Add(p)
	if w.coarse.Len() == summaryLen {
		w.end()
	}
	return p.MarshalLevel(0)
}

// end finishes the summary of what is left.
func (w *overviewWriter) end() {
	if w.coarse.Len() == 0 {
		return
	}
	w.summaries = append(w.summaries, summary{w.first, w.coarse.Marshal()})
	w.first += w.coarse.Len()
	w.coarse.Reset()
}

// take hands out the finished summaries as rows.
func (w *overviewWriter) take(id ChannelID) []blob {
	var out []blob
	for _, s := range w.summaries {
		out = append(out, blob{insertSummary, []any{int64(id), s.first, s.data}})
	}
	w.summaries = nil
	return out
}

// makeOverviews stores the overviews and summaries of a channel whose samples
// are whole.
func makeOverviews(ctx context.Context, tx *sql.Tx, v channelToCheck) error {
	buf := make([]float64, chunkLen)
	var w overviewWriter
	for first := int64(0); first < v.samples; first += chunkLen {
		n, err := readSamples(ctx, tx, v.id, first, buf)
		if err != nil {
			return err
		}
		data, err := w.chunk(pyramid.Of(buf[:n]))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, insertOverview, int64(v.id), first, data); err != nil {
			return err
		}
	}
	w.end()
	for _, b := range w.take(v.id) {
		if _, err := tx.ExecContext(ctx, b.query, b.args...); err != nil {
			return err
		}
	}
	return nil
}

package dataset

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"onset/dataset/pyramid"
)

// channelToCheck is a channel of a visible session.
type channelToCheck struct {
	id            ChannelID
	where         string
	scale, offset float64
	samples       int64
}

func (c *checker) channels(ctx context.Context) ([]channelToCheck, error) {
	var list []channelToCheck
	err := each(ctx, c.q, func(rows *sql.Rows) error {
		var v channelToCheck
		if err := rows.Scan(&v.id, &v.scale, &v.offset, &v.samples); err != nil {
			return err
		}
		v.where = fmt.Sprintf("channel %d", v.id)
		list = append(list, v)
		return nil
	}, `SELECT c.id, c.scale, c.zero, r.samples FROM channels c
		JOIN recordings r ON r.id=c.recording JOIN sessions s ON s.id=r.session WHERE s.visible=1`)
	return list, err
}

// samples verifies every channel's chunks and that its overviews are what they
// say.
func (c *checker) samples(ctx context.Context) error {
	list, err := c.channels(ctx)
	if err != nil {
		return err
	}
	for _, v := range list {
		wrong, whole, err := c.channel(ctx, v)
		if err != nil {
			c.add(v.where, "reading stopped: %v", err)
			continue
		}
		add := c.add
		if whole {
			add = c.addRepairable
		}
		if len(wrong) > 0 {
			add(v.where, "its overview is not what the samples say at %s, from sample %d on", manyOf(len(wrong), "place"), wrong[0])
		}
	}
	return ctx.Err()
}

// channel verifies the chunks of a channel. It returns the first sample of each
// wrong, missing or surplus overview or summary; whole says that every sample
// was there.
func (c *checker) channel(ctx context.Context, v channelToCheck) (wrong []int64, whole bool, err error) {
	overviews, err := c.sums(ctx, "SELECT first, data FROM overviews WHERE channel=?", v.id)
	if err != nil {
		return nil, false, err
	}
	summaries, err := c.sums(ctx, "SELECT first, data FROM summaries WHERE channel=?", v.id)
	if err != nil {
		return nil, false, err
	}
	expect := func(stored map[int64][sha256.Size]byte, first int64, data []byte) {
		if stored[first] != sha256.Sum256(data) {
			wrong = append(wrong, first)
		}
		delete(stored, first)
	}
	var w overviewWriter
	buf := make([]float64, chunkLen)
	var next int64
	whole = true
	flaw := func(what string, args ...any) {
		whole = false
		c.add(v.where, what, args...)
	}
	err = each(ctx, c.q, func(rows *sql.Rows) error {
		defer c.step(1)
		p, err := scanPiece(rows)
		switch {
		case err != nil:
			flaw("%v", err)
		case p.first != next:
			flaw("samples %d to %d are missing or stored twice", next, p.first)
		default:
			if err := decodeChunk(p.data, int(p.count), 0, v.scale, v.offset, buf[:p.count]); err != nil {
				flaw("the chunk at sample %d can not be read: %v", p.first, err)
				break
			}
			data, err := w.chunk(pyramid.Of(buf[:p.count]))
			if err != nil {
				return err
			}
			expect(overviews, p.first, data)
		}
		delete(overviews, p.first)
		next = p.first + p.count
		return nil
	}, "SELECT first, count, crc, data FROM chunks WHERE channel=? ORDER BY first", int64(v.id))
	if err == nil && next != v.samples {
		flaw("%d samples are stored of %d", next, v.samples)
	}
	if w.end(); whole {
		for _, s := range w.summaries {
			expect(summaries, s.first, s.data)
		}
	} else {
		clear(summaries) // what they should be can't be known
	}
	wrong = append(wrong, slices.Sorted(maps.Keys(overviews))...)
	return append(wrong, slices.Sorted(maps.Keys(summaries))...), whole, err
}

// sums is the SHA-256 of each row of a channel, by its first sample.
func (c *checker) sums(ctx context.Context, query string, id ChannelID) (map[int64][sha256.Size]byte, error) {
	out := map[int64][sha256.Size]byte{}
	return out, each(ctx, c.q, func(rows *sql.Rows) error {
		var first int64
		var data sql.RawBytes
		err := rows.Scan(&first, &data)
		out[first] = sha256.Sum256(data)
		return err
	}, query, int64(id))
}

// deviceTimes verifies the chunks of device times.
func (c *checker) deviceTimes(ctx context.Context) error {
	expect := map[string]int64{}
	err := each(ctx, c.q, func(rows *sql.Rows) error {
		var id string
		var samples int64
		err := rows.Scan(&id, &samples)
		expect[id] = samples
		return err
	}, `SELECT r.id, r.samples FROM recordings r JOIN sessions s ON s.id=r.session
		WHERE s.visible=1 AND r.device_time=1 ORDER BY r.id`)
	if err != nil {
		return err
	}
	for id, samples := range expect {
		if err := c.timesOf(ctx, id, samples); err != nil {
			c.add("recording "+id, "reading its device times stopped: %v", err)
		}
	}
	return nil
}

func (c *checker) timesOf(ctx context.Context, id string, samples int64) error {
	where := "recording " + id
	var next int64
	err := each(ctx, c.q, func(rows *sql.Rows) error {
		p, err := scanPiece(rows)
		if err == nil && p.first != next {
			err = fmt.Errorf("device times %d to %d are missing or stored twice", next, p.first)
		}
		if err == nil {
			_, err = decodeTimes(p.data, int(p.count))
		}
		if err != nil {
			c.add(where, "device times: %v", err)
		}
		next = p.first + p.count
		return nil
	}, "SELECT first, count, crc, data FROM device_times WHERE recording=? ORDER BY first", id)
	if err == nil && next != samples {
		c.add(where, "%d device times are stored for %d samples", next, samples)
	}
	return err
}

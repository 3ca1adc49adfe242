package dataset

import (
	"context"
	"database/sql"
	"fmt"
)

// ReadSamples reads a channel's values from sample first on into dst, exactly
// as they were imported, in the channel's unit. It reads fewer at the end of
// the recording and none behind it. A chunk whose checksum is wrong is
// ErrCorrupt; the samples before it are in dst.
func (s *Study) ReadSamples(ctx context.Context, channel ChannelID, first int64, dst []float64) (int, error) {
	n, err := readSamples(ctx, s.reader, channel, first, dst)
	if err != nil {
		return n, explain(fmt.Sprintf("reading channel %d", channel), err)
	}
	return n, nil
}

func readSamples(ctx context.Context, q queryer, channel ChannelID, first int64, dst []float64) (int, error) {
	if first < 0 {
		return 0, fmt.Errorf("sample %d: %w", first, ErrBadRequest)
	}
	var scale, offset float64
	var samples int64
	err := q.QueryRowContext(ctx, `SELECT c.scale, c.zero, r.samples FROM channels c JOIN recordings r ON r.id=c.recording
		WHERE c.id=?`, int64(channel)).Scan(&scale, &offset, &samples)
	if err != nil {
		return 0, err
	}
	want := int(min(int64(len(dst)), max(samples-first, 0)))
	if want == 0 {
		return 0, nil
	}
	done := 0
	err = each(ctx, q, func(rows *sql.Rows) error {
		c, err := scanPiece(rows)
		if err != nil {
			return err
		}
		from := first + int64(done) - c.first
		if from < 0 || from >= c.count {
			return fmt.Errorf("samples %d to %d are missing: %w", first+int64(done), c.first, ErrCorrupt)
		}
		n := int(min(int64(want-done), c.count-from))
		if err := decodeChunk(c.data, int(c.count), int(from), scale, offset, dst[done:done+n]); err != nil {
			return fmt.Errorf("the chunk at sample %d: %w: %w", c.first, ErrCorrupt, err)
		}
		done += n
		return nil
	}, "SELECT first, count, crc, data FROM chunks WHERE channel=? AND first > ? AND first < ? ORDER BY first",
		int64(channel), first-chunkLen, first+int64(want))
	if err == nil && done < want {
		err = fmt.Errorf("samples %d to %d are missing: %w", first+int64(done), first+int64(want), ErrCorrupt)
	}
	return done, err
}

// piece is a stored chunk of samples or times. Its data is only good until the
// next row is read.
type piece struct {
	first, count int64
	data         sql.RawBytes
}

func scanPiece(rows *sql.Rows) (piece, error) {
	var c piece
	var crc int64
	if err := rows.Scan(&c.first, &c.count, &crc, &c.data); err != nil {
		return c, err
	}
	if c.count < 0 || c.count > chunkLen || blobSum(c.first, c.count, c.data) != crc {
		return c, fmt.Errorf("the chunk at sample %d fails its checksum: %w", c.first, ErrCorrupt)
	}
	return c, nil
}

// ReadDeviceTimes reads what the device's clock said for samples first and on,
// in Unix nanoseconds. ErrNotFound: the recording has no such times.
func (s *Study) ReadDeviceTimes(ctx context.Context, recording RecordingID, first int64, dst []int64) (int, error) {
	doing := fmt.Sprintf("reading the device times of recording %s", recording)
	var samples int64
	var has bool
	err := s.reader.QueryRowContext(ctx, "SELECT samples, device_time FROM recordings WHERE id=?", string(recording)).Scan(&samples, &has)
	switch {
	case err != nil:
		return 0, explain(doing, err)
	case !has:
		return 0, fmt.Errorf("%s: %w", doing, ErrNotFound)
	case first < 0:
		return 0, fmt.Errorf("%s: sample %d: %w", doing, first, ErrBadRequest)
	}
	want := int(min(int64(len(dst)), max(samples-first, 0)))
	done := 0
	err = each(ctx, s.reader, func(rows *sql.Rows) error {
		c, err := scanPiece(rows)
		if err != nil {
			return err
		}
		times, err := decodeTimes(c.data, int(c.count))
		if err != nil {
			return fmt.Errorf("the times at sample %d: %w: %w", c.first, ErrCorrupt, err)
		}
		from := first + int64(done) - c.first
		if from < 0 || from >= c.count {
			return fmt.Errorf("times %d to %d are missing: %w", first+int64(done), c.first, ErrCorrupt)
		}
		done += copy(dst[done:want], times[from:])
		return nil
	}, "SELECT first, count, crc, data FROM device_times WHERE recording=? AND first > ? AND first < ? ORDER BY first",
		string(recording), first-chunkLen, first+int64(want))
	if err == nil && done < want {
		err = fmt.Errorf("times from sample %d on are missing: %w", first+int64(done), ErrCorrupt)
	}
	return done, explain(doing, err)
}

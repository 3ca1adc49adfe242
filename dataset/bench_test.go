package dataset

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkCommit is one label with its setup window, durable; beside each a bare
// write of as many bytes as that added to the study's log, and the system's wait
// for the disk. The median and the 99th percentile of both tell what of the wait is
// the disk's.
func BenchmarkCommit(b *testing.B) {
	for _, there := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("beside-%d", there), func(b *testing.B) {
			ctx, s := b.Context(), newTestStudy(b)
			id, err := importWave(ctx, s, "P01", 100_000)
			if err != nil {
				b.Fatal(err)
			}
			v, err := s.Session(ctx, id)
			if err != nil {
				b.Fatal(err)
			}
			label := func(n int) []Change {
				at := int64(n % 90_000)
				set := Label{Recording: v.Recordings[0].ID, Set: "MK", Kind: KindExercise, Start: at, End: at + 500, Exercise: "strength:arms/biceps-curl", Rater: "MK", Origin: "hand", Confidence: 1}
				setup := set
				setup.Kind, setup.End, setup.Origin = KindSetup, at+50, "onset"
				return []Change{{After: &set}, {After: &setup}}
			}
			var changes []Change
			for i := range there {
				changes = append(changes, label(i*9)...)
			}
			if _, err := s.Apply(ctx, Edit{Session: id, Rater: "MK", Changes: changes}); err != nil {
				b.Fatal(err)
			}
			f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			bare := make([]byte, walGrowth(b, s, Edit{Session: id, Rater: "MK", Action: "add label", Changes: label(1)}))
			var commits, bares []float64
			for n := 0; b.Loop(); n++ {
				start := time.Now()
				if _, err := s.Apply(ctx, Edit{Session: id, Rater: "MK", Action: "add label", Changes: label(n * 7)}); err != nil {
					b.Fatal(err)
				}
				between := time.Now()
				if _, err := f.Write(bare); err != nil {
					b.Fatal(err)
				}
				if err := f.Sync(); err != nil {
					b.Fatal(err)
				}
				commits = append(commits, between.Sub(start).Seconds()*1e3)
				bares = append(bares, time.Since(between).Seconds()*1e3)
			}
			for name, took := range map[string][]float64{"commit": commits, "bare": bares} {
				slices.Sort(took)
				b.ReportMetric(took[len(took)/2], name+"-ms/median")
				b.ReportMetric(took[len(took)*99/100], name+"-ms/p99")
			}
			b.ReportMetric(float64(len(bare)), "bytes")
			b.ReportMetric(commits[len(commits)/2]/bares[len(bares)/2], "times-bare")
		})
	}
}

// walGrowth is how many bytes an edit adds to the study's log.
func walGrowth(b *testing.B, s *Study, e Edit) int64 {
	b.Helper()
	if _, err := s.writer.ExecContext(b.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		b.Fatal(err)
	}
	if _, err := s.Apply(b.Context(), e); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(s.Path() + "-wal")
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}

// BenchmarkTenThousandLabels lists the labels of a session that has many.
func BenchmarkTenThousandLabels(b *testing.B) {
	ctx, s := b.Context(), newTestStudy(b)
	id, err := importWave(ctx, s, "P01", 100_000)
	if err != nil {
		b.Fatal(err)
	}
	v, err := s.Session(ctx, id)
	if err != nil {
		b.Fatal(err)
	}
	var changes []Change
	for i := range int64(10_000) {
		changes = append(changes, Change{After: &Label{Recording: v.Recordings[0].ID, Set: "hand", Kind: KindExercise,
			Start: i, End: i + 50, Exercise: "e", Rater: "r", Confidence: 1}})
	}
	if _, err := s.Apply(ctx, Edit{Session: id, Changes: changes}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if list, err := s.Labels(ctx, LabelFilter{Session: id}); err != nil || len(list) != 10_001 {
			b.Fatal(len(list), err)
		}
	}
}

const benchSamples = 2_000_000

func importCodes(ctx context.Context, s *Study, channels, samples int) (SessionID, error) {
	im, err := s.BeginImport(ctx, Session{Participant: "P01"})
	if err != nil {
		return "", err
	}
	draft := RecordingDraft{Placement: "left-wrist", NominalHz: 100}
	codes := make([][]int32, channels)
	for i := range codes {
		draft.Channels = append(draft.Channels, wrist[0])
		codes[i] = wave(i, 10_000)
	}
	w, err := im.AddRecording(ctx, draft)
	if err != nil {
		return "", err
	}
	for range samples / 10_000 {
		if err := w.AppendCodes(ctx, codes); err != nil {
			return "", err
		}
	}
	if _, err := w.Finish(ctx, Uniform(0, 100), 0, nil); err != nil {
		return "", err
	}
	return im.Commit(ctx)
}

// BenchmarkImportCodes is the study's part of an import: 16-bit codes of three
// channels, chunked, checked, with their pyramids, durable.
func BenchmarkImportCodes(b *testing.B) {
	b.SetBytes(3 * 2 * benchSamples)
	s := newTestStudy(b)
	for b.Loop() {
		id, err := importCodes(b.Context(), s, 3, benchSamples)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.DeleteSession(b.Context(), id); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkRawWrite is the reference of BenchmarkImportCodes: the same bytes
// into a plain file, synced.
func BenchmarkRawWrite(b *testing.B) {
	b.SetBytes(3 * 2 * benchSamples)
	buf := make([]byte, 60_000)
	path := filepath.Join(b.TempDir(), "raw")
	for b.Loop() {
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		for range 3 * 2 * benchSamples / len(buf) {
			if _, err := f.Write(buf); err != nil {
				b.Fatal(err)
			}
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRawRead reads the same bytes of a file that the system has in
// memory.
func BenchmarkRawRead(b *testing.B) {
	b.SetBytes(3 * 2 * benchSamples)
	path := filepath.Join(b.TempDir(), "raw")
	if err := os.WriteFile(path, make([]byte, 3*2*benchSamples), 0o600); err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 1<<16)
	for b.Loop() {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		for n := 1; n > 0; {
			n, _ = f.Read(buf)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenThousandSessions opens a study of 1,000 sessions and lists them.
func BenchmarkOpenThousandSessions(b *testing.B) {
	ctx, s := b.Context(), newTestStudy(b)
	for i := range 1000 {
		if _, err := importWave(ctx, s, fmt.Sprintf("P%02d", i%40), 500); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := Open(ctx, s.Path(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		if list, err := s.Sessions(ctx); err != nil || len(list) != 1000 {
			b.Fatal(len(list), err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPyramid reads the overview of a long channel.
func BenchmarkPyramid(b *testing.B) {
	ctx, s := b.Context(), newTestStudy(b)
	id, err := importCodes(ctx, s, 1, 5*benchSamples)
	if err != nil {
		b.Fatal(err)
	}
	v, err := s.Session(ctx, id)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Pyramid(ctx, v.Recordings[0].Channels[0].ID); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadSamples reads one second somewhere in a long recording.
func BenchmarkReadSamples(b *testing.B) {
	ctx, s := b.Context(), newTestStudy(b)
	id, err := importCodes(ctx, s, 1, benchSamples)
	if err != nil {
		b.Fatal(err)
	}
	v, err := s.Session(ctx, id)
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]float64, 100)
	for i := int64(0); b.Loop(); i++ {
		if _, err := s.ReadSamples(ctx, v.Recordings[0].Channels[0].ID, i*7919%(benchSamples-100), dst); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDetail reads what a view of 1600 pixels at 512 samples a pixel needs of
// a channel: the most that a view ever needs.
func BenchmarkDetail(b *testing.B) {
	ctx, s := b.Context(), newTestStudy(b)
	id, err := importCodes(ctx, s, 1, 2*benchSamples)
	if err != nil {
		b.Fatal(err)
	}
	v, err := s.Session(ctx, id)
	if err != nil {
		b.Fatal(err)
	}
	for i := int64(0); b.Loop(); i++ {
		if _, _, err := s.Detail(ctx, v.Recordings[0].Channels[0].ID, i*7919%1_000_000, i*7919%1_000_000+820_000); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStoreBytes puts 22 MB that need no work into the study's file, in
// pieces of a chunk's size and durable: what the database alone costs an import
// of as many bytes.
func BenchmarkStoreBytes(b *testing.B) {
	const size, piece, pieces = 22 << 20, 12 << 10, flushBytes / (12 << 10)
	ctx, data := b.Context(), make([]byte, size)
	for i := range data {
		data[i] = byte(i * i >> 7)
	}
	b.SetBytes(size)
	for b.Loop() {
		b.StopTimer()
		s := newTestStudy(b)
		if _, err := s.writer.ExecContext(ctx, "CREATE TABLE raw (data BLOB)"); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		for batch := range slices.Chunk(data, pieces*piece) {
			err := s.bulk(ctx, "storing bytes", true, func(tx *sql.Tx) error {
				for p := range slices.Chunk(batch, piece) {
					if _, err := tx.ExecContext(ctx, "INSERT INTO raw VALUES (?)", p); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

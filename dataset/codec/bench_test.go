package codec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"onset/dataset"
)

// benchRows is how many rows a benchmark's table has.
const benchRows = 400_000

func benchTable(b *testing.B) (string, *Mapping, int64) {
	b.Helper()
	m, err := ParseMapping([]byte(`
name = "bench"
[file]
delimiter = ","
header = true
[time]
column = "time"
unit = "ms"
from = "1970"
rate = 100.0
[[channel]]
column = "x"
kind = "accelerometer"
axis = "x"
unit = "g"
[[channel]]
column = "y"
kind = "accelerometer"
axis = "y"
unit = "g"
[[channel]]
column = "z"
kind = "accelerometer"
axis = "z"
unit = "g"
`))
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "bench.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	r := rand.New(rand.NewPCG(1, 2))
	text := []byte("time,x,y,z\n")
	for i := 0; i < benchRows; i++ {
		text = fmt.Appendf(text, "%d,%.6f,%.6f,%.6f\n", 1657533977813+int64(i)*10, r.NormFloat64(), r.NormFloat64(), 1+r.NormFloat64())
		if len(text) > 1<<20 || i == benchRows-1 {
			if _, err := f.Write(text); err != nil {
				b.Fatal(err)
			}
			text = text[:0]
		}
	}
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	return path, m, info.Size()
}

// BenchmarkRawRead is what CSV imports are measured against: the bytes alone.
func BenchmarkRawRead(b *testing.B) {
	path, _, size := benchTable(b)
	b.SetBytes(size)
	buf := make([]byte, tableBuffer)
	for b.Loop() {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = f.Read(buf)
		}
		f.Close()
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkParseCSV parses rows and lays their clock, and stores nothing.
func BenchmarkParseCSV(b *testing.B) {
	path, m, size := benchTable(b)
	b.SetBytes(size)
	for b.Loop() {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		rows, err := m.openRows(path, f)
		if err != nil {
			b.Fatal(err)
		}
		clock := newTimeline(1657533977813e6, 100)
		for {
			if err := rows.batch(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			clock.add(rows.times)
		}
		if _, _, _, err := clock.finish(); err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkImportCSV imports a table of four columns into a study.
func BenchmarkImportCSV(b *testing.B) {
	path, m, size := benchTable(b)
	b.SetBytes(size)
	for b.Loop() {
		b.StopTimer()
		study := newStudy(b)
		b.StartTimer()
		report, err := Import(context.Background(), study, []string{path}, Options{Mapping: m, Participant: dataset.ParticipantID("P01")}, nil)
		if err != nil || len(report.Imported) != 1 {
			b.Fatalf("%v %+v", err, report)
		}
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// benchCWA writes a day's second half of an AX3 at 100 Hz: 22 MB.
func benchCWA(b *testing.B) (path string, size int64) {
	b.Helper()
	starts := make([]int, 12*3600)
	for i := range starts {
		starts[i] = 3600 + i
	}
	noise := uint64(1)
	data := cwaBytes(starts, func(block, i int) [3]int32 {
		noise = noise*6364136223846793005 + 1442695040888963407
		n := int32(noise>>61) - 4
		at := float64(block*100+i) / 37
		swing := 40.0
		if block/30%5 > 1 {
			swing = 1
		}
		return [3]int32{int32(swing*math.Sin(at)) + n, int32(swing*math.Cos(at)) - n, 250 + n}
	})
	path = filepath.Join(b.TempDir(), "bench.cwa")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	return path, int64(len(data))
}

// BenchmarkImportCWA imports a binary file into a study.
func BenchmarkImportCWA(b *testing.B) {
	path, size := benchCWA(b)
	b.SetBytes(size)
	for b.Loop() {
		b.StopTimer()
		study := newStudy(b)
		b.StartTimer()
		report, err := Import(context.Background(), study, []string{path}, Options{Zone: "UTC", Participant: "P01"}, nil)
		if err != nil || len(report.Imported) != 1 {
			b.Fatalf("%v %+v", err, report)
		}
		b.StopTimer() // the session is durable; its log is moved behind the next work
		if err := study.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkCopyCWA is its reference: the same bytes read and written to another
// file, which the disk has taken.
func BenchmarkCopyCWA(b *testing.B) {
	path, size := benchCWA(b)
	b.SetBytes(size)
	for b.Loop() {
		in, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		out, err := os.Create(path + ".copy")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{in}, make([]byte, 1<<16)); err != nil {
			b.Fatal(err)
		}
		if err := errors.Join(out.Sync(), out.Close(), in.Close()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadCWA reads the same bytes of a file that the system holds.
func BenchmarkReadCWA(b *testing.B) {
	path, size := benchCWA(b)
	b.SetBytes(size)
	for b.Loop() {
		in, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		_, err = io.CopyBuffer(io.Discard, struct{ io.Reader }{in}, make([]byte, 1<<16))
		if err := errors.Join(err, in.Close()); err != nil {
			b.Fatal(err)
		}
	}
}

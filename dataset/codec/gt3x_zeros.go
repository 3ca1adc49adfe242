package codec

import (
	"archive/zip"
	"fmt"

	"onset/dataset"
)

// zeroRuns finds where a log has nothing but zeros on every axis. Gravity is never
// zero on all of them, so that such a stretch is no measurement.
type zeroRuns struct {
	shortest int64 // samples
	from, n  int64 // of the run that goes on
	found    [][2]int64
	total    int64 // samples of all runs
	count    int64
}

// codes looks at codes[axis][sample]; at is the first one's place in the recording.
func (z *zeroRuns) codes(at int64, codes [][]int32) {
	for k := range codes[0] {
		if codes[0][k]|codes[1][k]|codes[2][k] != 0 {
			z.end()
			continue
		}
		if z.n == 0 {
			z.from = at + int64(k)
		}
		z.n++
	}
}

func (z *zeroRuns) end() {
	if z.n >= z.shortest && z.n > 0 {
		z.count++
		z.total += z.n
		if len(z.found) < maxFindings {
			z.found = append(z.found, [2]int64{z.from, z.n})
		}
	}
	z.n = 0
}

// findings tells each stretch with its place.
func (z *zeroRuns) findings(clock dataset.Clock) []dataset.Finding {
	z.end()
	var all []dataset.Finding
	for _, r := range z.found {
		at := clock.Time(r[0])
		length := clock.Recorded(r[0], r[0]+r[1])
		all = append(all, dataset.Finding{Kind: dataset.FindingNote, Sample: r[0], AtS: at, LengthS: length,
			Message: fmt.Sprintf("%s are 0 g on every axis, which no device at rest measures: it slept or recorded nothing there. They are kept as the file has them; label nothing in them.", seconds(length))})
	}
	if z.count > int64(len(z.found)) {
		all = append(all, dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: fmt.Sprintf("There are %d such stretches in all, of %d samples.", z.count, z.total)})
	}
	return all
}

// awakeSpans finds where the older kind of file holds measurements. Its samples
// have no times: they are counted from the start, and a device that slept, or was
// never started again, wrote zeros on every axis. Other readers take these for idle
// sleep as well; here they are no samples, and a gap stands for them.
type awakeSpans struct {
	shortest int64 // zeros, in samples, that are left out
	read     int64
	zeros    int64 // that follow the last sample kept
	spans    []awakeSpan
}

// awakeSpan is where measurements begin, in samples of the file, and how many.
type awakeSpan struct{ from, n int64 }

const asleep = "the file has 0 g on every axis there, which no device at rest measures: it slept or recorded nothing"

// keep appends to out what is a measurement of codes[axis][sample].
func (s *awakeSpans) keep(codes, out [][]int32) [][]int32 {
	for k := range codes[0] {
		s.read++
		if codes[0][k]|codes[1][k]|codes[2][k] == 0 {
			s.zeros++
			continue
		}
		out = s.wake(out)
		for a := range out {
			out[a] = append(out[a], codes[a][k])
		}
		s.spans[len(s.spans)-1].n++
	}
	return out
}

// wake settles the zeros before a measurement: a few of them are values like others.
func (s *awakeSpans) wake(out [][]int32) [][]int32 {
	at := s.read - 1
	short := s.zeros < s.shortest
	if short {
		at -= s.zeros
	}
	if !short || len(s.spans) == 0 {
		s.spans = append(s.spans, awakeSpan{from: at})
	}
	if short {
		out = s.fill(out)
	}
	s.zeros = 0
	return out
}

func (s *awakeSpans) fill(out [][]int32) [][]int32 {
	for range s.zeros {
		for a := range out {
			out[a] = append(out[a], 0)
		}
	}
	s.spans[len(s.spans)-1].n += s.zeros
	return out
}

// end settles the zeros at the file's end.
func (s *awakeSpans) end(out [][]int32) [][]int32 {
	if s.zeros > 0 && s.zeros < s.shortest && len(s.spans) > 0 {
		out, s.zeros = s.fill(out), 0
	}
	return out
}

// findings tells of the zeros at the beginning and the end, which no gap shows.
func (s *awakeSpans) findings(rate float64) []dataset.Finding {
	if s == nil {
		return nil
	}
	var all []dataset.Finding
	if from := s.spans[0].from; from > 0 {
		all = append(all, dataset.Finding{Kind: dataset.FindingGap, LengthS: float64(from) / rate,
			Message: fmt.Sprintf("The first %s are left out: %s.", seconds(float64(from)/rate), asleep)})
	}
	if s.zeros > 0 {
		all = append(all, dataset.Finding{Kind: dataset.FindingGap, Sample: -1, AtS: float64(s.read-s.zeros) / rate, LengthS: float64(s.zeros) / rate,
			Message: fmt.Sprintf("The last %s are left out: %s.", seconds(float64(s.zeros)/rate), asleep)})
	}
	return all
}

// leftInArchive names the measurements beside the older kind's activity.
func leftInArchive(z *zip.Reader) []string {
	var names []string
	for _, f := range z.File {
		if (f.Name == "lux.bin" || f.Name == "battery.bin") && f.UncompressedSize64 > 0 {
			names = append(names, f.Name)
		}
	}
	return names
}

package codec

import (
	"archive/zip"
	"fmt"

	"onset/dataset"
)

// zeroRuns finds where a device wrote nothing but zeros on every axis. Gravity is
// never zero on all of them, so that such a stretch is no measurement: older
// devices write it while they sleep.
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

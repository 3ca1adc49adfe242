package codec

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"onset/dataset"

	"pgregory.net/rapid"
)

// The maker's own export of the same recording is the reference: it repeats the
// last sample through idle gaps, rounds halves away from zero to three decimals
// and, from second 2141 on, writes zeros.
func TestGT3XAgainstTheMakersExport(t *testing.T) {
	s, done := importOne(t, Options{}, data(t, "vendor", "actigraph_gt3x", "TAS1H30182785_2019-09-17.gt3x"))
	r := s.recordings[0]
	rounded := 0.0 // the reference sum was taken with halves rounded to even
	for c := range 3 {
		for _, v := range r.series(c) {
			rounded += math.Abs(math.RoundToEven(v*1000) / 1000)
		}
	}
	if r.samples() != 33000 || done.Format != "gt3x" || !near(rounded, 60893.422, 5e-4) || len(r.clock.Gaps()) != 6 {
		t.Errorf("%d samples, sum %.4f, %d gaps", r.samples(), rounded, len(r.clock.Gaps()))
	}
	if want := time.Date(2019, 9, 17, 22, 40, 0, 0, time.UTC); !s.Start.Equal(want) || s.Zone != "Etc/GMT+4" {
		t.Errorf("starts %v in %q", s.Start, s.Zone)
	}
	f, err := os.Open(data(t, "vendor", "actigraph_gt3x", "TAS1H30182785_2019-09-17.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	for range 11 {
		lines.Scan()
	}
	series := [][]float64{r.series(0), r.series(1), r.series(2)}
	var last string
	next, row, compared := 0, 0, 0
	for ; lines.Scan(); row++ {
		if next < r.samples() && math.Round(r.clock.Time(int64(next))*100) == float64(row) {
			last = ""
			for c := range series {
				v := math.Round(series[c][next]*1000) / 1000
				last += "," + strconv.FormatFloat(v, 'f', -1, 64)
			}
			last = strings.ReplaceAll(last[1:], "-0,", "0,")
			next++
		}
		if row >= 214100 && lines.Text() == "0,0,0" {
			continue
		}
		compared++
		if lines.Text() != last {
			t.Fatalf("row %d: the maker has %q, we have %q", row, lines.Text(), last)
		}
	}
	if row != 240500 || next != 33000 || compared != 240500-25200 {
		t.Errorf("%d rows, %d samples met, %d compared", row, next, compared)
	}
}

func TestGT3XIdleSleep(t *testing.T) {
	for name, want := range map[string]int{"ISM_Enabled.gt3x": 2190, "ISM_Disabled.gt3x": 9000} {
		s, _ := importOne(t, Options{}, data(t, "vendor", "actigraph_gt3x", name))
		r := s.recordings[0]
		if r.samples() != want || !strings.HasSuffix(r.spec.Placement, "wrist") || r.spec.NominalHz != 30 {
			t.Errorf("%s: %d samples, %+v", name, r.samples(), r.spec)
		}
		if slept := countKind(r.findings, dataset.FindingGap) > 0; slept != (name == "ISM_Enabled.gt3x") {
			t.Errorf("%s: idle sleep found: %v", name, slept)
		}
		for _, f := range append(r.findings, s.findings...) {
			if strings.Contains(f.Message, "ISM_") || strings.Contains(f.Message, "TAS1") {
				t.Errorf("%s: a finding names the subject or device: %s", name, f.Message)
			}
		}
	}
}

// The published example of the older layout.
func TestTwelveBitSamples(t *testing.T) {
	b := []byte{0x00, 0x60, 0x08, 0xEB, 0xD0, 0x07, 0x00, 0x9E, 0xBF, 0x00, 0x70, 0x08, 0xEB, 0xF0}
	codes := unpack12(b, make([][]int32, 3))
	want := [][]int32{{8, 9, 8}, {6, 7, 7}, {-323, -321, -321}}
	for a := range want {
		if len(codes[a]) != 3 {
			t.Fatalf("axis %d has %d samples", a, len(codes[a]))
		}
		for i := range want[a] {
			if codes[a][i] != want[a][i] {
				t.Errorf("axis %d, sample %d is %d, want %d", a, i, codes[a][i], want[a][i])
			}
		}
	}
}

func gt3xRecordBytes(kind byte, second uint32, payload []byte) []byte {
	b := []byte{0x1e, kind}
	b = binary.LittleEndian.AppendUint32(b, second)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(payload)))
	b = append(b, payload...)
	var sum byte
	for _, v := range b {
		sum ^= v
	}
	return append(b, ^sum)
}

func zipOf(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const plainInfo = "Serial Number: MOS2A1\r\nSample Rate: 30\r\nStart Date: 637043424000000000\r\nAcceleration Scale: 256,0\r\nSubject Name: Erika\r\n"

// plainLog is a log of some seconds that begin with second 1000 of 1970.
func plainLog(seconds int) []byte {
	second := make([]byte, 180)
	for i := range 90 {
		binary.LittleEndian.PutUint16(second[2*i:], uint16(i))
	}
	var log []byte
	for i := range uint32(seconds) {
		log = append(log, gt3xRecordBytes(26, 1000+i, second)...)
	}
	return log
}

func TestGT3XBrokenRecordsAndPaddingAreNamed(t *testing.T) {
	second := make([]byte, 180)
	for i := range 90 {
		binary.LittleEndian.PutUint16(second[2*i:], uint16(i))
	}
	var log []byte
	for i := range uint32(5) {
		log = append(log, gt3xRecordBytes(26, 1000+i, second)...)
		log = append(log, make([]byte, int(i))...) // harmless zeros
	}
	log[200+20] ^= 1 // inside the second record
	s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "x.gt3x"), zipOf(t, map[string][]byte{"info.txt": []byte(plainInfo), "log.bin": log})))
	r := s.recordings[0]
	if r.samples() != 120 || len(r.clock.Gaps()) != 1 || !says(r.findings, dataset.FindingUnreadable, "1 stretch") {
		t.Errorf("%d samples, gaps %v, %+v", r.samples(), r.clock.Gaps(), r.findings)
	}
	if !says(r.findings, dataset.FindingUnreadable, "1.00 s could not be read") || says(r.findings, dataset.FindingGap, "slept") {
		t.Errorf("the second that cannot be read: %+v", r.findings)
	}
	if s.Zone != "" || r.spec.Channels[0].Scale != 1.0/256 {
		t.Errorf("zone %q, scale %v", s.Zone, r.spec.Channels[0].Scale)
	}
}

func TestGT3XOlderLayout(t *testing.T) {
	b := bytes.Repeat([]byte{0x00, 0x60, 0x08, 0xEB, 0xD0, 0x07, 0x00, 0x9E, 0xBF}, 5000)
	info := "Serial Number: NEO1D\r\nSample Rate: 80\r\nStart Date: 633423456000000000\r\n"
	s, done := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "x.gt3x"), zipOf(t, map[string][]byte{"info.txt": []byte(info), "activity.bin": b, "lux.bin": nil})))
	r := s.recordings[0]
	if r.samples() != 10000 || !near(done.DurationS, 125, 1e-9) || !near(r.series(2)[9999], -321.0/341, 1e-12) || r.series(0)[0] != 8*(1.0/341) {
		t.Errorf("%d samples over %v s, last z %v", r.samples(), done.DurationS, r.series(2)[9999])
	}
}

// A device that sleeps, or was never started again, writes zeros in the older kind.
func TestGT3XStretchesOfZeros(t *testing.T) {
	moving := bytes.Repeat([]byte{0x00, 0x60, 0x08, 0xEB, 0xD0, 0x07, 0x00, 0x9E, 0xBF}, 45) // 90 samples
	b := append(append(append([]byte{}, moving...), make([]byte, 9*60)...), moving...)
	b = append(append(b, make([]byte, 9*5)...), moving...) // 10 samples: no stretch
	info := "Serial Number: NEO1D\r\nSample Rate: 30\r\nStart Date: 633423456000000000\r\n"
	s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "x.gt3x"),
		zipOf(t, map[string][]byte{"info.txt": []byte(info), "activity.bin": append(b, make([]byte, 9*15)...), "lux.bin": {1, 2}})))
	r := s.recordings[0]
	var told []string
	for _, f := range r.findings {
		if strings.Contains(f.Message, "0 g on every axis") {
			told = append(told, fmt.Sprintf("%s %d %.3f %g", f.Kind, f.Sample, f.AtS, f.LengthS))
		}
	}
	if fmt.Sprint(told) != "[gap 90 3.000 4 gap -1 13.333 1]" || r.samples() != 280 {
		t.Errorf("%q of %d samples", told, r.samples())
	}
	if gaps := r.clock.Gaps(); len(gaps) != 1 || !near(gaps[0].From, 3, 1e-9) || !near(gaps[0].To, 7, 1e-9) || !near(r.clock.Time(279), 399.0/30, 1e-9) {
		t.Errorf("gaps %+v, the last sample at %v s", gaps, r.clock.Time(279))
	}
	if !says(r.findings, dataset.FindingNote, "also holds lux.bin") {
		t.Errorf("%+v", r.findings)
	}
}

func TestGT3XRefusals(t *testing.T) {
	bomb := make([]byte, 72<<20)
	good := gt3xRecordBytes(26, 5, make([]byte, 180))
	for name, c := range map[string]struct {
		files map[string][]byte
		says  string
	}{
		"no scale":    {map[string][]byte{"info.txt": []byte("Sample Rate: 30\n"), "log.bin": good}, "not guessed"},
		"no rate":     {map[string][]byte{"info.txt": []byte("Serial Number: MOS\n"), "log.bin": good}, "sample rate"},
		"no activity": {map[string][]byte{"info.txt": []byte(plainInfo), "log.bin": gt3xRecordBytes(2, 5, []byte{1, 2})}, "no second of activity"},
		"not numbers": {map[string][]byte{"info.txt": []byte("Sample Rate: often\n"), "log.bin": good}, "often"},
	} {
		m := &memory{}
		report := importInto(t, m, Options{}, writeFile(t, filepath.Join(t.TempDir(), "a.gt3x"), zipOf(t, c.files)))
		if len(m.sessions) != 0 || len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, c.says) {
			t.Errorf("%s: %+v does not say %q", name, report.Refused, c.says)
		}
	}
	m := &memory{}
	report := importInto(t, m, Options{}, writeFile(t, filepath.Join(t.TempDir(), "b.gt3x"), zipOf(t, map[string][]byte{"info.txt": []byte(plainInfo), "log.bin": bomb})))
	if len(m.sessions) != 0 || len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, "log.bin") || !strings.Contains(report.Refused[0].Reason, "too much for its size") {
		t.Errorf("zeros that swell: %+v", report)
	}
}

func TestOffsetsFromGreenwich(t *testing.T) {
	for offset, want := range map[string]int{"-04:00:00": -4 * 3600, "+02:00:00": 7200, "00:00:00": 0, "05:30:00": 19800, "-03:30": -12600, "+01:00": 3600} {
		if got, ok := offsetEast(offset); got != want || !ok {
			t.Errorf("%s: %d, want %d", offset, got, want)
		}
	}
	for _, offset := range []string{"", "x", "15:00", "01:60", "1:2:3:4"} {
		if got, ok := offsetEast(offset); ok {
			t.Errorf("%q: %d", offset, got)
		}
	}
}

// What a file says of its own zone comes before what a person says.
func TestTheFilesOwnZoneWins(t *testing.T) {
	gt3x := func(zone string) string {
		info := plainInfo + "TimeZone: " + zone + "\r\n"
		return writeFile(t, filepath.Join(t.TempDir(), "z.gt3x"), zipOf(t, map[string][]byte{"info.txt": []byte(info), "log.bin": plainLog(2)}))
	}
	for _, c := range []struct {
		path, given string
		east        time.Duration
		zone, says  string
		kind        string
	}{
		{gt3x("-05:00:00"), "Europe/Berlin", -5 * time.Hour, "Etc/GMT+5", "The file states the offset -05:00, where the zone Europe/Berlin", dataset.FindingClock},
		{gt3x("05:30:00"), "", 5*time.Hour + 30*time.Minute, "UTC", "", ""},
		{gt3x("05:30:00"), "Asia/Kolkata", 5*time.Hour + 30*time.Minute, "UTC", "was given and not needed: the file states its own offset, +05:30", dataset.FindingNote},
		{data(t, "vendor", "geneactiv", "GENEActiv_testfile.bin"), "America/New_York", time.Hour, "Etc/GMT-1", "The file states the offset +01:00", dataset.FindingClock},
	} {
		plain, _ := importOne(t, Options{}, c.path)
		s, _ := importOne(t, Options{Zone: c.given}, c.path)
		if !s.Start.Equal(plain.Start) || s.Zone != c.zone {
			t.Errorf("%s given %q: %s in %s, without %s in %s", c.path, c.given, s.Start, s.Zone, plain.Start, plain.Zone)
		}
		if c.says != "" && !says(s.findings, c.kind, c.says) {
			t.Errorf("%s given %q: %v", c.path, c.given, s.findings)
		}
	}
	s, _ := importOne(t, Options{Zone: "Europe/Berlin"}, data(t, "sp-sw-har", "s05", "s05_01_sw.csv"))
	if !says(s.findings, dataset.FindingNote, "was given and not needed") {
		t.Errorf("times since 1970: %v", s.findings)
	}
}

func TestTwelveBitsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "samples")
		var want [3][]int32
		var nibbles []byte
		for range n {
			for _, axis := range []int{1, 0, 2} {
				v := rapid.Int32Range(-2048, 2047).Draw(t, "v")
				want[axis] = append(want[axis], v)
				nibbles = append(nibbles, byte(v>>8)&15, byte(v>>4)&15, byte(v)&15)
			}
		}
		if len(nibbles)%2 == 1 {
			nibbles = append(nibbles, 0)
		}
		var b []byte
		for i := 0; i < len(nibbles); i += 2 {
			b = append(b, nibbles[i]<<4|nibbles[i+1])
		}
		got := unpack12(b, make([][]int32, 3))
		for a := range want {
			for i, v := range want[a] {
				if got[a][i] != v {
					t.Fatalf("axis %d, sample %d: %d became %d", a, i, v, got[a][i])
				}
			}
			if len(got[a]) != n {
				t.Fatalf("%d samples became %d", n, len(got[a]))
			}
		}
	})
}

func FuzzGT3XLog(f *testing.F) {
	f.Add(gt3xRecordBytes(26, 5, make([]byte, 12)))
	f.Add(append([]byte{0, 0, 0x1e}, gt3xRecordBytes(0, 5, make([]byte, 9))...))
	f.Fuzz(func(t *testing.T, b []byte) {
		log := newGT3XLog(bytes.NewReader(b))
		codes, held := make([][]int32, 3), 0
		for {
			r, err := log.next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			held += 9 + len(r.payload)
			codes = r.samples(codes)
			gt3xScale(r.payload)
		}
		if held > len(b) || len(codes[0]) != len(codes[2]) || len(codes[0])*4 > len(b) {
			t.Fatalf("%d bytes of records and %d samples from %d bytes", held, len(codes[0]), len(b))
		}
	})
}

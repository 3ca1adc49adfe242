package codec

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onset/dataset"

	"pgregory.net/rapid"
)

// Reference values by independent readers stand in the data's README.
func TestAX3(t *testing.T) {
	s, done := importOne(t, Options{}, data(t, "vendor", "axivity_cwa", "ax3_testfile.cwa"))
	r := s.recordings[0]
	if r.samples() != 17400 || done.Format != "cwa" || r.spec.Placement != "right-wrist" || r.spec.Device != "Axivity AX3" || r.spec.NominalHz != 100 {
		t.Errorf("%d samples as %s, %+v", r.samples(), done.Format, r.spec)
	}
	for i, want := range []float64{0.328125, 0.984375, 0.203125} {
		if got := r.series(i)[0]; got != want {
			t.Errorf("first sample of axis %d is %v, want %v", i, got, want)
		}
	}
	if got := r.sumAbs(0, 1, 2); !near(got, 25160.1719, 1e-4) {
		t.Errorf("sum of |a| is %.4f", got)
	}
	if want := time.Date(2019, 2, 26, 10, 55, 6, 0, time.UTC); !s.Start.Round(time.Millisecond).Equal(want) || s.Zone != "" {
		t.Errorf("starts %v in zone %q", s.Start, s.Zone)
	}
	if !near(r.measured, 98.868, 1e-3) {
		t.Errorf("measured %.4f Hz", r.measured)
	}
	if last := r.clock.Time(17399); !near(last, 175.982, 1e-3) {
		t.Errorf("last sample at %.4f s", last)
	}
	if second := r.clock.Time(120); !near(second, 1.2145, 5e-3) {
		t.Errorf("block 1 at %.4f s", second)
	}
	if s.Source != "axivity" && strings.Contains(s.Source, "testfile") {
		t.Errorf("source %q", s.Source)
	}
}

func TestAX3WithCorruptBlocks(t *testing.T) {
	s, _ := importOne(t, Options{}, data(t, "vendor", "axivity_cwa", "ax3_testfile_corrupt_blocks_0_13_14_142_143_144.cwa"))
	r := s.recordings[0]
	if r.samples() != 16680 || !near(r.sumAbs(0, 1, 2), 24129.1562, 1e-4) {
		t.Errorf("%d samples, sum %.4f", r.samples(), r.sumAbs(0, 1, 2))
	}
	if !says(r.findings, dataset.FindingUnreadable, "0, 13 to 14, 142 to 144") {
		t.Errorf("findings %+v", r.findings)
	}
	gaps := r.clock.Gaps()
	if len(gaps) != 1 || !near(gaps[0].To-gaps[0].From, 240/98.868, .02) || countKind(r.findings, dataset.FindingGap) != 1 {
		t.Errorf("gaps %+v", gaps)
	}
	if got := r.series(0)[0]; got != 0.765625 {
		t.Errorf("first sample %v", got)
	}
}

func TestAX6(t *testing.T) {
	s, _ := importOne(t, Options{Zone: "Europe/London"}, data(t, "vendor", "axivity_cwa", "ax6_testfile.cwa"))
	r := s.recordings[0]
	if r.samples() != 11320 || len(r.spec.Channels) != 6 || r.spec.Device != "Axivity AX6" {
		t.Fatalf("%d samples, %+v", r.samples(), r.spec)
	}
	for i, want := range []float64{0.0073242, 0.0712891, 0.0087891, 0.274658, -0.50354, 15.769958} {
		if got := r.series(i)[0]; !near(got, want, 6e-7) {
			t.Errorf("first sample of channel %d is %v, want %v", i, got, want)
		}
	}
	if a, g := r.sumAbs(0, 1, 2), r.sumAbs(3, 4, 5); !near(a, 22729.6587, 1e-4) || !near(g, 963161.4456, 1e-3) {
		t.Errorf("sums %.4f g and %.4f deg/s", a, g)
	}
	if s.Zone != "Europe/London" || s.Start.Format("15:04:05.000") != "21:04:06.699" {
		t.Errorf("starts %v in %s", s.Start, s.Zone)
	}
}

// cwaBytes writes an AX3 file of blocks that begin at the given seconds.
func cwaBytes(starts []int, values func(block, i int) [3]int32) []byte {
	b := make([]byte, cwaHeaderLen)
	copy(b, []byte{'M', 'D', 0xfc, 0x03})
	b[36] = 0x4a
	for n, start := range starts {
		s := make([]byte, cwaSectorLen)
		copy(s, []byte{'A', 'X', 0xfc, 0x01})
		binary.LittleEndian.PutUint32(s[10:], uint32(n))
		binary.LittleEndian.PutUint32(s[14:], 19<<26|2<<22|26<<17|uint32(start/3600)<<12|uint32(start/60%60)<<6|uint32(start%60))
		s[24], s[25] = 0x4a, 3<<4
		binary.LittleEndian.PutUint16(s[28:], 100)
		for i := range 100 {
			var v uint32
			for a, x := range values(n, i) {
				v |= uint32(x) & 0x3ff << (10 * a)
			}
			binary.LittleEndian.PutUint32(s[30+4*i:], v)
		}
		var sum uint16
		for i := 0; i < cwaSectorLen; i += 2 {
			sum += binary.LittleEndian.Uint16(s[i:])
		}
		binary.LittleEndian.PutUint16(s[510:], -sum)
		b = append(b, s...)
	}
	return b
}

func TestCWASamplesAndGapsRoundTrip(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		at, holes := 3600, 0
		var starts []int
		for range rapid.IntRange(1, 40).Draw(rt, "blocks") {
			starts = append(starts, at)
			at++
			if rapid.IntRange(0, 5).Draw(rt, "lose") == 0 {
				at += rapid.IntRange(1, 900).Draw(rt, "hole")
				holes++
			}
		}
		if starts[len(starts)-1]+1 < at {
			holes-- // the last hole has nothing behind it
		}
		seed := rapid.Int32Range(1, 900).Draw(rt, "seed")
		value := func(n, i int) [3]int32 {
			v := (int32(n*100+i) * seed) % 512
			return [3]int32{v, -v, v / 2}
		}
		path := filepath.Join(dir, "x.cwa")
		if err := os.WriteFile(path, cwaBytes(starts, value), 0o600); err != nil {
			rt.Fatal(err)
		}
		m := &memory{}
		report := importInto(t, m, Options{}, path)
		if len(m.sessions) != 1 {
			rt.Fatalf("refused: %v", report.Refused)
		}
		r := m.sessions[0].recordings[0]
		if r.samples() != 100*len(starts) || len(r.clock.Gaps()) != holes {
			rt.Fatalf("%d samples and %d gaps of %d and %d", r.samples(), len(r.clock.Gaps()), 100*len(starts), holes)
		}
		for n, start := range starts {
			if got := r.clock.Time(int64(100 * n)); math.Abs(got-float64(start-3600)) > .0051 {
				rt.Fatalf("block %d at %v s, written at %d", n, got, start-3600)
			}
			for i := range 100 {
				if v := value(n, i); r.codes[0][100*n+i] != v[0] || r.codes[1][100*n+i] != v[1] || r.codes[2][100*n+i] != v[2] {
					rt.Fatalf("sample %d of block %d differs", i, n)
				}
			}
		}
	})
}

// A file of days is far longer than what a reader holds at once: no block may
// change or move where one stretch of it ends and the next begins.
func TestCWALongFileKeepsEveryBlock(t *testing.T) {
	const blocks = 2000
	starts := make([]int, blocks)
	for i := range starts {
		starts[i] = 3600 + i
	}
	value := func(n, i int) [3]int32 { return [3]int32{int32(n % 512), int32(n/512 - 400), int32(i)} }
	s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "long.cwa"), cwaBytes(starts, value)))
	r := s.recordings[0]
	if r.samples() != 100*blocks || len(r.clock.Gaps()) != 0 || countKind(r.findings, dataset.FindingGap) != 0 || countKind(r.findings, dataset.FindingClock) != 0 {
		t.Fatalf("%d samples, gaps %v, findings %+v", r.samples(), r.clock.Gaps(), r.findings)
	}
	for n := range blocks {
		for i := range 100 {
			want := value(n, i)
			if at := 100*n + i; r.codes[0][at] != want[0] || r.codes[1][at] != want[1] || r.codes[2][at] != want[2] {
				t.Fatalf("sample %d of block %d is %d, %d, %d, written as %v", i, n, r.codes[0][at], r.codes[1][at], r.codes[2][at], want)
			}
		}
	}
}

// sealCWA gives a block another number, session, rate or range and its checksum.
func sealCWA(block []byte, change func(b []byte)) []byte {
	b := append([]byte{}, block...)
	change(b)
	b[510], b[511] = 0, 0
	var sum uint16
	for i := 0; i < cwaSectorLen; i += 2 {
		sum += binary.LittleEndian.Uint16(b[i:])
	}
	binary.LittleEndian.PutUint16(b[510:], -sum)
	return b
}

// What copying and setting up anew do to a file: blocks twice, blocks out of order,
// blocks of another session, range or rate.
func TestCWABlocksTwiceAndOfOtherSessions(t *testing.T) {
	starts := make([]int, 40)
	for i := range starts {
		starts[i] = 3600 + i
	}
	whole := cwaBytes(starts, func(n, i int) [3]int32 { return [3]int32{int32(n), int32(i), 1} })
	block := func(n int) []byte { return whole[cwaHeaderLen+n*cwaSectorLen:][:cwaSectorLen] }
	build := func(parts ...[]byte) *memoryRecording {
		b := append([]byte{}, whole[:cwaHeaderLen]...)
		for _, p := range parts {
			b = append(b, p...)
		}
		s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "a.cwa"), b))
		return s.recordings[0]
	}
	span := func(from, to int) []byte {
		return whole[cwaHeaderLen+from*cwaSectorLen : cwaHeaderLen+to*cwaSectorLen]
	}

	r := build(span(0, 20), span(10, 40)) // a copy that overlaps
	if r.samples() != 4000 || len(r.clock.Segments) != 1 || !says(r.findings, dataset.FindingRepeats, "10 blocks stand in the file a second time (same number and time) and were dropped: 20 to 29") {
		t.Errorf("%d samples, %+v, %+v", r.samples(), r.clock, r.findings)
	}
	r = build(span(0, 10), span(20, 30), span(10, 20), span(20, 40)) // out of order, and twice
	if r.samples() != 4000 || !says(r.findings, dataset.FindingClock, "lie out of order") || !says(r.findings, dataset.FindingRepeats, "30 to 39") {
		t.Errorf("%d samples, %+v", r.samples(), r.findings)
	}
	for n, want := range map[int]int32{0: 0, 10: 20, 20: 10, 30: 30} { // by place in the file, the block that stands there
		if got := r.codes[0][100*n]; got != want {
			t.Errorf("block %d stands where %d should", got, want)
		}
	}

	again := span(0, 20) // a device that starts anew counts from 0, later
	for n := range 5 {
		again = append(again[:len(again):len(again)], sealCWA(block(30+n), func(b []byte) { binary.LittleEndian.PutUint32(b[10:], uint32(n)) })...)
	}
	if r = build(again); r.samples() != 2500 || countKind(r.findings, dataset.FindingRepeats) != 0 || countKind(r.findings, dataset.FindingGap) != 1 {
		t.Errorf("%d samples, %+v", r.samples(), r.findings)
	}

	other := span(0, 10)
	for n := range 5 {
		other = append(other[:len(other):len(other)], sealCWA(block(10+n), func(b []byte) { b[6] = 7 })...)
	}
	if r = build(other); r.samples() != 1500 || !says(r.findings, dataset.FindingIdentity, "its number is 7, before it 0") {
		t.Errorf("%d samples, %+v", r.samples(), r.findings)
	}
	// Sessions count their blocks on their own: the same numbers and times are other blocks.
	if r = build(span(0, 2), sealCWA(block(0), func(b []byte) { b[6] = 7 })); r.samples() != 300 || countKind(r.findings, dataset.FindingRepeats) != 0 {
		t.Errorf("%d samples, %+v", r.samples(), r.findings)
	}

	r = build(span(0, 10), sealCWA(block(10), func(b []byte) { b[24] = 0x49 }), span(11, 20)) // 50 Hz
	if r.samples() != 1900 || !says(r.findings, dataset.FindingUnreadable, "1 block of another layout was left out: 10") || len(r.clock.Gaps()) != 1 {
		t.Errorf("%d samples, %+v", r.samples(), r.findings)
	}
}

func TestCWARefusals(t *testing.T) {
	good := cwaBytes([]int{0, 1, 2}, func(int, int) [3]int32 { return [3]int32{1, 2, 3} })
	for name, c := range map[string]struct {
		b    []byte
		says string
	}{
		"cut header":     {good[:700], "byte 700"},
		"no whole block": {good[:cwaHeaderLen+500], "inside block 0"},
		"nothing but it": {good[:cwaHeaderLen], "no readable block"},
		"all corrupt":    {append(append([]byte{}, good[:cwaHeaderLen+100]...), append([]byte{9}, good[cwaHeaderLen+101:cwaHeaderLen+512]...)...), "1 block fails the checksum"},
	} {
		m := &memory{}
		report := importInto(t, m, Options{}, writeFile(t, filepath.Join(t.TempDir(), "a.cwa"), c.b))
		if len(m.sessions) != 0 || len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, c.says) {
			t.Errorf("%s: %+v does not say %q", name, report.Refused, c.says)
		}
	}
}

func FuzzCWASector(f *testing.F) {
	f.Add(cwaBytes([]int{5}, func(_, i int) [3]int32 { return [3]int32{int32(i), 0, 0} })[cwaHeaderLen:])
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < cwaSectorLen {
			return
		}
		b = b[:cwaSectorLen]
		var sum uint16
		for i := 0; i < 510; i += 2 {
			sum += binary.LittleEndian.Uint16(b[i:])
		}
		binary.LittleEndian.PutUint16(b[510:], -sum)
		s, err := parseCWASector(b, &cwaCodes{})
		if err == nil && (len(s.codes) < 3 || !(s.rate > 0) || math.IsNaN(s.start)) {
			t.Fatalf("%+v", s)
		}
	})
}

// A sector of nine axes holds the gyroscope, the accelerometer and the
// magnetometer; one of the first firmware its rate in the offset's place and no
// checksum.
func TestCWANineAxesAndFirstFirmware(t *testing.T) {
	b := cwaBytes([]int{5}, func(_, _ int) [3]int32 { return [3]int32{} })[cwaHeaderLen:]
	b[25], b[28], b[29] = 9<<4|2, 2, 0
	binary.LittleEndian.PutUint16(b[18:], 3<<13|4<<10)
	for i := range 18 {
		binary.LittleEndian.PutUint16(b[30+2*i:], uint16(i+1))
	}
	var sum uint16
	for i := 0; i < 510; i += 2 {
		sum += binary.LittleEndian.Uint16(b[i:])
	}
	binary.LittleEndian.PutUint16(b[510:], -sum)
	s, err := parseCWASector(b, &cwaCodes{})
	if err != nil || len(s.codes) != 9 || s.accScale != 1.0/2048 || s.gyroScale != 500.0/32768 {
		t.Fatalf("%+v, %v", s, err)
	}
	for c, want := range []int32{4, 5, 6, 1, 2, 3, 7, 8, 9} {
		if s.codes[c][0] != want || s.codes[c][1] != want+9 {
			t.Errorf("channel %d holds %v", c, s.codes[c])
		}
	}
	channels := s.channels()
	if len(channels) != 9 || channels[8].Kind != "magnetometer" || channels[8].Unit != "uT" || channels[8].Scale != 1.0/16 {
		t.Errorf("%+v", channels)
	}
	early := cwaBytes([]int{5}, func(_, i int) [3]int32 { return [3]int32{int32(i), 0, 0} })[cwaHeaderLen:]
	early[24], early[510] = 0, early[510]+1
	binary.LittleEndian.PutUint16(early[26:], 50)
	if s, err := parseCWASector(early, &cwaCodes{}); err != nil || s.rate != 50 || s.codes[0][3] != 3 {
		t.Errorf("%+v, %v", s, err)
	}
}

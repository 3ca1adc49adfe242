package codec

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"

	"pgregory.net/rapid"
)

func TestUnpack13(t *testing.T) {
	x, y, z := unpack13([]byte{0x18, 0x1c, 0x7d, 0xe0, 0xf8})
	if x != -1000 || y != 1000 || z != -456 {
		t.Errorf("got %d %d %d", x, y, z)
	}
	rapid.Check(t, func(t *rapid.T) {
		axis := rapid.Int32Range(-4096, 4095)
		a, b, c := axis.Draw(t, "x"), axis.Draw(t, "y"), axis.Draw(t, "z")
		spare := rapid.Uint64Range(0, 1).Draw(t, "spare")
		x, y, z := unpack13(pack13(a, b, c, spare))
		if x != a || y != b || z != c {
			t.Fatalf("packed %d %d %d, got %d %d %d", a, b, c, x, y, z)
		}
	})
}

func pack13(x, y, z int32, spare uint64) []byte {
	v := uint64(x)&0x1fff | uint64(y)&0x1fff<<13 | uint64(z)&0x1fff<<26 | spare<<39
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	return b[:5]
}

// plainRead is a second reader, written to be obviously right: it goes through
// a folder's files and counts what is new.
type plainRead struct {
	samples, jumps, repeats int
	perFile                 map[string]int
	sum                     [3]int64
}

func readPlainly(t *testing.T, dir string) plainRead {
	t.Helper()
	got := plainRead{perFile: map[string]int{}}
	seen := map[string]bool{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".raw" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		last := -1
		for len(b) > 0 {
			n := int(b[1])
			key := fmt.Sprint(b[5], b[6:14])
			if !seen[key] {
				seen[key] = true
				got.samples += n
				got.perFile[e.Name()] += n
				if last >= 0 && (last+1)%256 != int(b[5]) {
					got.jumps++
				}
				last = int(b[5])
				for i := 0; i < n; i++ {
					var v int64
					for k := 4; k >= 0; k-- {
						v = v<<8 | int64(b[16+i*5+k])
					}
					for axis := 0; axis < 3; axis++ {
						a := v >> (13 * axis) % 8192
						if a >= 4096 {
							a -= 8192
						}
						got.sum[axis] += a
					}
				}
			} else {
				got.repeats++
			}
			b = b[16+n*5:]
		}
	}
	return got
}

func TestPebbleSessionsMatchAPlainReader(t *testing.T) {
	for _, name := range []string{"jan-arms-24-05", "jan-arms-11-06", "jan-chest-06-06", "andrew-mixed-21-05", "jan-core-30-05"} {
		t.Run(name, func(t *testing.T) {
			dir := data(t, "muvr", "pebble-sessions", name)
			want := readPlainly(t, dir)
			s, done := importOne(t, Options{}, dir)
			if done.Samples != int64(want.samples) || done.Recordings != 1 {
				t.Errorf("%d samples in %d recordings, want %d in 1", done.Samples, done.Recordings, want.samples)
			}
			r := s.recordings[0]
			for axis, sum := range want.sum {
				var got int64
				for _, v := range r.codes[axis] {
					got += int64(v)
				}
				if got != sum {
					t.Errorf("axis %d adds up to %d, want %d", axis, got, sum)
				}
			}
			if got := countKind(r.findings, dataset.FindingGap); got != want.jumps {
				t.Errorf("%d lost stretches named, the sequence numbers jump %d times", got, want.jumps)
			}
			if !says(s.findings, dataset.FindingRepeats, fmt.Sprintf("%d of ", want.repeats)) {
				t.Errorf("%d repeats not counted: %v", want.repeats, s.findings)
			}
			if r.measured < 48.5 || r.measured > 49.1 {
				t.Errorf("true rate %.3f Hz", r.measured)
			}
			if c := r.spec.Channels[1]; c.Unit != "g" || c.Scale != 0.001 {
				t.Errorf("channel %+v", c)
			}
			for _, f := range r.findings {
				if f.Kind == dataset.FindingGap && (f.LengthS < 1.9 || f.Sample <= 0 || f.AtS <= 0) {
					t.Errorf("a gap without place or length: %+v", f)
				}
			}
			gaps := len(r.clock.Gaps())
			if want := countKind(r.findings, dataset.FindingGap) + countKind(r.findings, dataset.FindingNote); gaps != want {
				t.Errorf("the clock has %d holes, findings name %d", gaps, want)
			}
		})
	}
}

func TestPebbleLabels(t *testing.T) {
	s, _ := importOne(t, Options{}, data(t, "muvr", "pebble-sessions", "jan-arms-24-05"))
	want := readPlainly(t, data(t, "muvr", "pebble-sessions", "jan-arms-24-05"))
	if len(s.labels) != 52 { // 56 lines, 4 of them crossed out
		t.Fatalf("%d labels", len(s.labels))
	}
	first := s.labels[0]
	if first.Exercise != "arms/straight-bar-biceps-curl" || *first.Attributes.WeightKg != 35 || *first.Attributes.Repetitions != 20 ||
		first.Kind != dataset.KindExercise || first.Set != "imported" {
		t.Errorf("first label %+v", first)
	}
	if first.Start != 0 || first.End != int64(want.perFile["1.raw"]) {
		t.Errorf("first label spans %d to %d, its file holds %d samples", first.Start, first.End, want.perFile["1.raw"])
	}
	last := s.labels[len(s.labels)-1]
	if last.End != int64(want.samples) || last.End-last.Start != int64(want.perFile["56.raw"]) {
		t.Errorf("last label spans %d to %d of %d", last.Start, last.End, want.samples)
	}
	for _, l := range s.labels {
		if strings.HasSuffix(l.Exercise, "dips") && (l.Attributes.WeightKg != nil || l.Attributes.Extra["weight"] != "bodyweight") {
			t.Errorf("a bodyweight exercise with a weight: %+v", l)
		}
	}
}

func TestPebbleDuplicateLabelKeys(t *testing.T) {
	s, _ := importOne(t, Options{}, data(t, "muvr", "pebble-sessions", "jan-arms-11-06"))
	var found []string
	for _, f := range s.findings {
		if f.Kind == dataset.FindingLabels {
			found = append(found, f.Message)
		}
	}
	if len(found) != 2 || !strings.Contains(found[0], "names 20 twice: line 20") || !strings.Contains(found[0], "line 22") ||
		!strings.Contains(found[0], "20=arms,triceps-dips,,-1,20") || !strings.Contains(found[0], "20=arms,triceps-dips,,-1,18") {
		t.Errorf("findings %q", found)
	}
	if len(s.labels) != 31 || *s.labels[19].Attributes.Repetitions != 18 {
		t.Errorf("%d labels; the twentieth has %d repetitions", len(s.labels), *s.labels[19].Attributes.Repetitions)
	}
}

func TestPebbleKeepsNoName(t *testing.T) {
	m := &memory{people: []dataset.Participant{{ID: "P01"}}}
	root := data(t, "muvr", "pebble-sessions")
	asNew := func(Question) (string, error) { return NewParticipant, nil }
	report := importInto(t, m, Options{Ask: asNew}, filepath.Join(root, "jan-arms-24-05"), filepath.Join(root, "andrew-mixed-21-05"), filepath.Join(root, "jan-core-30-05"))
	codes := []dataset.ParticipantID{}
	for _, s := range m.sessions {
		codes = append(codes, s.Participant)
		kept := fmt.Sprintf("%+v %+v %+v", s.Session, s.findings, s.labels)
		for _, r := range s.recordings {
			kept += fmt.Sprintf("%+v %+v", r.spec, r.findings)
		}
		for _, name := range []string{"jan", "andrew"} {
			if strings.Contains(strings.ToLower(kept), name) {
				t.Errorf("the study would hold the name %q", name)
			}
		}
	}
	if fmt.Sprint(codes) != "[P02 P03 P02]" {
		t.Errorf("codes %v, want the same one for the same person and none that the study has", codes)
	}
	if report.Imported[0].Source != filepath.Join(root, "jan-arms-24-05") {
		t.Errorf("the report names the source %q", report.Imported[0].Source)
	}
	if got := m.sessions[0].Source; got != "pebble arms" {
		t.Errorf("source label %q", got)
	}
}

func TestPebbleRefusesWholeSessions(t *testing.T) {
	packet := func(seq byte, millis uint64) []byte {
		b := make([]byte, 16, 116)
		b[0], b[1], b[2], b[3], b[5] = 0xad, 20, 50, 5, seq
		binary.LittleEndian.PutUint64(b[6:], millis)
		binary.LittleEndian.PutUint16(b[14:], 400)
		for i := 0; i < 20; i++ {
			b = append(b, pack13(int32(i), 0, 1000, 0)...)
		}
		return b
	}
	const t0 = 1432500000000
	good := append(packet(1, t0), packet(2, t0+400)...)
	for name, broken := range map[string]struct {
		content []byte
		reason  string
	}{
		"truncated packet": {good[:200], "2.raw, byte 116: the packet is cut short"},
		"truncated header": {append(append([]byte(nil), good...), 0xad, 20), "2.raw, byte 232: a packet header is cut short"},
		"empty file":       {nil, "2.raw: the file is empty"},
		"other content":    {[]byte("hello, this is not a packet"), "2.raw, byte 0: not a packet"},
		"bad second type":  {append(append([]byte(nil), good...), make([]byte, 300)...), "2.raw, byte 232: 0x00 is not a packet type"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			writeFile(t, filepath.Join(root, "a", "1.raw"), good)
			writeFile(t, filepath.Join(root, "a", "2.raw"), broken.content)
			writeFile(t, filepath.Join(root, "b", "1.raw"), good)
			m := &memory{}
			report := importInto(t, m, Options{}, root)
			if len(m.sessions) != 1 || len(m.sessions[0].recordings[0].codes[0]) != 40 {
				t.Errorf("the rest of the batch did not come in: %+v", report)
			}
			if len(report.Refused) != 1 || report.Refused[0].Source != filepath.Join(root, "a") || !strings.HasPrefix(report.Refused[0].Reason, broken.reason) {
				t.Errorf("refused %+v", report.Refused)
			}
		})
	}
}

func TestPebbleOddLabelLines(t *testing.T) {
	labels, findings, err := readPebbleLabels("labels.txt", strings.NewReader("\ufeff1=arms,curl,left;high,10.5,8\r\n\nsecond line\n2=arms,curl,,ten,8\n=,,,,\n3=core,plank,,0,0\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(labels) != 2 || len(findings) != 3 {
		t.Fatalf("%d labels, findings %v", len(labels), findings)
	}
	a := labels[1].attributes()
	if a.Side != "left" || *a.WeightKg != 10.5 || *a.Repetitions != 8 || a.Extra["extra"] != "left;high" {
		t.Errorf("attributes %+v", a)
	}
	if a := labels[3].attributes(); a.WeightKg != nil || a.Repetitions != nil || a.Extra != nil {
		t.Errorf("attributes of a line that says nothing: %+v", a)
	}
	for i, want := range []string{"line 3", "line 4", "line 5"} {
		if !strings.Contains(findings[i].Message, want) {
			t.Errorf("finding %d: %s", i, findings[i].Message)
		}
	}
}

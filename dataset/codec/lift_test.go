package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"
)

func TestLiftPackets(t *testing.T) {
	root := data(t, "muvr", "lift")
	m := &memory{}
	report := importInto(t, m, Options{}, filepath.Join(root, "measured"))
	samples := 0
	for _, s := range m.sessions {
		for _, r := range s.recordings {
			samples += r.samples()
			if r.spec.NominalHz != 100 || r.spec.Channels[0].Unit != "g" {
				t.Errorf("%s: %+v", s.Source, r.spec)
			}
		}
		if !says(s.findings, dataset.FindingRepeats, "were read once") {
			t.Errorf("%s: the parts of all.dat are not named: %v", s.Source, s.findings)
		}
	}
	if len(m.sessions) != 11 || samples != 86*124 || len(report.Refused) != 0 {
		t.Errorf("%d sessions, %d samples, refused %v", len(m.sessions), samples, report.Refused)
	}
}

func TestLiftCapturesOfOneFolderStayApart(t *testing.T) {
	root := data(t, "muvr", "lift")
	m := &memory{}
	importInto(t, m, Options{}, root)
	if len(m.sessions) != 14 { // eleven folders, and a file of each wrapping
		t.Errorf("%d sessions", len(m.sessions))
	}
}

func TestLiftOlderHeader(t *testing.T) {
	s, done := importOne(t, Options{}, data(t, "muvr", "lift", "arms1.adv1"))
	// Its first sample: 78 01 4a c0 73.
	x, y, z := unpack13([]byte{0x78, 0x01, 0x4a, 0xc0, 0x73})
	r := s.recordings[0]
	if r.samples() != 33*56 || r.codes[0][0] != x || r.codes[1][0] != y || r.codes[2][0] != z || !near(done.DurationS, 18.48, 1e-9) {
		t.Errorf("%d samples over %g s from %d %d %d", r.samples(), done.DurationS, r.codes[0][0], r.codes[1][0], r.codes[2][0])
	}
}

func TestLiftContainer(t *testing.T) {
	s, _ := importOne(t, Options{}, data(t, "muvr", "lift", "ad-bd.mp"))
	if len(s.recordings) != 2 || s.recordings[0].spec.Placement != "waist" || s.recordings[0].samples() != 124 ||
		s.recordings[1].spec.Channels[0].Kind != "gyroscope" || s.recordings[1].spec.Channels[0].Unit != "rad/s" {
		t.Errorf("%d recordings: %+v", len(s.recordings), s.recordings[0].spec)
	}
}

func TestLiftTruncated(t *testing.T) {
	packet := append([]byte{0xad, 3, 100, 5, 0}, make([]byte, 15)...)
	box := append([]byte{0xca, 0xb1, 1, 0, 0, 0, 9, 0, byte(len(packet)), 1}, packet...)
	for name, c := range map[string]struct {
		content []byte
		reason  string
	}{
		"bare":        {append(append([]byte(nil), packet...), packet[:12]...), "p.dat, byte 25: a packet of 3 samples is cut short: 7 of 15 bytes"},
		"container":   {box[:20], "p.dat, byte 15: a packet of 3 samples is cut short"},
		"too narrow":  {append([]byte{0xca, 0xb1, 1, 0, 0, 0, 9, 0, 9, 1}, packet...), "p.dat, byte 10: a packet of 3 samples does not fit the 9 bytes"},
		"other place": {append([]byte{0xca, 0xb1, 1, 0, 0, 0, 9, 0, 20, 9}, packet...), "p.dat, byte 9: 0x09 is not a place"},
	} {
		m := &memory{}
		report := importInto(t, m, Options{}, writeFile(t, filepath.Join(t.TempDir(), "p.dat"), c.content))
		if len(m.sessions) != 0 || len(report.Refused) != 1 || !strings.HasPrefix(report.Refused[0].Reason, c.reason) {
			t.Errorf("%s: %+v", name, report)
		}
	}
}

func FuzzLiftPackets(f *testing.F) {
	f.Add([]byte{0xad, 1, 100, 0, 0, 1, 2, 3, 4, 5})
	f.Add(binary.BigEndian.AppendUint16(nil, liftContainerMark))
	f.Fuzz(func(t *testing.T, b []byte) {
		held := 0
		err := scanLift("f", bytes.NewReader(b), func(p liftPacket) error {
			held += len(p.payload)
			return nil
		})
		var input *InputError
		if err != nil && !errors.As(err, &input) || held > len(b) {
			t.Fatalf("%d bytes of samples from %d, %v", held, len(b), err)
		}
	})
}

package codec

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// asLog writes a packet file as the phone's log has it.
func asLog(raw []byte) string {
	var b strings.Builder
	b.WriteString("2015-05-24 10:00:00.001 Muvr[123:4567] session started\n")
	for len(raw) > 0 {
		n := pebbleHeaderLen + int(raw[1])*int(raw[3])
		text := hex.EncodeToString(raw[:n])
		var groups []string
		for len(text) > 0 {
			k := min(8, len(text))
			groups, text = append(groups, text[:k]), text[k:]
		}
		fmt.Fprintf(&b, "2015-05-24 10:00:02.050 Muvr[123:4567] <%s>\n", strings.Join(groups, " "))
		raw = raw[n:]
	}
	return b.String()
}

func TestPebbleLogHoldsTheSamePackets(t *testing.T) {
	path := data(t, "muvr", "pebble-sessions", "jan-arms-24-05", "1.raw")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	binary, _ := importOne(t, Options{}, path)
	text, done := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "log.txt"), []byte(asLog(raw))))
	if done.Format != "pebble-log" || fmt.Sprint(text.recordings[0].codes) != fmt.Sprint(binary.recordings[0].codes) || !text.Start.Equal(binary.Start) {
		t.Errorf("the log as %s has %d samples, the packets %d", done.Format, text.recordings[0].samples(), binary.recordings[0].samples())
	}
}

func TestPebbleLogCutShort(t *testing.T) {
	packet := make([]byte, 16+10)
	packet[0], packet[1], packet[2], packet[3] = 0xad, 2, 50, 5
	binary.LittleEndian.PutUint64(packet[6:], 1432500000000)
	log := asLog(packet)
	for cut, want := range map[int]string{
		len(log) - 3: "log.txt, row 2: the packet has no closing >",
		0:            "log.txt, row 2: the packet's 2 samples need 10 bytes, the line has 9",
	} {
		text := log[:cut]
		if cut == 0 {
			text = strings.Replace(log, "00>", ">", 1)
		}
		m := &memory{}
		report := importInto(t, m, Options{}, writeFile(t, filepath.Join(t.TempDir(), "log.txt"), []byte(text)))
		if len(m.sessions) != 0 || !strings.HasPrefix(report.Refused[0].Reason, want) {
			t.Errorf("%+v, want %s", report.Refused, want)
		}
	}
}

func FuzzPebbleLog(f *testing.F) {
	f.Add([]byte("2015-05-24 10:00:02.050 Muvr[1:2] <ad>\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		held := 0
		_ = scanPebbleLog("f", bytes.NewReader(b), maphash.MakeSeed(), func(_ pebblePacket, payload []byte) error {
			held += len(payload)
			return nil
		})
		if held*2 > len(b) {
			t.Fatalf("%d bytes of samples from %d of text", held, len(b))
		}
	})
}

func TestSensorRows(t *testing.T) {
	var b strings.Builder
	b.WriteString("\"timestamp\",\"location\",\"rate\",\"type\",\"x\",\"y\",\"z\"\r\n")
	for i := 0; i < 5000; i++ {
		fmt.Fprintf(&b, "%d,\"wrist.0\",100,\"AccelerometerValue\",%d,-2,1000\r\n%d,\"any.1\",50,\"RotationValue\",3,4,5\r\n", i, i, i)
		if i%100 == 0 {
			fmt.Fprintf(&b, "%d,\"any.0\",1,\"HeartRate\",72,,\r\n", i)
		}
	}
	path := writeFile(t, filepath.Join(t.TempDir(), "f.csv"), []byte(b.String()))
	s, _ := importOne(t, Options{}, path)
	var got []string
	for _, r := range s.recordings {
		got = append(got, fmt.Sprintf("%s/%s %g Hz %d %s", r.spec.Placement, r.spec.Channels[0].Kind, r.spec.NominalHz, r.samples(), r.spec.Channels[0].Unit))
	}

	if fmt.Sprint(got) != "[wrist/accelerometer 100 Hz 5000 g unknown-2/gyroscope 50 Hz 5000 rad/s unknown/heart-rate 1 Hz 50 1/min]" {
		t.Errorf("got %q", got)
	}
	if v := s.recordings[0].series(0)[4999]; v != 4.999 {
		t.Errorf("last x is %g g", v)
	}
	m := &memory{}
	report := importInto(t, m, Options{}, writeFile(t, path, []byte(b.String()+"5000,\"wrist.0\",100,\"AccelerometerValue\",1.5,0,0\n")))
	if len(m.sessions) != 0 || !strings.HasPrefix(report.Refused[0].Reason, `f.csv, row 10052: column 5 (x): "1.5" is not a whole number`) {
		t.Errorf("%+v", report.Refused)
	}
}

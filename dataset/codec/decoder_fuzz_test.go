package codec

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"onset/dataset"
)

// Bounds that every decoder keeps on any input: bytes allocated in all, of
// which only a part is alive at any time, and time.
const (
	fuzzBytes    = 64 << 20
	fuzzPerInput = 256
	fuzzTime     = 20 * time.Second
	fuzzLongest  = 1 << 20
)

// counting is a store that counts samples and keeps none.
type counting struct{ sessions int }

type countingSession struct{ store *counting }

type countingRecording struct{ channels int }

func (*counting) participants(context.Context) ([]dataset.Participant, error) { return nil, nil }
func (*counting) withdrawals(context.Context) ([]time.Time, error)            { return nil, nil }
func (c *counting) begin(context.Context, dataset.Session) (sink, error) {
	return countingSession{c}, nil
}
func (countingSession) addRecording(_ context.Context, spec recordingSpec) (recordingSink, error) {
	return &countingRecording{len(spec.Channels)}, nil
}
func (countingSession) addFindings([]dataset.Finding)        {}
func (countingSession) addEvents([]dataset.Event)            {}
func (countingSession) addLabels([]dataset.Label)            {}
func (countingSession) setStart(time.Time, string)           {}
func (countingSession) setParticipant(dataset.ParticipantID) {}
func (countingSession) setSheet(dataset.Participant)         {}
func (countingSession) abort() error                         { return nil }
func (s countingSession) checkTwins(context.Context, bool) ([]dataset.Finding, error) {
	return nil, nil
}
func (s countingSession) commit(context.Context) (dataset.SessionID, error) {
	s.store.sessions++
	return "s", nil
}

func (r *countingRecording) Append(_ context.Context, v [][]float64) error {
	for _, c := range v {
		if len(v) != r.channels || len(c) != len(v[0]) {
			return fmt.Errorf("channels of unequal length")
		}
	}
	return nil
}

func (r *countingRecording) AppendCodes(_ context.Context, v [][]int32) error {
	for _, c := range v {
		if len(v) != r.channels || len(c) != len(v[0]) {
			return fmt.Errorf("channels of unequal length")
		}
	}
	return nil
}
func (*countingRecording) AppendDeviceTimes(context.Context, []int64) error { return nil }
func (*countingRecording) Finish(_ context.Context, c dataset.Clock, _ float64, _ []dataset.Finding) (dataset.RecordingID, error) {
	return "r", c.Validate()
}

// fuzzImport imports a folder of files and holds the decoders to their bounds.
func fuzzImport(t *testing.T, files map[string][]byte) Report {
	dir := t.TempDir()
	size := 0
	for name, b := range files {
		if size += len(b); size > fuzzLongest {
			t.Skip("too long to be quick")
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), fuzzTime)
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	store := &counting{}
	report, err := run(ctx, store, []string{dir}, Options{Ask: func(q Question) (string, error) { return q.Choices[0].Key, nil }}, nil)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > fuzzBytes+fuzzPerInput*uint64(size) {
		t.Fatalf("%d bytes allocated for an input of %d", used, size)
	}
	if len(report.Imported) != store.sessions {
		t.Fatalf("%d sessions reported, %d in the study", len(report.Imported), store.sessions)
	}
	for _, r := range report.Refused {
		if r.Reason == "" || strings.Contains(r.Reason, "decoder failed") {
			t.Fatalf("%s: %q", r.Source, r.Reason)
		}
	}
	return report
}

// FuzzCWA reads whole files; sectors get the checksum that lets them in.
func FuzzCWA(f *testing.F) {
	f.Add(cwaBytes([]int{5, 6, 9}, func(_, i int) [3]int32 { return [3]int32{int32(i), 0, 0} }), true)
	f.Add(cwaBytes([]int{5, 4}, func(_, i int) [3]int32 { return [3]int32{int32(i), 0, 0} }), false)
	f.Fuzz(func(t *testing.T, b []byte, mend bool) {
		b = append([]byte("MD\xfc\x03"), b[min(len(b), 4):]...)
		for at := cwaHeaderLen; mend && at+cwaSectorLen <= len(b); at += cwaSectorLen {
			s := b[at : at+cwaSectorLen]
			s[0], s[1] = 'A', 'X'
			var sum uint16
			for i := 0; i < 510; i += 2 {
				sum += binary.LittleEndian.Uint16(s[i:])
			}
			binary.LittleEndian.PutUint16(s[510:], -sum)
		}
		fuzzImport(t, map[string][]byte{"a.cwa": b})
	})
}

// FuzzGT3X packs the parts of an archive: info.txt, and a log or samples.
func FuzzGT3X(f *testing.F) {
	info := []byte("Serial Number: TAS1D1\nSample Rate: 30\nStart Date: 637043352000000000\nAcceleration Scale: 256,0\nTimeZone: -04:00:00\n")
	f.Add(info, append(gt3xRecordBytes(26, 5, make([]byte, 180)), gt3xRecordBytes(0, 6, make([]byte, 135))...), true)
	f.Add(info, make([]byte, 135), false)
	f.Fuzz(func(t *testing.T, info, log []byte, hasLog bool) {
		name := "activity.bin"
		if hasLog {
			name = "log.bin"
		}
		fuzzImport(t, map[string][]byte{"a.gt3x": zipOf(t, map[string][]byte{"info.txt": info, name: log})})
	})
}

func FuzzGENEActivFile(f *testing.F) {
	f.Add([]byte(geneText([][2]int{{0, 0}, {1, 3}})))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzImport(t, map[string][]byte{"g.bin": b}) })
}

// FuzzPackets gives one file of packets of any age: A0, A, B, C, D and D0.
func FuzzPackets(f *testing.F) {
	b := make([]byte, 21)
	b[0], b[1], b[2], b[3] = 0xad, 1, 50, 5
	binary.LittleEndian.PutUint64(b[6:], 1432500000000)
	f.Add(b)
	f.Add(append([]byte{0xad, 2, 100, 5, 0}, make([]byte, 10)...))
	f.Add(append([]byte{0xfc, 0xfe, 2, 0, 100}, make([]byte, 10)...))
	f.Add(append([]byte{0xca, 0xb1, 1, 0, 0, 0, 1, 0, 10, 2, 0xbd, 1, 100, 5, 0}, make([]byte, 5)...))
	f.Add(watchBlock(presentOrder, appleWatch, 1, "tal\x00", ramp(4, 3)))
	f.Add(watchBlock(olderOrder, appleWatch, 1, "tal\x00", ramp(4, 3)))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzImport(t, map[string][]byte{"1.raw": b}) })
}

// FuzzPacketLog gives a log as text, and the labels beside a recording.
func FuzzPacketLog(f *testing.F) {
	b := make([]byte, 21)
	b[0], b[1], b[2], b[3] = 0xad, 1, 50, 5
	binary.LittleEndian.PutUint64(b[6:], 1432500000000)
	f.Add([]byte(asLog(b)), []byte("1=arms,curl,,10,8\n"))
	f.Fuzz(func(t *testing.T, log, labels []byte) {
		fuzzImport(t, map[string][]byte{"log.txt": log, "labels.txt": labels, "1.raw": b})
	})
}

// FuzzSevenAndRows gives the two tables of muvr, E and F.
func FuzzSevenAndRows(f *testing.F) {
	f.Add([]byte("0.1,0.2,1,curl,0.5,20,12\n0.1,0.2,1,,,,\n"))
	f.Add([]byte("\"timestamp\",\"location\",\"rate\",\"type\",\"x\",\"y\",\"z\"\n1,\"wrist.0\",100,\"AccelerometerValue\",1,2,3\n"))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzImport(t, map[string][]byte{"t.csv": b}) })
}

func FuzzSensorLogger(f *testing.F) {
	f.Add([]byte("time,seconds_elapsed,z,y,x\n1699734109763076400,0.1,0,0,9.8\n1699734109773076400,0.1,0,0,9.8\n"),
		[]byte("time,seconds_elapsed,rotationRateX,gravityX,gravityY,gravityZ\n1699734109763076400,0.1,0,0,0,1\n"))
	f.Fuzz(func(t *testing.T, accelerometer, wrist []byte) {
		fuzzImport(t, map[string][]byte{"Accelerometer.csv": accelerometer, "WristMotion.csv": wrist})
	})
}

func FuzzSensorLog(f *testing.F) {
	f.Add([]byte("loggingTime(txt),motionGravityX(G),label(N)\n2021-06-17T10:00:00.1+02:00,1,0\n2021-06-17T10:00:00.2+02:00,1,1\n"))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzImport(t, map[string][]byte{"l.csv": b}) })
}

// FuzzEdgeImpulseExport gives a data file and the labels of its export, packed.
func FuzzEdgeImpulseExport(f *testing.F) {
	labels := []byte(`{"version":1,"files":[{"path":"a.1.json","label":{"type":"label","label":"walk"}}]}`)
	f.Add(signedFile(f, "k", json.Marshal), labels)
	f.Add(signedFile(f, "k", cbor.Marshal), labels)
	f.Fuzz(func(t *testing.T, b, labels []byte) {
		name := "a.1.json"
		if len(b) > 0 && b[0]>>5 == 5 {
			name = "a.1.cbor"
		}
		fuzzImport(t, map[string][]byte{name: b, "e.zip": zipOf(t, map[string][]byte{"training/" + name: b, "training/info.labels": labels})})
	})
}

func FuzzMetaMotion(f *testing.F) {
	f.Add([]byte("epoch (ms),time (01:00),elapsed (s),x-axis (g)\n1547219408431,x,0,1\n1547219408511,x,0.08,1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzImport(t, map[string][]byte{"A-bench_MetaWear_x_C42732BE255C_Accelerometer_12.500Hz_1.csv": b,
			"A-bench_MetaWear_x_C42732BE255C_Gyroscope_25.000Hz_1.csv": []byte("epoch (ms),time (01:00),elapsed (s),x-axis (deg/s)\n1547219408431,x,0,1\n1547219408471,x,0.08,1\n")})
	})
}

func FuzzEmpatica(f *testing.F) {
	f.Add([]byte("1680686620.0,1680686620.0,1680686620.0\n32.0,32.0,32.0\n1,2,3\n"), []byte("1680686620.0, IBI\n1.5,0.8\n"), []byte("1680686621.5\n"))
	f.Fuzz(func(t *testing.T, acc, ibi, tags []byte) {
		fuzzImport(t, map[string][]byte{"ACC.csv": acc, "IBI.csv": ibi, "tags.csv": tags, "EDA.csv": acc})
	})
}

func FuzzXsens(f *testing.F) {
	f.Add([]byte("sep=,\nOutputRate:,60Hz\nStartTime: ,2021-08-20_20:21:13_829 GMT+8\nPacketCounter,SampleTimeFine,Acc_X\n1,4294967290,1\n2,17000,1\n"))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzImport(t, map[string][]byte{"Pelvis_1.csv": b}) })
}

func FuzzPhyphox(f *testing.F) {
	f.Add([]byte("\"Time (s)\";\"X (m/s^2)\"\n0,5;1,25\n0,6;1,25\n"),
		[]byte("\"event\",\"experiment time\",\"system time\",\"system time text\"\n\"START\",0E0,1.62E9,\"x\"\n\"PAUSE\",2E0,1.620000002E9,\"x\"\n\"START\",2E0,1.620000009E9,\"x\"\n"))
	f.Fuzz(func(t *testing.T, table, moments []byte) {
		fuzzImport(t, map[string][]byte{"Accelerometer.csv": table, "meta/time.csv": moments})
	})
}

func FuzzBIDSMotion(f *testing.F) {
	f.Add([]byte("1\t2\n1\t3\n"), []byte("name\tcomponent\ttype\tunits\na\tx\tACCEL\tg\nl\tn/a\tLATENCY\ts\n"),
		[]byte(`{"SamplingFrequency":100,"RecordingStartOffset":1,"Simulated":true,"ClockSegments":[{"first":0,"start":1,"rate":1}]}`),
		[]byte("onset\tduration\ttrial_type\ttracksys\tsample\tn_samples\n3\t1\twalk\timu\t0\t1\n"),
		[]byte("participant_id\tage\tsex\thandedness\nsub-01\t34\tF\tleft\n"))
	f.Fuzz(func(t *testing.T, motion, channels, settings, events, people []byte) {
		at := "sub-01/motion/sub-01_task-walk_"
		fuzzImport(t, map[string][]byte{at + "tracksys-imu_motion.tsv": motion, at + "tracksys-imu_channels.tsv": channels,
			at + "tracksys-imu_motion.json": settings, at + "events.tsv": events, "participants.tsv": people})
	})
}

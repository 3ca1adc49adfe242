package codec

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"os"
	"path/filepath"
	"testing"
)

func FuzzPebblePackets(f *testing.F) {
	good := make([]byte, 21)
	good[0], good[1], good[2], good[3] = 0xad, 1, 50, 5
	binary.LittleEndian.PutUint64(good[6:], 1432500000000)
	f.Add(good)
	f.Add(append(good, good[:9]...))
	f.Fuzz(func(t *testing.T, b []byte) {
		var held int64
		err := scanPebble("f.raw", bytes.NewReader(b), maphash.MakeSeed(), func(p pebblePacket, payload []byte) error {
			if len(payload) != p.payload() {
				t.Fatalf("%d payload bytes for a packet of %d", len(payload), p.payload())
			}
			held += pebbleHeaderLen + int64(len(payload))
			return nil
		})
		if err == nil && held != int64(len(b)) {
			t.Fatalf("%d of %d bytes were read", held, len(b))
		}
		var input *InputError
		if err != nil && !errors.As(err, &input) {
			t.Fatalf("%v does not say where", err)
		}
	})
}

func FuzzPebbleLabels(f *testing.F) {
	f.Add([]byte("1=arms,curl,,10,8\n1=x,x,,0,0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		labels, findings, err := readPebbleLabels("labels.txt", bytes.NewReader(b))
		if lines := bytes.Count(b, []byte("\n")) + 1; err == nil && len(labels)+len(findings) > lines+1 {
			t.Fatalf("%d labels and %d findings from %d lines", len(labels), len(findings), lines)
		}
	})
}

// FuzzImport gives arbitrary bytes to every decoder, as a file of a folder.
func FuzzImport(f *testing.F) {
	f.Add("1.raw", []byte("labels.txt"))
	f.Add("t.csv", []byte("0.1,0.2,1,curl,0.5,20,12\n0.1,0.2,1,,,,\n"))
	f.Add("Gravity.csv", []byte("time,seconds_elapsed,z,y,x\n1699734109763076400,0.1,0,0,9.8\n1699734109773076400,0.1,0,0,9.8\n"))
	f.Add("ACC.csv", []byte("1680686620.0,1680686620.0,1680686620.0\n32.0,32.0,32.0\n1,2,3\n"))
	f.Add("IBI.csv", []byte("1680686620.0, IBI\n1.5,0.8\n"))
	f.Add("p.csv", []byte("sep=,\nOutputRate:,60Hz\nStartTime: ,2021-08-20_20:21:13_829 GMT+8\nPacketCounter,SampleTimeFine,Acc_X\n1,4294967290,1\n2,17000,1\n"))
	f.Add("a.csv", []byte("\"Time (s)\";\"X (m/s^2)\"\n0,5;1,25\n0,6;1,25\n"))
	f.Add("A-bench_MetaWear_x_C42732BE255C_Accelerometer_12.500Hz_1.csv", []byte("epoch (ms),time (01:00),elapsed (s),x-axis (g)\n1547219408431,x,0,1\n"))
	f.Add("l.csv", []byte("loggingTime(txt),motionGravityX(G),label(N)\n2021-06-17T10:00:00.1+02:00,1,0\n"))
	f.Add("sub-1_motion.tsv", []byte("1\t2\n"))
	f.Add("f.csv", []byte("\"timestamp\",\"location\",\"rate\",\"type\",\"x\",\"y\",\"z\"\n1,\"wrist.0\",100,\"AccelerometerValue\",1,2,3\n"))
	f.Add("log.txt", []byte("2015-05-24 10:00:02.050 Muvr[1:2] <ad013205 0000d0ef a0864d01 00002800 01020304 05>\n"))
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		name = filepath.Base(filepath.Clean("/" + name))
		path := filepath.Join(t.TempDir(), name)
		if len(name) > 60 || os.WriteFile(path, b, 0o600) != nil {
			t.Skip("not a file name here")
		}
		m := &memory{}
		report, err := run(context.Background(), m, []string{filepath.Dir(path)}, Options{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(report.Imported) + len(report.Refused) + len(report.Skipped); n != 1 {
			t.Fatalf("one file became %d lines of the report: %+v", n, report)
		}
		if len(report.Imported) != len(m.sessions) {
			t.Fatalf("%d sessions reported, %d in the study", len(report.Imported), len(m.sessions))
		}
	})
}

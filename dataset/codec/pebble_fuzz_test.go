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

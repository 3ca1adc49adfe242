package privacy

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestScanFindsHowPeopleWriteNamesDatesAndNumbers(t *testing.T) {
	var k Keys
	k.Add("P01", "Anneliese Müller-Meier")
	k.Add("P02", "Björn Öst")
	k.Add("P03", "0041791234567")
	k.Add("P04", "1979-05-17")
	s := NewScanner(k)
	for code, forms := range map[string][]string{
		"P01": {"Müller-Meier, Anneliese", "Müller-Meier,Anneliese", "Müller-Meier;Anneliese", "MÜLLER-MEIER Anneliese", "Anneliese Müller-\nMeier", "Frau Müller-\r\n  Meier kam",
			"mueller-meier", "Muller-Meier, Anneliese", "anneliese.mueller-meier@x.ch", "Mueller-Meier\tAnneliese", "anneliese_muller_meier"},
		"P02": {"Bjoern Oest", "Bjorn Ost", "bjoern.oest", "Ost, Bjorn", "OEST;BJOERN"},
		"P03": {"+41 79 123 45 67", "+41-79-123-45-67", "079 123 45 67", "079-123-45-67", "0791234567", "+41791234567", "0041 79 123 45 67", "+41 (0)79 123 45 67", "079/123 45 67", "079.123.45.67"},
		"P04": {"17.05.1979", "17.5.1979", "17/05/1979", "05/17/1979", "19790517", "17 May 1979", "May 17, 1979", "17. Mai 1979", "1979/05/17", "17-May-1979"},
	} {
		for _, form := range forms {
			hits := scan(t, s, []byte("a row, "+form+"; and on"))
			if len(hits) == 0 || hits[0].Code != code {
				t.Errorf("%q of %s gives %+v", form, code, hits)
			}
		}
	}
	for _, innocent := range []string{"Meier, Anna", "Müller kam", "an ost wind", "Bjorn Berg", "Oster", "123 45 67", "45 67", "0.0791234567", "10791234567", "x=17.05,1980", "1979", "May 1979", "917.05.19790", "79 123", "319790517", "0.19790517"} {
		if hits := scan(t, s, []byte("a row, "+innocent+"; and on")); len(hits) != 0 {
			t.Errorf("%q gives %+v", innocent, hits)
		}
	}
}

// A table of samples is full of numbers: none of them is a date or a telephone.
func TestScanFindsNoPeopleAmongSamples(t *testing.T) {
	var k Keys
	for i := range 30 {
		k.Add(fmt.Sprintf("P%02d", i), fmt.Sprintf("19%02d-%02d-%02d", 40+i, 1+i%12, 1+i%28))
		k.Add(fmt.Sprintf("P%02d", i), fmt.Sprintf("004179%07d", 1234567+i*31337))
	}
	var rows bytes.Buffer
	x := uint32(1)
	for i := range 20000 {
		x = x*1664525 + 1013904223
		fmt.Fprintf(&rows, "%d,%.6f,%.4f,%d\n", 1700000000000+int64(i)*10, float64(x)/3e8, float64(x>>8)/1e5-50, x)
	}
	if hits := scan(t, NewScanner(k), rows.Bytes()); len(hits) != 0 {
		t.Errorf("%d hits, the first %+v", len(hits), hits[0])
	}
}

func hundredPeople() Keys {
	var k Keys
	for i := range 100 {
		k.Add(fmt.Sprintf("P%03d", i), fmt.Sprintf("Anneliese%d Müller-Meier%d", i, i), fmt.Sprintf("19%02d-%02d-%02d", 30+i%60, 1+i%12, 1+i%28), fmt.Sprintf("004179%07d", 1234567+i*31337))
	}
	return k
}

// BenchmarkScan looks for a hundred people with name, date of birth and telephone
// number; "read" is what reading the same bytes costs.
func BenchmarkScan(b *testing.B) {
	dir := b.TempDir()
	samples := make([]byte, 1<<20)
	x := uint32(1)
	for i := 0; i < len(samples); i += 4 {
		x = x*1664525 + 1013904223
		binary.LittleEndian.PutUint32(samples[i:], math.Float32bits(float32(x)/3e8))
	}
	table := []byte(strings.Repeat("1700000000000,0.125,-9.81,Anna Meier went to 17 Hill Street;\n", 1<<14))
	s := NewScanner(hundredPeople())
	for _, one := range []struct {
		name string
		data []byte
	}{{"table", table}, {"samples", samples}} {
		path := filepath.Join(dir, one.name)
		if err := os.WriteFile(path, one.data, 0o600); err != nil {
			b.Fatal(err)
		}
		file := func(b *testing.B, use func(f *os.File) error) {
			b.SetBytes(int64(len(one.data)))
			for b.Loop() {
				f, err := os.Open(path)
				if err == nil {
					err = errors.Join(use(f), f.Close())
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		buf := make([]byte, scanBuffer)
		b.Run(one.name+"/read", func(b *testing.B) {
			file(b, func(f *os.File) error {
				_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{f}, buf)
				return err
			})
		})
		b.Run(one.name+"/scan", func(b *testing.B) {
			file(b, func(f *os.File) error { return s.ScanReader(context.Background(), one.name, f, func(Hit) {}) })
		})
	}
}

// BenchmarkNewScanner prepares the search for a hundred people.
func BenchmarkNewScanner(b *testing.B) {
	k := hundredPeople()
	for b.Loop() {
		NewScanner(k)
	}
}

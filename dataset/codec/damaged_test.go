package codec

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"onset/dataset"
)

// What is whole of a damaged file comes in, and what is not is named.
func TestTheWholePartsOfDamagedFilesComeIn(t *testing.T) {
	read := func(parts ...string) []byte {
		b, err := os.ReadFile(data(t, parts...))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	cwa := read("vendor", "axivity_cwa", "ax3_testfile.cwa")
	gene := read("vendor", "geneactiv", "GENEActiv_testfile.bin")
	whole := func(name string, b []byte) int {
		s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), name), b))
		return s.recordings[0].samples()
	}
	digit := bytes.Index(gene, []byte("Measurement Frequency"))
	digit += 12000 // beyond the first pages
	digit += bytes.Index(gene[digit:], []byte("Measurement Frequency"))
	digit += bytes.IndexByte(gene[digit:], '\n') + 500
	badDigit := slices.Clone(gene)
	badDigit[digit] = 'Z'
	for _, c := range []struct {
		name, file string
		content    []byte
		lost       int
		says       string
		gaps       int
	}{
		{"cut inside a block", "a.cwa", cwa[:cwaHeaderLen+512*100+40], whole("w.cwa", cwa) - whole("v.cwa", cwa[:cwaHeaderLen+512*100]), "The file ends inside block 100 (40 of its 512 bytes are there", -1},
		{"stray bytes", "b.cwa", slices.Concat(cwa[:cwaHeaderLen+512*30], bytes.Repeat([]byte{0xff}, 100), cwa[cwaHeaderLen+512*30:]), 0, "100 at byte 16384", 0},
		{"a bad digit", "c.bin", badDigit, geneSamples, "1 page could not be read and was left out: page ", 1},
	} {
		s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), c.file), c.content))
		r := s.recordings[0]
		if want := whole(filepath.Base(c.file), map[string][]byte{".cwa": cwa, ".bin": gene}[filepath.Ext(c.file)]) - c.lost; r.samples() != want {
			t.Errorf("%s: %d samples, want %d", c.name, r.samples(), want)
		}
		if !says(r.findings, dataset.FindingUnreadable, c.says) {
			t.Errorf("%s: %v", c.name, r.findings)
		}
		if c.gaps >= 0 && len(r.clock.Gaps()) != c.gaps {
			t.Errorf("%s: gaps %v", c.name, r.clock.Gaps())
		}
	}
}

func TestACutArchiveIsSaidToBeCut(t *testing.T) {
	b, err := os.ReadFile(data(t, "vendor", "actigraph_gt3x", "ISM_Disabled.gt3x"))
	if err != nil {
		t.Fatal(err)
	}
	report := importInto(t, &memory{}, Options{}, writeFile(t, filepath.Join(t.TempDir(), "c.gt3x"), b[:len(b)/2]))
	if len(report.Refused) != 1 || !bytes.Contains([]byte(report.Refused[0].Reason), []byte("damaged or cut short")) {
		t.Errorf("%+v", report.Refused)
	}
}

func TestAClockThatWasSetIsNoPauseOfDays(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("x_acc,y_acc,z_acc,x_gyro,y_gyro,z_gyro,timestamp,label\n")
	for i := range 6000 {
		at := int64(1685610000000 + 10*i)
		if i > 3000 {
			at += 60 * 86400000
		}
		b.WriteString("0.5,0.1,9.8,0,0,0," + strconv.FormatInt(at, 10) + ",WALKING\n")
	}
	s, in := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "s52_01_sw.csv"), b.Bytes()))
	r := s.recordings[0]
	told := countKind(append(r.findings, s.findings...), dataset.FindingClock)
	if !says(r.findings, dataset.FindingClock, "a clock that was set rather than a pause") || told != 1 || countKind(r.findings, dataset.FindingGap) != 0 || !near(in.DurationS, 60, .1) {
		t.Errorf("%g s: %v", in.DurationS, r.findings)
	}
}

// What cannot be read is refused with what to do, and nothing is passed over in silence.
func TestWhatCannotBeReadSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"header.cwa":  {cwaBytes(nil, nil), "copy it from the device again"},
		"other.bin":   {[]byte{0x13, 0, 0xff, 0xfe, 0x80, 0, 1, 2, 3, 0, 0, 9}, "export it as CSV with the program of the device's maker"},
		"returns.csv": {[]byte("time,x\r0.1,1\r0.2,2\r0.3,3\r0.4,4\r0.5,5\r"), "not a format that Onset knows"},
		"empty.csv":   {nil, "the file is empty"},
	} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, name), c.content)
		report := importInto(t, &memory{}, Options{}, dir)
		if len(report.Refused) != 1 || len(report.Skipped) != 0 || !strings.Contains(report.Refused[0].Reason, c.says) {
			t.Errorf("%s: %+v", name, report)
		}
	}
}

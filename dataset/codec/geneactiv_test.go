package codec

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"
)

func TestGENEActiv(t *testing.T) {
	s, done := importOne(t, Options{}, data(t, "vendor", "geneactiv", "GENEActiv_testfile.bin"))
	r := s.recordings[0]
	if r.samples() != 4800 || done.Format != "geneactiv" || r.spec.NominalHz != 85.7 {
		t.Fatalf("%d samples, %+v", r.samples(), r.spec)
	}
	if got := s.Start.UnixMilli(); got != 1369905174500 || s.Zone != "Etc/GMT-1" {
		t.Errorf("starts at %d in %q", got, s.Zone)
	}
	for i, want := range []float64{0.74052174, 0.01406699, -0.6439032} {
		if got := r.series(i)[0]; !near(got, want, 6e-9) {
			t.Errorf("first sample of axis %d is %v, want %v", i, got, want)
		}
	}
	if got := r.series(2)[299]; !near(got, -0.80836401, 6e-9) {
		t.Errorf("z of sample 300 is %v", got)
	}
	if got := r.sumAbs(0, 1, 2); !near(got, 7168.4578, 1e-4) {
		t.Errorf("sum of |a| is %.5f", got)
	}
	if !says(r.findings, dataset.FindingNote, "222048 pages; the file holds 16 whole ones") || !says(r.findings, dataset.FindingUnreadable, "inside page 17") {
		t.Errorf("findings %+v", r.findings)
	}
	for _, f := range r.findings {
		if strings.Contains(f.Message, "012967") || strings.Contains(f.Message, "1800") {
			t.Errorf("a finding names the device or subject: %s", f.Message)
		}
	}
}

// geneText writes a file of pages with these sequence numbers and whole seconds.
func geneText(pages [][2]int) string {
	var b strings.Builder
	b.WriteString("Device Identity\r\nDevice Type:GENEActiv\r\nMeasurement Frequency:100 Hz\r\nTime Zone:GMT +00:00\r\nx gain:25600\r\nx offset:0\r\ny gain:25600\r\ny offset:0\r\nz gain:25600\r\nz offset:0\r\nVolts:300\r\nLux:800\r\n")
	for _, p := range pages {
		fmt.Fprintf(&b, "Recorded Data\r\nSequence Number:%d\r\nPage Time:2020-01-01 00:%02d:%02d:000\r\nTemperature:20,5\r\n%s\r\n", p[0], p[1]/60, p[1]%60, strings.Repeat("001fff0ff00a", geneSamples))
	}
	return b.String()
}

func TestGENEActivLostPages(t *testing.T) {
	text := geneText([][2]int{{0, 0}, {1, 3}, {3, 9}})
	s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "g.bin"), []byte(text)))
	r := s.recordings[0]
	gaps := r.clock.Gaps()
	if r.samples() != 900 || len(gaps) != 1 || !near(gaps[0].From, 6, 1e-6) || !near(gaps[0].To, 9, 1e-6) || !says(r.findings, dataset.FindingGap, "jump from 1 to 3") {
		t.Errorf("%d samples, gaps %+v, %+v", r.samples(), gaps, r.findings)
	}
	if x, y, z, light := r.codes[0][0], r.codes[1][0], r.codes[2][0], r.codes[3][0]; x != 1 || y != -1 || z != 255 || light != 2 {
		t.Errorf("codes %d %d %d %d", x, y, z, light)
	}
}

func TestAGENEActivFileShorterThanItsHeaderSaysIsUnreadableOnlyWherePagesAreMissing(t *testing.T) {
	for kind, pages := range map[string][][2]int{dataset.FindingNote: {{0, 0}, {1, 3}}, dataset.FindingUnreadable: {{0, 0}, {2, 6}}} {
		text := strings.Replace(geneText(pages), "Time Zone:", "Number of Pages:9\r\nTime Zone:", 1)
		s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "g.bin"), []byte(text)))
		if r := s.recordings[0]; !says(r.findings, kind, "declares 9 pages; the file holds 2") {
			t.Errorf("%v: %+v", pages, r.findings)
		}
	}
}

func TestGENEActivRefusals(t *testing.T) {
	good := geneText([][2]int{{0, 0}})
	for name, c := range map[string]struct{ text, says string }{
		"a digit that is none": {strings.Replace(good, "001fff", "0zzfff", 1), "row 17"},
		"no calibration":       {strings.Replace(good, "y gain:25600\r\n", "", 1), "y gain"},
		"gain of zero":         {strings.Replace(good, "y gain:25600", "y gain:0", 1), "axis y"},
		"a short page":         {strings.Replace(good, "001fff0ff00a", "", 1), "row 17"},
		"no pages":             {good[:strings.Index(good, "Recorded")], "without any recorded data"},
		"a time that is none":  {strings.Replace(good, "2020-01-01", "2020-21-01", 1), "row 15"},
	} {
		m := &memory{}
		report := importInto(t, m, Options{}, writeFile(t, filepath.Join(t.TempDir(), "g.bin"), []byte(c.text)))
		if len(m.sessions) != 0 || len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, c.says) {
			t.Errorf("%s: %+v does not say %q", name, report.Refused, c.says)
		}
	}
}

func FuzzGENEActiv(f *testing.F) {
	f.Add([]byte(geneText([][2]int{{0, 0}, {1, 3}})))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := &geneDecoder{file: &sourceFile{path: "g.bin"}}
		lines := newLineReader(bytes.NewReader(b))
		if d.readHeader(lines) != nil {
			return
		}
		for {
			p, err := d.readPage(lines)
			if err != nil {
				return
			}
			if len(p.codes) != 4 || len(p.codes[3]) != geneSamples || p.at.IsZero() {
				t.Fatalf("page %+v", p)
			}
		}
	})
}

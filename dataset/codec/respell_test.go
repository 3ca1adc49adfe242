package codec

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"onset/dataset"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// resaved writes a table as a spreadsheet program saves it, in a way of its own:
// cell by cell, with another delimiter, decimal commas and encoding.
func resaved(t testing.TB, text []byte, delimiter string, encode func(string) ([]byte, error)) []byte {
	t.Helper()
	var out strings.Builder
	for _, line := range strings.SplitAfter(string(text), "\n") {
		body := strings.TrimRight(line, "\r\n")
		if delimiter == "," {
			out.WriteString(line)
			continue
		}
		if strings.HasPrefix(body, "sep=") {
			continue // it is taken as an instruction and not kept
		}
		cells := strings.Split(body, ",")
		for i, c := range cells {
			if isNumeralWith(strings.TrimSpace(c), '.') {
				cells[i] = strings.Replace(c, ".", ",", 1)
			}
		}
		out.WriteString(strings.Join(cells, delimiter) + line[len(body):])
	}
	b, err := encode(out.String())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A table of an app that was opened in a spreadsheet program and saved again is
// read as the app's own, value for value.
func TestAppsTablesSavedBySpreadsheetPrograms(t *testing.T) {
	metaMotion := "A-bench-heavy2-rpe8_MetaWear_2019-01-11T16.10.08.270_C42732BE255C_Accelerometer_12.500Hz_1.4.4.csv"
	xsens := func() []byte {
		var b strings.Builder
		b.WriteString("sep=,\nDeviceTag:,a\nOutputRate:,60Hz\nStartTime: ,2021-08-20_20:21:13_829 GMT+5:30\n\nPacketCounter,SampleTimeFine,Acc_X,Acc_Y,Acc_Z\n")
		for i := range 600 {
			fmt.Fprintf(&b, "%d,%d,0.5,%g,9.8\n", i, i*16667, float64(i)/7)
		}
		return []byte(b.String())
	}()
	folders := map[string]map[string][]byte{
		"sensor-logger": {"Accelerometer.csv": loggerCSV("z,y,x", "0.125,-1.5,9.75"), "Gyroscope.csv": loggerCSV("z,y,x", "0.1,-0.2,3"),
			"Metadata.csv": []byte("device name,recording time,recording timezone\na,b,Europe/Prague\n")},
		"empatica-e4": {"EDA.csv": []byte("1680686620.00\n4.000000\n" + strings.Repeat("0.25\n0.5\n", 400)), "tags.csv": []byte("1680686621.25\n"),
			"ACC.csv": []byte("1680686620.00,1680686620.00,1680686620.00\n32.000000,32.000000,32.000000\n" + strings.Repeat("-34,12,51\n1,2,3\n", 500))},
		"xsens-dot": {"Pelvis_20210820_202113_836.csv": xsens},
		"phyphox": {"Accelerometer.csv": tableRows("Time (s),X (m/s^2),Y (m/s^2),Z (m/s^2)", 500, func(i int) string {
			return fmt.Sprintf("%.4f,%g,0.25,9.81", float64(i)/100, float64(i)/8)
		})},
		"metamotion": {metaMotion: tableRows("epoch (ms),time (01:00),elapsed (s),x-axis (g),y-axis (g),z-axis (g)", 200, func(i int) string {
			return fmt.Sprintf("%d,2019-01-11T16:10:08.270,%.3f,%g,0.977,-0.071", 1547219408431+i*80, float64(i*80)/1000, float64(i)/8)
		})},
		"sensorlog": {"log.csv": tableRows("loggingTime(txt),accelerometerAccelerationX(G),motionRotationRateX(rad/s),motionMagneticFieldX(µT)", 300, func(i int) string {
			return fmt.Sprintf("2021-06-17T10:00:%02d.%03d+02:00,%g,0.25,-3.5", i/50, i%50*20, float64(i)/8)
		})},
	}
	utf16 := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	spellings := map[string]struct {
		delimiter string
		encode    func(string) ([]byte, error)
	}{
		"UTF-16":                   {",", func(s string) ([]byte, error) { return utf16.NewEncoder().Bytes([]byte(s)) }},
		"UTF-16, tabs":             {"\t", func(s string) ([]byte, error) { return utf16.NewEncoder().Bytes([]byte(s)) }},
		"UTF-8 with a mark":        {",", func(s string) ([]byte, error) { return append(append([]byte{}, utf8Mark...), s...), nil }},
		"semicolons":               {";", func(s string) ([]byte, error) { return []byte(s), nil }},
		"semicolons and a mark":    {";", func(s string) ([]byte, error) { return append(append([]byte{}, utf8Mark...), s...), nil }},
		"semicolons, Windows-1252": {";", func(s string) ([]byte, error) { return charmap.Windows1252.NewEncoder().Bytes([]byte(s)) }},
		"commas, Windows-1252":     {",", func(s string) ([]byte, error) { return charmap.Windows1252.NewEncoder().Bytes([]byte(s)) }},
	}
	for format, files := range folders {
		plain := t.TempDir()
		for name, b := range files {
			writeFile(t, filepath.Join(plain, name), b)
		}
		want, done := importOne(t, Options{}, plain)
		if done.Format != format {
			t.Fatalf("%s is read as %s", format, done.Format)
		}
		for name, s := range spellings {
			dir := t.TempDir()
			for file, b := range files {
				writeFile(t, filepath.Join(dir, file), resaved(t, b, s.delimiter, s.encode))
			}
			m := &memory{}
			report := importInto(t, m, Options{}, dir)
			if len(m.sessions) != 1 || len(report.Refused) != 0 {
				t.Errorf("%s, %s: %d sessions, refused %v", format, name, len(m.sessions), report.Refused)
				continue
			}
			got := m.sessions[0]
			if report.Imported[0].Format != format || len(got.recordings) != len(want.recordings) || !got.Start.Equal(want.Start) || got.Zone != want.Zone || len(got.events) != len(want.events) || len(got.labels) != len(want.labels) {
				t.Errorf("%s, %s: %+v in %q, %d recordings", format, name, report.Imported[0], got.Zone, len(got.recordings))
				continue
			}
			for i, r := range got.recordings {
				w := want.recordings[i]
				if !reflect.DeepEqual(r.values, w.values) || !reflect.DeepEqual(r.codes, w.codes) || !reflect.DeepEqual(r.clock, w.clock) || !reflect.DeepEqual(r.spec, w.spec) {
					t.Errorf("%s, %s: recording %d differs: %+v, %+v", format, name, i, r.spec, r.clock)
				}
			}
		}
	}
}

// A spreadsheet program that is let do so writes long times with a few digits: they
// are no times any more.
func TestSensorLoggerTimesCutByASpreadsheetProgram(t *testing.T) {
	for name, row := range map[string]string{"comma.csv": "1.69973E+18,%g,0.1,0.2,9.8\n", "semicolon.csv": "1,69973E+18;%g;0,1;0,2;9,8\n"} {
		delimiter := map[bool]string{true: ",", false: ";"}[name == "comma.csv"]
		text := strings.Join([]string{"time", "seconds_elapsed", "z", "y", "x"}, delimiter) + "\n"
		for i := range 100 {
			text += fmt.Sprintf(row, i)
		}
		m := &memory{}
		report := importInto(t, m, Options{}, writeFile(t, filepath.Join(t.TempDir(), "Accelerometer.csv"), []byte(text)))
		if len(m.sessions) != 0 || len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, "spreadsheet program") {
			t.Errorf("%s: %+v", name, report)
		}
	}
}

func TestTablesOfNoAppStayForTheWizard(t *testing.T) {
	dir := t.TempDir()
	path := writeFile(t, filepath.Join(dir, "own.csv"), []byte("t;a;b\n0,1;2,5;3\n0,2;2,5;4\n0,3;2,5;3\n"))
	m := &memory{}
	report := importInto(t, m, Options{}, path)
	if len(m.sessions) != 0 || len(report.Refused) != 1 || !report.Refused[0].Unknown || report.Refused[0].Source != path {
		t.Errorf("%+v", report)
	}
}

// FuzzRespell: a table in another spelling never stops or grows an import.
func FuzzRespell(f *testing.F) {
	f.Add([]byte("time;seconds_elapsed;z;y;x\n1699734109763076400;0,5;1,5;\"a;b\";3\n"), byte(';'))
	f.Add([]byte("\xff\xfet\x00i\x00m\x00e\x00\t\x00a\x00"), byte('\t'))
	f.Add([]byte("sep=;\n\"a\"\"b\";c"), byte(';'))
	f.Fuzz(func(t *testing.T, b []byte, delimiter byte) {
		if delimiter != ';' && delimiter != '\t' {
			delimiter = ','
		}
		s := spelling{FileRule{Encoding: encodingOf(b)}, delimiter}
		var out bytes.Buffer
		if err := s.write(&out, newTable("x", s.rule.reader(bytes.NewReader(b)))); err != nil {
			return
		}
		if out.Len() > 4*len(b)+16 {
			t.Fatalf("%d bytes become %d", len(b), out.Len())
		}
		if delimiter == ',' {
			return
		}
		in, plain := newTable("x", s.rule.reader(bytes.NewReader(b))), newTable("x", bytes.NewReader(out.Bytes()))
		for {
			line, err := in.next()
			line = append([]byte{}, line...)
			got, gotErr := plain.next()
			if err != nil || gotErr != nil {
				return
			}
			was, ok := splitFields(line, delimiter)
			is, fine := splitFields(got, ',')
			if bytes.HasPrefix(line, []byte("sep=")) || !ok || bytes.ContainsAny(line, "\r") {
				continue
			}
			if !fine || len(is) != len(was) {
				t.Fatalf("%q becomes %q", line, got)
			}
		}
	})
}

func FuzzRespelt(f *testing.F) {
	f.Add([]byte("time;seconds_elapsed;z;y;x\n1699734109763076400;0,5;1,5;2;3\n1699734109773076400;0,6;1,5;2;3\n"))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzImport(t, map[string][]byte{"Accelerometer.csv": b}) })
}

func TestRespeltFilesLeaveNothingBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s, _ := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "Gyroscope.csv"), resaved(t, loggerCSV("z,y,x", "0.1,0.2,3"), ";", func(s string) ([]byte, error) { return []byte(s), nil })))
	if !says(s.findings, dataset.FindingNote, "Gyroscope.csv was saved by a spreadsheet program (with semicolons or decimal commas)") {
		t.Errorf("%+v", s.findings)
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
}

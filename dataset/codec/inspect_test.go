package codec

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// complete gives a proposal the units and the rate that its file does not tell.
func complete(m Mapping, unit string, rate float64) *Mapping {
	for i := range m.Channels {
		if m.Channels[i].Unit == "" {
			m.Channels[i].Unit = unit
		}
	}
	if m.Time.Column == nil {
		m.Time.Rate = rate
	}
	return &m
}

func TestInspectRealTables(t *testing.T) {
	for _, c := range []struct {
		path     []string
		channels int
		time     string
		hz       float64
		open     string
	}{
		{[]string{"mex-thigh", "01", "01_act_1.csv"}, 3, "text YYYY-MM-DD hh:mm:ss.f", 103.17, "Column 2 has no unit"},
		{[]string{"sp-sw-har", "s01", "s01_01_sw.csv"}, 6, "ms ", 104.29, `Column "x_acc" has no unit`},
		{[]string{"muvr", "watch", "slacking_dataset.csv"}, 3, " ", 50, "No column holds times"},
		{[]string{"vendor", "sensor_logger", "WristMotion.csv"}, 14, "ns ", 99.46, `Column "gravityX" has no unit`},
	} {
		path := data(t, c.path...)
		in, err := Inspect(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		p := in.Proposal
		if got := p.Time.Unit + " " + p.Time.Format; len(p.Channels) != c.channels || got != c.time || !strings.Contains(strings.Join(in.Open, "\n"), c.open) {
			t.Errorf("%s: %d channels, time %q, open %q", path, len(p.Channels), got, in.Open)
		}
		m := complete(p, "1", 50)
		text, err := m.TOML()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseMapping(text)
		if err != nil {
			t.Fatalf("%s: %v in\n%s", path, err, text)
		}
		trial, err := again.Try(path, 5000)
		if err != nil || !near(trial.MeasuredHz, c.hz, 0.05) || trial.Rows < 1000 {
			t.Errorf("%s: %+v, %v", path, trial.MeasuredHz, err)
		}
	}
}

func TestInspectOddTables(t *testing.T) {
	rows := func(row func(i int) string) string {
		var b strings.Builder
		for i := 0; i < 100; i++ {
			b.WriteString(row(i) + "\r\n")
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		text string
		want string // delimiter, decimal sign, skipped lines, header, units, time unit, channels
	}{
		"decimal commas": {"Zeit;ax [g];ay\r\n" + rows(func(i int) string { return fmt.Sprintf("%d,5;0,25;-1,5", i) }), `";" "," 0 true false "" 2`},
		"preamble and units": {"\"sep=\t\"\nShimmer\n" + "time\taccX\taccY\n" + "ms\tm/(s^2)\tm/s^2\n" +
			rows(func(i int) string { return fmt.Sprintf("1.62940333780%02dE12\t1.5\t2", i) }), `"tab" "" 2 true true "ms" 2`},
		"no header": {rows(func(i int) string { return fmt.Sprintf("%d 0.5 1 2", i*10) }), `"space" "" 0 false false "" 3`},
		"day or month": {"when,x\n" + rows(func(i int) string { return fmt.Sprintf("1/2/2020 10:00:%02d.5,1", i%60) }),
			`"," "" 0 true false "text" 1`},
		"a bad row far down": {"t (s),x (g)\n" + rows(func(i int) string {
			if i == 80 {
				return "0.8,oops"
			}
			return fmt.Sprintf("%d.5,1.25", i)
		}), `"," "" 0 true false "s" 1`},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, filepath.Join(t.TempDir(), "odd.txt"), []byte(c.text))
			in, err := Inspect(path)
			if err != nil {
				t.Fatal(err)
			}
			p := in.Proposal
			if got := fmt.Sprintf("%q %q %d %v %v %q %d", p.File.Delimiter, p.File.Decimal, p.File.Skip, p.File.Header, p.File.Units, p.Time.Unit, len(p.Channels)); got != c.want {
				t.Errorf("got %s, want %s; open %q", got, c.want, in.Open)
			}
		})
	}
	path := writeFile(t, filepath.Join(t.TempDir(), "r.csv"), []byte("t (s),x (g)\n"+rows(func(i int) string {
		if i == 80 {
			return "0.8,oops"
		}
		return fmt.Sprintf("%d.5,1.25", i)
	})))
	in, err := Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Proposal.compile(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Proposal.Try(path, 1000); err == nil || !strings.HasPrefix(err.Error(), `r.csv, row 82: column 2 (x (g)): "oops"`) {
		t.Errorf("the bad row is named as %v", err)
	}
}

func TestInspectRefusesWhatIsNoTable(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "the file is empty",
		"\xff\xfea\x00,\x00":                  "no delimiter makes a table",
		"\x00\x01\x02":                        "no text",
		"Dear reader,\nthis is a letter.\nMe": "no delimiter makes a table",
	} {
		path := writeFile(t, filepath.Join(t.TempDir(), "x"), []byte(text))
		if _, err := Inspect(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v", text, err)
		}
	}
	if _, err := Inspect(filepath.Join(t.TempDir(), "absent")); err == nil || os.IsExist(err) {
		t.Errorf("an absent file gives %v", err)
	}
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte("a;b\n1,5;2\n"))
	f.Add([]byte("2020-01-01 10:00:00,1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := inspect("f", b, false)
		if err != nil {
			return
		}
		if len(in.Rows) == 0 || len(in.Columns) == 0 {
			t.Fatalf("a table of nothing: %+v", in)
		}
	})
}

func TestARowThatWentWrongHidesNoTable(t *testing.T) {
	for name, text := range map[string]string{
		"more cells":     gait(100, map[int]string{5: "0.06,3,4,5"}),
		"fewer":          gait(100, map[int]string{5: "0.06"}),
		"an open quote":  gait(100, map[int]string{5: `0.06,"3`}),
		"a short table":  gait(5, map[int]string{5: "0.06,3,4"}),
		"several":        gait(100, map[int]string{5: "0.06", 9: "1,2,3", 17: "7"}),
		"no time either": gait(100, map[int]string{5: "oops,3"}),
	} {
		in, err := inspect("f", []byte(text), false)
		if err != nil || in.FirstOf != 2 || len(in.Columns) != 2 || in.Columns[0].Name != "t" || in.Columns[1].Name != "x" {
			t.Errorf("%s: %+v, %v", name, in, err)
		}
	}
}

func TestADecimalCommaIsNoDelimiterWhereAHeaderSaysSo(t *testing.T) {
	in, err := inspect("f", []byte("when;x\n2026-03-03 09:00:00.00;0,5\n2026-03-03 09:00:00.02;0,6\n2026-03-03 09:00:00.04;0,7\n"), false)
	if err != nil || in.Proposal.File.Delimiter != ";" || in.Proposal.File.Decimal != "," || len(in.Columns) != 2 || in.Columns[0].Kind != "time" {
		t.Errorf("%+v, %v", in, err)
	}
}

package codec

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// german is a table of a German logger with a delimiter; bad is the cell of one
// row, "" for none.
func german(delimiter, bad string) string {
	var b strings.Builder
	b.WriteString(strings.ReplaceAll("Zeitstempel der Aufzeichnung|Beschleunigung entlang der X Achse (m/s²)|Beschleunigung Y (m/s²)|Beschleunigung Z (m/s²)|Bemerkung\n", "|", delimiter))
	for i := range 40 {
		z := "9,8"
		if i == 12 && bad != "" {
			z = bad
		}
		fmt.Fprint(&b, strings.ReplaceAll(fmt.Sprintf("%d.03.2023 01:59:%02d,000|1,%d|2,1|%s|eine Bemerkung\n", 5+i/2, i, i%10, z), "|", delimiter))
	}
	return b.String()
}

func TestInspectReadsBarsGermanWordsAndDaysFirst(t *testing.T) {
	for _, delimiter := range []string{"|", ";"} {
		for _, bad := range []string{"", "kaputt"} {
			path := writeFile(t, filepath.Join(t.TempDir(), "g.csv"), []byte(german(delimiter, bad)))
			in, err := Inspect(path)
			if err != nil {
				t.Fatal(err)
			}
			m := in.Proposal
			if m.File.Delimiter != delimiter || m.File.Decimal != "," || m.Time.Format != "D.M.YYYY h:mm:ss.f" || len(m.Channels) != 3 {
				t.Fatalf("%q: %+v", delimiter, m)
			}
			for i, c := range m.Channels {
				if c.Kind != "accelerometer" || c.Axis != "xyz"[i:i+1] || c.Unit != "m/s2" {
					t.Errorf("channel %d: %+v", i, c)
				}
			}
			for _, l := range m.Labels {
				if l.Column != nil && strings.Contains(l.Column.Name, "Beschleunigung") {
					t.Errorf("a sensor's column became labels: %+v", l)
				}
			}
			open := strings.Join(in.Open, " ")
			if strings.Contains(open, "Row 14 has \"kaputt\"") != (bad != "") || strings.Contains(open, "the day or the month first") {
				t.Errorf("open: %q", open)
			}
		}
	}
}

func TestInspectDayAndMonthAreToldApartByAnyRow(t *testing.T) {
	var b strings.Builder
	b.WriteString("time,ax (g)\n")
	for day := 5; day < 25; day++ {
		fmt.Fprintf(&b, "3/%d/2023 10:00:00,0.%d\n", day, day)
	}
	in, err := Inspect(writeFile(t, filepath.Join(t.TempDir(), "d.csv"), []byte(b.String())))
	if err != nil || in.Proposal.Time.Format != "M/D/YYYY h:mm:ss.f" {
		t.Errorf("%v, %+v", err, in)
	}
}

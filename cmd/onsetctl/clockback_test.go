package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onset/dataset"
)

// A clock on the wall that goes back an hour while it records: without its zone
// the step is told, with it there is none. Either way the session's time runs on from
// its first sample and none changes its place.
func TestAClockThatGoesBackAnHourIsToldAndTimeRunsOn(t *testing.T) {
	dir := t.TempDir()
	table, mapping := filepath.Join(dir, "back.csv"), filepath.Join(dir, "back.toml")
	var rows strings.Builder
	rows.WriteString("time,ax_g\n")
	wall := time.Date(2025, 10, 26, 2, 59, 0, 0, time.UTC)
	const n = 3000 // at 25 Hz; the clock goes back in the middle
	for i := range n {
		at := wall.Add(time.Duration(i) * 40 * time.Millisecond)
		if i >= n/2 {
			at = at.Add(-time.Hour)
		}
		fmt.Fprintf(&rows, "%s,%.4f\n", at.Format("2006-01-02 15:04:05.000"), float64(i)/n)
	}
	toml := "name = \"back\"\n[file]\ndelimiter = \",\"\nheader = true\n[time]\ncolumn = \"time\"\nunit = \"text\"\nformat = \"YYYY-MM-DD hh:mm:ss.f\"\n[[channel]]\ncolumn = \"ax_g\"\nkind = \"accelerometer\"\naxis = \"x\"\nunit = \"g\"\n"
	if err := errors.Join(os.WriteFile(table, []byte(rows.String()), 0o600), os.WriteFile(mapping, []byte(toml), 0o600)); err != nil {
		t.Fatal(err)
	}
	for zone, want := range map[string]struct {
		start time.Time
		back  float64 // seconds of the seam
		says  string
	}{
		"":              {wall, 3600, "steps back by 3600.00 s before sample 1501"},
		"UTC":           {wall, 3600, "steps back by 3600.00 s before sample 1501"},
		"Europe/Berlin": {wall.Add(-2 * time.Hour), 0, "the session's own time runs on without a break"},
	} {
		study := newStudyFile(t)
		args := []string{"import", study, table, "--map", mapping, "--participant", "P01"}
		if zone != "" {
			args = append(args, "--zone", zone)
		}
		o := ctl(t, args...)
		if o.code != exitOK || !strings.Contains(o.out, want.says) {
			t.Errorf("zone %q: exit %d, %s%s", zone, o.code, o.out, o.err)
		}
		s, err := dataset.Open(t.Context(), study, dataset.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.Sessions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		v, err := s.Session(t.Context(), list[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		r := v.Recordings[0]
		values := make([]float64, n)
		_, err = s.ReadSamples(t.Context(), r.Channels[0].ID, 0, values)
		if err = errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		near := func(a, b float64) bool { return a-b < 0.03 && b-a < 0.03 }
		seams := r.Clock.Seams()
		if told := len(seams) == 1 && seams[0].Sample == n/2 && near(seams[0].Back, want.back); told != (want.back > 0) || len(seams) > 1 {
			t.Errorf("zone %q: seams %v", zone, seams)
		}
		if !v.Start.Equal(want.start) || !near(list[0].Duration, n*.04) || !near(r.Clock.Time(0), 0) || !near(r.Clock.Time(n/2), 60) || !near(r.Clock.End(n), 120) {
			t.Errorf("zone %q: from %v for %g s, the step leads to %g, the end is at %g", zone, v.Start, list[0].Duration, r.Clock.Time(n/2), r.Clock.End(n))
		}
		for i := 1; i < n; i++ {
			if values[i] < values[i-1] {
				t.Fatalf("zone %q: sample %d is out of the order of recording", zone, i)
			}
			if r.Clock.Time(int64(i)) <= r.Clock.Time(int64(i-1)) {
				t.Fatalf("zone %q: time at sample %d goes back", zone, i)
			}
		}
	}
}

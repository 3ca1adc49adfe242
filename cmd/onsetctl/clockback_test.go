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
// the step is told and no sample changes its place, with it the time runs on. The
// session begins with the first sample in each case.
func TestAClockThatGoesBackAnHourIsShownAsItIs(t *testing.T) {
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
		start    time.Time
		after    float64 // seconds of the first sample after the step
		latest   float64
		earliest float64
		says     string
	}{
		"":              {wall, 60 - 3600, 60, 60 - 3600, "steps back by 3600.00 s before sample 1501"},
		"UTC":           {wall, 60 - 3600, 60, 60 - 3600, "steps back by 3600.00 s before sample 1501"},
		"Europe/Berlin": {wall.Add(-2 * time.Hour), 60, 120, 0, "the session's own time runs on without a break"},
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
		if !v.Start.Equal(want.start) || !near(list[0].Duration, n*.04) || !near(r.Clock.Time(0), 0) || !near(r.Clock.Time(n/2), want.after) ||
			!near(r.Clock.Latest(n), want.latest) || !near(r.Clock.Earliest(n), want.earliest) {
			t.Errorf("zone %q: from %v for %g s, the step leads to %g, latest %g, earliest %g", zone, v.Start, list[0].Duration, r.Clock.Time(n/2), r.Clock.Latest(n), r.Clock.Earliest(n))
		}
		for i := 1; i < n; i++ {
			if values[i] < values[i-1] {
				t.Fatalf("zone %q: sample %d is out of the order of recording", zone, i)
			}
			if back := r.Clock.Time(int64(i)) <= r.Clock.Time(int64(i-1)); back != (i == n/2 && want.after < 0) {
				t.Fatalf("zone %q: time at sample %d goes back: %v", zone, i, back)
			}
		}
	}
}

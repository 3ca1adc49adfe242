package codec

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onset/dataset"

	"pgregory.net/rapid"
)

// berlinRows writes rows whose times a device in Berlin wrote, at 1 Hz steps of
// stepMs, from a moment on.
func berlinRows(t testing.TB, from time.Time, n, stepMs int) string {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i := range n {
		at := from.Add(time.Duration(i*stepMs) * time.Millisecond).In(berlin)
		fmt.Fprintf(&b, "%s,%d\n", at.Format("2006-01-02 15:04:05.000"), i%7)
	}
	return b.String()
}

func localMapping(t testing.TB) *Mapping {
	t.Helper()
	m, err := ParseMapping([]byte("name = \"n\"\n[file]\ndelimiter = \",\"\nheader = false\n[time]\ncolumn = 1\nunit = \"text\"\nformat = \"YYYY-MM-DD hh:mm:ss.f\"\n" +
		strings.Replace(oneChannel, "column=1", "column=2", 1)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLocalTimesRunOnOverAClockChange(t *testing.T) {
	for _, c := range []struct {
		name string
		from time.Time
		n    int
		told bool
	}{
		{"autumn", time.Date(2023, 10, 29, 0, 50, 0, 0, time.UTC), 12000, true},
		{"autumn, from the first run of the hour", time.Date(2023, 10, 29, 0, 1, 0, 0, time.UTC), 48000, true},
		{"autumn, from the second run of the hour", time.Date(2023, 10, 29, 1, 50, 0, 0, time.UTC), 12000, false},
		{"spring", time.Date(2023, 3, 26, 0, 50, 0, 0, time.UTC), 12000, true},
		{"summer", time.Date(2023, 7, 1, 0, 50, 0, 0, time.UTC), 200, false},
	} {
		path := writeFile(t, filepath.Join(t.TempDir(), "r.csv"), []byte(berlinRows(t, c.from, c.n, 100)))
		s, _ := importOne(t, Options{Mapping: localMapping(t), Zone: "Europe/Berlin"}, path)
		r := s.recordings[0]
		if !s.Start.Equal(c.from) {
			t.Errorf("%s: start %s, want %s", c.name, s.Start, c.from)
		}
		if want := c.from.Add(time.Duration(c.n-1) * 100 * time.Millisecond).UnixNano(); r.times[len(r.times)-1] != want {
			t.Errorf("%s: last time %d, want %d", c.name, r.times[len(r.times)-1], want)
		}
		if len(r.clock.Segments) != 1 || countKind(r.findings, dataset.FindingGap)+countKind(r.findings, dataset.FindingClock) != 0 {
			t.Errorf("%s: %d segments, %v", c.name, len(r.clock.Segments), r.findings)
		}
		if told := says(s.findings, dataset.FindingNote, "The zone's clock change at "); told != c.told {
			t.Errorf("%s: told %v: %v", c.name, told, s.findings)
		}
	}
}

// A logger that is never changed runs on where its zone's clocks are.
func TestLocalTimesOfAnUnchangedDevice(t *testing.T) {
	for _, from := range []time.Time{time.Date(2023, 10, 29, 1, 50, 0, 0, time.UTC), time.Date(2023, 3, 26, 1, 50, 0, 0, time.UTC)} {
		var b strings.Builder
		for i := range 80000 {
			fmt.Fprintf(&b, "%s,%d\n", from.Add(time.Duration(i*100)*time.Millisecond).Format("2006-01-02 15:04:05.000"), i%7)
		}
		s, _ := importOne(t, Options{Mapping: localMapping(t), Zone: "Europe/Berlin"}, writeFile(t, filepath.Join(t.TempDir(), "r.csv"), []byte(b.String())))
		if r := s.recordings[0]; len(r.clock.Segments) != 1 || countKind(r.findings, dataset.FindingGap) != 0 {
			t.Errorf("%s: %d segments, %v", from, len(r.clock.Segments), r.findings)
		}
		if !says(s.findings, dataset.FindingClock, "the device's clock was not changed") {
			t.Errorf("%s: %v", from, s.findings)
		}
	}
}

// Whatever the zone and the moment, local times of a device that follows its zone
// become the moments that they were written at.
func TestLocalClockInverts(t *testing.T) {
	zones := []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca", "Pacific/Apia", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(1.2e9, 1.7e9).Draw(t, "at"), 0)
		if _, end := at.In(zone).ZoneBounds(); !end.IsZero() && rapid.Bool().Draw(t, "near") {
			at = end.Add(-time.Duration(rapid.IntRange(2*3600, 6*3600).Draw(t, "before")) * time.Second)
		}
		step := time.Duration(rapid.IntRange(20, 30000).Draw(t, "step")) * time.Millisecond
		c := &localClock{zone: zone}
		_, before := at.In(zone).Zone()
		if local := at.UnixNano() + int64(before)*1e9; len(c.readings(local)) != 1 {
			t.Skip("begins within a repeated hour")
		}
		for i := range 1500 {
			utc := at.Add(time.Duration(i) * step)
			_, o := utc.In(zone).Zone()
			times := []int64{utc.UnixNano() + int64(o)*1e9}
			if c.utc(times); times[0] != utc.UnixNano() {
				t.Fatalf("%s became %s", utc.UTC(), time.Unix(0, times[0]).UTC())
			}
		}
	})
}

// Times that stay within a repeated hour, or leave it only after a pause, are asked
// about; others are not, and without an answer nothing is guessed.
func TestARepeatedHourIsAsked(t *testing.T) {
	second := time.Date(2024, 10, 27, 1, 50, 0, 0, time.UTC)
	path := writeFile(t, filepath.Join(t.TempDir(), "r.csv"), []byte(berlinRows(t, second, 5999, 100))) // 02:50:00 to 02:59:59.8
	o := Options{Mapping: localMapping(t), Zone: "Europe/Berlin"}
	store := &memory{}
	if refused := fmt.Sprint(importInto(t, store, o, path).Refused); len(store.sessions) != 0 || !strings.Contains(refused, "Europe/Berlin had twice") || !strings.Contains(refused, "first or second") {
		t.Errorf("without an answer: %d sessions, %s", len(store.sessions), refused)
	}
	for answer, want := range map[string]time.Time{"first": second.Add(-time.Hour), "second": second} {
		asked := 0
		o.Ask = func(q Question) (string, error) {
			if asked++; q.Topic != "repeated-hour" || len(q.Choices) != 2 || !strings.Contains(q.Choices[1].Text, "+01:00, 01:50:00 UTC") {
				t.Errorf("asked %+v", q)
			}
			return answer, nil
		}
		s, _ := importOne(t, o, path)
		if asked != 1 || !s.Start.Equal(want) || !says(s.findings, dataset.FindingNote, "taken for the "+answer+" one") {
			t.Errorf("%s: asked %d times, start %s, %v", answer, asked, s.Start, s.findings)
		}
	}
	m := localMapping(t)
	text, err := m.TOML()
	if err != nil {
		t.Fatal(err)
	}
	if m, err = ParseMapping([]byte(strings.Replace(string(text), "unit = \"text\"", "unit = \"text\"\nzone = \"Europe/Berlin\"", 1))); err != nil {
		t.Fatal(err)
	}
	if trial, err := m.Try(path, 2000); err != nil || !says(trial.Findings, dataset.FindingNote, "the import asks") {
		t.Errorf("the trial says %v, %v", trial.Findings, err)
	}
}

package words

import (
	"strings"
	"testing"
	"time"
)

func TestStartIsWrittenAsTheWallClockShowedIt(t *testing.T) {
	at := time.Date(2024, 10, 27, 0, 30, 0, 0, time.UTC)
	for _, c := range []struct{ zone, want string }{
		{"Europe/Prague", "2024-10-27 02:30 +02:00 Europe/Prague"},
		{"UTC", "2024-10-27 00:30 UTC"},
		{"", "2024-10-27 00:30 on its own clock, zone not known"},
		{"Mars/Olympus", "2024-10-27 00:30 UTC, recorded in"},
	} {
		if got := Start(at, c.zone); !strings.HasPrefix(got, c.want) {
			t.Errorf("%q: %q, want %q", c.zone, got, c.want)
		}
	}
	if got := Start(time.Time{}, "UTC"); got != "" {
		t.Errorf("no start: %q", got)
	}
}

func TestClockChangeIsSaidOfSessionsAcrossIt(t *testing.T) {
	for _, c := range []struct {
		about   string
		at      time.Time
		zone    string
		seconds float64
		want    []string
	}{
		{"end of summer time", time.Date(2024, 10, 27, 0, 30, 0, 0, time.UTC), "Europe/Prague", 3600, []string{"back", "30:00", "02:59:59 +02:00", "02:00:00 +01:00"}},
		{"beginning of summer time", time.Date(2024, 3, 31, 0, 50, 0, 0, time.UTC), "Europe/Prague", 1200, []string{"forward", "10:00", "01:59:59 +01:00", "03:00:00 +02:00"}},
		{"ends before it", time.Date(2024, 10, 27, 0, 30, 0, 0, time.UTC), "Europe/Prague", 1700, nil},
		{"no zone", time.Date(2024, 10, 27, 0, 30, 0, 0, time.UTC), "", 3600, nil},
		{"a zone without", time.Date(2024, 10, 27, 0, 30, 0, 0, time.UTC), "Asia/Tokyo", 3600, nil},
	} {
		got := ClockChange(c.at, c.zone, c.seconds)
		if (got == "") != (c.want == nil) {
			t.Errorf("%s: %q", c.about, got)
		}
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: %q does not say %q", c.about, got, w)
			}
		}
	}
}

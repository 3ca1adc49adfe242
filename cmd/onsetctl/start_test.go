package main

import (
	"testing"
	"time"
)

// A start of no known zone is no moment of UTC, and is not written as one.
func TestStartsOfNoZoneHaveNoOffset(t *testing.T) {
	at := time.Date(2019, 2, 26, 10, 55, 6, 488000, time.UTC)
	for zone, want := range map[string]string{"": "2019-02-26T10:55:06.000488", "UTC": "2019-02-26T10:55:06.000488Z", "Europe/Berlin": "2019-02-26T10:55:06.000488Z"} {
		if got := startText(at, zone); got == nil || *got != want {
			t.Errorf("zone %q: %v", zone, got)
		}
	}
	if startText(time.Time{}, "") != nil {
		t.Error("a source without a calendar has a start")
	}
}

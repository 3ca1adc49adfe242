package words

import (
	"time"

	"fyne.io/fyne/v2/lang"
)

// Start writes when a session began as the clock on the wall showed it, with its
// offset and zone: "2024-10-27 02:30 +02:00 Europe/Prague". Without a zone the
// clock's own digits are all that is known. A zero start is "".
func Start(at time.Time, zone string) string {
	switch {
	case at.IsZero():
		return ""
	case zone == "":
		return at.UTC().Format("2006-01-02 15:04") + " " + lang.L("on its own clock, zone not known")
	case zone == "UTC":
		return at.UTC().Format("2006-01-02 15:04") + " UTC"
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		return at.UTC().Format("2006-01-02 15:04") + " UTC, " + lang.L("recorded in {{.Zone}}", map[string]any{"Zone": zone})
	}
	return at.In(place).Format("2006-01-02 15:04 -07:00") + " " + zone
}

// ClockChange says what the clocks of a zone did during a session of so many
// seconds, such as at the end of summer time; "" when nothing.
func ClockChange(at time.Time, zone string, seconds float64) string {
	if at.IsZero() || zone == "" || zone == "UTC" {
		return ""
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		return ""
	}
	begin, end := at.In(place), at.Add(time.Duration(seconds*float64(time.Second))).In(place)
	_, before := begin.Zone()
	_, change := begin.ZoneBounds()
	if change.IsZero() || !change.Before(end) {
		return ""
	}
	_, after := change.In(place).Zone()
	data := map[string]any{"At": Moment(change.Sub(at).Seconds()), "Old": change.Add(-time.Second).In(place).Format("15:04:05 -07:00"), "New": change.In(place).Format("15:04:05 -07:00")}
	if after < before {
		return lang.L("The clocks there went back {{.At}} into the session: after {{.Old}} came {{.New}}. Its own time runs on without a break.", data)
	}
	return lang.L("The clocks there went forward {{.At}} into the session: after {{.Old}} came {{.New}}. Its own time runs on without a break.", data)
}

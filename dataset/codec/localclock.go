package codec

import (
	"fmt"
	"io"
	"time"

	"onset/dataset"
)

const (
	// fallsBack is how far, in nanoseconds, a local time lies before the one ahead
	// of it where that tells the second reading of a repeated hour; times that a
	// phone hands over in batches step back by less.
	fallsBack = 60e9
	// followsOn is the longest pause, in nanoseconds, over which two local times
	// tell whether the device's clock was changed between them.
	followsOn = 600e9
)

// localClock turns the local times of one device, in the order in which it wrote
// them, into UTC. A zone repeats an hour when its clocks go back: the first
// reading holds until the local times fall back, then the second. A device whose
// times run on where the zone's clocks were changed was itself not changed; its
// offset from UTC stays.
type localClock struct {
	zone   *time.Location
	offset int64 // nanoseconds east of UTC, as of now
	begun  bool
	open   bool  // it begins in a repeated hour, and nothing tells in which run
	fixed  bool  // the device does not follow the zone's changes
	from   int64 // local times in [from, until) have this one offset
	until  int64
	last   int64 // the local time before
	found  []dataset.Finding
	zero   int64 // UTC nanoseconds that findings count from
}

// offsetAt is the zone's offset at a moment, both in nanoseconds.
func (c *localClock) offsetAt(utc int64) int64 {
	_, s := time.Unix(0, utc).In(c.zone).Zone()
	return int64(s) * 1e9
}

// readings are the offsets at which the zone has a local time, the earlier moment
// first: one, two within an hour that is repeated, none within one that is
// skipped.
func (c *localClock) readings(local int64) []int64 {
	const day = 24 * 3600e9
	guess := local - c.offsetAt(local)
	var valid []int64
	for _, at := range []int64{guess - day, guess, guess + day} {
		o := c.offsetAt(at)
		if c.offsetAt(local-o) != o || len(valid) > 0 && valid[len(valid)-1] == o {
			continue
		}
		valid = append(valid, o)
	}
	if len(valid) > 1 && valid[0] < valid[1] {
		valid[0], valid[1] = valid[1], valid[0]
	}
	return valid[:min(len(valid), 2)]
}

// start sets the offset of the first local time; second chooses the later reading
// of a repeated hour.
func (c *localClock) start(local int64, second bool) {
	c.begun, c.last = true, local
	valid := c.readings(local)
	switch {
	case len(valid) == 0: // an hour that the zone skips: the device was not changed
		c.offset = c.offsetAt(local - c.offsetAt(local) - 24*3600e9)
	case second:
		c.offset = valid[len(valid)-1]
	default:
		c.offset = valid[0]
	}
	c.bound(local)
}

// bound finds the local times around one that need no second look.
func (c *localClock) bound(local int64) {
	utc := local - c.offset
	c.from, c.until = local+1, local // none
	if c.offsetAt(utc) != c.offset {
		return
	}
	begin, end := time.Unix(0, utc).In(c.zone).ZoneBounds()
	c.from, c.until = -1<<63, 1<<63-1
	if !begin.IsZero() && begin.Year() > 1700 {
		at := begin.UnixNano()
		c.from = at + max(c.offset, c.offsetAt(at-1))
	}
	if !end.IsZero() && end.Year() < 2250 {
		at := end.UnixNano()
		c.until = at + min(c.offset, c.offsetAt(at))
	}
}

// utc turns local times into moments, in place.
func (c *localClock) utc(times []int64) {
	for i, local := range times {
		if !c.begun {
			c.start(local, false)
		}
		if !c.fixed && (local < c.from || local >= c.until) {
			c.cross(local)
		}
		c.last = local
		times[i] = local - c.offset
	}
}

// cross looks at a local time near a change of the zone's clocks, or beyond one.
func (c *localClock) cross(local int64) {
	valid := c.readings(local)
	step := local - c.last
	keeps := false
	for _, o := range valid {
		keeps = keeps || o == c.offset
	}
	switch {
	case keeps && len(valid) == 2 && step < -fallsBack && c.offset == valid[0]:
		c.change(local, valid[1])
	case keeps:
		if len(valid) == 1 {
			c.bound(local)
		}
	case len(valid) == 0 || step >= 0 && step < followsOn && c.offset > valid[0]:
		c.unchanged(local)
	default:
		c.change(local, valid[0])
	}
}

// change takes another offset from a local time on and says so where the times
// run on through the change.
func (c *localClock) change(local, offset int64) {
	old := c.offset
	before, after := c.last-old, local-offset
	c.offset = offset
	c.bound(local)
	if after < before { // a clock that was set back over the change
		return
	}
	_, at := time.Unix(0, before).In(c.zone).ZoneBounds()
	if at.IsZero() || at.UnixNano() > after {
		return
	}
	order := "no hour of it is missing"
	if offset < old {
		order = "the local times are read in the order in which they were written, the repeated hour first at " + offsetText(old)
	}
	c.tell(dataset.FindingNote, at.UnixNano(), "The zone's clock change at %s (%s, %s to %s) lies inside; %s, and the session's own time runs on without a break.",
		at.UTC().Format("2006-01-02 15:04 UTC"), c.zone, offsetText(old), offsetText(offset), order)
}

// unchanged keeps the offset from here on: the device's clock did not follow the
// zone's change.
func (c *localClock) unchanged(local int64) {
	c.fixed = true
	c.tell(dataset.FindingClock, local-c.offset, "The clocks of %s were changed here, but the file's times run on (%s follows): the device's clock was not changed. Its times are read at %s throughout and run on without a break.",
		c.zone, time.Unix(0, local).UTC().Format("2006-01-02 15:04:05"), offsetText(c.offset))
}

func (c *localClock) tell(kind string, utc int64, format string, args ...any) {
	if len(c.found) < 20 {
		c.found = append(c.found, dataset.Finding{Kind: kind, AtS: float64(utc-c.zero) / 1e9, Sample: -1, Message: fmt.Sprintf(format, args...)})
	}
}

// offsetText writes an offset in nanoseconds as +02:00.
func offsetText(offset int64) string {
	return time.Unix(0, 0).In(time.FixedZone("", int(offset/1e9))).Format("-07:00")
}

// startOf makes the clock of a file's local times. One that begins within a
// repeated hour is read on until it leaves the hour, which tells the two readings
// apart: times that run on past its end without falling back were written in its
// second run. Where the file does not leave the hour, or only after a pause, open
// says that a person has to.
func (m *Mapping) startOf(zone *time.Location, first int64, path string, open func() (io.ReadCloser, error)) (*localClock, error) {
	c := &localClock{zone: zone}
	c.start(first, false)
	valid := c.readings(first)
	if len(valid) < 2 {
		return c, nil
	}
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	alone := *m // its times alone
	alone.Channels, alone.Labels = nil, nil
	rows, err := alone.openRows(path, r)
	if err != nil {
		return nil, err
	}
	for last := first; ; {
		if err := rows.batch(); err != nil {
			c.open = true
			return c, nil // the end, or a fault that reading for good tells
		}
		for _, local := range rows.times {
			inside := len(c.readings(local)) == 2
			switch {
			case inside && local-last < -fallsBack: // from the first run into the second
				return c, nil
			case !inside && local > last && local-last < followsOn:
				// Past the end; the hour's first run would leave a hole of its length here.
				c.start(first, true)
				return c, nil
			case !inside:
				c.open = true
				return c, nil
			}
			last = local
		}
	}
}

// Answers to which run of a repeated hour local times were written in.
const (
	topicRepeatedHour = "repeated-hour"
	firstRun          = "first"
	secondRun         = "second"
)

// askRun asks which run of a repeated hour the first local time of a session is in.
func (w *session) askRun(c *localClock, local int64) (second bool, err error) {
	valid := c.readings(local)
	if len(valid) < 2 {
		return false, nil
	}
	wall := time.Unix(0, local).UTC()
	answer, err := w.ask(Question{Topic: topicRepeatedHour, Text: fmt.Sprintf(
		"The times begin at %s, in an hour that %s had twice that night, and nothing in the file tells which of the two it was.", wall.Format("15:04:05 on 2 January 2006"), c.zone),
		Choices: []Choice{
			{firstRun, fmt.Sprintf("the first, before the clocks went back (%s, %s UTC)", offsetText(valid[0]), time.Unix(0, local-valid[0]).UTC().Format("15:04:05"))},
			{secondRun, fmt.Sprintf("the second, after they had (%s, %s UTC)", offsetText(valid[1]), time.Unix(0, local-valid[1]).UTC().Format("15:04:05"))}}})
	if err != nil {
		return false, err
	}
	second = answer == secondRun
	taken, word := valid[0], "first"
	if second {
		taken, word = valid[1], "second"
	}
	w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: fmt.Sprintf(
		"The times begin in an hour that %s had twice; they were taken for the %s one (%s), as was said at the import.", c.zone, word, offsetText(taken))})
	return second, nil
}

// doubtRun says which run of a repeated hour a start was taken for that was placed
// in a zone without a question.
func (w *session) doubtRun() {
	if !w.zoned || w.hourKnown || w.info.Start.IsZero() {
		return
	}
	zone, err := namedZone(w.info.Zone)
	if err != nil {
		return
	}
	c := &localClock{zone: zone}
	taken := c.offsetAt(w.info.Start.UnixNano())
	valid := c.readings(w.info.Start.UnixNano() + taken)
	if len(valid) < 2 {
		return
	}
	word, other := "first", valid[1]
	if taken == valid[1] {
		word, other = "second", valid[0]
	}
	w.find(dataset.Finding{Kind: dataset.FindingClock, Sample: -1, Message: fmt.Sprintf(
		"The recording begins at %s, in an hour that %s had twice that night; it was taken for the %s one (%s). If it was the other, import the file again with the zone %s. Times from the session's start are right either way.",
		w.info.Start.In(zone).Format("15:04:05"), zone, word, offsetText(taken), gmtZone(int(other/1e9)))})
}

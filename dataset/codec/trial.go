package codec

import (
	"fmt"
	"io"
	"math"
	"slices"

	"onset/dataset"
)

// Trial is what a mapping makes of a file's first rows.
type Trial struct {
	Rows        int
	Values      [][]float64 // [channel][row]
	Start       int64       // nanoseconds since 1970 of the first row as it is written, local or not; 0 when the times do not name a day
	MeasuredHz  float64
	JitterMs    float64 // how far times lie from the even pace, root mean square
	Gaps        []dataset.Gap
	Findings    []dataset.Finding
	Columns     int
	Placeholder bool // the mapping has no times; MeasuredHz is its rate
}

// Try reads up to rows rows of a file through a mapping without storing them.
// The error names the offending row.
func (m *Mapping) Try(path string, rows int) (*Trial, error) {
	f, err := openTable(path)
	if err != nil {
		return nil, badFile(path, "%s", reasonOf(err))
	}
	defer f.Close()
	p, err := m.openRows(path, f)
	if err != nil {
		return nil, err
	}
	t := &Trial{Values: make([][]float64, len(m.Channels))}
	var times []int64
	for t.Rows < rows {
		if err := p.batch(); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		t.Rows += p.rows
		times = append(times, p.times...)
		for i := range p.values {
			t.Values[i] = append(t.Values[i], p.values[i]...)
		}
	}
	if err := p.bad.check(path, int64(t.Rows)); err != nil {
		return nil, err
	}
	if t.Rows == 0 {
		return nil, badFile(path, "the file has no rows of data")
	}
	t.Columns = p.columns
	err = t.time(m, path, times)
	if text := p.bad.sentence(); text != "" {
		t.Findings = append([]dataset.Finding{{Kind: dataset.FindingUnreadable, Sample: -1, Message: text}}, t.Findings...)
	}
	return t, err
}

// time lays the clock of a trial.
func (t *Trial) time(m *Mapping, path string, times []int64) error {
	if m.Time.Column == nil {
		t.MeasuredHz, t.Placeholder = m.Time.Rate, true
		return nil
	}
	first := times[0]
	var local *localClock
	if zone, err := m.location(Options{}); err == nil && zone != nil {
		open := func() (io.ReadCloser, error) { return openTable(path) }
		if local, err = m.startOf(zone, first, path, open); err != nil {
			return err
		}
		local.zero = first - local.offset
		local.utc(times)
	}
	var clock rowClock
	if m.Time.Unit == "sample" {
		clock = &countedClock{rate: m.Time.Rate, first: m.Time.First}
	} else {
		clock = timedClock{newTimeline(times[0], m.Time.Rate)}
	}
	clock.add(times, len(times))
	laid, measured, findings, err := clock.finish()
	if err != nil {
		return badFile(path, "%v", err)
	}
	laid = laid.Forward()
	laid.Place(findings)
	doubtGaps(findings, laid, int64(len(times)))
	t.MeasuredHz, t.Findings, t.Gaps = measured, findings, laid.Gaps()
	recorded := laid.Recorded(0, int64(len(times)))
	t.Gaps = slices.DeleteFunc(t.Gaps, func(g dataset.Gap) bool { return clockWasSet(g.To-g.From, recorded) })
	if m.Time.Unit == "sample" {
		t.MeasuredHz = m.Time.Rate
		return nil
	}
	if m.calendar() {
		t.Start = first
	}
	if local != nil {
		t.Findings = append(local.found, t.Findings...)
		if local.open {
			t.Findings = append(t.Findings, dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: fmt.Sprintf(
				"The times begin in an hour that %s had twice that night, and the file does not tell which of the two it was; the import asks.", local.zone)})
		}
	}
	sum := 0.0
	for i, at := range times {
		off := float64(at-times[0])/1e6 - laid.Time(int64(i))*1e3
		sum += off * off
	}
	t.JitterMs = math.Sqrt(sum / float64(len(times)))
	return nil
}

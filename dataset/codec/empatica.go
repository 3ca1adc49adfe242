package codec

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"onset/dataset"
)

// empaticaFormat reads the folder of an Empatica E4: one table a sensor, whose
// first two rows are its start and its rate, and two lists of moments.
func empaticaFormat() format {
	return format{name: "empatica-e4", sniff: sniffEmpatica, group: groupEmpatica}
}

// groupEmpatica also takes the list of marks of a wearer who made none: it is an
// empty file.
func groupEmpatica(mine []*sourceFile, all surveyed) []unit {
	for _, f := range mine {
		for _, tags := range all.siblings(f.dir()) {
			if tags.size == 0 && empaticaName(tags) == "tags" {
				tags.used = true
			}
		}
	}
	return groupJoined("empatica-e4", "empatica-e4", empaticaMoments)(mine, all)
}

// empaticaTables are the tables of one column; a number alone does not say what
// it measures.
var empaticaTables = map[string]ChannelRule{
	"temp": {Kind: "temperature", Unit: "degC"},
	"eda":  {Kind: "skin-conductance", Unit: "uS"},
	"bvp":  {Kind: "blood-volume-pulse", Unit: "1"},
	"hr":   {Kind: "heart-rate", Unit: "1/min"},
}

func empaticaName(f *sourceFile) string {
	return strings.ToLower(strings.TrimSuffix(f.name(), filepath.Ext(f.name())))
}

func sniffEmpatica(f *sourceFile) bool {
	lines := headLines(f, 3)
	if len(lines) < 1 {
		return false
	}
	starts, ok := splitFields([]byte(lines[0]), ',')
	if !ok || len(starts) == 0 {
		return false
	}
	start, ok := epochNanos(starts[0])
	if !ok {
		return false
	}
	t := &joinedTable{start: start}
	f.detail = t
	name := empaticaName(f)
	switch {
	case name == "tags" && len(starts) == 1, len(starts) == 2 && starts[1] == "IBI":
		t.side = true
		return true
	case len(lines) < 3:
		return false
	}
	rates, ok := splitFields([]byte(lines[1]), ',')
	if !ok || len(rates) != len(starts) {
		return false
	}
	d, n := scanDecimal([]byte(rates[0]), '.')
	rate, fine := d.float([]byte(rates[0]), '.')
	if n != len(rates[0]) || !fine || rate < 0.1 || rate > 1000 {
		return false
	}
	for i := range starts {
		if starts[i] != starts[0] || rates[i] != rates[0] {
			return false
		}
	}
	return t.describeEmpatica(name, len(starts), rate)
}

// describeEmpatica says how a table of some columns is read.
func (t *joinedTable) describeEmpatica(name string, columns int, rate float64) bool {
	var channels []ChannelRule
	one, known := empaticaTables[name]
	switch {
	case columns == 3:
		// Eight-bit counts of 1/64 g.
		for i, axis := range []string{"x", "y", "z"} {
			channels = append(channels, ChannelRule{Column: Column{Number: i + 1}, Kind: "accelerometer", Axis: axis, Unit: "g",
				Scale: 1.0 / 64, Codes: true, Low: -2, High: 127.0 / 64})
		}
	case columns == 1 && known:
		one.Column = Column{Number: 1}
		channels = append(channels, one)
		t.rank = 1
	default:
		return false
	}
	t.build = func(*session, *joinedSession) (*Mapping, error) {
		return &Mapping{Name: "empatica-e4", File: FileRule{Delimiter: ",", Skip: 2}, Time: TimeRule{Rate: rate}, Channels: channels,
			Recording: RecordingRule{Device: "Empatica E4", Placement: "wrist"}, moments: &moments{origin: t.start}}, nil
	}
	return true
}

// epochNanos reads seconds since 1970 of this century.
func epochNanos(text string) (int64, bool) {
	d, n := scanDecimal([]byte(text), '.')
	if n == 0 || n != len(text) {
		return 0, false
	}
	v, ok := d.int64(9)
	return v, ok && v > earliestMillis*1e6 && v < latestMillis*1e6
}

// empaticaMoments keeps heart beats and the wearer's marks as events.
func empaticaMoments(ctx context.Context, w *session, t *joinedSession, zero int64) error {
	for _, f := range t.sides {
		if joinedOf(f).empty {
			continue
		}
		r, err := w.file(ctx, f)
		if err != nil {
			return err
		}
		events, err := readEmpaticaMoments(f.path, r, empaticaName(f) == "tags", zero)
		r.Close()
		if err != nil {
			return err
		}
		w.events = append(w.events, events...)
		if len(events) > 0 {
			w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: fmt.Sprintf("%s: %s kept as events.", f.name(), plural(len(events), events[0].Kind))})
		}
	}
	return nil
}

// maxEvents bounds the events of a file.
const maxEvents = 2_000_000

// readEmpaticaMoments reads marks, or beats given by their time from the start
// and the interval before them, both in seconds.
func readEmpaticaMoments(path string, r io.Reader, marks bool, zero int64) ([]dataset.Event, error) {
	in := newTable(path, r)
	var start int64
	var events []dataset.Event
	for {
		line, err := in.next()
		if err == io.EOF {
			return events, nil
		}
		if err != nil {
			return nil, err
		}
		if len(line) == 0 {
			continue
		}
		fields, ok := splitFields(line, ',')
		if !ok || len(events) >= maxEvents {
			return nil, badRow(path, in.row, "it cannot be read as a list of moments")
		}
		if marks || in.row == 1 {
			at, ok := epochNanos(fields[0])
			if !ok {
				return nil, badRow(path, in.row, "%q is no time in seconds since 1970", clipText(fields[0], 40))
			}
			if !marks {
				start = at
				continue
			}
			events = append(events, dataset.Event{AtS: float64(at-zero) / 1e9, Kind: "tag"})
			continue
		}
		if len(fields) != 2 || !isNumeral(fields[0]) || !isNumeral(fields[1]) {
			return nil, badRow(path, in.row, "%q is no beat: its time and the interval before it, in seconds", clipText(string(line), 40))
		}
		at, _ := scanDecimal([]byte(fields[0]), '.')
		interval, _ := scanDecimal([]byte(fields[1]), '.')
		nanos, ok := at.int64(9)
		length, fine := interval.float([]byte(fields[1]), '.')
		if !ok || !fine {
			return nil, badRow(path, in.row, "%q is too large a number", clipText(string(line), 40))
		}
		events = append(events, dataset.Event{AtS: float64(start+nanos-zero) / 1e9, Kind: "beat", Name: "interval in s", Value: length})
	}
}

package codec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sort"

	"onset/dataset"
)

// joinPause is how far apart, in nanoseconds, two tables of one session may lie.
const joinPause = 60e9

// joinedTable is a table of one sensor that describes itself, as sniffing
// leaves it in sourceFile.detail. Tables of a folder whose times overlap are one
// session.
type joinedTable struct {
	// timing reads the time column alone; nil for a table whose start is known.
	timing *Mapping
	start  int64 // nanoseconds since 1970, without timing
	// build makes the mapping once the session is read; it may ask.
	build func(w *session, t *joinedSession) (*Mapping, error)
	side  bool // holds events or notes for the others and makes no session alone
	empty bool // has a header and no rows
	rank  int  // order within the session
	// key keeps tables apart that lie in one folder, such as different devices.
	key string

	first, last int64
	fault       error
}

// joinedSession is the tables of one session while their mappings are made.
type joinedSession struct {
	files []*sourceFile
	notes []dataset.Finding
	sides []*sourceFile
	zone  string // when the tables name one
	// What a recording's name says was done throughout, "" when nothing.
	exercise, kind string
}

// notKept tells the columns of a table that are no channel.
func (s *joinedSession) notKept(f *sourceFile, columns []string) {
	if len(columns) > 0 {
		s.notes = append(s.notes, dataset.Finding{Kind: dataset.FindingNote, Sample: -1,
			Message: fmt.Sprintf("%s also has %s, which %s not kept.", f.name(), listNames(columns), wereOf(len(columns)))})
	}
}

func joinedOf(f *sourceFile) *joinedTable { return f.detail.(*joinedTable) }

// groupJoined makes sessions of tables that overlap in time.
func groupJoined(format, label string, end func(ctx context.Context, w *session, t *joinedSession, zero int64) error) func([]*sourceFile, surveyed) []unit {
	return func(mine []*sourceFile, _ surveyed) []unit {
		var units []unit
		for _, files := range byFolder(mine) {
			sessions := cluster(files)
			for _, t := range sessions {
				units = append(units, joinedUnit(format, label, t, end, len(sessions) == 1))
			}
		}
		return units
	}
}

// cluster groups the tables of a folder by key and time. Tables that cannot be
// timed stand alone, to be refused with their fault; side tables go to the
// session that they lie in, or the first.
func cluster(files []*sourceFile) []*joinedSession {
	var timed, sides []*sourceFile
	var sessions []*joinedSession
	for _, f := range files {
		t := joinedOf(f)
		t.span(f)
		if errors.Is(t.fault, errNoRows) && (t.side || len(files) > 1) {
			t.side, t.empty, t.fault = true, true, nil // a sensor that wrote nothing
		}
		switch {
		case t.fault != nil:
			sessions = append(sessions, &joinedSession{files: []*sourceFile{f}})
		case t.side:
			sides = append(sides, f)
		default:
			timed = append(timed, f)
		}
	}
	sort.SliceStable(timed, func(i, j int) bool {
		a, b := joinedOf(timed[i]), joinedOf(timed[j])
		if a.key != b.key {
			return a.key < b.key
		}
		return a.first < b.first
	})
	var until int64
	for i, f := range timed {
		t := joinedOf(f)
		if i == 0 || joinedOf(timed[i-1]).key != t.key || t.first-until > joinPause {
			sessions = append(sessions, &joinedSession{})
			until = t.last
		}
		s := sessions[len(sessions)-1]
		s.files = append(s.files, f)
		until = max(until, t.last)
	}
	for _, f := range sides {
		home := &joinedSession{files: []*sourceFile{f}}
		for _, s := range sessions {
			if own := joinedOf(s.files[0]); own.fault == nil && own.key == joinedOf(f).key && (home.files[0] == f || own.first <= joinedOf(f).first) {
				home = s
			}
		}
		if home.files[0] == f {
			sessions = append(sessions, home)
			continue
		}
		if joinedOf(f).empty {
			home.notes = append(home.notes, dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: f.name() + " has no rows."})
		}
		home.sides = append(home.sides, f)
	}
	for _, s := range sessions {
		sort.SliceStable(s.files, func(i, j int) bool { return joinedOf(s.files[i]).rank < joinedOf(s.files[j]).rank })
	}
	return sessions
}

// joinedUnit is a session of tables; alone says that it is the only one of its
// folder, which then names it.
func joinedUnit(format, label string, t *joinedSession, end func(context.Context, *session, *joinedSession, int64) error, alone bool) unit {
	source := t.files[0].shown
	if alone && len(t.files)+len(t.sides) > 1 {
		source = t.files[0].shownDir()
	}
	d := &tableDecoder{}
	d.begin = func(w *session, info *dataset.Session) error {
		info.Source = label
		for _, f := range t.files {
			j := joinedOf(f)
			if j.fault != nil {
				return j.fault
			}
			if j.side {
				return badFile(f.path, "holds only notes for other files of its recording, which are not here")
			}
			m, err := j.build(w, t)
			if err != nil {
				return err
			}
			if err := m.compile(); err != nil {
				return badFile(f.path, "%v", err)
			}
			d.sources = append(d.sources, tableSource{file: f, mapping: m, captures: map[string]string{}})
		}
		info.Zone = t.zone
		return nil
	}
	d.end = func(ctx context.Context, w *session, zero int64) error {
		w.findings = append(w.findings, t.notes...)
		t.labelWhole(w)
		if end == nil {
			return nil
		}
		return end(ctx, w, t, zero)
	}
	return unit{source: source, format: format, files: append(append([]*sourceFile(nil), t.files...), t.sides...), decode: d.decode}
}

// labelWhole gives the session's first recording the label that its name says.
func (s *joinedSession) labelWhole(w *session) {
	if s.exercise == "" || len(w.finished) == 0 {
		return
	}
	l := dataset.Label{Recording: w.finished[0], End: w.recordings[0].Samples, Kind: s.kind}
	if s.kind == dataset.KindRest {
		w.plainLabel(l)
	} else {
		w.label(l, s.exercise, "")
	}
	w.find(dataset.Finding{Kind: dataset.FindingLabels, Sample: -1, Message: "The label is from the name that the wearer gave the recording; it covers all of it."})
}

// span finds the first and last time of a table.
func (t *joinedTable) span(f *sourceFile) {
	if t.fault != nil {
		return
	}
	if t.timing == nil {
		t.first, t.last = t.start, t.start
		return
	}
	in, err := os.Open(f.path)
	if err != nil {
		t.fault = badFile(f.path, "%s", reasonOf(err))
		return
	}
	defer in.Close()
	if t.first, t.fault = t.timing.firstTime(f.path, in); t.fault != nil {
		return
	}
	t.last = t.first
	// The end is for grouping only; a broken last line is refused when it is read.
	tail := make([]byte, min(f.size, 4096))
	if _, err := in.ReadAt(tail, f.size-int64(len(tail))); err != nil && err != io.EOF {
		return
	}
	tail = bytes.TrimRight(tail, "\r\n")
	tail = tail[bytes.LastIndexByte(tail, '\n')+1:]
	if last, ok := t.timing.timeOf(f.path, tail); ok {
		t.last = last
	}
}

// timeOf reads the time of one row of a file, whose header is read for it.
func (m *Mapping) timeOf(path string, row []byte) (int64, bool) {
	in, err := os.Open(path)
	if err != nil {
		return 0, false
	}
	defer in.Close()
	p, err := m.openRows(path, in)
	if err != nil || p.parse(row) != nil || len(p.times) == 0 {
		return 0, false
	}
	return p.times[0], true
}

// headLines gives the first whole lines of a file's head, without their ends.
func headLines(f *sourceFile, most int) []string {
	if !isText(f.head) {
		return nil
	}
	lines := bytes.Split(bytes.TrimPrefix(f.head, utf8Mark), []byte("\n"))
	if int64(len(f.head)) < f.size && len(lines) > 0 {
		lines = lines[:len(lines)-1]
	}
	var out []string
	for _, l := range lines[:min(len(lines), most)] {
		out = append(out, string(bytes.TrimSuffix(l, []byte("\r"))))
	}
	return out
}

// firstRows is values[channel][row] of a file's first rows, and how many; none
// where it cannot be read.
func firstRows(path string, m *Mapping) (values [][]float64, rows int) {
	in, err := os.Open(path)
	if err != nil {
		return nil, 0
	}
	defer in.Close()
	p, err := m.openRows(path, in)
	if err != nil || p.batch() != nil {
		return nil, 0
	}
	return p.values, p.rows
}

// medianNorm is the median length of the vector of three columns over a file's
// first rows; ok is false when it cannot be read.
func medianNorm(path string, m *Mapping, channels [3]int) (float64, bool) {
	values, rows := firstRows(path, m)
	if rows == 0 {
		return 0, false
	}
	var norms []float64
	for k := range rows {
		x, y, z := values[channels[0]][k], values[channels[1]][k], values[channels[2]][k]
		norms = append(norms, math.Sqrt(x*x+y*y+z*z))
	}
	sort.Float64s(norms)
	return norms[len(norms)/2], true
}

package codec

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"onset/dataset"
)

// pebbleLabel is one line of a labels.txt: what was done in one file.
type pebbleLabel struct {
	line       int
	text       string
	file       int // the number in the file's name
	group      string
	name       string
	extra      string // bench angle, grip, side or whatever the rater wrote
	weight     float64
	bodyweight bool
	reps       int
}

// discarded reports a set that the rater crossed out.
func (l pebbleLabel) discarded() bool { return l.group == "x" && l.name == "x" }

// maxLabelLine bounds a line of a label file.
const maxLabelLine = 4096

// readPebbleLabels reads lines `file=group,exercise,extra,weight,repetitions`.
// Lines that say something else, and files named twice, become findings; of two
// lines for a file the later one counts, because such files are written top to
// bottom and a correction is added below.
func readPebbleLabels(path string, r io.Reader) (map[int]pebbleLabel, []dataset.Finding, error) {
	labels := map[int]pebbleLabel{}
	var findings []dataset.Finding
	note := func(format string, args ...any) {
		findings = append(findings, dataset.Finding{Kind: dataset.FindingLabels, Sample: -1, Message: fmt.Sprintf(format, args...)})
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, maxLabelLine), maxLabelLine)
	n := 0
	for lines.Scan() {
		n++
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text == "" {
			continue
		}
		l, err := parsePebbleLabel(text)
		if err != nil {
			note("labels.txt line %d, %q: %v. The line was left out.", n, clipText(text, 80), err)
			continue
		}
		l.line = n
		if first, twice := labels[l.file]; twice {
			note("labels.txt names %d twice: line %d %q and line %d %q. Line %d, the later one, is used.",
				l.file, first.line, first.text, n, l.text, n)
		}
		labels[l.file] = l
	}
	if err := lines.Err(); err != nil {
		return nil, nil, badRow(path, int64(n+1), "%v", err)
	}
	if n == 0 {
		note("labels.txt is empty; the session was imported without labels.")
	}
	return labels, findings, nil
}

func parsePebbleLabel(text string) (pebbleLabel, error) {
	l := pebbleLabel{text: clipText(text, 200)}
	key, rest, ok := strings.Cut(text, "=")
	if !ok {
		return l, fmt.Errorf("there is no = after the file's number")
	}
	file, err := strconv.Atoi(strings.TrimSpace(key))
	if err != nil || file < 0 {
		return l, fmt.Errorf("%q is not a file's number", clipText(key, 20))
	}
	fields := strings.Split(rest, ",")
	if len(fields) != 5 {
		return l, fmt.Errorf("it has %d fields where group, exercise, extra, weight and repetitions make 5", len(fields))
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	l.file, l.group, l.name, l.extra = file, fields[0], fields[1], fields[2]
	if l.name == "" {
		return l, fmt.Errorf("it names no exercise")
	}
	weight, err := strconv.ParseFloat(fields[3], 64)
	if err != nil || weight != weight || weight > 10000 || weight < -1 {
		return l, fmt.Errorf("%q is not a weight", clipText(fields[3], 20))
	}
	l.weight, l.bodyweight = weight, weight == -1
	if l.reps, err = strconv.Atoi(fields[4]); err != nil || l.reps < 0 {
		return l, fmt.Errorf("%q is not a count of repetitions", clipText(fields[4], 20))
	}
	return l, nil
}

// attributes says of a set what its line says. Zero repetitions or weight mean
// that nobody wrote them down.
func (l pebbleLabel) attributes() dataset.Attributes {
	a := dataset.Attributes{Extra: map[string]string{}}
	if l.reps > 0 {
		a.Repetitions = &l.reps
	}
	switch {
	case l.bodyweight:
		a.Extra["weight"] = "bodyweight"
	case l.weight > 0:
		a.WeightKg = &l.weight
	}
	if l.extra != "" {
		a.Extra["extra"] = l.extra
	}
	side, _, _ := strings.Cut(l.extra, ";")
	if side == "left" || side == "right" {
		a.Side = side
	}
	if len(a.Extra) == 0 {
		a.Extra = nil
	}
	return a
}

// clipText shortens text for a message.
func clipText(s string, most int) string {
	runes := []rune(strings.ToValidUTF8(s, "?"))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most]) + "..."
}

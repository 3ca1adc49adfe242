package interchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"onset/dataset/tabletext"
)

// sniffed is how much of a file tells its format.
const sniffed = 64 << 10

// Sniff tells by a file's beginning which label format it has; ok is false where it
// has none of them. sure is false where the file may be a recording too: a text of
// two times and a name in each line.
func Sniff(path string) (f Format, ok, sure bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return Format{}, false, false, fmt.Errorf("looking into %s: %w", path, err)
	}
	defer file.Close()
	head := make([]byte, sniffed)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Format{}, false, false, fmt.Errorf("looking into %s: %w", path, err)
	}
	whole := n < sniffed
	if !whole {
		if last := bytes.LastIndexByte(head[:n], '\n'); last > 0 {
			n = last
		}
	}
	text, err := tabletext.Decode(head[:n])
	if err != nil {
		return Format{}, false, false, nil // no text, so none of these
	}
	name, sure := formatOf(strings.TrimSpace(strings.TrimPrefix(text, "\ufeff")))
	if name == "" {
		return Format{}, false, false, nil
	}
	f, err = ByName(name)
	return f, err == nil, sure, err
}

func formatOf(text string) (name string, sure bool) {
	has := func(words ...string) bool {
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	}
	head, _, _ := strings.Cut(text, "\n")
	columns := map[string]bool{}
	for _, c := range strings.FieldsFunc(head, func(r rune) bool { return strings.ContainsRune(",;\t|", r) }) {
		columns[strings.Trim(c, " \"\r")] = true
	}
	switch {
	case strings.HasPrefix(text, "<"):
		if has("<ANNOTATION_DOCUMENT") {
			return "elan", true
		}
	case strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{"):
		switch {
		case has(`"timeserieslabels"`), has(`"annotations"`, `"result"`):
			return "label-studio", true
		case has(`"sessions"`, `"segments"`):
			return "sensiml", true
		}
	case columns["start_s"] && columns["end_s"] && columns["label"]:
		return "csv", true
	case columns["START_TIME"] && columns["STOP_TIME"] && columns["PREDICTION"]:
		return "signaligner", true
	case columns["Behavior"] && (columns["Observation id"] || columns["Start (s)"] || columns["Time"]):
		return "boris", true
	case namedTimes(text):
		return "audacity", false
	}
	return "", false
}

// namedTimes reports whether each line is two times in order and a name, and some
// name is no number.
func namedTimes(text string) bool {
	named := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "\\") {
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) < 2 || len(cells) > 3 {
			return false
		}
		start, ok := seconds(cells[0])
		end, also := seconds(cells[1])
		if !ok || !also || end < start {
			return false
		}
		if len(cells) == 3 {
			if _, number := seconds(cells[2]); !number && strings.TrimSpace(cells[2]) != "" {
				named = true
			}
		}
	}
	return named
}

func seconds(text string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64)
	return v, err == nil
}

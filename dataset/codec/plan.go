package codec

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sort"
	"strings"
	"unicode/utf8"
)

// unit is one session to be: the files it is read from and the decoder that
// knows how.
type unit struct {
	source string // the path as given: a file, or the folder that holds the files
	format string
	files  []*sourceFile
	decode func(ctx context.Context, w *session) error
	left   int // how many units of the import come after this one
}

func (u unit) bytes() int64 {
	var n int64
	for _, f := range u.files {
		n += f.size
	}
	return n
}

// format is one kind of recording that can be read.
type format struct {
	name string
	// sniff tells the format from a file's first bytes and its size. The name
	// is for formats whose content alone cannot say what a column means.
	sniff func(f *sourceFile) bool
	// group makes sessions of the files that sniff recognised. It may use
	// further files of the same folders by marking them used.
	group func(mine []*sourceFile, all surveyed) []unit
}

// formats lists the decoders, strongest signature first.
func formats() ([]format, error) {
	all := []format{
		pebbleFormat(),
		pebbleLogFormat(),
		watchFormat(),
		cwaFormat(),
		gt3xFormat(),
		geneActivFormat(),
		edgeImpulseFormat(),
		liftFormat(),
		sensorRowsFormat(),
		sensorLoggerFormat(),
		xsensFormat(),
		empaticaFormat(),
		phyphoxFormat(),
		metaMotionFormat(),
		sensorLogFormat(),
		bidsFormat(),
	}
	shipped, err := ShippedMappings()
	for _, m := range shipped {
		all = append(all, m.asFormat(false))
	}
	return append(all, sevenFormat()), err
}

// Formats names the decoders that Options.Format accepts.
func Formats() []string {
	all, err := formats()
	if err != nil { // a shipped mapping is broken; an import says which
		return nil
	}
	var names []string
	for _, f := range all {
		names = append(names, f.name)
	}
	return names
}

// plan finds each file's format and groups the files into sessions, in the
// order in which the first file of each was met.
func plan(t tree, s surveyed, known []format, report *Report) ([]unit, error) {
	order := map[*sourceFile]int{}
	for i, f := range s.files {
		order[f] = i
		if err := tellFormat(t, f, known); err != nil {
			f.used = true
			report.Refused = append(report.Refused, Refusal{Source: f.shown, Reason: reasonOf(err)})
		}
	}
	var units []unit
	for _, k := range known {
		var mine []*sourceFile
		for _, f := range s.files {
			if f.format == k.name {
				f.used = true
				mine = append(mine, f)
			}
		}
		if len(mine) > 0 {
			units = append(units, k.group(mine, s)...)
		}
	}
	for _, f := range s.files {
		if !f.used {
			leave(f, report)
		}
	}
	sort.SliceStable(units, func(i, j int) bool { return order[units[i].files[0]] < order[units[j].files[0]] })
	return units, nil
}

// tellFormat reads the first bytes of a file and asks each format in turn.
func tellFormat(t tree, f *sourceFile, known []format) error {
	head, err := readHead(t, f.path)
	if err != nil {
		return err
	}
	f.head = head
	defer func() { f.head = nil }()
	for _, k := range known {
		if k.sniff(f) {
			f.format = k.name
			return nil
		}
	}
	f.papers = clearlyNoRecording(f) || loggerMetadata(f)
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		z, err := zip.OpenReader(f.path)
		if f.cut = err != nil; !f.cut {
			z.Close()
		}
	}
	f.archive = bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, gzipMark)
	return nil
}

// chosenFormats are the decoders to try: a mapping that a person gave comes
// before all others.
func chosenFormats(o Options) ([]format, error) {
	all, err := formats()
	if err != nil {
		return nil, err
	}
	var saved []format
	for _, m := range o.Mappings {
		saved = append(saved, m.asFormat(false))
	}
	all = append(saved, all...)
	if o.Mapping != nil {
		given := o.Mapping.asFormat(true)
		if o.Format == "" {
			return append([]format{given}, all...), nil
		}
		if o.Format == "csv" || o.Format == given.name {
			return []format{given}, nil
		}
	}
	if o.Format == "" {
		return all, nil
	}
	var names []string
	for _, f := range all {
		if f.name == o.Format {
			return []format{f}, nil
		}
		names = append(names, f.name)
	}
	return nil, fmt.Errorf("no decoder is called %q; there are %s", o.Format, strings.Join(names, ", "))
}

// leave puts a file that no decoder claimed where it belongs: skipped when it
// is clearly no recording, refused otherwise.
func leave(f *sourceFile, report *Report) {
	switch {
	case f.size == 0:
		report.Refused = append(report.Refused, Refusal{Source: f.shown, Reason: "the file is empty"})
	case f.archive && f.cut:
		report.Refused = append(report.Refused, Refusal{Source: f.shown, Reason: "the archive is damaged or cut short: its list of files, which stands at its end, cannot be read. Nothing of it was imported; copy it again from the device or from where it came"})
	case f.archive:
		report.Refused = append(report.Refused, Refusal{Source: f.shown, Reason: "an archive of no export that Onset knows; unpack it and import the folder"})
	case !f.given && f.papers:
		report.Skipped = append(report.Skipped, f.shown)
	default:
		if why := noTable(f); why != "" {
			report.Refused = append(report.Refused, Refusal{Source: f.shown, Reason: "not a format that Onset knows, and no table either: " + why + otherWay(f)})
			return
		}
		report.Refused = append(report.Refused, Refusal{Source: f.shown, Unknown: true, Reason: "not a format that Onset knows. If it is a table of numbers, describe it with a mapping" + mappingHint})
	}
}

// otherWay says what to do with a file of bytes that nothing here reads.
func otherWay(f *sourceFile) string {
	if head, err := readHead(osTree{}, f.path); err == nil && encodingOf(head) == noText {
		return ". If a device wrote it, export it as CSV with the program of the device's maker and import that"
	}
	return ""
}

// noTable says why a file is no table that could be described; "" when it may be.
func noTable(f *sourceFile) string {
	_, err := Inspect(f.path)
	if bad, ok := errors.AsType[*InputError](err); ok {
		return bad.What
	}
	return ""
}

// clearlyNoRecording recognises the papers that lie beside recordings: prose,
// pictures, programs, hidden files.
func clearlyNoRecording(f *sourceFile) bool {
	name := strings.ToLower(f.name())
	if strings.HasPrefix(name, ".") || name == "thumbs.db" || name == "desktop.ini" {
		return true
	}
	for _, word := range []string{"license", "licence", "readme", "source", "copying", "notice", "description", "changelog", "citation"} {
		if strings.HasPrefix(name, word) {
			return true
		}
	}
	switch filepath.Ext(name) {
	case ".md", ".pdf", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".html", ".docx", ".doc", ".xlsx", ".pptx", ".py", ".r", ".m", ".ipynb", ".toml", ".yaml", ".yml", ".mp4", ".mov", ".avi", ".upstream":
		return true
	}
	return isProse(f.head)
}

// isProse reports text of which few lines begin with a number.
func isProse(head []byte) bool {
	if len(head) == 0 || bytes.IndexByte(head, 0) >= 0 || !utf8.Valid(trimPartialRune(head)) {
		return false
	}
	if bytes.IndexByte(head, '\n') < 0 { // lines of old computers end with a return alone
		head = bytes.ReplaceAll(head, []byte("\r"), []byte("\n"))
	}
	lines, numeric := 0, 0
	for _, line := range bytes.Split(head, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		lines++
		cell := bytes.TrimLeft(line, "\",; \t")
		if len(cell) > 0 && (cell[0]-'0' <= 9 || cell[0] == '-' || cell[0] == '+' || cell[0] == '.') {
			numeric++
		}
	}
	return numeric*4 < lines
}

// trimPartialRune drops a rune that was cut in two at the end.
func trimPartialRune(b []byte) []byte {
	for i := 1; i <= utf8.UTFMax && i <= len(b); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			return b
		}
	}
	return b
}

// byFolder groups files by the folder they lie in, keeping their order.
func byFolder(files []*sourceFile) [][]*sourceFile {
	var groups [][]*sourceFile
	at := map[string]int{}
	for _, f := range files {
		i, ok := at[f.dir()]
		if !ok {
			i = len(groups)
			at[f.dir()] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], f)
	}
	return groups
}

// siblings are the files of a folder that no session has used yet.
func (s surveyed) siblings(dir string) []*sourceFile {
	var found []*sourceFile
	for _, f := range s.files {
		if f.dir() == dir && !f.used {
			found = append(found, f)
		}
	}
	return found
}

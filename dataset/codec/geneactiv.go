package codec

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"onset/dataset"
)

// Sizes of a GENEActiv page: samples, and hexadecimal digits for each.
const (
	geneSamples = 300
	geneDigits  = 12
)

// maxGeneLine bounds a line; the longest sound one is a page's samples.
const maxGeneLine = 16 << 10

// geneHeader is what a GENEActiv file says of itself.
type geneHeader struct {
	rate         float64 // Hz
	gain, offset [3]float64
	volts, lux   float64
	east         string // its offset from Greenwich, as written
	placement    string
	pages        int64
	person       string // what the header calls the subject
	named        []string
	names        []string // what those fields say, for the key file
}

// geneActivFormat reads the text files of GENEActiv loggers.
func geneActivFormat() format {
	return format{name: "geneactiv", sniff: func(f *sourceFile) bool {
		return bytes.HasPrefix(f.head, []byte("Device Identity")) && bytes.Contains(f.head, []byte("GENEActiv"))
	}, group: func(mine []*sourceFile, _ surveyed) []unit {
		var units []unit
		for _, f := range mine {
			d := &geneDecoder{file: f}
			units = append(units, unit{source: f.shown, format: "geneactiv", files: []*sourceFile{f}, decode: d.decode})
		}
		return units
	}}
}

// lineReader reads lines of bounded length and counts bytes and lines.
type lineReader struct {
	in  *bufio.Reader
	at  int64 // byte offset of the next line
	row int64 // lines read
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{in: bufio.NewReaderSize(r, maxGeneLine)}
}

var errLongLine = errors.New("a line is longer than any of this format")

// next gives a line without its end, valid until the next call, and io.EOF
// after the last. whole is false when the file ended inside the line.
func (l *lineReader) next() (line []byte, whole bool, err error) {
	b, err := l.in.ReadSlice('\n')
	l.at += int64(len(b))
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, false, errLongLine
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(b) == 0) {
		return nil, false, err
	}
	l.row++
	return bytes.TrimRight(b, "\r\n"), err == nil, nil
}

// geneDecoder reads one file.
type geneDecoder struct {
	file   *sourceFile
	header geneHeader

	rec       *recording
	zero      time.Time
	clock     blockClock
	clip      *clipCounter
	pages     int64
	sequence  int64
	jumps     bool    // pages are missing between others
	low, high float64 // temperature
	presses   int
	cut       bool
	bad       []string // pages left out
}

func (d *geneDecoder) decode(ctx context.Context, w *session) error {
	file, err := w.file(ctx, d.file)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := newLineReader(file)
	if err := d.readHeader(lines); err != nil {
		return err
	}
	d.low, d.high = math.Inf(1), math.Inf(-1)
	d.clock.nominal = d.header.rate
	for {
		p, err := d.readPage(lines)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := d.take(ctx, w, p); err != nil {
			return err
		}
	}
	if d.rec == nil {
		if len(d.bad) > 0 {
			return badFile(d.file.path, "holds no whole page of samples: %s", listNames(d.bad))
		}
		return badFile(d.file.path, "holds no whole page of samples")
	}
	return d.finish(ctx, w)
}

func (d *geneDecoder) readHeader(lines *lineReader) error {
	fields := map[string]string{}
	for {
		line, _, err := lines.next()
		if err != nil {
			return badRow(d.file.path, lines.row+1, "the header ends without any recorded data")
		}
		if string(line) == "Recorded Data" {
			break
		}
		key, value, ok := strings.Cut(string(line), ":")
		value = strings.TrimSpace(value)
		if !ok || value == "" {
			continue
		}
		fields[key] = value
		switch key {
		case "Device Unique Serial Code", "Subject Code", "Date of Birth", "Subject Notes", "Investigator ID", "Config Operator ID", "Config Notes", "Extract Notes", "Study Code", "Study Centre":
			d.header.named = append(d.header.named, key)
			if key == "Subject Code" {
				d.header.person = value
			}
			if key == "Device Unique Serial Code" || key == "Subject Code" || key == "Date of Birth" {
				d.header.names = append(d.header.names, value)
			}
		}
		if len(fields) > 500 {
			return badRow(d.file.path, lines.row, "the header has more than 500 fields")
		}
	}
	if err := d.header.read(fields); err != nil {
		return badFile(d.file.path, "%v", err)
	}
	return nil
}

func (h *geneHeader) read(fields map[string]string) error {
	numbers := map[string]*float64{"x gain": &h.gain[0], "y gain": &h.gain[1], "z gain": &h.gain[2],
		"x offset": &h.offset[0], "y offset": &h.offset[1], "z offset": &h.offset[2], "Volts": &h.volts, "Lux": &h.lux}
	for name, p := range numbers {
		v, err := decimal(fields[name])
		if err != nil {
			return fmt.Errorf("the header's calibration has %s %q, not a number; without it the counts mean nothing", name, fields[name])
		}
		*p = v
	}
	var err error
	if h.rate, err = decimal(strings.TrimSuffix(fields["Measurement Frequency"], " Hz")); err != nil || !(h.rate > 0 && h.rate <= 1000) {
		return fmt.Errorf("the header's measurement frequency is %q", fields["Measurement Frequency"])
	}
	for i, g := range h.gain {
		if g == 0 {
			return fmt.Errorf("the gain of axis %s is 0", "xyz"[i:i+1])
		}
	}
	h.east = strings.TrimSpace(strings.TrimPrefix(fields["Time Zone"], "GMT"))
	h.pages, _ = strconv.ParseInt(fields["Number of Pages"], 10, 64) // only told, never relied on
	h.placement = "unknown"
	if place, ok := cwaPlaces[strings.ToLower(fields["Device Location Code"])]; ok {
		h.placement = place
	}
	return nil
}

// genePage is one page: its fields and samples.
type genePage struct {
	at       time.Time // wall clock of its first sample
	sequence int64
	celsius  float64
	codes    [][]int32 // x, y, z, light
	presses  int
}

// readPage reads the page that follows a line "Recorded Data", up to and with
// the next such line. A page that the file's end cuts is told and left out.
func (d *geneDecoder) readPage(lines *lineReader) (genePage, error) {
	p := genePage{sequence: -1}
	for {
		line, whole, err := lines.next()
		if errors.Is(err, io.EOF) {
			if p.sequence >= 0 && p.codes == nil {
				d.cut = true
			}
			if p.codes != nil {
				return p, nil
			}
			return p, io.EOF
		}
		if err != nil {
			return p, badRow(d.file.path, lines.row+1, "%v", err)
		}
		text := string(line)
		switch key, value, _ := strings.Cut(text, ":"); {
		case text == "Recorded Data":
			if p.codes != nil {
				return p, nil
			}
		case text == "":
		case !strings.Contains(text, ":"):
			if len(text) != geneSamples*geneDigits {
				if !whole {
					d.cut = true
					return p, io.EOF
				}
				return p, badRow(d.file.path, lines.row, "a page has %d hexadecimal digits, not %d", len(text), geneSamples*geneDigits)
			}
			if p.codes, p.presses, err = geneCodes(line); err != nil {
				d.bad = append(d.bad, fmt.Sprintf("page %d (row %d: %v)", p.sequence, lines.row, err))
				p = genePage{sequence: -1}
				continue
			}
			if p.at.IsZero() {
				return p, badRow(d.file.path, lines.row, "the page has no time")
			}
		default:
			if !whole {
				d.cut = true
				return p, io.EOF
			}
			if err := p.field(key, strings.TrimSpace(value)); err != nil {
				return p, badRow(d.file.path, lines.row, "%v", err)
			}
		}
	}
}

func (p *genePage) field(key, value string) error {
	var err error
	switch key {
	case "Sequence Number":
		p.sequence, err = strconv.ParseInt(value, 10, 64)
	case "Page Time":
		at := strings.LastIndex(value, ":") // milliseconds stand behind a colon
		if at < 0 {
			return fmt.Errorf("page time %q", value)
		}
		p.at, err = time.Parse("2006-01-02 15:04:05.000", value[:at]+"."+value[at+1:])
	case "Temperature":
		p.celsius, err = decimal(value)
	}
	if err != nil {
		return fmt.Errorf("%s is %q", strings.ToLower(key), value)
	}
	return nil
}

// geneCodes decodes a page: 12 bits each of x, y and z, 10 of light, one for the
// button and one to spare.
func geneCodes(digits []byte) (codes [][]int32, presses int, err error) {
	codes = make([][]int32, 4)
	for c := range codes {
		codes[c] = make([]int32, geneSamples)
	}
	for i := range geneSamples {
		var v uint64
		for _, c := range digits[i*geneDigits : (i+1)*geneDigits] {
			switch {
			case c >= '0' && c <= '9':
				v = v<<4 | uint64(c-'0')
			case c >= 'A' && c <= 'F':
				v = v<<4 | uint64(c-'A'+10)
			case c >= 'a' && c <= 'f':
				v = v<<4 | uint64(c-'a'+10)
			default:
				return nil, 0, fmt.Errorf("%q in sample %d of the page is no hexadecimal digit", c, i+1)
			}
		}
		for a := range 3 {
			codes[a][i] = int32(v>>(36-12*a)&0xfff) << 20 >> 20
		}
		codes[3][i] = int32(v >> 2 & 0x3ff)
		presses += int(v >> 1 & 1)
	}
	return codes, presses, nil
}

func (d *geneDecoder) take(ctx context.Context, w *session, p genePage) error {
	lost := ""
	if d.rec == nil {
		d.zero = p.at
		if err := d.begin(ctx, w, p.at); err != nil {
			return err
		}
	} else if p.sequence != d.sequence+1 {
		d.jumps = true
		lost = fmt.Sprintf("page numbers jump from %d to %d", d.sequence, p.sequence)
	}
	d.sequence = p.sequence
	d.pages++
	d.presses += p.presses
	d.low, d.high = min(d.low, p.celsius), max(d.high, p.celsius)
	d.clock.add(geneSamples, p.at.Sub(d.zero).Seconds(), lost)
	d.clip.codes(d.rec.samples, p.codes)
	return d.rec.appendCodes(ctx, p.codes)
}

func (d *geneDecoder) begin(ctx context.Context, w *session, wall time.Time) error {
	start, zone, err := w.wallClock(wall, d.header.east)
	if err != nil {
		return err
	}
	w.person = written(d.header.person)
	if err := w.open(ctx, dataset.Session{Start: start, Zone: zone, Source: sourceLabel("geneactiv", d.file.name())}); err != nil {
		return err
	}
	w.identify(d.header.names...)
	spec := recordingSpec{Device: "GENEActiv", Placement: d.header.placement, NominalHz: d.header.rate}
	for i, axis := range "xyz" {
		ch := dataset.Channel{Kind: "accelerometer", Axis: string(axis), Unit: "g", Scale: 100 / d.header.gain[i], Offset: -d.header.offset[i] / d.header.gain[i]}
		ch.RangeMin, ch.RangeMax = -2048*ch.Scale+ch.Offset, 2047*ch.Scale+ch.Offset
		spec.Channels = append(spec.Channels, ch)
	}
	if d.header.volts != 0 {
		spec.Channels = append(spec.Channels, dataset.Channel{Kind: "light", Unit: "lx", Scale: d.header.lux / d.header.volts})
	} else {
		spec.Channels = append(spec.Channels, dataset.Channel{Kind: "light", Unit: "1", Scale: 1})
	}
	d.clip = newClipCounter(spec.Channels)
	d.rec, err = w.record(ctx, spec)
	return err
}

func (d *geneDecoder) finish(ctx context.Context, w *session) error {
	clock, measured, findings := d.clock.finish()
	findings = append(findings, d.clip.findings(clock)...)
	note := func(kind, format string, args ...any) {
		findings = append(findings, dataset.Finding{Kind: kind, Sample: -1, Message: fmt.Sprintf(format, args...)})
	}
	if len(d.bad) > 0 {
		note(dataset.FindingUnreadable, "%s could not be read and was left out: %s. The pages around are whole; copy the file from the device again if it is still there.", plural(len(d.bad), "page"), listNames(d.bad))
	}
	if d.cut {
		note(dataset.FindingUnreadable, "The file ends inside page %d; that page was left out.", d.pages+1)
	}
	if d.header.pages != 0 && d.header.pages != d.pages {
		// A recording that was stopped early has fewer pages than it was set up for:
		// nothing is lost unless pages are missing between others.
		kind := dataset.FindingNote
		if d.jumps || len(d.bad) > 0 {
			kind = dataset.FindingUnreadable
		}
		note(kind, "The header declares %d pages; the file holds %d whole ones.", d.header.pages, d.pages)
	}
	note(dataset.FindingNote, "Temperature (%g to %g C) and battery are written once a page and were not kept; the button is down in %s.", d.low, d.high, plural(d.presses, "sample"))
	if len(d.header.named) > 0 {
		note(dataset.FindingNote, "The header's fields %s may name a person or a device and were not kept.", strings.Join(d.header.named, ", "))
	}
	_, err := d.rec.finish(ctx, clock, measured, findings)
	return err
}

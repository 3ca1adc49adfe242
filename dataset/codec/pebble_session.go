package codec

import (
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"onset/dataset"
)

// pebbleFormat reads sessions of a Pebble watch: a folder of packet files, one
// a set, with a labels.txt beside them or not.
func pebbleFormat() format {
	return format{name: "pebble", sniff: looksPebble, group: groupPebble}
}

func groupPebble(mine []*sourceFile, all surveyed) []unit {
	var units []unit
	for _, files := range byFolder(mine) {
		source := files[0].dir()
		if files[0].given {
			source = files[0].shown
		}
		d := &pebbleDecoder{files: files, scan: scanPebble}
		for _, f := range all.siblings(files[0].dir()) {
			switch {
			case strings.EqualFold(f.name(), "labels.txt"):
				d.labels = f
			case strings.EqualFold(filepath.Ext(f.name()), filepath.Ext(files[0].name())) && f.format == "":
				d.strangers = append(d.strangers, f)
			default:
				continue
			}
			f.used = true
		}
		units = append(units, unit{source: source, format: "pebble", files: files, decode: d.decode})
	}
	return units
}

// pebbleDecoder reads one session.
type pebbleDecoder struct {
	files     []*sourceFile // in natural order of their names
	labels    *sourceFile   // nil when there is none
	strangers []*sourceFile // named like packet files but without a packet in front
	scan      packetScanner
	log       bool // a text log, which has no labels beside it
}

// packetScanner reads the packets of a file, as scanPebble does.
type packetScanner func(path string, r io.Reader, seed maphash.Seed, visit func(p pebblePacket, payload []byte) error) error

// stream is what one sensor of one device wrote.
type stream struct{ kind, device byte }

// pebbleIndex is what a first reading of all files finds.
type pebbleIndex struct {
	seed    maphash.Seed
	order   []stream
	packets map[stream][]placed
	keep    map[packetKey]packetSeen
	spans   map[int]map[stream][2]int64 // by number of the file: its samples
	stored  int
	repeats int
	changed []string // repeats that differ from the first copy
}

type packetKey struct {
	stream
	sequence uint8
	millis   int64
}

type packetSeen struct {
	turn   int
	offset int64
	sum    uint64
}

func (d *pebbleDecoder) decode(ctx context.Context, w *session) error {
	if len(d.strangers) > 0 {
		f := d.strangers[0]
		if f.size == 0 {
			return badFile(f.path, "the file is empty; remove it from the folder to import the other sets")
		}
		return badByte(f.path, 0, "not a packet, where the folder's other files hold packets; remove it from the folder to import the other sets")
	}
	ix, err := d.index(ctx, w)
	if err != nil {
		return err
	}
	if len(ix.order) == 0 {
		return badFile(d.files[0].path, "its packets hold no samples")
	}
	timing := map[stream]packetTiming{}
	zero := 0.0
	for i, s := range ix.order {
		t := timePackets(ix.packets[s])
		timing[s] = t
		if i == 0 || t.zero < zero {
			zero = t.zero
		}
	}
	folder := filepath.Base(d.files[0].dir())
	w.person = personWord(folder)
	info := dataset.Session{Start: time.UnixMicro(int64(zero * 1000)).UTC(), Zone: "UTC", Source: sourceLabel("pebble", folder)}
	if err := w.open(ctx, info); err != nil {
		return err
	}
	d.describe(w, ix)
	for i, s := range ix.order {
		id, err := d.record(ctx, w, ix, s, timing[s], (timing[s].zero-zero)/1000)
		if err != nil {
			return err
		}
		if i == 0 {
			if err := d.attachLabels(ctx, w, ix, s, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// index reads all packets, without keeping samples, and drops repeats.
func (d *pebbleDecoder) index(ctx context.Context, w *session) (*pebbleIndex, error) {
	ix := &pebbleIndex{seed: maphash.MakeSeed(), packets: map[stream][]placed{}, keep: map[packetKey]packetSeen{}, spans: map[int]map[stream][2]int64{}}
	for turn, f := range d.files {
		r, err := w.file(ctx, f)
		if err != nil {
			return nil, err
		}
		ix.spans[turn] = map[stream][2]int64{}
		err = d.scan(f.path, r, ix.seed, func(p pebblePacket, _ []byte) error {
			ix.add(p, turn, f.name())
			return nil
		})
		r.Close()
		if err != nil {
			return nil, err
		}
	}
	return ix, nil
}

func (ix *pebbleIndex) add(p pebblePacket, turn int, file string) {
	ix.stored++
	s := stream{p.kind, p.device}
	key := packetKey{s, p.sequence, p.millis}
	if first, seen := ix.keep[key]; seen {
		ix.repeats++
		if first.sum != p.sum {
			ix.changed = append(ix.changed, fmt.Sprintf("packet %d of %s at byte %d", p.sequence, file, p.offset-pebbleHeaderLen))
		}
		return
	}
	ix.keep[key] = packetSeen{turn, p.offset, p.sum}
	if p.count == 0 {
		return
	}
	had := ix.packets[s]
	if len(had) == 0 {
		ix.order = append(ix.order, s)
	}
	one := placed{pebbleHeader: p.pebbleHeader, file: file, turn: turn}
	if len(had) > 0 {
		one.first = had[len(had)-1].end()
	}
	ix.packets[s] = append(had, one)
	span, begun := ix.spans[turn][s]
	if !begun {
		span[0] = one.first
	}
	span[1] = one.end()
	ix.spans[turn][s] = span
}

// describe keeps what the first reading found for the session as a whole.
func (d *pebbleDecoder) describe(w *session, ix *pebbleIndex) {
	if ix.repeats > 0 {
		w.find(dataset.Finding{Kind: dataset.FindingRepeats, Sample: -1,
			Message: fmt.Sprintf("%d of %d stored packets repeat an earlier one (same sequence number and time) and were dropped.", ix.repeats, ix.stored)})
	}
	for _, c := range ix.changed {
		w.find(dataset.Finding{Kind: dataset.FindingUnreadable, Sample: -1,
			Message: "A repeated packet differs from its first copy; the first was kept: " + c + "."})
	}
}

// record reads the files again and stores the samples of one stream.
func (d *pebbleDecoder) record(ctx context.Context, w *session, ix *pebbleIndex, s stream, t packetTiming, shift float64) (dataset.RecordingID, error) {
	spec := pebbleSpec(s, ix.packets[s][0].rate)
	rec, err := w.record(ctx, spec)
	if err != nil {
		return "", err
	}
	clip := newClipCounter(spec.Channels)
	codes := make([][]int32, len(spec.Channels))
	for turn, f := range d.files {
		r, err := w.file(ctx, f)
		if err != nil {
			return "", err
		}
		err = d.scan(f.path, r, ix.seed, func(p pebblePacket, payload []byte) error {
			seen := ix.keep[packetKey{stream{p.kind, p.device}, p.sequence, p.millis}]
			if (stream{p.kind, p.device}) != s || seen.turn != turn || seen.offset != p.offset {
				return nil
			}
			if seen.sum != p.sum {
				return badByte(f.path, p.offset, "the file changed while it was read")
			}
			unpackPebble(p.pebbleHeader, payload, codes)
			clip.codes(rec.samples, codes)
			return rec.appendCodes(ctx, codes)
		})
		r.Close()
		if err != nil {
			return "", err
		}
	}
	clock, findings := t.clock, append(t.findings, clip.findings(t.clock)...)
	for i := range clock.Segments {
		clock.Segments[i].Start += shift
	}
	for i := range findings {
		findings[i].AtS += shift
	}
	return rec.finish(ctx, clock, t.measured, findings)
}

// unpackPebble fills codes[channel] with a packet's samples.
func unpackPebble(h pebbleHeader, payload []byte, codes [][]int32) {
	for c := range codes {
		codes[c] = codes[c][:0]
	}
	for i := 0; i < h.count; i++ {
		b := payload[i*h.size:]
		if h.kind == packetHeartRate {
			codes[0] = append(codes[0], int32(b[0]))
			continue
		}
		x, y, z := unpack13(b)
		codes[0], codes[1], codes[2] = append(codes[0], x), append(codes[1], y), append(codes[2], z)
	}
}

// pebbleLimit is the largest value that the watch's sensor writes, in milli-g:
// it counts to 510 in steps of 8.
const pebbleLimit = 4080

func pebbleSpec(s stream, rate int) recordingSpec {
	spec := recordingSpec{Device: "Pebble", Placement: "wrist", NominalHz: float64(rate)}
	if s.device != 0 {
		spec.Device, spec.Placement = fmt.Sprintf("device 0x%02x", s.device), "unknown"
	}
	switch s.kind {
	case packetHeartRate:
		spec.Channels = []dataset.Channel{{Kind: "heart-rate", Unit: "1/min", Scale: 1}}
	case packetRotation:
		for _, axis := range []string{"x", "y", "z"} {
			spec.Channels = append(spec.Channels, dataset.Channel{Kind: "gyroscope", Axis: axis, Unit: "rad/s", Scale: 0.001})
		}
	default:
		for _, axis := range []string{"x", "y", "z"} {
			c := dataset.Channel{Kind: "accelerometer", Axis: axis, Unit: "g", Scale: 0.001}
			if s.device == 0 {
				c.RangeMin, c.RangeMax = -pebbleLimit*0.001, pebbleLimit*0.001
			}
			spec.Channels = append(spec.Channels, c)
		}
	}
	return spec
}

// attachLabels gives each set file's samples the label of its line.
func (d *pebbleDecoder) attachLabels(ctx context.Context, w *session, ix *pebbleIndex, s stream, id dataset.RecordingID) error {
	note := func(format string, args ...any) {
		w.find(dataset.Finding{Kind: dataset.FindingLabels, Sample: -1, Message: fmt.Sprintf(format, args...)})
	}
	if d.labels == nil {
		if d.log {
			return nil
		}
		note("There is no labels.txt beside these files; the session was imported without labels.")
		return nil
	}
	r, err := w.file(ctx, d.labels)
	if err != nil {
		return err
	}
	defer r.Close()
	lines, findings, err := readPebbleLabels(d.labels.path, r)
	if err != nil {
		return err
	}
	w.findings = append(w.findings, findings...)
	var bare, crossed []string
	for turn, f := range d.files {
		number, err := strconv.Atoi(strings.TrimSuffix(f.name(), filepath.Ext(f.name())))
		l, labelled := lines[number]
		span, filled := ix.spans[turn][s]
		if err == nil {
			delete(lines, number)
		}
		switch {
		case err != nil || !labelled:
			bare = append(bare, f.name())
		case l.discarded():
			crossed = append(crossed, f.name())
		case !filled:
			note("labels.txt line %d labels %s, which holds no samples of its own.", l.line, f.name())
		default:
			w.label(dataset.Label{Recording: id, Start: span[0], End: span[1], Attributes: l.attributes()}, l.name, l.group)
		}
	}
	if len(bare) > 0 && len(bare) < len(d.files) {
		note("labels.txt says nothing of %s; imported without a label.", listNames(bare))
	}
	if len(crossed) > 0 {
		note("labels.txt crosses out %s (x,x); imported without a label.", listNames(crossed))
	}
	for _, l := range sortedLabels(lines) {
		note("labels.txt line %d labels file %d, which is not here.", l.line, l.file)
	}
	return nil
}

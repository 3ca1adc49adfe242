package codec

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"onset/dataset"
)

// cwaFormat reads the files of Axivity AX3 and AX6 loggers.
func cwaFormat() format {
	return format{name: "cwa", sniff: sniffCWA, group: func(mine []*sourceFile, _ surveyed) []unit {
		var units []unit
		for _, f := range mine {
			d := &cwaDecoder{file: f, low: math.Inf(1), high: math.Inf(-1)}
			units = append(units, unit{source: f.shown, format: "cwa", files: []*sourceFile{f}, decode: d.decode})
		}
		return units
	}}
}

func sniffCWA(f *sourceFile) bool {
	h := f.head
	return len(h) >= 4 && h[0] == 'M' && h[1] == 'D' && h[2] == 0xfc && h[3] == 0x03
}

// cwaBatch is how many sectors are stored at once.
const cwaBatch = 64

// cwaDecoder reads one file.
type cwaDecoder struct {
	file   *sourceFile
	header cwaHeader

	rec       *recording
	first     cwaSector
	zero      float64
	clock     blockClock
	clip      *clipCounter
	order     cwaOrder
	batch     [][]int32
	room      cwaCodes
	held      int
	broken    []int // blocks that fail their checksum
	odd       []int // blocks that are no block, or of another range or rate
	lost      string
	strays    []string // bytes between blocks that are none
	cut       string   // that the file ends inside a block
	sequence  uint32
	low, high float64 // temperature
}

func (d *cwaDecoder) decode(ctx context.Context, w *session) error {
	file, err := w.file(ctx, d.file)
	if err != nil {
		return err
	}
	defer file.Close()
	in := bufio.NewReaderSize(file, 128<<10)
	head := make([]byte, cwaHeaderLen)
	if n, err := io.ReadFull(in, head); err != nil {
		return badByte(d.file.path, int64(n), "the header of 1,024 bytes is cut short")
	}
	if d.header, err = parseCWAHeader(head); err != nil {
		return badByte(d.file.path, 0, "%v", err)
	}
	if err := d.sectors(ctx, w, in); err != nil {
		return err
	}
	if d.rec == nil {
		why := d.leftOut()
		if why == "" {
			why = "nothing but empty blocks follows its header. The device recorded nothing, or copying the file broke off; copy it from the device again"
		}
		return badFile(d.file.path, "holds no readable block of samples: %s", why)
	}
	return d.finish(ctx, w)
}

func (d *cwaDecoder) sectors(ctx context.Context, w *session, in *bufio.Reader) error {
	at := int64(cwaHeaderLen)
	for number := 0; ; number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		// one look a round: another would move the bytes under this one
		ahead, err := in.Peek(2*cwaSectorLen - 1)
		if n := len(ahead); n < cwaSectorLen {
			if err != nil && !errors.Is(err, io.EOF) {
				return badByte(d.file.path, at, "%s", reasonOf(err))
			}
			if n > 0 {
				d.cut = fmt.Sprintf("The file ends inside block %d (%d of its %d bytes are there, from byte %d): that block was left out; the blocks before it are whole. Copy the file from the device again if it is still there.", number, n, cwaSectorLen, at)
			}
			return nil
		}
		if n := stray(ahead, &d.room); n > 0 {
			d.strays = append(d.strays, fmt.Sprintf("%d at byte %d", n, at))
			at += int64(n)
			if _, err := in.Discard(n); err != nil {
				return badByte(d.file.path, at, "%s", reasonOf(err))
			}
			number--
			continue
		}
		s, err := parseCWASector(ahead[:cwaSectorLen], &d.room)
		if _, derr := in.Discard(cwaSectorLen); derr != nil {
			return badByte(d.file.path, at, "%s", reasonOf(derr))
		}
		at += cwaSectorLen
		if d.rec != nil && err == nil && !d.first.like(s) {
			err = errCWALayout
		}
		switch {
		case errors.Is(err, errCWAEmpty):
			continue
		case errors.Is(err, errCWASum):
			d.broken = append(d.broken, number)
			d.lost = "blocks that fail their checksum are left out"
			continue
		case err != nil:
			d.odd = append(d.odd, number)
			d.lost = "unreadable blocks are left out"
			continue
		}
		if d.order.again(s) {
			d.order.repeated = append(d.order.repeated, number)
			continue
		}
		if err := d.take(ctx, w, s); err != nil {
			return err
		}
	}
}

// stray counts the bytes before the next sound block where none begins at the
// first of these, at least a block's; 0 where none follows within a block's length either.
func stray(b []byte, room *cwaCodes) int {
	if b[0] == 'A' && b[1] == 'X' {
		return 0
	}
	for n := 1; n+cwaSectorLen <= len(b); n++ {
		if b[n] != 'A' || b[n+1] != 'X' {
			continue
		}
		if _, err := parseCWASector(b[n:n+cwaSectorLen], room); err == nil {
			return n
		}
	}
	return 0
}

func (d *cwaDecoder) take(ctx context.Context, w *session, s cwaSector) error {
	if len(s.codes[0]) == 0 {
		return nil
	}
	if d.rec == nil {
		if err := d.begin(ctx, w, s); err != nil {
			return err
		}
	} else if d.lost == "" && s.sequence != d.sequence+1 {
		d.lost = fmt.Sprintf("block numbers jump from %d to %d", d.sequence, s.sequence)
	}
	if d.order.add(s, d.rec.samples+int64(len(d.batch[0]))) && d.lost == "" {
		d.lost = "another recording of the device begins"
	}
	d.sequence = s.sequence
	d.clock.add(len(s.codes[0]), s.start-d.zero, d.lost)
	// The device wrote the time of a sample near the block's end; the block's
	// beginning was counted back from it at the claimed rate.
	d.clock.end = s.start - d.zero + float64(len(s.codes[0]))/s.rate
	d.lost = ""
	d.low, d.high = min(d.low, s.celsius), max(d.high, s.celsius)
	for a := range s.codes {
		d.batch[a] = append(d.batch[a], s.codes[a]...)
	}
	if d.held++; d.held == cwaBatch {
		return d.flush(ctx)
	}
	return nil
}

func (d *cwaDecoder) begin(ctx context.Context, w *session, s cwaSector) error {
	d.first, d.zero, d.lost = s, s.start, ""
	d.clock.nominal = s.rate
	start, zone, err := w.wallClock(cwaEpoch.Add(time.Duration(math.Round(s.start*1e6))*time.Microsecond), "")
	if err != nil {
		return err
	}
	w.person = written(d.header.person)
	if err := w.open(ctx, dataset.Session{Start: start, Zone: zone, Source: sourceLabel("axivity", d.file.name())}); err != nil {
		return err
	}
	w.identify(d.header.names...)
	spec := recordingSpec{Device: d.header.device, Placement: d.header.placement, NominalHz: s.rate, Channels: s.channels()}
	d.clip, d.batch = newClipCounter(spec.Channels), make([][]int32, len(spec.Channels))
	d.rec, err = w.record(ctx, spec)
	return err
}

func (d *cwaDecoder) flush(ctx context.Context) error {
	d.clip.codes(d.rec.samples, d.batch)
	err := d.rec.appendCodes(ctx, d.batch)
	for a := range d.batch {
		d.batch[a] = d.batch[a][:0]
	}
	d.held = 0
	return err
}

func (d *cwaDecoder) finish(ctx context.Context, w *session) error {
	if err := d.flush(ctx); err != nil {
		return err
	}
	clock, measured, findings := d.clock.finish()
	if text := d.leftOut(); text != "" {
		findings = append([]dataset.Finding{{Kind: dataset.FindingUnreadable, Sample: -1, Message: text}}, findings...)
	}
	findings = append(findings, d.order.findings(clock)...)
	findings = append(findings, d.clip.findings(clock)...)
	note := fmt.Sprintf("Temperature (%.2f to %.2f C), light and battery are written once a block and were not kept.", d.low, d.high)
	if len(d.header.notKept) > 0 {
		note += " The header's annotation also has the fields " + strings.Join(d.header.notKept, ", ") + ", which may name a person and were not kept."
	}
	if w.info.Zone == "" {
		note += " The device's clock is local time without a zone."
	}
	findings = append(findings, dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: note})
	_, err := d.rec.finish(ctx, clock, measured, findings)
	return err
}

// leftOut names the blocks that were not read as data.
func (d *cwaDecoder) leftOut() string {
	var parts []string
	if len(d.broken) > 0 {
		parts = append(parts, fmt.Sprintf("%s the checksum and %s left out: %s.", counted(int64(len(d.broken)), "block fails", "blocks fail"), wereOf(len(d.broken)), spans(d.broken)))
	}
	if len(d.odd) > 0 {
		parts = append(parts, fmt.Sprintf("%s of another layout %s left out: %s.", plural(len(d.odd), "block"), wereOf(len(d.odd)), spans(d.odd)))
	}
	if len(d.strays) > 0 {
		parts = append(parts, fmt.Sprintf("Bytes that are no block were passed over (%s); reading went on at the next whole block, and the blocks around are whole.", listNames(d.strays)))
	}
	if d.cut != "" {
		parts = append(parts, d.cut)
	}
	return strings.Join(parts, " ")
}

package codec

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"onset/dataset"
)

// gt3xFormat reads the archives of ActiGraph devices: those with a log, and the
// older ones with a file of samples.
func gt3xFormat() format {
	return format{name: "gt3x", sniff: sniffGT3X, group: func(mine []*sourceFile, _ surveyed) []unit {
		var units []unit
		for _, f := range mine {
			d := &gt3xDecoder{file: f}
			units = append(units, unit{source: f.shown, format: "gt3x", files: []*sourceFile{f}, decode: d.decode})
		}
		return units
	}}
}

// sniffGT3X looks into the archive's list of files, which lies at its end.
func sniffGT3X(f *sourceFile) bool {
	if !bytes.HasPrefix(f.head, []byte("PK\x03\x04")) {
		return false
	}
	z, err := zip.OpenReader(f.path)
	if err != nil {
		return false
	}
	defer z.Close()
	return member(&z.Reader, "info.txt") != nil && (member(&z.Reader, "log.bin") != nil || member(&z.Reader, "activity.bin") != nil)
}

// member finds a file at the top of an archive by its exact name.
func member(z *zip.Reader, name string) *zip.File {
	for _, f := range z.File {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// openMember opens an archive's member for reading up to its declared size. One
// that swells as only a bomb does is refused by name.
func openMember(path string, f *zip.File) (io.ReadCloser, error) {
	if bomb(f.CompressedSize64, f.UncompressedSize64) {
		return nil, badFile(path, "%s in it would unpack to %d MB, too much for its size; this is no recording", f.Name, f.UncompressedSize64>>20)
	}
	r, err := f.Open()
	if err != nil {
		return nil, badFile(path, "%s in it cannot be unpacked: %v", f.Name, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r, int64(f.UncompressedSize64)), r}, nil
}

// meteredAt counts what is read anywhere of a file and ends with its context.
type meteredAt struct {
	ctx context.Context
	r   io.ReaderAt
	m   *meter
	u   unit
}

func (r meteredAt) ReadAt(p []byte, off int64) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.r.ReadAt(p, off)
	r.m.add(r.u, n)
	return n, err
}

// gt3xDecoder reads one archive.
type gt3xDecoder struct {
	file *sourceFile
	info gt3xInfo

	rec    *recording
	zero   uint32
	clock  blockClock
	clip   *clipCounter
	zeros  zeroRuns
	awake  *awakeSpans // of the older kind
	beside []string    // files of the archive that were not read
	codes  [][]int32
	held   int
	short  int // seconds with fewer or more samples than the rate
	others map[byte]int
	broken []int64
	seen   int             // of broken, those before the last second of activity
	last   uint32          // that second
	lost   map[int64]int64 // byte of an unreadable stretch, by the sample that follows it
}

func (d *gt3xDecoder) decode(ctx context.Context, w *session) error {
	file, err := os.Open(d.file.path)
	if err != nil {
		return badFile(d.file.path, "%s", reasonOf(err))
	}
	defer file.Close()
	z, err := zip.NewReader(meteredAt{ctx, file, w.meter, w.unit}, d.file.size)
	if err != nil {
		return badFile(d.file.path, "the archive is damaged: %v", err)
	}
	if err := d.readInfo(z); err != nil {
		return err
	}
	d.clock.nominal, d.others = d.info.rate, map[byte]int{}
	if log := member(z, "log.bin"); log != nil {
		err = d.readLog(ctx, w, log)
	} else {
		d.beside = leftInArchive(z)
		err = d.readActivity(ctx, w, member(z, "activity.bin"))
	}
	if err != nil {
		return err
	}
	if d.rec == nil {
		return badFile(d.file.path, "its log holds no second of activity")
	}
	return d.finish(ctx, w)
}

func (d *gt3xDecoder) readInfo(z *zip.Reader) error {
	r, err := openMember(d.file.path, member(z, "info.txt"))
	if err != nil {
		return err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err != nil {
		return badFile(d.file.path, "info.txt in it cannot be unpacked: %v", err)
	}
	if d.info, err = parseGT3XInfo(string(text)); err != nil {
		return badFile(d.file.path, "%v", err)
	}
	return nil
}

func (d *gt3xDecoder) readLog(ctx context.Context, w *session, f *zip.File) error {
	r, err := openMember(d.file.path, f)
	if err != nil {
		return err
	}
	defer r.Close()
	log := newGT3XLog(r)
	for {
		rec, err := log.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return badFile(d.file.path, "log.bin in it cannot be unpacked after byte %d: %v", log.at, err)
		}
		switch rec.kind {
		case gt3xActivity, gt3xActivity2:
			d.broken = log.broken
			if err := d.second(ctx, w, rec); err != nil {
				return err
			}
		case gt3xParameters:
			if scale, ok := gt3xScale(rec.payload); ok && d.rec == nil {
				d.info.scale = scale
			}
		default:
			d.others[rec.kind]++
		}
	}
	d.broken = log.broken
	return nil
}

// second takes one record of activity.
func (d *gt3xDecoder) second(ctx context.Context, w *session, r gt3xRecord) error {
	d.prepare()
	before := len(d.codes[0])
	d.codes = r.samples(d.codes)
	n := len(d.codes[0]) - before
	if n == 0 {
		return nil
	}
	if d.rec == nil {
		d.zero = r.second
		if err := d.begin(ctx, w, time.Unix(int64(r.second), 0).UTC()); err != nil {
			return err
		}
	}
	if n != int(math.Round(d.info.rate)) {
		d.short++
	}
	if len(d.broken) > d.seen && d.rec.samples+int64(before) > 0 && r.second > d.last+1 {
		if d.lost == nil {
			d.lost = map[int64]int64{}
		}
		d.lost[d.rec.samples+int64(before)] = d.broken[d.seen]
	}
	d.seen, d.last = len(d.broken), r.second
	d.clock.add(n, float64(int64(r.second)-int64(d.zero)), "")
	if d.held++; d.held < 60 {
		return nil
	}
	return d.flush(ctx)
}

func (d *gt3xDecoder) prepare() {
	if d.codes == nil {
		d.codes = make([][]int32, 3)
	}
}

// readActivity reads the older kind: samples without a break from the start.
func (d *gt3xDecoder) readActivity(ctx context.Context, w *session, f *zip.File) error {
	if d.info.start.IsZero() {
		return badFile(d.file.path, "info.txt gives no start date, and activity.bin has no times of its own")
	}
	r, err := openMember(d.file.path, f)
	if err != nil {
		return err
	}
	defer r.Close()
	d.prepare()
	if err := d.begin(ctx, w, d.info.start); err != nil {
		return err
	}
	d.awake = &awakeSpans{shortest: max(1, int64(math.Round(d.info.rate)))}
	buf := make([]byte, 9*4096) // whole pairs of samples
	raw := make([][]int32, 3)
	for {
		n, err := io.ReadFull(r, buf)
		raw = unpack12(buf[:n], raw)
		d.codes = d.awake.keep(raw, d.codes)
		for a := range raw {
			raw[a] = raw[a][:0]
		}
		if ferr := d.flush(ctx); ferr != nil {
			return ferr
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return badFile(d.file.path, "activity.bin in it cannot be unpacked: %v", err)
		}
	}
	d.codes = d.awake.end(d.codes)
	if err := d.flush(ctx); err != nil {
		return err
	}
	switch {
	case d.rec.samples == 0 && d.awake.read > 0:
		return badFile(d.file.path, "its activity.bin holds nothing but zeros on every axis: the device recorded nothing")
	case d.rec.samples == 0:
		return badFile(d.file.path, "its activity.bin is empty")
	}
	for i, s := range d.awake.spans {
		why := ""
		if i > 0 {
			why = asleep
		}
		d.clock.add(int(s.n), float64(s.from)/d.info.rate, why)
	}
	return nil
}

func (d *gt3xDecoder) begin(ctx context.Context, w *session, wall time.Time) error {
	if d.info.scale == 0 {
		return badFile(d.file.path, "neither info.txt nor the log says how many counts make 1 g (Acceleration Scale); it is not guessed")
	}
	start, zone, err := w.wallClock(wall, d.info.offset)
	if err != nil {
		return err
	}
	w.person = written(d.info.person)
	if err := w.open(ctx, dataset.Session{Start: start, Zone: zone, Source: sourceLabel("actigraph", d.file.name())}); err != nil {
		return err
	}
	w.identify(d.info.names...)
	spec := recordingSpec{Device: d.info.device, Placement: d.info.placement, NominalHz: d.info.rate}
	for _, axis := range "xyz" {
		spec.Channels = append(spec.Channels, dataset.Channel{Kind: "accelerometer", Axis: string(axis), Unit: "g", Scale: 1 / d.info.scale, RangeMin: d.info.low, RangeMax: d.info.high})
	}
	d.clip = newClipCounter(spec.Channels)
	d.zeros.shortest = int64(math.Round(d.info.rate))
	d.rec, err = w.record(ctx, spec)
	return err
}

func (d *gt3xDecoder) flush(ctx context.Context) error {
	d.clip.codes(d.rec.samples, d.codes)
	d.zeros.codes(d.rec.samples, d.codes)
	err := d.rec.appendCodes(ctx, d.codes)
	for a := range d.codes {
		d.codes[a] = d.codes[a][:0]
	}
	d.held = 0
	return err
}

func (d *gt3xDecoder) finish(ctx context.Context, w *session) error {
	if err := d.flush(ctx); err != nil {
		return err
	}
	clock, measured, findings := d.clock.finish()
	for i := range findings {
		if findings[i].Kind == dataset.FindingGap && d.awake == nil {
			findings[i].Message = fmt.Sprintf("%s without samples: the device slept while nothing moved, or was reset.", seconds(findings[i].LengthS))
			if at, ok := d.lost[findings[i].Sample]; ok {
				findings[i].Kind = dataset.FindingUnreadable
				findings[i].Message = fmt.Sprintf("%s could not be read: the log is damaged there (byte %d of log.bin fails its checksum). It was left out; the seconds before and after are whole. Copy the file from the device again if it is still there.", seconds(findings[i].LengthS), at)
			}
		}
	}
	findings = append(append(findings, d.clip.findings(clock)...), d.zeros.findings(clock)...)
	findings = append(findings, d.awake.findings(d.info.rate)...)
	note := func(kind, format string, args ...any) {
		findings = append(findings, dataset.Finding{Kind: kind, Sample: -1, Message: fmt.Sprintf(format, args...)})
	}
	if len(d.broken) > 0 {
		note(dataset.FindingUnreadable, "%s of the log could not be read and was left out, the first at byte %d of log.bin.", plural(len(d.broken), "stretch"), d.broken[0])
	}
	if d.short > 0 {
		note(dataset.FindingNote, "%s hold another number of samples than %g.", plural(d.short, "second"), d.info.rate)
	}
	if len(d.others) > 0 {
		note(dataset.FindingNote, "The log also holds records of other kinds (battery, light, events and the like); they were not kept.")
	}
	if len(d.beside) > 0 {
		note(dataset.FindingNote, "The archive also holds %s (light or battery), which %s not kept.", listNames(d.beside), wereOf(len(d.beside)))
	}
	if len(d.info.named) > 0 {
		note(dataset.FindingNote, "info.txt has the fields %s, which may name a person or a device and were not kept.", strings.Join(d.info.named, ", "))
	}
	if d.info.offset != "" {
		note(dataset.FindingNote, "The time zone is the offset %s that the device had when it was read out.", d.info.offset)
	}
	_, err := d.rec.finish(ctx, clock, measured, findings)
	return err
}

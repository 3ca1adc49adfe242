package codec

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"onset/dataset"
)

// edgeImpulseFormat reads Edge Impulse data files in JSON or CBOR, alone, in a
// folder with its info.labels, or as a project export's archive. Each file is a
// session: its time within a day is not written anywhere.
func edgeImpulseFormat() format {
	return format{name: "edge-impulse", sniff: sniffEdgeImpulse, group: groupEdgeImpulse}
}

func sniffEdgeImpulse(f *sourceFile) bool {
	if bytes.HasPrefix(f.head, []byte("PK\x03\x04")) {
		z, err := zip.OpenReader(f.path)
		if err != nil {
			return false
		}
		defer z.Close()
		for _, m := range z.File {
			if path.Base(m.Name) == "info.labels" {
				return true
			}
		}
		return false
	}
	head := f.head
	if bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("{")) {
		return bytes.Contains(head, []byte(`"protected"`)) && bytes.Contains(head, []byte(`"signature"`)) ||
			bytes.Contains(head, []byte(`"interval_ms"`)) && bytes.Contains(head, []byte(`"sensors"`))
	}
	return len(head) > 0 && head[0]>>5 == 5 && bytes.Contains(head, []byte("protected")) && bytes.Contains(head, []byte("signature"))
}

// groupEdgeImpulse makes a session of every data file.
func groupEdgeImpulse(mine []*sourceFile, all surveyed) []unit {
	var units []unit
	for _, f := range mine {
		if strings.HasSuffix(strings.ToLower(f.name()), ".zip") || isZip(f.path) {
			units = append(units, zipUnits(f)...)
			continue
		}
		d := &edgeDecoder{file: f, name: f.name()}
		for _, s := range all.files {
			if s.dir() == f.dir() && s.name() == "info.labels" {
				s.used = true
				d.labels = s.path
			}
		}
		units = append(units, unit{source: f.shown, format: "edge-impulse", files: []*sourceFile{f}, decode: d.decode})
	}
	return units
}

func isZip(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 4)
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == "PK\x03\x04"
}

// maxZipMembers bounds the sessions of one archive.
const maxZipMembers = 100_000

// zipUnits makes a session of every data file of an archive. A name that leads
// out of the archive is refused when its turn comes, like any unreadable file.
func zipUnits(f *sourceFile) []unit {
	z, err := zip.OpenReader(f.path)
	if err != nil || len(z.File) > maxZipMembers {
		d := &edgeDecoder{file: f, name: f.name(), broken: fmt.Sprintf("the archive cannot be read (%v)", err)}
		return []unit{{source: f.shown, format: "edge-impulse", files: []*sourceFile{f}, decode: d.decode}}
	}
	defer z.Close()
	var units []unit
	for i, m := range z.File {
		switch strings.ToLower(path.Ext(m.Name)) {
		case ".json", ".cbor":
		default:
			continue
		}
		part := *f
		part.size = int64(m.CompressedSize64)
		d := &edgeDecoder{file: &part, member: i, inZip: true, name: path.Base(m.Name)}
		units = append(units, unit{source: f.shown + "/" + m.Name, format: "edge-impulse", files: []*sourceFile{&part}, decode: d.decode})
	}
	return units
}

// edgeDecoder reads one data file.
type edgeDecoder struct {
	file   *sourceFile
	name   string // base name of the data file
	labels string // path of info.labels beside a loose file
	inZip  bool
	member int // number in the archive
	broken string
}

func (d *edgeDecoder) decode(ctx context.Context, w *session) error {
	if d.broken != "" {
		return badFile(d.file.path, "%s", d.broken)
	}
	data, labels, err := d.read(ctx, w)
	if err != nil {
		return err
	}
	a, err := parseAcquisition(data)
	if err != nil {
		return badFile(d.name, "%v", err)
	}
	if key := w.options.SigningKey; key != "" && !a.signed(data, key) {
		return badFile(d.name, "its signature does not fit the key that was given: it was changed, or signed with another key")
	}
	var spans []acquireSpan
	if label := labelOfName(d.name); label != "" {
		spans = []acquireSpan{{wholeFile, wholeFile, label}}
	}
	if labels != nil {
		known, err := parseAcquireLabels(labels)
		if err != nil {
			return badFile(d.name, "%v", err)
		}
		if told, ok := known[d.name]; ok {
			spans = told
		}
	}
	return d.write(ctx, w, a, spans)
}

// read gives the data file and the info.labels that belongs to it, nil when
// there is none.
func (d *edgeDecoder) read(ctx context.Context, w *session) (data, labels []byte, err error) {
	if !d.inZip {
		if d.file.size > maxAcquisition {
			return nil, nil, badFile(d.file.path, "is larger than %d MB", maxAcquisition>>20)
		}
		f, err := w.file(ctx, d.file)
		if err != nil {
			return nil, nil, err
		}
		defer f.Close()
		if data, err = io.ReadAll(io.LimitReader(f, maxAcquisition)); err != nil {
			return nil, nil, badFile(d.file.path, "%s", reasonOf(err))
		}
		if d.labels != "" {
			if labels, err = readBounded(d.labels, maxAcquisition); err != nil {
				return nil, nil, badFile(d.labels, "%s", reasonOf(err))
			}
		}
		return data, labels, nil
	}
	z, err := zip.OpenReader(d.file.path)
	if err != nil {
		return nil, nil, badFile(d.file.path, "the archive is damaged: %v", err)
	}
	defer z.Close()
	m := z.File[d.member]
	if !filepath.IsLocal(m.Name) {
		return nil, nil, badFile(d.file.path, "%q in it leads out of the archive", m.Name)
	}
	if data, err = unpack(d.file.path, m); err != nil {
		return nil, nil, err
	}
	w.meter.add(w.unit, int(d.file.size))
	for _, l := range z.File {
		if l.Name == path.Join(path.Dir(m.Name), "info.labels") {
			labels, err = unpack(d.file.path, l)
		}
	}
	return data, labels, err
}

// readBounded reads a whole file of at most so many bytes.
func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("it is larger than %d MB", most>>20)
	}
	return b, err
}

func unpack(archive string, m *zip.File) ([]byte, error) {
	if m.UncompressedSize64 > maxAcquisition {
		return nil, badFile(archive, "%s in it is larger than %d MB", m.Name, maxAcquisition>>20)
	}
	r, err := openMember(archive, m)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, badFile(archive, "%s in it cannot be unpacked: %v", m.Name, err)
	}
	return b, nil
}

func (d *edgeDecoder) write(ctx context.Context, w *session, a acquisition, spans []acquireSpan) error {
	p := a.Payload
	spec := recordingSpec{Device: "Edge Impulse " + strings.ToLower(strings.ReplaceAll(p.DeviceType, "_", " ")), Placement: "unknown", NominalHz: 1000 / p.IntervalMs}
	for _, s := range p.Sensors {
		c, known := acquireChannel(s)
		if !known {
			unit, err := d.askUnit(w, s, c.Kind)
			if err != nil {
				return err
			}
			c.Unit = unit
		}
		spec.Channels = append(spec.Channels, c)
	}
	if err := w.open(ctx, dataset.Session{Source: sourceLabel("edge-impulse", "")}); err != nil {
		return err
	}
	w.identify(p.Device)
	rec, err := w.record(ctx, spec)
	if err != nil {
		return err
	}
	columns := make([][]float64, len(p.Sensors))
	for _, row := range p.Values {
		for c, v := range row {
			columns[c] = append(columns[c], v)
		}
	}
	if err := rec.append(ctx, columns); err != nil {
		return err
	}
	note := "The file gives one interval for all samples and no time of its own; when it was recorded is unknown."
	if w.options.SigningKey == "" && a.Signature != "" {
		note += " Its signature was not checked, as no key was given."
	}
	id, err := rec.finish(ctx, dataset.Uniform(0, spec.NominalHz), 0, []dataset.Finding{{Kind: dataset.FindingNote, Sample: -1, Message: note}})
	if err != nil {
		return err
	}
	for i, s := range spans {
		l := dataset.Label{Recording: id, End: rec.samples}
		if s.Start != wholeFile || s.End != wholeFile {
			l.Start, l.End = s.Start, s.End+1
		}
		if s.Label == "" || l.Start < 0 || l.Start >= l.End || l.End > rec.samples {
			return badFile(d.name, "its label %d, %q for samples %d to %d, is not within its %d samples", i+1, clipText(s.Label, 40), s.Start, s.End, rec.samples)
		}
		w.label(l, s.Label, "")
	}
	return nil
}

// askUnit settles a unit that the file leaves open.
func (d *edgeDecoder) askUnit(w *session, s acquireAxis, kind string) (string, error) {
	q := Question{Topic: "unit-" + kind, Text: fmt.Sprintf("The unit of %s is written as %q.", s.Name, s.Units)}
	for _, unit := range unitsOfKind(kind) {
		q.Choices = append(q.Choices, Choice{Key: unit, Text: unit})
	}
	return w.ask(q)
}

// unitsOfKind are the units that a kind of sensor can have.
func unitsOfKind(kind string) []string {
	switch kind {
	case "accelerometer":
		return []string{"m/s2", "g", "mg"}
	case "gyroscope":
		return []string{"rad/s", "deg/s"}
	case "magnetometer":
		return []string{"uT", "G", "mG"}
	}
	return []string{"1"}
}

package codec

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds of what is unpacked beside an import.
const (
	maxUnpacked        = 16 << 30 // bytes of one archive
	maxUnpackedMembers = 10_000
	// Recordings pack no better than this, except short ones; a bomb does.
	maxUnpackedRatio = 250
	freelyUnpacked   = 64 << 20
)

// bomb reports a file that would grow more than any recording does.
func bomb(packed, unpacked uint64) bool {
	return unpacked > freelyUnpacked && unpacked/maxUnpackedRatio > packed
}

// unpacker replaces packed files of a survey by what is in them, in a folder of
// its own that ends with the import. Archives that a decoder reads itself stay.
type unpacker struct {
	ctx     context.Context
	dir     string // made on first use
	folders int
}

// close removes what was unpacked.
func (u *unpacker) close() {
	if u.dir != "" {
		os.RemoveAll(u.dir)
	}
}

// folder makes a new folder for one file's content.
func (u *unpacker) folder() (string, error) {
	if u.dir == "" {
		dir, err := os.MkdirTemp("", "onset-import-")
		if err != nil {
			return "", err
		}
		u.dir = dir
	}
	u.folders++
	dir := filepath.Join(u.dir, fmt.Sprint(u.folders))
	return dir, os.Mkdir(dir, 0o700)
}

// expand replaces the packed files of a survey; one that cannot be unpacked
// safely is refused whole.
func (u *unpacker) expand(s *surveyed) {
	var files []*sourceFile
	for _, f := range s.files {
		unpack := u.kind(f)
		if unpack == nil || u.ctx.Err() != nil {
			files = append(files, f)
			continue
		}
		dir, err := u.folder()
		if err == nil {
			err = unpack(f, dir)
		}
		if err != nil {
			s.refuse(f.shown, err.Error())
			continue
		}
		inside := survey(u.ctx, osTree{}, []string{dir})
		for _, r := range inside.refused {
			s.refuse(f.shown, "the archive: "+r.Reason)
		}
		for _, m := range inside.files {
			rel, err := filepath.Rel(dir, m.path)
			if err != nil {
				rel = m.name()
			}
			m.given, m.shown = false, f.shown
			if unpackedAlone := len(inside.files) == 1 && rel == strings.TrimSuffix(f.name(), ".gz"); !unpackedAlone {
				m.shown = filepath.Join(f.shown, rel)
			}
			files = append(files, m)
		}
	}
	s.files = files
}

// kind says how a file is unpacked, nil when it is not.
func (u *unpacker) kind(f *sourceFile) func(*sourceFile, string) error {
	head, err := readHead(osTree{}, f.path)
	switch {
	case err != nil:
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return u.gunzip
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		f.head = head
		defer func() { f.head, f.detail = nil, nil }()
		if !sniffGT3X(f) && !sniffEdgeImpulse(f) && holdsRecordings(f.path) {
			return u.unzip
		}
	case looksRecordJSON(head):
		return u.records
	}
	return nil
}

// holdsRecordings looks for names of files that may be recordings; documents of
// offices are archives too.
func holdsRecordings(path string) bool {
	z, err := zip.OpenReader(path)
	if err != nil {
		return false
	}
	defer z.Close()
	found := false
	for _, m := range z.File {
		switch strings.ToLower(filepath.Ext(m.Name)) {
		case ".csv", ".tsv", ".txt", ".json", ".cbor", ".cwa", ".gt3x", ".bin", ".raw", ".dat":
			found = true
		}
		if m.Name == "[Content_Types].xml" {
			return false
		}
	}
	return found
}

func (u *unpacker) unzip(f *sourceFile, dir string) error {
	z, err := zip.OpenReader(f.path)
	if err != nil {
		return badFile(f.path, "the archive is damaged: %v", err)
	}
	defer z.Close()
	if len(z.File) > maxUnpackedMembers {
		return badFile(f.path, "the archive holds %d files; %d are the most. Unpack it and import its folders", len(z.File), maxUnpackedMembers)
	}
	total := uint64(0)
	for _, m := range z.File {
		name := strings.ReplaceAll(m.Name, `\`, "/")
		switch mode := m.Mode(); {
		case !filepath.IsLocal(filepath.FromSlash(name)):
			return badFile(f.path, "%q in it leads out of the archive; nothing of it was unpacked", clipText(m.Name, 100))
		case mode&os.ModeSymlink != 0:
			return badFile(f.path, "%q in it is a symbolic link; links are not followed", clipText(m.Name, 100))
		case m.Flags&1 != 0:
			return badFile(f.path, "%q in it is locked with a password; unpack the archive and import the folder", clipText(m.Name, 100))
		}
		if bomb(m.CompressedSize64, m.UncompressedSize64) {
			return badFile(f.path, "%q in it would unpack to %d MB, too much for its size; this is no recording", clipText(m.Name, 100), m.UncompressedSize64>>20)
		}
		if total += m.UncompressedSize64; total > maxUnpacked || m.UncompressedSize64 > maxUnpacked {
			return badFile(f.path, "it would unpack to more than %d GB; this is no recording", maxUnpacked>>30)
		}
	}
	for _, m := range z.File {
		name := strings.ReplaceAll(m.Name, `\`, "/")
		if strings.HasSuffix(name, "/") || strings.HasPrefix(path.Base(name), "._") || strings.HasPrefix(name, "__MACOSX/") {
			continue
		}
		if err := u.member(f, m, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) member(f *sourceFile, m *zip.File, to string) error {
	r, err := openMember(f.path, m)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := u.write(r, to); err != nil {
		return badFile(f.path, "%q in it cannot be unpacked: %v", clipText(m.Name, 100), err)
	}
	return nil
}

// write copies to a new file until the import ends.
func (u *unpacker) write(r io.Reader, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, contextReader{u.ctx, r})
	return errors.Join(err, out.Close())
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

func (u *unpacker) gunzip(f *sourceFile, dir string) error {
	in, err := os.Open(f.path)
	if err != nil {
		return badFile(f.path, "%s", reasonOf(err))
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		return badFile(f.path, "it cannot be unpacked: %v", err)
	}
	most := min(maxUnpacked, max(maxUnpackedRatio*f.size, freelyUnpacked))
	limited := &io.LimitedReader{R: z, N: most + 1}
	if err := u.write(limited, filepath.Join(dir, strings.TrimSuffix(f.name(), ".gz"))); err != nil {
		return badFile(f.path, "it cannot be unpacked: %v", err)
	}
	if limited.N == 0 {
		return badFile(f.path, "it unpacks to more than %d MB, too much for its size; this is no recording", most>>20)
	}
	return nil
}

// looksRecordJSON recognises the exports of Sensor Logger and SensorLog in JSON:
// an array of records.
func looksRecordJSON(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, utf8Mark), " \t\r\n")
	if !bytes.HasPrefix(head, []byte("[")) {
		return false
	}
	return bytes.Contains(head, []byte(`"sensor"`)) && bytes.Contains(head, []byte(`"time"`)) || bytes.Contains(head, []byte(`"loggingTime`))
}

// Bounds of an export in JSON.
const (
	maxRecordSensors = 64
	maxRecordFields  = 400
)

// records writes an export in JSON as the tables that the same app writes, one
// a sensor, so that both are read alike.
func (u *unpacker) records(f *sourceFile, dir string) error {
	in, err := os.Open(f.path)
	if err != nil {
		return badFile(f.path, "%s", reasonOf(err))
	}
	defer in.Close()
	d := json.NewDecoder(bufio.NewReaderSize(contextReader{u.ctx, in}, 256<<10))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return badFile(f.path, "it is no array of records")
	}
	tables := map[string]*recordTable{}
	defer func() {
		for _, t := range tables {
			t.file.Close()
		}
	}()
	for row := int64(1); d.More(); row++ {
		var record map[string]any
		if err := d.Decode(&record); err != nil {
			return badByte(f.path, d.InputOffset(), "record %d cannot be read: %v", row, err)
		}
		sensor, _ := record["sensor"].(string)
		if sensor == "" && record["loggingTime"] == nil && record["loggingTime(txt)"] == nil {
			return badByte(f.path, d.InputOffset(), "record %d names no sensor", row)
		}
		delete(record, "sensor")
		if sensor == "Metadata" {
			continue // the phone's name and settings
		}
		t := tables[sensor]
		if t == nil {
			if t, err = newRecordTable(dir, sensor, record, len(tables)); err != nil {
				return badByte(f.path, d.InputOffset(), "record %d: %v", row, err)
			}
			tables[sensor] = t
		}
		if err := t.add(record); err != nil {
			return badByte(f.path, d.InputOffset(), "record %d: %v", row, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return badByte(f.path, d.InputOffset(), "the array does not end; copy the file again")
	}
	if len(tables) == 0 {
		return badFile(f.path, "it holds no records of a sensor")
	}
	for _, t := range tables {
		if err := t.out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// recordTable is the table of one sensor; its first record gives the columns.
type recordTable struct {
	columns []string
	file    *os.File
	out     *bufio.Writer
}

// recordUnits are the units that SensorLog's tables write behind a name and its
// JSON leaves out; they are fixed by the app.
var recordUnits = []struct{ begins, unit string }{
	{"loggingTime", "txt"}, {"accelerometerAcceleration", "G"}, {"gyroRotation", "rad/s"}, {"magnetometer", "µT"}, {"motionRotationRate", "rad/s"},
	{"motionUserAcceleration", "G"}, {"motionGravity", "G"}, {"motionQuaternion", "R"}, {"motionMagneticField", "µT"},
	{"motionYaw", "rad"}, {"motionRoll", "rad"}, {"motionPitch", "rad"}, {"altimeterRelativeAltitude", "m"}, {"altimeterPressure", "kPa"}, {"label", "N"},
}

func newRecordTable(dir, sensor string, record map[string]any, tables int) (*recordTable, error) {
	if tables >= maxRecordSensors || len(record) > maxRecordFields {
		return nil, fmt.Errorf("more than %d sensors or %d fields", maxRecordSensors, maxRecordFields)
	}
	name := sensor
	if name == "" {
		name = "sensorlog"
	}
	if !filepath.IsLocal(name) || strings.ContainsAny(name, `/\`) || len(name) > 60 {
		return nil, fmt.Errorf("%q is no name of a sensor", clipText(sensor, 60))
	}
	t := &recordTable{}
	first := []string{"time", "seconds_elapsed"}
	if sensor == "" {
		first = []string{"loggingTime", "loggingTime(txt)"}
	}
	for _, c := range first {
		if _, ok := record[c]; ok {
			t.columns = append(t.columns, c)
		}
	}
	for _, c := range slices.Sorted(maps.Keys(record)) {
		if !slices.Contains(first, c) {
			t.columns = append(t.columns, c)
		}
	}
	var err error
	if t.file, err = os.OpenFile(filepath.Join(dir, name+".csv"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
		return nil, err
	}
	t.out = bufio.NewWriterSize(t.file, 64<<10)
	header := make([]string, len(t.columns))
	for i, c := range t.columns {
		header[i] = c
		if sensor == "" && !strings.Contains(c, "(") {
			for _, u := range recordUnits {
				if strings.HasPrefix(c, u.begins) && len(c) <= len(u.begins)+1 {
					header[i] += "(" + u.unit + ")"
					break
				}
			}
		}
	}
	t.write(header)
	return t, nil
}

func (t *recordTable) add(record map[string]any) error {
	cells := make([]string, len(t.columns))
	for i, c := range t.columns {
		switch v := record[c].(type) {
		case nil:
		case string:
			cells[i] = v
		case json.Number:
			cells[i] = v.String()
		case bool:
			cells[i] = fmt.Sprint(v)
		default:
			return fmt.Errorf("the field %q is neither a number nor a text", clipText(c, 60))
		}
	}
	return t.write(cells)
}

func (t *recordTable) write(cells []string) error {
	for i, c := range cells {
		if i > 0 {
			t.out.WriteByte(',')
		}
		if strings.ContainsAny(c, ",\"\r\n") {
			c = `"` + strings.NewReplacer(`"`, `""`, "\r", " ", "\n", " ").Replace(c) + `"`
		}
		if _, err := t.out.WriteString(c); err != nil {
			return err
		}
	}
	return t.out.WriteByte('\n')
}

package codec

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"onset/dataset"
)

// bidsFormat reads recordings in the BIDS-Motion layout: a table without a
// header, its channels and its settings beside it, and events of the session.
func bidsFormat() format {
	return format{name: "bids-motion", sniff: sniffBIDS, group: groupBIDS}
}

const bidsMotionEnd = "_motion.tsv"

// sniffBIDS wants the name that the layout prescribes and rows of numbers: the
// table alone says nothing of itself.
func sniffBIDS(f *sourceFile) bool {
	if !strings.HasPrefix(f.name(), "sub-") || !strings.HasSuffix(f.name(), bidsMotionEnd) {
		return false
	}
	lines := headLines(f, 1)
	if len(lines) == 0 || strings.TrimSpace(lines[0]) == "" { // refused as empty when it is read
		return f.size > 0 && isText(f.head)
	}
	cells, ok := splitFields([]byte(lines[0]), '\t')
	return ok && len(cells) > 0 && (isNumeral(cells[0]) || isAbsent([]byte(cells[0])))
}

// bidsEntities are the parts of a name such as sub-01_ses-02_task-x_motion.tsv.
func bidsEntities(name string) map[string]string {
	parts := map[string]string{}
	for _, p := range strings.Split(name, "_") {
		if key, value, ok := strings.Cut(p, "-"); ok {
			parts[key] = value
		}
	}
	return parts
}

// groupBIDS makes a session of the tables of one subject, session and task, and
// claims the files that describe them.
func groupBIDS(mine []*sourceFile, all surveyed) []unit {
	var order []string
	sessions := map[string]*bidsDecoder{}
	for _, f := range mine {
		e := bidsEntities(f.name())
		key := filepath.Join(f.dir(), e["sub"]+"\x00"+e["ses"]+"\x00"+e["task"])
		if sessions[key] == nil {
			order = append(order, key)
			sessions[key] = &bidsDecoder{entities: e}
		}
		sessions[key].files = append(sessions[key].files, f)
	}
	claimBIDS(mine, all)
	var units []unit
	for _, key := range order {
		d := sessions[key]
		source := d.files[0].shown
		if len(d.files) > 1 {
			source = filepath.Join(d.files[0].shownDir(), d.stem("")+"*")
		}
		units = append(units, unit{source: source, format: "bids-motion", files: d.files, decode: d.decode})
	}
	return units
}

// claimBIDS marks what belongs to the layout and is no recording: tables and
// settings in a recording's folder and in the folders above it.
func claimBIDS(mine []*sourceFile, all surveyed) {
	folders := map[string]bool{}
	for _, f := range mine {
		dir := f.dir()
		for range 4 {
			folders[dir] = true
			dir = filepath.Dir(dir)
		}
	}
	for _, f := range all.files {
		ext := filepath.Ext(f.name())
		side := ext == ".json" || ext == ".tsv" && (strings.HasPrefix(f.name(), "sub-") || f.name() == "participants.tsv")
		if side && folders[f.dir()] && f.format == "" {
			f.used = true
		}
	}
}

// bidsDecoder reads one session.
type bidsDecoder struct {
	files    []*sourceFile
	entities map[string]string
	tables   tableDecoder
	tracks   map[string]int // the first recording of each tracking system, by its name with its run
	listed   []string       // the tables in the order of the list of acquisitions
	start    int64          // nanoseconds since 1970 that events count from; 0 when no day is known
	shift    float64
}

// stem is the part of the names that the session's files share.
func (d *bidsDecoder) stem(end string) string {
	s := "sub-" + d.entities["sub"]
	if ses := d.entities["ses"]; ses != "" {
		s += "_ses-" + ses
	}
	if task := d.entities["task"]; task != "" {
		s += "_task-" + task
	}
	return s + end
}

func (d *bidsDecoder) decode(ctx context.Context, w *session) error {
	d.tables = tableDecoder{begin: d.begin, end: d.labels}
	return d.tables.decode(ctx, w)
}

func (d *bidsDecoder) begin(w *session, info *dataset.Session) error {
	sub := d.entities["sub"]
	switch {
	case strings.IndexFunc(sub, unicode.IsDigit) < 0:
		w.person = sub // letters alone may be a name
	case strings.IndexFunc(sub, unicode.IsLetter) < 0:
		w.mapped = dataset.ParticipantID("S" + sub)
	default:
		w.mapped = dataset.ParticipantID(sub)
	}
	info.Source = sourceLabel("bids-motion", d.entities["task"])
	d.person(w)
	made := d.description(w)
	starts, zoned, err := d.acquisitions()
	if err != nil {
		return err
	}
	d.files = slices.Clone(d.files)
	slices.SortStableFunc(d.files, func(a, b *sourceFile) int { return cmp.Compare(d.turn(a), d.turn(b)) })
	for _, f := range d.files {
		settings, err := d.settings(f)
		if err != nil {
			return err
		}
		info.Simulated = info.Simulated || made && settings.Simulated == nil || settings.Simulated == true
		m, err := d.mapping(w, f, settings)
		if err != nil {
			return err
		}
		if begun, ok := starts[f.name()]; ok {
			if start := begun - m.moments.origin; d.start == 0 || start < d.start {
				d.start = start
			}
			m.moments.origin, m.moments.relative = begun, false
		}
		if err := m.compile(); err != nil {
			return badFile(f.path, "%v", err)
		}
		d.tables.sources = append(d.tables.sources, tableSource{file: f, mapping: m, captures: map[string]string{}, exact: settings.clock(m)})
	}
	if len(starts) > 0 && !zoned {
		info.Zone = " "
		w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: "The times are local and the source names no zone; they are kept as the clock on the wall showed them."})
	}
	return nil
}

// bidsSettings are the fields of a _motion.json that are used. Each may be "n/a".
type bidsSettings struct {
	SamplingFrequency, SamplingFrequencyEffective any
	Manufacturer, ManufacturersModelName          any
	TrackingSystemName                            any
	Simulated                                     any             // likewise: whether a simulator made it
	RecordingStartOffset                          any             // of this program's exports: seconds from the session's start
	ClockSegments                                 json.RawMessage // and its clock, counted from there too
}

// bidsText is a text, "" for one that is not available.
func bidsText(v any) string {
	if s, ok := v.(string); ok && !strings.EqualFold(s, "n/a") {
		return s
	}
	return ""
}

func bidsRate(v any) float64 {
	if f, ok := v.(float64); ok && f > 0 && f <= 1e6 {
		return f
	}
	return 0
}

// settings reads the settings beside a table and, where they lack, those above.
func (d *bidsDecoder) settings(f *sourceFile) (bidsSettings, error) {
	var s bidsSettings
	own := strings.TrimSuffix(f.path, ".tsv") + ".json"
	dir := f.dir()
	candidates := []string{}
	for range 4 {
		candidates = append(candidates, filepath.Join(dir, "task-"+d.entities["task"]+"_motion.json"))
		dir = filepath.Dir(dir)
	}
	slices.Reverse(candidates)
	for _, path := range append(candidates, own) {
		text, err := readSide(path)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return s, badFile(path, "%s", reasonOf(err))
		}
		if err := json.Unmarshal(text, &s); err != nil {
			return s, badFile(path, "it cannot be read: %v", err)
		}
	}
	return s, nil
}

// turn is a table's place in the list of acquisitions; those not in it come last.
func (d *bidsDecoder) turn(f *sourceFile) int {
	if at := slices.Index(d.listed, f.name()); at >= 0 {
		return at
	}
	return len(d.listed)
}

// acquisitions reads when each table was begun, in nanoseconds since 1970 as if
// written in UTC. The list lies beside the tables' folder.
func (d *bidsDecoder) acquisitions() (starts map[string]int64, zoned bool, err error) {
	name := strings.TrimSuffix(d.stem(""), "_task-"+d.entities["task"]) + "_scans.tsv"
	path := filepath.Join(filepath.Dir(d.files[0].dir()), name)
	rows, err := sideRows(path)
	if os.IsNotExist(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	starts = map[string]int64{}
	for _, row := range rows {
		d.listed = append(d.listed, filepath.Base(filepath.FromSlash(row["filename"])))
		text := row["acq_time"]
		if text == "" {
			continue
		}
		for _, layout := range []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999"} {
			if t, err := time.Parse(layout, text); err == nil {
				starts[filepath.Base(filepath.FromSlash(row["filename"]))] = t.UnixNano()
				zoned = zoned || strings.HasSuffix(layout, "Z07:00")
				break
			}
		}
	}
	return starts, zoned, nil
}

// bidsKinds are our kinds of channel by BIDS's types.
var bidsKinds = map[string]string{"ACCEL": "accelerometer", "GYRO": "gyroscope", "ANGVEL": "gyroscope", "MAGN": "magnetometer", "ORNT": "orientation",
	"POS": "position", "VEL": "velocity", "ANGACCEL": "angular-acceleration", "JNTANG": "joint-angle"}

// mapping is how a table is read, by its list of channels and its settings.
func (d *bidsDecoder) mapping(w *session, f *sourceFile, settings bidsSettings) (*Mapping, error) {
	path := strings.TrimSuffix(f.path, bidsMotionEnd) + "_channels.tsv"
	rows, err := sideRows(path)
	if os.IsNotExist(err) {
		return nil, badFile(f.path, "there is no %s beside it, which says what its columns are", filepath.Base(path))
	}
	if err != nil {
		return nil, err
	}
	rate := bidsRate(settings.SamplingFrequency)
	m := &Mapping{Name: "bids-motion", File: FileRule{Delimiter: "tab", Empty: "missing"}, Time: TimeRule{Rate: rate},
		Recording: RecordingRule{Device: bidsText(settings.Manufacturer), Placement: bidsText(settings.TrackingSystemName)},
		moments:   &moments{relative: true}}
	if m.Recording.Device == "" {
		m.Recording.Device = bidsText(settings.ManufacturersModelName)
	}
	if offset, ok := settings.RecordingStartOffset.(float64); ok && math.Abs(offset) < 1e9 {
		m.moments.origin = int64(math.Round(offset * 1e9))
	}
	for i, row := range rows {
		column := Column{Number: i + 1}
		if row["type"] == "LATENCY" && m.Time.Column == nil {
			m.Time.Column, m.Time.Unit, m.Time.From = &column, "s", "start"
			continue
		}
		c, err := bidsChannel(w, row, filepath.Base(path))
		if err != nil {
			return nil, err
		}
		c.Column = column
		m.Channels = append(m.Channels, c)
	}
	if m.Time.Column == nil && rate == 0 {
		if m.Time.Rate = bidsRate(settings.SamplingFrequencyEffective); m.Time.Rate == 0 {
			return nil, badFile(f.path, "it has no latency channel and no SamplingFrequency beside it, so its times are not known")
		}
	}
	return m, nil
}

func bidsChannel(w *session, row map[string]string, file string) (ChannelRule, error) {
	c := ChannelRule{Kind: bidsKinds[row["type"]], Axis: strings.TrimPrefix(strings.ToLower(row["component"]), "quat_"), Unit: plainUnit(row["units"])}
	if c.Kind == "" {
		c.Kind = clipText(tidy(strings.TrimSuffix(row["name"], "_"+row["component"])), 60)
	}
	if c.Kind == "" {
		c.Kind = "value"
	}
	if p := row["tracked_point"]; p != "" {
		c.Placement = strings.NewReplacer("{", "", "}", "").Replace(clipText(p, 60))
	}
	switch {
	case row["units"] == "oC":
		c.Unit = "degC"
	case row["units"] != "" || c.Kind == "magnetometer" || c.Kind == "orientation" || bidsKinds[row["type"]] == "":
	default:
		answer, err := w.ask(Question{Topic: "unit", Text: fmt.Sprintf("%s gives no unit for the channel %q.", file, clipText(row["name"], 60)),
			Choices: []Choice{{"m/s2", "metres per second squared"}, {"g", "multiples of gravity"}, {"rad/s", "radians a second"}, {"deg/s", "degrees a second"}}})
		if err != nil {
			return c, err
		}
		c.Unit = answer
	}
	return c, nil
}

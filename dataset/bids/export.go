// Package bids writes sessions in the BIDS-Motion layout (Jeung et al. 2024,
// "Motion-BIDS"), so that other tools of the field can read them.
package bids

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"onset/dataset"
)

// Store is what an export reads of a study; *dataset.Study is one.
type Store interface {
	Settings(ctx context.Context) (dataset.Settings, error)
	Participants(ctx context.Context) ([]dataset.Participant, error)
	Sessions(ctx context.Context) ([]dataset.SessionSummary, error)
	Session(ctx context.Context, id dataset.SessionID) (dataset.Session, error)
	Labels(ctx context.Context, f dataset.LabelFilter) ([]dataset.Label, error)
	ReadSamples(ctx context.Context, channel dataset.ChannelID, first int64, dst []float64) (int, error)
}

// Options say what to export.
type Options struct {
	Sessions []dataset.SessionID // empty: all
	Set      string              // the label set that becomes events; empty: all
	// Dates writes each session's calendar start into the scans files. Without
	// it an export holds no wall-clock time.
	Dates    bool
	Program  string // name and version, for GeneratedBy
	Progress func(done, total int)
}

// version is the BIDS version that the layout follows.
const version = "1.9.0"

// Export writes the sessions into a new folder: dataset_description.json,
// participants.tsv and, for each session, its recordings as tracking systems
// with their channels and labels. The folder appears whole or not at all.
func Export(ctx context.Context, store Store, dir string, o Options) (sessions int, err error) {
	if _, err := os.Stat(dir); err == nil {
		return 0, fmt.Errorf("%s exists already; an export is never mixed with what is there: %w", dir, os.ErrExist)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".bids-*")
	if err != nil {
		return 0, fmt.Errorf("writing the export: %w", err)
	}
	defer os.RemoveAll(tmp)
	e := exporter{store: store, dir: tmp, o: o}
	if err := e.write(ctx); err != nil {
		return 0, fmt.Errorf("writing the export: %w", err)
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return 0, fmt.Errorf("writing the export: %w", err)
	}
	if err := os.Rename(tmp, dir); err != nil {
		return 0, fmt.Errorf("writing the export: %w", err)
	}
	return e.done, nil
}

type exporter struct {
	store Store
	dir   string
	o     Options
	done  int
	names map[string]string // subject label -> study code, to see clashes
}

func (e *exporter) write(ctx context.Context) error {
	all, err := e.store.Sessions(ctx)
	if err != nil {
		return err
	}
	if len(e.o.Sessions) > 0 {
		all = slices.DeleteFunc(all, func(s dataset.SessionSummary) bool { return !slices.Contains(e.o.Sessions, s.ID) })
	}
	if len(all) == 0 {
		return errors.New("there is no session to write")
	}
	if err := e.describe(ctx, all); err != nil {
		return err
	}
	for _, s := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := e.session(ctx, s); err != nil {
			return fmt.Errorf("session %d of %s: %w", s.Number, s.Participant, err)
		}
		e.done++
		if e.o.Progress != nil {
			e.o.Progress(e.done, len(all))
		}
	}
	return nil
}

// label makes a BIDS label, letters and digits only, of a name.
func label(name string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return -1
	}, name)
}

func (e *exporter) describe(ctx context.Context, sessions []dataset.SessionSummary) error {
	settings, err := e.store.Settings(ctx)
	if err != nil {
		return err
	}
	name := settings.Name
	if name == "" {
		name = "Study without a name" // the layout wants one
	}
	description := map[string]any{"Name": name, "BIDSVersion": version, "DatasetType": "raw"}
	if slices.ContainsFunc(sessions, func(s dataset.SessionSummary) bool { return s.Simulated }) {
		description["Simulated"] = true // some of it; each recording says it of itself
	}
	if settings.Notice != "" {
		description["Notice"] = settings.Notice
	}
	if e.o.Program != "" {
		description["GeneratedBy"] = []map[string]string{{"Name": e.o.Program}}
	}
	if err := writeJSON(filepath.Join(e.dir, "dataset_description.json"), description); err != nil {
		return err
	}
	return e.people(ctx, sessions)
}

func (e *exporter) session(ctx context.Context, s dataset.SessionSummary) error {
	full, err := e.store.Session(ctx, s.ID)
	if err != nil {
		return err
	}
	sub, ses := "sub-"+label(string(s.Participant)), fmt.Sprintf("ses-%02d", s.Number)
	dir := filepath.Join(e.dir, sub, ses, "motion")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	stem := sub + "_" + ses + "_task-exercise"
	scans := [][]string{{"filename", "acq_time"}}
	for i, r := range full.Recordings {
		name := stem + "_tracksys-" + tracksys(full.Recordings, i)
		if err := e.recording(ctx, filepath.Join(dir, name), r, s.Simulated); err != nil {
			return err
		}
		when := "n/a"
		if e.o.Dates && !full.Start.IsZero() {
			begun := time.Duration(math.Round(r.Clock.Time(0) * 1e9)) // this recording, after the session
			when = full.Start.Add(begun).Format("2006-01-02T15:04:05.000000")
		}
		scans = append(scans, []string{"motion/" + name + "_motion.tsv", when})
	}
	if err := e.events(ctx, filepath.Join(dir, stem+"_events"), full); err != nil {
		return err
	}
	return writeTSV(filepath.Join(e.dir, sub, ses, sub+"_"+ses+"_scans.tsv"), scans)
}

// tracksys names a recording within its session by where the device was worn; a
// run tells apart what one place recorded one after the other.
func tracksys(all []dataset.Recording, i int) string {
	name := label(all[i].Placement)
	if name == "" {
		name = "unknown"
	}
	run, several := 1, false
	for k, r := range all {
		if k != i && label(r.Placement) == label(all[i].Placement) {
			several = true
			if k < i {
				run++
			}
		}
	}
	if several {
		name += fmt.Sprintf("_run-%02d", run)
	}
	return name
}

// channelTypes are the BIDS types of our kinds of sensor.
var channelTypes = map[string]string{"accelerometer": "ACCEL", "gyroscope": "GYRO", "magnetometer": "MAGN", "orientation": "ORNT", "temperature": "MISC"}

// bidsUnits are our units as BIDS writes them.
var bidsUnits = map[string]string{"m/s2": "m/s^2", "degC": "oC", "1": "n/a"}

func (e *exporter) recording(ctx context.Context, stem string, r dataset.Recording, simulated bool) error {
	channels := [][]string{{"name", "component", "type", "tracked_point", "units"}, {"latency", "n/a", "LATENCY", "n/a", "s"}}
	count := map[string]int{"LATENCY": 1}
	for _, c := range r.Channels {
		kind, ok := channelTypes[c.Kind]
		if !ok {
			kind = "MISC"
		}
		count[kind]++
		unit, ok := bidsUnits[c.Unit]
		if !ok {
			unit = c.Unit
		}
		component := c.Axis
		if component == "" {
			component = "n/a"
		}
		channels = append(channels, []string{channelName(c), component, kind, r.Placement, unit})
	}
	if err := writeTSV(stem+"_channels.tsv", channels); err != nil {
		return err
	}
	if err := e.samples(ctx, stem+"_motion.tsv", r); err != nil {
		return err
	}
	side := map[string]any{
		"TaskName": "exercise", "TrackingSystemName": r.Placement, "SamplingFrequency": r.NominalHz,
		"MotionChannelCount": len(r.Channels), "RecordingDuration": r.Clock.End(r.Samples) - r.Clock.Time(0), "RecordingType": "continuous",
		"RecordingStartOffset": r.Clock.Time(0), "ClockSegments": r.Clock.Segments, "Simulated": simulated,
	}
	if r.Device != "" {
		side["Manufacturer"] = r.Device
	}
	if r.NominalHz == 0 {
		side["SamplingFrequency"] = "n/a"
	}
	if r.MeasuredHz > 0 {
		side["SamplingFrequencyEffective"] = r.MeasuredHz
	}
	if gaps := r.Clock.Gaps(); len(gaps) > 0 {
		side["RecordingType"] = "discontinuous"
		side["MissingValues"] = fmt.Sprintf("%d gaps; the latency channel has the true times", len(gaps))
	}
	for kind, n := range count {
		side[kind+"ChannelCount"] = n
	}
	return writeJSON(stem+"_motion.json", side)
}

func channelName(c dataset.Channel) string {
	if c.Axis == "" {
		return c.Kind
	}
	return c.Kind + "_" + c.Axis
}

// block is how many samples are in memory at once.
const block = 1 << 14

// samples writes one row a sample: its time since the recording's first sample,
// then every channel, with as many digits as give the same number back.
func (e *exporter) samples(ctx context.Context, path string, r dataset.Recording) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Sync(), f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<18)
	columns := make([][]float64, len(r.Channels))
	for i := range columns {
		columns[i] = make([]float64, block)
	}
	zero := r.Clock.Time(0)
	var line []byte
	for first := int64(0); first < r.Samples; first += block {
		n := int(min(block, r.Samples-first))
		for i, c := range r.Channels {
			if got, err := e.store.ReadSamples(ctx, c.ID, first, columns[i][:n]); err != nil || got < n {
				return fmt.Errorf("reading samples %d to %d: %w", first, first+int64(n), errors.Join(err, shortRead(got, n)))
			}
		}
		for k := range n {
			line = strconv.AppendFloat(line[:0], r.Clock.Time(first+int64(k))-zero, 'f', 6, 64)
			for i := range columns {
				line = strconv.AppendFloat(append(line, '\t'), columns[i][k], 'g', -1, 64)
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}

func shortRead(got, n int) error {
	if got < n {
		return dataset.ErrCorrupt
	}
	return nil
}

func (e *exporter) events(ctx context.Context, stem string, s dataset.Session) error {
	labels, err := e.store.Labels(ctx, dataset.LabelFilter{Session: s.ID, Set: e.o.Set})
	if err != nil {
		return err
	}
	clocks, systems := map[dataset.RecordingID]dataset.Clock{}, map[dataset.RecordingID]string{}
	for i, r := range s.Recordings {
		clocks[r.ID], systems[r.ID] = r.Clock, tracksys(s.Recordings, i)
	}
	rows := [][]string{{"onset", "duration", "trial_type", "kind", "rater", "label_set", "origin", "attributes", "tracksys", "sample", "n_samples"}}
	for _, l := range labels {
		c := clocks[l.Recording]
		start, end := c.Span(l.Start, l.End)
		length := end - start
		attributes, err := json.Marshal(l.Attributes)
		if err != nil {
			return err
		}
		rows = append(rows, []string{fixed(start), fixed(length), l.Exercise, l.Kind, l.Rater, l.Set, l.Origin, string(attributes),
			systems[l.Recording], strconv.FormatInt(l.Start, 10), strconv.FormatInt(l.End-l.Start, 10)})
	}
	if err := writeTSV(stem+".tsv", rows); err != nil {
		return err
	}
	return writeJSON(stem+".json", map[string]any{
		"onset":      map[string]string{"Description": "Seconds from the session's start", "Units": "s"},
		"duration":   map[string]string{"Description": "Seconds; 0 is an instant", "Units": "s"},
		"trial_type": map[string]string{"Description": "The exercise, by its catalogue id or the source's own name"},
		"tracksys":   map[string]string{"Description": "The tracking system, with its run, on whose samples the label lies"},
		"sample":     map[string]string{"Description": "The label's first sample there: a row of its motion.tsv, counted from 0"},
		"n_samples":  map[string]string{"Description": "How many samples of it the label covers; 0 is an instant"},
	})
}

func fixed(v float64) string { return strconv.FormatFloat(v, 'f', 6, 64) }

func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(path, append(b, '\n'))
}

// writeTSV writes rows; an empty cell becomes n/a, as BIDS asks.
func writeTSV(path string, rows [][]string) error {
	var b strings.Builder
	clean := strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				b.WriteByte('\t')
			}
			if cell == "" {
				cell = "n/a"
			}
			b.WriteString(clean.Replace(cell))
		}
		b.WriteByte('\n')
	}
	return writeFile(path, []byte(b.String()))
}

func writeFile(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

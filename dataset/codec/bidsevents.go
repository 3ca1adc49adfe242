package codec

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"onset/dataset"
)

// labels makes labels of the session's events. Onsets count from where the session
// began, which may be before the first of its recordings, at zero.
func (d *bidsDecoder) labels(_ context.Context, w *session, zero int64) error {
	if d.start != 0 {
		d.shift = float64(d.start-zero) / 1e9
	}
	d.numberTracks()
	for _, path := range []string{filepath.Join(d.files[0].dir(), d.stem("_events.tsv")), strings.TrimSuffix(d.files[0].path, bidsMotionEnd) + "_events.tsv"} {
		rows, err := sideRows(path)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return err
		}
		for i, row := range rows {
			if err := d.event(w, path, int64(i+2), row); err != nil {
				return err
			}
		}
		return nil
	}
	w.find(dataset.Finding{Kind: dataset.FindingLabels, Sample: -1, Message: "There is no table of events beside the recording; imported without labels."})
	return nil
}

func (d *bidsDecoder) event(w *session, path string, row int64, cells map[string]string) error {
	onset, err := strconv.ParseFloat(cells["onset"], 64)
	if err != nil {
		return badRow(path, row, "column onset: %q is no number of seconds", clipText(cells["onset"], 40))
	}
	onset += d.shift
	length := 0.0
	if cells["duration"] != "" {
		if length, err = strconv.ParseFloat(cells["duration"], 64); err != nil || length < 0 {
			return badRow(path, row, "column duration: %q is no number of seconds", clipText(cells["duration"], 40))
		}
	}
	l := dataset.Label{Kind: cells["kind"], Rater: cells["rater"]}
	if text := cells["attributes"]; text != "" {
		if err := json.Unmarshal([]byte(text), &l.Attributes); err != nil {
			return badRow(path, row, "column attributes cannot be read: %v", err)
		}
	}
	if l.Kind == "" && length == 0 {
		l.Kind = dataset.KindPoint
	}
	if !d.onSamples(w, &l, path, row, cells, onset, length) && !w.placeLabel(&l, onset, onset+length) && !w.placeShort(&l, onset, length) {
		w.find(dataset.Finding{Kind: dataset.FindingLabels, Sample: -1,
			Message: fmt.Sprintf("%s row %d names %g to %g s, where there are no samples; left out.", filepath.Base(path), row, onset, onset+length)})
		return nil
	}
	if cells["trial_type"] == "" {
		w.plainLabel(l)
		return nil
	}
	group, name := splitExercise(cells["trial_type"])
	w.label(l, name, group)
	return nil
}

// numberTracks keeps which recording of the session each tracking system begins.
func (d *bidsDecoder) numberTracks() {
	d.tracks = map[string]int{}
	at := 0
	for _, s := range d.tables.sources {
		if _, name, ok := strings.Cut(strings.TrimSuffix(s.file.name(), bidsMotionEnd), "_tracksys-"); ok {
			d.tracks[name] = at
		}
		at += len(s.outs())
	}
}

// onSamples places a label on the samples that its row names, as exports of this
// program do. It reports false where the row names none, or such as are not there
// or not at its seconds; that is told.
func (d *bidsDecoder) onSamples(w *session, l *dataset.Label, path string, row int64, cells map[string]string, onset, length float64) bool {
	if cells["tracksys"] == "" && cells["sample"] == "" && cells["n_samples"] == "" {
		return false
	}
	at, known := d.tracks[cells["tracksys"]]
	first, err := strconv.ParseInt(cells["sample"], 10, 64)
	count, err2 := strconv.ParseInt(cells["n_samples"], 10, 64)
	why := ""
	switch {
	case !known || at >= len(w.finished):
		why = fmt.Sprintf("there is no tracking system %q", clipText(cells["tracksys"], 60))
	case err != nil || err2 != nil || first < 0 || count < 0 || first >= w.recordings[at].Samples || count > w.recordings[at].Samples-first || (count == 0) != (l.Kind == dataset.KindPoint):
		why = "its samples are not there"
	default:
		from, to := w.clocks[at].Span(first, first+count)
		_, next := w.clocks[at].Span(first, first+1)
		if step := next - w.clocks[at].Time(first); math.Abs(from-onset) > step || math.Abs(to-from-length) > step {
			why = "its samples lie at other seconds than its onset and duration"
		}
	}
	if why != "" {
		w.find(dataset.Finding{Kind: dataset.FindingLabels, Sample: -1,
			Message: fmt.Sprintf("%s row %d: %s; the label goes by its onset and duration.", filepath.Base(path), row, why)})
		return false
	}
	l.Recording, l.Start, l.End = w.finished[at], first, first+count
	return true
}

// placeShort places a label that begins and ends between two samples on the one
// before, when that one's time reaches into it.
func (w *session) placeShort(l *dataset.Label, from, length float64) bool {
	if length <= 0 || l.Kind == dataset.KindPoint {
		return false
	}
	for i, id := range w.finished {
		n, clock := w.recordings[i].Samples, w.clocks[i]
		k := clock.Sample(from, n) - 1
		if k < 0 {
			continue
		}
		if begin, end := clock.Span(k, k+1); begin <= from && from < end {
			l.Recording, l.Start, l.End = id, k, k+1
			return true
		}
	}
	return false
}

package interchange

import (
	"errors"
	"fmt"
	"os"
	"time"

	"onset/dataset"
	"onset/labeling"
)

// DocumentOf is a session's labels as a document; formats that count samples
// count r's.
func DocumentOf(session dataset.Session, r dataset.Recording, labels []dataset.Label) Document {
	d := Document{Session: string(session.ID), Start: session.Start, Unzoned: session.Zone == "", Line: labeling.TimelineOf(r)}
	// Formats with wall clocks mean the one that hung where the session was.
	if zone, err := time.LoadLocation(session.Zone); err == nil && !session.Start.IsZero() {
		d.Start = session.Start.In(zone)
	}
	clocks := map[dataset.RecordingID]dataset.Clock{}
	for _, r := range session.Recordings {
		clocks[r.ID] = r.Clock
		if r.ID != d.Line.Recording {
			d.Others = append(d.Others, labeling.TimelineOf(r))
		}
	}
	for _, x := range labels {
		if x.Kind == dataset.KindNone {
			continue // that nothing is there is no label
		}
		start, end := clocks[x.Recording].Span(x.Start, x.End)
		d.Spans = append(d.Spans, Span{StartS: start, EndS: end, Label: x.Exercise, Kind: x.Kind, Rater: x.Rater,
			Set: x.Set, Origin: x.Origin, Confidence: x.Confidence, Attributes: x.Attributes,
			Counted: true, StartSample: x.Start, EndSample: x.End})
	}
	return d
}

// WriteFile writes a document to a new file; one that exists is never replaced
// (fs.ErrExist), and a failure leaves none.
func WriteFile(path string, format Format, d Document) ([]Note, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("writing labels: %w", err)
	}
	notes, err := format.Export(f, d)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("writing labels to %s: %w", path, err), os.Remove(path))
	}
	return notes, nil
}

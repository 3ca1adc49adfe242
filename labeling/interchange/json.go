package interchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

type studioTask struct {
	Data        map[string]any `json:"data"`
	Annotations []studioResult `json:"annotations"`
	Predictions []studioResult `json:"predictions,omitempty"`
}

type studioResult struct {
	CompletedBy any          `json:"completed_by,omitempty"`
	Model       string       `json:"model_version,omitempty"`
	Result      []studioItem `json:"result"`
}

type studioItem struct {
	ID    string      `json:"id,omitempty"`
	From  string      `json:"from_name"`
	To    string      `json:"to_name"`
	Type  string      `json:"type"`
	Score *float64    `json:"score,omitempty"`
	Value studioValue `json:"value"`
	// Meta is what the program keeps of a region beside it: "text" is a person's
	// note.
	Meta map[string]json.RawMessage `json:"meta,omitempty"`
}

type studioValue struct {
	Start   *float64 `json:"start"`
	End     *float64 `json:"end"`
	Instant bool     `json:"instant"`
	Labels  []string `json:"timeserieslabels"`
}

// exportLabelStudio writes one task with the labels of each rater as one
// annotation; times are in seconds, the unit that the task's time column must
// then have.
func exportLabelStudio(w io.Writer, d Document) ([]Note, error) {
	task := studioTask{Data: map[string]any{"session": d.Session, "time_unit": "s"}, Annotations: []studioResult{}}
	at := map[string]int{}
	for i, s := range d.Spans {
		k, ok := at[s.Rater]
		if !ok {
			k = len(task.Annotations)
			at[s.Rater] = k
			task.Annotations = append(task.Annotations, studioResult{CompletedBy: s.Rater})
		}
		start, end := s.StartS, s.EndS
		meta, err := studioMeta(s)
		if err != nil {
			return nil, fmt.Errorf("label %d: %w", i+1, err)
		}
		task.Annotations[k].Result = append(task.Annotations[k].Result, studioItem{ID: fmt.Sprintf("l%d", i+1), From: "label", To: "ts", Type: "timeserieslabels", Meta: meta,
			Value: studioValue{Start: &start, End: &end, Instant: start == end, Labels: []string{named(s)}}})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	notes := []Note{{Message: "start and end are in seconds; load the recording with a time column in seconds"}}
	return notes, enc.Encode([]studioTask{task})
}

// studioMeta is a note where the program shows one, and our own details beside it.
func studioMeta(s Span) (meta map[string]json.RawMessage, err error) {
	ours := detailsOf(s)
	ours.Attributes.Note = ""
	meta = map[string]json.RawMessage{}
	if meta["onset"], err = json.Marshal(ours); err == nil && s.Attributes.Note != "" {
		meta["text"], err = json.Marshal([]string{s.Attributes.Note})
	}
	return meta, err
}

// takeStudioMeta reads what studioMeta wrote, and reports whether it could.
func takeStudioMeta(s *Span, meta map[string]json.RawMessage) bool {
	var text []string
	if json.Unmarshal(meta["text"], &text) == nil {
		s.Attributes.Note = strings.Join(text, "\n")
	}
	if len(meta["onset"]) == 0 {
		return true
	}
	var d details
	if json.Unmarshal(meta["onset"], &d) != nil {
		return false
	}
	d.give(s)
	return true
}

func importLabelStudio(r io.Reader, known Document) (Document, []Note, error) {
	b, err := readAll(r)
	if err != nil {
		return Document{}, nil, err
	}
	var tasks []studioTask
	if err := json.Unmarshal(b, &tasks); err != nil {
		return Document{}, nil, fmt.Errorf("this is not a Label Studio export: %w", err)
	}
	if len(tasks) != 1 {
		return Document{}, nil, fmt.Errorf("the file holds %d tasks; one session is one task: export them one by one", len(tasks))
	}
	d := Document{Session: known.Session, Start: known.Start, Line: known.Line}
	var notes []Note
	for _, a := range tasks[0].Annotations {
		rater := ""
		if a.CompletedBy != nil {
			rater = fmt.Sprint(a.CompletedBy)
		}
		for i, item := range a.Result {
			if item.Type != "timeserieslabels" || item.Value.Start == nil || item.Value.End == nil || len(item.Value.Labels) == 0 {
				notes = append(notes, Note{i + 1, fmt.Sprintf("a result of type %q is no labelled span and was left out", item.Type)})
				continue
			}
			s := Span{Confidence: 1, StartS: *item.Value.Start, EndS: *item.Value.End, Label: item.Value.Labels[0], Rater: rater,
				Place: fmt.Sprintf("result %d of %s", i+1, rater)}
			if !takeStudioMeta(&s, item.Meta) {
				notes = append(notes, Note{i + 1, "what its meta says under \"onset\" could not be read and was left out"})
			}
			if err := checkSpan(s); err != nil {
				return Document{}, nil, fmt.Errorf("result %d of %s: %w", i+1, rater, err)
			}
			d.Spans = append(d.Spans, s)
		}
	}
	if len(tasks[0].Predictions) > 0 {
		notes = append(notes, Note{Message: "predictions in the file were left out; only annotations are labels"})
	}
	return finish(d), notes, nil
}

type sensiFile struct {
	FileName string         `json:"file_name"`
	Metadata []sensiPair    `json:"metadata"`
	Sessions []sensiSession `json:"sessions"`
}

type sensiPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type sensiSession struct {
	Name     string         `json:"session_name"`
	Segments []sensiSegment `json:"segments"`
}

type sensiSegment struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Start int64  `json:"start"`
	End   int64  `json:"end"`
}

// exportSensiML writes the recording's own sample numbers, one session of segments
// for each label set.
func exportSensiML(w io.Writer, d Document) ([]Note, error) {
	if d.Line.Samples == 0 {
		return nil, errors.New("the .dai format counts samples: it needs a recording that holds some")
	}
	f := sensiFile{FileName: d.Session + ".csv", Metadata: []sensiPair{}, Sessions: []sensiSession{}}
	at := map[string]int{}
	for _, s := range d.Spans {
		k, ok := at[s.Set]
		if !ok {
			k = len(f.Sessions)
			at[s.Set] = k
			f.Sessions = append(f.Sessions, sensiSession{Name: s.Set})
		}
		first, last := d.Line.Nearest(s.StartS), d.Line.Boundary(s.EndS)
		if s.StartS == s.EndS {
			last = first
		}
		f.Sessions[k].Segments = append(f.Sessions[k].Segments, sensiSegment{Name: "Label", Value: named(s),
			Start: first, End: last})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	notes := append(lost(d, "The .dai format", holdsSet), Note{Message: "segments count the recording's own samples; a gap holds none"})
	return notes, enc.Encode([]sensiFile{f})
}

func importSensiML(r io.Reader, known Document) (Document, []Note, error) {
	if known.Line.Samples == 0 {
		return Document{}, nil, errors.New("the .dai format counts samples: say which recording they are of")
	}
	b, err := readAll(r)
	if err != nil {
		return Document{}, nil, err
	}
	var files []sensiFile
	if err := json.Unmarshal(b, &files); err != nil {
		var one sensiFile
		if json.Unmarshal(b, &one) != nil {
			return Document{}, nil, fmt.Errorf("this is not a .dai file: %w", err)
		}
		files = []sensiFile{one}
	}
	if len(files) != 1 {
		return Document{}, nil, fmt.Errorf("the file describes %d recordings; one session is one recording", len(files))
	}
	d := Document{Session: known.Session, Start: known.Start, Line: known.Line}
	for _, session := range files[0].Sessions {
		for i, g := range session.Segments {
			if g.Start < 0 || g.End > d.Line.Samples || g.Start > g.End {
				return Document{}, nil, fmt.Errorf("segment %d of %q, samples %d to %d, is not inside the recording's %d samples", i+1, session.Name, g.Start, g.End, d.Line.Samples)
			}
			s := Span{Confidence: 1, Label: g.Value, Set: session.Name, Counted: true, StartSample: g.Start, EndSample: g.End,
				Place: fmt.Sprintf("segment %d of %q", i+1, session.Name)}
			s.StartS, s.EndS = d.Line.Times(g.Start, g.End)
			if err := checkSpan(s); err != nil {
				return Document{}, nil, fmt.Errorf("segment %d of %q: %w", i+1, session.Name, err)
			}
			d.Spans = append(d.Spans, s)
		}
	}
	return finish(d), nil, nil
}

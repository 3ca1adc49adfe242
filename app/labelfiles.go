package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"onset/dataset"
	"onset/labeling/interchange"
)

// LabelFile is what a label file of another program holds for a session.
type LabelFile struct {
	Path      string
	Format    interchange.Format
	Session   dataset.SessionID
	Labels    int
	Exercises map[string]int // labels of each, setup windows apart
	Setups    int            // setup windows
	Raters    []string       // that the file names
	Sets      []string       // that the file names
	Notes     []interchange.Note
}

// Suggested is the label set that a file's labels go into unless a person says
// otherwise: the one that it names (an ELAN tier is none), else its rater's, else
// the file's name.
func (f LabelFile) Suggested() string {
	switch {
	case len(f.Sets) == 1 && f.Format.Name != "elan":
		return f.Sets[0]
	case len(f.Raters) == 1:
		return f.Raters[0]
	}
	base := filepath.Base(f.Path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// TakenLabels is what came of an import of labels.
type TakenLabels struct {
	LabelFile
	Set   string
	Taken int // labels that are in the study now; notes say why others are not
}

// ReadLabels reads a label file as an import into a session would, changing
// nothing.
func (w *Workbench) ReadLabels(ctx context.Context, path string, format interchange.Format, session dataset.SessionID) (LabelFile, error) {
	v, err := w.Session(ctx, session)
	if err != nil {
		return LabelFile{}, err
	}
	f, edit, err := readLabels(path, format, interchange.Into{Session: v}, "")
	f.count(edit)
	return f, err
}

func (f *LabelFile) count(edit dataset.Edit) {
	for _, c := range edit.Changes {
		if c.After.Kind == dataset.KindSetup {
			f.Setups++
		} else {
			f.Exercises[c.After.Exercise]++
		}
	}
}

// readLabels reads a file for the first recording of in's session, as an edit of a
// rater.
func readLabels(path string, format interchange.Format, in interchange.Into, by string) (LabelFile, dataset.Edit, error) {
	session := in.Session
	f := LabelFile{Path: path, Format: format, Session: session.ID, Exercises: map[string]int{}}
	if len(session.Recordings) == 0 {
		return f, dataset.Edit{}, fmt.Errorf("the session has no recording: %w", dataset.ErrNotFound)
	}
	in.Recording = session.Recordings[0]
	file, err := os.Open(path)
	if err != nil {
		return f, dataset.Edit{}, fmt.Errorf("opening the label file: %w", err)
	}
	defer file.Close()
	d, notes, err := format.Import(file, interchange.DocumentOf(session, in.Recording, nil))
	edit := dataset.Edit{Session: session.ID, Rater: by, Action: "import labels"}
	var labels []dataset.Label
	var found []interchange.Note
	if err == nil {
		labels, found, err = in.Labels(d)
	}
	if err != nil {
		return f, edit, refusedLabels(path, format, err)
	}
	for i := range labels {
		edit.Changes = append(edit.Changes, dataset.Change{After: &labels[i]})
	}
	f.Labels, f.Notes = len(labels), append(notes, found...)
	for _, s := range d.Spans {
		if s.Rater != "" && !slices.Contains(f.Raters, s.Rater) {
			f.Raters = append(f.Raters, s.Rater)
		}
		if s.Set != "" && !slices.Contains(f.Sets, s.Set) {
			f.Sets = append(f.Sets, s.Set)
		}
	}
	return f, edit, nil
}

func refusedLabels(path string, format interchange.Format, err error) error {
	return WithProblem(err, Problem{What: fmt.Sprintf("The labels were refused as %s: %v", format.Title, err), Where: path,
		Unharmed: "The study and the file are as they were; no label was taken in", Do: "Mend what is named in the file, or choose another session"})
}

// ImportLabels takes the labels of a file into a label set of a session, as a job:
// all of them in one change, which undo takes back, or none. A label that the set
// has already is left out, so that the same file twice changes nothing. done gets
// what came of it on the job's goroutine just before the job ends. A rater in a
// blind pass can take in labels of their own set alone.
func (w *Workbench) ImportLabels(f LabelFile, set string, done func(TakenLabels)) *Job {
	return w.job("Import labels from "+filepath.Base(f.Path), func(ctx context.Context, t *Task, s *dataset.Study) error {
		t.Message("reading " + filepath.Base(f.Path))
		if own, blind := w.ownSet(); blind && set != own {
			return blindProblem("Labels of others are not imported during a blind pass")
		}
		if strings.TrimSpace(set) == "" {
			return errors.New("importing labels: no label set is named")
		}
		session, err := s.Session(ctx, f.Session)
		if err != nil {
			return err
		}
		held, err := s.Labels(ctx, dataset.LabelFilter{Session: session.ID, Set: set})
		if err != nil {
			return err
		}
		read, edit, err := readLabels(f.Path, f.Format, interchange.Into{Session: session, Set: set, Rater: set, Held: held}, w.Preferences().Rater)
		if err != nil {
			return err
		}
		taken := TakenLabels{LabelFile: read, Set: set, Taken: len(edit.Changes)}
		taken.count(edit)
		if err := ctx.Err(); err != nil {
			return err
		}
		if taken.Taken > 0 {
			if _, err := s.Apply(ctx, edit); err != nil {
				return err
			}
			w.Signals.Labels.Emit(session.ID)
		}
		done(taken)
		return nil
	})
}

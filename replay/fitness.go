package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"onset/dataset"
)

// ErrNoLabels is wrapped by what says that a session has no labelled set to
// decide at.
var ErrNoLabels = errors.New("there is no labelled set to decide at; where an onset is found (at detected) needs none")

// ErrCannotRun is wrapped by what says that a session lacks the sensors of every
// model.
var ErrCannotRun = errors.New("the model cannot run here")

// CheckFit says before anything is read whether a session can be replayed so:
// whether there are sets to decide at, and the sensors that some model reads.
func CheckFit(ctx context.Context, store Store, c Classifier, id dataset.SessionID, o Options) error {
	o, err := o.check()
	if err != nil {
		return err
	}
	s, err := store.Session(ctx, id)
	if err != nil {
		return fmt.Errorf("reading session %s: %w", id, err)
	}
	if lacks := lacking(modelsOf(c), s); len(lacks) > 0 && o.hears() {
		return fmt.Errorf("session %s holds %s: %w, it reads %s", s.ID, orNothing(sensorsHeld(s)), ErrCannotRun, strings.Join(lacks, ", or "))
	}
	if o.At != AtLabel {
		return nil
	}
	labels, err := store.Labels(ctx, dataset.LabelFilter{Session: s.ID})
	if err != nil {
		return fmt.Errorf("reading the labels of session %s: %w", id, err)
	}
	kept, chosen := oneSet(labels, o.LabelSet)
	if len(setsOf(s, kept)) == 0 {
		of := ""
		if chosen != "" {
			of = fmt.Sprintf(" in label set %q", chosen)
		}
		return fmt.Errorf("session %s has no exercise label%s: %w", s.ID, of, ErrNoLabels)
	}
	return nil
}

// hears says whether a source is asked that needs a model's window.
func (o Options) hears() bool {
	return o.Sources == nil || slices.Contains(o.Sources, Sensor.String()) || slices.Contains(o.Sources, Memory.String())
}

// lacking is what each model reads, when a session holds the sensors of none.
func lacking(models []Classifier, s dataset.Session) (lacks []string) {
	for _, m := range models {
		set := sensorSet(m.Contract())
		if !slices.ContainsFunc(set, func(name string) bool { return len(holders(s, name)) == 0 }) {
			return nil
		}
		lacks = append(lacks, strings.Join(set, " + "))
	}
	return lacks
}

func sensorsHeld(s dataset.Session) (list []string) {
	for _, r := range s.Recordings {
		for _, ch := range r.Channels {
			if name := dataset.SensorName(r.Placement, ch.Kind); !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	return list
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "no sensor"
	}
	return strings.Join(list, ", ")
}

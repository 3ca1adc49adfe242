package labeling

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"onset/dataset"
)

// checkIndex holds what an editor keeps from edit to edit against one that reads
// all labels anew, and against a look at every label.
func checkIndex(t *rapid.T, e *Editor) {
	all := e.Labels()
	fresh := NewEditor(session(), all, e.Rules(), nil, nil)
	if !slices.Equal(ids(all), ids(fresh.Labels())) {
		t.Fatalf("in the order %v, want %v", ids(all), ids(fresh.Labels()))
	}
	if len(e.setups) != len(fresh.setups) || len(e.places) != len(fresh.places) || e.Count("") != len(all) {
		t.Fatalf("%d setup windows at %d places of %d labels, want %d at %d of %d",
			len(e.setups), len(e.places), e.Count(""), len(fresh.setups), len(fresh.places), len(all))
	}
	for _, l := range all {
		if e.SetupEnd(l) != fresh.SetupEnd(l) {
			t.Fatalf("%+v has its setup window up to %g s, want %g", l, e.SetupEnd(l), fresh.SetupEnd(l))
		}
		if !occupies(l) {
			continue
		}
		lo, hi, _ := e.begin("").room(l)
		line, _ := e.Timeline(l.Recording)
		least, most := int64(0), line.Samples
		for _, o := range all {
			if o.ID == l.ID || !occupies(o) || o.Recording != l.Recording {
				continue
			}
			if o.End <= l.Start {
				least = max(least, o.End)
			}
			if o.Start >= l.End {
				most = min(most, o.Start)
			}
		}
		if lo < least || hi > most {
			t.Fatalf("room from %d to %d, want inside %d to %d", lo, hi, least, most)
		}
	}
}

func ids(labels []dataset.Label) (out []dataset.LabelID) {
	for _, l := range labels {
		out = append(out, l.ID)
	}
	return out
}

// A screen that follows the changes of each version knows the same labels as one
// that reads them all.
func TestChangesAreTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := newEditor(true)
		seen, version := map[dataset.LabelID]float64{}, -1
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			if edit, err := randomEdit(t, e); err == nil {
				e.Apply(edit)
			}
			if rapid.Bool().Draw(t, "look away") {
				continue
			}
			changed, known := e.Changed(version)
			if !known {
				clear(seen)
				changed = ids(e.Labels())
			}
			for _, id := range changed {
				delete(seen, id)
				if l, ok := e.Find(id); ok {
					seen[id] = e.SetupEnd(l)
				}
			}
			version = e.Version()
			for _, l := range e.Labels() {
				if end, ok := seen[l.ID]; !ok || end != e.SetupEnd(l) {
					t.Fatalf("the setup window of %+v was last seen to end at %g s, it ends at %g", l, end, e.SetupEnd(l))
				}
			}
			if len(seen) != e.Count("") {
				t.Fatalf("%d labels are known, there are %d", len(seen), e.Count(""))
			}
		}
	})
}

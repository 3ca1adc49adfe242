package label

import (
	"cmp"
	"slices"
	"sort"

	"onset/dataset"
	"onset/labeling"
	"onset/views/theme"
	"onset/views/trace"
)

// drawn is a label set as its lane shows it. It follows the labels that an edit
// changed, so that an edit costs the same in a session of ten labels and in one
// of ten thousand.
type drawn struct {
	look     laneLook
	version  int
	spans    []trace.Span // by start
	longest  float64      // none lasts longer, in seconds
	starts   map[dataset.LabelID]float64
	selected []dataset.LabelID
}

// laneLook is everything but the labels that spans are made from.
type laneLook struct {
	editor   *labeling.Editor
	setupS   float64
	own      bool
	classes  *theme.Classes
	readOnly bool
}

// lane is the lane of a label set. Its spans belong to the room.
func (l *Label) lane(set string, lane trace.Lane) trace.Lane {
	rules := l.editor.Rules()
	now := laneLook{editor: l.editor, setupS: rules.SetupS, own: set == rules.Set, classes: l.classes, readOnly: l.source.Current().ReadOnly}
	d := l.drawnSets[set]
	changed, known := l.editor.Changed(versionOf(d))
	switch {
	case d == nil || d.look != now || !known || len(changed) > len(d.spans)/4+8:
		d = &drawn{look: now, starts: map[dataset.LabelID]float64{}}
		for x := range l.editor.All(set) {
			if x.Kind != dataset.KindSetup && !labeling.Rejected(x) {
				s := l.laneSpan(x, now.own)
				d.spans = append(d.spans, s)
				d.starts[x.ID], d.longest = s.Start, max(d.longest, s.End-s.Start)
			}
		}
		slices.SortStableFunc(d.spans, byStart)
		if l.drawnSets == nil {
			l.drawnSets = map[string]*drawn{}
		}
		l.drawnSets[set] = d
	default:
		for _, id := range changed {
			d.drop(id)
		}
		for _, id := range changed {
			if x, ok := l.editor.Find(id); ok && x.Set == set && x.Kind != dataset.KindSetup && !labeling.Rejected(x) {
				d.add(id, l.laneSpan(x, now.own))
			}
		}
	}
	d.version = l.editor.Version()
	if now.own {
		d.choose(l.selected)
	}
	lane.Spans, lane.Longest = d.spans, d.longest
	return lane
}

func versionOf(d *drawn) int {
	if d == nil {
		return -1
	}
	return d.version
}

func byStart(a, b trace.Span) int { return cmp.Compare(a.Start, b.Start) }

// laneSpan is a label in its lane; those of other sets are of second rank.
func (l *Label) laneSpan(x dataset.Label, own bool) trace.Span {
	s := l.spanOf(x)
	if !own {
		s.Look, s.Movable = trace.Faded, false
	}
	return s
}

// index is where a label's span stands; -1 for none.
func (d *drawn) index(id dataset.LabelID) int {
	start, ok := d.starts[id]
	if !ok {
		return -1
	}
	i := sort.Search(len(d.spans), func(i int) bool { return d.spans[i].Start >= start })
	for ; i < len(d.spans) && d.spans[i].Start == start; i++ {
		if d.spans[i].ID == string(id) {
			return i
		}
	}
	return -1
}

func (d *drawn) drop(id dataset.LabelID) {
	if i := d.index(id); i >= 0 {
		d.spans = slices.Delete(d.spans, i, i+1)
	}
	delete(d.starts, id)
}

func (d *drawn) add(id dataset.LabelID, s trace.Span) {
	if _, there := d.starts[id]; there {
		return // named twice
	}
	i := sort.Search(len(d.spans), func(i int) bool { return d.spans[i].Start > s.Start })
	d.spans = slices.Insert(d.spans, i, s)
	d.starts[id], d.longest = s.Start, max(d.longest, s.End-s.Start)
}

// choose marks the chosen labels and no others.
func (d *drawn) choose(selected []dataset.LabelID) {
	mark := func(ids []dataset.LabelID, on bool) {
		for _, id := range ids {
			if i := d.index(id); i >= 0 {
				d.spans[i].Selected = on
			}
		}
	}
	mark(d.selected, false)
	mark(selected, true)
	d.selected = slices.Clone(selected)
}

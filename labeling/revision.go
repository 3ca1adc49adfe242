package labeling

import (
	"strings"

	"onset/dataset"
)

// revises stands between the reviser and the set that is revised in the name of
// a label set.
const revises = " revises "

// RevisionOf is the name of the label set in which a rater revises another set.
func RevisionOf(rater, set string) string { return rater + revises + set }

// IsRevision reports whether a label set began as a copy of another, so that it
// is no independent judgement.
func IsRevision(set string) bool { return strings.Contains(set, revises) }

// BeginRevision copies the labels of another set into the set of the rules. A
// copy keeps its rater and says where it came from until it is changed; then it
// is the reviser's.
func (e *Editor) BeginRevision(of string) (dataset.Edit, error) {
	return e.copyAll("begin revision", e.OfSet(of), "revision:"+of)
}

// copyAll adds copies of labels to the set of the rules as they are.
func (e *Editor) copyAll(action string, labels []dataset.Label, origin string) (dataset.Edit, error) {
	d := e.begin(action)
	for _, l := range labels {
		c := l
		c.ID, c.Session, c.Set, c.CreatedAt = e.newID(), e.session, e.rules.Set, e.now().UTC()
		if c.Kind != dataset.KindSetup {
			c.Origin = copied(origin, l)
		}
		c.Attributes = cloneAttributes(l.Attributes)
		d.put(c.ID, &c)
	}
	return d.done()
}

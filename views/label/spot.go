package label

import (
	"slices"
	"strings"

	"onset/app"
	"onset/dataset"
	"onset/labeling"
	"onset/views/trace"
)

// follows takes over who labels and how from the preferences, and reports
// whether that was so already.
func (l *Label) follows(p app.Preferences) (same bool) {
	same = l.rater == p.Rater && l.blind == p.Blind
	l.rater, l.blind = p.Rater, p.Blind
	return same
}

// seen are the labels that the rater may see: in a blind pass their own alone,
// so that nothing that is made of them can give the others away.
func (l *Label) seen(labels []dataset.Label) []dataset.Label {
	if !l.blind {
		return labels
	}
	own := l.ownSet()
	return slices.DeleteFunc(slices.Clone(labels), func(x dataset.Label) bool { return x.Set != own })
}

// PreferencesChanged follows another rater or another way of labelling.
func (l *Label) PreferencesChanged() {
	p := l.source.Preferences()
	before := l.rater
	if before == "" {
		before = fallbackSet
	}
	l.keys.remap(p.Keys)
	l.sayKeys()
	another := l.rater != "" && l.rater != p.Rater
	if l.follows(p) || l.session == nil {
		return
	}
	rules := l.editor.Rules()
	set := rules.Set
	if another || set == before || set == fallbackSet || set == l.lent || l.blind {
		set = l.ownSet()
	}
	rules.Rater = p.Rater
	l.editor.SetRules(rules)
	l.hints, l.hint, l.verdict = nil, "", nil
	l.workIn(set)
	if another || l.blind {
		l.beginAfresh()
	}
	l.reload(l.session.ID)
}

// beginAfresh leaves nothing on the screen of what the rater before was doing: in
// a blind pass the view and the cursor would tell where a label lies.
func (l *Label) beginAfresh() {
	l.arm("")
	l.pattern = labeling.Pattern{}
	l.toolbar.goTo.SetText("")
	l.trace.Fit()
	l.trace.SetCursor(0)
	l.say("", false)
}

// Spot is what is seen of the session.
func (l *Label) Spot() (app.View, bool) {
	if l.session == nil {
		return app.View{}, false
	}
	v := app.View{From: l.trace.View().Start, To: l.trace.View().End, Set: l.editor.Rules().Set}
	v.Cursor, _ = l.trace.CursorAt()
	for _, k := range l.trace.Tracks() {
		v.Tracks = append(v.Tracks, k.ID)
	}
	return v, true
}

// Return shows a part of the session again, once it is open.
func (l *Label) Return(v app.View) {
	l.spot = &v
	if l.session != nil && l.session.ID == l.wanted {
		l.takeSpot()
		l.show()
	}
}

// mayReturnTo reports whether a set that was worked in before still is the rater's
// to work in: another's is chosen by hand each time.
func (l *Label) mayReturnTo(set string) bool {
	own := l.ownSet()
	switch {
	case set == own:
		return true
	case l.blind || !slices.Contains(l.editor.Sets(), set):
		return false
	}
	return l.rater == "" || strings.HasPrefix(set, labeling.RevisionOf(own, ""))
}

func (l *Label) takeSpot() {
	v := l.spot
	l.spot = nil
	if v == nil {
		return
	}
	if l.mayReturnTo(v.Set) {
		l.workIn(v.Set)
	}
	l.toolbar.showTracks(v.Tracks)
	l.trace.SetView(trace.View{Start: v.From, End: v.To})
	l.trace.SetCursor(v.Cursor)
}

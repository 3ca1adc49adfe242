package library

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/views/task"
	"onset/views/words"
)

// remove deletes the chosen sessions, once it is confirmed with their number.
func (l *Library) remove() {
	list := l.chosenSessions()
	if len(list) == 0 || l.refused() {
		return
	}
	var labels int64
	for _, s := range list {
		labels += int64(s.Labels)
	}
	said := map[string]any{"Person": list[0].Participant, "N": list[0].Number, "Labels": words.Count(labels), "Sessions": words.Count(int64(len(list)))}
	title, done := lang.L("Delete this session?"), lang.L("{{.Person}}, session {{.N}} was deleted", said)
	text := lang.L("{{.Person}}, session {{.N}}: its recordings and {{.Labels}} labels are removed from the study. This cannot be undone; the files it was imported from are not touched.", said)
	if len(list) > 1 {
		title, done = lang.L("Delete these {{.Sessions}} sessions?", said), lang.L("{{.Sessions}} sessions were deleted", said)
		text = lang.L("Their recordings and {{.Labels}} labels are removed from the study: {{.Names}}. This cannot be undone; the files they were imported from are not touched.",
			map[string]any{"Labels": said["Labels"], "Names": namesOf(list)})
	}
	l.actions.Confirm(title, text, lang.L("Delete"), func() {
		gone := 0
		task.Do(l.runner, func(ctx context.Context) error {
			for _, s := range list {
				if err := l.source.DeleteSession(ctx, s.ID); err != nil {
					return err
				}
				gone++
			}
			return nil
		}, func(err error) {
			l.choice.only("")
			l.Reload()
			if err != nil {
				l.status(lang.L("{{.N}} of {{.Sessions}} sessions were deleted before that", map[string]any{"N": gone, "Sessions": len(list)}), true)
				l.actions.Error(err)
				return
			}
			l.status(done, false)
		})
	})
}

// namesOf lists a few sessions by person and number, and counts the rest.
func namesOf(list []dataset.SessionSummary) string {
	const few = 12
	var names []string
	for i, s := range list {
		if i == few {
			names = append(names, lang.L("and {{.N}} more", map[string]any{"N": len(list) - few}))
			break
		}
		names = append(names, string(s.Participant)+"/"+strconv.Itoa(s.Number))
	}
	return strings.Join(names, ", ")
}

// align lays the devices of a session on one axis, or says why there is nothing
// to lay.
func (l *Library) align(s dataset.SessionSummary) {
	if s.Recordings > 1 {
		if l.actions.Align != nil {
			l.actions.Align(s)
		}
		return
	}
	l.actions.Confirm(lang.L("One device only"),
		lang.L("This session has one recording, so there is nothing to align it with. If another device recorded the same visit, join the two sessions first: “Join into one session…”."),
		lang.L("Join into one session…"), func() {
			if l.actions.Join != nil {
				l.actions.Join(s, nil)
			}
		})
}

// join joins the session in front with others of the person: those chosen with it,
// or those that are ticked next.
func (l *Library) join() {
	s, ok := l.summary()
	if !ok || l.actions.Join == nil || l.refused() {
		return
	}
	if why := unjoinable(l.chosenSessions()); why != "" {
		l.hinder(why)
		return
	}
	var also []dataset.SessionID
	for _, x := range l.chosenSessions() {
		if x.ID != s.ID {
			also = append(also, x.ID)
		}
	}
	l.actions.Join(s, also)
}

// unjoinable says why sessions cannot become one; empty where they can.
func unjoinable(list []dataset.SessionSummary) string {
	people := map[dataset.ParticipantID]bool{}
	for _, x := range list {
		people[x.Participant] = true
	}
	if len(people) < 2 {
		return ""
	}
	return lang.L("The {{.Sessions}} chosen sessions are of {{.People}} people: only sessions of one person are joined", map[string]any{
		"Sessions": len(list), "People": len(people)})
}

// hinder says what cannot be done with what is chosen, until something else is.
func (l *Library) hinder(why string) {
	l.hindered = true
	l.status(why, true)
}

// allowJoin turns the button off, with the reason, where the chosen are not of one
// person, and takes back what was said of others.
func (l *Library) allowJoin(list []dataset.SessionSummary) {
	if l.hindered {
		l.hindered = false
		l.status("", false)
	}
	if l.actions.readOnly() {
		return
	}
	if why := unjoinable(list); why != "" {
		l.panel.join.Refuse(func() { l.hinder(why) })
		return
	}
	l.panel.join.Allow()
}

// takeOut takes a recording out of a session of several.
func (l *Library) takeOut(s dataset.SessionSummary) {
	switch {
	case l.refused():
		return
	case l.several():
		l.status(lang.L("A recording is taken out of one session at a time: choose one"), true)
		return
	}
	if s.Recordings < 2 {
		l.status(lang.L("This session has one recording; there is none to take out."), true)
		return
	}
	if l.actions.TakeOut != nil {
		l.actions.TakeOut(s)
	}
}

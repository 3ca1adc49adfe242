package people

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/views/task"
	"onset/views/words"
)

// columns are the fixed fields with the free ones of all people between.
func (p *People) columns() []field {
	before, after := fixed()
	names := slices.Clone(p.extra)
	for _, x := range p.people {
		for k := range x.Fields {
			if !slices.Contains(names, k) {
				names = append(names, k)
			}
		}
	}
	slices.Sort(names)
	for _, n := range names {
		before = append(before, field{key: "field:" + n, title: n})
	}
	return append(before, after...)
}

// cell is what a place of the sheet shows.
func (p *People) cell(row int, f field) string {
	x := p.people[row]
	switch f.key {
	case "code":
		if x.Unsettled > 0 {
			return lang.L("{{.Code}}  who?", map[string]any{"Code": x.ID})
		}
	case "sessions":
		return words.Count(int64(x.Sessions))
	case "minutes":
		return words.Total(x.Seconds)
	case "sets":
		return words.Count(int64(x.Sets))
	}
	return value(x.Participant, f.key)
}

func (p *People) add() {
	if p.refused() {
		return
	}
	p.actions.Ask(lang.L("Add a person"), lang.L("The study code, such as P07. Never a name: whoever opens the study sees it."), "", func(text string) {
		id := dataset.ParticipantID(strings.TrimSpace(text))
		switch {
		case id == "":
		case p.index(id) >= 0:
			p.status(lang.L("{{.Code}} is in the study already", map[string]any{"Code": id}), true)
		default:
			p.put(lang.L("{{.Code}} added", map[string]any{"Code": id}), []dataset.Participant{{ID: id}}, id)
		}
	})
}

func (p *People) addField() {
	if p.refused() {
		return
	}
	p.actions.Ask(lang.L("Add a field"), lang.L("What it is called, such as diagnosis or height_cm. It becomes a column; empty cells are not stored."), "", func(text string) {
		name := strings.TrimSpace(text)
		if name != "" && !slices.ContainsFunc(p.columns(), func(f field) bool { return f.title == name || f.key == "field:"+name }) {
			p.putField(name, true, lang.L("the field {{.Name}}", map[string]any{"Name": name}))
		}
	})
}

// putField adds a free field or takes it away, durably.
func (p *People) putField(name string, there bool, what string) {
	if p.refused() {
		return
	}
	task.Do(p.runner, func(ctx context.Context) error { return p.source.PutParticipantField(ctx, name, there) }, func(err error) {
		if err != nil {
			p.actions.Error(err)
			return
		}
		p.Reload()
		p.status(lang.L("Saved: {{.What}}", map[string]any{"What": what}), false)
	})
}

// removeField takes a free field off the sheet in which nobody has a value.
func (p *People) removeField() {
	if p.refused() {
		return
	}
	var rows [][2]string
	for _, name := range p.extra {
		if !slices.ContainsFunc(p.people, func(x app.Person) bool { return x.Fields[name] != "" }) {
			rows = append(rows, [2]string{name, lang.L("nobody has a value in it")})
		}
	}
	if len(rows) == 0 {
		p.status(lang.L("Every field of the sheet holds values; empty its cells first"), true)
		return
	}
	p.actions.Choose(lang.L("Remove a field"), lang.L("Fields in which nobody has a value."), rows, lang.L("Remove"), func(i int) {
		p.putField(rows[i][0], false, lang.L("the field {{.Name}} removed", map[string]any{"Name": rows[i][0]}))
	})
}

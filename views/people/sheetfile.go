package people

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/views/room"
	"onset/views/task"
	"onset/views/words"
)

func (p *People) read() {
	if p.refused() {
		return
	}
	p.actions.PickFile(func(path string) {
		task.Run(p.asking, func(ctx context.Context) (readSheet, error) {
			sheet, err := p.source.ReadSheet(ctx, path)
			if err != nil {
				return readSheet{}, err
			}
			withdrew, err := p.source.Withdrawals(ctx)
			return readSheet{sheet, withdrew}, err
		}, func(r readSheet, err error) {
			if err != nil {
				p.actions.Error(err)
				return
			}
			p.confirmSheet(r)
		})
	})
}

// readSheet is a sheet that was read, and when people withdrew from the study.
type readSheet struct {
	sheet    dataset.Sheet
	withdrew []time.Time
}

// confirmSheet says what a sheet would change before it does, and names whom it
// would add: one of them may have withdrawn.
func (p *People) confirmSheet(r readSheet) {
	var have []dataset.Participant
	for _, x := range p.people {
		have = append(have, x.Participant)
	}
	c := r.sheet.Onto(have, p.extra...)
	if len(c.New) == 0 && len(c.Columns) == 0 {
		p.status(lang.L("The sheet says what the study has already: nothing to take over"), false)
		return
	}
	text := lang.L("The sheet has {{.People}}: {{.New}} new, {{.Old}} of the study. People and columns that are not in it stay as they are.",
		map[string]any{"People": words.Many(int64(len(c.People)), lang.L("person"), lang.L("people")), "New": len(c.New), "Old": len(c.People) - len(c.New)})
	if len(c.New) > 0 {
		text += "\n\n" + lang.L("New: {{.Codes}}.", map[string]any{"Codes": few(codes(c.New))})
	}
	if n := len(r.withdrew); n > 0 && len(c.New) > 0 {
		text += " " + lang.L("{{.People}} from this study, last on {{.Day}}; the ledger keeps that it happened, not who. Make sure that none of the new codes is theirs: taking it over would bring them back.", map[string]any{
			"People": words.Many(int64(n), lang.L("person has withdrawn"), lang.L("people have withdrawn")), "Day": r.withdrew[n-1].Local().Format("2 Jan 2006")})
	}
	if names := c.Names(); len(names) > 0 {
		text += "\n\n" + lang.N("{{.Codes}} may be names, not codes (a code has a digit and no blank). A study keeps codes only: what is taken over here stands in every export.", len(names), map[string]any{"Codes": few(codes(names))})
	}
	text += "\n\n" + p.changesText(c)
	yes := lang.L("Take over")
	if n := c.Emptied(); n > 0 {
		yes = lang.L("Take over and empty {{.Values}}", map[string]any{"Values": words.Many(int64(n), lang.L("value"), lang.L("values"))})
	}
	p.actions.Confirm(lang.L("Take this sheet over?"), text, yes, func() { p.put(lang.L("a sheet read"), c.People, c.New...) })
}

// changesText counts what a sheet changes, column by column, and warns of what
// it empties.
func (p *People) changesText(c dataset.SheetChange) string {
	if len(c.Columns) == 0 {
		return lang.L("No value changes.")
	}
	var lines []string
	for _, one := range c.Columns {
		const most = 10
		if len(lines) == most {
			lines = append(lines, lang.L("and {{.N}} more columns", map[string]any{"N": len(c.Columns) - most}))
			break
		}
		var counts []string
		for _, k := range []struct {
			n    int
			word string
		}{{one.Set, lang.L("set")}, {one.Changed, lang.L("changed")}, {one.Emptied, lang.L("EMPTIED")}} {
			if k.n > 0 {
				counts = append(counts, words.Count(int64(k.n))+" "+k.word)
			}
		}
		line := p.title(one.Column) + ": " + strings.Join(counts, ", ")
		if one.NewField {
			line += ", " + lang.L("NEW FIELD")
		}
		lines = append(lines, line)
	}
	text := strings.Join(lines, "\n")
	if n := c.Emptied(); n > 0 {
		text += "\n\n" + lang.L("{{.Values}} of {{.Codes}} would be emptied, for the sheet has empty cells there. Undo brings them back until the study is closed.", map[string]any{
			"Values": words.Many(int64(n), lang.L("value"), lang.L("values")), "Codes": few(codes(c.Loses))})
	}
	return text
}

// title is what a column of a sheet is called on the screen.
func (p *People) title(name string) string {
	for _, f := range p.columns() {
		if f.editable() && column(f.key) == name {
			return f.title
		}
	}
	return name
}

func codes(ids []dataset.ParticipantID) []string {
	var out []string
	for _, id := range ids {
		out = append(out, string(id))
	}
	return out
}

// few lists codes in a sentence and counts the rest.
func few(codes []string) string {
	const most = 12
	if len(codes) > most {
		return strings.Join(codes[:most], ", ") + " " + lang.L("and {{.N}} more", map[string]any{"N": len(codes) - most})
	}
	return strings.Join(codes, ", ")
}

func (p *People) write() {
	p.actions.AskSave(func(path string) {
		clear, scanned := p.actions.Clear(), p.actions.Names()
		task.Do(p.runner, func(ctx context.Context) error {
			if err := p.source.WriteSheet(ctx, path); err != nil {
				return err
			}
			return clear(ctx, path)
		}, func(err error) {
			if err != nil {
				p.actions.Error(err)
				return
			}
			text := lang.L("Written to {{.Path}}", map[string]any{"Path": path})
			if !scanned {
				text += "; " + lang.L("not looked through for names, as no key file is open")
			}
			p.status(text, false)
		})
	})
}

// Exports implements room.Exporter.
func (p *People) Exports() []room.Export {
	return []room.Export{{Name: lang.L("Participant sheet as CSV"), Extension: ".csv", Suggested: "participants",
		Write: func(path string) error { return p.source.WriteSheet(context.Background(), path) }}}
}

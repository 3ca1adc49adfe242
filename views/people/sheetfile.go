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
	p.actions.PickFile(func(path string) {
		task.Run(p.asking, func(ctx context.Context) (readSheet, error) {
			list, err := p.source.ReadSheet(ctx, path)
			if err != nil {
				return readSheet{}, err
			}
			withdrew, err := p.source.Withdrawals(ctx)
			return readSheet{list, withdrew}, err
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
	list     []dataset.Participant
	withdrew []time.Time
}

// confirmSheet says what a sheet would change before it does, and names whom it
// would add: one of them may have withdrawn.
func (p *People) confirmSheet(r readSheet) {
	list := r.list
	var fresh []dataset.ParticipantID
	var codes []string
	for _, x := range list {
		if p.index(x.ID) < 0 {
			fresh, codes = append(fresh, x.ID), append(codes, string(x.ID))
		}
	}
	text := lang.L("The sheet has {{.People}}: {{.New}} new, {{.Old}} whose fields are replaced. People who are not in it stay as they are.",
		map[string]any{"People": words.Many(int64(len(list)), lang.L("person"), lang.L("people")), "New": len(fresh), "Old": len(list) - len(fresh)})
	if len(fresh) > 0 {
		text += "\n\n" + lang.L("New: {{.Codes}}.", map[string]any{"Codes": few(codes)})
	}
	if n := len(r.withdrew); n > 0 && len(fresh) > 0 {
		text += " " + lang.L("{{.People}} from this study, last on {{.Day}}; the ledger keeps that it happened, not who. Make sure that none of the new codes is theirs: taking it over would bring them back.", map[string]any{
			"People": words.Many(int64(n), lang.L("person has withdrawn"), lang.L("people have withdrawn")), "Day": r.withdrew[n-1].Local().Format("2 Jan 2006")})
	}
	p.actions.Confirm(lang.L("Take this sheet over?"), text, lang.L("Take over"), func() { p.put(lang.L("a sheet read"), list, fresh...) })
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
		clear := p.actions.Clear()
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
			p.status(lang.L("Written to {{.Path}}", map[string]any{"Path": path}), false)
		})
	})
}

// Exports implements room.Exporter.
func (p *People) Exports() []room.Export {
	return []room.Export{{Name: lang.L("Participant sheet as CSV"), Extension: ".csv", Suggested: "participants",
		Write: func(path string) error { return p.source.WriteSheet(context.Background(), path) }}}
}

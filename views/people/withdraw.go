package people

import (
	"context"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/views/task"
	"onset/views/words"
)

// withdraw says what goes and what stays, and asks.
func (p *People) withdraw() {
	if p.sheet.row >= len(p.people) || p.refused() || p.going[p.chosen()] || !p.sheet.close(true) {
		return
	}
	x := p.people[p.sheet.row]
	task.Run(p.asking, func(ctx context.Context) (going, error) {
		v, err := p.source.WithdrawalOf(ctx, x.ID)
		if err != nil {
			return going{}, err
		}
		copies, err := p.source.CopiesWith(ctx, x.ID)
		return going{v, copies}, err
	}, func(g going, err error) {
		if err != nil {
			p.actions.Error(err)
			return
		}
		p.actions.Confirm(lang.L("Withdraw {{.Code}}?", map[string]any{"Code": x.ID}), withdrawText(x, g, p.actions.Names()), lang.L("Remove for good"), func() {
			p.going[x.ID] = true
			p.show()
			named := p.actions.Names()
			p.actions.Withdraw(x.ID, func(v dataset.Withdrawal, ok bool) {
				delete(p.going, x.ID)
				if ok {
					p.withdrawn(x.ID, v, named)
				} else {
					p.show()
				}
			})
		})
	})
}

// going is what a withdrawal removes, and the copies that it does not reach.
type going struct {
	dataset.Withdrawal
	copies []app.Backup
}

// withdrawText says what a withdrawal removes and what it keeps.
func withdrawText(x app.Person, v going, names bool) string {
	text := lang.L("Removed and overwritten in the file: {{.Sessions}} with {{.Length}} of samples, {{.Labels}}, and what the sheet says.", map[string]any{
		"Sessions": words.Many(int64(v.Sessions), lang.L("session"), lang.L("sessions")), "Length": words.Total(x.Seconds),
		"Labels": labelsText(x)})
	if v.WindowSets > 0 {
		text += " " + lang.L("With them go {{.Sets}}.", map[string]any{
			"Sets": words.Many(int64(v.WindowSets), lang.L("window set that holds their examples"), lang.L("window sets that hold their examples"))})
	}
	if n := len(v.Models); n > 0 {
		text += "\n\n" + lang.L("Marked, and refused from then on: {{.Models}} that learnt from them.", map[string]any{"Models": words.Many(int64(n), lang.L("model"), lang.L("models"))})
	}
	if names {
		text += "\n\n" + lang.L("Their names in the open key file are removed as well.")
	} else {
		text += "\n\n" + lang.L("No key file is open: if one holds their name, open it first (File > Key file), or remove it there.")
	}
	own, others := copiesApart(v.copies)
	if len(own) > 0 {
		text += "\n\n" + lang.L("Still in {{.Copies}} of the study: {{.Dates}}. You are asked about that afterwards.", map[string]any{
			"Copies": words.Many(int64(len(own)), lang.L("copy"), lang.L("copies")), "Dates": copyDates(own)})
	}
	if len(others) > 0 {
		text += "\n\n" + lang.L("Still in what was copied from the study by somebody: {{.Names}}. Withdraw the person there, too, or remove it.", map[string]any{"Names": copyNames(others)})
	}
	return text + "\n\n" + lang.L("Kept: that somebody withdrew, not who. The files that were imported, exports and copies made elsewhere lie outside the study and can not be known from here: remove them yourself. This cannot be undone.")
}

// labelsText counts labels, of which only some are the sets that the side counts:
// others are setup windows, rest and remarks.
func labelsText(x app.Person) string {
	text := words.Many(int64(x.Labels), lang.L("label"), lang.L("labels"))
	if x.Sets == 0 || x.Sets >= x.Labels {
		return text
	}
	return lang.L("{{.Labels}} ({{.Sets}}, and {{.Rest}} such as setup windows)", map[string]any{"Labels": text,
		"Sets": words.Many(int64(x.Sets), lang.L("set"), lang.L("sets")), "Rest": words.Many(int64(x.Labels-x.Sets), lang.L("other"), lang.L("others"))})
}

// copiesApart parts the copies that the program made from those of others.
func copiesApart(copies []app.Backup) (own, others []app.Backup) {
	for _, c := range copies {
		if c.Other {
			others = append(others, c)
		} else {
			own = append(own, c)
		}
	}
	return own, others
}

// copyNames names files, six at most.
func copyNames(copies []app.Backup) string {
	const most = 6
	var out []string
	for i, c := range copies {
		if i == most {
			out = append(out, lang.L("{{.N}} more", map[string]any{"N": len(copies) - most}))
			break
		}
		out = append(out, filepath.Base(c.Path))
	}
	return strings.Join(out, ", ")
}

// copyDates says when copies were made, newest first.
func copyDates(copies []app.Backup) string {
	const most = 6
	var out []string
	for i, c := range copies {
		if i == most {
			out = append(out, lang.L("{{.N}} more", map[string]any{"N": len(copies) - most}))
			break
		}
		out = append(out, c.At.Local().Format("2 Jan 2006 15:04"))
	}
	return strings.Join(out, ", ")
}

// offerCopies asks whether the copies that hold somebody who withdrew go, too.
func (p *People) offerCopies(id dataset.ParticipantID) {
	task.Run(p.asking, func(ctx context.Context) ([]app.Backup, error) { return p.source.CopiesWith(ctx, id) }, func(copies []app.Backup, err error) {
		if err != nil {
			p.actions.Error(err)
			return
		}
		if copies, _ = copiesApart(copies); len(copies) == 0 {
			return
		}
		var paths []string
		for _, c := range copies {
			paths = append(paths, c.Path)
		}
		text := lang.L("{{.Code}} is still in {{.Copies}} of the study: {{.Dates}}. Restoring one would bring the person back. Removing them for good leaves no way back to how the study was then; a new copy can be made at once (File > Back up now).", map[string]any{
			"Copies": words.Many(int64(len(copies)), lang.L("copy"), lang.L("copies")), "Code": id, "Dates": copyDates(copies)})
		p.actions.Confirm(lang.L("Remove the copies as well?"), text, lang.L("Remove the copies"), func() {
			task.Do(p.runner, func(ctx context.Context) error { return p.source.RemoveCopies(ctx, paths) }, func(err error) {
				if err != nil {
					p.actions.Error(err)
					return
				}
				p.status(lang.L("Removed: {{.Copies}} of the study", map[string]any{"Copies": words.Many(int64(len(paths)), lang.L("copy"), lang.L("copies"))}), false)
			})
		})
	})
}

func (p *People) withdrawn(id dataset.ParticipantID, v dataset.Withdrawal, named bool) {
	p.offerCopies(id)
	p.steps, p.undone = nil, nil // they would bring the person's fields back
	p.Reload()
	text := lang.L("A participant withdrew: {{.Sessions}} removed, {{.Models}} marked", map[string]any{
		"Sessions": words.Many(int64(v.Sessions), lang.L("session"), lang.L("sessions")), "Models": words.Many(int64(len(v.Models)), lang.L("model"), lang.L("models"))})
	if !named {
		text += "; " + lang.L("no key file was open: one may still hold their name")
	}
	p.status(text, false)
}

package wizard

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset/codec"
	"onset/views/task"
)

// start imports with the mapping, after a question where its units are odd.
func (w *Wizard) start() {
	if w.reason() != "" {
		return
	}
	if doubts := w.draft.unitDoubts(w.table); len(doubts) > 0 {
		w.actions.Confirm(lang.L("Import with these units?"), strings.Join(doubts, "\n\n"), lang.L("Look again"), lang.L("Keep as written, no conversion"), w.take)
		return
	}
	w.take()
}

// take saves the mapping when it has a name, and imports.
func (w *Wizard) take() {
	m, _ := w.draft.mapping(w.table)
	name := strings.TrimSpace(w.view.name.Text)
	if name == "" {
		w.bringIn(m)
		return
	}
	m.Name = name
	w.save(m, name == w.savedAs, func() { w.bringIn(m) })
}

// keep saves the mapping under its name and imports nothing: it can be right
// where the file is not.
func (w *Wizard) keep() {
	m, missing := w.draft.mapping(w.table)
	name := strings.TrimSpace(w.view.name.Text)
	if !w.loaded || name == "" || len(missing) > 0 {
		return
	}
	m.Name = name
	w.save(m, name == w.savedAs, func() {
		w.saved, w.savedAs = w.text(), name
		w.note = lang.L("Saved as {{.Name}}: files laid out like this one are known from now on.", map[string]any{"Name": name})
		w.show()
	})
}

// save keeps the mapping under its name; one that is there is asked about.
func (w *Wizard) save(m codec.Mapping, replace bool, then func()) {
	task.Do(w.runner, func(ctx context.Context) error {
		_, _, err := w.source.SaveMapping(ctx, m, w.paths[0], replace)
		return err
	}, func(err error) {
		switch {
		case errors.Is(err, fs.ErrExist):
			w.actions.Confirm(lang.L("Replace the mapping?"), lang.L("A mapping of the name {{.Name}} is saved already. Files that it knew are then read as you said here.", map[string]any{"Name": m.Name}),
				lang.L("Cancel"), lang.L("Replace"), func() { w.save(m, true, then) })
		case err != nil:
			w.actions.Error(err)
		default:
			then()
		}
	})
}

func (w *Wizard) bringIn(m codec.Mapping) {
	code, err := w.person()
	if err == nil {
		var ready *codec.Mapping
		if ready, err = w.source.PrepareMapping(m); err == nil {
			w.close()
			w.actions.Import(ready, w.paths, code)
			return
		}
	}
	w.actions.Error(err)
}

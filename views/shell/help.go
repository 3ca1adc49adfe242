package shell

import (
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/views/parts"
	"onset/views/room"
	"onset/views/theme"
)

// everyCommand lists all that can be done from where the person is.
func (s *Shell) everyCommand() []Command {
	open := func() bool { return s.bench.Current().Open }
	writable := func() bool { st := s.bench.Current(); return st.Open && !st.ReadOnly }
	file, edit, view, help := lang.L("File"), lang.L("Edit"), lang.L("View"), lang.L("Help")
	list := []Command{
		{ID: "file.import", Title: lang.L("Import files"), Group: file, Keys: "Ctrl+I", Run: s.importFiles, Enabled: writable},
		{ID: "file.import-table", Title: lang.L("Import a table of your own"), Group: file, Run: s.importTable, Enabled: writable},
		{ID: "file.import-folder", Title: lang.L("Import folder"), Group: file, Keys: "Ctrl+Shift+I", Run: s.importFolder, Enabled: writable},
		{ID: "file.import-labels", Title: lang.L("Import labels"), Group: file, Run: s.importLabels, Enabled: writable},
		{ID: "file.new", Title: lang.L("New study"), Group: file, Keys: "Ctrl+N", Run: s.newStudy},
		{ID: "file.open", Title: lang.L("Open study"), Group: file, Keys: "Ctrl+O", Run: s.openStudy},
		{ID: "file.sample", Title: lang.L("Open sample study"), Group: file, Run: s.openSample},
		{ID: "file.export", Title: lang.L("Export"), Group: file, Keys: "Ctrl+E", Run: s.export, Enabled: open},
		{ID: "file.key", Title: lang.L("Key file: names and codes"), Group: file, Run: s.showKeyFile, Enabled: open},
		{ID: "file.backup", Title: lang.L("Back up now"), Group: file, Run: s.backUp, Enabled: open},
		{ID: "file.restore", Title: lang.L("Restore from a copy"), Group: file, Run: s.chooseBackup, Enabled: writable},
		{ID: "file.check", Title: lang.L("Check the study"), Group: file, Run: s.checkStudy, Enabled: open},
		{ID: "file.close", Title: lang.L("Close study"), Group: file, Keys: "Ctrl+W", Run: s.closeStudy, Enabled: open},
		{ID: "edit.undo", Title: lang.L("Undo"), Group: edit, Keys: "Ctrl+Z", Run: s.undo, Enabled: func() bool { u, _ := s.undoNames(); return u != "" }},
		{ID: "edit.redo", Title: lang.L("Redo"), Group: edit, Keys: "Ctrl+Y", Run: s.redo, Enabled: func() bool { _, r := s.undoNames(); return r != "" }},
	}
	for i, p := range s.places {
		list = append(list, Command{ID: "view." + p.id, Title: lang.L("Go to {{.Room}}", map[string]any{"Room": p.title}), Group: view,
			Keys: "Ctrl+" + string(p.key), Run: func() { s.show(i) }, Enabled: open})
	}
	for _, mode := range []theme.Mode{theme.Dark, theme.Light, theme.System} {
		list = append(list, Command{ID: "view.colours-" + mode.String(), Title: colourTitle(mode), Group: view, Run: func() { s.setTheme(mode) }})
	}
	if c, ok := s.front().(room.Commander); ok {
		for _, r := range c.Commands() {
			list = append(list, Command{ID: r.ID, Title: r.Name, Group: s.places[s.current].title, Keys: r.Keys, Run: r.Run})
		}
	}
	list = append(list, s.exportCommands()...)
	for _, r := range s.recent {
		list = append(list, Command{ID: "recent." + r.Path, Title: lang.L("Open {{.Name}}", map[string]any{"Name": r.Name}), Group: filepath.Base(r.Path),
			Run: func() { s.openPath(r.Path) }, Enabled: func() bool { return !r.Missing }})
	}
	list = append(list,
		Command{ID: "view.agreement", Title: lang.L("Agreement of two raters"), Group: lang.L("Progress"), Run: func() { s.showRoom("progress") }, Enabled: open},
		Command{ID: "help.snap", Title: lang.L("What labels snap to, and how to suspend it"), Group: help, Run: s.showSnapping},
		Command{ID: "view.jobs", Title: lang.L("Background work"), Group: view, Keys: "Ctrl+J", Run: s.openJobs},
		Command{ID: "edit.rater", Title: lang.L("Set the rater"), Group: edit, Run: s.askRater},
		Command{ID: "help.keys", Title: lang.L("Keys"), Group: help, Keys: "F1", Run: s.showKeys},
		Command{ID: "help.about", Title: lang.L("About Onset"), Group: help, Run: s.showAbout},
		Command{ID: "file.quit", Title: lang.L("Quit"), Group: file, Keys: "Ctrl+Q", Run: s.quit})
	for i := range list {
		list[i].Words = alsoCalled(list[i].ID)
	}
	return list
}

func colourTitle(m theme.Mode) string {
	switch m {
	case theme.Dark:
		return lang.L("Dark colours")
	case theme.Light:
		return lang.L("Light colours")
	}
	return lang.L("Colours as the system")
}

func (s *Shell) openPalette() {
	if s.dialogs.top() != nil {
		return
	}
	if s.palette.visible() {
		s.palette.close()
		return
	}
	s.palette.open(s.everyCommand())
}

// pathCommands offers to open or import what was typed as a path.
func (s *Shell) pathCommands(typed string) []Command {
	path := strings.TrimSpace(typed)
	if strings.HasPrefix(path, "~/") {
		if home, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(home, path[2:])
		}
	}
	if !filepath.IsAbs(path) {
		return nil
	}
	name := map[string]any{"Path": path}
	if strings.EqualFold(filepath.Ext(path), ".onset") {
		return []Command{{ID: "path.open", Title: lang.L("Open {{.Path}}", name), Group: lang.L("File"), Run: func() { s.openPath(path) }}}
	}
	return []Command{{ID: "path.import", Title: lang.L("Import {{.Path}}", name), Group: lang.L("File"), Run: func() {
		s.importPath(path)
	}}}
}

// showKeys lists the keys of the program and of the open room.
func (s *Shell) showKeys() {
	if s.busy() {
		return
	}
	var list keyList
	if c, ok := s.front().(room.Commander); ok {
		list.section(s.places[s.current].title)
		for _, r := range c.Commands() {
			list.add(r.Keys, r.Name)
		}
	}
	if g, ok := s.front().(room.Gesturer); ok {
		list.section(lang.L("Moving about, and the mouse"))
		for _, x := range g.Gestures() {
			list.add(x.Keys, x.Name)
		}
	}
	list.section(lang.L("Everywhere"))
	list.add("Ctrl+K", lang.L("Search or run a command"))
	list.add("Ctrl+Shift+Z", lang.L("Redo"))
	for _, c := range s.everyCommand() {
		if s.current < 0 || c.Group != s.places[s.current].title {
			list.add(c.Keys, c.Title)
		}
	}
	body := container.NewVScroll(list.columns())
	text := list.text
	s.dialogs.show(lang.L("Keys"), text, body, fyne.NewSize(1060, 600), action{word: lang.L("Close"), primary: true, safe: true})
}

// keyList is what keys do, under headings.
type keyList struct {
	rows []keyRow
	text string
}

// keyRow is a key with what it does; without a key it is a heading.
type keyRow struct{ keys, title string }

func (l *keyList) section(title string) { l.rows = append(l.rows, keyRow{title: title}) }

func (l *keyList) add(keys, title string) {
	if keys != "" {
		l.rows = append(l.rows, keyRow{keys, title})
		l.text += keys + ": " + title + "\n"
	}
}

// halves cuts the list into two columns of about the same length. A section that
// goes on in the second one has its heading there too, and no heading stands alone
// below the first.
func (l *keyList) halves() (left, right []keyRow) {
	at, heading := (len(l.rows)+1)/2, keyRow{}
	for at > 0 && l.rows[at-1].keys == "" {
		at--
	}
	for _, r := range l.rows[:at] {
		if r.keys == "" {
			heading = r
		}
	}
	left, right = l.rows[:at], l.rows[at:]
	if heading.title != "" && len(right) > 0 && right[0].keys != "" {
		right = append([]keyRow{heading}, right...)
	}
	return left, right
}

func (l *keyList) columns() fyne.CanvasObject {
	column := func(rows []keyRow) fyne.CanvasObject {
		c := parts.VBox(3)
		for _, r := range rows {
			if r.keys == "" {
				c.Add(parts.Section(r.title, ""))
				continue
			}
			c.Add(container.NewBorder(nil, nil, parts.Sized(124, 18, container.NewHBox(parts.KeyCap(r.keys))), nil,
				parts.NewText(r.title, parts.Style{Cut: true})))
		}
		return c
	}
	left, right := l.halves()
	return container.NewGridWithColumns(2, column(left), column(right))
}

func (s *Shell) showAbout() {
	if s.busy() {
		return
	}
	text := lang.L("{{.Program}}. A workbench for people who record movement: import sessions from watches and body sensors, "+
		"label the first second of an exercise, train models and judge them on people they have never seen, replay every decision, "+
		"and export what devices run. Studies stay on this machine.", map[string]any{"Program": s.bench.Program()})
	s.dialogs.show(lang.L("About Onset"), text, parts.NewParagraph(text, false), fyne.NewSize(460, 200), action{word: lang.L("Close"), primary: true, safe: true})
}

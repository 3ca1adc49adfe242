package shell

import (
	"math"
	"path/filepath"
	"runtime"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"

	"onset/views/theme"
)

// ctrl is an accelerator with the platform's shortcut key.
func ctrl(key fyne.KeyName) fyne.Shortcut {
	return &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
}

func ctrlShift(key fyne.KeyName) fyne.Shortcut {
	return &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift}
}

func item(text string, shortcut fyne.Shortcut, run func()) *fyne.MenuItem {
	m := fyne.NewMenuItem(text, run)
	m.Shortcut = shortcut
	return m
}

// buildMenu makes the main menu. Its shortcuts are the program's accelerators:
// they work whatever has the focus.
func (s *Shell) buildMenu() *fyne.MainMenu {
	open := s.bench.Current().Open
	writable := open && !s.bench.Current().ReadOnly
	file := fyne.NewMenu(lang.L("File"),
		item(lang.L("New study…"), ctrl(fyne.KeyN), s.newStudy),
		item(lang.L("Open study…"), ctrl(fyne.KeyO), s.openStudy),
		s.recentItem(),
		item(lang.L("Open sample study"), nil, s.openSample),
		fyne.NewMenuItemSeparator(),
		enabled(item(lang.L("Import files…"), ctrl(fyne.KeyI), s.importFiles), writable),
		enabled(item(lang.L("Import folder…"), ctrlShift(fyne.KeyI), s.importFolder), writable),
		enabled(item(lang.L("Import a table…"), nil, s.importTable), writable),
		enabled(item(lang.L("Import labels…"), nil, s.importLabels), writable),
		enabled(item(lang.L("Export…"), ctrl(fyne.KeyE), s.export), open),
		enabled(item(lang.L("Export a bundle for a lab…"), nil, s.bundleEverything), open),
		fyne.NewMenuItemSeparator(),
		enabled(item(lang.L("Key file…"), nil, s.showKeyFile), open),
		enabled(item(lang.L("Back up now"), nil, s.backUp), open),
		enabled(item(lang.L("Restore from a copy…"), nil, s.chooseBackup), writable),
		enabled(item(lang.L("Check the study"), nil, s.checkStudy), open),
		fyne.NewMenuItemSeparator(),
		enabled(item(lang.L("Close study"), ctrl(fyne.KeyW), s.closeStudy), open),
	)
	quit := item(lang.L("Quit"), ctrl(fyne.KeyQ), s.quit)
	quit.IsQuit = true
	file.Items = append(file.Items, quit)
	undo, redo := s.undoNames()
	edit := fyne.NewMenu(lang.L("Edit"),
		enabled(item(joinedBy(lang.L("Undo"), undo), &fyne.ShortcutUndo{}, s.undo), undo != ""),
		enabled(item(joinedBy(lang.L("Redo"), redo), &fyne.ShortcutRedo{}, s.redo), redo != ""),
	)
	view := fyne.NewMenu(lang.L("View"))
	for i, p := range s.places {
		m := item(p.title, ctrl(p.key), func() { s.show(i) })
		m.Checked = open && i == s.current
		view.Items = append(view.Items, enabled(m, open))
	}
	view.Items = append(view.Items, fyne.NewMenuItemSeparator(), s.themeItem(),
		fyne.NewMenuItemSeparator(),
		item(lang.L("Search or run a command"), ctrl(fyne.KeyK), s.openPalette),
		item(lang.L("Background work"), ctrl(fyne.KeyJ), s.openJobs))
	help := fyne.NewMenu(lang.L("Help"),
		item(lang.L("Keys"), &desktop.CustomShortcut{KeyName: fyne.KeyF1, Modifier: 0}, s.showKeys),
		item(lang.L("About Onset"), nil, s.showAbout))
	main := fyne.NewMainMenu(file, edit, view, help)
	if runtime.GOOS != "darwin" { // whose menus are the system's
		for _, m := range main.Items {
			writeKeys(m)
		}
	}
	return main
}

// writeKeys writes an item's keys behind its text, in a column. The toolkit draws
// them at a fifth of the text's strength, which nobody can read on a light ground.
func writeKeys(m *fyne.Menu) {
	width := func(text string) float32 { return fyne.MeasureText(text, theme.TextBody, fyne.TextStyle{}).Width }
	var column float32
	for _, i := range m.Items {
		column = max(column, width(i.Label))
	}
	space := width("i i") - width("ii")
	for _, i := range m.Items {
		keys, ok := i.Shortcut.(fyne.KeyboardShortcut)
		if !ok || space <= 0 {
			continue
		}
		gap := column + theme.Space4 - width(i.Label)
		i.Label += strings.Repeat(" ", int(math.Round(float64(gap/space)))) + keysText(keys)
		i.Shortcut = writtenShortcut{i.Shortcut}
	}
}

// writtenShortcut is a shortcut that works and is not drawn once more.
type writtenShortcut struct{ fyne.Shortcut }

// keysText is a shortcut as it stands on the keyboard: Ctrl+Shift+I.
func keysText(k fyne.KeyboardShortcut) string {
	text := ""
	for _, m := range []struct {
		mod  fyne.KeyModifier
		name string
	}{{fyne.KeyModifierControl, "Ctrl+"}, {fyne.KeyModifierAlt, "Alt+"}, {fyne.KeyModifierShift, "Shift+"}, {fyne.KeyModifierSuper, "Super+"}} {
		if k.Mod()&m.mod != 0 {
			text += m.name
		}
	}
	return text + string(k.Key())
}

func enabled(m *fyne.MenuItem, on bool) *fyne.MenuItem {
	m.Disabled = !on
	return m
}

func joinedBy(verb, what string) string {
	if what == "" {
		return verb
	}
	return verb + " " + what
}

func (s *Shell) recentItem() *fyne.MenuItem {
	m := fyne.NewMenuItem(lang.L("Open recent"), nil)
	m.ChildMenu = fyne.NewMenu("")
	for _, r := range s.recent {
		title := r.Name + "   " + filepath.Base(r.Path)
		if r.Missing {
			title = lang.L("{{.Name}} (not where it was)", map[string]any{"Name": title})
		}
		m.ChildMenu.Items = append(m.ChildMenu.Items, enabled(item(title, nil, func() { s.openPath(r.Path) }), !r.Missing))
	}
	m.Disabled = len(s.recent) == 0
	return m
}

func (s *Shell) themeItem() *fyne.MenuItem {
	m := fyne.NewMenuItem(lang.L("Colours"), nil)
	now := theme.ParseMode(s.bench.Preferences().Theme)
	choice := func(text string, mode theme.Mode) *fyne.MenuItem {
		c := item(text, nil, func() { s.setTheme(mode) })
		c.Checked = mode == now
		return c
	}
	m.ChildMenu = fyne.NewMenu("",
		choice(lang.L("Dark"), theme.Dark), choice(lang.L("Light"), theme.Light), choice(lang.L("As the system"), theme.System))
	return m
}

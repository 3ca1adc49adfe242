package label

import (
	"maps"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/views/parts"
	"onset/views/theme"
)

// keyChange is the panel in which a person gives commands other keys.
type keyChange struct {
	l     *Label
	c     fyne.Canvas
	rows  *fyne.Container
	said  *parts.Paragraph
	ask   *fyne.Container // Swap and Cancel, while a key belongs to another command
	catch *keyCatcher
}

// changeKeys lets the person give a command another key.
func (l *Label) changeKeys() {
	c := fyne.CurrentApp().Driver().CanvasForObject(l.object)
	if c == nil || l.inPopup != nil {
		return
	}
	k := &keyChange{l: l, c: c, rows: parts.VBox(1), said: parts.NewParagraph("", true), ask: container.NewHBox(), catch: &keyCatcher{}}
	k.catch.ExtendBaseWidget(k.catch)
	k.fill()
	reset := parts.NewButton(lang.L("All as they came"), "", func() {
		l.keepKeys(nil)
		k.fill()
	})
	head := parts.VBox(theme.Space2, parts.Heading(lang.L("Keys of this screen")), k.said, k.ask, container.NewHBox(reset), container.NewStack(k.catch))
	l.popup(c, container.NewBorder(head, nil, nil, nil, container.NewVScroll(k.rows)), 560, 520)()
}

func (k *keyChange) fill() {
	k.ask.RemoveAll()
	k.said.SetText(lang.L("Choose a command, then press its new key; Escape leaves it as it is, Delete takes its key away. The keys are kept on this machine."))
	k.rows.RemoveAll()
	for _, x := range k.l.keys.commands {
		keys := parts.NewText(strings.Join(x.keys, ", "), parts.Style{Tone: theme.Muted, Mono: true})
		k.rows.Add(parts.NewRow(parts.Split(parts.NewText(x.name, parts.Style{Cut: true}), keys), func() {
			keys.SetText(lang.L("press a key"))
			k.catch.got = func(key string, given bool) {
				k.catch.got = nil
				k.c.Unfocus()
				k.fill()
				if given {
					k.give(x, key)
				}
			}
			k.c.Focus(k.catch)
		}))
	}
	k.rows.Refresh()
}

// give gives a command a key; one that another command has is asked about.
func (k *keyChange) give(x command, key string) {
	if fixedKey(key) {
		k.said.SetText(lang.L("“{{.Key}}” moves the cursor or the view and cannot be given to a command.", map[string]any{"Key": key}))
		return
	}
	other, taken := k.l.keys.holder(key)
	if key == "" || !taken || other.id == x.id {
		k.l.giveKey(x.id, key)
		k.fill()
		return
	}
	old := k.l.keys.of(x.id)
	switch {
	case len(other.keys) > 1:
		k.said.SetText(lang.L("“{{.Key}}” belongs to “{{.Name}}”, which has another key too.", map[string]any{"Key": key, "Name": other.name}))
	case old == "":
		k.said.SetText(lang.L("“{{.Key}}” belongs to “{{.Name}}”. Swapped, that has no key.", map[string]any{"Key": key, "Name": other.name}))
	default:
		k.said.SetText(lang.L("“{{.Key}}” belongs to “{{.Name}}”. Swapped, that has “{{.Old}}”.", map[string]any{"Key": key, "Name": other.name, "Old": old}))
	}
	k.ask.RemoveAll()
	k.ask.Add(parts.NewPrimary(lang.L("Swap"), "", func() {
		k.l.swapKey(x.id, key)
		k.fill()
	}))
	k.ask.Add(parts.NewButton(lang.L("Cancel"), "", k.fill))
	k.ask.Refresh()
}

// giveKey makes a free key a command's, at once and for later.
func (l *Label) giveKey(id, key string) {
	keys := l.ownKeys()
	keys[keyPrefix+id] = key
	l.keepKeys(keys)
}

// swapKey makes a key a command's and gives the one that had it the key that is
// free then, unless it has another.
func (l *Label) swapKey(id, key string) {
	keys, old := l.ownKeys(), l.keys.of(id)
	if other, ok := l.keys.holder(key); ok && other.id != id && len(other.keys) == 1 {
		keys[keyPrefix+other.id] = old
	}
	keys[keyPrefix+id] = key
	l.keepKeys(keys)
}

func (l *Label) ownKeys() map[string]string {
	keys := maps.Clone(l.source.Preferences().Keys)
	if keys == nil {
		keys = map[string]string{}
	}
	return keys
}

// keepKeys maps keys at once, on the buttons too, and for later.
func (l *Label) keepKeys(keys map[string]string) {
	p := l.source.Preferences()
	p.Keys = keys
	l.keys.remap(keys)
	l.sayKeys()
	l.putPreferences(p)
}

// sayKeys writes the keys of commands where the screen names them.
func (l *Label) sayKeys() {
	l.toolbar.sayKeys()
	l.panel.sayKeys()
	l.film.sayKeys()
	if l.session != nil {
		l.show()
	}
}

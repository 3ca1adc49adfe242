package label

import (
	"slices"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"

	"onset/views/room"
)

// command is something that a key or the palette can do.
type command struct {
	id   string
	name string
	keys []string // such as "Enter", "Ctrl+A", "["; the first one is shown
	run  func()
	// always lets it run with no session open.
	always bool
}

// commands are all that can be done here, in the order in which they are shown.
func (l *Label) commands() []command {
	list := []command{
		{id: "onset", name: lang.L("Set an onset at the cursor"), keys: []string{"Enter"}, run: l.onset},
		{id: "start-earlier", name: lang.L("Start one sample earlier"), keys: []string{"["}, run: func() { l.nudge(true, -1) }},
		{id: "start-later", name: lang.L("Start one sample later"), keys: []string{"]"}, run: func() { l.nudge(true, 1) }},
		{id: "start-earlier-10", name: lang.L("Start ten samples earlier"), keys: []string{"{"}, run: func() { l.nudge(true, -10) }},
		{id: "start-later-10", name: lang.L("Start ten samples later"), keys: []string{"}"}, run: func() { l.nudge(true, 10) }},
		{id: "end-earlier", name: lang.L("End one sample earlier"), keys: []string{";"}, run: func() { l.nudge(false, -1) }},
		{id: "end-later", name: lang.L("End one sample later"), keys: []string{"'"}, run: func() { l.nudge(false, 1) }},
		{id: "end-earlier-10", name: lang.L("End ten samples earlier"), keys: []string{":"}, run: func() { l.nudge(false, -10) }},
		{id: "end-later-10", name: lang.L("End ten samples later"), keys: []string{"\""}, run: func() { l.nudge(false, 10) }},
		{id: "start-earlier-1s", name: lang.L("Start one second earlier"), keys: []string{"Ctrl+["}, run: func() { l.nudge(true, -l.second()) }},
		{id: "start-later-1s", name: lang.L("Start one second later"), keys: []string{"Ctrl+]"}, run: func() { l.nudge(true, l.second()) }},
		{id: "end-earlier-1s", name: lang.L("End one second earlier"), keys: []string{"Ctrl+;"}, run: func() { l.nudge(false, -l.second()) }},
		{id: "end-later-1s", name: lang.L("End one second later"), keys: []string{"Ctrl+'"}, run: func() { l.nudge(false, l.second()) }},
		{id: "start-here", name: lang.L("Start at the cursor"), keys: []string{"U"}, run: func() { l.edgeToCursor(true, false) }},
		{id: "end-here", name: lang.L("End at the cursor"), keys: []string{"O"}, run: func() { l.edgeToCursor(false, false) }},
		{id: "start-movement", name: lang.L("Start where movement begins, nearest to the cursor"), keys: []string{"Shift+U"}, run: func() { l.edgeToCursor(true, true) }},
		{id: "end-movement", name: lang.L("End where movement ends, nearest to the cursor"), keys: []string{"Shift+O"}, run: func() { l.edgeToCursor(false, true) }},
		{id: "next", name: lang.L("Next label"), keys: []string{"N"}, run: func() { l.walk(1) }},
		{id: "previous", name: lang.L("Previous label"), keys: []string{"P"}, run: func() { l.walk(-1) }},
		{id: "delete", name: lang.L("Delete the label, or turn the suggestion down"), keys: []string{"Delete", "BackSpace"}, run: l.remove},
		{id: "describe", name: lang.L("Describe the label"), keys: []string{"F2"}, run: l.editFirst},
		{id: "suggest", name: lang.L("Suggest sets, or hide suggestions"), keys: []string{"S"}, run: l.suggest},
		{id: "candidate", name: lang.L("Next suggestion"), keys: []string{"Tab"}, run: func() { l.candidate(1) }},
		{id: "candidate-back", name: lang.L("Previous suggestion"), keys: []string{"Shift+Tab"}, run: func() { l.candidate(-1) }},
		{id: "accept", name: lang.L("Take the suggestion"), keys: []string{"A"}, run: l.accept},
		{id: "suggest-model", name: lang.L("Suggest sets with a model"), keys: []string{"Shift+S"}, run: l.suggestWith},
		{id: "doubt", name: lang.L("Order suggestions by doubt, or by time"), keys: []string{"D"}, run: l.orderByDoubt},
		{id: "planned", name: lang.L("Arm the next planned set"), keys: []string{"Q"}, run: l.armNext},
		{id: "plan", name: lang.L("Edit the study's protocol"), run: l.editPlan},
		{id: "adjudicate", name: lang.L("Adjudicate two raters, or end it"), run: l.adjudicate},
		{id: "disagreement", name: lang.L("Next disagreement"), keys: []string{"J"}, run: func() { l.nextVerdict(1) }},
		{id: "disagreement-back", name: lang.L("Previous disagreement"), keys: []string{"Shift+J"}, run: func() { l.nextVerdict(-1) }},
		{id: "copy", name: lang.L("Copy labels as a pattern"), keys: []string{"Ctrl+C"}, run: l.copyLabels},
		{id: "paste", name: lang.L("Put the copied labels down at the cursor"), keys: []string{"Ctrl+V"}, run: l.pasteLabels},
		{id: "duplicate", name: lang.L("Copy the label to the cursor"), keys: []string{"Ctrl+D"}, run: l.duplicate},
		{id: "width", name: lang.L("Lock or free the length of labels"), keys: []string{"L"}, run: l.toggleWidthLock},
		{id: "change-keys", name: lang.L("Change keys"), run: l.changeKeys, always: true},
		{id: "split", name: lang.L("Cut the label at the cursor"), keys: []string{"K"}, run: l.split},
		{id: "merge", name: lang.L("Join the chosen labels"), keys: []string{"M"}, run: l.merge},
		{id: "all", name: lang.L("Choose all labels"), keys: []string{"Ctrl+A"}, run: l.selectAll},
		{id: "rest", name: lang.L("Make the next span a rest"), keys: []string{"R"}, run: l.armRest},
		{id: "point", name: lang.L("Mark the instant at the cursor"), keys: []string{"I"}, run: l.point},
		{id: "none", name: lang.L("Put the exercise down"), keys: []string{"0"}, run: l.putDown},
		{id: "exercise", name: lang.L("Choose another exercise"), keys: []string{"E"}, run: l.chooseExercise},
		{id: "go-to", name: lang.L("Go to a time"), keys: []string{"G"}, run: func() { l.toolbar.goTo.Edit() }},
		{id: "exclusive", name: lang.L("Let labels overlap, or cut each other"), run: l.toggleExclusive},
		{id: "tracks", name: lang.L("Choose tracks"), keys: []string{"T"}, run: func() { l.toolbar.chooseTracks() }},
		{id: "pass", name: lang.L("Choose the rater and the pass"), run: l.choosePass},
		{id: "play", name: lang.L("Play from the cursor, or stop"), keys: []string{"Space"}, run: func() { l.film.play() }},
		{id: "video", name: lang.L("Show or put away the video beside the trace"), keys: []string{"V"}, run: func() { l.film.toggle() }},
		{id: "video-choose", name: lang.L("Choose a video of this session"), run: func() { l.film.choose() }},
		{id: "frame-back", name: lang.L("One frame of the video back"), keys: []string{","}, run: func() { l.film.step(-1) }},
		{id: "frame-on", name: lang.L("One frame of the video on"), keys: []string{"."}, run: func() { l.film.step(1) }},
		{id: "video-point", name: lang.L("The video's frame is at the cursor"), keys: []string{"Shift+V"}, run: func() { l.film.addPoint() }},
		{id: "blind", name: lang.L("Begin or end a blind pass"), run: l.toggleBlind},
		{id: "axis-x", name: lang.L("Hide or show x"), keys: []string{"X"}, run: func() { l.toolbar.axis("x") }},
		{id: "axis-y", name: lang.L("Hide or show y"), keys: []string{"Y"}, run: func() { l.toolbar.axis("y") }},
		{id: "axis-z", name: lang.L("Hide or show z"), keys: []string{"W"}, run: func() { l.toolbar.axis("z") }},
		{id: "keys", name: lang.L("Show all keys"), keys: []string{"F1"}, run: func() { call(l.actions.Help) }, always: true},
		{id: "fit", name: lang.L("Show the whole session"), keys: []string{"F"}, run: l.trace0},
		{id: "back", name: lang.L("Back to the view before"), keys: []string{"Z"}, run: func() { l.trace.Back() }},
		{id: "forth", name: lang.L("Forward to the view after"), keys: []string{"Shift+Z"}, run: func() { l.trace.Forth() }},
	}
	for i := range 9 {
		n := string(rune('1' + i))
		list = append(list, command{id: "exercise-" + n, name: lang.L("Choose exercise {{.N}}", map[string]any{"N": n}),
			keys: []string{n}, run: func() { l.number(i) }})
	}
	for i, c := range list {
		if c.always {
			continue
		}
		run := c.run
		list[i].run = func() {
			if l.session != nil && l.session.ID == l.wanted { // not while another one is being opened
				run()
			}
		}
	}
	return list
}

func (l *Label) trace0() { l.trace.Fit() }

// keymap finds the command of a key.
type keymap struct {
	original []command // as they come
	commands []command
	byKey    map[string]int
}

func newKeymap(commands []command) *keymap {
	k := &keymap{original: commands}
	k.remap(nil)
	return k
}

// keyPrefix is what the ids of this room's commands begin with outside of it.
const keyPrefix = "label."

// remap gives commands other keys: command id to key, such as "label.onset" to
// "O"; commands that are not named have those they come with. A key that another
// command had is taken from it.
func (k *keymap) remap(keys map[string]string) {
	k.commands, k.byKey = slices.Clone(k.original), map[string]int{}
	for i, c := range k.commands {
		for _, key := range c.keys {
			k.byKey[key] = i
		}
	}
	for i := range k.commands {
		key, ok := keys[keyPrefix+k.commands[i].id]
		if !ok {
			continue
		}
		for _, old := range k.commands[i].keys {
			if k.byKey[old] == i {
				delete(k.byKey, old)
			}
		}
		k.commands[i].keys = nil
		if key != "" {
			if j, taken := k.byKey[key]; taken {
				k.commands[j].keys = slices.DeleteFunc(slices.Clone(k.commands[j].keys), func(o string) bool { return o == key })
			}
			k.commands[i].keys = []string{key}
			k.byKey[key] = i
		}
	}
}

// of is the key of a command that is shown: the first one, empty for none.
func (k *keymap) of(id string) string {
	for _, c := range k.commands {
		if c.id == id && len(c.keys) > 0 {
			return c.keys[0]
		}
	}
	return ""
}

// called is how a sentence names a command: by its key, or by its name where it
// has none. Signs stand in quotation marks, or they would be read as commas.
func (k *keymap) called(id string) string {
	key := []rune(k.of(id))
	if len(key) == 1 && !unicode.IsLetter(key[0]) && !unicode.IsDigit(key[0]) {
		return "“" + string(key) + "”"
	}
	if len(key) > 0 {
		return string(key)
	}
	for _, c := range k.commands {
		if c.id == id {
			return "“" + c.name + "”"
		}
	}
	return ""
}

// holder is the command that has a key.
func (k *keymap) holder(key string) (command, bool) {
	i, ok := k.byKey[key]
	if !ok {
		return command{}, false
	}
	return k.commands[i], true
}

func (k *keymap) run(key string) bool {
	i, ok := k.byKey[key]
	if ok {
		k.commands[i].run()
	}
	return ok
}

// typedRune looks up what is typed: a letter in either case unless Shift has a
// command of its own.
func (k *keymap) typedRune(r rune) bool {
	upper := strings.ToUpper(string(r))
	if string(r) == upper && strings.ToLower(upper) != upper {
		if k.run("Shift+" + upper) {
			return true
		}
	}
	return k.run(upper)
}

// typedKey looks up keys that type nothing.
func (k *keymap) typedKey(e *fyne.KeyEvent, modifiers fyne.KeyModifier) bool {
	name := string(e.Name)
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		name = "Enter"
	case fyne.KeyDelete:
		name = "Delete"
	case fyne.KeyBackspace:
		name = "BackSpace"
	}
	if len([]rune(name)) == 1 {
		return false // comes again as a rune
	}
	if modifiers&fyne.KeyModifierShift != 0 {
		name = "Shift+" + name
	}
	return k.run(name)
}

func (k *keymap) typedShortcut(s fyne.Shortcut) bool {
	switch c := s.(type) {
	case *fyne.ShortcutSelectAll:
		return k.run("Ctrl+A")
	case *fyne.ShortcutCopy:
		return k.run("Ctrl+C")
	case *fyne.ShortcutPaste:
		return k.run("Ctrl+V")
	case *desktop.CustomShortcut:
		if c.Modifier == fyne.KeyModifierControl {
			return k.run("Ctrl+" + string(c.KeyName))
		}
	}
	return false
}

// typedKey sees a key before the trace does.
func (l *Label) typedKey(e *fyne.KeyEvent, modifiers fyne.KeyModifier) bool {
	if e.Name == fyne.KeyEscape {
		l.hush()
		return l.session != nil && l.escape()
	}
	l.leaving = false
	if e.Name != "" && !strings.HasPrefix(string(e.Name), "Left") && !strings.HasPrefix(string(e.Name), "Right") || e.Name == fyne.KeyLeft || e.Name == fyne.KeyRight {
		l.hush()
	}
	return l.keys.typedKey(e, modifiers)
}

// TypedKey and TypedRune take the keys that no focused widget wanted.
func (l *Label) TypedKey(e *fyne.KeyEvent) {
	if l.inPopup != nil {
		switch e.Name {
		case fyne.KeyEscape:
			l.inPopup()
		case fyne.KeyReturn, fyne.KeyEnter:
			call(l.onEnter)
		}
		return
	}
	l.trace.TypedKey(e)
}

// TypedRune is for keys that type something.
func (l *Label) TypedRune(r rune) {
	if l.inPopup == nil {
		l.trace.TypedRune(r)
	}
}

// Commands lists everything for the palette and the list of keys.
func (l *Label) Commands() []room.Command {
	var list []room.Command
	for _, c := range l.keys.commands {
		if c.id == "keys" {
			continue // the program's own list of keys is there already
		}
		list = append(list, room.Command{ID: keyPrefix + c.id, Name: c.name, Keys: strings.Join(c.keys, ", "), Run: c.run})
	}
	return list
}

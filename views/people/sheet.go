package people

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/dataset"
	"onset/views/parts"
	"onset/views/theme"
)

// field is a column of the sheet.
type field struct {
	key     string // "code", "age", ..., "sessions", or "field:" and a free field's name
	title   string
	width   float32 // 0: a share of what is left
	numeric bool
}

func (f field) editable() bool {
	switch f.key {
	case "code", "sessions", "minutes", "sets":
		return false
	}
	return true
}

// words are what a field may hold; nil for any text.
func (f field) words() []string { return dataset.ParticipantWords(f.key) }

// fixed are the columns that every sheet has, around the free fields.
func fixed() (before, after []field) {
	return []field{{"code", lang.L("Code"), 90, false}, {"age", lang.L("Age band"), 86, false}, {"sex", lang.L("Sex"), 80, false},
			{"proficiency", lang.L("Proficiency"), 104, false}, {"side", lang.L("Side"), 72, false}, {"group", lang.L("Group"), 80, false}},
		[]field{{"sessions", lang.L("Sessions"), 80, true}, {"minutes", lang.L("Recorded"), 92, true}, {"sets", lang.L("Sets"), 64, true}}
}

// column is the name of the field in a sheet that is a file.
func column(key string) string {
	switch key {
	case "code":
		return "participant"
	case "age":
		return "age_band"
	}
	return strings.TrimPrefix(key, "field:")
}

// value is a participant's text in a field.
func value(p dataset.Participant, key string) string { return p.Value(column(key)) }

// with is a participant whose field holds another text.
func with(p dataset.Participant, key, text string) dataset.Participant {
	return p.With(column(key), text)
}

// complete finds the word that a typed beginning stands for; ok is false when
// it is none, or the beginning of several.
func complete(words []string, typed string) (word string, ok bool) {
	typed = strings.ToLower(strings.TrimSpace(typed))
	if words == nil || typed == "" {
		return strings.TrimSpace(typed), true
	}
	var found []string
	for _, w := range words {
		if w == typed {
			return w, true
		}
		if strings.HasPrefix(w, typed) {
			found = append(found, w)
		}
	}
	if len(found) == 1 {
		return found[0], true
	}
	return "", false
}

const cellSpace = 8

// sheet is the table of people: the arrow keys move a cell, Enter or typing
// edits it in place.
type sheet struct {
	widget.List
	room    *People
	columns []field
	row     int
	col     int
	focused bool
	entry   *cellEntry
	ground  *parts.Fill
	floor   *fyne.Container // holds the entry over the rows
	editing bool
	object  fyne.CanvasObject
	head    *sheetLine
}

func newSheet(r *People) *sheet {
	s := &sheet{room: r}
	s.Length = func() int { return len(r.people) }
	s.CreateItem = func() fyne.CanvasObject { return newSheetLine(s) }
	s.UpdateItem = func(i widget.ListItemID, o fyne.CanvasObject) { o.(*sheetLine).set(i) }
	s.OnSelected = func(i widget.ListItemID) { s.Unselect(i) }
	s.HideSeparators = true
	s.ExtendBaseWidget(s)
	s.entry = &cellEntry{sheet: s}
	s.entry.ExtendBaseWidget(s.entry)
	s.entry.Scroll = container.ScrollNone
	s.ground = parts.NewFill(theme.Ground)
	s.ground.Border, s.ground.Radius = theme.Accent, theme.RadiusSmall
	s.ground.Hide()
	s.entry.Hide()
	s.floor = container.NewWithoutLayout(s.ground, s.entry)
	s.head = newSheetLine(s)
	s.head.index = -1
	s.object = parts.Above(parts.Below(s.head, parts.Rule()), container.NewStack(s, s.floor))
	return s
}

// set shows the people again; columns are new where a free field came.
func (s *sheet) set(columns []field) {
	s.columns = columns
	s.row = min(max(s.row, 0), max(len(s.room.people)-1, 0))
	s.col = min(s.col, len(columns)-1)
	s.head.set(-1)
	s.Refresh()
}

// edges are where the columns begin and end in a width.
func (s *sheet) edges(width float32) (left, right []float32) {
	rest, shares := width, float32(0)
	for _, c := range s.columns {
		rest -= c.width
		if c.width == 0 {
			shares++
		}
	}
	x := float32(0)
	wide := false // names of groups are of any length: they take a share where that is more
	for _, c := range s.columns {
		if c.key == "group" && (rest+c.width)/(shares+1) > c.width {
			wide, rest, shares = true, rest+c.width, shares+1
		}
	}
	for _, c := range s.columns {
		w := c.width
		if w == 0 || wide && c.key == "group" {
			w = max(rest/shares, 44)
		}
		left, right = append(left, x), append(right, x+w)
		x += w
	}
	return left, right
}

// move goes to a cell.
func (s *sheet) move(row, col int) {
	row = min(max(row, 0), len(s.room.people)-1)
	col = min(max(col, 0), len(s.columns)-1)
	if row < 0 || col < 0 {
		return
	}
	changed := row != s.row
	s.row, s.col = row, col
	s.ScrollTo(row)
	s.Refresh()
	if changed {
		s.room.chosenPerson()
	}
	s.hint()
}

// hint says what the cell takes.
func (s *sheet) hint() {
	if s.col >= len(s.columns) {
		return
	}
	c := s.columns[s.col]
	switch {
	case !c.editable():
		s.room.status("", false)
	case c.words() != nil:
		s.room.status(lang.L("{{.Field}}: {{.Words}}, or empty. The first letters do.", map[string]any{"Field": c.title, "Words": strings.Join(c.words(), ", ")}), false)
	case c.key == "age":
		s.room.status(lang.L("{{.Field}}: a band such as 40-49, <18 or 80+; never an exact age", map[string]any{"Field": c.title}), false)
	default:
		s.room.status(lang.L("{{.Field}}: any text. Names do not belong here: they stay in the key file.", map[string]any{"Field": c.title}), false)
	}
}

// FocusGained and FocusLost show which cell the keys act on.
func (s *sheet) FocusGained() { s.focused = true; s.Refresh() }

// FocusLost is the counterpart of FocusGained.
func (s *sheet) FocusLost() { s.focused = false; s.Refresh() }

// TypedRune begins to edit with what was typed.
func (s *sheet) TypedRune(r rune) {
	if s.edit() {
		s.entry.TypedRune(r) // in place of what was there, which is selected
	}
}

// TypedKey moves, edits, clears.
func (s *sheet) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyUp:
		s.move(s.row-1, s.col)
	case fyne.KeyDown:
		s.move(s.row+1, s.col)
	case fyne.KeyLeft:
		s.move(s.row, s.col-1)
	case fyne.KeyRight:
		s.move(s.row, s.col+1)
	case fyne.KeyHome:
		s.move(s.row, 0)
	case fyne.KeyEnd:
		s.move(s.row, len(s.columns)-1)
	case fyne.KeyPageUp:
		s.move(s.row-15, s.col)
	case fyne.KeyPageDown:
		s.move(s.row+15, s.col)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyF2:
		s.edit()
	case fyne.KeyDelete, fyne.KeyBackspace:
		if s.col < len(s.columns) && s.columns[s.col].editable() && s.row < len(s.room.people) && !s.room.going[s.room.chosen()] {
			s.room.change(s.row, s.columns[s.col], "")
		}
	default:
		s.room.actions.Key(e)
	}
}

// edit opens the cell; false where it can not be edited.
func (s *sheet) edit() bool {
	if s.row >= len(s.room.people) || s.col >= len(s.columns) || !s.columns[s.col].editable() || s.room.refused() || s.room.going[s.room.chosen()] {
		return false
	}
	left, right := s.edges(s.Size().Width)
	y := float32(s.row)*theme.Row - s.GetScrollOffset()
	at, size := fyne.NewPos(left[s.col]+1, y), fyne.NewSize(right[s.col]-left[s.col]-2, theme.Row-2)
	size.Width = max(size.Width, 96)
	s.ground.Move(at)
	s.ground.Resize(size)
	s.ground.Border = theme.Accent
	s.entry.Move(at)
	s.entry.Resize(size)
	s.entry.SetText(value(s.room.people[s.row].Participant, s.columns[s.col].key))
	s.ground.Show()
	s.entry.Show()
	s.editing = true
	s.floor.Refresh()
	s.hint()
	s.room.actions.Focus(s.entry)
	s.entry.TypedShortcut(&fyne.ShortcutSelectAll{})
	return true
}

// close ends editing; false when what was typed is not taken, and stays.
func (s *sheet) close(keep bool) bool {
	if !s.editing {
		return true
	}
	c, row := s.columns[s.col], s.row
	text := strings.TrimSpace(s.entry.Text)
	if keep {
		if words := c.words(); words != nil {
			word, ok := complete(words, text)
			if !ok {
				s.ground.Border = theme.Error
				s.ground.Refresh()
				s.room.status(lang.L("{{.Text}} is no {{.Field}}; it can be {{.Words}}, or empty", map[string]any{
					"Text": text, "Field": strings.ToLower(c.title), "Words": strings.Join(words, ", ")}), true)
				return false
			}
			text = word
		}
		if c.key == "age" && text != value(s.room.people[row].Participant, c.key) { // one of before bands were asked for stays
			band, err := dataset.AgeBand(text)
			if err != nil {
				s.ground.Border = theme.Error
				s.ground.Refresh()
				s.room.status(lang.L("{{.Text}} is no age band: type one such as 40-49, <18 or 80+, of at least five years. An exact age tells who somebody is.", map[string]any{"Text": text}), true)
				return false
			}
			text = band
		}
	}
	s.editing = false
	s.entry.Hide()
	s.ground.Hide()
	s.floor.Refresh()
	if keep && row < len(s.room.people) && text != value(s.room.people[row].Participant, c.key) {
		s.room.change(row, c, text)
	}
	return true
}

// Inside lists what the sheet is made of, for scripted runs.
func (s *sheet) Inside() []fyne.CanvasObject { return []fyne.CanvasObject{s.floor} }

// TargetName names the sheet to a scripted run.
func (s *sheet) TargetName() (kind, text string) { return "table", "people" }

// cellEntry edits a cell.
type cellEntry struct {
	widget.Entry
	sheet *sheet
}

// AcceptsTab keeps Tab for going to the next cell.
func (e *cellEntry) AcceptsTab() bool { return true }

// FocusLost keeps what was typed, where it can be taken.
func (e *cellEntry) FocusLost() {
	e.Entry.FocusLost()
	if !e.sheet.close(true) {
		e.sheet.close(false)
	}
}

// TypedKey ends editing with Enter, Tab and the keys up and down, and gives up
// with Escape.
func (e *cellEntry) TypedKey(k *fyne.KeyEvent) {
	s := e.sheet
	leave := func(down, right int, again bool) {
		if !s.close(true) {
			return
		}
		s.room.actions.Focus(s)
		s.move(s.row+down, s.col+right)
		if again {
			s.edit()
		}
	}
	switch k.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyDown:
		leave(1, 0, false)
	case fyne.KeyUp:
		leave(-1, 0, false)
	case fyne.KeyTab:
		if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0 {
			leave(0, -1, true)
			return
		}
		leave(0, 1, true)
	case fyne.KeyEscape:
		s.close(false)
		s.room.actions.Focus(s)
	default:
		e.Entry.TypedKey(k)
	}
}

package shell

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	"onset/views/parts"
	"onset/views/room"
)

// stateEvery is how often a scripted run's state is looked at.
const stateEvery = 100 * time.Millisecond

// State is what a scripted run can see of the window. It is written to the file
// given with -state after every change.
type State struct {
	Room    string         `json:"room"` // "welcome" while no study is open
	Study   app.StudyState `json:"study"`
	Session string         `json:"session"`
	Ledger  int64          `json:"ledger"`
	Status  string         `json:"status"`
	Theme   string         `json:"theme"`
	Width   float32        `json:"width"`
	Height  float32        `json:"height"`
	Scale   float32        `json:"scale"`
	Jobs    []JobState     `json:"jobs"`
	Dialog  *shownDialog   `json:"dialog"`  // nil when none is open
	Palette []string       `json:"palette"` // commands in the open palette
	// Rooms is what each opened room tells of itself.
	Rooms map[string]map[string]any `json:"rooms"`
	// Targets are the things that can be pressed or typed into, with their place
	// in the window in Fyne units.
	Targets []Target `json:"targets"`
}

// JobState is a job in a State.
type JobState struct {
	ID       int     `json:"id"`
	Name     string  `json:"name"`
	State    string  `json:"state"`
	Fraction float64 `json:"fraction"`
	Message  string  `json:"message"`
	Error    string  `json:"error,omitempty"`
}

// Target is something that can be pressed or typed into.
type Target struct {
	Kind string  `json:"kind"` // "button", "entry", "room", ...
	Text string  `json:"text"`
	X    float32 `json:"x"`
	Y    float32 `json:"y"`
	W    float32 `json:"w"`
	H    float32 `json:"h"`
}

// State describes the window now. It must be called on the interface's goroutine.
func (s *Shell) State() State {
	c := s.window.Canvas()
	st := State{
		Room: "welcome", Study: s.bench.Current(), Session: string(s.session.ID), Ledger: s.summary.Entries,
		Status: s.status.middle.Text(), Theme: s.bench.Preferences().Theme,
		Width: c.Size().Width, Height: c.Size().Height, Scale: c.Scale(),
		Jobs: []JobState{}, Dialog: s.dialogs.top(), Rooms: map[string]map[string]any{}, Targets: s.targets(),
	}
	if s.current >= 0 {
		st.Room = s.places[s.current].id
	}
	for _, j := range s.bench.Jobs().List() {
		js := JobState{ID: j.ID, Name: j.Name, State: string(j.State), Fraction: j.Fraction, Message: j.Message}
		if j.Err != nil {
			js.Error = j.Err.Error()
		}
		st.Jobs = append(st.Jobs, js)
	}
	for _, p := range s.places {
		if d, ok := p.room.(room.StateDumper); ok {
			st.Rooms[p.id] = d.DumpState()
		}
	}
	if st.Dialog != nil && st.Dialog.inside != nil {
		copied := *st.Dialog
		copied.Inside = copied.inside()
		st.Dialog = &copied
	}
	if s.palette.visible() {
		for _, f := range s.palette.found {
			st.Palette = append(st.Palette, f.Title)
		}
	}
	return st
}

// targets walks what is visible; the dialog in front alone when there is one.
func (s *Shell) targets() []Target {
	root := s.window.Canvas().Content()
	switch d := s.dialogs.top(); {
	case d != nil && d.popup == nil: // one of the toolkit's: what is in it can't be seen
		return []Target{}
	case d != nil:
		root = d.popup
	}
	if s.palette.visible() {
		root = s.palette.popup
	}
	var list []Target
	walk(root, func(o fyne.CanvasObject) {
		kind, text := describe(o)
		if kind == "" {
			return
		}
		p := s.app.Driver().AbsolutePositionForObject(o)
		list = append(list, Target{kind, text, p.X, p.Y, o.Size().Width, o.Size().Height})
	})
	return list
}

func describe(o fyne.CanvasObject) (kind, text string) {
	switch w := o.(type) {
	case *parts.Button:
		return "button", w.Word()
	case *widget.Button:
		return "button", w.Text
	case *widget.Entry:
		return "entry", w.PlaceHolder
	case *paletteEntry:
		return "entry", "palette"
	case *widget.Select:
		return "select", w.Selected
	case *widget.Check:
		return "check", w.Text
	case *railItem:
		return "room", w.text
	case *mini:
		return "button", w.text.Text()
	case *searchHint:
		return "button", "palette"
	case *pill:
		return "button", w.text.Text()
	case interface{ TargetName() (string, string) }:
		return w.TargetName()
	}
	return "", ""
}

// walk visits the visible objects under o, as far as they can be seen from
// outside: a widget of our own tells what is in it by Inside.
func walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	visit(o)
	var children []fyne.CanvasObject
	switch w := o.(type) {
	case *fyne.Container:
		children = w.Objects
	case *container.Scroll:
		children = []fyne.CanvasObject{w.Content}
	case *container.Split:
		children = []fyne.CanvasObject{w.Leading, w.Trailing}
	case *container.ThemeOverride:
		children = []fyne.CanvasObject{w.Content}
	case *widget.PopUp:
		children = []fyne.CanvasObject{w.Content}
	case interface{ Inside() []fyne.CanvasObject }:
		children = w.Inside()
	}
	for _, child := range children {
		walk(child, visit)
	}
}

// startState begins to write the state for a scripted run.
func (s *Shell) startState() {
	if s.flags.State == "" {
		return
	}
	stop := make(chan struct{})
	var once sync.Once
	s.stopDump = func() { once.Do(func() { close(stop) }) }
	go func() {
		var last []byte
		tick := time.NewTicker(stateEvery)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			got := make(chan []byte, 1)
			s.runner.Apply(func() {
				raw, err := json.MarshalIndent(s.State(), "", "  ")
				if err != nil {
					raw = fmt.Appendf(nil, "{\"error\": %q}", err)
				}
				got <- raw
			})
			select {
			case <-stop:
				return
			case raw := <-got:
				if !bytes.Equal(raw, last) {
					last = raw
					_ = writeWhole(s.flags.State, raw) // a scripted run notices
				}
			}
		}
	}()
}

func (s *Shell) stopState() { s.stopDump() }

// writeWhole replaces a file so that a reader never sees half of it.
func writeWhole(path string, raw []byte) error {
	next := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".next")
	if err := os.WriteFile(next, raw, 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}

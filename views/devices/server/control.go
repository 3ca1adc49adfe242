package server

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
)

// control is the switch and what belongs to it.
type control struct {
	page   *Server
	state  *parts.Text
	about  *parts.Paragraph
	who    *widget.Select
	port   *widget.Entry
	turn   *parts.Button
	auto   *widget.Check
	set    bool // what is shown is being set, not chosen
	object fyne.CanvasObject
}

func newControl(s *Server) *control {
	c := &control{page: s, state: parts.NewText("", parts.Style{Bold: true, Cut: true}), about: parts.NewParagraph("", true)}
	c.who = widget.NewSelect([]string{lang.L("this computer only"), lang.L("the local network")}, func(string) { c.choose() })
	c.port = widget.NewEntry()
	c.port.SetPlaceHolder("7430")
	c.port.OnSubmitted = func(string) { c.choose() }
	c.turn = parts.NewPrimary(lang.L("Start"), "", c.toggle)
	c.auto = widget.NewCheck(lang.L("Import received sessions by themselves"), func(bool) { c.choose() })
	c.object = parts.VBox(theme.Space2, parts.Section(lang.L("Sync server"), ""),
		container.NewBorder(nil, nil, nil, c.turn, c.state), c.about,
		container.NewBorder(nil, nil, parts.Small(lang.L("Lets in")), container.NewBorder(nil, nil, parts.Small(lang.L("port")), nil, parts.Sized(72, 1, c.port)), c.who),
		c.auto)
	return c
}

// choices are what stands in the fields; ok is false while the port is no
// number.
func (c *control) choices() (app.SyncChoices, bool) {
	port, err := strconv.Atoi(strings.TrimSpace(c.port.Text))
	return app.SyncChoices{Network: c.who.SelectedIndex() == 1, Port: port, Import: c.auto.Checked}, err == nil && port >= 0 && port <= 65535
}

func (c *control) choose() {
	if c.set || !c.page.mayChange() {
		return
	}
	chosen, ok := c.choices()
	if !ok {
		c.page.say(lang.L("A port is a number up to 65535"), true)
		return
	}
	c.page.do(func(ctx context.Context) error { return c.page.bench.ChooseSync(ctx, chosen) })
}

// toggle starts the server or stops it.
func (c *control) toggle() {
	s := c.page
	if s.busy || !s.mayChange() {
		return
	}
	if s.seen.state.Running {
		s.turning = true
		s.after(s.bench.StopSync(), func() { s.say(lang.L("The sync server has stopped"), false) })
		return
	}
	chosen, ok := c.choices()
	if !ok {
		s.say(lang.L("A port is a number up to 65535"), true)
		return
	}
	s.busy, s.turning = true, true
	s.show()
	task.Do(s.runner, func(ctx context.Context) error { return s.bench.ChooseSync(ctx, chosen) }, func(err error) {
		if err != nil {
			s.busy, s.turning = false, false
			s.actions.Error(err)
			s.Reload()
			return
		}
		s.after(s.bench.StartSync(), func() { s.say(lang.L("The sync server is running"), false) })
	})
}

func (c *control) show() {
	s := c.page
	st := s.seen.state
	c.set = true
	defer func() { c.set = false }()
	if !s.turning {
		c.who.SetSelectedIndex(map[bool]int{false: 0, true: 1}[st.Choices.Network])
		if st.Dir != "" && (c.port.Text == "" || st.Running) { // known what was chosen
			c.port.SetText(strconv.Itoa(st.Choices.Port))
		}
		c.auto.SetChecked(st.Choices.Import)
	}
	word, about, tone := lang.L("Stopped"), lang.L("Devices fetch models from it and send their sessions to it. It ends when the study is closed; onsetctl serve runs it alone."), theme.Muted
	if st.Made {
		about = lang.L("Kept in {{.Dir}}", map[string]any{"Dir": shortPath(st.Dir)})
	}
	c.turn.SetWord(lang.L("Start"))
	switch {
	case s.turning:
		word = lang.L("One moment…")
	case st.Running:
		word, tone = lang.L("Running at {{.Address}}", map[string]any{"Address": st.Address}), theme.Accent
		about = lang.L("Key {{.Pin}} Kept in {{.Dir}}", map[string]any{"Pin": shortPin(st.Pin), "Dir": shortPath(st.Dir)})
		if st.Taken != 0 {
			about = lang.L("Another program holds port {{.Taken}}: this server has {{.Port}}, now and at every later start. {{.Rest}}",
				map[string]any{"Taken": strconv.Itoa(st.Taken), "Port": strconv.Itoa(st.Choices.Port), "Rest": about})
		}
		c.turn.SetWord(lang.L("Stop"))
	case st.Problem != "":
		word, about, tone = lang.L("Ended by itself"), st.Problem, theme.Error
	}
	if st.ReadOnly {
		about = whyNot()
	}
	c.state.SetText(word)
	c.state.SetTone(tone)
	c.about.SetText(about)
	for _, w := range []fyne.Disableable{c.who, c.port} {
		if st.Running || s.turning || st.ReadOnly {
			w.Disable()
		} else {
			w.Enable()
		}
	}
	enable(c.turn, !s.busy && !st.ReadOnly)
	enable(c.auto, !st.ReadOnly)
}

// shortPin is enough of a pin to compare by eye.
func shortPin(pin string) string {
	if len(pin) > 12 {
		return pin[:12] + "…"
	}
	return pin
}

// shortPath is the end of a path.
func shortPath(path string) string {
	if at := strings.LastIndexAny(path, `/\`); at >= 0 {
		return path[at+1:]
	}
	return path
}

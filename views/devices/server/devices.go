package server

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/devices/sync/protocol"
	"onset/devices/sync/store"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/words"
)

// deviceList shows the paired devices.
type deviceList struct {
	page   *Server
	grid   *rows
	note   *parts.Text
	revoke *parts.Button
	object fyne.CanvasObject
}

func newDeviceList(s *Server) *deviceList {
	l := &deviceList{page: s, note: note()}
	l.grid = newRows([]grid.Column{{Title: lang.L("Device"), Weight: 1, Bold: true}, {Title: lang.L("Release channel"), Weight: 2.1, Muted: true},
		{Title: lang.L("Model in use"), Weight: 1}, {Title: lang.L("Self-test"), Weight: 0.9}, {Title: lang.L("Last seen"), Width: 132, Muted: true}}, l.buttons)
	l.revoke = parts.NewButton(lang.L("End access…"), "", l.end)
	l.object = listCard(lang.L("Devices"), l.note, l.grid, l.revoke)
	return l
}

func (l *deviceList) chosen() (store.Device, bool) {
	id := l.grid.chosen()
	for _, d := range l.page.seen.devices {
		if d.ID == id {
			return d, true
		}
	}
	return store.Device{}, false
}

func (l *deviceList) end() {
	d, ok := l.chosen()
	if !ok || d.Revoked != "" || !l.page.mayChange() {
		return
	}
	l.page.actions.Confirm(lang.L("End the access of {{.Name}}?", map[string]any{"Name": d.Name}),
		lang.L("It fetches nothing more and must be paired again to come back. With tickets that it holds, at most {{.N}} for each of two days, it can still send sessions until {{.Until}}: a ticket names no device, so they can't be taken back. What it sent stays.",
			map[string]any{"N": words.Count(int64(l.page.seen.state.TicketsPerDay)), "Until": store.TicketsEnd(l.page.actions.Now()).Local().Format("2006-01-02 15:04")}), lang.L("End access"), func() {
			l.page.do(func(ctx context.Context) error { return l.page.bench.RevokeDevice(ctx, d.ID) })
		})
}

func (l *deviceList) show() {
	p := l.page.seen
	ids, lines, published := make([]string, len(p.devices)), make([][]string, len(p.devices)), store.Followable(p.releases)
	for i, d := range p.devices {
		seen := moment(d.Seen)
		if d.Revoked != "" {
			seen = lang.L("access ended")
		}
		model := p.modelOf(d.Channel, d.Model)
		if d.Model == "" && d.Revoked == "" && !slices.Contains(published, d.Channel) {
			model = lang.L("none is published there")
		}
		ids[i], lines[i] = d.ID, []string{d.Name, d.Channel, model, selfTest(d), seen}
	}
	l.grid.Set(ids, lines)
	l.buttons()
}

func (l *deviceList) buttons() {
	d, ok := l.chosen()
	l.note.SetText("")
	switch {
	case ok:
		l.note.SetText(strings.Join([]string{d.Name, d.Platform, d.Runtime, lang.L("paired {{.When}}", map[string]any{"When": moment(d.Paired)})}, " · "))
	case len(l.page.seen.devices) == 0:
		l.note.SetText(lang.L("None is paired yet: start the server, then show the code"))
		if l.page.seen.state.Running {
			l.note.SetText(lang.L("None is paired yet: show the code and scan it with a device"))
		}
	}
	l.note.SetTone(theme.Muted)
	if d.Revoked == "" && d.ID != "" || !ok {
		if n := l.page.seen.starved(d.ID); n > 0 {
			l.note.SetText(lang.N("{{.N}} device follows a release channel to which nothing is published", n, map[string]any{"N": words.Count(int64(n))}))
			l.note.SetTone(theme.Warning)
		}
	}
	enable(l.revoke, !l.page.seen.state.ReadOnly && ok && d.Revoked == "")
}

func (l *deviceList) selfTests() []string {
	out := make([]string, len(l.page.seen.devices))
	for i, d := range l.page.seen.devices {
		out[i] = d.SelfTest
	}
	return out
}

// starved counts the devices that follow a release channel to which nothing is
// published; of all, or the one named.
func (p picture) starved(only string) (n int) {
	published := store.Followable(p.releases)
	for _, d := range p.devices {
		if (only == "" || d.ID == only) && d.Revoked == "" && !slices.Contains(published, d.Channel) {
			n++
		}
	}
	return n
}

// modelOf names the model of a blob that a device of a channel uses, by its
// newest release there.
func (p picture) modelOf(channel, blob string) string {
	if blob == "" {
		return "–"
	}
	if r, ok := store.ReleaseOf(p.releases, channel, blob); ok {
		return fmt.Sprintf("%s, v%d", p.modelName(r.Model), r.Version)
	}
	return shortPin(blob)
}

// modelName names a model of the study.
func (p picture) modelName(id string) string {
	for _, m := range p.models {
		if m.ID == id {
			return words.Model(m)
		}
	}
	return shortPin(id)
}

// selfTest says what a device's own test of its newest model said.
func selfTest(d store.Device) string {
	switch d.SelfTest {
	case protocol.StateActive:
		return lang.L("passed")
	case protocol.StateRejected:
		return lang.L("failed: {{.Why}}", map[string]any{"Why": d.Detail})
	case protocol.StateRolledBack:
		return lang.L("went back: {{.Why}}", map[string]any{"Why": d.Detail})
	}
	return "–"
}

// moment is a time of the server's as a person here reads it.
func moment(stamp string) string {
	t, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04")
}

// note is the sentence beside a list's title.
func note() *parts.Text {
	return parts.NewText("", parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Cut: true})
}

// listCard is a list under its title and buttons.
func listCard(title string, note *parts.Text, list *rows, buttons ...fyne.CanvasObject) fyne.CanvasObject {
	head := container.NewBorder(nil, nil, parts.Section(title, ""), parts.HBox(theme.Space2, buttons...), parts.InsetXY(theme.Space2, 0, note))
	return container.NewBorder(head, nil, nil, nil, list.Object())
}

func enable(b fyne.Disableable, on bool) {
	if on {
		b.Enable()
	} else {
		b.Disable()
	}
}

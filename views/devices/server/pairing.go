package server

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"
	"rsc.io/qr"

	"onset/devices/sync/protocol"
	"onset/devices/sync/store"
	"onset/views/parts"
	"onset/views/theme"
)

// pairing lets one device in: by a code that it scans, or by digits that a
// person carries between the two.
type pairing struct {
	page    *Server
	channel *widget.SelectEntry
	code    *canvas.Image
	empty   *parts.Paragraph // that nothing is published to the channel
	text    *parts.Text
	left    *parts.Text
	open    fyne.CanvasObject // while a code is shown
	start   *parts.Button
	digits  *widget.Entry
	let     *parts.Button
	said    *parts.Paragraph
	drawn   string // the text that the picture shows
	meant   string // the proposed channel, while nobody has chosen another
	object  fyne.CanvasObject
}

// codeSize is the side of the picture.
const codeSize = 188

func newPairing(s *Server) *pairing {
	p := &pairing{page: s, channel: widget.NewSelectEntry(nil), code: canvas.NewImageFromImage(image.NewGray(image.Rect(0, 0, 1, 1))),
		text: parts.NewText("", parts.Style{Mono: true, Size: theme.TextSmall, Tone: theme.Muted, Cut: true}),
		left: parts.NewText("", parts.Style{Bold: true}), digits: widget.NewEntry(), said: parts.NewParagraph("", false), empty: parts.NewParagraph("", false)}
	p.channel.OnChanged = func(string) { p.warn() }
	p.code.ScaleMode, p.code.FillMode = canvas.ImageScalePixels, canvas.ImageFillContain
	p.code.SetMinSize(fyne.NewSize(codeSize, codeSize))
	p.channel.SetPlaceHolder("sensors/group/variant")
	p.start = parts.NewButton(lang.L("Show the code"), "", p.begin)
	p.digits.SetPlaceHolder(lang.L("eight digits"))
	p.digits.OnSubmitted = func(string) { p.accept() }
	p.let = parts.NewButton(lang.L("Let in"), "", p.accept)
	p.open = parts.VBox(theme.Space2, container.NewCenter(p.code), p.text,
		container.NewBorder(nil, nil, p.left, parts.HBox(theme.Space2, parts.NewButton(lang.L("Copy the text"), "", p.copy), parts.NewButton(lang.L("Cancel"), "", p.cancel))))
	p.open.Hide()
	p.object = parts.VBox(theme.Space2, parts.Section(lang.L("Pair a device"), ""),
		container.NewBorder(nil, nil, parts.Small(lang.L("Follows")), nil, p.channel),
		p.empty, p.open, p.start,
		parts.NewParagraph(lang.L("A device without a camera shows eight digits:"), true),
		container.NewBorder(nil, nil, nil, p.let, p.digits), p.said)
	return p
}

// begin shows a new code.
func (p *pairing) begin() {
	if !p.page.mayChange() {
		return
	}
	channel := p.channel.Text
	p.said.SetText("")
	p.page.do(func(ctx context.Context) error {
		_, err := p.page.bench.Invite(ctx, channel)
		return err
	})
}

func (p *pairing) cancel() { p.page.do(p.page.bench.Uninvite) }

func (p *pairing) copy() {
	if inv := p.page.seen.state.Invitation; inv != nil {
		p.page.actions.Copy(inv.Text)
		p.page.say(lang.L("The pairing text is copied; whoever has it can pair one device"), false)
	}
}

// accept lets in the device that shows the digits which were typed.
func (p *pairing) accept() {
	if !p.page.mayChange() {
		return
	}
	digits, channel := p.digits.Text, p.channel.Text
	var answer string
	p.page.do(func(ctx context.Context) (err error) {
		if answer, err = p.page.bench.AcceptDigits(ctx, digits, channel); err != nil {
			return err
		}
		p.page.runner.Apply(func() {
			p.digits.SetText("")
			p.said.SetText(lang.L("Type at the device: {{.Digits}}", map[string]any{"Digits": answer[:4] + " " + answer[4:]}))
		})
		return nil
	})
}

// compare says that a device has come in since.
func (p *pairing) compare(before picture) {
	now := p.page.seen
	if before.state.Made && len(now.devices) > len(before.devices) {
		d := now.devices[len(now.devices)-1]
		p.said.SetText(lang.L("Paired: {{.Name}}", map[string]any{"Name": d.Name}))
	} else if before.state.Invitation != nil && now.state.Invitation == nil && now.state.Running && len(now.devices) == len(before.devices) {
		p.said.SetText(lang.L("The code can't be used any more"))
	}
}

func (p *pairing) show() {
	st := p.page.seen.state
	var channels []string
	for _, r := range p.page.seen.releases {
		channels = append(channels, r.Channel)
	}
	for _, m := range p.page.seen.models {
		channels = append(channels, p.page.seen.channels[m.ID])
	}
	if channel := p.proposal(); st.Dir != "" && (p.channel.Text == "" || p.channel.Text == p.meant) { // known what there is
		p.meant = channel
		if p.channel.Text != channel {
			p.channel.SetText(channel)
		}
	}
	p.warn()
	slices.Sort(channels)
	p.channel.SetOptions(slices.Compact(channels))
	for _, w := range []fyne.Disableable{p.start, p.let, p.digits} {
		if st.Running && !st.ReadOnly {
			w.Enable()
		} else {
			w.Disable()
		}
	}
	if st.Invitation == nil {
		p.drawn = ""
		p.open.Hide()
		p.start.Show()
	} else {
		p.draw(st.Invitation.Text)
		p.start.Hide()
		p.open.Show()
		p.showTime()
	}
}

// warn says that a device which is paired now would get no model.
func (p *pairing) warn() {
	if p.page.seen.state.Running && !slices.Contains(store.Followable(p.page.seen.releases), strings.TrimSpace(p.channel.Text)) {
		p.empty.SetText(lang.L("Nothing is published to it: a device that follows it gets no model until something is"))
		p.empty.Show()
		return
	}
	p.empty.Hide()
}

// proposal is the release channel that a new device follows unless somebody
// says otherwise: the one published to last, or the one that Publish proposes.
func (p *pairing) proposal() string {
	seen := p.page.seen
	if published := store.Followable(seen.releases); len(published) > 0 {
		return published[0]
	}
	if l := p.page.shelf; l != nil && l.channel.Text != "" {
		return l.channel.Text
	}
	for _, m := range seen.models {
		return seen.channels[m.ID]
	}
	return protocol.DefaultChannel
}

// showTime says how long the code can be used.
func (p *pairing) showTime() {
	if inv := p.page.seen.state.Invitation; inv != nil {
		left := max(inv.Expires.Sub(p.page.actions.Now()), 0).Round(time.Second)
		p.left.SetText(lang.L("{{.Time}} left", map[string]any{"Time": fmt.Sprintf("%d:%02d", int(left.Minutes()), int(left.Seconds())%60)}))
	}
}

func (p *pairing) draw(text string) {
	if p.drawn == text {
		return
	}
	p.drawn = text
	p.text.SetText(text)
	if c, err := qr.Encode(text, qr.M); err == nil {
		p.code.Image = codeImage(c)
		p.code.Refresh()
	}
}

// codeImage draws a code dark on light with the margin that scanners need,
// whatever the theme.
func codeImage(c *qr.Code) image.Image {
	const quiet, side = 4, 4
	img := image.NewGray(image.Rect(0, 0, (c.Size+2*quiet)*side, (c.Size+2*quiet)*side))
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if !c.Black(x/side-quiet, y/side-quiet) {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return img
}

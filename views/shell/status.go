package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/views/parts"
	"onset/views/theme"
)

// statusLine says what is saved, what the room has to say, and what runs.
type statusLine struct {
	saved, detail, middle *parts.Text
	job                   *jobStrip
	object                *fyne.Container
}

func newStatusLine(openJobs func(), cancel func(id int)) *statusLine {
	s := &statusLine{
		saved:  parts.NewText("", parts.Style{Size: theme.TextSmall, Bold: true}),
		detail: parts.Small(""),
		middle: parts.NewText("", parts.Style{Size: theme.TextSmall, Tone: theme.Muted, Cut: true}),
		job:    newJobStrip(openJobs, cancel),
	}
	left := parts.HBox(5, s.saved, s.detail)
	line := container.NewBorder(nil, nil, left, s.job, parts.InsetXY(theme.Space4, 0, s.middle))
	s.object = container.NewStack(parts.NewFill(theme.Panel),
		parts.Above(parts.Rule(), parts.Sized(10, 25, parts.InsetXY(theme.Space3, 2, line))))
	return s
}

// savedState is what the left of the status line tells.
type savedState struct {
	Open, ReadOnly bool
	Entries        int64 // 0 for unknown, or not to be told
	Waiting        int   // changes that are not durable yet
}

func (s *statusLine) setSaved(v savedState) {
	switch {
	case !v.Open:
		s.saved.SetText("")
		s.detail.SetText(lang.L("No study is open"))
	case v.ReadOnly:
		s.saved.SetText(lang.L("Read-only"))
		s.detail.SetText(lang.L("nothing can be changed"))
	case v.Waiting > 0:
		s.saved.SetText(lang.L("Saving…"))
		s.detail.SetText(lang.N("{{.N}} change waits", v.Waiting, map[string]any{"N": v.Waiting}))
	case v.Entries == 0:
		s.saved.SetText(lang.L("Saved"))
		s.detail.SetText(lang.L("every change"))
	default:
		s.saved.SetText(lang.L("Saved"))
		s.detail.SetText(lang.L("every change, {{.N}} in ledger", map[string]any{"N": v.Entries}))
	}
	s.object.Refresh()
}

func (s *statusLine) say(sentence string, urgent bool) {
	s.middle.SetText(sentence)
	tone := theme.Muted
	if urgent {
		tone = theme.Error
	}
	s.middle.SetTone(tone)
}

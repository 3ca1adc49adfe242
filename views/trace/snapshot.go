package trace

import (
	"image/color"
	"strings"

	"onset/views/theme"
	"onset/views/trace/figure"
	"onset/views/trace/kernel"
)

// Figure is what is seen now as a figure for print: its colours are those for a
// light ground, whatever the screen's are. Spans are those of the lanes that
// show bands.
func (t *Trace) Figure() figure.Figure {
	f := figure.Figure{View: t.view}
	for _, k := range t.tracks {
		if len(k.Channels) == 0 {
			continue
		}
		p := figure.Panel{Title: k.Name, Unit: k.Unit, Clock: k.Channels[0].Series.Clock(), Samples: k.Channels[0].Series.Len()}
		p.Lo, p.Hi = k.bounds()
		for i, ch := range k.Channels {
			if ch.Hidden {
				continue
			}
			h := k.held[i]
			p.Lines = append(p.Lines, kernel.Line{Color: printed(ch.Axis), Pyramid: h.pyramid,
				Detail: h.detail, DetailFirst: h.detailFirst, Raw: h.raw, RawFirst: h.rawFirst})
			p.Names = append(p.Names, ch.Name)
		}
		f.Panels = append(f.Panels, p)
	}
	for _, l := range t.lanes {
		if !l.Bands {
			continue
		}
		for _, s := range l.visible(t.view) {
			name, _, _ := strings.Cut(s.Text, " · ") // without its repetitions
			f.Spans = append(f.Spans, figure.Span{Start: s.Start, End: s.End, SetupEnd: s.SetupEnd, Text: s.Text, Name: name, Color: s.Color})
		}
	}
	return f
}

func printed(axis string) color.NRGBA {
	c, _ := theme.New(theme.Light).Color(theme.Axis(axis), 0).(color.NRGBA)
	return c
}

package label

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/dataset"
	"onset/labeling"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/trace"
)

// standing is how the session stands to the study's protocol.
func (l *Label) standing() labeling.Standing {
	if len(l.setting.Protocol) == 0 {
		return labeling.Standing{Next: -1}
	}
	return labeling.FollowProtocol(l.setting.Protocol, l.sets())
}

// armPlanned arms the set that the plan has next, or with it armed already the
// one after it.
func (l *Label) armPlanned(further bool) bool {
	s := l.standing()
	if s.Next < 0 {
		return false
	}
	i := s.Next
	if further {
		for i < len(s.Planned) && s.Planned[i].Exercise != l.armed {
			i++
		}
		for i < len(s.Planned) && (s.Planned[i].State == labeling.PlannedDone || s.Planned[i].Exercise == l.armed) {
			i++
		}
		if i >= len(s.Planned) {
			i = s.Next
		}
	}
	l.arm(s.Planned[i].Exercise)
	return true
}

// followPlan arms what is next once a set has been labelled.
func (l *Label) followPlan() {
	if len(l.setting.Protocol) > 0 && l.armedKind == "" {
		l.armPlanned(false)
	}
}

func (l *Label) armNext() {
	switch {
	case len(l.setting.Protocol) == 0:
		l.editPlan()
	case !l.armPlanned(l.armed != ""):
		l.say(lang.L("Every planned set is labelled."), false)
	}
}

// planSection is the protocol in the panel.
type planSection struct {
	l      *Label
	hint   *parts.Text // the key that arms the next set
	done   *parts.Text
	next   *parts.Text
	flags  *fyne.Container
	object *fyne.Container
}

func newPlanSection(l *Label) *planSection {
	p := &planSection{l: l, hint: parts.Small(""), done: parts.NewText("", parts.Style{Tone: theme.Muted, Cut: true}),
		next: parts.NewText("", parts.Style{Bold: true, Cut: true}), flags: parts.VBox(theme.Space1)}
	p.object = parts.VBox(theme.Space1, parts.HBox(theme.Space2, parts.Section(lang.L("Protocol"), ""), p.hint), p.done, p.next, p.flags,
		container.NewHBox(parts.NewButton(lang.L("Plan…"), "", l.editPlan)))
	return p
}

func (p *planSection) show() {
	l := p.l
	p.flags.RemoveAll()
	if len(l.setting.Protocol) == 0 {
		p.done.SetText(lang.L("The study has no planned order."))
		p.next.SetText("")
		return
	}
	s := l.standing()
	done := 0
	last := -1
	for i, x := range s.Planned {
		if x.State == labeling.PlannedDone {
			done++
			last = i
		}
	}
	switch {
	case s.Next < 0:
		p.next.SetText(lang.L("The plan is through."))
	default:
		p.next.SetText(lang.L("Next: {{.Name}}, set {{.Set}} of {{.Of}}", setWords(s.Planned[s.Next])))
		if l.armed != "" && l.armed != s.Planned[s.Next].Exercise {
			p.next.SetText(lang.L("Armed: {{.Armed}}. Next in the plan: {{.Name}}",
				map[string]any{"Armed": nameOf(l.armed, ""), "Name": labeling.Short(s.Planned[s.Next].Exercise)}))
		}
	}
	p.done.SetText(lang.L("{{.N}} of {{.Of}} planned sets done", map[string]any{"N": done, "Of": len(s.Planned)}))
	if last >= 0 {
		p.done.SetText(lang.L("Set {{.Set}} of {{.Of}} {{.Name}} done", setWords(s.Planned[last])))
	}
	const most = 6
	var flags []string
	add := func(word string) { flags = append(flags, word) }
	for _, x := range s.Planned {
		switch {
		case x.State == labeling.PlannedSkipped:
			add(lang.L("skipped: {{.Name}} set {{.Set}}", setWords(x)))
		case x.OutOfOrder:
			add(lang.L("out of order: {{.Name}} set {{.Set}}", setWords(x)))
		}
	}
	for _, id := range s.Extra {
		if x, ok := l.editor.Find(id); ok {
			from, _ := l.editor.Times(x)
			add(lang.L("extra: {{.Name}}, {{.At}}", map[string]any{"Name": nameOf(x.Exercise, x.Kind), "At": trace.FormatTime(from)}))
		}
	}
	for i, word := range flags {
		if i == most {
			p.flags.Add(parts.Small(lang.L("and {{.N}} more", map[string]any{"N": len(flags) - most})))
			break
		}
		p.flags.Add(container.NewHBox(parts.Chip(word, theme.Warning)))
	}
}

func setWords(p labeling.PlannedSet) map[string]any {
	return map[string]any{"Name": labeling.Short(p.Exercise), "Set": p.Set, "Of": p.Of}
}

// editPlan lets the person write the study's planned order.
func (l *Label) editPlan() {
	c := fyne.CurrentApp().Driver().CanvasForObject(l.object)
	if c == nil || l.session == nil || l.inPopup != nil {
		return
	}
	text := widget.NewMultiLineEntry()
	text.SetText(labeling.FormatProtocol(l.setting.Protocol))
	text.SetPlaceHolder("3 x 10 biceps-curl\n3 x 12 triceps-extension\nsquat")
	wrong := parts.NewText("", parts.Style{Tone: theme.Error})
	keep := func() {
		plan, err := labeling.ParseProtocol(text.Text, l.resolve)
		if err != nil {
			wrong.SetText(err.Error())
			c.Focus(text) // what is typed next goes on with the plan
			return
		}
		l.inPopup()
		l.putPlan(plan)
	}
	fromHere := parts.NewButton(lang.L("Take this session's order"), "", func() {
		text.SetText(labeling.FormatProtocol(labeling.ProtocolOf(l.sets())))
	})
	head := parts.VBox(theme.Space2, parts.Heading(lang.L("Protocol of the study")),
		parts.NewParagraph(lang.L("The planned order of a session, an exercise on each line: sets, repetitions if they are planned, exercise. The next set is armed by itself; what is skipped, extra or out of order is flagged, never forbidden."), true))
	foot := parts.VBox(theme.Space2, wrong, parts.HBox(theme.Space2, fromHere, parts.NewPrimary(lang.L("Keep the plan"), "", keep)))
	l.popup(c, container.NewBorder(head, foot, nil, nil, text), 560, 460)()
	c.Focus(text)
}

// resolve finds an exercise by what a person calls it: the catalogue's names,
// and what the study calls its own.
func (l *Label) resolve(name, group string) (string, bool) {
	for _, id := range l.exercises {
		if name == id || name == labeling.Short(id) {
			return id, true
		}
	}
	return labeling.DefaultCatalogue().Resolve(name, group)
}

func (l *Label) putPlan(plan []dataset.PlannedExercise) {
	if l.source.Current().ReadOnly {
		l.say(readOnly(), true)
		return
	}
	l.setting.Protocol = plan
	settings := l.setting
	l.enqueue(step{
		work: func(ctx context.Context) error { return l.source.PutSettings(ctx, settings) },
		then: func(err error) {
			if err != nil {
				l.fail(fmt.Errorf("keeping the plan: %w", err))
				return
			}
			l.followPlan()
			l.show()
		},
	})
}

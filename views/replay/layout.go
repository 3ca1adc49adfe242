package replay

import (
	"fmt"
	"image/color"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	core "onset/replay"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/words"
)

// views are the room's parts that are shown or hidden as a whole.
type views struct {
	object, body, waiting, noSession, noModel fyne.CanvasObject
	telling                                   *parts.Text // what is being replayed
	veil                                      *canvas.Rectangle
}

func (r *Replay) build() views {
	var v views
	top := parts.Below(parts.InsetXY(theme.Space3, 6, container.NewBorder(nil, nil,
		parts.HBox(theme.Space2, parts.NewText(lang.L("Model"), parts.Style{Tone: theme.Muted})),
		parts.HBox(theme.Space2, parts.Sized(178, 28, r.decide), parts.NewText(lang.L("beside"), parts.Style{Tone: theme.Muted}), parts.Sized(170, 28, r.beside), r.again,
			parts.NewButton(lang.L("Ablation"), "", func() { r.showStudy(true) })),
		r.choose)), parts.Rule())
	v.telling = parts.NewText("", parts.Style{})
	v.veil = canvas.NewRectangle(color.Transparent)
	plate := container.NewStack(parts.NewCard(theme.Panel), parts.InsetXY(theme.Space3, theme.Space2, v.telling))
	v.waiting = container.NewStack(v.veil, container.NewCenter(plate))
	v.noModel = parts.Empty(lang.L("No model yet"), lang.L("A replay asks a model at each onset. Train one first; the sample study does it in seconds."),
		parts.NewPrimary(lang.L("Go to Train"), "Ctrl 3", r.actions.Train))
	v.noSession = parts.Empty(lang.L("No session is open"), lang.L("Choose a session in the library and press R to replay it."),
		parts.NewPrimary(lang.L("Go to Library"), "Ctrl 1", r.actions.Library))
	stage := container.NewStack(parts.NewFill(theme.Ground), r.trace, v.waiting)
	left := parts.Above(top, parts.Below(stage, r.bar.object))
	v.body = parts.Beside(left, r.panel.object)
	v.object = container.NewStack(parts.NewFill(theme.Ground), v.body, v.noModel, v.noSession, r.study.object)
	return v
}

// showState shows the trace, or what is missing for it.
func (r *Replay) showState() {
	if r.view.object == nil {
		return
	}
	set := func(o fyne.CanvasObject, on bool) {
		if on {
			o.Show()
		} else {
			o.Hide()
		}
	}
	session, model := r.session != "", len(r.models) > 0
	set(r.view.noSession, !session && !r.onStudy)
	set(r.view.noModel, session && !model && !r.onStudy)
	set(r.view.body, session && model && !r.onStudy)
	set(r.study.object, r.onStudy)
	set(r.view.waiting, r.job != 0)
	if r.job != 0 {
		r.view.telling.SetText(lang.L("Replaying {{.Model}}…", map[string]any{"Model": r.modelName()}))
		r.view.veil.FillColor = theme.Fade(theme.Color(theme.Ground), 0.62)
	}
	set(r.panel.object, r.shown != nil)
	r.view.object.Refresh()
}

// modelName is what is being replayed is called.
func (r *Replay) modelName() string {
	if r.model == atHand {
		return lang.L("{{.N}} models by sensors at hand", map[string]any{"N": len(r.fitting)})
	}
	for _, m := range r.models {
		if m.ID == r.model {
			return words.Model(m)
		}
	}
	return ""
}

// bar is the line of controls under the lanes.
type bar struct {
	play   *parts.Button
	speed  *parts.Button
	time   *parts.Text
	scores *parts.Text
	fused  *parts.Text
	n      *parts.Text
	object fyne.CanvasObject
}

func newBar(r *Replay) *bar {
	b := &bar{
		play:   parts.NewPrimary(lang.L("Play"), "Space", func() { r.toggle() }),
		speed:  parts.NewButton("1x", "", func() { r.speedBy(1) }),
		time:   parts.NewText("", parts.Style{}),
		scores: parts.NewText("", parts.Style{Tone: theme.Muted, Size: 12, Cut: true, Align: fyne.TextAlignTrailing}),
		fused:  parts.NewText("", parts.Style{Bold: true}),
		n:      parts.NewText("", parts.Style{Tone: theme.Muted, Size: 12}),
	}
	left := parts.HBox(theme.Space2, parts.Sized(104, 28, b.play),
		parts.NewButton(lang.L("Step"), "→", func() { r.step(1) }),
		parts.NewButton(lang.L("Next error"), "E", r.nextError), b.speed, parts.Sized(122, 20, b.time))
	right := parts.HBox(theme.Space2, b.fused, b.n)
	b.object = container.NewStack(parts.NewFill(theme.Panel), parts.Above(parts.Rule(), parts.InsetXY(theme.Space3, 9,
		container.NewBorder(nil, nil, left, right, parts.InsetXY(theme.Space2, 0, b.scores)))))
	return b
}

func (b *bar) setPlaying(on bool) {
	if on {
		b.play.SetWord(lang.L("Pause"))
	} else {
		b.play.SetWord(lang.L("Play"))
	}
}

func (b *bar) setTime(at, length float64) {
	b.time.SetText(words.Moment(at) + " / " + words.Length(length))
}

func (b *bar) setSpeed(v float64) { b.speed.SetWord(strconv.FormatFloat(v, 'g', -1, 64) + "x") }

// setScores shows each source's accuracy alone and the fused one, over labelled
// decisions of this session.
func (b *bar) setScores(r *core.Result) {
	if r.N == 0 {
		b.scores.SetText(lang.L("nothing is labelled, so nothing is scored"))
		b.fused.SetText("")
		b.n.SetText("")
		return
	}
	a := r.Accuracy
	alone := []string{}
	for _, x := range []struct {
		name string
		s    core.Source
		v    float64
	}{{lang.L("sensor"), core.Sensor, a.Sensor}, {lang.L("order"), core.Markov, a.Markov},
		{lang.L("place"), core.Place, a.Place}, {lang.L("memory"), core.Memory, a.Memory}} {
		if speaks(r, x.s) {
			alone = append(alone, fmt.Sprintf("%s %.2f", x.name, x.v))
		} else {
			alone = append(alone, x.name+" –")
		}
	}
	b.scores.SetText(strings.Join(alone, "  "))
	b.fused.SetText(lang.L("all {{.V}}", map[string]any{"V": fmt.Sprintf("%.2f", a.Fused)}))
	if e := r.Events; e != nil {
		b.scores.SetText(eventSentence(e))
	}
	n := words.Many(int64(r.N), lang.L("decision"), lang.L("decisions"))
	if k := unanswered(r); k > 0 {
		n += ", " + lang.L("{{.N}} unanswered", map[string]any{"N": k})
	}
	b.n.SetText(n)
}

// modelText is the model's name with whether it knows this person.
func (r *Replay) modelText(v *core.Result) string {
	name := v.Model
	for _, m := range r.models {
		if m.ID == v.Model {
			name = words.Model(m)
		}
	}
	if n := len(v.Models); n > 1 {
		name = lang.L("{{.N}} models by sensors at hand", map[string]any{"N": n})
	}
	data := map[string]any{"Name": name, "Person": v.Participant}
	switch {
	case v.TrainedOnSession:
		return lang.L("{{.Name}}, trained on this session too", data)
	case v.TrainedOnPerson:
		return lang.L("{{.Name}}, trained on other sessions of {{.Person}}", data)
	}
	return lang.L("{{.Name}}, trained without {{.Person}}", data)
}

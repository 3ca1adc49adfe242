package replay

import (
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2/lang"

	core "onset/replay"
	"onset/views/words"
)

// flips lists the decisions that differ from those with the fitted weights.
func (r *replayed) flips() []int {
	var list []int
	for i, d := range r.result.Decisions {
		if i < len(r.base.Decisions) && d.Fused != r.base.Decisions[i].Fused {
			list = append(list, i)
		}
	}
	return list
}

// flipped says what became of decision i against the fitted weights; empty when it
// is as it was.
func (r *replayed) flipped(i int) string {
	if i < 0 || !slices.Contains(r.flips(), i) {
		return ""
	}
	now, was := r.result.Decisions[i], r.base.Decisions[i]
	become := lang.L("Another answer now")
	switch {
	case now.Fused == "":
		become = lang.L("Now unanswered")
	case now.Truth == "":
	case now.Fused == now.Truth:
		become = lang.L("Now right")
	case was.Fused == was.Truth:
		become = lang.L("Now wrong")
	case was.Fused == "":
		become = lang.L("Now answered, and wrong")
	default:
		become = lang.L("Still wrong")
	}
	return lang.L("{{.Become}}: with the fitted weights {{.Was}}.", map[string]any{"Become": become, "Was": orNoAnswer(was.Fused)})
}

// byHand reports whether any weight or the cost of a wrong answer was changed.
func (r *Replay) byHand() bool {
	if r.from == nil {
		return false
	}
	fitted := r.from.Pool()
	return r.muted != [core.Sources]bool{} || r.pool != fitted
}

func (r *Replay) tellFlips() {
	flips := r.shown.flips()
	if len(flips) == 0 {
		text := ""
		if r.byHand() {
			text = lang.L("No decision changes against the fitted weights")
		}
		r.status(text, false)
		return
	}
	better, worse, unanswered := 0, 0, 0
	for _, i := range flips {
		now, was := r.shown.result.Decisions[i], r.shown.base.Decisions[i]
		switch {
		case now.Fused == "":
			unanswered++
		case now.Truth == "":
		case now.Fused == now.Truth:
			better++
		case was.Fused == was.Truth:
			worse++
		}
	}
	text := []string{lang.L("{{.N}} right", map[string]any{"N": better}), lang.L("{{.N}} wrong", map[string]any{"N": worse})}
	if unanswered > 0 {
		text = append(text, lang.L("{{.N}} unanswered", map[string]any{"N": unanswered}))
	}
	r.status(lang.L("{{.N}} against the fitted weights: {{.Become}} now. F goes to the next, W back to the fitted weights",
		map[string]any{"N": words.Many(int64(len(flips)), lang.L("decision flips"), lang.L("decisions flip")), "Become": strings.Join(text, ", ")}), false)
}

// nextFlip goes to the next decision that flipped, round at the end, or with a
// negative step to the one before.
func (r *Replay) nextFlip(step int) {
	if r.shown == nil {
		return
	}
	list := r.shown.flips()
	if len(list) == 0 {
		r.status(lang.L("No decision is flipped: change a weight, mute a source or price a wrong answer"), false)
		return
	}
	now := r.shown.decisionAt(r.player.position(r.actions.Now()))
	to := list[0]
	if step > 0 {
		if k := slices.IndexFunc(list, func(i int) bool { return i > now }); k >= 0 {
			to = list[k]
		}
	} else {
		to = list[len(list)-1]
		for _, i := range list {
			if i < now {
				to = i
			}
		}
		if list[0] >= now {
			to = list[len(list)-1]
		}
	}
	r.visit(to)
	r.status(lang.L("Flip {{.I}} of {{.N}}. {{.What}}", map[string]any{"I": slices.Index(list, to) + 1, "N": len(list), "What": r.shown.flipped(to)}), false)
}

// weightText is a source's weight at a decision for the section: the number, and
// beside it where it began, whether a person set it, and the floor.
func weightText(s core.Source, d *core.Decision, fitted *core.Decision, pool core.Pool, start map[string]float64, floor float64, muted bool) (value, beside string, weight float64) {
	weight = pool.Weight[s]
	if d != nil {
		if w, ok := d.Weights[s.String()]; ok {
			weight = w
		}
	}
	value = fmt.Sprintf("%.2f", weight)
	here := ""
	if fitted != nil {
		if w, ok := fitted.Weights[s.String()]; ok {
			here = fmt.Sprintf("%.2f", w)
		}
	}
	var text []string
	switch {
	case muted:
		value = lang.L("off")
		if here != "" {
			text = append(text, lang.L("fitted {{.W}}", map[string]any{"W": here}))
		}
	case pool.Held[s]:
		text = append(text, lang.L("by hand"))
		if here != "" && here != value {
			text = append(text, lang.L("fitted {{.W}}", map[string]any{"W": here}))
		}
	default:
		if began, ok := start[s.String()]; ok && d != nil && fmt.Sprintf("%.2f", began) != value {
			text = append(text, lang.L("began at {{.W}}", map[string]any{"W": fmt.Sprintf("%.2f", began)}))
		}
	}
	text = append(text, lang.L("floor {{.F}}", map[string]any{"F": fmt.Sprintf("%.2g", floor)}))
	return value, strings.Join(text, " · "), weight
}

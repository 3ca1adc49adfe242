package replay

import (
	"fmt"
	"math"
	"slices"

	"fyne.io/fyne/v2/lang"

	core "onset/replay"
	"onset/views/trace"
)

// alignedS is how far apart two decisions may lie to be of the same onset.
const alignedS = 2.0

// pair is a decision and the one that another replay made of the same onset; -1
// stands for none.
type pair struct{ a, b int }

// align pairs the decisions of two replays of one session: those of the same
// labelled set, and others by the nearest onset.
func align(a, b []core.Decision) []pair {
	used := make([]bool, len(b))
	var out []pair
	for i, d := range a {
		best, gap := -1, alignedS
		for j, e := range b {
			if used[j] {
				continue
			}
			if d.Truth != "" && e.Truth == d.Truth && e.EndS == d.EndS {
				best = j
				break
			}
			if g := math.Abs(e.OnsetS - d.OnsetS); g < gap {
				best, gap = j, g
			}
		}
		if best >= 0 {
			used[best] = true
		}
		out = append(out, pair{i, best})
	}
	for j := range b {
		if !used[j] {
			out = append(out, pair{-1, j})
		}
	}
	at := func(p pair) float64 {
		if p.a >= 0 {
			return a[p.a].AtS
		}
		return b[p.b].AtS
	}
	slices.SortStableFunc(out, func(x, y pair) int { return compareFloat(at(x), at(y)) })
	return out
}

// differs says whether two replays answered otherwise.
func (r *replayed) differs(p pair) bool {
	if p.a < 0 || p.b < 0 {
		return true
	}
	return r.result.Decisions[p.a].Fused != r.other.Decisions[p.b].Fused
}

// differences lists when the two replays answer otherwise.
func (r *replayed) differences() (at []float64) {
	if r.other == nil {
		return nil
	}
	for _, p := range align(r.result.Decisions, r.other.Decisions) {
		switch {
		case !r.differs(p):
		case p.a >= 0:
			at = append(at, r.result.Decisions[p.a].AtS)
		default:
			at = append(at, r.other.Decisions[p.b].AtS)
		}
	}
	return at
}

// otherLane is what the other replay answered.
func (r *replayed) otherLane() trace.Lane {
	o := *r
	o.result, o.base = r.other, r.other
	spans := o.spans("other", func(d core.Decision) (string, float64) { return d.Fused, d.AtS }, trace.Solid)
	return trace.Lane{Name: lang.L("Fused, B"), Height: laneHeight + 2, Spans: spans}
}

// otherChoices are what the session can be replayed with beside: each model, and
// the same model with other settings.
func (r *Replay) otherChoices() (names []string, start []func() int) {
	add := func(name string, models []string, o core.Options) {
		names = append(names, name)
		start = append(start, func() int { return r.actions.Start(models, r.session, o) })
	}
	names, start = append(names, lang.L("nothing")), append(start, func() int { return 0 })
	at := core.AtDetected
	word := lang.L("the same, where movement begins")
	if r.at == core.AtDetected {
		at, word = core.AtLabel, lang.L("the same, at each label")
	}
	add(word, r.asked(), core.Options{At: at})
	add(lang.L("the same, nobody confirms"), r.asked(), core.Options{At: r.at, Unconfirmed: true})
	for _, m := range r.models {
		if m.ID != r.model {
			add(r.modelLine(m), []string{m.ID}, core.Options{At: r.at})
		}
	}
	return names, start
}

// pickedOther replays the session a second time.
func (r *Replay) pickedOther() {
	if r.filling || r.beside == nil {
		return
	}
	r.release()
	if r.otherJob != 0 {
		r.actions.Cancel(r.otherJob)
		r.otherJob = 0
	}
	i := r.beside.SelectedIndex()
	_, start := r.otherChoices()
	if i <= 0 || i >= len(start) {
		r.otherFrom = nil
		r.setOther(nil)
		return
	}
	r.otherSame = i <= sameChoices
	r.otherJob = start[i]()
}

// sameChoices are the first choices that replay with the same models.
const sameChoices = 2

// setOther shows another replay beside, or none.
func (r *Replay) setOther(v *core.Result) {
	if r.shown == nil {
		return
	}
	s := *r.shown
	s.other = v
	r.shown = &s
	r.trace.SetLanes(s.lanes())
	r.tellDifferences()
}

func (r *Replay) tellDifferences() {
	o := r.shown.other
	if o == nil {
		return
	}
	a, b := r.shown.result, o
	hand := ""
	if r.byHand() && !r.otherSame {
		hand = " " + lang.L("A has weights or a cost by hand, B the fitted ones.")
	} else if r.byHand() {
		hand = " " + lang.L("Both with the weights and the cost set by hand.")
	}
	r.status(lang.L("A and B answer otherwise at {{.N}} of {{.Of}} onsets; right: A {{.A}}, B {{.B}}. D goes to the next",
		map[string]any{"N": len(r.shown.differences()), "Of": len(align(a.Decisions, b.Decisions)), "A": rightOf(a), "B": rightOf(b)})+hand, false)
}

func rightOf(r *core.Result) string {
	right := 0
	for _, d := range r.Decisions {
		if d.Truth != "" && d.Fused == d.Truth {
			right++
		}
	}
	return fmt.Sprintf("%d/%d", right, r.N)
}

// nextDifference goes to the next moment at which A and B differ, round at the end.
func (r *Replay) nextDifference() {
	if r.shown == nil || r.shown.other == nil {
		r.status(lang.L("Choose what to compare with first"), false)
		return
	}
	list := r.shown.differences()
	if len(list) == 0 {
		r.status(lang.L("A and B answer alike everywhere"), false)
		return
	}
	now := r.player.position(r.actions.Now())
	at := list[0]
	for _, t := range list {
		if t > now+1e-3 {
			at = t
			break
		}
	}
	r.pause()
	r.seek(at)
	r.trace.Reveal(at-1, at)
}

// forgetOther drops the comparison when what is compared has changed.
func (r *Replay) forgetOther() {
	if r.otherJob != 0 {
		r.actions.Cancel(r.otherJob)
		r.otherJob = 0
	}
	r.otherFrom = nil
	if r.beside == nil {
		return
	}
	r.filling = true
	names, _ := r.otherChoices()
	r.beside.SetOptions(names)
	r.beside.SetSelectedIndex(0)
	r.filling = false
}

// refreshBeside offers what there is to compare with now; what is chosen stays.
func (r *Replay) refreshBeside() {
	if r.beside == nil {
		return
	}
	was := r.beside.Selected
	names, _ := r.otherChoices()
	r.filling = true
	r.beside.SetOptions(names)
	r.beside.SetSelectedIndex(max(0, slices.Index(names, was)))
	r.filling = false
}

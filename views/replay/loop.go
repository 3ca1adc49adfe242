package replay

import (
	"fyne.io/fyne/v2/lang"

	"onset/views/theme"
	"onset/views/trace"
	"onset/views/words"
)

// loopable is the shortest stretch that is played over and over, seconds.
const loopable = 0.2

// loopOver plays a stretch over and over.
func (r *Replay) loopOver(from, to float64) {
	if to-from < loopable {
		return
	}
	now := r.actions.Now()
	r.player.loop = [2]float64{from, to}
	r.player.seek(from, now)
	r.moved(from)
	r.showLoop()
	r.status(lang.L("Plays {{.From}} to {{.To}} over and over; L plays on", map[string]any{"From": words.Moment(from), "To": words.Moment(to)}), false)
}

// toggleLoop plays the set of the decision at the playhead over and over, or no
// longer.
func (r *Replay) toggleLoop() {
	if r.player.looping() {
		r.player.unloop(r.actions.Now())
		r.showLoop()
		r.status("", false)
		return
	}
	if r.shown == nil || r.current < 0 {
		r.status(lang.L("Draw a stretch with the right mouse button, or go to a decision first"), false)
		return
	}
	d := r.shown.result.Decisions[r.current]
	r.loopOver(d.OnsetS, max(d.EndS, d.AtS))
}

func (r *Replay) showLoop() {
	if !r.player.looping() {
		r.trace.SetMarks(nil)
		return
	}
	l := r.player.loop
	r.trace.SetMarks([]trace.Mark{{At: l[0], Length: l[1] - l[0], Tone: theme.Accent, Text: lang.L("loop")}})
}

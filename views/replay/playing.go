package replay

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"onset/views/room"
	"onset/views/words"
)

// packetS is how far one step goes: what a device sends at once.
const packetS = 1

// tick moves the playhead to where playback is now.
func (r *Replay) tick() {
	now := r.actions.Now()
	if !r.player.playing {
		return
	}
	if r.player.ended(now) {
		r.pause()
		return
	}
	r.moved(r.player.position(now))
}

// moved shows a moment: the playhead, the time, and the decision that stands.
func (r *Replay) moved(at float64) {
	r.trace.SetPlayhead(at, r.opened != nil)
	r.bar.setTime(at, r.player.length)
	if r.shown == nil {
		return
	}
	i := r.shown.decisionAt(at)
	if i == r.current {
		return
	}
	r.current = i
	r.panel.show(r.shown, i)
	if i >= 0 {
		d := r.shown.result.Decisions[i]
		r.trace.SetHighlight(d.OnsetS, d.AtS)
	} else {
		r.trace.SetHighlight(0, 0)
	}
}

// toggle plays or pauses.
func (r *Replay) toggle() {
	if r.player.playing {
		r.pause()
		return
	}
	if r.opened == nil {
		return
	}
	r.player.play(r.actions.Now())
	r.bar.setPlaying(true)
	r.animation.Start()
}

func (r *Replay) pause() {
	if r.player.playing {
		now := r.actions.Now()
		r.player.pause(now)
		r.animation.Stop()
		r.bar.setPlaying(false)
		r.moved(r.player.position(now))
	}
}

// seek goes to a moment.
func (r *Replay) seek(at float64) {
	r.player.seek(at, r.actions.Now())
	r.moved(r.player.position(r.actions.Now()))
}

// step goes n packets on, or back.
func (r *Replay) step(n int) {
	r.pause()
	r.seek(r.player.at + float64(n)*packetS)
	r.trace.Reveal(r.player.at, r.player.at)
}

// visit goes to decision i and shows its set.
func (r *Replay) visit(i int) {
	if r.shown == nil || i < 0 || i >= len(r.shown.result.Decisions) {
		return
	}
	r.pause()
	d := r.shown.result.Decisions[i]
	r.seek(d.AtS)
	r.trace.Reveal(d.OnsetS, d.AtS)
}

// show goes to a moment and brings it into view.
func (r *Replay) show(at float64) {
	r.pause()
	r.seek(at)
	r.trace.Reveal(at, at+1)
}

// checkRule holds the rule of the panel against the session.
func (r *Replay) checkRule() {
	if r.shown == nil {
		return
	}
	r.panel.rules.check(r.shown)
	s := *r.shown
	s.broken = r.panel.rules.spans()
	r.shown = &s
	r.trace.SetLanes(s.lanes())
}

// walk goes to the decision n further on.
func (r *Replay) walk(n int) {
	if r.shown != nil {
		r.visit(min(max(r.shown.decisionAt(r.player.position(r.actions.Now()))+n, 0), len(r.shown.result.Decisions)-1))
	}
}

// nextError goes to the next wrong decision.
func (r *Replay) nextError() {
	if r.shown == nil {
		return
	}
	i := r.shown.nextError(r.player.position(r.actions.Now()))
	if i < 0 {
		text := lang.L("No answer of this session is wrong")
		if n := unanswered(r.shown.result); n > 0 {
			text += lang.L("; {{.N}} unanswered", map[string]any{"N": n})
		}
		r.status(text, false)
		return
	}
	r.visit(i)
}

// pick goes to the decision whose span was clicked.
func (r *Replay) pick(id string) {
	lane, number, _ := strings.Cut(id, "/")
	if lane == "event" && r.shown != nil {
		if e, ok := r.shown.eventAt(id); ok {
			r.pause()
			r.seek(e.From)
			r.trace.Reveal(e.From, e.To)
			r.status(lang.L("{{.Kind}}: {{.From}} to {{.To}}", map[string]any{"Kind": words.Upper(eventWord(e.Kind)), "From": words.Moment(e.From), "To": words.Moment(e.To)}), false)
		}
		return
	}
	i, err := strconv.Atoi(number)
	if err != nil || r.shown == nil {
		return
	}
	switch lane {
	case "state", "truth":
	case "switch":
		if list := r.shown.result.Switches; i > 0 && i <= len(list) {
			r.show(list[i-1].AtS)
			r.status(list[i-1].Message, false)
		}
	case "rule":
		if f := r.panel.rules.found; i < len(f) {
			r.show(f[i].AtS)
		}
	case "other":
		if o := r.shown.other; o != nil && i < len(o.Decisions) {
			r.show(o.Decisions[i].AtS)
		}
	default:
		r.visit(i)
	}
}

func (r *Replay) speedBy(step int) {
	r.player.faster(step, r.actions.Now())
	r.bar.setSpeed(r.player.speed)
}

// key acts on a key and says whether it was one of the room's.
func (r *Replay) key(name fyne.KeyName) bool {
	switch name {
	case fyne.KeySpace:
		r.toggle()
	case fyne.KeyRight:
		r.step(1)
	case fyne.KeyLeft:
		r.step(-1)
	case fyne.KeyHome:
		r.seek(0)
	case fyne.KeyEnd:
		r.seek(r.player.length)
	case fyne.KeyEscape:
		if !r.onStudy {
			return false
		}
		r.showStudy(false)
	default:
		return false
	}
	return true
}

// rune acts on a letter and says whether it was one of the room's.
func (r *Replay) rune(c rune) bool {
	switch c {
	case ' ': // the key has acted already
	case 'e', 'E':
		r.nextError()
	case 'n', 'N':
		r.walk(1)
	case 'p', 'P':
		r.walk(-1)
	case 'f':
		r.nextFlip(1)
	case 'F':
		r.nextFlip(-1)
	case 'w', 'W':
		r.reset()
	case 'l', 'L':
		r.toggleLoop()
	case 'd', 'D':
		r.nextDifference()
	case '+':
		r.speedBy(1)
	case '-':
		r.speedBy(-1)
	default:
		return false
	}
	return true
}

// TypedKey implements room.KeyHandler: what the room has no use for goes to the
// trace.
func (r *Replay) TypedKey(e *fyne.KeyEvent) {
	if !r.key(e.Name) {
		r.trace.TypedKey(e)
	}
}

// TypedRune implements room.KeyHandler.
func (r *Replay) TypedRune(c rune) {
	if !r.rune(c) {
		r.trace.TypedRune(c)
	}
}

// Commands implements room.Commander.
func (r *Replay) Commands() []room.Command {
	return []room.Command{
		{ID: "replay.play", Name: lang.L("Play or pause"), Keys: "Space", Run: r.toggle},
		{ID: "replay.step", Name: lang.L("One packet on"), Keys: "Right", Run: func() { r.step(1) }},
		{ID: "replay.back", Name: lang.L("One packet back"), Keys: "Left", Run: func() { r.step(-1) }},
		{ID: "replay.error", Name: lang.L("Next error"), Keys: "E", Run: r.nextError},
		{ID: "replay.next", Name: lang.L("Next decision"), Keys: "N", Run: func() { r.walk(1) }},
		{ID: "replay.previous", Name: lang.L("Previous decision"), Keys: "P", Run: func() { r.walk(-1) }},
		{ID: "replay.flip", Name: lang.L("Next flipped decision"), Keys: "F", Run: func() { r.nextFlip(1) }},
		{ID: "replay.unflip", Name: lang.L("Previous flipped decision"), Keys: "Shift+F", Run: func() { r.nextFlip(-1) }},
		{ID: "replay.loop", Name: lang.L("Play this set over and over"), Keys: "L", Run: r.toggleLoop},
		{ID: "replay.difference", Name: lang.L("Next difference to what is beside"), Keys: "D", Run: r.nextDifference},
		{ID: "replay.study", Name: lang.L("What each source is worth (ablation)"), Run: func() { r.showStudy(!r.onStudy) }},
		{ID: "replay.athand", Name: lang.L("Replay with whichever sensors are at hand"), Run: r.replayAtHand},
		{ID: "replay.faster", Name: lang.L("Faster"), Keys: "+", Run: func() { r.speedBy(1) }},
		{ID: "replay.slower", Name: lang.L("Slower"), Keys: "-", Run: func() { r.speedBy(-1) }},
		{ID: "replay.start", Name: lang.L("To the beginning"), Keys: "Home", Run: func() { r.seek(0) }},
		{ID: "replay.end", Name: lang.L("To the end"), Keys: "End", Run: func() { r.seek(r.player.length) }},
		{ID: "replay.fit", Name: lang.L("Show the whole session"), Keys: "0", Run: r.trace.Fit},
		{ID: "replay.weights", Name: lang.L("Back to the fitted weights"), Keys: "W", Run: r.reset},
	}
}

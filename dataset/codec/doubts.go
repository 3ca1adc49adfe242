package codec

import (
	"fmt"
	"slices"
	"time"

	"onset/dataset"
)

// doubtClock says when a device's clock was plainly not set, or was set during the
// recording. Its times stay as it wrote them.
func (w *session) doubtClock() {
	note := func(format string, args ...any) {
		w.find(dataset.Finding{Kind: dataset.FindingClock, Sample: -1, Message: fmt.Sprintf(format, args...)})
	}
	if start := w.info.Start; !start.IsZero() && start.Year() <= 2000 {
		note("The device's clock says %s at the start: it was probably never set. Times are shown as the device wrote them; times from the session's start are right all the same.", start.Format("2 January 2006"))
	}
	if start := w.info.Start; start.After(time.Now().Add(24 * time.Hour)) {
		note("The device's clock says %s at the start, which is still to come: it was probably set wrong. Times are shown as the device wrote them; times from the session's start are right all the same.", start.Format("2 January 2006"))
	}
	for i, clock := range w.clocks {
		recorded := clock.Recorded(0, w.recordings[i].Samples)
		for _, g := range clock.Gaps() {
			told := func(f dataset.Finding) bool {
				return f.Kind == dataset.FindingClock && f.Sample == g.Sample && f.Recording == w.finished[i]
			}
			if jump := g.To - g.From; clockWasSet(jump, recorded) && !slices.ContainsFunc(w.reported, told) {
				note("The device's clock jumps ahead by %.1f days before sample %d of a recording of %s: it was more likely set then than still for so long. The length is what was recorded; the jump is kept, and no sample is lost or moved.", jump/86400, g.Sample+1, seconds(recorded))
				return
			}
		}
	}
}

// clockWasSet reports a jump ahead, in seconds, that is so much longer than what
// was recorded that the clock was more likely set than the device still.
func clockWasSet(jump, recorded float64) bool { return jump > 86400 && jump > 10*recorded }

// doubtGaps makes findings about the clock of gaps that are more likely a clock
// being set, and says so in place of how many samples such a pause would have held.
func doubtGaps(findings []dataset.Finding, clock dataset.Clock, samples int64) {
	recorded := clock.Recorded(0, samples)
	for i, f := range findings {
		if jump := f.LengthS; f.Kind == dataset.FindingGap && clockWasSet(jump, recorded) {
			findings[i].Kind, findings[i].LengthS = dataset.FindingClock, 0
			findings[i].Message = fmt.Sprintf("The device's clock jumps ahead by %.1f days before sample %d, where %s were recorded in all: a clock that was set rather than a pause. No sample is lost or moved.", jump/86400, f.Sample+1, seconds(recorded))
		}
	}
}

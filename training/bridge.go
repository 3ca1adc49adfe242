package training

import (
	"context"
	"math"
	"slices"

	"onset/dataset/signal"
)

// mostBridged is the share of a window that may be interpolated; one of which
// more is missing is unusable however short each gap is.
const mostBridged = 0.5

// Bridged counts what was interpolated where a window set allows it.
type Bridged struct {
	Windows int `json:"windows"` // windows that rest on a gap that was bridged
	Samples int `json:"samples"` // their instants that were interpolated
}

// walk is a window on its way over stretches and the gaps between them.
type walk struct {
	reader *Reader
	track  *track
	from   float64     // the window's start on the recording's clock
	next   int         // the first instant that is not made yet
	lead   int         // instants before the window that only the filter sees
	out    [][]float64 // [column][instant]
	made   []bool      // interpolated instants of the window
}

// bridge cuts a window that may reach over gaps of at most the contract's
// BridgeS. Each stretch is resampled by itself; instants between two stretches
// lie on the straight line from the last sample before the gap to the first one
// after it. A gap that the window ends in has nothing to be bridged to, and a
// clock that steps back is never bridged.
func (r *Reader) bridge(ctx context.Context, t *track, m Moment) (out [][]float64, lead int, made []bool, err error) {
	from, i, ok := t.begin(m)
	if !ok {
		return nil, 0, nil, ErrGap
	}
	w := &walk{reader: r, track: t, from: from, out: make([][]float64, len(t.columns)), made: make([]bool, r.contract.Samples)}
	for ; ; i++ {
		if err := w.over(ctx, i); err != nil {
			return nil, 0, nil, err
		}
		if w.next == r.contract.Samples {
			return w.out, w.lead, w.made, nil
		}
		if i+1 == len(t.stretches) {
			return nil, 0, nil, ErrOutside
		}
		if err := w.across(ctx, i); err != nil {
			return nil, 0, nil, err
		}
	}
}

// at is the time of an instant of the window; Samples is its end.
func (w *walk) at(k int) float64 { return w.from + float64(k)/w.reader.contract.RateHz }

// until counts the instants from next on that lie at or before a time.
func (w *walk) until(end float64) int {
	k := w.next
	for k < len(w.made) && w.at(k) <= end {
		k++
	}
	return k - w.next
}

// over resamples the instants inside a stretch.
func (w *walk) over(ctx context.Context, i int) error {
	s, clock := w.track.stretches[i], w.track.recording.Clock
	end := clock.Time(s[1]-1) + 1e-9
	if i+1 == len(w.track.stretches) {
		end += 0.5 / segmentAt(clock, s[1]-1).Rate // the last sample stands for half a period more
	}
	n := w.until(end)
	if n == 0 {
		return nil
	}
	pos := w.track.positionIn(s, w.at(w.next))
	step := segmentAt(clock, int64(pos)).Rate / w.reader.contract.RateHz
	lead := 0
	if w.next == 0 {
		lead = w.reader.lead(pos, step, s)
		w.lead = lead
	}
	part, filled, err := w.reader.piece(ctx, w.track, s, pos-float64(lead)*step, step, lead+n)
	if err != nil {
		return err
	}
	for c := range w.out {
		w.out[c] = append(w.out[c], part[c]...)
	}
	if filled != nil {
		copy(w.made[w.next:], filled[lead:])
	}
	w.next += n
	return nil
}

// across draws the instants between a stretch and the next.
func (w *walk) across(ctx context.Context, i int) error {
	clock := w.track.recording.Clock
	before, after := w.track.stretches[i][1]-1, w.track.stretches[i+1][0]
	a, b := clock.Time(before), clock.Time(after)
	hole := b - a - 1/segmentAt(clock, before).Rate
	if hole < 0 || segmentAt(clock, after).Back > 0 || hole > w.reader.contract.BridgeS+1e-6 || b > w.at(len(w.made))-1e-9 {
		return ErrGap
	}
	n := w.until(b - 1e-9)
	share := func(k int) float64 { return (w.at(w.next+k) - a) / (b - a) }
	if err := w.reader.line(ctx, w.track, before, after, w.out, share, n); err != nil {
		return err
	}
	for range n {
		w.made[w.next] = true
		w.next++
	}
	return nil
}

// begin is a moment's time on the recording's clock and the stretch that holds
// it or ends before it.
func (t *track) begin(m Moment) (at float64, stretch int, ok bool) {
	clock := t.recording.Clock
	if m.names(t.recording.ID) {
		s, ok := t.stretchOf(m.Sample)
		seg := segmentAt(clock, int64(max(m.Sample, 0)))
		return seg.Start + (m.Sample-float64(seg.First))/seg.Rate, slices.Index(t.stretches, s), ok
	}
	for i, s := range t.stretches {
		half := 0.5 / segmentAt(clock, s[0]).Rate
		switch {
		case m.Seconds > clock.Time(s[1]-1)+half:
			stretch = i
		case m.Seconds >= clock.Time(s[0])-half:
			return m.Seconds, i, true
		default:
			return m.Seconds, stretch, i > 0
		}
	}
	return m.Seconds, 0, false
}

// positionIn is the fractional sample of a time within a stretch.
func (t *track) positionIn(stretch [2]int64, at float64) float64 {
	seg := segmentAt(t.recording.Clock, stretch[0])
	for _, s := range t.recording.Clock.Segments {
		if s.First > stretch[0] && s.First < stretch[1] && s.Start <= at {
			seg = s
		}
	}
	return float64(seg.First) + (at-seg.Start)*seg.Rate
}

// line appends n instants between samples a and b of a track's columns; share
// says how far from a to b each lies.
func (r *Reader) line(ctx context.Context, t *track, a, b int64, out [][]float64, share func(int) float64, n int) error {
	before, err := t.read(ctx, r.store, a, a+1)
	if err != nil {
		return err
	}
	ends := make([]float64, len(before))
	for c := range before {
		ends[c] = before[c][0]
	}
	after, err := t.read(ctx, r.store, b, b+1)
	if err != nil {
		return err
	}
	for c := range out {
		if math.IsNaN(ends[c]) || math.IsNaN(after[c][0]) {
			return ErrNotANum
		}
		for k := range n {
			out[c] = append(out[c], ends[c]+share(k)*(after[c][0]-ends[c]))
		}
	}
	return nil
}

// piece resamples n instants that begin at a position of one stretch, step
// samples apart, [column][instant], in the stored unit. made tells the instants
// that rest on bridged samples; nil when none does.
func (r *Reader) piece(ctx context.Context, t *track, stretch [2]int64, start, step float64, n int) (out [][]float64, made []bool, err error) {
	g := signal.Grid{Step: step, N: n}
	lo := max(int64(math.Floor(start))-int64(g.Margin()), stretch[0])
	hi := max(min(int64(math.Ceil(start+float64(n)*step-1e-6)), stretch[1]), lo+1)
	raw, err := t.read(ctx, r.store, lo, hi)
	if err != nil {
		return nil, nil, err
	}
	raw, filled, cut, err := r.fill(t, raw, lo, int(math.Floor(start))-int(lo))
	if err != nil {
		return nil, nil, err
	}
	g.First = start - float64(lo) - float64(cut)
	if filled != nil {
		made = make([]bool, n)
		for k := range made {
			at := min(max(g.First+float64(k)*step, 0), float64(len(filled)-1))
			made[k] = filled[int(math.Floor(at))] || filled[int(math.Ceil(at))]
		}
	}
	return signal.Resample(raw, g), made, nil
}

// fill draws straight lines over short runs of missing samples, where the
// contract allows it. A run in front of the first needed sample, which only the
// reach of the resampling kernel touches, is cut off instead. It returns the
// columns, which samples were filled (nil for none) and how many were cut.
func (r *Reader) fill(t *track, raw [][]float64, lo int64, needed int) (columns [][]float64, filled []bool, cut int, err error) {
	longest := int(r.contract.BridgeS*segmentAt(t.recording.Clock, lo).Rate + 1e-6)
	for _, x := range raw {
		lead := 0
		for lead < len(x) && math.IsNaN(x[lead]) {
			lead++
		}
		cut = max(cut, lead)
	}
	if cut > 0 && (longest == 0 || cut > needed) {
		return nil, nil, 0, ErrNotANum
	}
	for _, x := range raw {
		x = x[cut:]
		runs := missing(x)
		for _, run := range runs {
			if run[0] == 0 || run[1] == len(x) || run[1]-run[0] > longest {
				return nil, nil, 0, ErrNotANum
			}
		}
		if len(runs) > 0 {
			x = slices.Clone(x) // what was read stays as it was
			if filled == nil {
				filled = make([]bool, len(x))
			}
		}
		for _, run := range runs {
			a, b := x[run[0]-1], x[run[1]]
			for i := run[0]; i < run[1]; i++ {
				x[i] = a + (b-a)*float64(i-run[0]+1)/float64(run[1]-run[0]+1)
				filled[i] = true
			}
		}
		columns = append(columns, x)
	}
	return columns, filled, cut, nil
}

// missing lists the runs [from, to) of x that are no numbers.
func missing(x []float64) (runs [][2]int) {
	for i := 0; i < len(x); i++ {
		if !math.IsNaN(x[i]) {
			continue
		}
		from := i
		for i < len(x) && math.IsNaN(x[i]) {
			i++
		}
		runs = append(runs, [2]int{from, i})
	}
	return runs
}

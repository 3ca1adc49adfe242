// Package trace is the one instrument for looking at recordings: stacked tracks
// over a shared time axis, an overview of the whole session, lanes of labels or
// decisions, gaps, findings, a cursor that reads out every channel, and a
// playhead. The library shows a small still one, labelling and replay a whole
// one.
//
// Samples are drawn by package kernel into one picture a track; labels, cursor,
// selection and playhead are objects above the pictures, so that moving them
// draws no sample again. A new view is drawn at once from the min/max pyramids;
// samples that are close enough to be seen one by one are read away from the
// interface goroutine and swapped in.
//
// All methods must be called on the interface goroutine.
package trace

import (
	"context"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"onset/dataset"
	"onset/dataset/pyramid"
	"onset/views/trace/kernel"
)

// View is the visible stretch of the session's timeline in seconds.
type View = kernel.View

// Series is one channel's samples. Pyramid and Samples may block: the trace
// calls them away from the interface goroutine, from one goroutine at a time.
type Series interface {
	Clock() dataset.Clock
	Len() int64
	Pyramid(ctx context.Context) (*pyramid.Pyramid, error)
	// Samples reads from sample first on into dst and returns how many there were.
	Samples(ctx context.Context, first int64, dst []float64) (int, error)
}

// Detailer is a Series whose Pyramid may be coarse. Detail reads the ranges from
// buckets of 16 samples on around samples [first, last); sample 0 of the pyramid
// is the series' sample from. It may block.
type Detailer interface {
	Detail(ctx context.Context, first, last int64) (p *pyramid.Pyramid, from int64, err error)
}

// Channel is one line of a track.
type Channel struct {
	Name   string // as shown, such as "x"
	Axis   string // "x", "y" or "z" give the colour; anything else shares one
	Series Series
	Hidden bool
}

// Track is one axis with the channels on it. All of them share a clock.
type Track struct {
	ID       string // stays the same while the session is open
	Name     string // such as "Left wrist, accelerometer"
	Unit     string // such as "g"
	Channels []Channel
	// Lo and Hi fix the values at the edges; both 0 takes the whole recording's range.
	Lo, Hi float64
	// Weight is the track's share of the height; 0 means 1.
	Weight float32
}

// Look is how a span is drawn in its lane.
type Look int

// Looks.
const (
	Solid   Look = iota // certain, or a person's own
	Faded               // of second rank
	Outline             // a suggestion
	Weak                // a suggestion of low confidence: dashed and hatched
)

// Span is a label, a suggestion or a decision.
type Span struct {
	ID         string
	Start, End float64 // seconds; equal for an instant
	SetupEnd   float64 // end of the setup window at its start; 0 for none
	Text       string
	Color      color.NRGBA
	Look       Look
	Wrong      bool // dashed in the error colour and crossed; from afar a tick under the lane
	Flag       bool // a corner turned down: it is not as it was
	Selected   bool
	Movable    bool // edges and whole can be dragged

	row int // in its lane, where spans overlap
}

// Lane is a row of spans under the tracks.
type Lane struct {
	Name   string // shown in the margin; may be empty
	Height float32
	Spans  []Span // sorted by Start
	// Longest is a length in seconds that no span exceeds, so that those in view
	// are found at once among thousands; 0 where it is not known.
	Longest float64
	// Bands shows the spans over the tracks too.
	Bands bool

	rows int // that the spans are dealt to; 0 counts as 1
}

// Mark is a finding or an event at a moment of the session.
type Mark struct {
	At, Length float64
	Tone       fyne.ThemeColorName
	Text       string
}

// Config is what a trace is made with. Every function may be nil.
type Config struct {
	// Still makes a small picture without margin, axes, overview and input, as
	// for a preview.
	Still bool
	// NoOverview leaves out the strip of the whole session.
	NoOverview bool

	OnView   func(View)      // the view changed
	OnCursor func(t float64) // the cursor moved
	// OnClick is a click on nothing, at a moment.
	OnClick func(t float64)
	// OnPick is a click on a span; extend with Ctrl or Shift.
	OnPick func(id string, modifiers fyne.KeyModifier)
	// OnOpen is a double click on a span.
	OnOpen func(id string)
	// OnDraw is a new span drawn with the mouse; it begins where it ends when no
	// sample lies in it.
	OnDraw func(start, end float64)
	// OnMove is a span dragged by an edge or whole, once it is let go.
	OnMove func(id string, start, end float64)
	// Snap moves a dragged moment to where it may lie; free asks for the
	// nearest sample only.
	Snap func(t float64, free bool) float64
	// OnKey and OnRune see keys before the trace does; true keeps them from it.
	OnKey      func(key *fyne.KeyEvent, modifiers fyne.KeyModifier) bool
	OnRune     func(r rune) bool
	OnShortcut func(s fyne.Shortcut) bool
	// OnKeyDown is the first press of a key and OnKeyUp its release, nil for every
	// key's; what a held key repeats comes by OnKey and OnRune.
	OnKeyDown, OnKeyUp func(key *fyne.KeyEvent)
	// OnStep is told where a key has brought the cursor.
	OnStep func(t float64)
	// OnError is told when samples could not be read.
	OnError func(error)

	// Background runs slow work, Do brings results to the interface goroutine,
	// Modifiers says which modifier keys are down; nil takes the toolkit's.
	Background func(func())
	Do         func(func())
	Modifiers  func() fyne.KeyModifier
}

// Trace is the widget. Make it with New.
type Trace struct {
	widget.BaseWidget
	cfg Config

	tracks []*track
	lanes  []Lane
	// firstLane is the first that a person scrolled to of the lanes that can be.
	firstLane int
	frames    frames
	marks     []Mark
	whole     View // of the session, from its earliest sample
	view      View
	past      kernel.History

	cursor     float64
	hasCursor  bool
	playhead   float64
	playing    bool
	glow       View // highlighted stretch; empty when not valid
	armed      *color.NRGBA
	hand       hand
	loader     *loader
	probe      *probe
	draw       *renderer
	focused    bool
	overviewed int // index of the track that the overview shows
	hover      fyne.Position
	scrolling  bool // the last change of view was a step of the wheel
}

// New is an empty trace.
func New(cfg Config) *Trace {
	if cfg.Background == nil {
		cfg.Background = func(work func()) { go work() }
	}
	if cfg.Do == nil {
		cfg.Do = fyne.Do
	}
	if cfg.Modifiers == nil {
		cfg.Modifiers = driverModifiers
	}
	t := &Trace{cfg: cfg, view: View{Start: 0, End: 1}, whole: View{Start: 0, End: 1}}
	t.loader = newLoader(t)
	t.probe = newProbe(t)
	t.ExtendBaseWidget(t)
	return t
}

// SetTracks shows tracks of a session that is length seconds long. The view
// becomes the whole session, from before its start where a device is aligned so. Work under way for earlier tracks is dropped.
func (t *Trace) SetTracks(tracks []Track, length float64) {
	t.loader.reset()
	t.probe.reset()
	t.tracks = t.tracks[:0:0]
	for _, given := range tracks {
		t.tracks = append(t.tracks, newTrack(given))
	}
	t.whole = View{Start: earliest(tracks), End: max(length, 1e-3)}
	t.view = t.whole
	t.past = kernel.History{}
	t.past.Push(t.view)
	t.hasCursor, t.glow, t.hand = false, View{}, hand{}
	t.overviewed = 0
	t.loader.want()
	t.Refresh()
}

// earliest is the time of the first sample that any of tracks has, at most 0.
func earliest(tracks []Track) float64 {
	at := 0.0
	for _, k := range tracks {
		for _, c := range k.Channels {
			at = min(at, c.Series.Clock().Time(0))
		}
	}
	return at
}

// Tracks is what is shown, in order, with changes made since.
func (t *Trace) Tracks() []Track {
	out := make([]Track, len(t.tracks))
	for i, k := range t.tracks {
		out[i] = k.Track
	}
	return out
}

// ArrangeTracks shows the same series in another way: other order, channels
// hidden, another range. Tracks are told apart by ID; what has been read stays.
func (t *Trace) ArrangeTracks(tracks []Track) {
	old := map[string]*track{}
	for _, k := range t.tracks {
		old[k.ID] = k
	}
	t.tracks = t.tracks[:0:0]
	for _, given := range tracks {
		k, known := old[given.ID]
		if !known || len(k.held) != len(given.Channels) {
			k = newTrack(given)
		}
		// The same object, so that a reading under way finds its track.
		k.Track = given
		k.version++
		t.tracks = append(t.tracks, k)
	}
	t.overviewed = 0
	t.loader.want()
	t.Refresh()
	if t.hasCursor { // another sample may lie under it now
		t.probe.want()
	}
}

// SetLanes shows lanes of spans. Only positions and texts change: no sample is
// drawn again unless the lanes need another height.
func (t *Trace) SetLanes(lanes []Lane) {
	relayout := len(lanes) != len(t.lanes)
	for i := range lanes {
		if lanes[i].Height == 0 {
			lanes[i].Height = laneHeight
		}
		lanes[i].deal()
		relayout = relayout || lanes[i].Height != t.lanes[i].Height || lanes[i].Name != t.lanes[i].Name
	}
	t.lanes = lanes
	if t.draw == nil {
		return
	}
	if relayout {
		t.draw.Layout(t.Size())
	}
	t.draw.placeSpans()
}

// SetMarks shows findings and events.
func (t *Trace) SetMarks(marks []Mark) {
	t.marks = marks
	if t.draw != nil {
		t.draw.placeMarks()
	}
}

// SetPlayhead shows the playhead at a moment, or hides it. The view follows
// when it leaves the right edge.
func (t *Trace) SetPlayhead(at float64, shown bool) {
	t.playhead, t.playing = at, shown
	if shown && (at < t.view.Start || at > t.view.End) {
		span := t.view.Span()
		t.show(View{Start: at - span/10, End: at + span*9/10})
	}
	if t.draw != nil {
		t.draw.placePlayhead()
	}
}

// SetHighlight lays a tint over a stretch, such as the second that a decision
// saw; an empty stretch removes it.
func (t *Trace) SetHighlight(from, to float64) {
	t.glow = View{Start: from, End: to}
	if t.draw != nil {
		t.draw.placePlayhead()
	}
}

// SetArmed makes a drag over the tracks draw a span of a colour; nil makes it
// pan again.
func (t *Trace) SetArmed(c *color.NRGBA) { t.armed = c }

// Length is the session's length in seconds.
func (t *Trace) Length() float64 { return t.whole.End }

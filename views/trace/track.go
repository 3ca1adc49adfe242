package trace

import (
	"image"
	"math"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"onset/dataset/pyramid"
	"onset/views/theme"
	"onset/views/trace/kernel"
)

// held is what has been read of one channel.
type held struct {
	pyramid *pyramid.Pyramid
	// detail has the fine ranges of a stretch where pyramid is coarse.
	detail      *pyramid.Pyramid
	detailFirst int64
	raw         []float64
	rawFirst    int64
	err         error
}

// track is a Track with what has been read and drawn of it.
type track struct {
	Track
	held    []held // one for each channel
	version int    // counts changes of what a picture shows
	picture picture
	zoom    float64 // of the values: 1 is the whole range
	values  []string
}

func newTrack(given Track) *track {
	k := &track{Track: given, held: make([]held, len(given.Channels)), zoom: 1}
	k.values = make([]string, len(given.Channels))
	return k
}

// picture is the last drawing of a track, kept so that the toolkit can ask for
// it again without cost.
type picture struct {
	img    *image.RGBA
	raster kernel.Rasterizer
	key    pictureKey
}

type pictureKey struct {
	view    View
	w, h    int
	version int
	dark    bool
	lo, hi  float64
}

// bounds are the values at the lower and upper edge.
func (k *track) bounds() (lo, hi float64) {
	lo, hi = k.Lo, k.Hi
	if lo == 0 && hi == 0 {
		lo, hi = math.Inf(1), math.Inf(-1)
		for i, h := range k.held {
			if l, u, ok := h.pyramid.Range(); ok && !k.Channels[i].Hidden {
				lo, hi = min(lo, float64(l)), max(hi, float64(u))
			}
		}
		lo, hi = max(lo, -1e30), min(hi, 1e30)
		if !(lo <= hi) {
			lo, hi = -1, 1
		}
		pad := (hi - lo) * 0.06
		if pad == 0 {
			pad = max(math.Abs(hi)*0.1, 0.5)
		}
		lo, hi = lo-pad, hi+pad
	}
	mid := (lo + hi) / 2
	return mid - (mid-lo)*k.zoom, mid + (hi-mid)*k.zoom
}

// valueTicks are round values that have a line and whose text fits a track of a
// height: two at least where there is room for them, for one alone tells no scale.
func valueTicks(lo, hi float64, height float32) []kernel.Tick {
	edge := (hi - lo) * float64(theme.TextSmall*0.7/max(height, 1))
	// Between the widest step that always leaves two values, (height − 1.4 texts) / 2,
	// and 1.05 texts lies a round step at any height from 75 on: round steps grow by
	// 2.5 times at most.
	var fit []kernel.Tick
	few := max(int(height/48), 2)
	for n := few; n <= few+10 && len(fit) < 2; n++ {
		all := kernel.ValueTicks(lo, hi, n)
		if len(all) > 1 && float32((all[1].At-all[0].At)/(hi-lo))*height < theme.TextSmall*1.05 {
			break
		}
		fit = slices.DeleteFunc(all, func(k kernel.Tick) bool { return k.At < lo+edge || k.At > hi-edge })
	}
	return fit
}

func (k *track) scene(scale float64, height float32) kernel.Scene {
	s := kernel.Scene{
		Scale: scale,
		Back:  theme.Color(theme.Ground), Grid: theme.Color(theme.Grid), Hatch: theme.Color(theme.Hatch),
		Seam: theme.Color(theme.Warning),
	}
	s.Lo, s.Hi = k.bounds()
	for _, g := range valueTicks(s.Lo, s.Hi, height) {
		s.Guides = append(s.Guides, g.At)
	}
	for i, ch := range k.Channels {
		if s.Samples == 0 {
			s.Clock, s.Samples = ch.Series.Clock(), ch.Series.Len()
		}
		if ch.Hidden {
			continue
		}
		h := k.held[i]
		s.Lines = append(s.Lines, kernel.Line{
			Color: theme.Color(theme.Axis(ch.Axis)), Pyramid: h.pyramid,
			Detail: h.detail, DetailFirst: h.detailFirst, Raw: h.raw, RawFirst: h.rawFirst,
		})
	}
	return s
}

// generate is the picture of w by h screen pixels; the last one when nothing changed.
func (t *Trace) generate(k *track, p *picture, v View, height float32, w, h int) image.Image {
	key := pictureKey{view: v, w: w, h: h, version: k.version, dark: theme.IsDark()}
	key.lo, key.hi = k.bounds()
	if p.img != nil && p.key == key {
		return p.img
	}
	if p.img == nil || p.img.Rect.Dx() != w || p.img.Rect.Dy() != h {
		p.img = image.NewRGBA(image.Rect(0, 0, w, h))
	}
	scale := 1.0
	if height > 0 {
		scale = float64(h) / float64(height)
	}
	start := time.Now()
	defer func() { t.frames.add(time.Since(start)) }()
	p.raster.Draw(p.img, v, k.scene(scale, height))
	p.key = key
	return p.img
}

// trackObjects are the objects that show one track.
type trackObjects struct {
	raster *canvas.Raster
	plate  *canvas.Rectangle // behind the title, so that it is read over any signal
	title  *canvas.Text
	names  []*canvas.Text // of the channels, each in its colour
	ticks  pool[*canvas.Text]
	rule   *canvas.Rectangle
	box    *canvas.Rectangle // readout
	said   []*canvas.Text
}

func (t *Trace) newTrackObjects(k *track) *trackObjects {
	o := &trackObjects{
		plate: canvas.NewRectangle(theme.Color(theme.Ground)),
		title: canvas.NewText("", theme.Color(theme.Muted)),
		rule:  canvas.NewRectangle(theme.Color(theme.Line)),
		box:   canvas.NewRectangle(theme.Color(theme.Panel)),
		ticks: pool[*canvas.Text]{make: newTickText},
	}
	o.raster = canvas.NewRaster(func(w, h int) image.Image {
		return t.generate(k, &k.picture, t.view, o.raster.Size().Height, w, h)
	})
	for range k.Channels {
		o.names = append(o.names, canvas.NewText("", theme.Color(theme.Text)))
	}
	for range len(k.Channels) + 1 {
		o.said = append(o.said, canvas.NewText("", theme.Color(theme.Text)))
	}
	return o
}

func newTickText() *canvas.Text {
	text := canvas.NewText("", theme.Color(theme.Muted))
	text.TextSize = theme.TextSmall
	return text
}

// pool hands out objects again instead of making new ones.
type pool[T fyne.CanvasObject] struct {
	make  func() T
	items []T
	used  int
}

func (p *pool[T]) begin() { p.used = 0 }

func (p *pool[T]) next() T {
	if p.used == len(p.items) {
		p.items = append(p.items, p.make())
	}
	item := p.items[p.used]
	p.used++
	if !item.Visible() {
		item.Show()
	}
	return item
}

// end hides what was not used.
func (p *pool[T]) end() {
	for _, item := range p.items[p.used:] {
		if item.Visible() {
			item.Hide()
		}
	}
}

func (p *pool[T]) objects(into []fyne.CanvasObject) []fyne.CanvasObject {
	for _, item := range p.items {
		into = append(into, item)
	}
	return into
}

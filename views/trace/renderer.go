package trace

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"onset/views/theme"
	"onset/views/trace/kernel"
)

// renderer owns the objects. Each place method moves one kind of them and
// touches nothing else.
type renderer struct {
	t    *Trace
	size fyne.Size
	geo  geometry

	ground, ring *canvas.Rectangle
	tracks       []*trackObjects
	of           []*track // the tracks that the objects were made for

	overview     *canvas.Raster
	overPicture  picture
	overLeft     *canvas.Rectangle // what of the session is not in view
	overRight    *canvas.Rectangle
	overWindow   *canvas.Rectangle
	lanes        *canvas.Raster
	lanePicture  *image.RGBA
	blocks       []kernel.Block // of the lanes, kept for the next picture
	laneRule     *canvas.Rectangle
	laneNames    pool[*canvas.Text]
	laneTexts    pool[*canvas.Text]
	lanePlates   pool[*canvas.Rectangle] // behind texts on hatching
	bands        pool[*canvas.Rectangle]
	axisRule     *canvas.Rectangle
	ticks        pool[*canvas.Text]
	tickLines    pool[*canvas.Rectangle]
	marks        pool[*canvas.Rectangle]
	drawn        *canvas.Rectangle // the span being drawn
	glow, head   *canvas.Rectangle
	cursor       *canvas.Rectangle
	cursorGround *canvas.Rectangle
	cursorText   *canvas.Text
	markText     pool[*canvas.Text]
	markGround   *canvas.Rectangle

	list []fyne.CanvasObject
}

// CreateRenderer is for the toolkit.
func (t *Trace) CreateRenderer() fyne.WidgetRenderer {
	rect := func() *canvas.Rectangle { return canvas.NewRectangle(color.Transparent) }
	text := func() *canvas.Text { return newTickText() }
	r := &renderer{
		t: t, ground: rect(), ring: rect(),
		overLeft: rect(), overRight: rect(), overWindow: rect(),
		laneRule: rect(), axisRule: rect(), drawn: rect(), glow: rect(), head: rect(),
		cursor: rect(), cursorGround: rect(), cursorText: text(), markText: pool[*canvas.Text]{make: text}, markGround: rect(),
		laneNames: pool[*canvas.Text]{make: text}, laneTexts: pool[*canvas.Text]{make: text},
		lanePlates: pool[*canvas.Rectangle]{make: rect},
		bands:      pool[*canvas.Rectangle]{make: rect}, ticks: pool[*canvas.Text]{make: text},
		tickLines: pool[*canvas.Rectangle]{make: rect}, marks: pool[*canvas.Rectangle]{make: rect},
	}
	r.overview = canvas.NewRaster(r.generateOverview)
	r.lanes = canvas.NewRaster(r.generateLanes)
	r.drawn.Hide()
	t.draw = r
	r.Refresh()
	return r
}

func (r *renderer) generateOverview(w, h int) image.Image {
	if len(r.t.tracks) == 0 {
		return image.NewRGBA(image.Rect(0, 0, w, h))
	}
	k := r.t.tracks[min(r.t.overviewed, len(r.t.tracks)-1)]
	whole := r.t.whole
	// A small picture has no room for guides.
	return r.t.generate(k, &r.overPicture, whole, 0, w, h)
}

// Refresh takes everything anew: the theme or the tracks may have changed.
func (r *renderer) Refresh() {
	if !r.sameTracks() {
		r.tracks = r.tracks[:0]
		for _, k := range r.t.tracks {
			r.tracks = append(r.tracks, r.t.newTrackObjects(k))
		}
		r.of = append(r.of[:0], r.t.tracks...)
		r.overPicture = picture{}
	}
	r.recolor()
	r.Layout(r.t.Size())
	for _, o := range r.tracks {
		o.raster.Refresh()
	}
	r.overview.Refresh()
	r.lanes.Refresh()
	canvas.Refresh(r.ground)
}

func (r *renderer) sameTracks() bool {
	if len(r.of) != len(r.t.tracks) {
		return false
	}
	for i := range r.of {
		if r.of[i] != r.t.tracks[i] {
			return false
		}
	}
	return true
}

func (r *renderer) recolor() {
	r.ground.FillColor = theme.Color(theme.Ground)
	r.ring.FillColor = color.Transparent
	line := theme.Color(theme.Line)
	r.laneRule.FillColor, r.axisRule.FillColor = line, line
	shade := theme.Fade(theme.Color(theme.Ground), 0.62)
	r.overLeft.FillColor, r.overRight.FillColor = shade, shade
	r.overWindow.FillColor = theme.Fade(theme.Color(theme.Accent), 0.10)
	r.overWindow.StrokeColor, r.overWindow.StrokeWidth = theme.Color(theme.Accent), 1
	r.overWindow.CornerRadius = 2
	r.head.FillColor = theme.Color(theme.Accent)
	r.glow.FillColor = theme.Fade(theme.Color(theme.Accent), 0.25)
	r.cursor.FillColor = theme.Color(theme.Cursor)
	r.cursorGround.FillColor = theme.Color(theme.Raised)
	r.cursorGround.CornerRadius = theme.RadiusSmall
	r.cursorText.Color = theme.Color(theme.Text)
	r.markGround.FillColor, r.markGround.CornerRadius = theme.Color(theme.Panel), theme.RadiusSmall
	r.markGround.StrokeColor, r.markGround.StrokeWidth = line, 1
	for _, o := range r.tracks {
		o.title.Color, o.rule.FillColor = theme.Color(theme.Muted), line
		o.plate.FillColor, o.plate.CornerRadius = theme.Fade(theme.Color(theme.Ground), 0.82), theme.RadiusSmall
		o.box.FillColor, o.box.StrokeColor, o.box.StrokeWidth = theme.Fade(theme.Color(theme.Panel), 0.92), line, 1
		o.box.CornerRadius = theme.RadiusSmall
	}
}

// MinSize is for the toolkit.
func (r *renderer) MinSize() fyne.Size { return r.t.leastSize() }

// Layout is for the toolkit.
func (r *renderer) Layout(size fyne.Size) {
	r.size = size
	r.geo = r.t.measure(size)
	g := &r.geo
	place(r.ground, box{0, 0, size.Width, size.Height})
	place(r.ring, box{0, 0, size.Width, size.Height})
	r.placeTracks()
	show(!r.t.cfg.Still && !r.t.cfg.NoOverview && len(r.t.tracks) > 0, r.overview, r.overLeft, r.overRight, r.overWindow)
	place(r.overview, g.overview)
	show(g.laneArea.h > 0, r.lanes, r.laneRule)
	place(r.lanes, g.laneArea)
	place(r.laneRule, box{0, g.laneArea.y, size.Width, 1})
	show(!r.t.cfg.Still, r.axisRule)
	place(r.axisRule, box{0, g.axis.y, size.Width, 1})
	r.placeLaneNames()
	r.placeView()
	r.placeFocus()
	r.t.loader.want()
}

// placeView moves everything that hangs on the view.
func (r *renderer) placeView() {
	r.placeOverview()
	r.placeTicks()
	r.placeSpans()
	r.placeMarks()
	r.placePlayhead()
	r.placeCursor()
}

// viewChanged draws the tracks and moves the rest.
func (r *renderer) viewChanged() {
	r.t.frames.next()
	for _, o := range r.tracks {
		o.raster.Refresh()
	}
	r.placeView()
}

// loaded draws the tracks that have something new.
func (r *renderer) loaded(changed map[*track]bool, pyramids bool) {
	for i, k := range r.of {
		if changed[k] {
			r.tracks[i].raster.Refresh()
		}
	}
	if pyramids {
		r.overview.Refresh()
		r.placeTracks() // ranges are known now
	}
	r.placeCursor()
}

func (r *renderer) placeOverview() {
	if !r.overWindow.Visible() {
		return
	}
	o := r.geo.overview
	x := func(at float64) float32 { return o.x + float32(r.t.whole.X(at, float64(o.w))) }
	x0, x1 := x(r.t.view.Start), x(r.t.view.End)
	x1 = max(x1, x0+3)
	place(r.overLeft, box{o.x, o.y, x0 - o.x, o.h})
	place(r.overRight, box{x1, o.y, max(o.right()-x1, 0), o.h})
	place(r.overWindow, box{x0, o.y, x1 - x0, o.h})
}

func (r *renderer) placeTicks() {
	r.ticks.begin()
	r.tickLines.begin()
	g := &r.geo
	if !r.t.cfg.Still && g.axis.w > 1 {
		for _, tick := range kernel.TimeTicks(r.t.view, max(int(g.axis.w/90), 2)) {
			x := g.xOf(r.t.view, tick.At)
			line := r.tickLines.next()
			line.FillColor = theme.Color(theme.Line)
			place(line, box{x, g.axis.y, 1, 4})
			text := r.ticks.next()
			setText(text, tick.Text, theme.Color(theme.Muted))
			m := text.MinSize()
			left := min(max(x-m.Width/2, g.axis.x), g.axis.right()-m.Width-3)
			place(text, box{left, g.axis.y + 5, m.Width, m.Height})
		}
	}
	r.ticks.end()
	r.tickLines.end()
}

// Objects is for the toolkit; back to front.
func (r *renderer) Objects() []fyne.CanvasObject {
	l := append(r.list[:0], r.ground, r.overview, r.overLeft, r.overRight, r.overWindow)
	for _, o := range r.tracks {
		l = append(l, o.raster)
	}
	l = r.bands.objects(l)
	l = append(l, r.glow, r.drawn)
	for _, o := range r.tracks {
		l = append(l, o.rule, o.plate, o.title)
		for _, n := range o.names {
			l = append(l, n)
		}
		l = o.ticks.objects(l)
	}
	l = append(l, r.lanes)
	l = r.lanePlates.objects(l)
	l = r.laneTexts.objects(l)
	l = r.laneNames.objects(l)
	l = append(l, r.laneRule, r.axisRule)
	l = r.tickLines.objects(l)
	l = r.ticks.objects(l)
	l = r.marks.objects(l)
	l = append(l, r.head, r.cursor)
	for _, o := range r.tracks {
		l = append(l, o.box)
		for _, s := range o.said {
			l = append(l, s)
		}
	}
	l = append(l, r.cursorGround, r.cursorText, r.markGround)
	l = r.markText.objects(l)
	l = append(l, r.ring)
	r.list = l
	return l
}

// Destroy is for the toolkit.
func (r *renderer) Destroy() {}

func place(o fyne.CanvasObject, b box) {
	if p := fyne.NewPos(b.x, b.y); o.Position() != p {
		o.Move(p)
	}
	if s := fyne.NewSize(b.w, b.h); o.Size() != s {
		o.Resize(s)
	}
}

func show(visible bool, objects ...fyne.CanvasObject) {
	for _, o := range objects {
		switch {
		case visible && !o.Visible():
			o.Show()
		case !visible && o.Visible():
			o.Hide()
		}
	}
}

func setText(t *canvas.Text, text string, c color.Color) {
	if t.Text != text || t.Color != c {
		t.Text, t.Color = text, c
		t.Refresh()
	}
}

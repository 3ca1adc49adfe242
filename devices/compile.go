package devices

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"onset/dataset"
	"onset/dataset/signal"
	"onset/replay"
	"onset/training"
	"onset/training/nn"
)

// DeviceFile is the description in the form that the device program reads:
// compiled from model.json, listed in it, and checked against it.
const DeviceFile = "device.bin"

// deviceMagic opens a compiled description; its last byte is the version.
const deviceMagic = "ONSETDV1"

// The sections of a compiled description, as onset.c numbers them.
const (
	sectionStrings = iota + 1
	sectionContract
	sectionNet
	sectionClasses
	sectionKernel
	sectionFusion
	sections
)

// mostInputs and mostSections are what onset.h has room for.
const (
	mostInputs   = 48
	mostSections = 16
)

// compile writes what a device needs of a description as flat tables of
// little-endian numbers. docs/devices/device-file.md says where what lies.
func compile(d Description, weights, golden []byte) ([]byte, error) {
	c := &compiler{refs: map[string][2]uint32{}}
	if err := c.contract(d.Contract); err != nil {
		return nil, fmt.Errorf("compiling %s: %w", DeviceFile, err)
	}
	if err := c.net(d.Net, d.Layout); err != nil {
		return nil, fmt.Errorf("compiling %s: %w", DeviceFile, err)
	}
	c.classes(d)
	for _, v := range signal.KernelTable() {
		c.section[sectionKernel].f64(v)
	}
	c.fusion(d.Fusion)
	return c.file(d.Simulated, weights, golden), nil
}

// bin is a growing piece of a file.
type bin []byte

func (b *bin) u16(v int)     { *b = binary.LittleEndian.AppendUint16(*b, uint16(v)) }
func (b *bin) u32(v int)     { *b = binary.LittleEndian.AppendUint32(*b, uint32(v)) }
func (b *bin) f32(v float32) { *b = binary.LittleEndian.AppendUint32(*b, math.Float32bits(v)) }
func (b *bin) f64(v float64) { *b = binary.LittleEndian.AppendUint64(*b, math.Float64bits(v)) }

// constants writes numbers that the program itself uses in double precision:
// as they read in decimal.
func (b *bin) constants(values ...float32) {
	for _, v := range values {
		x, err := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
		if err != nil {
			x = float64(v)
		}
		b.f64(x)
	}
}

func (b *bin) singles(values []float32) {
	for _, v := range values {
		b.f64(float64(v))
	}
}

type compiler struct {
	section [sections]bin
	refs    map[string][2]uint32
}

// str writes where a text lies among the strings.
func (c *compiler) str(b *bin, text string) {
	ref, ok := c.refs[text]
	if !ok {
		all := &c.section[sectionStrings]
		ref = [2]uint32{uint32(len(*all)), uint32(len(text))}
		*all = append(*all, text...)
		c.refs[text] = ref
	}
	b.u32(int(ref[0]))
	b.u32(int(ref[1]))
}

// file joins header, table of contents and sections, and seals them.
func (c *compiler) file(simulated bool, weights, golden []byte) []byte {
	const header, entry = 92, 12
	var out bin = bin(deviceMagic)
	out.u32(0)
	flags := 0
	if simulated {
		flags = 1
	}
	out.u32(flags)
	for _, part := range [][]byte{weights, golden} {
		sum := sha256.Sum256(part)
		out.u32(len(part))
		out = append(out, sum[:]...)
	}
	out.u32(sections - 1)
	at := header + entry*(sections-1)
	var body bin
	for id := 1; id < sections; id++ {
		for (at+len(body))%8 != 0 {
			body = append(body, 0)
		}
		out.u32(id)
		out.u32(at + len(body))
		out.u32(len(c.section[id]))
		body = append(body, c.section[id]...)
	}
	out = append(out, body...)
	binary.LittleEndian.PutUint32(out[len(deviceMagic):], uint32(len(out)+sha256.Size))
	sum := sha256.Sum256(out)
	return append(out, sum[:]...)
}

func (c *compiler) contract(k training.Contract) error {
	b := &c.section[sectionContract]
	filters := map[string]int{"": 0, "none": 0, "ema": 1, "lowpass": 2, "highpass": 2, "bandpass": 2}
	turns := map[string]int{"": 0, training.OrientationSensor: 0, training.OrientationGravity: 1, training.OrientationInvariant: 2,
		training.OrientationHalfTurns: 3, training.OrientationOctant: 4}
	filter, okF := filters[k.Filter.Kind]
	turn, okT := turns[k.Orientation]
	if !okF {
		return fmt.Errorf("the device program knows no filter %q: leave the format c out: %w", k.Filter.Kind, dataset.ErrBadRequest)
	}
	if !okT {
		return fmt.Errorf("the device program knows no orientation %q: leave the format c out: %w", k.Orientation, dataset.ErrBadRequest)
	}
	if k.BridgeS > 0 {
		return fmt.Errorf("it bridges gaps of up to %g s, which the device program does not: leave the format c out, or train with gaps kept: %w", k.BridgeS, dataset.ErrBadRequest)
	}
	if len(k.Channels) > mostInputs || len(k.Filter.Sections) > mostSections || filter == 2 && len(k.Filter.Sections) == 0 {
		return fmt.Errorf("%d channels and %d sections of a filter; a device takes %d and %d", len(k.Channels), len(k.Filter.Sections), mostInputs, mostSections)
	}
	for _, v := range []int{len(k.Channels), k.Samples, turn, filter, len(k.Filter.Sections), 0} {
		b.u32(v)
	}
	for _, v := range []float64{k.RateHz, k.WindowS, k.LeadS(), k.Filter.Alpha} {
		b.f64(v)
	}
	for _, s := range k.Filter.Sections {
		for _, v := range s {
			b.f64(v)
		}
	}
	for i, ch := range k.Channels {
		c.str(b, ch.Sensor)
		c.str(b, ch.Axis)
		c.str(b, ch.Unit)
		b.f32(k.Mean[i])
		b.f32(k.Std[i])
	}
	return nil
}

func (c *compiler) classes(d Description) {
	b := &c.section[sectionClasses]
	b.u32(len(d.Classes))
	b.u32(0)
	b.f64(d.Temperature)
	for i, name := range d.Classes {
		c.str(b, name)
		b.f64(d.Prior[i])
	}
}

// net lists a net's operations in the order in which they run.
func (c *compiler) net(spec nn.Spec, layout []nn.Tensor) error {
	n := netCompiler{offsets: map[string]int{}}
	for _, t := range layout {
		if _, ok := n.offsets[t.Layer]; !ok {
			n.offsets[t.Layer] = t.Offset
		}
	}
	end, err := n.chain(spec.Layers, spec.Input, "")
	if err != nil {
		return err
	}
	if end.Size() != spec.Outputs() {
		return fmt.Errorf("the net gives %d values, not %d", end.Size(), spec.Outputs())
	}
	b := &c.section[sectionNet]
	b.u32(spec.Input.Channels)
	b.u32(spec.Input.Samples)
	b.u32(n.count)
	*b = append(*b, n.ops...)
	return nil
}

// Operations and activations as onset_net.c numbers them.
const (
	opDense = iota + 1
	opConv
	opActivate
	opBatchNorm
	opLayerNorm
	opMaxPool
	opMeanPool
	opFlatten
	opResidual
	opResidualEnd
	opNothing
)

const (
	flagReported = 1
	flagSoftmax  = 2
)

var (
	opOf = map[nn.Kind]int{nn.Dense: opDense, nn.Conv: opConv, nn.Activate: opActivate, nn.Dropout: opNothing, nn.BatchNorm: opBatchNorm,
		nn.LayerNorm: opLayerNorm, nn.MaxPool: opMaxPool, nn.GlobalMax: opMaxPool, nn.MeanPool: opMeanPool, nn.GlobalMean: opMeanPool,
		nn.Flatten: opFlatten, nn.Residual: opResidualEnd}
	activationOf = map[nn.Activation]int{nn.Identity: 0, nn.Softmax: 0, nn.ReLU: 1, nn.Leaky: 2, nn.Tanh: 3, nn.Sigmoid: 4, nn.GELU: 5}
)

type netCompiler struct {
	ops     bin
	count   int
	offsets map[string]int // of a layer's first weight
}

// add appends an operation of 12 numbers.
func (n *netCompiler) add(kind int, l nn.LayerSpec, in, out nn.Shape, kernel, left, offset, flags int) {
	for _, v := range []int{kind, activationOf[l.Activation], in.Channels, in.Samples, out.Channels, out.Samples, kernel, l.Stride, l.Dilation, left, offset, flags} {
		n.ops.u32(v)
	}
	n.count++
}

func (n *netCompiler) chain(layers []nn.LayerSpec, in nn.Shape, path string) (nn.Shape, error) {
	for i, l := range layers {
		at := fmt.Sprintf("%s%d", path, i+1)
		kind, ok := opOf[l.Kind]
		if !ok {
			return in, fmt.Errorf("layer %s: no %q on a device", at, l.Kind)
		}
		flags := flagReported
		if l.Activation == nn.Softmax {
			flags |= flagSoftmax
		}
		if l.Kind == nn.Residual {
			n.add(opResidual, nn.LayerSpec{}, in, in, 0, 0, 0, 0)
			if _, err := n.chain(l.Layers, in, at+"."); err != nil {
				return in, err
			}
			n.add(kind, l, in, in, 0, 0, 0, flags)
			continue
		}
		out, left := shapeAfter(&l, in)
		n.add(kind, l, in, out, l.Kernel, left, n.offsets[at], flags)
		in = out
	}
	return in, nil
}

// shapeAfter is what a layer makes of a shape, and the zeros before the first
// sample. It fills in what the layer leaves to its kind.
func shapeAfter(l *nn.LayerSpec, in nn.Shape) (out nn.Shape, left int) {
	switch l.Kind {
	case nn.Dense:
		return nn.Shape{Channels: l.Out, Samples: 1}, 0
	case nn.Flatten:
		return nn.Shape{Channels: in.Size(), Samples: 1}, 0
	case nn.GlobalMax, nn.GlobalMean:
		l.Kernel, l.Stride = in.Samples, in.Samples
		return nn.Shape{Channels: in.Channels, Samples: 1}, 0
	case nn.MaxPool, nn.MeanPool:
		if l.Stride == 0 {
			l.Stride = l.Kernel
		}
		return nn.Shape{Channels: in.Channels, Samples: (in.Samples-l.Kernel)/l.Stride + 1}, 0
	case nn.Conv:
		l.Stride, l.Dilation = max(l.Stride, 1), max(l.Dilation, 1)
		reach := (l.Kernel-1)*l.Dilation + 1
		if l.Padding == nn.Valid {
			return nn.Shape{Channels: l.Out, Samples: (in.Samples-reach)/l.Stride + 1}, 0
		}
		samples := (in.Samples + l.Stride - 1) / l.Stride
		return nn.Shape{Channels: l.Out, Samples: samples}, max((samples-1)*l.Stride+reach-in.Samples, 0) / 2
	}
	return in, 0
}

// fusion writes the tables of order, place, memory and states.
func (c *compiler) fusion(t replay.Tables) {
	b := &c.section[sectionFusion]
	for _, s := range replay.SourceNames() {
		b.f64(float64(t.Weights[s]))
		b.f64(float64(t.Floors[s]))
	}
	b.f64(float64(t.Abstain))
	symbols, rows := orderRows(t)
	places := placeRows{c: c}
	sites, zones := places.of(t.Place.Sites), places.of(t.Place.Zones)
	memory := replay.MemoryTables{}
	if t.Memory != nil {
		memory = *t.Memory
	}
	for _, v := range []int{len(t.Exercises), t.Order.Depth, len(t.Order.Sites), len(t.Order.Rows), len(symbols.symbol), len(t.Place.Sites),
		len(t.Place.Zones), places.n, len(memory.Scale), 0} {
		b.u32(v)
	}
	l := t.Place.Beacon
	b.f64(float64(t.Order.Escape))
	b.constants(t.Place.SiteStrength, t.Place.ZoneStrength, l.RiseS, l.FadeS, l.SilentDBm, l.NowhereDBm, l.SpreadDB, l.StayDB)
	b.singles([]float32{memory.A, memory.B})
	b.constants(memory.Clip, memory.Limit)
	for _, name := range t.Exercises {
		c.str(b, name)
	}
	for _, name := range t.Order.Sites {
		c.str(b, name)
	}
	b.singles(t.Order.Base)
	*b = append(*b, rows...)
	b.singles(symbols.count)
	for _, s := range symbols.symbol {
		b.u16(s)
	}
	*b = append(append(append(*b, sites...), zones...), places.counts...)
	b.singles(memory.Scale)
	segmentation(b, t.Segmentation)
}

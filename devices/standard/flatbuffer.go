package standard

import (
	"encoding/binary"
	"math"
)

// This file writes FlatBuffers (the published binary format): tables with their
// vtables, vectors and strings, each parent before its children, so that every
// offset points forwards as the format wants.

// object is anything that an offset may point to.
type object interface {
	// write appends the object and returns where offsets to it point.
	write(w *flatWriter) int
}

// table is a FlatBuffers table: fields by slot.
type table []field

// field is a scalar of size bytes, or a reference.
type field struct {
	slot int
	size int
	bits uint64
	to   object
}

func scalar8(slot int, v byte) field { return field{slot: slot, size: 1, bits: uint64(v)} }
func scalar32(slot int, v int) field {
	return field{slot: slot, size: 4, bits: uint64(uint32(int32(v)))}
}
func scalarF(slot int, v float32) field {
	return field{slot: slot, size: 4, bits: uint64(math.Float32bits(v))}
}
func ref(slot int, to object) field { return field{slot: slot, size: 4, to: to} }
func ints(v ...int) object          { return intVector(v) }

type (
	flatText   string
	intVector  []int    // of int32
	byteVector []byte   // aligned to 16, as tensors want
	vector     []object // of references
)

type flatWriter struct{ b []byte }

func (w *flatWriter) align(n int) {
	for len(w.b)%n != 0 {
		w.b = append(w.b, 0)
	}
}

func (w *flatWriter) u32(v uint32) { w.b = binary.LittleEndian.AppendUint32(w.b, v) }

// patch makes the offset at a place point to an object.
func (w *flatWriter) patch(at, to int) {
	binary.LittleEndian.PutUint32(w.b[at:], uint32(to-at))
}

// flatbuffer is a whole file with its root table and identifier.
func flatbuffer(identifier string, root table) []byte {
	w := &flatWriter{b: make([]byte, 4, 1<<16)}
	w.b = append(w.b, identifier...)
	w.patch(0, root.write(w))
	w.align(16)
	return w.b
}

func (t table) write(w *flatWriter) int {
	slots := 0
	for _, f := range t {
		slots = max(slots, f.slot+1)
	}
	offsets, size := make([]int, slots), 4
	places := make([]int, len(t))
	for i, f := range t {
		size = (size + f.size - 1) / f.size * f.size
		offsets[f.slot], places[i] = size, size
		size += f.size
	}
	w.align(2)
	vtable := len(w.b)
	w.b = binary.LittleEndian.AppendUint16(w.b, uint16(4+2*slots))
	w.b = binary.LittleEndian.AppendUint16(w.b, uint16(size))
	for _, o := range offsets {
		w.b = binary.LittleEndian.AppendUint16(w.b, uint16(o))
	}
	w.align(4)
	at := len(w.b)
	w.u32(uint32(int32(at - vtable)))
	w.b = append(w.b, make([]byte, size-4)...)
	for i, f := range t {
		if f.to != nil {
			continue
		}
		for k := range f.size {
			w.b[at+places[i]+k] = byte(f.bits >> (8 * k))
		}
	}
	for i, f := range t {
		if f.to != nil {
			w.patch(at+places[i], f.to.write(w))
		}
	}
	return at
}

func (s flatText) write(w *flatWriter) int {
	w.align(4)
	at := len(w.b)
	w.u32(uint32(len(s)))
	w.b = append(w.b, s...)
	w.b = append(w.b, 0)
	return at
}

func (v intVector) write(w *flatWriter) int {
	w.align(4)
	at := len(w.b)
	w.u32(uint32(len(v)))
	for _, i := range v {
		w.u32(uint32(int32(i)))
	}
	return at
}

func (v byteVector) write(w *flatWriter) int {
	for (len(w.b)+4)%16 != 0 {
		w.b = append(w.b, 0)
	}
	at := len(w.b)
	w.u32(uint32(len(v)))
	w.b = append(w.b, v...)
	return at
}

func (v vector) write(w *flatWriter) int {
	w.align(4)
	at := len(w.b)
	w.u32(uint32(len(v)))
	first := len(w.b)
	w.b = append(w.b, make([]byte, 4*len(v))...)
	for i, o := range v {
		w.patch(first+4*i, o.write(w))
	}
	return at
}

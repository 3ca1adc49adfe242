//go:build cgo && !purego

package yardstick

/*
#cgo CFLAGS: -O3 -ffast-math
#include "yardstick.h"
*/
import "C"

import "unsafe"

// Peak measures the machine's multiply-add speed on one core, in floating-point
// operations per CPU second; 0 when there is no loop for this machine.
func Peak() float64 {
	const rounds = 4_000_000
	var out C.float
	best := 0.0
	for range 5 {
		start := CPU()
		each := float64(C.yardstick_spin(rounds, &out))
		best = max(best, each*rounds/(CPU()-start).Seconds())
	}
	return best
}

// Dense is a dense layer as a plain C loop at -O3 -ffast-math, so that the
// compiler may vectorise its sum.
func Dense(w, b []float32, out, in int, x, y []float32, relu bool) {
	_, _, _, _ = w[:out*in], b[:out], x[:in], y[:out]
	flag := C.int(0)
	if relu {
		flag = 1
	}
	f := func(s []float32) *C.float { return (*C.float)(unsafe.SliceData(s)) }
	C.yardstick_dense(f(w), f(b), C.int64_t(out), C.int64_t(in), f(x), f(y), flag)
}

// Available tells whether this build has the loops.
const Available = true

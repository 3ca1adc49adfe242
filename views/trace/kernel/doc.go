// Package kernel turns series into pixels: which stretch of time is seen, where
// the ticks lie, and the picture of a track. It knows no widget, so that
// everything about drawing can be tested as numbers and plain images.
//
// A track's picture is opaque and has the size of the screen's own pixels. Its
// cost depends on the width of the picture, not on the length of the recording:
// far out, each column of pixels asks the min/max pyramid for its range, so a
// spike of a single sample is seen at any zoom; close up, the samples
// themselves are drawn as lines and points.
package kernel

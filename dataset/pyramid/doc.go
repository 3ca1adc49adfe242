// Package pyramid keeps exact minima and maxima of a series at growing bucket
// sizes, so that any stretch can be drawn at any zoom in time that does not
// depend on its length.
package pyramid

// Package yardstick has what benchmarks are held against: plain C loops, and
// the processor time that a loaded machine doesn't distort.
package yardstick

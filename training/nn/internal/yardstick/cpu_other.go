//go:build !unix

package yardstick

import "time"

var start = time.Now()

// CPU stands in for processor time where it isn't to be had: it is wall time.
func CPU() time.Duration { return time.Since(start) }

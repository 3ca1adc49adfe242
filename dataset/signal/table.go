package signal

import "slices"

// KernelTable are the values of the interpolation kernel that Resample reads: its
// Steps to each crossing, for a device that must interpolate alike.
func KernelTable() []float64 { return slices.Clone(kernelTable) }

//go:build !cgo || purego

package nn

func nativeKernels() []string { return nil }

func nativeKernel(string) kernel { return nil }

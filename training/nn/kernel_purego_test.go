//go:build !cgo || purego

package nn

func portableVariants() []kernel { return nil }

//go:build cgo && !purego

package nn

// portableVariants are the unfused products of every instruction set here.
func portableVariants() []kernel {
	var out []kernel
	for _, name := range nativeKernels() {
		k := nativeKernel(name).(*cKernel)
		k.how.fused = 0
		out = append(out, k)
	}
	return out
}

// Package nn trains and runs small neural nets on windows of sensor samples.
//
// An architecture is data ([Spec]): it is stored, shown, mutated and exported,
// and has a one-line text form such as
//
//	conv 32 k5 relu / conv 64 k5 relu / global mean / dropout 0.2 / dense 7 softmax
//
// A [Net] is a Spec with weights. A [Trainer] changes the weights; [Fit] runs
// a whole training with early stopping. The package knows nothing of studies,
// people or files.
//
// # Layout
//
// Examples enter and leave as rows of float32: one example is [channel][sample],
// channel-major, and a batch is one example after the other. Weights are one
// vector, layer after layer: dense [out][in] then biases; convolution
// [out][in][kernel] then biases; batch norm scale, shift, running mean, running
// variance; layer norm scale, shift.
//
// Inside, a tensor is [channel][example][sample]: every layer then is a matrix
// product without transposed operands, and per-channel work is contiguous.
//
// # Arithmetic
//
// Matrix products go to the implementation registered with gonum's blas32.
// [UseKernel] registers the one of this package; it is called by programs at
// their start, never on import. The same seed gives the same weights bit for
// bit on the same machine and kernel, and with the kernel "portable" on any
// machine.
package nn

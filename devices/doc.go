// Package devices makes what leaves the workbench: a model as a folder that
// proves itself. Such a folder holds
//
//	model.json    what it is: contract, classes, architecture, scores, checksums
//	weights.f32   the weights, float32 little-endian
//	golden.bin    inputs with the output that every layer must give
//	card.md       a page for people
//
// Whoever reads one is refused when a part is damaged, was swapped for another,
// or doesn't compute what it should; each case has its own message.
//
// # weights.f32
//
// One layer after the other in the order of the architecture, without padding:
// dense layers row-major [out][in] followed by [out] biases, convolutions
// [out][in][kernel] followed by [out] biases, batch norm scale, shift, running
// mean and running variance of each channel, layer norm scale and shift. The
// table "layout" of model.json gives every tensor's offset.
//
// # golden.bin
//
// The 8 bytes "ONSETGV1"; the length of a JSON header as uint32 little-endian;
// the header, which repeats the contract and the classes and lists the layers;
// then for each vector, as float32 little-endian: the window
// [channel][sample] in the contract's units, every layer's output in the
// header's order, and the calibrated distribution over the classes.
//
// Layer outputs come from plain sequential arithmetic (see nn.Net.LayerOutputs)
// and match bit for bit on any machine.
package devices

// Package signal holds the signal processing between a stored recording and a
// window: filters, resampling, movement energy, the onset of a set, and views of
// a three-axis sensor that do not depend on how it was strapped on.
//
// Nothing here changes what is stored. All functions are pure and work on
// float64 samples of one channel in time order; rates are in Hz, times in
// seconds, frequencies in Hz.
package signal

// Package pyramid keeps exact minima and maxima of a series at growing bucket
// sizes, so that any stretch can be drawn at any zoom in time that does not
// depend on its length.
//
// Level 0 holds one range for every 16 samples; each further level joins four
// ranges of the level below. Ranges are float32, rounded outward from the
// float64 samples, so that min <= sample <= max holds for every sample of a
// bucket and a spike of a single sample is never lost. NaN samples are skipped;
// a bucket that holds nothing else has no range. All levels together take about
// 0.67 bytes a sample.
//
// A Builder takes samples in order, in pieces of any size. A level is stored as
// a blob for each stretch of the series and put together by a Joiner; a Summary
// gathers a coarse level, from which a long series is seen whole at once.
package pyramid

// Package dataset holds what was recorded: the study file, the people, sessions,
// recordings, channels and clocks in it, the labels' ledger, and frozen results.
//
// One study is one SQLite file. All SQL of the desktop program lives in this
// package. Decoders of device files live in dataset/codec, the min/max pyramid
// in dataset/pyramid, filters and resampling in dataset/signal, and the
// simulator of the sample study in dataset/simulate.
package dataset

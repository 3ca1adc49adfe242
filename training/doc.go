// Package training turns labelled recordings into models that are judged on
// people they have never seen.
//
// The way of an example: a label of the study chooses a span, a WindowSet reads
// the span's samples at the contract's rate and freezes them under a hash, a
// Split says who is held out, a learner is fitted on the others, and the Result
// keeps every held-out prediction so that a score leads back to its windows.
// Everything that is fitted (scaling, early stopping, temperature) sees training
// people only.
package training

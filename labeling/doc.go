// Package labeling is what people say a recording shows: the catalogue of
// exercises, the rules of spans, the model of the labelling screen, and
// suggestions of where sets begin.
//
// A label is a half-open span [Start, End) in samples of one recording; the
// recording's clock says when that is. Nothing here draws or stores: an Editor
// turns what a person does into dataset.Edit values, which the study applies
// and can take back.
package labeling

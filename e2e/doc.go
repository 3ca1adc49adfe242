// Package e2e drives the built programs as a person would: a real window on a
// virtual screen, real mouse and key events, and onsetctl to look at what is in
// the study afterwards. Its tests have the build tag e2e; `make e2e` runs them
// and `make screenshots` takes the pictures of docs/images.
package e2e

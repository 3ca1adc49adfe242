// Package app is the running workbench: the open study, background jobs, undo,
// preferences and recent studies. It holds what every screen shares and knows
// neither widgets nor SQL; the desktop program puts windows on it.
//
// Methods that read or write a study take a context, may block on the disk and
// must not be called on the interface's goroutine. Signals are delivered on the
// goroutine of whoever caused them: a view hops to its own with fyne.Do.
package app

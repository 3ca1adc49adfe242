package shell

import (
	"fyne.io/fyne/v2"

	"onset/views/icon"
	"onset/views/room"
)

// place is a room with its name on the rail. The room is made when it is first
// opened.
type place struct {
	id    string // "library", "label", ...
	title string
	icon  icon.Name
	key   fyne.KeyName // with Ctrl
	make  func() room.Room

	room room.Room // nil until first opened
}

// Package icon gives the program's own drawings as Fyne resources that follow
// the theme.
package icon

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"onset/assets"
	"onset/assets/icons"
)

// Name is a drawing's name.
type Name string

// The drawings.
const (
	Library   Name = "library"
	Label     Name = "label"
	Train     Name = "train"
	Compare   Name = "compare"
	Replay    Name = "replay"
	Devices   Name = "devices"
	People    Name = "people"
	Search    Name = "search"
	Open      Name = "open"
	New       Name = "new"
	Sample    Name = "sample"
	Import    Name = "import"
	Export    Name = "export"
	Play      Name = "play"
	Pause     Name = "pause"
	Step      Name = "step"
	NextError Name = "next-error"
	Cancel    Name = "cancel"
	Check     Name = "check"
	Warning   Name = "warning"
	Mute      Name = "mute"
)

// All lists every name.
func All() []Name {
	return []Name{Library, Label, Train, Compare, Replay, Devices, People, Search, Open, New, Sample, Import, Export,
		Play, Pause, Step, NextError, Cancel, Check, Warning, Mute}
}

// Plain is the drawing in its own colours.
func Plain(n Name) fyne.Resource {
	return fyne.NewStaticResource("onset-"+string(n)+".svg", icons.SVG(string(n)))
}

// In is the drawing in a colour of the theme.
func In(n Name, c fyne.ThemeColorName) fyne.Resource {
	return theme.NewColoredResource(Plain(n), c)
}

// Text is the drawing in the theme's text colour.
func Text(n Name) fyne.Resource { return In(n, theme.ColorNameForeground) }

// Program is the program's own icon.
func Program() fyne.Resource { return fyne.NewStaticResource("onset.png", assets.Icon) }

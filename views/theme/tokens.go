package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Colour names. Those that the toolkit knows under a name of its own are the
// same name, so that its widgets follow.
const (
	Ground     = fynetheme.ColorNameBackground // behind everything; the trace's own ground
	Text       = fynetheme.ColorNameForeground
	Muted      = fynetheme.ColorNamePlaceHolder // text of second rank
	Line       = fynetheme.ColorNameSeparator   // borders and rules
	Accent     = fynetheme.ColorNamePrimary
	OnAccent   = fynetheme.ColorNameForegroundOnPrimary
	Warning    = fynetheme.ColorNameWarning
	Error      = fynetheme.ColorNameError
	Panel      = fyne.ThemeColorName("onset.panel")       // side panels, lanes, bars
	Raised     = fyne.ThemeColorName("onset.raised")      // fields, chips, buttons
	AccentSoft = fyne.ThemeColorName("onset.accent-soft") // the selected row's ground
	Hatch      = fyne.ThemeColorName("onset.hatch")       // gaps and what is uncertain
	Grid       = fyne.ThemeColorName("onset.grid")        // guides behind a trace
	Cursor     = fyne.ThemeColorName("onset.cursor")
	AxisX      = fyne.ThemeColorName("onset.axis-x")
	AxisY      = fyne.ThemeColorName("onset.axis-y")
	AxisZ      = fyne.ThemeColorName("onset.axis-z")
	AxisOther  = fyne.ThemeColorName("onset.axis-other") // magnitude, derived and single series
)

// Sizes in the toolkit's units.
const (
	TextBody    float32 = 13
	TextSmall   float32 = 11
	TextHeading float32 = 15

	Space1 float32 = 4
	Space2 float32 = 8
	Space3 float32 = 12
	Space4 float32 = 16

	Radius      float32 = 6
	RadiusLarge float32 = 8
	RadiusSmall float32 = 3

	Row        float32 = 30
	RowCompact float32 = 26
)

var sizes = map[fyne.ThemeSizeName]float32{
	fynetheme.SizeNameText:               TextBody,
	fynetheme.SizeNameCaptionText:        TextSmall,
	fynetheme.SizeNameHeadingText:        18,
	fynetheme.SizeNameSubHeadingText:     TextHeading,
	fynetheme.SizeNamePadding:            Space1,
	fynetheme.SizeNameInnerPadding:       6,
	fynetheme.SizeNameLineSpacing:        Space1,
	fynetheme.SizeNameInlineIcon:         16,
	fynetheme.SizeNameScrollBar:          10,
	fynetheme.SizeNameScrollBarSmall:     4,
	fynetheme.SizeNameSeparatorThickness: 1,
	fynetheme.SizeNameSplitThickness:     5,
	fynetheme.SizeNameInputBorder:        1,
	fynetheme.SizeNameInputRadius:        Radius,
	fynetheme.SizeNameSelectionRadius:    Radius,
	fynetheme.SizeNameButtonRadius:       Radius,
	fynetheme.SizeNameCardRadius:         RadiusLarge,
	fynetheme.SizeNameDialogRadius:       RadiusLarge,
	fynetheme.SizeNamePopupRadius:        RadiusLarge,
	fynetheme.SizeNameMenuRadius:         Radius,
}

type palette map[fyne.ThemeColorName]color.NRGBA

var dark = palette{
	Ground:     rgb(0x14171c),
	Panel:      rgb(0x1a1e25),
	Raised:     rgb(0x20252e),
	Line:       rgb(0x303744),
	Text:       rgb(0xe7eaef),
	Muted:      rgb(0x9ba5b4),
	Accent:     rgb(0x4cc2b0),
	AccentSoft: rgb(0x1f4a46),
	OnAccent:   rgb(0x0c1715),
	Warning:    rgb(0xe3b341),
	Error:      rgb(0xe8655f),
	Hatch:      rgb(0x262c36),
	Grid:       rgb(0x242a33),
	Cursor:     rgb(0xf2f4f7),
	AxisX:      rgb(0xf07d54),
	AxisY:      rgb(0x35b98f),
	AxisZ:      rgb(0x56a8ea),
	AxisOther:  rgb(0xc3b1f0),

	fynetheme.ColorNameButton:              rgb(0x20252e),
	fynetheme.ColorNameDisabled:            rgb(0x6f7989),
	fynetheme.ColorNameDisabledButton:      rgb(0x1d222a),
	fynetheme.ColorNameFocus:               rgba(0x4cc2b0, 0x66),
	fynetheme.ColorNameHover:               rgba(0xffffff, 0x0e),
	fynetheme.ColorNamePressed:             rgba(0xffffff, 0x1c),
	fynetheme.ColorNameSelection:           rgb(0x1f4a46),
	fynetheme.ColorNameHyperlink:           rgb(0x4cc2b0),
	fynetheme.ColorNameHeaderBackground:    rgb(0x1a1e25),
	fynetheme.ColorNameInputBackground:     rgb(0x20252e),
	fynetheme.ColorNameInputBorder:         rgb(0x4b5667),
	fynetheme.ColorNameMenuBackground:      rgb(0x20252e),
	fynetheme.ColorNameOverlayBackground:   rgb(0x1a1e25),
	fynetheme.ColorNameScrollBar:           rgba(0x9ba5b4, 0x80),
	fynetheme.ColorNameScrollBarBackground: rgba(0x9ba5b4, 0x10),
	fynetheme.ColorNameShadow:              rgba(0x000000, 0x70),
	fynetheme.ColorNameSuccess:             rgb(0x4cc2b0),
	fynetheme.ColorNameForegroundOnError:   rgb(0x1c0807),
	fynetheme.ColorNameForegroundOnWarning: rgb(0x1b1403),
	fynetheme.ColorNameForegroundOnSuccess: rgb(0x0c1715),
}

var light = palette{
	Ground:     rgb(0xf4f5f7),
	Panel:      rgb(0xffffff),
	Raised:     rgb(0xeef0f3),
	Line:       rgb(0xd3d8df),
	Text:       rgb(0x1c222b),
	Muted:      rgb(0x566070),
	Accent:     rgb(0x0c7768),
	AccentSoft: rgb(0xcfece7),
	OnAccent:   rgb(0xffffff),
	Warning:    rgb(0x8a5f00),
	Error:      rgb(0xb9322c),
	Hatch:      rgb(0xe2e6eb),
	Grid:       rgb(0xe4e7ec),
	Cursor:     rgb(0x10151c),
	AxisX:      rgb(0xc9501f),
	AxisY:      rgb(0x0f8a63),
	AxisZ:      rgb(0x1f74c4),
	AxisOther:  rgb(0x6b4fc0),

	fynetheme.ColorNameButton:              rgb(0xeef0f3),
	fynetheme.ColorNameDisabled:            rgb(0x8a93a1),
	fynetheme.ColorNameDisabledButton:      rgb(0xf0f2f4),
	fynetheme.ColorNameFocus:               rgba(0x0c7768, 0x66),
	fynetheme.ColorNameHover:               rgba(0x000000, 0x0a),
	fynetheme.ColorNamePressed:             rgba(0x000000, 0x16),
	fynetheme.ColorNameSelection:           rgb(0xcfece7),
	fynetheme.ColorNameHyperlink:           rgb(0x0c7768),
	fynetheme.ColorNameHeaderBackground:    rgb(0xffffff),
	fynetheme.ColorNameInputBackground:     rgb(0xeef0f3),
	fynetheme.ColorNameInputBorder:         rgb(0xaab3c0),
	fynetheme.ColorNameMenuBackground:      rgb(0xffffff),
	fynetheme.ColorNameOverlayBackground:   rgb(0xffffff),
	fynetheme.ColorNameScrollBar:           rgba(0x566070, 0x80),
	fynetheme.ColorNameScrollBarBackground: rgba(0x566070, 0x10),
	fynetheme.ColorNameShadow:              rgba(0x1c222b, 0x30),
	fynetheme.ColorNameSuccess:             rgb(0x0c7768),
	fynetheme.ColorNameForegroundOnError:   rgb(0xffffff),
	fynetheme.ColorNameForegroundOnWarning: rgb(0xffffff),
	fynetheme.ColorNameForegroundOnSuccess: rgb(0xffffff),
}

// Axis is the colour name of an axis: "x", "y" and "z" have their own, every
// other shares one.
func Axis(axis string) fyne.ThemeColorName {
	switch axis {
	case "x":
		return AxisX
	case "y":
		return AxisY
	case "z":
		return AxisZ
	}
	return AxisOther
}

// Package theme is the look of Onset: colours for dark and light, sizes, and a
// colour for every class that stays the same on every screen.
//
// Colours are named; ask [Color] for one where a canvas object is drawn, and
// ask again in Refresh, because the person can change between dark and light at
// any time. The typeface is the toolkit's own Noto Sans, whose figures all have
// the same width, so that columns of numbers line up.
package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Mode says who decides between dark and light.
type Mode int

// Modes.
const (
	System Mode = iota // as the desktop is set
	Dark
	Light
)

// String is the mode's name in the settings file.
func (m Mode) String() string {
	switch m {
	case Dark:
		return "dark"
	case Light:
		return "light"
	}
	return "system"
}

// ParseMode is the mode of a name that String gave; System for any other.
func ParseMode(name string) Mode {
	switch name {
	case "dark":
		return Dark
	case "light":
		return Light
	}
	return System
}

// Theme is the look as the toolkit wants it.
type Theme struct{ mode Mode }

var _ fyne.Theme = (*Theme)(nil)

// New is the look in a mode. To change the mode, set a new one:
// app.Settings().SetTheme(theme.New(theme.Light)).
func New(mode Mode) *Theme { return &Theme{mode: mode} }

// Mode is what the theme was made with.
func (t *Theme) Mode() Mode { return t.mode }

// Variant is dark or light, given what the system prefers.
func (t *Theme) Variant(system fyne.ThemeVariant) fyne.ThemeVariant {
	switch t.mode {
	case Dark:
		return fynetheme.VariantDark
	case Light:
		return fynetheme.VariantLight
	}
	return system
}

// Color is a named colour of the toolkit or of this package.
func (t *Theme) Color(name fyne.ThemeColorName, system fyne.ThemeVariant) color.Color {
	if t.Variant(system) == fynetheme.VariantLight {
		if c, ok := light[name]; ok {
			return c
		}
	} else if c, ok := dark[name]; ok {
		return c
	}
	return fynetheme.DefaultTheme().Color(name, t.Variant(system))
}

// Font is the toolkit's.
func (t *Theme) Font(style fyne.TextStyle) fyne.Resource {
	return fynetheme.DefaultTheme().Font(style)
}

// Icon is the toolkit's.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource {
	return fynetheme.DefaultTheme().Icon(name)
}

// Size is a named size of the toolkit, drawn closer than its default.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	if s, ok := sizes[name]; ok {
		return s
	}
	return fynetheme.DefaultTheme().Size(name)
}

// Color is a named colour as the running program shows it now.
func Color(name fyne.ThemeColorName) color.NRGBA {
	return nrgba(fynetheme.Color(name))
}

// IsDark reports whether the running program shows dark colours now.
func IsDark() bool { return Luminance(Color(Ground)) < 0.2 }

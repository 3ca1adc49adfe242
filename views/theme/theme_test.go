package theme

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

func TestTextMeetsAAOnEveryGround(t *testing.T) {
	for _, mode := range []Mode{Dark, Light} {
		th := New(mode)
		get := func(n fyne.ThemeColorName) color.NRGBA { return nrgba(th.Color(n, fynetheme.VariantDark)) }
		for _, ground := range []fyne.ThemeColorName{Ground, Panel, Raised} {
			for _, ink := range []fyne.ThemeColorName{Text, Muted, Accent, Warning, Error} {
				if r := Contrast(get(ink), get(ground)); r < 4.5 {
					t.Errorf("%v: %s on %s has contrast %.2f", mode, ink, ground, r)
				}
			}
		}
		for _, pair := range [][2]fyne.ThemeColorName{
			{OnAccent, Accent}, {Text, AccentSoft}, {Accent, AccentSoft},
			{fynetheme.ColorNameForegroundOnError, Error}, {fynetheme.ColorNameForegroundOnWarning, Warning},
		} {
			want := 4.5
			if pair[0] == Accent {
				want = 3 // bold label of the chosen room, beside its icon
			}
			if r := Contrast(get(pair[0]), get(pair[1])); r < want {
				t.Errorf("%v: %s on %s has contrast %.2f", mode, pair[0], pair[1], r)
			}
		}
		for _, axis := range []string{"x", "y", "z", ""} {
			if r := Contrast(get(Axis(axis)), get(Ground)); r < 3 {
				t.Errorf("%v: axis %q has contrast %.2f", mode, axis, r)
			}
		}
	}
}

func TestTextOnEveryClassMeetsAA(t *testing.T) {
	for i := range 24 {
		c := ClassColor(i)
		if r := Contrast(On(c), c); r < 4.5 {
			t.Errorf("class %d: contrast %.2f", i, r)
		}
	}
}

func TestModeOverridesTheSystem(t *testing.T) {
	if Luminance(nrgba(New(Light).Color(Ground, fynetheme.VariantDark))) < 0.5 {
		t.Error("light mode is dark on a dark system")
	}
	a := New(System).Color(Ground, fynetheme.VariantDark)
	b := New(System).Color(Ground, fynetheme.VariantLight)
	if a == b {
		t.Error("system mode does not follow the system")
	}
	for _, m := range []Mode{System, Dark, Light} {
		if ParseMode(m.String()) != m {
			t.Errorf("%v does not survive its name", m)
		}
	}
}

func TestClassKeepsItsColor(t *testing.T) {
	c := NewClasses([]string{"a", "b", "a", "c"})
	if c.Color("c") != ClassColor(2) {
		t.Error("a repeated id took a colour")
	}
	if c.Color("other") != NewClasses(nil).Color("other") {
		t.Error("a class outside the list changed its colour")
	}
	if c.Color("a") == c.Color("b") {
		t.Error("neighbours share a colour")
	}
}

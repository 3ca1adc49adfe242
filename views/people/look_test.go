package people

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"onset/dataset"
	"onset/views/theme"
)

func TestSheetLooks(t *testing.T) {
	for name, mode := range map[string]theme.Mode{"dark": theme.Dark, "light": theme.Light} {
		t.Run(name, func(t *testing.T) {
			s := newLitStand(t, mode,
				dataset.Participant{ID: "P01", AgeBand: "20-29", Sex: "female", Side: "right", Proficiency: "expert", Group: "g1"},
				dataset.Participant{ID: "P02", AgeBand: "70-79", Sex: "male", Fields: map[string]string{"diagnosis": "a word that is longer than its column"}},
				dataset.Participant{ID: "P03-with-a-long-code-of-a-clinic"})
			s.press("Down")
			test.AssertImageMatches(t, "sheet-"+name+".png", s.window.Canvas().Capture())
		})
	}
}

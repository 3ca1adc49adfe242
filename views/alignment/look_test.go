package alignment

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"onset/views/theme"
)

func TestAlignmentLooks(t *testing.T) {
	for name, mode := range map[string]theme.Mode{"dark": theme.Dark, "light": theme.Light} {
		t.Run(name, func(t *testing.T) {
			s := newLitStand(t, mode)
			test.AssertImageMatches(t, "alignment-"+name+".png", s.window.Canvas().Capture())
		})
	}
}

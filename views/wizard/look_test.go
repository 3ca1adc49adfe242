package wizard

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"onset/views/theme"
)

func TestWizardLooks(t *testing.T) {
	for name, mode := range map[string]theme.Mode{"dark": theme.Dark, "light": theme.Light} {
		t.Run(name, func(t *testing.T) {
			s := newLitStand(t, mode, "walk.csv", walk)
			s.view.timeUnit.SetSelected("seconds")
			s.choose(1)
			s.panel.kind.SetSelected("accelerometer")
			test.AssertImageMatches(t, "wizard-"+name+".png", s.window.Canvas().Capture())
		})
	}
}

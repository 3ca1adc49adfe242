package wizard

import (
	"fmt"
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
			long := "t;accel along the long axis of the forearm;ay\n"
			for i := range 40 {
				long += fmt.Sprintf("0,%02d;1,5;-2\n", 2*i)
			}
			s = newLitStand(t, mode, "a recording with a rather long name.csv", long+"0,80;#ERR;-2\n")
			s.view.timeUnit.SetSelected("seconds")
			s.choose(1)
			s.panel.unit.SetText("g")
			s.panel.spread.Tapped(nil)
			test.AssertImageMatches(t, "bad-row-"+name+".png", s.window.Canvas().Capture())
		})
	}
}

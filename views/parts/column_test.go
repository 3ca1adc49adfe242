package parts

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/test"
)

// apart reports the first thing of a column that reaches into the next one.
func apart(t *testing.T, c *fyne.Container) {
	t.Helper()
	for i, o := range c.Objects[1:] {
		before := c.Objects[i]
		if end := before.Position().Y + before.MinSize().Height; end > o.Position().Y {
			t.Errorf("thing %d needs to reach down to %g, the next begins at %g", i, end, o.Position().Y)
		}
	}
}

// A sentence that grows moves what is below it, also when another part of the
// column is filled anew at the same time without becoming higher: the canvas
// remembers only one of the two.
func TestAColumnMakesRoomForWhatGrows(t *testing.T) {
	test.NewTempApp(t)
	grows := NewParagraph("Short.", false)
	list := VBox(2, NewText("one", Style{}))
	outer := VBox(4, VBox(0, NewText("Recordings", Style{}), grows), VBox(0, NewText("Findings", Style{}), list))
	w := test.NewTempWindow(t, outer)
	w.Resize(fyne.NewSize(240, 400))
	apart(t, outer)
	grows.SetText(strings.Repeat("Aligned by hand with anchors. ", 8))
	list.RemoveAll()
	list.Add(NewText("two", Style{}))
	outer.MinSize() // what the canvas asks before it draws
	apart(t, outer)
	for _, o := range outer.Objects {
		apart(t, o.(*fyne.Container))
	}
	grows.SetText("Short.")
	outer.MinSize()
	if at := outer.Objects[1].Position().Y; at > 80 {
		t.Errorf("what is below stays at %g after the sentence has shrunk", at)
	}
}

// A column gives a sentence the height that it needs in the column's width, at
// once.
func TestAColumnKnowsTheHeightOfASentence(t *testing.T) {
	test.NewTempApp(t)
	c := VBox(0, NewParagraph(strings.Repeat("word ", 60), false), layout.NewSpacer(), NewText("below", Style{}))
	c.Resize(fyne.NewSize(120, 900))
	apart(t, c)
	if end := c.Objects[2].Position().Y + c.Objects[2].Size().Height; end != 900 {
		t.Errorf("the last thing ends at %g, not at the foot", end)
	}
}

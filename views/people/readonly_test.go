package people

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"onset/dataset"
	"onset/views/parts"
	"onset/views/task"
)

// buttons are all buttons in an object.
func buttons(o fyne.CanvasObject) (out []*parts.Button) {
	switch x := o.(type) {
	case *parts.Button:
		return []*parts.Button{x}
	case *fyne.Container:
		for _, k := range x.Objects {
			out = append(out, buttons(k)...)
		}
	case fyne.Widget:
		for _, k := range test.WidgetRenderer(x).Objects() {
			out = append(out, buttons(k)...)
		}
	}
	return out
}

func TestAReadOnlySheetChangesNothingAndSaysWhy(t *testing.T) {
	s := newStand(t, dataset.Participant{ID: "P01", Group: "a"}, dataset.Participant{ID: "P02"})
	path := s.bench.Current().Path
	if err := s.bench.CloseStudy(); err != nil {
		t.Fatal(err)
	}
	if err := s.bench.Open(t.Context(), path, true); err != nil {
		t.Fatal(err)
	}
	s.People = New(s.bench, s.actions, task.Inline())
	s.SetStatus(func(text string, urgent bool) { s.said, s.urgent = text, urgent })
	test.NewTempWindow(t, s.Content()).Resize(fyne.NewSize(1300, 700))
	s.Shown()
	var off []string
	for _, b := range buttons(s.Content()) {
		if !b.Disabled() {
			continue
		}
		s.said = ""
		if b.MouseIn(nil); !strings.Contains(s.said, "read-only") || !s.urgent {
			t.Errorf("over %q the status says %q", b.Word(), s.said)
		}
		off = append(off, b.Word())
	}
	for _, word := range []string{"Add a person…", "Add a field…", "Read a sheet…", "Withdraw…", "One for all", "Keep these groups"} {
		if !slices.Contains(off, word) {
			t.Errorf("%q can be pressed", word)
		}
	}
	s.answer = "P09"
	for _, c := range s.Commands() {
		if c.ID == "people.write" || c.ID == "people.groups" {
			continue
		}
		s.said, s.yes, s.rows = "", nil, nil
		if c.Run(); !strings.Contains(s.said, "read-only") || s.yes != nil || s.rows != nil {
			t.Errorf("%s says %q", c.Name, s.said)
		}
	}
	s.press(fyne.KeyRight)
	s.said = ""
	if s.write("3"); s.sheet.editing || !strings.Contains(s.said, "read-only") {
		t.Errorf("a cell can be typed into: %v, it says %q", s.sheet.editing, s.said)
	}
	if list, err := s.bench.Participants(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("%d people, %v", len(list), err)
	}
}

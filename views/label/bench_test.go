package label

import (
	"context"
	"fmt"
	"testing"
	"time"

	"onset/app"
	"onset/dataset"
	"onset/views/theme"
)

// tenThousand is a session with 10,000 sets, each with its setup window.
func tenThousand(t testing.TB) *Label {
	l, _ := openIn(t, theme.Dark)
	if err := l.source.SetPreferences(app.Preferences{Rater: "MK"}); err != nil {
		t.Fatal(err)
	}
	l.PreferencesChanged()
	thigh := l.session.Recordings[1]
	edit := dataset.Edit{Session: l.session.ID, Rater: "MK", Action: "add label"}
	for i := range 10_000 {
		x := dataset.Label{ID: dataset.LabelID(fmt.Sprintf("x%05d", i)), Recording: thigh.ID, Set: "MK", Kind: dataset.KindExercise, Start: int64(2 * i), End: int64(2*i + 2),
			Exercise: l.exercises[i%7], Rater: "MK", Origin: "hand", Confidence: 1}
		s := x
		s.ID, s.Kind, s.Origin, s.End = "s"+x.ID, dataset.KindSetup, "onset", x.Start+1
		edit.Changes = append(edit.Changes, dataset.Change{After: &x}, dataset.Change{After: &s})
	}
	if err := l.source.Apply(context.Background(), edit); err != nil {
		t.Fatal(err)
	}
	l.reload(l.session.ID)
	if n := len(l.sets()); n != 10_000 {
		t.Fatalf("%d sets", n)
	}
	return l
}

// BenchmarkTenThousandLabels is what an edit costs the interface's goroutine in a
// session of 10,000 labels, until it is shown; and how long it takes to be on the
// disk. A frame has 16 ms.
func BenchmarkTenThousandLabels(b *testing.B) {
	l := tenThousand(b)
	id := dataset.LabelID("x05000")
	l.choose(id)
	b.Run("show", func(b *testing.B) {
		for b.Loop() {
			l.show()
		}
	})
	b.Run("edit", func(b *testing.B) {
		for b.Loop() {
			edit, err := l.editor.Describe([]dataset.LabelID{id}, func(a *dataset.Attributes) { n := int(time.Now().UnixNano() % 9000); a.Repetitions = &n })
			if err != nil {
				continue
			}
			l.editor.Apply(edit)
		}
	})
	b.Run("durable", func(b *testing.B) {
		l.reload(l.session.ID)
		n := 0
		for b.Loop() {
			n++
			edit, err := l.editor.Describe([]dataset.LabelID{id}, func(a *dataset.Attributes) { v := n; a.Repetitions = &v })
			if err != nil {
				b.Fatal(err)
			}
			l.editor.Apply(edit)
			if err := l.source.Apply(context.Background(), edit); err != nil {
				b.Fatal(err)
			}
		}
	})
}

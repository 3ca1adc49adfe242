package label

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"golang.org/x/sys/unix"

	"onset/app"
	"onset/dataset"
	"onset/views/theme"
	"onset/views/trace"
)

// cpuTime is what this thread has computed so far: on a busy machine the only
// clock that says what an edit costs.
func cpuTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// labelled is a room with a session of so many sets, each with its setup window.
func labelled(t testing.TB, n int) (*Label, *split) {
	s := &split{clock: cpuTime}
	l, _ := openWith(t, theme.Dark, s.runner())
	s.settle()
	if err := l.source.SetPreferences(app.Preferences{Rater: "MK"}); err != nil {
		t.Fatal(err)
	}
	l.PreferencesChanged()
	thigh := l.session.Recordings[1]
	edit := dataset.Edit{Session: l.session.ID, Rater: "MK", Action: "add label"}
	long := thigh.Samples / int64(n)
	for i := range int64(n) {
		x := dataset.Label{ID: dataset.LabelID(fmt.Sprintf("x%05d", i)), Recording: thigh.ID, Set: "MK", Kind: dataset.KindExercise, Start: long * i, End: long*i + max(long/2, 2),
			Exercise: l.exercises[i%7], Rater: "MK", Origin: "hand", Confidence: 1}
		w := x
		w.ID, w.Kind, w.Origin, w.End = "s"+x.ID, dataset.KindSetup, "onset", x.Start+1
		edit.Changes = append(edit.Changes, dataset.Change{After: &x}, dataset.Change{After: &w})
	}
	if err := l.source.Apply(context.Background(), edit); err != nil {
		t.Fatal(err)
	}
	l.reload(l.session.ID)
	s.settle()
	if got := l.editor.Count(dataset.KindExercise); got != n {
		t.Fatalf("%d sets", got)
	}
	return l, s
}

// redraw paints every picture of the trace that is seen, as a frame would.
func redraw(l *Label) {
	for _, o := range test.WidgetRenderer(l.trace).Objects() {
		if r, ok := o.(*canvas.Raster); ok && r.Visible() {
			r.Generator(int(r.Size().Width), int(r.Size().Height))
		}
	}
}

// BenchmarkEdit is what an edit costs the interface's goroutine, from the key
// until the labels are drawn anew and the study's answer has been taken in, in
// sessions of 10, 1,000 and 10,000 sets. A frame has 16 ms.
func BenchmarkEdit(b *testing.B) {
	var few float64
	for _, n := range []int{10, 1000, 10_000} {
		l, s := labelled(b, n)
		l.choose(dataset.LabelID(fmt.Sprintf("x%05d", n/2)))
		chosen, _ := l.editor.Find(l.selected[0])
		at, _ := l.editor.Times(chosen)
		for _, view := range []string{"near", "whole"} {
			for _, keys := range [][]string{{"\"", ":"}, {"4", "5"}, {"n", "p"}, {"undo", "redo"}} {
				b.Run(fmt.Sprintf("%s/%s/%d", keys[0], view, n), func(b *testing.B) {
					if l.trace.Fit(); view == "near" {
						span := 20 * l.trace.Length() / float64(max(n, 20)) // twenty of them
						l.trace.SetView(trace.View{Start: at - span/2, End: at + span/2})
					}
					runtime.LockOSThread()
					defer runtime.UnlockOSThread()
					step := func(i int) {
						s.ui = 0
						s.time(func() {
							switch key := keys[i%2]; key {
							case "undo":
								l.Undo()
							case "redo":
								l.Redo()
							default:
								l.trace.TypedRune([]rune(key)[0])
							}
							redraw(l)
						})
						s.settle()
					}
					for i := range 10 { // what is made once is made now
						step(i)
					}
					var took []float64
					for i := 0; b.Loop(); i++ {
						step(i)
						took = append(took, float64(s.ui)/1e6)
					}
					slices.Sort(took)
					b.ReportMetric(took[len(took)/2], "ui-ms/median")
					b.ReportMetric(took[len(took)*99/100], "ui-ms/p99")
					if keys[0] == "\"" && view == "near" {
						if n == 10 {
							few = took[len(took)/2]
						} else if few > 0 {
							b.ReportMetric(took[len(took)/2]/few, "times-10-labels")
						}
					}
				})
			}
		}
	}
}

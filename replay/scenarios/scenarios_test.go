package scenarios

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"onset/replay/dose"
)

// logs are the real workouts beside the project; the test is skipped without.
func logs(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "data", "muvr", "scenarios")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the workout logs in ../shared/data are absent")
	}
	return dir
}

func run(t *testing.T, dir string) Report {
	t.Helper()
	folders, err := Read(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(context.Background(), folders)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The reference must be the earlier system's: its own tests published, for each
// workout of this folder, the share of exercises and of labels it got right.
func TestReferenceReachesThePublishedScores(t *testing.T) {
	dir := logs(t)
	folders, err := Read(os.DirFS(filepath.Join(dir, "jan")))
	if err != nil {
		t.Fatal(err)
	}
	exercises := []float64{.82, .80, .79, .83, .97, 1, .94, 1}
	labels := []float64{.62, .28, .33, .66, .99, .99, .99, .99}
	whole := folders[0].Workouts
	var before Score
	for i := range exercises {
		r, err := Run(context.Background(), []Folder{{Name: "jan", Workouts: whole[:i+1]}})
		if err != nil {
			t.Fatal(err)
		}
		now := r.Folders["jan"]
		e := float64(now.Reference.NextRight-before.Reference.NextRight) / float64(now.Sets-before.Sets)
		l := float64(now.Reference.ValuesRight-before.Reference.ValuesRight) / float64(now.Values.Of-before.Values.Of)
		if e < exercises[i]-0.005 || e > exercises[i]+0.011 {
			t.Errorf("workout %d: the reference gets %.3f of the exercises, published %.2f", i+1, e, exercises[i])
		}
		if l < labels[i]-0.005 || l > labels[i]+0.011 {
			t.Errorf("workout %d: the reference gets %.3f of the labels, published %.2f", i+1, l, labels[i])
		}
		before = now
	}
}

func TestPredictorsBeatTheReference(t *testing.T) {
	r := run(t, logs(t))
	share := func(right, of int) float64 { return float64(right) / float64(of) }
	t.Logf("next %d of %d (reference %d), values %d of %d (reference %d), never seen %d",
		r.Next.Right, r.Sets, r.Reference.NextRight, r.Values.Right, r.Values.Of, r.Reference.ValuesRight, r.NeverSeen)
	if gain := share(r.Next.Right-r.Reference.NextRight, r.Sets); gain < 0.05 {
		t.Errorf("next exercise: %.3f against the reference's %.3f", share(r.Next.Right, r.Sets), share(r.Reference.NextRight, r.Sets))
	}
	if gain := share(r.Values.Right-r.Reference.ValuesRight, r.Values.Of); gain < 0.05 {
		t.Errorf("values: %.3f against the reference's %.3f", share(r.Values.Right, r.Values.Of), share(r.Reference.ValuesRight, r.Values.Of))
	}
	if r.Duration.Of == 0 || r.Duration.Right <= r.Duration.Reference || r.Rest.Of != 0 || !slices.Contains(r.Notes, "The logs hold no rest.") {
		t.Errorf("durations %+v, rests %+v, notes %q", r.Duration, r.Rest, r.Notes)
	}
	if l := r.Reference.NextLiteral; l <= r.Reference.NextRight || share(r.Next.Right-l, r.Sets) < 0.01 {
		t.Errorf("read literally the reference gets %d, by name %d, we %d", l, r.Reference.NextRight, r.Next.Right)
	}
	for name, f := range r.Folders {
		if f.Values.Right < f.Reference.ValuesRight-f.Values.Of/50 {
			t.Errorf("%s: values %d, reference %d", name, f.Values.Right, f.Reference.ValuesRight)
		}
	}
}

// Nothing of a workout may be known before its sets are done: cutting a log
// short must not change any guess before the cut.
func TestNoLookAhead(t *testing.T) {
	folders, err := Read(os.DirFS(logs(t)))
	if err != nil {
		t.Fatal(err)
	}
	f := folders[0]
	last := len(f.Workouts) - 1
	full, err := Run(context.Background(), []Folder{{Name: "x", Workouts: f.Workouts[:last]}})
	if err != nil {
		t.Fatal(err)
	}
	w := f.Workouts[last]
	w.Sets = w.Sets[:3]
	cut, err := Run(context.Background(), []Folder{{Name: "x", Workouts: append(append([]Workout(nil), f.Workouts[:last]...), w)}})
	if err != nil {
		t.Fatal(err)
	}
	if cut.Next.Right < full.Next.Right || cut.Next.Right > full.Next.Right+3 || cut.Values.Of < full.Values.Of {
		t.Errorf("three more sets changed earlier guesses: %+v against %+v", cut.Next, full.Next)
	}
}

func TestParseLogForgivesBlanksAndNamesTheRow(t *testing.T) {
	w, err := ParseLog("a.csv", strings.NewReader("legs\r\nresistanceTargeted:legs\r\n\r\n a:legs/squat ,\tR=10, W = 22.5,I=0.4\r\n\r\na:legs/lunge,D=30\n"))
	if err != nil {
		t.Fatal(err)
	}
	kg, _ := w.Sets[0].Dose.Get(dose.Weight)
	if w.Kind != "resistanceTargeted:legs" || len(w.Sets) != 2 || w.Sets[0].Exercise != "a:legs/squat" || kg != 22.5 {
		t.Errorf("parsed %+v", w)
	}
	for text, row := range map[string]string{
		"d\nk\n\nx,R=ten\n": "row 4", "d\nk\nx,Q=1\n": "row 3", "d\nk\nR=1,W=2\n": "row 3", "d\nk\nx,R=NaN": "row 3",
	} {
		if _, err := ParseLog("bad.csv", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), row) || !strings.Contains(err.Error(), "bad.csv") {
			t.Errorf("%q: error %v does not name %s", text, err, row)
		}
	}
	if _, err := Read(fstest.MapFS{"readme.txt": {}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder without logs: %v", err)
	}
}

func FuzzParseLog(f *testing.F) {
	f.Add("d\nk\nx,R=1,W=2\n")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseLog("f.csv", strings.NewReader(text))
		if err == nil {
			if _, err := Run(context.Background(), []Folder{{Name: "f", Workouts: []Workout{w, w}}}); err != nil {
				t.Error(err)
			}
		}
	})
}

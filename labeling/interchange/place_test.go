package interchange

import (
	"bytes"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onset/dataset"
)

// paused is a session of one recording that holds nothing from 13 to 36 s and from
// 40 to 60 s.
func paused() dataset.Session {
	clock := dataset.Clock{Segments: []dataset.Segment{{Rate: 50}, {First: 650, Start: 36, Rate: 50}, {First: 850, Start: 60, Rate: 50}}}
	return dataset.Session{ID: "s01", Recordings: []dataset.Recording{{ID: "wrist", Samples: 1850, Clock: clock}}}
}

func taken(t *testing.T, format, text string, held ...dataset.Label) ([]dataset.Label, []string, error) {
	t.Helper()
	session := paused()
	f, err := ByName(format)
	if err != nil {
		t.Fatal(err)
	}
	d, notes, err := f.Import(strings.NewReader(text), DocumentOf(session, session.Recordings[0], nil))
	if err != nil {
		return nil, nil, err
	}
	labels, more, err := Into{Session: session, Recording: session.Recordings[0], Set: "A", Rater: "MK", Held: held}.Labels(d)
	var said []string
	for _, n := range append(notes, more...) {
		said = append(said, n.Message)
	}
	return labels, said, err
}

// A label that reaches into a pause is cut at its edge and named, one that lies in
// it refuses the file, whatever the format.
func TestImportedLabelsAreCutAtPausesAndSayIt(t *testing.T) {
	for _, c := range []struct {
		from, to   float64
		start, end int64
		says       string
	}{
		{5, 10, 250, 500, ""},
		{10, 20, 500, 650, "line 1 (squat, 10.000 to 20.000 s) ends in a pause: nothing was recorded from 13.000 to 36.000 s, and it ends at 13.000 s now"},
		{20, 38, 650, 750, "line 1 (squat, 20.000 to 38.000 s) begins in a pause: nothing was recorded from 13.000 to 36.000 s, and it begins at 36.000 s now"},
		{20, 50, 650, 850, "it goes from 36.000 to 40.000 s now"},
		{10, 62, 500, 950, "1 label was taken across a pause in which nothing was recorded, the first at 13.00 s"}, // its ends are where they were said to be
		{5, 13, 250, 650, ""},
	} {
		labels, said, err := taken(t, "audacity", fmt.Sprintf("%g\t%g\tsquat\n", c.from, c.to))
		if err != nil || len(labels) != 1 || labels[0].Start != c.start || labels[0].End != c.end {
			t.Errorf("%g to %g s: %+v, %v", c.from, c.to, labels, err)
		}
		if got := strings.Join(said, "|"); (got == "") != (c.says == "") || !strings.Contains(got, c.says) {
			t.Errorf("%g to %g s says %q, want %q", c.from, c.to, got, c.says)
		}
	}
	for format, text := range map[string]string{
		"audacity":     "1\t2\ta\n40.5\t50\tsquat\n",
		"csv":          "start_s,end_s,label\n1,2,a\n40.5,50,squat\n",
		"boris":        "Subject,Behavior,Start (s),Stop (s)\nMK,a,1,2\nMK,squat,40.5,50\n",
		"label-studio": `[{"annotations":[{"completed_by":"MK","result":[{"type":"timeserieslabels","value":{"start":40.5,"end":50,"timeserieslabels":["squat"]}}]}]}]`,
		"elan":         `<ANNOTATION_DOCUMENT><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="40500"/><TIME_SLOT TIME_SLOT_ID="b" TIME_VALUE="50000"/></TIME_ORDER><TIER TIER_ID="t"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a7" TIME_SLOT_REF1="a" TIME_SLOT_REF2="b"><ANNOTATION_VALUE>squat</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>`,
	} {
		where := map[string]string{"audacity": "line 2", "csv": "row 3", "boris": "row 3", "label-studio": "result 1 of MK", "elan": `annotation a7 of tier "t"`}[format]
		_, _, err := taken(t, format, text)
		if err == nil || !strings.Contains(err.Error(), where+" (squat, 40.500 to 50.000 s) lies in a pause of the recording: nothing was recorded from 40.000 to 60.000 s") {
			t.Errorf("%s: %v", format, err)
		}
	}
	if _, _, err := taken(t, "audacity", "45\t45\tclap\n"); err == nil || !strings.Contains(err.Error(), "lies in a pause") {
		t.Errorf("a point in a pause: %v", err)
	}
}

func TestOwnTablesAreRefusedWithWhatIsWrong(t *testing.T) {
	head := "start_s,end_s,start_sample,end_sample,label,kind,attributes\n1,2,50,100,a,exercise,\n"
	for row, says := range map[string]string{
		`3,4,,,b,exercise,"{""weight"":5}"`: `row 3: attributes: "weight" is none of the known names, which are repetitions, weight_kg, intensity, side, quality, execution, note, extra`,
		"3,4,,,b,wibble,":                   `row 3: "wibble" is no kind of label; there are exercise, setup, rest, point`,
		"3,4,,,,exercise,":                  "row 3 (exercise, 3.000 to 4.000 s) is a set without an exercise",
		"3,4,500,550,b,exercise,":           "row 3: samples 500 to 550 contradict its times: 3.000 to 4.000 s are samples 150 to 200",
		"3,4,150,300,b,exercise,":           "row 3: samples 150 to 300 contradict its times",
		"3,4,,999999,b,exercise,":           "row 3: samples ? to 999999 contradict its times",
		"3,4,1.5,,b,exercise,":              `row 3: column start_sample holds "1.5", not a sample number`,
	} {
		if _, _, err := taken(t, "csv", head+row+"\n"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v does not say %q", row, err, says)
		}
	}
	for _, row := range []string{"3,4,151,199,b,exercise,", "3,13,150,650,b,exercise,", "3,4,,,b,,", `3,4,150,,b,rest,"{""weight_kg"":5,""extra"":{""foo"":""1""}}"`} {
		if labels, _, err := taken(t, "csv", head+row+"\n"); err != nil || len(labels) != 2 {
			t.Errorf("%s: %+v, %v", row, labels, err)
		}
	}
}

// attributeNames are all that an attribute can be called.
func TestAttributeNamesAreWhole(t *testing.T) {
	a := reflect.TypeOf(dataset.Attributes{})
	for i := range a.NumField() {
		name, _, _ := strings.Cut(a.Field(i).Tag.Get("json"), ",")
		if !slices.Contains(attributeNames, name) || a.NumField() != len(attributeNames) {
			t.Errorf("%s is not among %v", name, attributeNames)
		}
	}
}

func TestAFileTakenTwiceDoublesNothing(t *testing.T) {
	text := "start_s,end_s,label,rater\n1,2,a,MK\n3,4,b,MK\n3,4,b,JB\n"
	first, said, err := taken(t, "csv", text)
	if err != nil || len(first) != 3 || len(said) != 0 {
		t.Fatal(first, said, err)
	}
	again, said, err := taken(t, "csv", text+"5,6,c,MK\n", first...)
	if err != nil || len(again) != 1 || len(said) != 1 || said[0] != `3 labels were left out: the set "A" holds the same already` {
		t.Errorf("%+v, %q, %v", again, said, err)
	}
}

// full are labels that say all that a label can.
func full() []dataset.Label {
	reps, kg, hard, quality := 12, 7.5, 0.5, 4
	a := dataset.Attributes{Repetitions: &reps, WeightKg: &kg, Intensity: &hard, Side: "left", Quality: &quality, Execution: "fast", Note: "left, then \"right\"", Extra: map[string]string{"foo": "onset:{1"}}
	l := dataset.Label{Recording: "wrist", Set: "A", Kind: dataset.KindExercise, Exercise: "squat", Rater: "MK", Origin: "suggestion:energy", Confidence: .42, Attributes: a, Start: 50, End: 300}
	setup, point := l, l
	setup.Kind, setup.End, setup.Origin, setup.Attributes = dataset.KindSetup, 100, "onset", dataset.Attributes{}
	point.Kind, point.Start, point.End, point.Exercise = dataset.KindPoint, 400, 400, "clap"
	return []dataset.Label{l, setup, point}
}

// What a format has a free field for comes back; what it has no place for its notes
// name, and nothing else.
func TestWhatALabelSaysComesBackOrIsNamed(t *testing.T) {
	session := paused()
	r := session.Recordings[0]
	parts := map[string]func(a, b Span) bool{
		"rater":              func(a, b Span) bool { return a.Rater == b.Rater },
		"origin":             func(a, b Span) bool { return a.Origin == b.Origin },
		"confidence":         func(a, b Span) bool { return a.Confidence == b.Confidence },
		"repetitions":        func(a, b Span) bool { return reflect.DeepEqual(a.Attributes.Repetitions, b.Attributes.Repetitions) },
		"weight":             func(a, b Span) bool { return reflect.DeepEqual(a.Attributes.WeightKg, b.Attributes.WeightKg) },
		"further attributes": func(a, b Span) bool { return reflect.DeepEqual(a.Attributes.Extra, b.Attributes.Extra) },
		"note":               func(a, b Span) bool { return a.Attributes.Note == b.Attributes.Note },
	}
	for _, f := range Formats() {
		d := DocumentOf(session, r, full())
		d.Start = worn(false).Start
		var b bytes.Buffer
		notes, err := f.Export(&b, d)
		if err != nil {
			t.Fatal(f.Name, err)
		}
		text := b.String()
		got, _, err := f.Import(&b, Document{Start: d.Start, Line: d.Line})
		if err != nil || len(got.Spans) != 3 {
			t.Fatal(f.Name, got.Spans, err, text)
		}
		said := ""
		for _, n := range notes {
			said += n.Message + "\n"
		}
		for what, same := range parts {
			n := 0
			for _, s := range finish(d).Spans {
				i := slices.IndexFunc(got.Spans, func(g Span) bool { return g.Kind == s.Kind })
				if i < 0 || !same(s, got.Spans[i]) {
					n++
				}
			}
			if named := strings.Contains(said, fmt.Sprintf("%s (%d)", what, n)); named != (n > 0) || n == 0 && strings.Contains(said, what+" (") {
				t.Errorf("%s loses the %s of %d labels and says %q\n%s", f.Name, what, n, said, text)
			}
		}
	}
}

// A name comes back as it was, whatever it is, or the notes say that it did not.
func TestNamesComeBackOrAreNamed(t *testing.T) {
	session := paused()
	for _, f := range Formats() {
		rapid.Check(t, func(t *rapid.T) {
			l := full()[0]
			l.Kind = rapid.SampledFrom([]string{dataset.KindExercise, dataset.KindSetup, dataset.KindRest, dataset.KindPoint}).Draw(t, "kind")
			if l.Kind == dataset.KindPoint {
				l.End = l.Start
			}
			l.Exercise = strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"squat", " (setup)", " (rest)", " (exercise)", " (point)", "setup", "\t", "\n", "\r\n", " ", "\\n", `"`, ",", "#", "@"}), 1, 4).Draw(t, "name"), "")
			d := DocumentOf(session, session.Recordings[0], []dataset.Label{l})
			d.Start = worn(false).Start
			var b bytes.Buffer
			notes, err := f.Export(&b, d)
			if err != nil {
				t.Fatal(err)
			}
			text := b.String()
			got, _, err := f.Import(&b, Document{Start: d.Start, Line: d.Line})
			if err != nil || len(got.Spans) != 1 {
				t.Fatalf("%s: %+v %v\n%s", f.Name, got.Spans, err, text)
			}
			said := slices.ContainsFunc(notes, func(n Note) bool { return strings.Contains(n.Message, "in a name") })
			if g := got.Spans[0]; !said && (g.Label != l.Exercise || g.Kind != l.Kind) {
				t.Fatalf("%s: %q of kind %s came back as %q of kind %s\n%s", f.Name, l.Exercise, l.Kind, g.Label, g.Kind, text)
			}
		})
	}
	// What others call so stays as it is.
	for name, want := range map[string][2]string{"Squat (exercise)": {"Squat (exercise)", ""}, "squat (setup)": {"squat", dataset.KindSetup},
		"squat (setup) (exercise)": {"squat (setup)", dataset.KindExercise}, "rest": {"", dataset.KindRest}} {
		if label, kind := kindIn(name); label != want[0] || kind != want[1] {
			t.Errorf("%q is %q of kind %q", name, label, kind)
		}
	}
}

// The folders say how many labels are in them, and what is not.
func TestFoldersCountWhatTheyHold(t *testing.T) {
	session, labels := taught()
	session.Recordings[0].Clock.Segments = append(session.Recordings[0].Clock.Segments, dataset.Segment{First: 800, Start: 100, Rate: 48.844})
	labels = append(labels, dataset.Label{Recording: "wrist", Kind: dataset.KindPoint, Start: 600, End: 600, Exercise: "clap"})
	for i := range labels {
		labels[i].Origin, labels[i].Confidence = "hand", 1
	}
	for i, f := range Folders() {
		n, notes, err := f.Write(t.Context(), filepath.Join(t.TempDir(), fmt.Sprint(i)), ramp{}, session, session.Recordings[0], labels)
		if err != nil || n != 3 {
			t.Errorf("%s: %d labels, %v", f.Name, n, err)
		}
		said := fmt.Sprint(notes)
		for _, want := range []string{"1 setup window is not in it", "1 point event is not in it", "1 label was written in several pieces", "origin (3)"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: %s does not say %q", f.Name, said, want)
			}
		}
	}
}

package interchange

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"onset/dataset"
	"onset/labeling"

	"pgregory.net/rapid"
)

// tolerance is half the grid of each format, in seconds.
var tolerance = map[string]float64{"csv": 0, "audacity": 5.1e-7, "elan": 1.001e-3, "label-studio": 0, "boris": 5.1e-7, "signaligner": 5.01e-4, "sensiml": .0051}

// steady is an hour at one rate.
func steady(hz float64) labeling.Timeline {
	return labeling.Timeline{Recording: "wrist", Samples: int64(3600 * hz), Clock: dataset.Clock{Segments: []dataset.Segment{{Rate: hz}}}}
}

func document(t *rapid.T) Document {
	d := Document{Session: "s01", Start: time.Date(2015, 5, 24, 11, 30, 0, 0, time.UTC), Line: steady(100)}
	at := 0.0
	for range rapid.IntRange(0, 12).Draw(t, "labels") {
		at += rapid.Float64Range(.02, 30).Draw(t, "pause")
		length := rapid.Float64Range(.02, 40).Draw(t, "length")
		reps := rapid.IntRange(0, 30).Draw(t, "reps")
		d.Spans = append(d.Spans, Span{StartS: at, EndS: at + length,
			Label: rapid.SampledFrom([]string{"resistance:arms/biceps-curl", "squat", "knee, \"left\"", "Übung & <b>", "a'b"}).Draw(t, "label"),
			Kind:  rapid.SampledFrom([]string{dataset.KindExercise, dataset.KindSetup, dataset.KindRest}).Draw(t, "kind"), Rater: rapid.SampledFrom([]string{"MK", "JB"}).Draw(t, "rater"), Set: "first", Origin: "hand", Confidence: rapid.SampledFrom([]float64{0, .25, 1}).Draw(t, "confidence"),
			Attributes: dataset.Attributes{Repetitions: &reps, Note: "n"}})
	}
	return d
}

func TestEveryFormatRoundTrips(t *testing.T) {
	for _, f := range Formats() {
		t.Run(f.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				d := document(t)
				var b bytes.Buffer
				if _, err := f.Export(&b, d); err != nil {
					t.Fatal(err)
				}
				if len(d.Spans) == 0 && f.Name == "elan" {
					return // a document without tiers is refused
				}
				got, _, err := f.Import(&b, Document{Start: d.Start, Line: d.Line})
				if err != nil {
					t.Fatal(err)
				}
				compare(t, d, got, tolerance[f.Name], f.Name == "csv")
			})
		})
	}
}

func compare(t *rapid.T, want, got Document, tol float64, whole bool) {
	want = finish(want)
	if len(got.Spans) != len(want.Spans) {
		t.Fatalf("%d labels became %d", len(want.Spans), len(got.Spans))
	}
	for i, w := range want.Spans {
		g := got.Spans[i]
		if math.Abs(g.StartS-w.StartS) > tol || math.Abs(g.EndS-w.EndS) > tol || g.Label != w.Label || g.Kind != w.Kind {
			t.Fatalf("label %d: %+v became %+v", i, w, g)
		}
		if whole && (g.Rater != w.Rater || g.Set != w.Set || g.Origin != w.Origin || g.Confidence != w.Confidence || *g.Attributes.Repetitions != *w.Attributes.Repetitions) {
			t.Fatalf("label %d lost detail: %+v became %+v", i, w, g)
		}
	}
}

func TestPointsAndOverlapsSurviveELAN(t *testing.T) {
	d := Document{Spans: []Span{{StartS: 1, EndS: 1, Label: "clap", Kind: dataset.KindPoint}, {StartS: 2, EndS: 9, Label: "a", Kind: dataset.KindExercise},
		{StartS: 3, EndS: 5, Label: "b", Kind: dataset.KindExercise}}}
	var b bytes.Buffer
	notes, err := exportELAN(&b, d)
	if err != nil || len(notes) != 2 {
		t.Fatal(notes, err)
	}
	got, _, err := importELAN(&b, Document{})
	if err != nil || len(got.Spans) != 3 {
		t.Fatal(got, err)
	}
	if p := got.Spans[0]; p.Kind != dataset.KindPoint || p.StartS != 1 || p.EndS != 1 {
		t.Errorf("the point became %+v", p)
	}
	if got.Spans[1].Set == got.Spans[2].Set {
		t.Error("two overlapping labels share an exclusive tier")
	}
}

func TestWhatOthersWrite(t *testing.T) {
	known := Document{Line: steady(50), Start: time.Date(2020, 1, 2, 10, 0, 0, 0, time.FixedZone("", 3600))}
	for name, c := range map[string]struct {
		format, text string
		start, end   float64
		label        string
	}{
		"Audacity with a frequency range": {"audacity", "1.500000\t2.500000\tcurl\n\\\t100.0\t2000.0\n", 1.5, 2.5, "curl"},
		"Audacity with decimal commas":    {"audacity", "1,5\t2,5\tcurl\r\n", 1.5, 2.5, "curl"},
		"BORIS pairs":                     {"boris", "Time\tSubject\tBehavior\tStatus\n3.25\tMK\tsquat\tSTART\n9\tMK\tsquat\tSTOP\n", 3.25, 9, "squat"},
		"BORIS aggregated with commas":    {"boris", "Subject,Behavior,Start (s),Stop (s)\nMK,squat,3.25,9\n", 3.25, 9, "squat"},
		"Signaligner":                     {"signaligner", "START_TIME,STOP_TIME,PREDICTION,SOURCE,LABELSET\n2020-01-02 10:00:01.250,2020-01-02 10:00:03.000,walk,Player,x\n", 1.25, 3, "walk"},
		"SensiML":                         {"sensiml", `[{"file_name":"C:\\x\\a.csv","sessions":[{"session_name":"s","segments":[{"name":"Label","value":"jab","start":50,"end":125}]}]}]`, 1, 2.5, "jab"},
		"byte-order mark":                 {"csv", "\ufeffstart_s,end_s,label\n1,2,x\n", 1, 2, "x"},
	} {
		f, err := ByName(c.format)
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := f.Import(strings.NewReader(c.text), known)
		if err != nil || len(d.Spans) != 1 {
			t.Errorf("%s: %+v, %v", name, d, err)
			continue
		}
		if s := d.Spans[0]; math.Abs(s.StartS-c.start) > 1e-9 || math.Abs(s.EndS-c.end) > 1e-9 || s.Label != c.label {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestBadFilesAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ format, text, says string }{
		"text for a time": {"csv", "start_s,end_s,label\n1,2,a\nx,3,b\n", "row 3"},
		"backwards":       {"audacity", "2\t1\tcurl\n", "line 1"},
		"no column":       {"csv", "start,end\n1,2\n", "start_s"},
		"unpaired":        {"boris", "Time\tSubject\tBehavior\tStatus\n1\tMK\tsquat\tSTART\n", "never stops"},
		"stop first":      {"boris", "Time\tSubject\tBehavior\tStatus\n1\tMK\tsquat\tSTOP\n", "row 2"},
		"not XML":         {"elan", "hello", "not an ELAN"},
		"two tasks":       {"label-studio", "[{},{}]", "2 tasks"},
		"empty":           {"signaligner", "", "calendar clock"},
		"not a number":    {"csv", "start_s,end_s,label\nNaN,2,a\n", "row 2"},
	} {
		f, err := ByName(c.format)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := f.Import(strings.NewReader(c.text), Document{}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v does not say %q", name, err, c.says)
		}
	}
	if _, err := ByName("word"); err == nil {
		t.Error("an unknown format was found")
	}
}

func FuzzImport(f *testing.F) {
	f.Add("1\t2\tx\n")
	f.Add(`[{"annotations":[{"result":[{"type":"timeserieslabels","value":{"start":1,"end":2,"timeserieslabels":["a"]}}]}]}]`)
	f.Add("START_TIME,STOP_TIME,PREDICTION\n2020-01-02 10:00:01.250,2020-01-02 10:00:03.000,walk\n")
	f.Add(`<ANNOTATION_DOCUMENT><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="1"/></TIME_ORDER><TIER TIER_ID="t"/></ANNOTATION_DOCUMENT>`)
	known := Document{Line: steady(100), Start: time.Date(2020, 1, 2, 10, 0, 0, 0, time.UTC)}
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range Formats() {
			d, _, err := format.Import(strings.NewReader(text), known)
			if err != nil {
				continue
			}
			for _, s := range d.Spans {
				if !(s.StartS <= s.EndS) {
					t.Fatalf("%s let through %+v", format.Name, s)
				}
			}
		}
	})
}

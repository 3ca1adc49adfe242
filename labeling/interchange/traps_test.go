package interchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zone must be known everywhere
	"unicode/utf16"

	"pgregory.net/rapid"

	"onset/dataset"
	"onset/labeling"
)

// worn is a session as devices record it: a true rate beside the nominal one, a
// lost stretch, a start in a time zone.
func worn(gap bool) dataset.Session {
	clock := dataset.Uniform(0, 48.844)
	if gap {
		clock.Segments = append(clock.Segments, dataset.Segment{First: 6328, Start: clock.Time(6328) + 2.07, Rate: 48.844})
	}
	return dataset.Session{ID: "s01", Start: time.Date(2026, 10, 24, 23, 59, 0, 0, time.UTC), Zone: "Europe/Berlin",
		Recordings: []dataset.Recording{{ID: "wrist", Samples: 900_000, Clock: clock}}}
}

func there(t interface{ Fatal(...any) }, f Format, session dataset.Session, labels []dataset.Label) (Document, string) {
	r := session.Recordings[0]
	var b bytes.Buffer
	if _, err := f.Export(&b, DocumentOf(session, r, labels)); err != nil {
		t.Fatal(f.Name, err)
	}
	text := b.String()
	d, _, err := f.Import(&b, DocumentOf(session, r, nil))
	if err != nil {
		t.Fatal(f.Name, err, text)
	}
	return d, text
}

// Labels go to another program and come back on the very samples that they lay on,
// also where the true rate is not round, at a gap, and over the change of clocks in
// autumn: the session runs from 1:59 at night until after six.
func TestEveryFormatKeepsTheSample(t *testing.T) {
	for _, f := range Formats() {
		for _, gap := range []bool{false, true} {
			t.Run(fmt.Sprint(f.Name, gap), func(t *testing.T) {
				session := worn(gap)
				line := labeling.TimelineOf(session.Recordings[0])
				rapid.Check(t, func(t *rapid.T) {
					var labels []dataset.Label
					at := int64(0)
					for range rapid.IntRange(1, 8).Draw(t, "labels") {
						start := at + rapid.Int64Range(0, 60_000).Draw(t, "pause")
						end := start + rapid.Int64Range(1, 30_000).Draw(t, "length")
						if gap && rapid.Bool().Draw(t, "at the gap") && start < 6328 {
							end = 6328
						}
						if at = end; f.Name == "signaligner" && twice(session, line, start, end) {
							continue // wall clocks without a zone do not tell the two hours apart
						}
						labels = append(labels, dataset.Label{Recording: "wrist", Set: "A", Kind: dataset.KindExercise, Start: start, End: end,
							Exercise: "strength:arms/biceps-curl", Rater: "MK", Origin: "hand", Confidence: 1})
					}
					if len(labels) == 0 {
						return
					}
					d, text := there(t, f, session, labels)
					if len(d.Spans) != len(labels) {
						t.Fatalf("%d labels came back as %d:\n%s", len(labels), len(d.Spans), text)
					}
					for i, l := range labels {
						s := d.Spans[i]
						if start, end := line.Nearest(s.StartS), line.Boundary(s.EndS); start != l.Start || end != l.End || s.Label != l.Exercise {
							t.Fatalf("[%d,%d) came back as [%d,%d):\n%s", l.Start, l.End, start, end, text)
						}
					}
				})
			})
		}
	}
}

// twice reports whether a label touches an hour that the wall clock shows twice.
func twice(s dataset.Session, line labeling.Timeline, start, end int64) bool {
	from, to := line.Times(start, end)
	change := time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)
	at := func(t float64) time.Duration {
		return s.Start.Add(time.Duration(t * float64(time.Second))).Sub(change).Abs()
	}
	return min(at(from), at(to)) <= time.Hour
}

// A point stays a point in every format that has any.
func TestEveryFormatKeepsPoints(t *testing.T) {
	session := worn(false)
	for _, f := range Formats() {
		d, text := there(t, f, session, []dataset.Label{{Recording: "wrist", Set: "A", Kind: dataset.KindPoint, Start: 5000, End: 5000, Exercise: "clap", Rater: "MK", Confidence: 1}})
		if len(d.Spans) != 1 || d.Spans[0].Kind != dataset.KindPoint || d.Spans[0].StartS != d.Spans[0].EndS {
			t.Errorf("%s: %+v\n%s", f.Name, d.Spans, text)
		}
	}
}

// What each format is known to trip over.
func TestFormatsKeepOffTheirTraps(t *testing.T) {
	session := worn(true)
	labels := []dataset.Label{
		{Recording: "wrist", Set: "A", Kind: dataset.KindExercise, Start: 100, End: 6328, Exercise: "curl", Rater: "MK", Confidence: 1},
		{Recording: "wrist", Set: "A", Kind: dataset.KindExercise, Start: 5000, End: 7000, Exercise: "press", Rater: "MK", Confidence: 1},
		{Recording: "wrist", Set: "A", Kind: dataset.KindNone, Start: 8000, End: 9000, Rater: "MK", Confidence: 1},
	}
	written := map[string]string{}
	for _, f := range Formats() {
		d, text := there(t, f, session, labels)
		if written[f.Name] = text; len(d.Spans) != 2 {
			t.Errorf("%s: a stretch that was settled to be empty became a label: %+v", f.Name, d.Spans)
		}
	}
	for name, want := range map[string][]string{
		"csv":          {",100,6328,", ",5000,7000,"},                        // samples of the label's own recording beside the times
		"elan":         {`TIER_ID="exercise@MK"`, `TIER_ID="exercise@MK#2"`}, // no overlap inside a tier
		"signaligner":  {"2026-10-25 01:59:02.047"},                          // the clock on the wall, not UTC
		"boris":        {"STATE"},
		"label-studio": {`"instant": false`, `"time_unit": "s"`},
		"sensiml":      {`"start": 100`, `"end": 6328`},
		"audacity":     {"\tcurl\n"},
	} {
		for _, w := range want {
			if !strings.Contains(written[name], w) {
				t.Errorf("%s does not say %q:\n%s", name, w, written[name])
			}
		}
	}
	if lines := strings.Split(strings.TrimSpace(written["audacity"]), "\n"); len(lines) != 2 {
		t.Errorf("Audacity: %q", lines)
	}
	var tasks []map[string]any
	if err := json.Unmarshal([]byte(written["label-studio"]), &tasks); err != nil || len(tasks) != 1 {
		t.Errorf("Label Studio: %v %v", tasks, err)
	}
	sensiml, _ := ByName("sensiml")
	dai := `[{"file_name":"a.csv","videos":[{"path":"C:\\Users\\x\\v.mp4"}],"sessions":[{"session_name":"s","segments":[{"name":"Label","value":"jab","start":50,"end":125}]}]}]`
	if d, _, err := sensiml.Import(strings.NewReader(dai), Document{Line: steady(50)}); err != nil || len(d.Spans) != 1 || d.Spans[0].EndS != 2.5 {
		t.Errorf("SensiML with a video of another machine: %+v %v", d, err)
	}
}

func TestLabelsAsSpreadsheetsWriteThem(t *testing.T) {
	for name, text := range map[string]string{
		"semicolons":   "\ufeffstart_s;end_s;label\r\n1,5;2,25;Dehnübung\r\n",
		"tabs":         "start_s\tend_s\tlabel\n1.5\t2.25\tDehnübung\n",
		"Unicode text": "\xff\xfe" + wide("start_s\tend_s\tlabel\r\n1,5\t2,25\tDehnübung\r\n"),
	} {
		d, _, err := importCSV(strings.NewReader(text), Document{})
		if err != nil || len(d.Spans) != 1 || d.Spans[0].StartS != 1.5 || d.Spans[0].EndS != 2.25 || d.Spans[0].Label != "Dehnübung" {
			t.Errorf("%s: %+v, %v", name, d.Spans, err)
		}
	}
	for text, says := range map[string]string{
		"start_s,end_s,label\n1,2,\xdcbung\n":  "line 2, column 5",
		"start_s,end_s,label\n1,2,curl,more\n": "row 2 has 4 cells; the header has 3",
	} {
		if _, _, err := importCSV(strings.NewReader(text), Document{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v does not say %q", text, err, says)
		}
	}
}

func wide(text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

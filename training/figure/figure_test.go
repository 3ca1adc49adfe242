package figure

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"onset/training"
	"onset/training/stats"
)

// wellFormed reads an SVG to its end.
func wellFormed(t *testing.T, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
	}
}

func TestRanksDiagramNamesModelsAndCliques(t *testing.T) {
	scores := [][]float64{{.1, .5, .9}, {.2, .6, .8}, {.1, .7, .8}, {.3, .5, .9}, {.2, .4, .7}}
	f, err := stats.Friedman(scores)
	if err != nil {
		t.Fatal(err)
	}
	cd := stats.CriticalDifference(3, 5, 0.05)
	r := &training.Ranking{Models: make([]training.ModelSummary, 3), Friedman: f, CriticalDifference: cd, Alpha: 0.05, Cliques: stats.Cliques(f.MeanRanks, cd)}
	var b strings.Builder
	if err := Ranks(&b, r, []string{"forest", "a <net>", "both"}); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, b.String())
	for _, want := range []string{"forest  3.00", "a &lt;net&gt;  2.00", "both  1.00", "critical difference 1.48"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in it", want)
		}
	}
	if bars := strings.Count(b.String(), `stroke-width="3.5"`); bars != len(r.Cliques) || bars == 0 {
		t.Errorf("%d bars for %d groups", bars, len(r.Cliques))
	}
	if Ranks(&b, r, nil) == nil {
		t.Error("models without names were drawn")
	}
}

func TestCurveAndReliabilityAreDrawn(t *testing.T) {
	var b strings.Builder
	c := &training.OnsetCurve{Chance: .2, Points: []training.OnsetPoint{
		{Seconds: .2, Windows: 9, ParticipantAccuracy: training.Spread{Mean: .4, CI: &stats.Interval{Lo: .3, Hi: .5}}},
		{Seconds: 1, Windows: 9, ParticipantAccuracy: training.Spread{Mean: .8}}}}
	if err := Onset(&b, c); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, b.String())
	if strings.Count(b.String(), "<circle") != 2 {
		t.Error("not two points")
	}
	b.Reset()
	if err := Reliability(&b, &training.Result{ECE: .05, Windows: 9, Reliability: []training.ReliabilityBin{{N: 0}, {N: 9, Confidence: .7, Accuracy: .6}}}); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, b.String())
	if strings.Count(b.String(), "<circle") != 1 || !strings.Contains(b.String(), "0.050") {
		t.Errorf("reliability: %s", b.String())
	}
	for _, l := range regexp.MustCompile(`<text x="60.0"[^>]*>([^<]*)<`).FindAllStringSubmatch(b.String(), -1) {
		if len(l[1]) > 65 { // what 460 units hold at this size
			t.Errorf("%q is wider than the figure", l[1])
		}
	}
}

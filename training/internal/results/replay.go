package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ablation is what onsetctl replay --protocol prints, as far as the tables go.
type ablation struct {
	Protocol     string       `json:"protocol"`
	N            int          `json:"n"`
	New          int          `json:"new"`
	Unit         string       `json:"unit"`
	Simulated    bool         `json:"simulated"`
	Fused        score        `json:"fused"`
	Sensor       score        `json:"sensor"`
	Markov       score        `json:"markov"`
	Place        score        `json:"place"`
	Memory       score        `json:"memory"`
	Combinations []score      `json:"combinations"`
	Paired       []difference `json:"paired"`
	Steps        []difference `json:"steps"`
	Notes        []string     `json:"notes"`
	Sessions     []struct{}   `json:"sessions"`
	Segmentation *struct {
		Counts             map[string]int `json:"counts"`
		FalseStartsPerHour float64        `json:"false_starts_per_hour"`
	} `json:"segmentation"`
	Weights []struct {
		Fitted  int                `json:"decisions"`
		Weights map[string]float64 `json:"weights"`
		Spoke   map[string]int     `json:"spoke"`
	} `json:"weights"`
	Participants []struct{} `json:"participants"`
	Repetitions  struct {
		N         int     `json:"n"`
		MeanError float64 `json:"mean_absolute_error"`
		WithinOne float64 `json:"within_one"`
		Holes     int     `json:"not_counted"`
	} `json:"repetitions"`
}

type score struct {
	Sources  []string   `json:"sources"`
	Accuracy float64    `json:"accuracy"`
	Interval [2]float64 `json:"interval"`
	Latency  *struct {
		MedianS float64 `json:"median_s"`
		P90S    float64 `json:"p90_s"`
		Missed  int     `json:"missed"`
		Of      int     `json:"of"`
	} `json:"latency"`
	Events *struct {
		Matched int `json:"matched"`
		Right   int `json:"right"`
	} `json:"events"`
	N          int `json:"n"`
	NoAnswer   int `json:"no_answer"`
	NoEvidence int `json:"no_evidence"`
}

// silent says that there was nothing to go by in any set.
func (s score) silent() bool { return s.N > 0 && s.NoEvidence == s.N }

func (s score) String() string {
	if s.silent() {
		return "no evidence"
	}
	return fmt.Sprintf("%.3f [%.3f, %.3f]", s.Accuracy, s.Interval[0], s.Interval[1])
}

type difference struct {
	A        []string   `json:"a"`
	B        []string   `json:"b"`
	Mean     float64    `json:"mean"`
	Interval [2]float64 `json:"interval"`
	OnlyA    int        `json:"only_a_right"`
	OnlyB    int        `json:"only_b_right"`
}

func (r *report) replays() error {
	r.printf("\n## The whole classifier: which evidence makes the answer\n\nEach session (or person) in turn is left out of everything that is learnt: the sensor's model, order, places, memory and weights.\nEarlier sets of a session are confirmed as they are done. Order is called markov. Latency, missed sets, what is right at\nonsets found, and false starts are of the same sets with onsets found by the program itself; the onsets are the same for every\nrow. A source without evidence, or whose best exercise lies no more than 1e-9 above the next, gives no answer: it counts as\nnot right, and is counted in its column.\n")
	for _, s := range []struct{ name, what, reference string }{
		{"replay-pebble-arms", "Pebble, two days of arms of one person, each left out in turn", " A first attempt on the same sets: sensor .52, order .57, memory .67, all .75."},
		{"replay-pebble", "Pebble, ten recorded sessions of one person, each with labels left out in turn", ""},
		{"replay-sample", "The sample study", ""},
		{"replay-sample-shuffled-beacons", "The sample study with beacon events under other beacons' names, so that the place tells nothing", ""},
	} {
		var a ablation
		if ok, err := r.read(s.name, &a); err != nil {
			return err
		} else if !ok {
			continue
		}
		if a.Simulated {
			s.what += ", SIMULATED"
		}
		r.printf("\n### %s\n\n%s: %d sets of %s and %s; %d of them of exercises that nothing learnt from had shown; intervals are 95%%, bootstrap over\nunits, unit: %s. %s of processor. One seed.%s\n", s.what, a.Protocol, a.N, counted(len(a.Sessions), "session"), counted(len(a.Participants), "participant"), a.New, a.Unit, r.processor(s.name), s.reference)
		r.ablation(a)
	}
	return nil
}

func (r *report) ablation(a ablation) {
	r.printf("\n| evidence | accuracy [95%%] | no answer | all minus this [95%%] | only all right | only this right | time to the right answer: median, 90th centile | missed | right at onsets found |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	alone := map[string]score{"sensor": a.Sensor, "markov": a.Markov, "place": a.Place, "memory": a.Memory}
	for _, c := range a.Combinations {
		live := c
		if len(c.Sources) == 1 {
			live = alone[c.Sources[0]]
		}
		if len(c.Sources) == len(a.Fused.Sources) {
			live = a.Fused
		}
		versus, only, this := "", "", ""
		for _, d := range a.Paired {
			if strings.Join(d.B, "+") == strings.Join(c.Sources, "+") {
				versus, only, this = fmt.Sprintf("%+.3f [%.3f, %.3f]", d.Mean, d.Interval[0], d.Interval[1]), fmt.Sprint(d.OnlyA), fmt.Sprint(d.OnlyB)
			}
		}
		latency, missed := "", ""
		if l := live.Latency; l != nil {
			latency, missed = fmt.Sprintf("%.2f s, %.2f s", l.MedianS, l.P90S), fmt.Sprintf("%d of %d", l.Missed, l.Of)
		}
		found := ""
		if e := live.Events; e != nil {
			found = fmt.Sprintf("%d of %d", e.Right, e.Matched)
		}
		r.printf("| %s | %s | %d of %d | %s | %s | %s | %s | %s | %s |\n", strings.Join(c.Sources, " + "), c, c.NoAnswer, c.N, versus, only, this, latency, missed, found)
	}
	for _, note := range a.Notes {
		r.printf("\n%s\n", note)
	}
	r.fitted(a)
	if e := a.Segmentation; e != nil {
		r.printf("\nOnsets found by the program: %d of %d sets correct, %d fragmented, %d merged, %d deleted, %d inserted; %.1f false starts an hour.\n", e.Counts["correct"], a.N, e.Counts["fragmented"], e.Counts["merged"], e.Counts["deleted"], e.Counts["inserted"], e.FalseStartsPerHour)
	}
	if p := a.Repetitions; p.N > 0 {
		r.printf("Repetitions against the labels' own counts, %d sets: mean absolute error %.2f, within one %.0f%%; %d more sets have samples missing.\n", p.N, p.MeanError, 100*p.WithinOne, p.Holes)
	}
}

// fitted says of each weight from where to where the folds fitted it, or that it
// stayed where it starts.
func (r *report) fitted(a ablation) {
	if len(a.Weights) == 0 {
		return
	}
	low, high := a.Weights[0].Fitted, a.Weights[0].Fitted
	for _, w := range a.Weights {
		low, high = min(low, w.Fitted), max(high, w.Fitted)
	}
	var words []string
	for _, s := range []string{"sensor", "markov", "place", "memory"} {
		spoke, from, to := 0, a.Weights[0].Weights[s], a.Weights[0].Weights[s]
		for _, w := range a.Weights {
			spoke += int(min(1, w.Spoke[s]))
			from, to = min(from, w.Weights[s]), max(to, w.Weights[s])
		}
		if spoke == 0 {
			words = append(words, fmt.Sprintf("%s stayed at its start, %.2f, because it said nothing in any set held out there", s, from))
			continue
		}
		words = append(words, fmt.Sprintf("%s %.2f to %.2f, fitted in %d of %d folds", s, from, to, spoke, len(a.Weights)))
	}
	r.printf("\nWeights of all together, fitted on %d to %d sets that each fold holds out within what it learns from: %s.\n", low, high, strings.Join(words, "; "))
}

// logs is what onsetctl replay scenarios prints, as a whole and for a folder.
type logs struct {
	Sets   int   `json:"sets"`
	Next   count `json:"next"`
	Values count `json:"values"`
	Former struct {
		Next   int `json:"next_right"`
		Values int `json:"values_right"`
	} `json:"reference"`
	Folders   map[string]logs `json:"folders"`
	NeverSeen int             `json:"never_seen"`
}

type count struct {
	Right int `json:"right"`
	Of    int `json:"of"`
}

func (r *report) scenarios() error {
	var all logs
	if ok, err := r.read("scenarios", &all); !ok {
		return err
	}
	r.printf("\n## Logged workouts: what comes next, and how much of it\n\nOne setting for all, online, the workouts in order; unit: set. \"Earlier\" is the earlier system's method, recomputed on the same\nlogs. In %d sets the exercise had never been logged before. Values are weight and repetitions, exactly right.\n\n", all.NeverSeen)
	r.printf("| logs | sets | next exercise right | earlier | gain, points | values right | earlier | gain, points |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, name := range append(slices.Sorted(maps.Keys(all.Folders)), "") {
		l, title := all, "**all**"
		if name != "" {
			l, title = all.Folders[name], name
		}
		r.printf("| %s | %d | %d of %d (%.3f) | %d | %+.1f | %d of %d (%.3f) | %d | %+.1f |\n", title, l.Sets, l.Next.Right, l.Next.Of, share(l.Next.Right, l.Next.Of), l.Former.Next,
			100*share(l.Next.Right-l.Former.Next, l.Next.Of), l.Values.Right, l.Values.Of, share(l.Values.Right, l.Values.Of), l.Former.Values, 100*share(l.Values.Right-l.Former.Values, l.Values.Of))
	}
	return nil
}

func share(n, of int) float64 { return float64(n) / float64(max(of, 1)) }

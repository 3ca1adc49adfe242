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
	Sessions     []struct{}   `json:"sessions"`
	Participants []struct{}   `json:"participants"`
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
		Counts             map[string]int `json:"counts"`
		FalseStartsPerHour float64        `json:"false_starts_per_hour"`
	} `json:"events"`
}

func (s score) String() string {
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
	r.printf("\n## The whole classifier: which evidence makes the answer\n\nEach session (or person) in turn is left out of everything that is learnt: the sensor's model, order, places, memory and weights.\nEarlier sets of a session are confirmed as they are done. Order is called markov. Latency, missed sets and false starts are of\nthe same sets with onsets found by the program itself.\n")
	for _, s := range []struct{ name, what, reference string }{
		{"replay-pebble-arms", "Pebble, two days of arms of one person, each left out in turn", " A first attempt on the same sets: sensor .52, order .57, memory .67, all .75."},
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
	r.printf("\n| evidence | accuracy [95%%] | all minus this [95%%] | only all right | only this right | time to the right answer: median, 90th centile | missed |\n| --- | --- | --- | --- | --- | --- | --- |\n")
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
		r.printf("| %s | %s | %s | %s | %s | %s | %s |\n", strings.Join(c.Sources, " + "), c, versus, only, this, latency, missed)
	}
	if e := a.Fused.Events; e != nil {
		r.printf("\nOnsets found by the program: %d of %d sets correct, %d fragmented, %d merged, %d deleted, %d inserted; %.1f false starts an hour.\n", e.Counts["correct"], a.N, e.Counts["fragmented"], e.Counts["merged"], e.Counts["deleted"], e.Counts["inserted"], e.FalseStartsPerHour)
	}
	if p := a.Repetitions; p.N > 0 {
		r.printf("Repetitions against the labels' own counts, %d sets: mean absolute error %.2f, within one %.0f%%; %d more sets have samples missing.\n", p.N, p.MeanError, 100*p.WithinOne, p.Holes)
	}
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

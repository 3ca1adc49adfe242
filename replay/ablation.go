package replay

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"onset/dataset"
)

// Score is how often a source, or several together, were right.
type Score struct {
	Sources  []string   `json:"sources"`
	Accuracy float64    `json:"accuracy"`
	Interval [2]float64 `json:"interval"` // 95%, bootstrap over Unit
	N        int        `json:"n"`
	// NoAnswer counts the sets without an answer, which are not right: below the
	// abstention, or no exercise lies above all others. NoEvidence counts those of
	// them for which none of the sources had anything to go by.
	NoAnswer   int `json:"no_answer"`
	NoEvidence int `json:"no_evidence"`
	// Latency and Events are of the replay that finds the onsets itself.
	Latency *Latency `json:"latency,omitempty"`
	Events  *Answers `json:"events,omitempty"`
}

// Silent says that the sources had nothing to go by in any set: there is no
// accuracy to speak of.
func (s Score) Silent() bool { return s.N > 0 && s.NoEvidence == s.N }

// Answers are what a source, or all together, answered at the onsets that the
// segmenter found and did not take back: those within a labelled set.
type Answers struct {
	Matched  int `json:"matched"`
	Right    int `json:"right"`
	Wrong    int `json:"wrong"`
	NoAnswer int `json:"no_answer"`
}

// Latency is how long after a set truly began its first right answer could be
// given, its packet having arrived, that was not taken back; sets that never got one are missed.
type Latency struct {
	MedianS float64 `json:"median_s"`
	P90S    float64 `json:"p90_s"`
	Missed  int     `json:"missed"`
	Of      int     `json:"of"`
}

// EventSummary adds up the events of several sessions. They are the segmenter's,
// and so the same whichever sources answer.
type EventSummary struct {
	Counts             map[EventKind]int `json:"counts"`
	OnsetErrorS        Spread            `json:"onset_error_s"` // absolute
	OverfillS          float64           `json:"overfill_s"`
	UnderfillS         float64           `json:"underfill_s"`
	FalseStartsPerHour float64           `json:"false_starts_per_hour"` // decisions where no set was, taken back or not
}

// RepetitionScore compares counted repetitions with the labels' own.
type RepetitionScore struct {
	N         int     `json:"n"`
	MeanError float64 `json:"mean_absolute_error"`
	WithinOne float64 `json:"within_one"`
	Holes     int     `json:"not_counted"` // sets with samples missing
}

func (r *RepetitionScore) add(m *material) {
	for i, s := range m.sets {
		if s.Attributes.Repetitions == nil || *s.Attributes.Repetitions <= 0 {
			continue
		}
		c := m.found[i].counted
		if c == nil {
			r.Holes++
			continue
		}
		off := math.Abs(float64(c.Count - *s.Attributes.Repetitions))
		r.MeanError = (r.MeanError*float64(r.N) + off) / float64(r.N+1)
		r.WithinOne = (r.WithinOne*float64(r.N) + oneIf(off <= 1)) / float64(r.N+1)
		r.N++
	}
}

// join adds the sets of another score.
func (r *RepetitionScore) join(o RepetitionScore) {
	n := float64(max(r.N+o.N, 1))
	r.MeanError = (r.MeanError*float64(r.N) + o.MeanError*float64(o.N)) / n
	r.WithinOne = (r.WithinOne*float64(r.N) + o.WithinOne*float64(o.N)) / n
	r.N, r.Holes = r.N+o.N, r.Holes+o.Holes
}

// Difference is one score minus another over the same sets.
type Difference struct {
	A        []string   `json:"a"`
	B        []string   `json:"b"`
	Mean     float64    `json:"mean"`
	Interval [2]float64 `json:"interval"` // 95%, paired bootstrap over Unit
	OnlyA    int        `json:"only_a_right"`
	OnlyB    int        `json:"only_b_right"`
}

// Part is the score of one session or person.
type Part struct {
	Session     dataset.SessionID     `json:"session,omitempty"`
	Participant dataset.ParticipantID `json:"participant"`
	N           int                   `json:"n"`
	Accuracy    map[string]float64    `json:"accuracy"` // each source and "fused"
	NoAnswer    map[string]int        `json:"no_answer"`
	NoEvidence  map[string]int        `json:"no_evidence"`
	// Latency of all sources together, Segmentation and Repetitions are of the
	// replay that finds the onsets itself, as those of the whole study.
	Latency      *Latency        `json:"latency,omitempty"`
	Segmentation *EventSummary   `json:"segmentation,omitempty"`
	Repetitions  RepetitionScore `json:"repetitions"`
}

// FoldWeights are the weights fitted on one fold's training side.
type FoldWeights struct {
	HeldOut string             `json:"held_out"`
	Weights map[string]float64 `json:"weights"`
	Fitted  int                `json:"decisions"` // fitted on
	// Spoke counts, by source, those decisions in which it had evidence: where it
	// never had, its weight is the one it starts from.
	Spoke map[string]int `json:"spoke"`
}

// Ablation is every source alone and every combination judged on the same
// held-out sets.
type Ablation struct {
	Protocol string
	Onset    string
	N        int
	Unit     string // of the intervals: "participant", "session" or "set"
	Alone    map[string]Score
	Fused    Score
	Table    []Score      // every combination, in the order of the bits
	Paired   []Difference // all together minus each other combination
	Steps    []Difference // what order, place and memory add, one after the other, to the sensor
	Sessions []Part
	People   []Part
	Weights  []FoldWeights
	// Segmentation is of the sets that the program found itself; nil without a
	// replay that does.
	Segmentation *EventSummary
	// New counts sets of an exercise that nothing learnt from had shown before.
	New         int
	Simulated   bool
	Notes       []string
	Repetitions RepetitionScore

	judged   []judged
	lives    []lived
	shuffled bool
	beacons  int // beacon events in the sessions judged
}

// judged is one held-out set: who was right about it, who gave no answer, and
// which sources had nothing to go by.
type judged struct {
	session     dataset.SessionID
	participant dataset.ParticipantID
	right, mute map[combination]bool
	silent      combination
}

// silentTo says whether none of a combination's sources had anything to go by.
func (j judged) silentTo(c combination) bool { return c&^j.silent == 0 }

func newAblation(o AblationOptions) *Ablation {
	return &Ablation{shuffled: o.ShuffleBeacons, Protocol: o.Protocol, Onset: o.Onset, Alone: map[string]Score{}}
}

func (a *Ablation) remember(name string, p Pool, examples []example) {
	w := FoldWeights{HeldOut: name, Weights: map[string]float64{}, Fitted: len(examples), Spoke: map[string]int{}}
	for s := range Sources {
		w.Weights[s.String()], w.Spoke[s.String()] = p.Weight[s], 0
		for _, x := range examples {
			w.Spoke[s.String()] += int(oneIf(x.terms[s] != nil))
		}
	}
	a.Weights = append(a.Weights, w)
}

// add takes one session's decisions by one combination.
func (a *Ablation) add(m *material, c combination, ds []Decision) {
	first := len(a.judged)
	if i := slices.IndexFunc(a.judged, func(j judged) bool { return j.session == m.session.ID }); i >= 0 {
		first = i
	} else {
		for _, d := range ds {
			a.judged = append(a.judged, judged{session: m.session.ID, participant: m.session.Participant, right: map[combination]bool{}, mute: map[combination]bool{}})
			if d.New {
				a.New++
			}
		}
		a.Simulated = a.Simulated || m.session.Simulated
		for _, e := range m.session.Events {
			a.beacons += int(oneIf(e.Kind == eventBeacon))
		}
	}
	for i, d := range ds {
		j := &a.judged[first+i]
		j.right[c], j.mute[c] = d.Fused == d.Truth, d.Fused == ""
		for s := range Sources {
			if d.NoEvidence[s.String()] != "" {
				j.silent |= 1 << s
			}
		}
	}
}

func (a *Ablation) summarise() {
	a.N = len(a.judged)
	all := a.lived(Part{})
	units := a.units()
	for _, c := range combinations() {
		s := Score{Sources: c.names(), N: a.N}
		for _, j := range a.judged {
			s.NoAnswer += int(oneIf(j.mute[c]))
			s.NoEvidence += int(oneIf(j.silentTo(c)))
		}
		s.Accuracy, s.Interval = bootstrap(a.judged, units, func(j judged) float64 { return oneIf(j.right[c]) })
		a.Table = append(a.Table, s)
		if len(s.Sources) == 1 {
			all.complete(&s, c)
			a.Alone[s.Sources[0]] = s
		}
	}
	a.Fused = a.Table[len(a.Table)-1]
	all.complete(&a.Fused, everything)
	for _, c := range combinations() {
		if c != everything {
			a.Paired = append(a.Paired, a.difference(everything, c, units))
		}
	}
	for s, c := Markov, combination(1<<Sensor); s < Sources; s++ {
		more := c | 1<<s
		a.Steps = append(a.Steps, a.difference(more, c, units))
		c = more
	}
	a.Sessions = a.parts(func(j judged) Part { return Part{Session: j.session, Participant: j.participant} })
	a.People = a.parts(func(j judged) Part { return Part{Participant: j.participant} })
	a.Segmentation, a.Repetitions = all.segmentation(), all.repetitions
	a.tellSilence()
	switch {
	case a.shuffled && a.beacons == 0:
		a.Notes = append(a.Notes, "No session has a beacon whose name could be shuffled: nothing was changed.")
	case a.shuffled:
		a.Notes = append(a.Notes, "The beacons' names are shuffled: the place tells nothing.")
	}
	if a.Simulated {
		a.Notes = append(a.Notes, "Simulated data.")
	}
}

// tellSilence notes which sources had nothing to go by, and in how many sets.
func (a *Ablation) tellSilence() {
	why := [Sources]string{Sensor: "no model could read their first seconds", Place: "their sessions name no site and no beacon was heard",
		Memory: "they are a session's first, or their first seconds could not be read", Markov: "nothing is known of any order"}
	for s := range Sources {
		sets, sessions := 0, map[dataset.SessionID]bool{}
		for _, j := range a.judged {
			if j.silentTo(1 << s) {
				sets++
				sessions[j.session] = true
			}
		}
		if sets > 0 {
			a.Notes = append(a.Notes, fmt.Sprintf("No %s evidence in %d of %d sets, of %d of %d sessions: %s.", sourceWords[s.String()], sets, a.N, len(sessions), len(a.Sessions), why[s]))
		}
	}
}

func (a *Ablation) difference(x, y combination, units []string) Difference {
	d := Difference{A: x.names(), B: y.names()}
	d.Mean, d.Interval = bootstrap(a.judged, units, func(j judged) float64 { return oneIf(j.right[x]) - oneIf(j.right[y]) })
	for _, j := range a.judged {
		if j.right[x] && !j.right[y] {
			d.OnlyA++
		}
		if j.right[y] && !j.right[x] {
			d.OnlyB++
		}
	}
	return d
}

func (a *Ablation) parts(of func(judged) Part) []Part {
	var out []Part
	var right []map[string]float64
	for _, j := range a.judged {
		p := of(j)
		i := slices.IndexFunc(out, func(q Part) bool { return q.Session == p.Session && q.Participant == p.Participant })
		if i < 0 {
			i = len(out)
			p.Accuracy, p.NoAnswer, p.NoEvidence = map[string]float64{}, map[string]int{}, map[string]int{}
			out, right = append(out, p), append(right, map[string]float64{})
		}
		out[i].N++
		for s := range Sources {
			right[i][s.String()] += oneIf(j.right[1<<s])
			out[i].NoAnswer[s.String()] += int(oneIf(j.mute[1<<s]))
			out[i].NoEvidence[s.String()] += int(oneIf(j.silentTo(1 << s)))
		}
		right[i]["fused"] += oneIf(j.right[everything])
		out[i].NoAnswer["fused"] += int(oneIf(j.mute[everything]))
	}
	for i := range out {
		for name, r := range right[i] {
			out[i].Accuracy[name] = r / float64(out[i].N)
		}
		l := a.lived(out[i])
		out[i].Latency, out[i].Segmentation, out[i].Repetitions = l.latencyOf(everything), l.segmentation(), l.repetitions
	}
	return out
}

// fewest units that a bootstrap over them makes sense for.
const fewest = 5

// units names the cluster of each judged set: people where there are enough,
// else sessions, else every set is its own.
func (a *Ablation) units() []string {
	people, sessions := map[dataset.ParticipantID]bool{}, map[dataset.SessionID]bool{}
	for _, j := range a.judged {
		people[j.participant], sessions[j.session] = true, true
	}
	out := make([]string, len(a.judged))
	for i, j := range a.judged {
		switch {
		case len(people) >= fewest:
			a.Unit, out[i] = "participant", string(j.participant)
		case len(sessions) >= fewest:
			a.Unit, out[i] = "session", string(j.session)
		default:
			a.Unit = "set"
		}
	}
	return out
}

// bootstrap gives the mean of a value and its 95% percentile interval,
// resampling whole units (Efron and Tibshirani 1993); empty names are units of
// their own. The seed is fixed: equal data give equal intervals.
func bootstrap(all []judged, units []string, value func(judged) float64) (mean float64, interval [2]float64) {
	type cluster struct{ sum, n float64 }
	var clusters []cluster
	index := map[string]int{}
	for i, j := range all {
		k, ok := index[units[i]]
		if !ok || units[i] == "" {
			k = len(clusters)
			clusters = append(clusters, cluster{})
			index[units[i]] = k
		}
		clusters[k].sum += value(j)
		clusters[k].n++
	}
	if len(clusters) == 0 {
		return 0, interval
	}
	ratio := func(pick func(i int) cluster) float64 {
		var sum, n float64
		for i := range clusters {
			c := pick(i)
			sum, n = sum+c.sum, n+c.n
		}
		return sum / n
	}
	mean = ratio(func(i int) cluster { return clusters[i] })
	const rounds = 2000
	r := rand.New(rand.NewPCG(1, 2))
	draws := make([]float64, rounds)
	for k := range draws {
		draws[k] = ratio(func(int) cluster { return clusters[r.IntN(len(clusters))] })
	}
	slices.Sort(draws)
	at := func(q float64) float64 { return draws[int(math.Round(q*(rounds-1)))] }
	return mean, [2]float64{at(0.025), at(0.975)}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

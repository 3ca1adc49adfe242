package training

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onset/dataset"
)

// drawSet makes examples of random owners, without samples.
func drawSet(t *rapid.T) *WindowSet {
	set := &WindowSet{Contract: Contract{WindowS: 1}}
	people := rapid.IntRange(2, 9).Draw(t, "people")
	for p := range people {
		for s := range rapid.IntRange(1, 3).Draw(t, "sessions") {
			for w := range rapid.IntRange(1, 6).Draw(t, "windows") {
				set.Examples = append(set.Examples, Example{
					Participant: dataset.ParticipantID(fmt.Sprint("P", p)), Session: dataset.SessionID(fmt.Sprintf("P%d-%d", p, s)),
					StartS: float64(w) * rapid.Float64Range(0.2, 3).Draw(t, "step"), Class: w % 2,
					Extra: w > 0 && rapid.Bool().Draw(t, "extra"), startNs: int64(s) * 1e12,
				})
			}
		}
	}
	return set
}

func TestNobodyIsOnBothSides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		cfg := SplitConfig{By: rapid.SampledFrom([]string{ByParticipant, BySession, ByTime}).Draw(t, "by"),
			Folds: rapid.SampledFrom([]int{0, 2, 3, 5}).Draw(t, "folds"), Seed: rapid.Uint64().Draw(t, "seed")}
		if cfg.By == ByTime && cfg.Folds == 0 {
			return
		}
		split, err := NewSplit(set, cfg)
		if err != nil {
			return // too few groups, or nothing left to judge on
		}
		times := map[int]int{}
		for _, f := range split.Folds() {
			apart(t, set, f)
			for _, i := range f.Test() {
				times[i]++
			}
			inner, err := f.Inner(set, 0.2, cfg.Seed)
			if err != nil {
				continue
			}
			apart(t, set, inner)
			for _, i := range slices.Concat(inner.Train(), inner.Test()) {
				if !slices.Contains(f.Train(), i) {
					t.Fatalf("the validation part of a fold holds window %d of its test side", i)
				}
			}
		}
		for _, i := range set.judged() {
			if cfg.By != ByTime && times[i] != 1 {
				t.Fatalf("window %d is judged %d times", i, times[i])
			}
		}
	})
}

func apart(t *rapid.T, set *WindowSet, f Fold) {
	for _, i := range f.Train() {
		for _, j := range f.Test() {
			a, b := set.Examples[i], set.Examples[j]
			switch {
			case i == j,
				f.By() == ByParticipant && a.Participant == b.Participant,
				f.By() != ByTime && a.Session == b.Session,
				f.By() == ByTime && a.Session == b.Session && math.Abs(a.StartS-b.StartS) < set.Contract.WindowS-1e-5:
				t.Fatalf("by %s: %+v trains and %+v is judged on", f.By(), a, b)
			}
		}
	}
}

func TestFoldRefusesAndNamesTheLeak(t *testing.T) {
	examples := []Example{{Participant: "P1", Session: "a"}, {Participant: "P1", Session: "b"}, {Participant: "P2", Session: "c"},
		{Participant: "P2", Session: "c", StartS: 0.5}, {Participant: "P2", Session: "c", StartS: 5, Extra: true}}
	for _, c := range []struct {
		by          string
		train, test []int
		kind, name  string
	}{
		{ByParticipant, []int{0, 2}, []int{1}, ByParticipant, "P1"},
		{BySession, []int{0, 2}, []int{3}, BySession, "c"},
		{ByTime, []int{2}, []int{3}, "moment", "session c"},
	} {
		_, err := NewFold(examples, c.by, 1, c.train, c.test)
		var leak *LeakError
		if !errors.As(err, &leak) || leak.Kind != c.kind || !strings.Contains(leak.Name, c.name) {
			t.Errorf("by %s: %v", c.by, err)
		}
	}
	if _, err := NewFold(examples, BySession, 1, []int{0}, []int{1}); err != nil {
		t.Errorf("two sessions of one person, by session: %v", err)
	}
	if _, err := NewFold(examples, ByParticipant, 1, []int{0}, []int{4}); err == nil {
		t.Error("a window that may only train was taken to judge on")
	}
}

func TestFoldsAreBalancedAndFollowTheSeed(t *testing.T) {
	set := &WindowSet{}
	for p := range 24 {
		for range 8 {
			set.Examples = append(set.Examples, Example{Participant: dataset.ParticipantID(fmt.Sprintf("P%02d", p)), Session: dataset.SessionID(fmt.Sprint(p))})
		}
	}
	held := func(seed uint64) string {
		s, err := NewSplit(set, SplitConfig{By: ByParticipant, Folds: 5, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, f := range s.Folds() {
			if n := len(f.HeldOut()); n < 4 || n > 5 {
				t.Errorf("a fold holds %d of 24 people", n)
			}
			all = append(all, strings.Join(f.HeldOut(), ","))
		}
		return strings.Join(all, ";")
	}
	if first := held(1); first != held(1) || first == held(2) {
		t.Error("the assignment doesn't follow the seed")
	}
}

func TestCopiedSessionUnderAnotherNameIsFound(t *testing.T) {
	m := gym(4, 3, 6)
	twin := m.sessions[2]
	var axes [3][]float64
	for i, ch := range twin.Recordings[0].Channels {
		for _, v := range m.samples[ch.ID] {
			axes[i] = append(axes[i], math.Round(v*1000)/1000) // as another export would print it
		}
	}
	s := m.add(dataset.Session{ID: "copy", Participant: "P77", Start: twin.Start.AddDate(0, 0, 1)}, 51.3, "g", axes)
	for _, l := range m.labels[twin.ID] {
		l.ID, l.Session, l.Recording = "c"+l.ID, "copy", s.Recordings[0].ID
		m.labels["copy"] = append(m.labels["copy"], l)
	}
	set := mustWindows(t, m, quick())
	_, err := newRun(set, quick(), func(Progress) {})
	var dup *DuplicateError
	if !errors.As(err, &dup) {
		t.Fatalf("the copy went unnoticed: %v", err)
	}
	pair := []string{string(dup.Twin.A.Session), string(dup.Twin.B.Session)}
	slices.Sort(pair)
	if pair[0] != "copy" || pair[1] != string(twin.ID) || dup.Twin.Windows != 9 {
		t.Errorf("named %v with %d windows", pair, dup.Twin.Windows)
	}
	if twins := FindTwins(mustWindows(t, gym(6, 4, 7), quick()), ByParticipant); len(twins) != 0 {
		t.Errorf("twins among different people: %+v", twins)
	}
}

// A copy that was cut by a few samples, rescaled and noised has no sample of the
// original, and still its shape.
func TestACopyThatWasCutRescaledOrNoisedIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		cut          int
		scale, noise float64
	}{"cut": {5, 1, 0}, "cut by much": {15, 1, 0.002}, "rescaled": {0, 1.05, 0.001}, "noised": {0, 1, 0.05}} {
		m := gym(4, 3, 6)
		twin, rng := m.sessions[2], rand.New(rand.NewPCG(5, 5))
		var axes [3][]float64
		for i, ch := range twin.Recordings[0].Channels {
			for _, v := range m.samples[ch.ID][c.cut:] {
				axes[i] = append(axes[i], v*c.scale+c.noise*rng.NormFloat64())
			}
		}
		s := m.add(dataset.Session{ID: "copy", Participant: "P77", Start: twin.Start.AddDate(1, 0, 0)}, 51.3, "g", axes)
		for _, l := range m.labels[twin.ID] {
			l.ID, l.Session, l.Recording = "c"+l.ID, "copy", s.Recordings[0].ID
			m.labels["copy"] = append(m.labels["copy"], l) // each window so many samples later
		}
		_, err := newRun(mustWindows(t, m, quick()), quick(), func(Progress) {})
		var dup *DuplicateError
		if !errors.As(err, &dup) || dup.Twin.A.Session != "copy" && dup.Twin.B.Session != "copy" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// One window of the same samples, which may be chance, must not hide that all the
// others are alike in shape.
func TestASharedWindowDoesNotHideACutCopy(t *testing.T) {
	m := gym(4, 3, 12)
	twin := m.sessions[2]
	rng := rand.New(rand.NewPCG(5, 5))
	var axes [3][]float64
	for i, ch := range twin.Recordings[0].Channels {
		for k, v := range m.samples[ch.ID] {
			if k > len(m.samples[ch.ID])/12 {
				v += 0.05 * rng.NormFloat64()
			}
			axes[i] = append(axes[i], v)
		}
	}
	s := m.add(dataset.Session{ID: "copy", Participant: "P77", Start: twin.Start.AddDate(1, 0, 0)}, 51.3, "g", axes)
	for _, l := range m.labels[twin.ID] {
		l.ID, l.Session, l.Recording = "c"+l.ID, "copy", s.Recordings[0].ID
		m.labels["copy"] = append(m.labels["copy"], l)
	}
	set := mustWindows(t, m, quick())
	var byValue, byShape bool
	for _, w := range FindTwins(set, ByParticipant) {
		byValue = byValue || !w.Moved && !w.grave()
		byShape = byShape || w.Moved && w.grave()
	}
	if !byValue || !byShape {
		t.Errorf("twins: a shared window told %v, the copy told %v", byValue, byShape)
	}
}

// Several windows of one set are alike when two people do one exercise alike: that
// is no copied session.
func TestOneSetAlikeIsNoCopy(t *testing.T) {
	m := gym(4, 3, 12)
	from, to := m.sessions[1], m.sessions[3]
	a, b := m.labels[from.ID][0], m.labels[to.ID][0]
	for i := range from.Recordings[0].Channels {
		src, dst := m.samples[from.Recordings[0].Channels[i].ID], m.samples[to.Recordings[0].Channels[i].ID]
		for k := range a.End - a.Start {
			src[a.Start+k] *= 3 // the set that moves most, of which most windows are looked at
			dst[b.Start+k] = src[a.Start+k]
		}
	}
	cfg := quick()
	cfg.Augment.CropS, cfg.Augment.CropStepS = 2, 0.25
	set := mustWindows(t, m, cfg)
	for _, w := range laggedTwins(set) {
		t.Errorf("taken for copies: %+v", w)
	}
}

// Short windows are too much alike for their shape to tell a copy.
func TestShortWindowsAreNoCopies(t *testing.T) {
	cfg := quick()
	cfg.Data.WindowS = 0.4
	if twins := FindTwins(mustWindows(t, gym(6, 4, 7), cfg), ByParticipant); len(twins) != 0 {
		t.Errorf("twins among different people: %+v", twins)
	}
	if sessions, _ := shapesBySession(mustWindows(t, gym(3, 2, 7), cfg)); len(sessions) != 0 {
		t.Errorf("shapes of windows of 0.4 s are compared")
	}
	for windowS, want := range map[float64]bool{0.4: false, 1: true} {
		cfg.Data.WindowS = windowS
		r, err := newRun(mustWindows(t, gym(6, 4, 7), cfg), cfg, func(Progress) {})
		if err != nil || r.result.ShapesCompared != want {
			t.Errorf("%g s: %v, %v, said that shapes were compared: %v", windowS, r != nil, err, r != nil && r.result.ShapesCompared)
		}
	}
}

func TestTemperatureIsRecovered(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	var logits [][]float64
	var truth []int
	for range 4000 {
		row := []float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		u, k := rng.Float64(), 0
		for p := softmax(row, 1); k < 2 && u > p[k]; k++ {
			u -= p[k]
		}
		for i := range row {
			row[i] *= 3 // three times too sure
		}
		logits, truth = append(logits, row), append(truth, k)
	}
	if temp := fitTemperature(logits, truth); math.Abs(temp-3) > 0.3 {
		t.Errorf("temperature %.3f of logits that are three times too sure", temp)
	}
}

// Values from scikit-learn 1.2.1: accuracy_score, f1_score(average="macro"),
// cohen_kappa_score.
func TestScoresAgreeWithScikitLearn(t *testing.T) {
	truth := []int{0, 0, 0, 1, 1, 2, 2, 2, 2, 0, 1, 2}
	predicted := []int{0, 0, 1, 1, 0, 2, 2, 1, 2, 2, 1, 2}
	c := NewConfusion([]string{"a", "b", "c", "never"})
	for i := range truth {
		c.Add(truth[i], predicted[i])
	}
	for name, v := range map[string][2]float64{
		"accuracy": {c.Accuracy(), 0.6666666666666666},
		"macro-F1": {c.MacroF1(), 0.6476190476190476},
		"kappa":    {c.Kappa(), 0.49473684210526314},
	} {
		if math.Abs(v[0]-v[1]) > 1e-12 {
			t.Errorf("%s %.16g, want %.16g", name, v[0], v[1])
		}
	}
}

// Sessions that share no exercise cannot validate one another's models.
func TestValidationNeedsSharedClasses(t *testing.T) {
	set := &WindowSet{Contract: Contract{WindowS: 1}}
	for session := range 4 {
		for k := range 10 {
			set.Examples = append(set.Examples, Example{Participant: "P1", Session: dataset.SessionID(rune('a' + session)), StartS: float64(10 * k), Class: 2*session + k%2})
		}
	}
	f, err := holdOut(set.Examples, BySession, set.everything(), []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	inner, err := f.Inner(set, 0.2, 1)
	if err != nil {
		t.Fatal(err)
	}
	taught := map[int]bool{}
	for _, i := range inner.train {
		taught[set.Examples[i].Class] = true
	}
	for _, i := range inner.test {
		if !taught[set.Examples[i].Class] {
			t.Errorf("class %d validates without having been taught", set.Examples[i].Class)
		}
	}
	if inner.By() != ByTime {
		t.Errorf("validated by %s", inner.By())
	}
}

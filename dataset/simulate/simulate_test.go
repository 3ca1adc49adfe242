package simulate

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"onset/dataset"
)

func sample(t *testing.T) Recipe {
	t.Helper()
	r, err := Sample()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sessions(t *testing.T, r Recipe) []made {
	t.Helper()
	var all []made
	err := r.each(func(m made) error { all = append(all, m); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSameSeedSameSamples(t *testing.T) {
	r := sample(t)
	a, err := r.session(r.person(3), 1)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := r.session(r.person(3), 1)
	if !reflect.DeepEqual(a.recordings, b.recordings) || !reflect.DeepEqual(a.session, b.session) {
		t.Error("the same recipe gave different sessions")
	}
	r.Seed++
	c, _ := r.session(r.person(3), 1)
	if reflect.DeepEqual(a.recordings, c.recordings) {
		t.Error("another seed gave the same samples")
	}
}

// A limb that turns at a constant rate about the hip feels gravity turn with it
// and the centripetal pull of its radius.
func TestTurningLimbFeelsGravityAndCentripetalPull(t *testing.T) {
	const degPerS, radius = 90.0, 0.2
	b := body{thighSensor: radius}
	w := degPerS * math.Pi / 180
	for _, now := range []float64{0.1, 0.4, 0.9} {
		var poses [3]pose
		for i := range poses {
			poses[i][thigh] = degPerS * (now + float64(i-1)*step)
		}
		force, rate := b.inertial(&poses, step, thighSite, unitMat, vec{})
		angle := w * now
		// Segment axes: x forward of the limb at radius .07, z up along it.
		want := vec{math.Sin(-angle)*-1 - 0.07*w*w/gravity, 0, math.Cos(angle) + radius*w*w/gravity}
		for k := range 3 {
			if math.Abs(force[k]-want[k]) > 2e-4 {
				t.Errorf("t=%g: axis %d feels %.5f g, want %.5f", now, k, force[k], want[k])
			}
		}
		if math.Abs(rate[1]+w) > 1e-3 || math.Abs(rate[0])+math.Abs(rate[2]) > 1e-9 {
			t.Errorf("t=%g: turning rate %v rad/s, want -%.4f about y", now, rate, w)
		}
	}
}

func TestStillLimbWeighsOneG(t *testing.T) {
	r := sample(t)
	m, err := r.session(r.person(0), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, tape := range m.recordings {
		var sum float64
		const n = 80 // the first second and a half: standing still
		for i := range n {
			var sq float64
			for k := range 3 {
				v := float64(tape.codes[k][i]) * tape.channels[k].Scale
				sq += v * v
			}
			sum += math.Sqrt(sq) / n
		}
		if math.Abs(sum-1) > 0.02 {
			t.Errorf("%s: standing still weighs %.3f g", tape.device.Name, sum)
		}
	}
}

func TestLabelsAreTheTruth(t *testing.T) {
	r := sample(t)
	for _, m := range sessions(t, r)[:6] {
		tape := m.recordings[0]
		labels := m.labels("rec", r.SetupS)
		var exercises int
		for i, l := range labels {
			if l.Start < 0 || l.End > int64(len(tape.codes[0])) || l.Start >= l.End {
				t.Fatalf("label %d spans [%d, %d) of %d samples", i, l.Start, l.End, len(tape.codes[0]))
			}
			length := tape.clock.Time(l.End) - tape.clock.Time(l.Start)
			switch l.Kind {
			case dataset.KindSetup:
				if math.Abs(length-r.SetupS) > 0.03 && !touchesGap(tape.clock, l, r.SetupS) {
					t.Errorf("setup window of %.3f s at %.2f; gaps %v", length, tape.clock.Time(l.Start), tape.clock.Gaps())
				}
				if next := labels[i+1]; next.Start != l.Start || next.Exercise != l.Exercise {
					t.Error("a setup window must begin its exercise")
				}
			case dataset.KindExercise:
				exercises++
				if *l.Attributes.Repetitions < 6 || length < 10 {
					t.Errorf("%s: %d repetitions in %.1f s", l.Exercise, *l.Attributes.Repetitions, length)
				}
			}
		}
		if exercises != len(m.sets) {
			t.Errorf("%d exercise labels for %d sets", exercises, len(m.sets))
		}
	}
}

func touchesGap(c dataset.Clock, l dataset.Label, setupS float64) bool {
	from := c.Time(l.Start)
	for _, g := range c.Gaps() {
		if g.From < from+setupS+0.05 && g.To > from-setupS {
			return true
		}
	}
	return false
}

// The sample study must teach something true: one second of one wrist is weak
// evidence on people never seen, far better than chance and far from certain;
// what the person did before is evidence too; so is the nearest beacon.
func TestEvidenceIsWeakButReal(t *testing.T) {
	all := sessions(t, sample(t))
	var windows []window
	repeats, moves, near, sets, bytes := 0, 0, 0, 0, 0
	for _, m := range all {
		tape := m.recordings[0]
		for i, s := range m.sets {
			windows = append(windows, firstSecond(m.person.index, s, tape))
			if i > 0 {
				moves++
				if m.sets[i-1].exercise == s.exercise {
					repeats++
				}
			}
			if loudest(m.session.Events, s.start) != "" {
				near++
			}
			sets++
		}
		for _, tape := range m.recordings {
			bytes += 2 * len(tape.codes) * len(tape.codes[0])
		}
	}
	if acc := nearestNeighbours(windows, 5); acc < 0.5 || acc > 0.8 {
		t.Errorf("nearest neighbours over unseen people: %.3f, want between .5 and .8", acc)
	}
	if share := float64(repeats) / float64(moves); share < 0.2 || share > 0.7 {
		t.Errorf("%.2f of the sets repeat the one before", share)
	}
	if near < sets*9/10 {
		t.Errorf("only %d of %d sets begin within hearing of a beacon", near, sets)
	}
	if bytes > 30<<20 {
		t.Errorf("the sample study holds %d MB of samples", bytes>>20)
	}
}

func loudest(events []dataset.Event, at float64) string {
	name, best := "", math.Inf(-1)
	for _, e := range events {
		if e.Kind == "beacon" && e.AtS <= at && e.AtS > at-6 && e.Value > best {
			name, best = e.Name, e.Value
		}
	}
	return name
}

type window struct {
	person   int
	exercise string
	features []float64
}

// firstSecond averages each axis of the accelerometer over tenths of a second.
func firstSecond(person int, s set, tape tape) window {
	w := window{person: person, exercise: s.exercise}
	first := int(tape.clock.Sample(s.start, int64(len(tape.codes[0]))))
	for axis := range 3 {
		for b := range 10 {
			var sum float64
			for _, c := range tape.codes[axis][first+5*b : first+5*b+5] {
				sum += float64(c) * tape.channels[axis].Scale
			}
			w.features = append(w.features, sum/5)
		}
	}
	return w
}

// nearestNeighbours is the accuracy of k nearest neighbours, each person judged
// on the others.
func nearestNeighbours(all []window, k int) float64 {
	right := 0
	for _, x := range all {
		type neighbour struct {
			d        float64
			exercise string
		}
		var near []neighbour
		for _, y := range all {
			if y.person == x.person {
				continue
			}
			var d float64
			for j := range x.features {
				d += (x.features[j] - y.features[j]) * (x.features[j] - y.features[j])
			}
			near = append(near, neighbour{d, y.exercise})
		}
		slices.SortFunc(near, func(a, b neighbour) int {
			if a.d < b.d {
				return -1
			}
			return 1
		})
		votes, best := map[string]int{}, ""
		for _, n := range near[:k] {
			if votes[n.exercise]++; votes[n.exercise] > votes[best] {
				best = n.exercise
			}
		}
		if best == x.exercise {
			right++
		}
	}
	return float64(right) / float64(len(all))
}

func TestRecipeErrorsNameTheKey(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"people = 2\nspeed = 3", "speed"},
		{"people = 0", "people"},
		{"people = ", "line 1"},
	} {
		if _, err := Parse([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("recipe %q: error %v does not name %q", c.text, err, c.want)
		}
	}
	r := sample(t)
	r.Exercise[0].Lead[0].In = "handstand"
	if err := r.check(); err == nil || !strings.Contains(err.Error(), "handstand") || !strings.Contains(err.Error(), "biceps-curl") {
		t.Errorf("error %v names neither the posture nor the exercise", err)
	}
}

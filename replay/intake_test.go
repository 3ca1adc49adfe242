package replay

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onset/dataset"
)

func numbered(seqs ...int) []Packet {
	var out []Packet
	for _, s := range seqs {
		out = append(out, Packet{Seq: s, From: float64(s), To: float64(s + 1)})
	}
	return out
}

func pass(in *intake, packets []Packet) (seqs []int) {
	for _, p := range packets {
		for _, q := range in.accept(p) {
			seqs = append(seqs, q.Seq)
		}
	}
	for _, q := range in.flush() {
		seqs = append(seqs, q.Seq)
	}
	return seqs
}

func TestIntakePutsPacketsRightAndSaysSo(t *testing.T) {
	for _, c := range []struct {
		name    string
		arrive  []int
		pass    []int
		noticed map[string]int
	}{
		{"in order", []int{0, 1, 2}, []int{0, 1, 2}, nil},
		{"repeated", []int{0, 1, 1, 2, 0}, []int{0, 1, 2}, map[string]int{AnomalyRepeated: 2}},
		{"swapped", []int{0, 2, 1, 3}, []int{0, 1, 2, 3}, map[string]int{AnomalyOrder: 1}},
		{"missing", []int{0, 2, 3, 4}, []int{0, 2, 3, 4}, map[string]int{AnomalyMissing: 1}},
		{"too late", []int{0, 2, 3, 4, 1, 5}, []int{0, 2, 3, 4, 5}, map[string]int{AnomalyMissing: 1, AnomalyLate: 1}},
	} {
		in := newIntake()
		if got := pass(in, numbered(c.arrive...)); !slices.Equal(got, c.pass) {
			t.Errorf("%s: passed %v, want %v", c.name, got, c.pass)
		}
		noticed := map[string]int{}
		for _, a := range in.log {
			noticed[a.Kind]++
			if !strings.Contains(a.Message, "acket") {
				t.Errorf("%s: %q does not name the packet", c.name, a.Message)
			}
		}
		for _, kind := range []string{AnomalyLate, AnomalyRepeated, AnomalyOrder, AnomalyMissing, AnomalyClock} {
			if noticed[kind] != c.noticed[kind] {
				t.Errorf("%s: %d anomalies of kind %q, want %d: %v", c.name, noticed[kind], kind, c.noticed[kind], in.log)
			}
		}
	}
}

func TestIntakeBridgesClockJumps(t *testing.T) {
	in := newIntake()
	packets := numbered(0, 1, 2, 3, 4, 5)
	for i := 3; i < 6; i++ { // back by an hour
		packets[i].From, packets[i].To = packets[i].From-3600, packets[i].To-3600
	}
	var end float64
	for _, p := range packets {
		for _, q := range in.accept(p) {
			if q.From < end-1e-9 {
				t.Errorf("packet %d begins at %g, before %g", q.Seq, q.From, end)
			}
			end = q.To
		}
	}
	if math.Abs(end-6) > 1e-9 || len(in.log) != 1 || in.log[0].Kind != AnomalyClock {
		t.Errorf("time ends at %g; %v", end, in.log)
	}
}

// Whatever happens to the packets on their way, decisions stay sane and nothing
// crashes.
func TestADisturbedStreamStaysSane(t *testing.T) {
	store, all := simulated(t, 5)
	ctx := context.Background()
	id := all[0].ID
	c := trained(t, store, id)
	k, err := Learn(ctx, store, c, Options{}, id)
	if err != nil {
		t.Fatal(err)
	}
	var packets []Packet
	o, _ := Options{At: AtDetected}.check()
	v, err := readVisit(ctx, store, id, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	st, _ := NewStreamer(store, v.session, 1)
	for len(packets) < 40 {
		p, ok, err := st.Next(ctx)
		if err != nil || !ok {
			t.Fatal(err)
		}
		packets = append(packets, p)
	}
	rapid.Check(t, func(t *rapid.T) {
		e := newEngine(k, c, v, o)
		for _, p := range disturb(t, packets) {
			if err := e.push(ctx, p); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.finish(ctx); err != nil {
			t.Fatal(err)
		}
		r := &Replay{visit: v, know: k, model: c, o: o, pool: DefaultPool()}
		r.take(e)
		for _, d := range r.Result().Decisions {
			var sum float64
			for _, p := range d.Whole {
				sum += p
			}
			if math.Abs(sum-1) > 1e-6 || !(d.P > 0 && d.P <= 1) || d.OnsetS < 0 || d.OnsetS > d.AtS {
				t.Fatalf("decision %+v", d)
			}
		}
	})
}

// Every fault of the way is told of, and what is passed on runs forward: nothing
// twice, nothing out of turn.
func TestEveryFaultIsLogged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(20, 60).Draw(t, "packets")
		var arrive []Packet
		want := map[string]int{}
		passed := n
		shift := 0.0
		for i := 0; i < n; i++ {
			p := numbered(i)[0]
			fault := "none"
			if i > 2 && i < n-6 {
				fault = rapid.SampledFrom([]string{"none", "none", "none", AnomalyMissing, AnomalyRepeated, AnomalyOrder, AnomalyLate, AnomalyClock}).Draw(t, "fault")
			}
			if fault == AnomalyClock {
				shift -= rapid.Float64Range(2, 5000).Draw(t, "jump")
			}
			p.From, p.To = p.From+shift, p.To+shift
			late := func(by int) { // its later ones overtake it
				for k := range by {
					q := numbered(i + 1 + k)[0]
					q.From, q.To = q.From+shift, q.To+shift
					arrive = append(arrive, q)
				}
				arrive = append(arrive, p)
				i += by
			}
			switch fault {
			case AnomalyMissing: // and the next ones come, so that one hole is not two
				want[fault]++
				passed--
				for k := range 3 {
					q := numbered(i + 1 + k)[0]
					q.From, q.To = q.From+shift, q.To+shift
					arrive = append(arrive, q)
				}
				i += 3
				continue
			case AnomalyRepeated:
				want[fault]++
				arrive = append(arrive, p, p)
			case AnomalyOrder:
				want[fault]++
				late(1)
			case AnomalyLate:
				want[fault]++
				want[AnomalyMissing]++
				passed--
				late(3)
			case AnomalyClock:
				want[fault]++
				arrive = append(arrive, p)
			default:
				arrive = append(arrive, p)
			}
		}
		in := newIntake()
		var got []Packet
		for _, p := range arrive {
			got = append(got, in.accept(p)...)
		}
		got = append(got, in.flush()...)
		if len(got) != passed {
			t.Fatalf("%d packets are passed on of %d that came in time", len(got), passed)
		}
		for i := 1; i < len(got); i++ {
			if got[i].Seq <= got[i-1].Seq || got[i].From < got[i-1].To-1e-6 {
				t.Fatalf("packet %d from %g s comes after packet %d to %g s", got[i].Seq, got[i].From, got[i-1].Seq, got[i-1].To)
			}
		}
		for _, kind := range []string{AnomalyMissing, AnomalyRepeated, AnomalyOrder, AnomalyLate, AnomalyClock} {
			if n := strings.Count(kinds(in.log), kind+" "); n != want[kind] {
				t.Fatalf("%d of kind %q are logged, not %d: %v", n, kind, want[kind], in.log)
			}
		}
	})
}

func kinds(log []Anomaly) string {
	var b strings.Builder
	for _, a := range log {
		b.WriteString(a.Kind + " ")
	}
	return b.String()
}

func disturb(t *rapid.T, packets []Packet) []Packet {
	out := slices.Clone(packets)
	for range rapid.IntRange(1, 8).Draw(t, "faults") {
		i := rapid.IntRange(0, len(out)-2).Draw(t, "where")
		switch rapid.IntRange(0, 6).Draw(t, "fault") {
		case 0:
			out = slices.Delete(out, i, i+1)
		case 1:
			out = slices.Insert(out, i, out[i])
		case 2:
			out[i], out[i+1] = out[i+1], out[i]
		case 3:
			by := rapid.Float64Range(-1e5, 1e3).Draw(t, "jump")
			for j := i; j < len(out); j++ {
				out[j] = shifted(out[j], by)
			}
		case 4:
			p := out[i]
			p.Seq += rapid.IntRange(-5, 200).Draw(t, "number")
			out[i] = p
		case 5:
			p := out[i]
			p.Blocks = []Block{{Recording: rapid.IntRange(-1, 3).Draw(t, "recording"), Rate: rapid.SampledFrom([]float64{0, 50, math.NaN()}).Draw(t, "rate"),
				Values: [][]float64{{1}, {2, 3}}}}
			out[i] = p
		case 6:
			p := out[i]
			p.From = math.NaN()
			p.Events = []dataset.Event{{AtS: math.NaN(), Kind: "beacon", Name: "x", Value: math.Inf(1)}}
			out[i] = p
		}
	}
	return out
}

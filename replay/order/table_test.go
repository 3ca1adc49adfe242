package order

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// A frozen table says what the chain of the session's exercises would say to
// somebody nobody knows.
func TestAFrozenTableSaysWhatItsChainDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d"}
		sites := []string{"", "gym", "home"}
		p := New(NewVocabulary(names...), Default(), nil)
		for range rapid.IntRange(1, 6).Draw(t, "sessions") {
			p.Begin(Who{Person: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "who"), Group: "g"}, rapid.SampledFrom(sites).Draw(t, "site"))
			for _, e := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 8).Draw(t, "sets") {
				p.Observe(e)
			}
			p.End()
		}
		table := p.Table("g", 3)
		if err := table.Check(len(names)); err != nil {
			t.Fatal(err)
		}
		site := rapid.SampledFrom(append(sites, "elsewhere")).Draw(t, "here")
		c := table.Begin(p.words, site)
		history := []symbol{symbol(-100)}
		if s, ok := p.kinds[site]; ok {
			history[0] = s
		}
		for _, e := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 6).Draw(t, "done") {
			c.Observe(e)
			history = append(history, symbol(p.words.Index(e)+1))
		}
		want := make([]float64, len(names)+1)
		for s, v := range table.Base {
			want[s] = float64(v)
		}
		p.chains[expertSession].refine(want, suffixes('s', []string{"", "gg"}, history, 3))
		want = want[1:]
		normalise(want)
		for i, v := range c.Next() {
			if math.Abs(v-want[i]) > 1e-5 {
				t.Fatalf("%s after %v: %g, the chain says %g", names[i], history, v, want[i])
			}
		}
	})
}

func TestATableOfNobodyHoldsNobodysHabits(t *testing.T) {
	p := New(NewVocabulary("a", "b"), Default(), nil)
	p.Begin(Who{Person: "secret"}, "gym")
	p.Observe("a")
	p.End()
	for _, r := range p.Table("", 3).Rows {
		if r.Scope != scopeEveryone {
			t.Errorf("a row of scope %d without a group", r.Scope)
		}
	}
	bad := p.Table("", 3)
	bad.Rows[0].Next[0] = 99
	if bad.Check(2) == nil {
		t.Error("a row that speaks of an unknown symbol was accepted")
	}
}

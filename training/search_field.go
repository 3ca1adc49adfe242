package training

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// field are the candidates of a round: those that are known already when the
// search was taken up again, else new ones.
func (s *searching) field(t *Track, i, round, n int) ([]*Trial, error) {
	var field, earlier []*Trial
	for _, k := range t.Trials {
		switch {
		case k.Round == round:
			field = append(field, k)
		case k.Round < round:
			earlier = append(earlier, k)
		}
	}
	if len(field) > 0 {
		return field, nil
	}
	parents := ranked(earlier, s.cfg.Choose.By)
	parents = parents[:min(len(parents), boardSize)]
	tried := map[string]bool{}
	for _, k := range earlier {
		tried[k.Genes.String()] = true
	}
	for j := range n {
		number := len(earlier) + j + 1
		seed := subSeed(subSeed(s.cfg.Search.Seed, i), number)
		k := s.propose(t, parents, number, rand.New(rand.NewPCG(seed, 0x5ea4c4)), tried)
		k.ID, k.Number, k.Round = fmt.Sprintf("%s-%d-%d", s.result.Run, i, number), number, round
		k.Seed = subSeed(seed, 1) >> 1 // a config's numbers have 63 bits
		tried[k.Genes.String()] = true
		field = append(field, k)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t.Trials = append(t.Trials, field...)
	return field, nil
}

// fromMemory is how many of a first round's candidates memory may be.
const fromMemory = 3

// propose makes a candidate: the first is the config's own, then come some of
// memory, then crosses and mutants of the survivors.
func (s *searching) propose(t *Track, parents []*Trial, number int, rng *rand.Rand, tried map[string]bool) *Trial {
	base := genesOf(s.cfg.Config)
	if number == 1 {
		return &Trial{How: "base", Genes: base}
	}
	if m := number - 2; len(parents) == 0 && m < min(fromMemory, len(t.Memory)) {
		return &Trial{How: "memory", Genes: t.Memory[m].Genes, Parents: []string{t.Memory[m].Trial}}
	}
	stock := make([]Memory, 0, len(parents))
	for _, p := range parents {
		stock = append(stock, Memory{Trial: p.ID, Genes: p.Genes})
	}
	if len(stock) == 0 {
		stock = append(append(stock, Memory{Trial: s.result.Run + fmt.Sprintf("-%d-1", s.indexOf(t)), Genes: base}), t.Memory...)
	}
	var k *Trial
	for range 50 {
		k = s.child(stock, rng)
		if !tried[k.Genes.String()] {
			break
		}
	}
	return k
}

// crossShare of the children have two parents.
const crossShare = 0.25

func (s *searching) child(stock []Memory, rng *rand.Rand) *Trial {
	// The better of two draws: survivors stand in the order of their scores.
	pick := func() Memory { return stock[min(rng.IntN(len(stock)), rng.IntN(len(stock)))] }
	a := pick()
	if b := pick(); len(stock) > 1 && a.Trial != b.Trial && rng.Float64() < crossShare {
		return &Trial{How: "crossed", Parents: []string{a.Trial, b.Trial}, Genes: crossed(a.Genes, b.Genes, rng)}
	}
	k := &Trial{Parents: []string{a.Trial}, Genes: a.Genes}
	k.Genes.Layers = slices.Clone(a.Genes.Layers)
	for range 1 + rng.IntN(2) {
		for range 20 {
			if what := k.Genes.mutate(s.cfg, rng); what != "" {
				if k.How != "" {
					k.How += ", "
				}
				k.How += what
				break
			}
		}
	}
	return k
}

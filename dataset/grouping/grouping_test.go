package grouping

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func twoCrowds() []Profile {
	var people []Profile
	for i := range 12 {
		p := Profile{Code: fmt.Sprintf("P%02d", i), Numbers: []float64{20 + float64(i%6)}, Words: []string{"novice"}}
		if i >= 6 {
			p.Numbers[0] += 50
			p.Words[0] = "expert"
		}
		people = append(people, p)
	}
	return people
}

func TestTwoCrowdsAreFoundAndSuggested(t *testing.T) {
	g, err := Suggest(twoCrowds(), DefaultGroups)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Sizes) != 2 || g.Sizes[0] != 6 || g.Sizes[1] != 6 || g.Silhouette < 0.8 || len(g.Small) != 0 {
		t.Fatalf("%+v", g)
	}
	if g.Of["P00"] == g.Of["P11"] || g.Of["P00"] != g.Of["P05"] {
		t.Errorf("people are mixed: %v", g.Of)
	}
}

// Nine pairs and triples that are alike stand apart best as nine groups, each of
// which deserves a warning: as many as fit best never has one.
func TestWhatFitsBestHasNoSmallGroup(t *testing.T) {
	var people []Profile
	for i := range 25 {
		people = append(people, Profile{Code: fmt.Sprintf("P%02d", i), Numbers: []float64{float64(i % 9)}, Words: []string{fmt.Sprint(i % 9)}})
	}
	nine, err := Cluster(people, 9)
	if err != nil || len(nine.Small) != 9 || nine.Silhouette < 0.99 {
		t.Fatalf("%+v, %v", nine, err)
	}
	best, err := Suggest(people, DefaultGroups)
	if err != nil || len(best.Small) != 0 || best.Silhouette > nine.Silhouette {
		t.Errorf("%+v, %v", best, err)
	}
	for k := 2; k <= 5; k++ { // there is no better one without a small group
		if g, _ := Cluster(people, k); len(g.Small) == 0 && g.Silhouette > best.Silhouette {
			t.Errorf("%d groups are better: %+v", k, g)
		}
	}
	if one, err := Suggest(people[:9], DefaultGroups); err != nil || len(one.Sizes) != 1 {
		t.Errorf("of nine people: %+v, %v", one, err)
	}
}

// Worked by hand: distances |a-b|/10 on 0, 1, 9, 10 with groups {0,1}, {9,10}
// give a = .1 everywhere and b = .95 or .85.
func TestSilhouetteWorkedExample(t *testing.T) {
	var people []Profile
	for i, v := range []float64{0, 1, 9, 10} {
		people = append(people, Profile{Code: fmt.Sprint(i), Numbers: []float64{v}})
	}
	g, err := Cluster(people, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := (.85/.95 + .75/.85) / 2
	if math.Abs(g.Silhouette-want) > 1e-12 {
		t.Errorf("silhouette %v, want %v", g.Silhouette, want)
	}
	if !slices.Equal(g.Small, []int{0, 1}) {
		t.Errorf("two groups of two people need a warning: %v", g.Small)
	}
}

func TestMissingFieldsAreLeftOut(t *testing.T) {
	a := Profile{Numbers: []float64{math.NaN(), 3}, Words: []string{""}}
	b := Profile{Numbers: []float64{7, 5}, Words: []string{"left"}}
	if d := Distance(a, b, []float64{10, 10}); math.Abs(d-.2) > 1e-12 {
		t.Errorf("distance %v", d)
	}
	if d := Distance(Profile{Words: []string{""}}, Profile{Words: []string{"x"}}, nil); d != 1 {
		t.Errorf("nothing in common: %v", d)
	}
}

func TestOrderOfPeopleDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 14).Draw(t, "people")
		people := make([]Profile, n)
		for i := range people {
			people[i] = Profile{Code: fmt.Sprintf("P%02d", i),
				Numbers: []float64{float64(rapid.IntRange(0, 9).Draw(t, "age"))},
				Words:   []string{rapid.SampledFrom([]string{"", "f", "m"}).Draw(t, "sex")}}
		}
		k := rapid.IntRange(1, 12).Draw(t, "k")
		a, err := Cluster(people, k)
		if err != nil {
			t.Fatal(err)
		}
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)).Shuffle(n, func(i, j int) { people[i], people[j] = people[j], people[i] })
		b, err := Cluster(people, k)
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(a.Of, b.Of) || !slices.Equal(a.Medoids, b.Medoids) {
			t.Fatalf("%v against %v", a, b)
		}
		total := 0
		for g, size := range a.Sizes {
			total += size
			if size == 0 || a.Of[a.Medoids[g]] != g {
				t.Fatalf("group %d: size %d, medoid %s in %d", g, size, a.Medoids[g], a.Of[a.Medoids[g]])
			}
		}
		if total != n {
			t.Fatalf("%d of %d people grouped", total, n)
		}
	})
}

func TestRefusals(t *testing.T) {
	for name, people := range map[string][]Profile{
		"nobody":       nil,
		"twice":        {{Code: "P1"}, {Code: "P1"}},
		"other fields": {{Code: "P1"}, {Code: "P2", Words: []string{"x"}}},
	} {
		if _, err := Cluster(people, 2); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

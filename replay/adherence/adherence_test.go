package adherence

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func compile(t testing.TB, text string, step float64) *Rule {
	t.Helper()
	f, err := Parse(text, step)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	r, err := Compile(f, step)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r
}

func TestRestAfterACurl(t *testing.T) {
	rule, err := Sentence{Pattern: "after FIRST, SECOND of at least LAST follows within WITHIN", First: "biceps-curl", Second: "rest", WithinS: 90, LastS: 30}.Rule()
	if err != nil {
		t.Fatal(err)
	}
	r := compile(t, rule, 1)
	good := []Activity{{0, 20, "resistance:arms/biceps-curl"}, {40, 80, "rest"}}
	if kept, _, err := r.Check(good, 200); err != nil || !kept {
		t.Errorf("a rest of 40 s after 20 s breaks the rule (%v)", err)
	}
	bad := append(good, Activity{100, 120, "resistance:arms/biceps-curl"}, Activity{130, 150, "rest"})
	kept, found, err := r.Check(bad, 300)
	if err != nil || kept || len(found) != 1 || found[0].AtS != 119 {
		t.Errorf("kept %v, found %+v, %v", kept, found, err)
	}
	if r.States() > 5000 {
		t.Errorf("%d states", r.States())
	}
}

func TestSentencesCompileAndTell(t *testing.T) {
	for _, pattern := range Patterns() {
		rule, err := Sentence{Pattern: pattern, First: "warm-up", Second: "squat", WithinS: 20, LastS: 10}.Rule()
		if err != nil {
			t.Fatal(err)
		}
		compile(t, rule, 1)
	}
	if _, err := (Sentence{Pattern: "whatever"}).Rule(); err == nil {
		t.Error("an unknown sentence became a rule")
	}
	starts, _ := Sentence{Pattern: "every session starts with FIRST", First: "warm-up"}.Rule()
	r := compile(t, starts, 1)
	if kept, _, _ := r.Check([]Activity{{5, 9, "warm-up"}, {20, 30, "squat"}}, 40); !kept {
		t.Error("a warm-up first breaks the rule")
	}
	if kept, _, _ := r.Check([]Activity{{5, 9, "squat"}, {20, 30, "warm-up"}}, 40); kept {
		t.Error("squats before the warm-up keep the rule")
	}
	if kept, _, _ := r.Check([]Activity{{5, 9, "rest"}, {20, 30, "warm-up"}}, 40); !kept {
		t.Error("a rest before the warm-up breaks the rule")
	}
}

func TestContradictionsAreRefusedBeforeTheyRun(t *testing.T) {
	for text, want := range map[string]error{
		"G squat & F rest":           ErrContradiction,
		"F[0,5] squat & G[0,9] rest": ErrContradiction,
		"G (squat -> squat)":         ErrEmptyRule,
		"X true & N false":           ErrContradiction,
		"G F[0,1] squat":             nil,
	} {
		f, err := Parse(text, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Compile(f, 1); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
}

func TestParseErrorsNameThePlace(t *testing.T) {
	for text, says := range map[string]string{
		"G (squat":    "expected )",
		"F[3,1] a":    "end before they begin",
		"F[a,b] c":    "no number of seconds",
		"a b":         "character 3",
		"":            "found the end",
		"a & ":        "expected a name",
		"G[0 1] rest": "[from,to]",
	} {
		if _, err := Parse(text, 1); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v does not say %q", text, err, says)
		}
	}
}

func drawFormula(depth int) *rapid.Generator[*Formula] {
	return rapid.Custom(func(t *rapid.T) *Formula {
		kind := rapid.IntRange(0, 9).Draw(t, "kind")
		if depth == 0 {
			kind %= 3
		}
		sub := func(name string) *Formula { return drawFormula(max(0, depth-1)).Draw(t, name) }
		bound := func() (int, int) {
			lo := rapid.IntRange(0, 2).Draw(t, "lo")
			if rapid.Bool().Draw(t, "unbounded") {
				return lo, unbounded
			}
			return lo, lo + rapid.IntRange(0, 3).Draw(t, "length")
		}
		switch kind {
		case 0, 1:
			return atom(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "atom"))
		case 2:
			return not(atom("a"))
		case 3:
			return join(opAnd, sub("left"), sub("right"))
		case 4:
			return join(opOr, sub("left"), sub("right"))
		case 5:
			return next(sub("of"))
		case 6:
			return weak(sub("of"))
		case 7:
			return not(sub("of"))
		case 8:
			lo, hi := bound()
			return until(sub("left"), sub("right"), lo, hi)
		default:
			lo, hi := bound()
			return always(sub("of"), lo, hi)
		}
	})
}

// The automaton and the definition of the logic must give the same verdict.
func TestAutomatonFollowsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFormula(3).Draw(t, "formula")
		r, err := Compile(f, 1)
		if errors.Is(err, ErrTooLarge) {
			t.Skip("large")
		}
		word := rapid.SliceOfN(rapid.IntRange(0, len(r.names)), 1, 9).Draw(t, "word")
		e := evaluator{word: word, names: r.names, memo: map[memoKey]bool{}}
		want := e.at(f, 0)
		state := 0
		for _, symbol := range word {
			state = r.next[state][symbol]
		}
		if r.accept[state] != want {
			t.Fatalf("%s on %v: automaton %v, definition %v", f, word, r.accept[state], want)
		}
		if want && errors.Is(err, ErrContradiction) || !want && errors.Is(err, ErrEmptyRule) {
			t.Fatalf("%s: %v, yet %v gives %v", f, err, word, want)
		}
	})
}

// Nested operators once made ever longer formulas of the same meaning, until the
// memory was gone.
func TestNestedRulesStaySmall(t *testing.T) {
	for _, text := range []string{"(a & G a) U G[2,] a", "(!a | G[1,] a) U (G[0,0] (a U[2,] b))"} {
		if r := compile(t, text, 1); r.States() > 100 {
			t.Errorf("%s has %d states", text, r.States())
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("G (biceps-curl -> X F[0,90] G[0,30] rest)")
	f.Add(`"a b" U[1,2] !c | d->e`)
	f.Fuzz(func(t *testing.T, text string) {
		g, err := Parse(text, 1)
		if err == nil && g == nil {
			t.Fatal("neither a rule nor an error")
		}
	})
}

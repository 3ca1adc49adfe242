package training

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"onset/dataset"
)

// Comparison sets two models side by side. Differences are B minus A.
type Comparison struct {
	A            ModelSummary     `json:"a"`
	B            ModelSummary     `json:"b"`
	Participants []PairedScore    `json:"participants"` // those that both were judged on
	Unit         string           `json:"unit_of_analysis"`
	Differences  []Difference     `json:"differences"` // of the configs
	ConfusionGap []ConfusionShift `json:"confusion_gap"`
	// Comparable is false when the two were judged on different windows or
	// held out in another way; Caution says why. Where they share nearly all windows
	// everything here is of those, and Caution says how many are left out.
	Comparable bool   `json:"comparable"`
	Caution    string `json:"caution,omitempty"`
	// Tests are absent when the two are not comparable or share nobody.
	Tests *Tests `json:"tests,omitempty"`
}

// ModelSummary is one side of a comparison.
type ModelSummary struct {
	ID           string    `json:"id"`
	Run          string    `json:"run"`
	Architecture string    `json:"architecture"`
	Accuracy     float64   `json:"accuracy"`
	MacroF1      float64   `json:"macro_f1"`
	Kappa        float64   `json:"kappa"`
	LogLoss      float64   `json:"log_loss"`
	ECE          float64   `json:"ece"`
	N            int       `json:"n"`
	WindowSet    string    `json:"window_set"`
	Unit         string    `json:"unit_of_analysis"`
	Confusion    Confusion `json:"confusion"`
}

// PairedScore is one participant's score under both models.
type PairedScore struct {
	Participant dataset.ParticipantID `json:"participant"`
	NA          int                   `json:"n_a"`
	NB          int                   `json:"n_b"`
	AccuracyA   float64               `json:"accuracy_a"`
	AccuracyB   float64               `json:"accuracy_b"`
	MacroF1A    float64               `json:"macro_f1_a"`
	MacroF1B    float64               `json:"macro_f1_b"`
}

// Difference is a config key that the two runs set differently.
type Difference struct {
	Key string `json:"key"`
	A   string `json:"a"`
	B   string `json:"b"`
}

// ConfusionShift is a cell whose share of its row changed.
type ConfusionShift struct {
	Truth     string  `json:"truth"`
	Predicted string  `json:"predicted"`
	A         float64 `json:"a"` // share of the truth's windows
	B         float64 `json:"b"`
}

// Compare reads two models of the study and what they were judged on.
func Compare(ctx context.Context, store Store, a, b string) (*Comparison, error) {
	ra, ca, err := judged(ctx, store, a)
	if err != nil {
		return nil, err
	}
	rb, cb, err := judged(ctx, store, b)
	if err != nil {
		return nil, err
	}
	ok, why := comparable(ra, rb)
	if !ok && ra.Split == rb.Split && slices.Equal(ra.Confusion.Classes, rb.Confusion.Classes) {
		if x, y, left, nearly := onShared(ra, rb); nearly {
			ra, rb, ok, why = x, y, true, leftOut(left)
		}
	}
	c := &Comparison{A: summaryOf(ra), B: summaryOf(rb), Unit: "participant", Comparable: ok, Caution: why}
	if c.Differences, err = differences(ca, cb); err != nil {
		return nil, err
	}
	for _, pa := range ra.Participants {
		for _, pb := range rb.Participants {
			if pa.Participant == pb.Participant {
				c.Participants = append(c.Participants, PairedScore{Participant: pa.Participant, NA: pa.N, NB: pb.N,
					AccuracyA: pa.Accuracy, AccuracyB: pb.Accuracy, MacroF1A: pa.MacroF1, MacroF1B: pb.MacroF1})
			}
		}
	}
	c.ConfusionGap = shifts(ra.Confusion, rb.Confusion)
	if c.Comparable {
		c.Tests, err = testsOf(ra, rb, c.Participants)
	}
	return c, err
}

// judged is the result and config of a model's run.
func judged(ctx context.Context, store Store, id string) (*Result, Config, error) {
	row, err := store.Model(ctx, id)
	if err != nil {
		return nil, Config{}, fmt.Errorf("reading model %s: %w", id, err)
	}
	run, err := store.RunByID(ctx, row.Run)
	if err != nil {
		return nil, Config{}, fmt.Errorf("reading the run of model %s: %w", id, err)
	}
	r, err := ReadResult(run)
	if err != nil {
		return nil, Config{}, err
	}
	r.Model, r.Run = row.ID, run.ID
	cfg, err := ParseConfig(run.Config)
	if err != nil {
		return nil, Config{}, fmt.Errorf("reading the config of run %s: %w", run.ID, err)
	}
	return r, cfg, nil
}

func summaryOf(r *Result) ModelSummary {
	return ModelSummary{ID: r.Model, Run: r.Run, Architecture: r.Architecture, Accuracy: r.Accuracy, MacroF1: r.MacroF1, Kappa: r.Kappa,
		LogLoss: r.LogLoss, ECE: r.ECE, N: r.Confusion.N(), WindowSet: r.WindowSet, Unit: r.Unit, Confusion: r.Confusion}
}

func comparable(a, b *Result) (bool, string) {
	switch {
	case a.Split != b.Split:
		return false, fmt.Sprintf("The first was judged by %s, the second by %s.", a.Split, b.Split)
	case !slices.Equal(a.Confusion.Classes, b.Confusion.Classes):
		return false, "They tell different classes apart."
	case !sameMoments(a, b):
		return false, "They were judged on different moments of the recordings; the scores are of different tasks."
	}
	return true, ""
}

// sameMoments reports whether both were judged on the same labelled moments,
// whatever sensors and window length they used.
func sameMoments(a, b *Result) bool {
	if len(a.Predictions) != len(b.Predictions) {
		return false
	}
	seen := map[moment]int{}
	for _, p := range a.Predictions {
		seen[moment{p.Session, p.StartS, p.Truth}]++
	}
	for _, p := range b.Predictions {
		k := moment{p.Session, p.StartS, p.Truth}
		if seen[k] == 0 {
			return false
		}
		seen[k]--
	}
	return true
}

// differences lists the keys of two configs that are not the same.
func differences(a, b Config) ([]Difference, error) {
	ta, err := a.TOML()
	if err != nil {
		return nil, err
	}
	tb, err := b.TOML()
	if err != nil {
		return nil, err
	}
	keysA, valuesA := flatTOML(ta)
	keysB, valuesB := flatTOML(tb)
	var out []Difference
	for _, k := range append(keysA, keysB...) { // a key that is not set is missing in its text
		if slices.ContainsFunc(out, func(d Difference) bool { return d.Key == k }) {
			continue
		}
		if valuesA[k] != valuesB[k] {
			out = append(out, Difference{Key: k, A: valuesA[k], B: valuesB[k]})
		}
	}
	return out, nil
}

// flatTOML lists the dotted keys of a text in order, with their values.
func flatTOML(text []byte) (keys []string, values map[string]string) {
	values = map[string]string{}
	table := ""
	for _, line := range strings.Split(string(text), "\n") {
		if m := tableLine.FindStringSubmatch(line); m != nil {
			table = m[1] + "."
		} else if k, v, ok := strings.Cut(line, "="); ok {
			k = table + strings.TrimSpace(k)
			keys = append(keys, k)
			values[k] = strings.TrimSpace(v)
		}
	}
	return keys, values
}

// shifts lists the confusion cells that changed, the largest change first.
func shifts(a, b Confusion) []ConfusionShift {
	if !slices.Equal(a.Classes, b.Classes) {
		return nil
	}
	pa, pb := a.PerClass(), b.PerClass()
	var out []ConfusionShift
	for i := range a.Classes {
		for j := range a.Classes {
			s := ConfusionShift{Truth: a.Classes[i], Predicted: a.Classes[j],
				A: ratio(float64(a.Counts[i][j]), float64(pa[i].N)), B: ratio(float64(b.Counts[i][j]), float64(pb[i].N))}
			if s.A != s.B {
				out = append(out, s)
			}
		}
	}
	slices.SortStableFunc(out, func(x, y ConfusionShift) int {
		return compare(max(y.A-y.B, y.B-y.A), max(x.A-x.B, x.B-x.A))
	})
	return out
}

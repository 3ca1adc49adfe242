package training

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Leaderboard is the ten best of a group and sensor set across all time, and how
// they descend from one another.
type Leaderboard struct {
	Group     string       `json:"group,omitempty"`
	SensorSet SensorSet    `json:"sensor_set"`
	Best      []BoardEntry `json:"best"`
	// Family are all ancestors of the best and themselves, parents first.
	Family []BoardEntry `json:"family"`
	// Judged are the outer scores of the searches for them, oldest first.
	Judged []BoardJudgement `json:"judged"`
}

// BoardEntry is a trial with its scores on inner folds.
type BoardEntry struct {
	Trial     string    `json:"trial"`
	Run       string    `json:"run"` // the search
	At        time.Time `json:"at"`
	How       string    `json:"how"`
	Parents   []string  `json:"parents"`
	Genes     Genes     `json:"genes"`
	Text      string    `json:"text"`
	Seed      uint64    `json:"seed"`
	WindowSet string    `json:"window_set"`
	Epochs    int       `json:"epochs"`
	MacroF1   float64   `json:"macro_f1"`
	Accuracy  float64   `json:"accuracy"`
	LogLoss   float64   `json:"log_loss"`
	Model     string    `json:"model,omitempty"`
}

// BoardJudgement is a search's score on people it never saw.
type BoardJudgement struct {
	Run             string    `json:"run"`
	At              time.Time `json:"at"`
	Unit            string    `json:"unit_of_analysis"`
	Folds           int       `json:"folds"`
	MacroF1         float64   `json:"macro_f1"`
	Accuracy        float64   `json:"accuracy"`
	DefaultMacroF1  float64   `json:"default_macro_f1"`
	DefaultAccuracy float64   `json:"default_accuracy"`
	Opened          int       `json:"opened"`
}

// Leaderboards reads the memory of all searches. Only tracks of everyone count:
// the others exist to be judged. Candidates are compared by macro-F1 on inner
// folds, those with the most epochs of their search first.
func Leaderboards(ctx context.Context, store SearchStore) ([]Leaderboard, error) {
	runs, results, err := searches(ctx, store)
	if err != nil {
		return nil, err
	}
	all := map[string]*Trial{}
	when, of := map[string]time.Time{}, map[string]string{}
	boards := map[string]*Leaderboard{}
	trials := map[string][]*Trial{}
	var keys []string
	for i, r := range results {
		for _, t := range r.Tracks {
			for _, k := range t.Trials {
				all[k.ID], when[k.ID], of[k.ID] = k, runs[i].CreatedAt, r.Run
			}
			if t.Fold > 0 {
				continue
			}
			key := t.Group + "\x00" + strings.Join(sortedSet(t.SensorSet), "\x00")
			if boards[key] == nil {
				boards[key] = &Leaderboard{Group: t.Group, SensorSet: t.SensorSet}
				keys = append(keys, key)
			}
			trials[key] = append(trials[key], fullTrials(t)...)
		}
		for _, j := range r.Judged {
			if b := boards[j.Group+"\x00"+strings.Join(sortedSet(j.SensorSet), "\x00")]; b != nil {
				b.Judged = append(b.Judged, BoardJudgement{Run: r.Run, At: runs[i].CreatedAt, Unit: j.Searched.Unit, Folds: len(j.Searched.Folds),
					MacroF1: j.Searched.MacroF1, Accuracy: j.Searched.Accuracy, DefaultMacroF1: j.Default.MacroF1, DefaultAccuracy: j.Default.Accuracy, Opened: j.Opened})
			}
		}
	}
	entry := func(k *Trial) BoardEntry {
		e := BoardEntry{Trial: k.ID, Run: of[k.ID], At: when[k.ID], How: k.How, Parents: slices.Clone(k.Parents), Genes: k.Genes, Text: k.Genes.String(),
			Seed: k.Seed, WindowSet: k.WindowSet, Model: k.Model}
		if len(k.Rungs) > 0 {
			l := k.last()
			e.Epochs, e.MacroF1, e.Accuracy, e.LogLoss = l.Epochs, l.MacroF1, l.Accuracy, l.LogLoss
		}
		return e
	}
	slices.Sort(keys)
	var out []Leaderboard
	for _, key := range keys {
		b := boards[key]
		best := distinct(trials[key])
		for _, k := range best[:min(len(best), boardSize)] {
			b.Best = append(b.Best, entry(k))
		}
		for _, id := range ancestors(b.Best, all) {
			b.Family = append(b.Family, entry(all[id]))
		}
		out = append(out, *b)
	}
	return out, nil
}

// fullTrials are those that went as far as any of their track.
func fullTrials(t *Track) []*Trial {
	most := 0
	for _, k := range t.Trials {
		if k.Failed == "" && len(k.Rungs) > 0 {
			most = max(most, k.last().Epochs)
		}
	}
	var out []*Trial
	for _, k := range t.Trials {
		if k.full(most) {
			out = append(out, k)
		}
	}
	return out
}

// distinct are trials by macro-F1, the same candidate only once.
func distinct(trials []*Trial) []*Trial {
	trials = slices.Clone(trials)
	slices.SortStableFunc(trials, func(a, b *Trial) int { return compare(b.last().MacroF1, a.last().MacroF1) })
	seen := map[string]bool{}
	var out []*Trial
	for _, k := range trials {
		if !seen[k.Genes.String()] {
			seen[k.Genes.String()] = true
			out = append(out, k)
		}
	}
	return out
}

// ancestors lists the trials that some descend from and themselves, parents
// before children.
func ancestors(best []BoardEntry, all map[string]*Trial) []string {
	var order []string
	seen := map[string]bool{}
	var visit func(id string)
	visit = func(id string) {
		k := all[id]
		if k == nil || seen[id] {
			return
		}
		seen[id] = true
		for _, p := range k.Parents {
			visit(p)
		}
		order = append(order, id)
	}
	for _, e := range best {
		visit(e.Trial)
	}
	return order
}

package devices

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"onset/dataset"
	"onset/training"
)

// Cohort is who a model learnt from, in counts by band.
type Cohort struct {
	People      int               `json:"people"`
	Age         map[string]string `json:"age"`
	Sex         map[string]string `json:"sex"`
	Proficiency map[string]string `json:"proficiency"`
}

// fewestToTell is the smallest count that is told: fewer people could be
// recognised.
const fewestToTell = 3

// cohortOf counts the people of a model's training that the study still knows.
func cohortOf(people []dataset.Participant, taught []dataset.ParticipantID) *Cohort {
	age, sex, proficiency := map[string]int{}, map[string]int{}, map[string]int{}
	c := &Cohort{}
	for _, p := range people {
		if !slices.Contains(taught, p.ID) {
			continue
		}
		c.People++
		age[orUnknown(p.AgeBand)]++
		sex[orUnknown(p.Sex)]++
		proficiency[orUnknown(p.Proficiency)]++
	}
	if c.People == 0 {
		return nil
	}
	c.Age, c.Sex, c.Proficiency = told(age), told(sex), told(proficiency)
	return c
}

func orUnknown(band string) string {
	if band == "" {
		return "unknown"
	}
	return band
}

func told(counts map[string]int) map[string]string {
	out := map[string]string{}
	for k, n := range counts {
		out[k] = fmt.Sprint(n)
		if n < fewestToTell {
			out[k] = fmt.Sprintf("fewer than %d", fewestToTell)
		}
	}
	return out
}

// CurvePoint is a model that was judged as the exported one was, on a window of
// another length.
type CurvePoint struct {
	WindowS  float64 `json:"window_s"`
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	Windows  int     `json:"windows"`
	Model    string  `json:"model"`
}

// onsetCurve lists, for each length of window, the study's best model with the
// same classes, channels, rate, split and number of judged people. It is empty
// when only one length was tried.
func onsetCurve(ctx context.Context, store Store, m *training.Model) ([]CurvePoint, error) {
	lister, ok := store.(interface {
		Models(ctx context.Context) ([]dataset.ModelRow, error)
	})
	if !ok {
		return nil, nil
	}
	rows, err := lister.Models(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the study's models: %w", err)
	}
	own, err := resultOf(m.Stored().Scores)
	if err != nil {
		return nil, err
	}
	best := map[float64]CurvePoint{}
	for _, row := range rows {
		p, ok := pointOf(row, m, own)
		if before, seen := best[p.WindowS]; ok && (!seen || p.MacroF1 > before.MacroF1) {
			best[p.WindowS] = p
		}
	}
	if len(best) < 2 {
		return nil, nil
	}
	var out []CurvePoint
	for _, p := range best {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b CurvePoint) int {
		if a.WindowS < b.WindowS {
			return -1
		}
		return 1
	})
	return out, nil
}

func pointOf(row dataset.ModelRow, m *training.Model, own training.Result) (CurvePoint, bool) {
	var spec struct {
		Contract training.Contract `json:"contract"`
		Classes  []string          `json:"classes"`
	}
	r, err := resultOf(row.Scores)
	if err != nil || json.Unmarshal(row.Spec, &spec) != nil || row.Withdrawn != "" {
		return CurvePoint{}, false
	}
	c := m.Contract()
	if !slices.Equal(spec.Classes, m.Classes()) || !slices.Equal(spec.Contract.Channels, c.Channels) || spec.Contract.RateHz != c.RateHz ||
		r.Split != own.Split || len(r.Participants) != len(own.Participants) || r.Windows == 0 {
		return CurvePoint{}, false
	}
	return CurvePoint{WindowS: spec.Contract.WindowS, Accuracy: r.Accuracy, MacroF1: r.MacroF1, Windows: r.Windows, Model: row.ID}, true
}

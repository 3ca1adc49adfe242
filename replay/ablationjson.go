package replay

import (
	"encoding/json"
	"fmt"
)

// ablationFields are an ablation's JSON without the sources alone, which stand
// beside them under their own names.
type ablationFields struct {
	Protocol     string           `json:"protocol"`
	Onset        string           `json:"onset"`
	N            int              `json:"n"`
	Unit         string           `json:"unit"`
	Fused        Score            `json:"fused"`
	Table        []Score          `json:"combinations"`
	Paired       []Difference     `json:"paired"`
	Steps        []Difference     `json:"steps"`
	Sessions     []Part           `json:"sessions"`
	People       []Part           `json:"participants"`
	Weights      []FoldWeights    `json:"weights"`
	New          int              `json:"new"`
	Segmentation *EventSummary    `json:"segmentation"`
	Rule         string           `json:"rule"`
	Simulated    bool             `json:"simulated"`
	Shuffled     bool             `json:"beacons_shuffled"`
	Repetitions  RepetitionScore  `json:"repetitions"`
	Notes        []string         `json:"notes"`
	Sensor       *json.RawMessage `json:"sensor,omitempty"`
	Markov       *json.RawMessage `json:"markov,omitempty"`
	Place        *json.RawMessage `json:"place,omitempty"`
	Memory       *json.RawMessage `json:"memory,omitempty"`
}

func (f *ablationFields) alone() map[string]**json.RawMessage {
	return map[string]**json.RawMessage{Sensor.String(): &f.Sensor, Markov.String(): &f.Markov, Place.String(): &f.Place, Memory.String(): &f.Memory}
}

// MarshalJSON puts each source alone and the fused answer at the top.
func (a *Ablation) MarshalJSON() ([]byte, error) {
	f := ablationFields{Protocol: a.Protocol, Onset: a.Onset, N: a.N, Unit: a.Unit, Fused: a.Fused, Table: a.Table, Paired: a.Paired, Steps: a.Steps,
		Sessions: a.Sessions, People: a.People, Weights: a.Weights, New: a.New, Segmentation: a.Segmentation, Rule: noAnswerRule,
		Simulated: a.Simulated, Shuffled: a.shuffled, Repetitions: a.Repetitions, Notes: append([]string{}, a.Notes...)}
	for name, at := range f.alone() {
		s, ok := a.Alone[name]
		if !ok {
			continue
		}
		text, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		*at = (*json.RawMessage)(&text)
	}
	return json.Marshal(f)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (a *Ablation) UnmarshalJSON(text []byte) error {
	var f ablationFields
	if err := json.Unmarshal(text, &f); err != nil {
		return fmt.Errorf("reading an ablation: %w", err)
	}
	*a = Ablation{Protocol: f.Protocol, Onset: f.Onset, N: f.N, Unit: f.Unit, Alone: map[string]Score{}, Fused: f.Fused, Table: f.Table, Paired: f.Paired,
		Steps: f.Steps, Sessions: f.Sessions, People: f.People, Weights: f.Weights, New: f.New, Segmentation: f.Segmentation,
		Simulated: f.Simulated, Notes: f.Notes, Repetitions: f.Repetitions, shuffled: f.Shuffled}
	for name, at := range f.alone() {
		if *at == nil {
			continue
		}
		var s Score
		if err := json.Unmarshal(**at, &s); err != nil {
			return fmt.Errorf("reading an ablation: %q: %w", name, err)
		}
		a.Alone[name] = s
	}
	return nil
}

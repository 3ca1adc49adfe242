package training

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"onset/dataset"
)

// Result is the outcome of a training. Every score is of windows whose people
// (or sessions) the model that judged them had never seen; Unit says which.
type Result struct {
	Run       string       `json:"run"`
	Model     string       `json:"model"`
	WindowSet string       `json:"window_set"`
	Split     string       `json:"split"`
	Unit      string       `json:"unit_of_analysis"`
	Folds     []FoldResult `json:"folds"`
	// Accuracy, MacroF1 and Kappa are over all held-out windows together.
	Accuracy  float64   `json:"accuracy"`
	MacroF1   float64   `json:"macro_f1"`
	Kappa     float64   `json:"kappa"`
	Confusion Confusion `json:"confusion"`
	// FoldAccuracy and FoldMacroF1 are means over the folds.
	FoldAccuracy float64            `json:"fold_mean_accuracy"`
	FoldMacroF1  float64            `json:"fold_mean_macro_f1"`
	Participants []ParticipantScore `json:"participants"`
	// ParticipantAccuracy and ParticipantMacroF1 are over participants, each
	// counting the same.
	ParticipantAccuracy Spread       `json:"participant_accuracy"`
	ParticipantMacroF1  Spread       `json:"participant_macro_f1"`
	PerClass            []ClassScore `json:"per_class"`
	// LogLoss, ECE and Reliability are of probabilities calibrated inside each
	// fold's training side.
	LogLoss     float64          `json:"log_loss"`
	ECE         float64          `json:"ece"`
	Reliability []ReliabilityBin `json:"reliability"`
	// Precisions are what lower precisions of a net's weights would cost.
	Precisions []PrecisionScore `json:"precisions,omitempty"`
	// Temperature and Epochs are those of the model for use.
	Temperature  float64       `json:"temperature"`
	Epochs       int           `json:"epochs"`
	Architecture string        `json:"architecture"`
	Chosen       string        `json:"chosen,omitempty"` // the candidate that the model for use is
	Chance       float64       `json:"chance"`           // accuracy of always naming the most frequent class
	Windows      int           `json:"windows"`
	ExtraWindows int           `json:"extra_windows"`
	Dropped      Dropped       `json:"dropped"`
	Bridged      Bridged       `json:"bridged"`
	Twins        []TwinSummary `json:"near_duplicates,omitempty"`
	// ShapesCompared tells that copies were looked for by shape as well as by
	// values: not in short windows, and not when older versions trained.
	ShapesCompared bool     `json:"shapes_compared,omitempty"`
	Notes          []string `json:"notes"`
	Curves         []Curve  `json:"curves"`
	Seconds        float64  `json:"seconds"`
	// Search is the trial that a model kept by a search was.
	Search string `json:"search,omitempty"`
	// Arithmetic is the numerical kernel that nets were fitted with.
	Arithmetic string `json:"arithmetic,omitempty"`
	// Predictions are every held-out decision, in the window set's order. They
	// are kept in the run but not printed.
	Predictions []Prediction `json:"-"`
}

// FoldResult is the score on one fold's held-out side.
type FoldResult struct {
	HeldOut     []string `json:"held_out"`
	N           int      `json:"n"`
	Accuracy    float64  `json:"accuracy"`
	MacroF1     float64  `json:"macro_f1"`
	Epochs      int      `json:"epochs"` // chosen on the validation part
	Temperature float64  `json:"temperature"`
	Validation  string   `json:"validation"` // what the validation part was made of
	TrainedOn   int      `json:"trained_on"` // windows
	// Chosen is the candidate that did best on the validation parts, and
	// Candidates are the scores there.
	Chosen     string       `json:"chosen,omitempty"`
	Candidates []InnerScore `json:"candidates,omitempty"`
}

// ParticipantScore is the score on one participant's held-out windows.
type ParticipantScore struct {
	Participant dataset.ParticipantID `json:"participant"`
	N           int                   `json:"n"`
	Accuracy    float64               `json:"accuracy"`
	MacroF1     float64               `json:"macro_f1"`
}

// TwinSummary names sessions that hold nearly the same windows.
type TwinSummary struct {
	A       dataset.SessionID `json:"a"`
	B       dataset.SessionID `json:"b"`
	Windows int               `json:"windows"`
	Of      int               `json:"of"`
}

// Curve is how one fit went; Fold 0 is the model for use.
type Curve struct {
	Fold   int          `json:"fold"`
	Points []CurvePoint `json:"points"`
}

// CurvePoint is one epoch. Validation figures are absent without a validation
// part.
type CurvePoint struct {
	Epoch         int      `json:"epoch"`
	TrainLoss     float64  `json:"train_loss"`
	TrainAccuracy float64  `json:"train_accuracy"`
	ValidLoss     *float64 `json:"valid_loss,omitempty"`
	ValidAccuracy *float64 `json:"valid_accuracy,omitempty"`
}

func curvePoint(p Progress) CurvePoint {
	c := CurvePoint{Epoch: p.Epoch, TrainLoss: p.TrainLoss, TrainAccuracy: p.TrainAccuracy}
	if !math.IsNaN(p.ValidLoss) {
		c.ValidLoss, c.ValidAccuracy = &p.ValidLoss, &p.ValidAccuracy
	}
	return c
}

// Prediction is one held-out decision with the way back to its window.
type Prediction struct {
	Participant dataset.ParticipantID `json:"participant"`
	Session     dataset.SessionID     `json:"session"`
	Recording   dataset.RecordingID   `json:"recording"`
	Label       dataset.LabelID       `json:"label,omitempty"`
	StartS      float64               `json:"start_s"`
	Sample      int64                 `json:"sample"`
	Fold        int                   `json:"fold"` // from 1
	Truth       int                   `json:"truth"`
	Predicted   int                   `json:"predicted"`
	P           []float64             `json:"p"` // calibrated inside the fold, one per class
}

// outcome is what a run keeps: the result with its predictions.
type outcome struct {
	*Result
	Predictions []Prediction `json:"predictions"`
}

// ReadResult restores a run's result with its predictions.
func ReadResult(run dataset.Run) (*Result, error) {
	o := outcome{Result: &Result{}}
	if err := json.Unmarshal(run.Outcome, &o); err != nil {
		return nil, fmt.Errorf("reading the outcome of run %s: %w", run.ID, err)
	}
	o.Result.Predictions = o.Predictions
	return o.Result, nil
}

// LoadResult reads a run of the study by its id.
func LoadResult(ctx context.Context, store Store, id string) (*Result, error) {
	run, err := store.RunByID(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("reading run %s: %w", id, err)
	}
	return ReadResult(run)
}

// summarise fills in the scores from the predictions.
func (r *Result) summarise(classes []string) {
	r.Confusion = NewConfusion(classes)
	people := map[dataset.ParticipantID]Confusion{}
	var order []dataset.ParticipantID
	var p [][]float64
	var truth []int
	for _, d := range r.Predictions {
		r.Confusion.Add(d.Truth, d.Predicted)
		c, seen := people[d.Participant]
		if !seen {
			c = NewConfusion(classes)
			people[d.Participant] = c
			order = append(order, d.Participant)
		}
		c.Add(d.Truth, d.Predicted)
		p, truth = append(p, d.P), append(truth, d.Truth)
		r.LogLoss -= math.Log(max(d.P[d.Truth], 1e-15)) / float64(len(r.Predictions))
	}
	r.Accuracy, r.MacroF1, r.Kappa = r.Confusion.Accuracy(), r.Confusion.MacroF1(), r.Confusion.Kappa()
	r.PerClass = r.Confusion.PerClass()
	for _, s := range r.PerClass {
		r.Chance = max(r.Chance, ratio(float64(s.N), float64(r.Confusion.N())))
	}
	for _, id := range order {
		c := people[id]
		r.Participants = append(r.Participants, ParticipantScore{Participant: id, N: c.N(), Accuracy: c.Accuracy(), MacroF1: c.MacroF1()})
	}
	var accuracy, macro []float64
	for _, p := range r.Participants {
		accuracy, macro = append(accuracy, p.Accuracy), append(macro, p.MacroF1)
	}
	r.ParticipantAccuracy, r.ParticipantMacroF1 = spreadOf(accuracy), spreadOf(macro)
	for _, f := range r.Folds {
		r.FoldAccuracy += f.Accuracy / float64(len(r.Folds))
		r.FoldMacroF1 += f.MacroF1 / float64(len(r.Folds))
	}
	r.Reliability, r.ECE = reliability(p, truth, 10)
}

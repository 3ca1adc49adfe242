package devices

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"onset/training"
	"onset/training/nn"
)

// The files of an exported model.
const (
	ModelFile   = "model.json"
	WeightsFile = "weights.f32"
	GoldenFile  = "golden.bin"
	CardFile    = "card.md"
)

// formatName and formatVersion open every model.json.
const (
	formatName    = "onset-model"
	formatVersion = 1
)

// Description is the content of model.json.
type Description struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Program string `json:"program"`
	Model   string `json:"model"`
	Name    string `json:"name,omitempty"`
	// Simulated is true when the model has learnt from simulated people.
	Simulated    bool              `json:"simulated"`
	Kind         string            `json:"kind"`
	Architecture string            `json:"architecture"` // in one line
	Net          nn.Spec           `json:"net"`
	Layout       []Tensor          `json:"layout"`
	Contract     training.Contract `json:"contract"`
	// Classes are the outputs in order: catalogue ids, or the names that the
	// labels had.
	Classes []string `json:"classes"`
	// Temperature divides the logits before the softmax.
	Temperature float64 `json:"temperature"`
	// Prior is the share of each class in the training, in the order of Classes.
	Prior   []float64 `json:"prior"`
	Lineage Lineage   `json:"lineage"`
	Scores  Scores    `json:"scores"`
	// Parts are the other files.
	Parts map[string]Part `json:"parts"`
	// Seal is the SHA-256 of this file with an empty seal, as Go's encoding/json
	// writes it without indentation.
	Seal string `json:"seal"`
}

// Lineage is where the model comes from, without people: their number only.
// Session identifiers are random and say nothing outside the study.
type Lineage struct {
	Run            string   `json:"run"`
	WindowSet      string   `json:"window_set"`
	Seed           uint64   `json:"seed"`
	Split          string   `json:"split"`
	LedgerPosition int64    `json:"ledger_position"`
	LedgerHash     string   `json:"ledger_hash"`
	Participants   int      `json:"participants"`
	Sessions       []string `json:"sessions"`
}

// Scores are what was measured on those held out.
type Scores struct {
	Unit      string                `json:"unit_of_analysis"`
	Accuracy  float64               `json:"accuracy"`
	MacroF1   float64               `json:"macro_f1"`
	Kappa     float64               `json:"kappa"`
	Chance    float64               `json:"chance"`
	ECE       float64               `json:"ece"`
	Windows   int                   `json:"windows"`
	Folds     int                   `json:"folds"`
	People    int                   `json:"people"`
	Lowest    float64               `json:"lowest_person_accuracy"`
	Highest   float64               `json:"highest_person_accuracy"`
	Confusion training.Confusion    `json:"confusion"`
	PerClass  []training.ClassScore `json:"per_class"`
}

// Part is a file of the folder.
type Part struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Tensor is a stretch of weights.f32.
type Tensor struct {
	Layer  string `json:"layer"` // its number in the architecture, from 1
	Kind   string `json:"kind"`
	Name   string `json:"name"`  // "weights", "biases", ...
	Shape  []int  `json:"shape"` // row-major
	Offset int    `json:"offset"`
}

// seal writes the description with its seal.
func (d Description) seal() ([]byte, error) {
	sum, err := d.digest()
	if err != nil {
		return nil, err
	}
	d.Seal = sum
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", ModelFile, err)
	}
	return append(text, '\n'), nil
}

func (d Description) digest() (string, error) {
	d.Seal = ""
	text, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("writing %s: %w", ModelFile, err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// unseal reads a description and refuses one that was changed after it was
// written.
func unseal(text []byte) (Description, error) {
	var d Description
	dec := json.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&d); err != nil {
		return d, refuse(ModelFile, "it is damaged or cut off: %v", err)
	}
	if d.Format != formatName {
		return d, refuse(ModelFile, "it describes no Onset model (format %q)", d.Format)
	}
	if d.Version != formatVersion {
		return d, refuse(ModelFile, "it is of format version %d, this program reads %d", d.Version, formatVersion)
	}
	sum, err := d.digest()
	if err != nil {
		return d, err
	}
	if d.Seal != sum {
		return d, refuse(ModelFile, "it was changed after it was exported (its seal does not fit)")
	}
	return d, nil
}

// RefusedError says which part of an exported model can't be trusted, and why.
type RefusedError struct{ Part, Why string }

func (e *RefusedError) Error() string { return e.Part + ": " + e.Why }

func refuse(part, format string, args ...any) error {
	return &RefusedError{Part: part, Why: fmt.Sprintf(format, args...)}
}

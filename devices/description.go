package devices

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"onset/dataset/signal"
	"onset/replay"
	"onset/training"
	"onset/training/nn"
)

// The files of an exported model.
const (
	ModelFile   = "model.json"
	WeightsFile = "weights.f32"
	GoldenFile  = "golden.bin"
	CardFile    = "card.md"
	PageFile    = "card.html"
	SourcesDir  = "c" // of a device program
)

// formatName and formatVersion open every model.json.
const (
	formatName    = "onset-model"
	formatVersion = 2
)

// Description is the content of model.json; docs/devices/bundle-format.md says
// what every key means.
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
	Layout       []nn.Tensor       `json:"layout"`
	Contract     training.Contract `json:"contract"`
	Resampling   Resampling        `json:"resampling"`
	// Classes are the outputs in order: catalogue ids, or the names that the
	// labels had.
	Classes   []string         `json:"classes"`
	Catalogue []CatalogueEntry `json:"catalogue"` // one for each class
	// Temperature divides the logits before the softmax.
	Temperature float64 `json:"temperature"`
	// Prior is the share of each class in the training, in the order of Classes.
	Prior []float64 `json:"prior"`
	// Fusion is what a device needs besides the net.
	Fusion   replay.Tables `json:"fusion"`
	Variants []Variant     `json:"variants"` // the exact one first
	Lineage  Lineage       `json:"lineage"`
	Scores   Scores        `json:"scores"`
	// Cohort is who it learnt from; nil when the study does not say.
	Cohort     *Cohort      `json:"cohort,omitempty"`
	OnsetCurve []CurvePoint `json:"onset_curve,omitempty"`
	// Earlier is what is known of a model of the earlier system; nil for others.
	Earlier *EarlierOrigin `json:"earlier,omitempty"`
	// Parts are the other files by their path.
	Parts map[string]Part `json:"parts"`
	// Seal is the SHA-256 of this file without white space and with an empty seal.
	Seal string `json:"seal"`
}

// Resampling is how samples at another rate become the contract's.
type Resampling struct {
	Method string `json:"method"`
	signal.Kernel
	LeadS float64 `json:"lead_s"` // how long a filter runs before the window
}

// CatalogueEntry is a class as the exercise catalogue has it.
type CatalogueEntry struct {
	ID    string `json:"id"` // empty for a name that is not in the catalogue
	Title string `json:"title"`
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
	Unit     string  `json:"unit_of_analysis"`
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	Kappa    float64 `json:"kappa"`
	Chance   float64 `json:"chance"`
	ECE      float64 `json:"ece"`
	Windows  int     `json:"windows"`
	Folds    int     `json:"folds"`
	People   int     `json:"people"`
	Lowest   float64 `json:"lowest_person_accuracy"`
	Highest  float64 `json:"highest_person_accuracy"`
	// PersonAccuracy and PersonMacroF1 are means over people, each counting the
	// same. The intervals are theirs, of 95%, by bootstrap over whole units; nil where there are
	// too few.
	PersonAccuracy   float64               `json:"person_accuracy"`
	PersonMacroF1    float64               `json:"person_macro_f1"`
	AccuracyInterval *[2]float64           `json:"accuracy_interval"`
	MacroF1Interval  *[2]float64           `json:"macro_f1_interval"`
	IntervalUnit     string                `json:"interval_unit,omitempty"`
	Confusion        training.Confusion    `json:"confusion"`
	PerClass         []training.ClassScore `json:"per_class"`
}

// Part is a file of the folder.
type Part struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// seal writes the description with its seal.
func (d Description) seal() ([]byte, error) {
	d.Seal = strings.Repeat("0", sealDigits)
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", ModelFile, err)
	}
	sum, _, err := sealOf(text)
	if err != nil {
		return nil, err
	}
	at := bytes.LastIndex(text, []byte(d.Seal))
	copy(text[at:], sum)
	return append(text, '\n'), nil
}

const sealDigits = 2 * sha256.Size

// sealOf is the digest of a description's text as it should be and as it says it
// is: over the text without white space between its words and with an empty
// seal. The seal is the last key.
func sealOf(text []byte) (want, said string, err error) {
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		return "", "", refuse(ModelFile, "it is damaged or cut off: %v", err)
	}
	const key, end = `"seal":"`, `"}`
	body, found := bytes.CutSuffix(b.Bytes(), []byte(end))
	if at := len(body) - sealDigits; found && at >= 0 && bytes.HasSuffix(body[:at], []byte(key)) {
		said = string(body[at:])
		sum := sha256.Sum256(append(bytes.Clone(body[:at]), end...))
		return hex.EncodeToString(sum[:]), said, nil
	}
	return "", "", refuse(ModelFile, "it was changed after it was exported (it has no seal)")
}

// described are the keys of a description that say what the model computes.
var described = []string{"net", "layout", "contract", "resampling", "classes", "catalogue", "temperature", "prior", "fusion"}

// describesOf is the SHA-256 of what a description's text says under those keys,
// in that order, without white space.
func describesOf(text []byte) (string, error) {
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &members); err != nil {
		return "", refuse(ModelFile, "it is damaged or cut off: %v", err)
	}
	h := sha256.New()
	for _, key := range described {
		var b bytes.Buffer
		if err := json.Compact(&b, members[key]); err != nil {
			return "", refuse(ModelFile, "it says nothing under %q", key)
		}
		h.Write(b.Bytes())
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// checkDescribes refuses a description of another model than the golden vectors
// were computed for, though its seal fits.
func checkDescribes(text []byte, h goldenHeader) error {
	got, err := describesOf(text)
	if err == nil && h.Describes != "" && h.Describes != got {
		return refuse(ModelFile, "it was changed after it was exported: what it says of the net, its temperature, prior, catalogue or tables is not what its golden vectors were made with")
	}
	return err
}

// parse reads a description; whether its seal fits is asked separately.
func parse(text []byte) (Description, error) {
	var d Description
	if err := json.Unmarshal(text, &d); err != nil {
		return d, refuse(ModelFile, "it is damaged or cut off: %v", err)
	}
	if d.Format != formatName {
		return d, refuse(ModelFile, "it describes no Onset model (format %q)", d.Format)
	}
	if d.Version != formatVersion {
		return d, refuse(ModelFile, "it is of format version %d, this program reads %d", d.Version, formatVersion)
	}
	return d, nil
}

// checkSeal refuses a description that was changed after it was written.
func checkSeal(text []byte) error {
	want, said, err := sealOf(text)
	if err == nil && want != said {
		return refuse(ModelFile, "it was changed after it was exported (its seal does not fit)")
	}
	return err
}

// RefusedError says which part of an exported model can't be trusted, and why.
type RefusedError struct{ Part, Why string }

func (e *RefusedError) Error() string { return e.Part + ": " + e.Why }

func refuse(part, format string, args ...any) error {
	return &RefusedError{Part: part, Why: fmt.Sprintf(format, args...)}
}

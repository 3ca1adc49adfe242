package devices

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"onset/dataset"
	"onset/training"
)

// EarlierOrigin is what is known of a model that the earlier system made: how its
// files were read, and what it named of one session when it was brought in.
type EarlierOrigin struct {
	// Order, Scale and Filter are the reading; Order is empty where it was not kept.
	Order  string  `json:"order"`
	Scale  float64 `json:"scale"`
	Filter string  `json:"filter"`
	// Session is what it was tried on, empty for none; it may have learnt from it.
	Session  string  `json:"session,omitempty"`
	Windows  int     `json:"windows,omitempty"`
	Right    int     `json:"right,omitempty"`
	LeftOut  int     `json:"left_out,omitempty"`
	Accuracy float64 `json:"accuracy,omitempty"`
}

// earlierKey is where a stored model keeps it.
const earlierKey = "earlier"

// earlierPrefix begins the id of every earlier model.
const earlierPrefix = "earlier-"

// EarlierName is what an earlier model is called when nobody names it: what its
// weights' file is called before its endings, or else its folder.
func EarlierName(weights string) string {
	name := filepath.Base(weights)
	for _, ending := range []string{".raw", ".bin", ".f32", "weights"} {
		name = strings.TrimRight(strings.TrimSuffix(name, ending), "._- ")
	}
	if name == "" {
		name = filepath.Base(filepath.Dir(weights))
	}
	if name == "." || name == string(filepath.Separator) {
		return ""
	}
	return name
}

// ImportEarlier brings an earlier model into a study, with the reading it was made
// under and its score, where it was tried; nil where not.
func ImportEarlier(ctx context.Context, study Keeper, m *training.Model, r Reading, score *Score, name string, now time.Time) (Imported, error) {
	fail := func(err error) (Imported, error) {
		return Imported{}, fmt.Errorf("importing an earlier model: %w", err)
	}
	row, err := m.Row(nil, now)
	if err != nil {
		return fail(err)
	}
	row.Name = name
	origin := EarlierOrigin{Order: r.Order, Scale: r.Scale, Filter: filterName(m.Contract().Filter)}
	if score != nil {
		origin.Session, origin.Windows, origin.Right = string(score.Session), score.Windows, score.Right
		origin.LeftOut, origin.Accuracy = score.Left, score.Accuracy
	}
	spec := map[string]json.RawMessage{}
	if err := json.Unmarshal(row.Spec, &spec); err != nil {
		return fail(err)
	}
	if spec[earlierKey], err = json.Marshal(origin); err != nil {
		return fail(err)
	}
	if row.Spec, err = json.Marshal(spec); err != nil {
		return fail(err)
	}
	out, err := keep(ctx, study, row, m.Classes())
	out.Notes = append(out.Notes, "Its probabilities are not calibrated and its prior is unknown: all classes count the same.")
	return out, err
}

// earlierOf is what is known of a stored earlier model; nil for any other.
func earlierOf(row dataset.ModelRow, c training.Contract) (*EarlierOrigin, error) {
	var spec struct {
		Earlier *EarlierOrigin `json:"earlier"`
	}
	if err := json.Unmarshal(row.Spec, &spec); err != nil {
		return nil, fmt.Errorf("reading what is known of model %s: %w", row.ID, err)
	}
	if spec.Earlier == nil && strings.HasPrefix(row.ID, earlierPrefix) && len(c.Std) > 0 { // of before it was kept
		spec.Earlier = &EarlierOrigin{Scale: float64(c.Std[0]), Filter: filterName(c.Filter)}
	}
	return spec.Earlier, nil
}

// reading is how an earlier model's files were read, in words.
func (o EarlierOrigin) reading() string {
	order := "the order of its inputs as somebody told it then"
	switch o.Order {
	case OrderInterleaved:
		order = "inputs interleaved (x0 y0 z0 x1 ...)"
	case OrderChannels:
		order = "inputs channel by channel (x0 x1 ... y0 ...)"
	}
	return fmt.Sprintf("%s, samples in g divided by %g, filter %s", order, o.Scale, o.Filter)
}

// scored is what was measured of it, in words; empty for nothing.
func (o EarlierOrigin) scored() string {
	if o.Windows == 0 {
		return ""
	}
	return fmt.Sprintf("It named %d of %s of session %s as their labels do (%.1f%%), one each second; %s across a label's edge, over a gap or of a class that it can't name %s left out. It was tried on this one session when it was brought in and may have learnt from it: this says that its files were read rightly, not how well it does on anybody else.",
		o.Right, many(o.Windows, "window"), o.Session, 100*o.Accuracy, many(o.LeftOut, "window"), map[bool]string{true: "was", false: "were"}[o.LeftOut == 1])
}

// limits of an earlier model.
func (o EarlierOrigin) limits(windowS float64) []string {
	measured := "Not measured: nothing here says how often it is right."
	if o.Windows > 0 {
		measured = "Tried on one session only, from which it may have learnt: on people whom it has not met it is not measured."
	}
	return []string{
		measured,
		fmt.Sprintf("It needs %g s of movement before it answers.", windowS),
		"Its files say nothing about their inputs; if they were read wrongly, its answers are nonsense.",
		"Its probabilities are not calibrated and its prior is unknown: all classes count the same.",
		"It is no medical device.",
	}
}

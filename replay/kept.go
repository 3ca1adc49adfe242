package replay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"onset/dataset"
)

// KindAblation is the kind of run that an ablation is kept as.
const KindAblation = "ablation"

// Keeper is a study that keeps ablations; *dataset.Study is one.
type Keeper interface {
	Store
	Runs(ctx context.Context) ([]dataset.Run, error)
	SaveRun(ctx context.Context, run dataset.Run) error
}

// Kept is an ablation as the study keeps it: with its moment, what it was asked
// and what it was computed from.
type Kept struct {
	Ablation *Ablation
	MadeAt   time.Time
	Seconds  float64 // that it took
	LabelSet string  // that was asked for; empty: each session's own
	// Outdated says that labels, sessions, people or the setup window changed since.
	Outdated bool
}

// keptConfig is what an ablation was asked, as its run keeps it.
type keptConfig struct {
	Protocol string          `json:"protocol"`
	LabelSet string          `json:"label_set,omitempty"`
	Asked    AblationOptions `json:"asked"`
	State    string          `json:"state"` // Fingerprint when it began
}

// Fingerprint is a SHA-256 over all of a study that an ablation reads but the
// samples, which never change: the labelled sessions with their people, places,
// clocks and events, the sets in the chosen label set, and the setup window.
func Fingerprint(ctx context.Context, store Store, labelSet string) (string, error) {
	o, err := Options{LabelSet: labelSet}.check()
	if err != nil {
		return "", err
	}
	visits, err := readVisits(ctx, store, o, nil)
	if err != nil {
		return "", err
	}
	setupS, err := setupLength(ctx, store)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	out := json.NewEncoder(h)
	add := func(values ...any) {
		for _, v := range values {
			if err == nil {
				err = out.Encode(v)
			}
		}
	}
	add(setupS)
	for _, v := range visits {
		s := v.session
		s.Findings, s.Number, s.ImportedAt = nil, 0, time.Time{} // nothing is computed from them
		add(s, v.who, v.unsettled)
		for _, x := range v.sets {
			add(x, x.moment)
		}
	}
	if err != nil {
		return "", fmt.Errorf("telling the study's state: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// AblateAndKeep is Ablate on a study that keeps the result with its moment, its
// options and the study's state when it began. Where only the keeping fails the
// result comes with the error.
func AblateAndKeep(ctx context.Context, store Keeper, o AblationOptions, now func() time.Time) (*Kept, error) {
	k, state, err := ablateOf(ctx, store, o, now)
	if err != nil {
		return nil, err
	}
	if err := k.keep(ctx, store, o, state); err != nil {
		return k, fmt.Errorf("keeping the ablation: %w", err)
	}
	return k, nil
}

// AblateUnkept is AblateAndKeep on a study that is not written to.
func AblateUnkept(ctx context.Context, store Store, o AblationOptions, now func() time.Time) (*Kept, error) {
	k, _, err := ablateOf(ctx, store, o, now)
	return k, err
}

// ablateOf ablates and tells the study's state when that began.
func ablateOf(ctx context.Context, store Store, o AblationOptions, now func() time.Time) (*Kept, string, error) {
	begun := now()
	before, err := Fingerprint(ctx, store, o.LabelSet)
	if err != nil {
		return nil, "", err
	}
	a, err := Ablate(ctx, store, o)
	if err != nil {
		return nil, "", err
	}
	after, err := Fingerprint(ctx, store, o.LabelSet)
	if err != nil {
		return nil, "", err
	}
	return &Kept{Ablation: a, MadeAt: begun.UTC(), Seconds: now().Sub(begun).Seconds(), LabelSet: o.LabelSet, Outdated: after != before}, before, nil
}

// keep writes the ablation as a run; the same question to the same study has one.
func (k *Kept) keep(ctx context.Context, store Keeper, o AblationOptions, state string) error {
	config, err := json.Marshal(keptConfig{Protocol: o.Protocol, LabelSet: o.LabelSet, Asked: o, State: state})
	if err != nil {
		return err
	}
	outcome, err := json.Marshal(k.Ablation)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(config)
	return store.SaveRun(ctx, dataset.Run{ID: hex.EncodeToString(sum[:8]), Kind: KindAblation, CreatedAt: k.MadeAt, Config: config,
		Outcome: outcome, Seconds: k.Seconds, Status: "done"})
}

// LastKept is the newest ablation by a protocol that a study keeps; nil when it
// keeps none.
func LastKept(ctx context.Context, store Keeper, protocol string) (*Kept, error) {
	runs, err := store.Runs(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking for an ablation: %w", err)
	}
	var last *Kept
	var state string
	for _, run := range runs {
		if run.Kind != KindAblation {
			continue
		}
		var c struct { // not all that was asked: a newer program may ask more
			Protocol string `json:"protocol"`
			LabelSet string `json:"label_set"`
			State    string `json:"state"`
		}
		if err := json.Unmarshal(run.Config, &c); err != nil {
			return nil, fmt.Errorf("reading ablation %s: %w", run.ID, err)
		}
		if c.Protocol != protocol {
			continue
		}
		a := &Ablation{}
		if err := json.Unmarshal(run.Outcome, a); err != nil {
			return nil, fmt.Errorf("reading ablation %s: %w", run.ID, err)
		}
		last, state = &Kept{Ablation: a, MadeAt: run.CreatedAt, Seconds: run.Seconds, LabelSet: c.LabelSet}, c.State
	}
	if last == nil {
		return nil, nil
	}
	now, err := Fingerprint(ctx, store, last.LabelSet)
	if err != nil {
		return nil, err
	}
	last.Outdated = now != state
	return last, nil
}

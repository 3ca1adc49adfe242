package training

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"onset/dataset"
)

// KindExternal is the kind of a run that opened an external test set.
const KindExternal = "external"

// External is what people say of a model who were set aside before anything was
// trained.
type External struct {
	Run     string   `json:"run"`
	Model   string   `json:"model"`
	Owners  []string `json:"external"` // participants or sessions, as split.by says
	Opened  int      `json:"opened"`   // how often this set was opened, this time counted
	Earlier []string `json:"earlier"`  // runs that opened it before
	// SeenBy are models of the study that learnt from somebody of the set: the
	// settings may owe something to them.
	SeenBy []string `json:"seen_by"`
	Result *Result  `json:"result"`
}

// OpenedError refuses to open an external test set once more.
type OpenedError struct {
	Owners []string
	Runs   []string
	At     time.Time // the first time
}

func (e *OpenedError) Error() string {
	often := "once"
	if n := len(e.Runs); n > 1 {
		often = fmt.Sprintf("%d times, first", n)
	}
	return fmt.Sprintf("the external test set (%s) was opened already, %s on %s: a set that is asked again and again becomes part of the choosing. Nothing was read. Open it with --again if it must be; that is counted too",
		strings.Join(e.Owners, ", "), often, e.At.Format("2006-01-02"))
}

// ExternalStore is a study that can open an external test set.
type ExternalStore interface {
	Store
	Runs(ctx context.Context) ([]dataset.Run, error)
}

// OpenExternal judges a model of the study on the people whom its config set
// aside by split.external. It can be done once; again opens the set once more.
// Every opening is kept in the study before the score is given out.
func OpenExternal(ctx context.Context, store ExternalStore, id string, again bool, o Options) (*External, error) {
	o = o.withDefaults()
	begin := o.Now()
	m, err := Load(ctx, store, id)
	if err != nil {
		return nil, err
	}
	run, err := store.RunByID(ctx, m.Lineage.Run)
	if err != nil {
		return nil, fmt.Errorf("reading the run of model %s: %w", m.ID, err)
	}
	cfg, err := ParseConfig(run.Config)
	if err != nil {
		return nil, fmt.Errorf("reading the config of run %s: %w", run.ID, err)
	}
	if len(cfg.Split.External) == 0 {
		return nil, fmt.Errorf("model %s was trained without an external test set; name one with split.external before training: %w", m.ID, dataset.ErrBadRequest)
	}
	x := &External{Model: m.ID, Owners: sortedNames(cfg.Split.External), Earlier: []string{}, SeenBy: []string{}}
	var first time.Time
	if x.Earlier, first, err = openings(ctx, store, x.Owners); err != nil {
		return nil, err
	}
	if len(x.Earlier) > 0 && !again {
		return nil, &OpenedError{Owners: x.Owners, Runs: x.Earlier, At: first}
	}
	x.Opened = len(x.Earlier) + 1
	if err := x.refuseSeen(ctx, store, m, cfg); err != nil {
		return nil, err
	}
	set, err := readExternal(ctx, store, cfg)
	if err != nil {
		return nil, fmt.Errorf("reading the external test set: %w", err)
	}
	if x.Result, err = m.judgeOn(set, cfg); err != nil {
		return nil, err
	}
	return x, keepRun(ctx, store, KindExternal, cfg, set.Hash, begin, o, &x.Run, x)
}

func sortedNames(n Names) []string {
	out := slices.Clone([]string(n))
	slices.Sort(out)
	return slices.Compact(out)
}

// openings are the runs that opened a set with any of the same people.
func openings(ctx context.Context, store ExternalStore, owners []string) (ids []string, first time.Time, err error) {
	runs, err := store.Runs(ctx)
	if err != nil {
		return nil, first, fmt.Errorf("counting openings: %w", err)
	}
	ids = []string{}
	for _, r := range runs {
		if r.Kind != KindExternal {
			continue
		}
		var x External
		if err := json.Unmarshal(r.Outcome, &x); err != nil {
			return nil, first, fmt.Errorf("reading run %s: %w", r.ID, err)
		}
		if slices.ContainsFunc(x.Owners, func(n string) bool { return slices.Contains(owners, n) }) {
			if ids = append(ids, r.ID); len(ids) == 1 {
				first = r.CreatedAt
			}
		}
	}
	return ids, first, nil
}

// refuseSeen refuses a model that learnt from somebody of the set and lists the
// others that did.
func (x *External) refuseSeen(ctx context.Context, store Store, m *Model, cfg Config) error {
	rows, err := store.Models(ctx)
	if err != nil {
		return fmt.Errorf("listing models: %w", err)
	}
	for _, row := range rows {
		var s struct {
			Lineage Lineage `json:"lineage"`
		}
		if json.Unmarshal(row.Spec, &s) != nil {
			continue
		}
		if name := seen(s.Lineage, cfg.Split.By, x.Owners); name != "" {
			if row.ID == m.ID {
				return &LeakError{Kind: cfg.Split.By, Name: name}
			}
			x.SeenBy = append(x.SeenBy, row.ID)
		}
	}
	return nil
}

func seen(l Lineage, by string, owners []string) string {
	if by == BySession {
		for _, s := range l.Sessions {
			if slices.Contains(owners, string(s)) {
				return string(s)
			}
		}
		return ""
	}
	for _, p := range l.Participants {
		if slices.Contains(owners, string(p)) {
			return string(p)
		}
	}
	return ""
}

// readExternal reads the windows of those set aside, and of nobody else.
func readExternal(ctx context.Context, store Store, cfg Config) (*WindowSet, error) {
	only := cfg
	only.Split.External = nil
	only.Augment.CropS, only.Augment.LeadS = 0, 0
	if cfg.Split.By == BySession {
		only.Data.Sessions = Selection(cfg.Split.External)
	} else {
		only.Data.Participants = Selection(cfg.Split.External)
	}
	return ReadWindows(ctx, store, only, nil)
}

// judgeOn predicts a whole window set of people whom the model has never seen.
func (m *Model) judgeOn(set *WindowSet, cfg Config) (*Result, error) {
	if err := sameContract(m.contract, set.Contract); err != nil {
		return nil, err
	}
	if m.NeedsPerson() {
		return nil, ErrNotAdapted
	}
	r := &Result{Model: m.ID, WindowSet: set.Hash, Split: cfg.Split.By, Unit: unitOf(cfg) + ", who were set aside beforehand", Windows: len(set.Examples),
		Dropped: set.Dropped, Bridged: set.Bridged, Notes: set.Notes, Temperature: m.temperature, Architecture: m.architecture}
	classes := slices.Clone(m.classes)
	c := NewConfusion(classes)
	for i, e := range set.Examples {
		logits, err := m.brain.logits([][]float32{set.Windows[i]})
		if err != nil {
			return nil, err
		}
		name := set.Classes[e.Class]
		k := slices.Index(classes, name)
		if k < 0 {
			return nil, fmt.Errorf("the external test set holds %q, which the model was never taught; leave it out with data.classes", name)
		}
		e.Class = k
		p := predictionOf(e, softmax(logits[0], m.temperature), 1)
		r.Predictions = append(r.Predictions, p)
		c.Add(p.Truth, p.Predicted)
	}
	r.Folds = []FoldResult{{HeldOut: sortedNames(cfg.Split.External), N: c.N(), Accuracy: c.Accuracy(), MacroF1: c.MacroF1(), Temperature: m.temperature, Validation: "none"}}
	r.summarise(classes)
	return r, nil
}

// sameContract refuses windows that a model's contract doesn't take.
func sameContract(a, b Contract) error {
	if !slices.Equal(a.Channels, b.Channels) || a.RateHz != b.RateHz || a.Samples != b.Samples {
		return fmt.Errorf("the external recordings give %d channels at %g Hz, the model reads %d at %g Hz; set data.rate_hz and data.units before training so that both agree",
			len(b.Channels), b.RateHz, len(a.Channels), a.RateHz)
	}
	return nil
}

package training

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"onset/dataset"
	"onset/training/nn"
)

// Options are what a training needs from outside.
type Options struct {
	Now  func() time.Time // nil: time.Now
	Rand io.Reader        // of ids; nil: crypto/rand
	// Parallel is how many folds are fitted at once; 0: one for each processor.
	Parallel int
}

// Train reads the windows that a config chooses, judges a model on those held
// out, fits the model for use on all chosen windows, and saves run, window set
// and model in the study. The score of the model for use is the one measured on
// the folds: its epochs are the median of what the folds' validation parts chose
// and its temperature comes from the held-out predictions.
//
// observe may be nil; it is called often, never by two goroutines at once. A
// cancelled context ends the training within a batch, and nothing is saved.
func Train(ctx context.Context, store Store, cfg Config, observe func(Progress)) (*Result, error) {
	return TrainWith(ctx, store, cfg, Options{}, observe)
}

// TrainWith is Train with a clock and a source of ids passed in.
func TrainWith(ctx context.Context, store Store, cfg Config, o Options, observe func(Progress)) (*Result, error) {
	o = o.withDefaults()
	if observe == nil {
		observe = func(Progress) {}
	}
	begin := o.Now()
	t, err := prepare(ctx, store, cfg, observe)
	if err != nil {
		return nil, err
	}
	if err := t.judge(ctx, o.Parallel); err != nil {
		return nil, err
	}
	model, err := t.final(ctx)
	if err != nil {
		return nil, err
	}
	observe(Progress{Phase: PhaseSaving, Done: 1 - savingShare})
	t.result.Seconds = o.Now().Sub(begin).Seconds()
	if err := t.save(ctx, store, model, o, begin); err != nil {
		return nil, err
	}
	observe(Progress{Phase: PhaseSaving, Done: 1})
	return t.result, nil
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	return o
}

// run is one training under way.
type run struct {
	cfg     Config
	head    dataset.LedgerEntry // the ledger's newest entry as the windows were read
	set     *WindowSet
	split   *Split
	recipes []recipe
	report  *reporter
	logits  [][]float64              // held-out, by example; nil where not judged
	best    []int                    // best epoch of each fold
	low     []map[nn.Precision][]int // by fold: held-out answers in lower precisions
	fitted  []brain                  // of each fold, where they are asked for
	start   *Model                   // whose weights nets start from
	result  *Result
}

func prepare(ctx context.Context, store Store, cfg Config, observe func(Progress)) (*run, error) {
	for range readAttempts {
		before, err := store.LedgerHead(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the ledger's position: %w", err)
		}
		set, err := ReadWindows(ctx, store, cfg, func(p Progress) {
			p.Done *= readingShare
			observe(p)
		})
		if err != nil {
			return nil, fmt.Errorf("reading windows: %w", err)
		}
		after, err := store.LedgerHead(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the ledger's position: %w", err)
		}
		if before.Position != after.Position {
			continue // labels changed under the reading: the windows are of no one state
		}
		t, err := newRun(set, cfg, observe)
		if err != nil {
			return nil, err
		}
		t.head = before
		return t, t.warm(ctx, store)
	}
	return nil, fmt.Errorf("the study changed each of %d times while its windows were read; nothing was trained: try again when nobody is labelling: %w", readAttempts, dataset.ErrConflict)
}

// readAttempts is how often windows are read anew when labels change meanwhile.
const readAttempts = 3

func newRun(set *WindowSet, cfg Config, observe func(Progress)) (*run, error) {
	split, err := NewSplit(set, cfg.Split)
	if err != nil {
		return nil, err
	}
	twins, err := guardTwins(set, cfg.Split)
	if err != nil {
		return nil, err
	}
	t := &run{cfg: cfg, set: set, split: split, logits: make([][]float64, len(set.Examples)), best: make([]int, len(split.folds)), low: make([]map[nn.Precision][]int, len(split.folds)),
		report: newReporter(observe, len(split.folds))}
	if t.recipes, err = newRecipes(set, cfg); err != nil {
		return nil, err
	}
	judged := len(set.judged())
	t.result = &Result{WindowSet: set.Hash, Split: cfg.Split.By, Unit: unitOf(cfg), Notes: set.Notes, Dropped: set.Dropped, Bridged: set.Bridged,
		Windows: judged, ExtraWindows: len(set.Examples) - judged, ShapesCompared: set.showsShapes(),
		Folds: make([]FoldResult, len(split.folds)), Curves: make([]Curve, len(split.folds)+1)}
	for _, w := range twins {
		t.result.Twins = append(t.result.Twins, TwinSummary{A: w.A.Session, B: w.B.Session, Windows: w.Windows, Of: w.Of})
	}
	return t, nil
}

// unitOf says in words what the scores are about.
func unitOf(cfg Config) string {
	window := fmt.Sprintf("%g s windows at the onset", cfg.Data.WindowS)
	if cfg.Data.At == AtSliding {
		window = fmt.Sprintf("%g s windows every %g s", cfg.Data.WindowS, cfg.Data.StepS)
	}
	if cfg.Data.Person == PersonWindows {
		window += " (scaled by all of the person's windows, unlabelled, later ones too)"
	}
	switch cfg.Split.By {
	case ByParticipant:
		return window + " of participants the model has never seen"
	case BySession:
		return window + " of sessions the model has never seen, of people it may know"
	}
	return window + ", later in time, of people the model knows"
}

// judge fits every fold and predicts its held-out side.
func (t *run) judge(ctx context.Context, parallel int) error {
	predictions := make([][]Prediction, len(t.split.folds))
	err := inParallel(ctx, len(t.split.folds), parallel, func(ctx context.Context, k int) error {
		p, err := t.fold(ctx, k)
		predictions[k] = p
		if err != nil {
			return fmt.Errorf("fold %d: %w", k+1, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	byExample := map[int]Prediction{}
	for k, f := range t.split.folds {
		for i, e := range f.test {
			byExample[e] = predictions[k][i]
		}
	}
	for i := range t.set.Examples {
		if p, ok := byExample[i]; ok {
			t.result.Predictions = append(t.result.Predictions, p)
		}
	}
	// A split by time judges the later windows alone.
	t.result.Windows = len(t.result.Predictions)
	t.result.summarise(t.set.Classes)
	t.result.Precisions = t.judgePrecisions()
	return nil
}

// model puts the fitted brain under its contract.
func (t *run) model(b brain, r recipe) (*Model, error) {
	record, err := b.record()
	if err != nil {
		return nil, err
	}
	c := t.set.Contract
	c.Mean, c.Std, c.Orientation = record.mean, record.std, record.orientation
	t.result.Architecture = record.architecture
	m := &Model{contract: c, classes: t.set.Classes, temperature: t.result.Temperature, kind: record.kind, brain: b,
		prior: t.prior(r), architecture: record.architecture,
		Lineage: Lineage{WindowSet: t.set.Hash, Seed: t.cfg.Fit.Seed, Split: t.cfg.Split.By}}
	seen := map[string]bool{}
	for _, e := range t.set.Examples {
		if p := string(e.Participant); !seen["p"+p] {
			seen["p"+p] = true
			m.Lineage.Participants = append(m.Lineage.Participants, e.Participant)
		}
		if s := string(e.Session); !seen["s"+s] {
			seen["s"+s] = true
			m.Lineage.Sessions = append(m.Lineage.Sessions, e.Session)
		}
	}
	if t.start != nil { // what it knows, this one knows
		l := t.start.Lineage
		m.Lineage.Participants, m.Lineage.Sessions = append(m.Lineage.Participants, l.Participants...), append(m.Lineage.Sessions, l.Sessions...)
	}
	return m, c.Check()
}

// prior is what the training taught the model to expect before it looks.
func (t *run) prior(r recipe) []float64 {
	n := len(t.set.Classes)
	if r.cfg.Fit.ClassWeights {
		p := make([]float64, n)
		for i := range p {
			p[i] = 1 / float64(n)
		}
		return p
	}
	var classes []int
	for _, i := range r.admits(t.set, t.set.everything()) {
		classes = append(classes, t.set.Examples[i].Class)
	}
	return classShares(classes, n)
}

// save writes window set, run and model, in the order in which they refer to
// one another.
func (t *run) save(ctx context.Context, store Store, m *Model, o Options, begin time.Time) error {
	m.Lineage.LedgerPosition, m.Lineage.LedgerHash = t.head.Position, t.head.Hash
	var err error
	if t.result.Run, err = newID(o.Rand); err != nil {
		return err
	}
	if m.ID, err = newID(o.Rand); err != nil {
		return err
	}
	m.Lineage.Run, t.result.Model, t.result.Arithmetic = t.result.Run, m.ID, nn.KernelName()
	config, err := t.cfg.TOML()
	if err != nil {
		return err
	}
	text, err := json.Marshal(outcome{Result: t.result, Predictions: t.result.Predictions})
	if err != nil {
		return fmt.Errorf("writing the outcome: %w", err)
	}
	row, err := m.Row(t.result, begin)
	if err != nil {
		return err
	}
	if row.Name, err = newName(ctx, store, m.kind); err != nil {
		return err
	}
	m.row.Name = row.Name
	if err := store.SaveWindowSet(ctx, t.set.Row(begin)); err != nil {
		return fmt.Errorf("saving the window set: %w", err)
	}
	err = store.SaveRun(ctx, dataset.Run{ID: t.result.Run, Kind: "train", CreatedAt: begin, Config: config, WindowSet: t.set.Hash,
		Seed: t.cfg.Fit.Seed, Outcome: text, Seconds: t.result.Seconds, Status: "done"})
	if err != nil {
		return fmt.Errorf("saving the run: %w", err)
	}
	if err := store.SaveModel(ctx, row); err != nil {
		return fmt.Errorf("saving the model: %w", err)
	}
	return nil
}

// newName is a kind of model with the number after the highest in the study,
// such as mlp-3.
func newName(ctx context.Context, store Store, kind string) (string, error) {
	models, err := store.Models(ctx)
	if err != nil {
		return "", fmt.Errorf("naming the model: %w", err)
	}
	last := 0
	for _, m := range models {
		if number, ok := strings.CutPrefix(m.Name, kind+"-"); ok {
			if n, err := strconv.Atoi(number); err == nil {
				last = max(last, n)
			}
		}
	}
	return fmt.Sprintf("%s-%d", kind, last+1), nil
}

func newID(r io.Reader) (string, error) {
	b := make([]byte, 8)
	if _, err := io.ReadFull(r, b); err != nil {
		return "", fmt.Errorf("making an id: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// TOML is the config as ParseConfig reads it.
func (c Config) TOML() ([]byte, error) {
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(c); err != nil {
		return nil, fmt.Errorf("writing the training config: %w", err)
	}
	return b.Bytes(), nil
}

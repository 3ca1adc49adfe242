package replay

import (
	"context"
	"fmt"
	"slices"

	"onset/dataset"
	"onset/training"
)

// Protocols say what a decision's knowledge must not have seen.
const (
	LeaveSessionOut     = "leave-session-out"     // the session
	LeaveParticipantOut = "leave-participant-out" // any session of the person
)

// AblationOptions say how an ablation is run.
type AblationOptions struct {
	Options
	Protocol string
	// Config trains the sensor's model of each fold; nil: one over the sensors that all sessions share. Its
	// sessions and split are set by the protocol.
	Config *training.Config
	// Observe is told how many folds of how many are done, parts of a fold included; may be nil.
	Observe func(done, total float64) `json:"-"`
	// ShuffleBeacons gives every beacon event another beacon's name at random, so
	// that the place tells nothing: a check that a useless source does no harm.
	ShuffleBeacons bool
}

// fold is one side held out and the sessions that may be learnt from.
type fold struct {
	name  string
	test  []*material
	train []*material
}

// folds holds every labelled session out once.
func folds(all []*material, protocol string) ([]fold, error) {
	var by func(m *material) string
	switch protocol {
	case LeaveSessionOut:
		by = func(m *material) string { return string(m.session.ID) }
	case LeaveParticipantOut:
		by = func(m *material) string { return string(m.session.Participant) }
		var open training.UnsettledError
		for _, m := range all {
			if m.unsettled && !slices.Contains(open.Participants, m.session.Participant) {
				open.Participants = append(open.Participants, m.session.Participant)
			}
		}
		if len(open.Participants) > 0 {
			return nil, &open
		}
	default:
		return nil, fmt.Errorf("protocol %q is neither %q nor %q", protocol, LeaveSessionOut, LeaveParticipantOut)
	}
	var out []fold
	for _, m := range all {
		if i := slices.IndexFunc(out, func(f fold) bool { return f.name == by(m) }); i >= 0 {
			out[i].test = append(out[i].test, m)
			continue
		}
		out = append(out, fold{name: by(m), test: []*material{m}})
	}
	if len(out) < 2 {
		return nil, fmt.Errorf("%s needs at least two to leave out in turn; the study has %d with labels", protocol, len(out))
	}
	for i := range out {
		for _, m := range all {
			if by(m) != out[i].name {
				out[i].train = append(out[i].train, m)
			}
		}
	}
	return out, nil
}

// dropCopies takes out of a fold's training side what holds the same recordings
// as its test side under another name.
func (f *fold) dropCopies(ctx context.Context, store Store) error {
	var ids []dataset.SessionID
	for _, m := range f.test {
		ids = append(ids, m.session.ID)
	}
	out, err := withCopies(ctx, store, ids)
	if err != nil {
		return err
	}
	f.train = slices.DeleteFunc(f.train, func(m *material) bool { return slices.Contains(out, m.session.ID) })
	if len(f.train) == 0 {
		return fmt.Errorf("leaving out %s: every other session is a copy of what is left out", f.name)
	}
	return nil
}

// Ablate judges every source alone, every combination and all together on the
// same held-out sets. Unless the options say otherwise, sets without a setup
// label begin at their first movement.
func Ablate(ctx context.Context, store Store, o AblationOptions) (*Ablation, error) {
	if o.Onset == "" {
		o.Onset = OnsetMovement
	}
	if o.ShuffleBeacons {
		store = shuffled{store}
	}
	var err error
	if o.Options, err = o.Options.check(); err != nil {
		return nil, err
	}
	if o.Observe == nil {
		o.Observe = func(float64, float64) {}
	}
	visits, err := readVisits(ctx, store, o.Options, nil)
	if err != nil {
		return nil, err
	}
	if o.Config == nil {
		if o.Config, err = defaultSensor(visits); err != nil {
			return nil, err
		}
	}
	own := *o.Config
	o.Config = &own
	all, err := prepareAll(ctx, store, visits, o.Config)
	if err != nil {
		return nil, err
	}
	parts, err := folds(all, o.Protocol)
	if err != nil {
		return nil, err
	}
	for i := range parts {
		if err := parts[i].dropCopies(ctx, store); err != nil {
			return nil, err
		}
	}
	a := newAblation(o)
	for i, f := range parts {
		within := func(part float64) { o.Observe(float64(i)+part, float64(len(parts))) }
		if err := a.judge(ctx, store, f, o, within); err != nil {
			return nil, fmt.Errorf("leaving out %s: %w", f.name, err)
		}
	}
	o.Observe(float64(len(parts)), float64(len(parts)))
	a.summarise()
	return a, nil
}

// prepareAll reads the sessions with the windows that a config asks for, and
// fixes the config's rate so that every fold's windows are alike.
func prepareAll(ctx context.Context, store Store, visits []visit, cfg *training.Config) ([]*material, error) {
	b := &bench{Store: store, onsets: map[dataset.SessionID][]Set{}}
	for _, v := range visits {
		b.onsets[v.session.ID] = v.sets
	}
	whole := b.choose(*cfg)
	whole.Split.By, whole.Split.External = training.BySession, nil // nothing is split here: the protocol's folds are
	set, err := training.ReadWindows(ctx, b, whole, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the sensor's windows: %w", err)
	}
	cfg.Data.RateHz = set.Contract.RateHz
	var all []*material
	for _, v := range visits {
		m, err := prepare(ctx, store, v, set.Contract)
		if err != nil {
			return nil, fmt.Errorf("reading session %s: %w", v.session.ID, err)
		}
		all = append(all, m)
	}
	return all, nil
}

// How far into a fold its sensor model is trained, and then its weights fitted:
// training takes most of the time; the exact shares are guessed.
const (
	shareTaught = 0.8
	shareFitted = 0.9
)

// judge learns from a fold's training side and decides on its test side with
// every combination of sources.
func (a *Ablation) judge(ctx context.Context, store Store, f fold, o AblationOptions, within func(part float64)) error {
	within(0)
	if err := ctx.Err(); err != nil {
		return err
	}
	t, err := teach(ctx, store, *o.Config, f.train, func(p training.Progress) { within(shareTaught * p.Done) })
	if err != nil {
		return err
	}
	setupS, err := setupLength(ctx, store)
	if err != nil {
		return err
	}
	var classes []string
	if t != nil {
		classes = t.model.Classes()
	}
	k := learnFrom(f.train, classes, setupS)
	examples, err := heldOutExamples(ctx, f.train, t, modelOf(t), setupS, o.Options, o.Protocol, func(done, total float64) {
		within(shareTaught + (shareFitted-shareTaught)*done/total)
	})
	if err != nil {
		return err
	}
	pools := map[combination]Pool{}
	for _, c := range combinations() {
		if pools[c] = k.Pool.Only(c.sources()...); len(c.sources()) > 1 {
			pools[c] = fitPool(restricted(examples, c), pools[c], leanDefault)
		}
	}
	for c, p := range pools {
		p.Abstain = o.Abstain
		pools[c] = p
	}
	a.remember(f.name, pools[everything], examples)
	k.learnStates(f.train)
	for i, m := range f.test {
		within(shareFitted + (1-shareFitted)*float64(i)/float64(len(f.test)))
		if err := a.stream(ctx, store, k, t, m, pools, o.Options); err != nil {
			return err
		}
		found := m.found
		if t != nil {
			if found, err = m.heard(t.model); err != nil {
				return err
			}
		}
		for _, c := range combinations() {
			ds := decideAll(k, t, m, found, pools[c], o.Options)
			a.add(m, c, ds)
		}
	}
	return nil
}

func decideAll(k *Knowledge, t *held, m *material, found []evidence, pool Pool, o Options) []Decision {
	c := modelOf(t)
	ch := newChronicle(k, c, m.visit, o, pool)
	ds := make([]Decision, 0, len(found))
	for _, e := range found {
		ds = append(ds, ch.decide(e))
	}
	return ds
}

// restricted silences the sources outside a combination.
func restricted(all []example, c combination) []example {
	out := make([]example, len(all))
	for i, x := range all {
		for s := range Sources {
			if c&(1<<s) == 0 {
				x.terms[s] = nil
			}
		}
		out[i] = x
	}
	return out
}

// combination is a set of sources, a bit for each.
type combination uint

const everything = combination(1<<Sources - 1)

// combinations are all that are not empty.
func combinations() []combination {
	var out []combination
	for c := combination(1); c <= everything; c++ {
		out = append(out, c)
	}
	return out
}

func (c combination) sources() (list []Source) {
	for s := range Sources {
		if c&(1<<s) != 0 {
			list = append(list, s)
		}
	}
	return list
}

func (c combination) names() (list []string) {
	for _, s := range c.sources() {
		list = append(list, s.String())
	}
	return list
}

// defaultSensor is the training that an ablation uses when none is given: over
// the accelerometers that all sessions share.
func defaultSensor(visits []visit) (*training.Config, error) {
	cfg := training.DefaultConfig()
	shared := sharedSensors(visits)
	if len(shared) > 0 {
		cfg.Data.SensorSet = shared
	}
	// Few sets of many exercises: a small net, and a window that may sit a little
	// off on a strap that may sit askew. It learns for a fixed time, because
	// sessions held back to stop it may hold other exercises.
	cfg.Model.Layers, cfg.Model.Dropout = []int{100}, 0.3
	cfg.Fit.Epochs, cfg.Fit.Validation, cfg.Fit.WeightDecay = 60, 0, 1e-4
	cfg.Augment.LeadS, cfg.Augment.CropS = 0.25, 0.5
	cfg.Augment.RotateDeg, cfg.Augment.Warp, cfg.Augment.Jitter = 15, 0.1, 0.05
	return &cfg, cfg.Check()
}

func sharedSensors(visits []visit) []string {
	count := map[string]int{}
	for _, v := range visits {
		seen := map[string]bool{}
		for _, r := range v.session.Recordings {
			for _, ch := range r.Channels {
				name := dataset.SensorName(r.Placement, ch.Kind)
				if !seen[name] && ch.Kind == "accelerometer" {
					seen[name] = true
					count[name]++
				}
			}
		}
	}
	var shared []string
	for name, n := range count {
		if n == len(visits) {
			shared = append(shared, name)
		}
	}
	slices.Sort(shared)
	return shared
}

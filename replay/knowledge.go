package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"onset/dataset"
	"onset/replay/order"
	"onset/training"
)

// Knowledge is everything that a replay knows before it begins: who does what in
// which order and where, what likeness means, and how states move. It is learnt
// from labelled sessions and not changed by replays; several may use it at once.
type Knowledge struct {
	Sessions []dataset.SessionID // learnt from
	Pool     Pool
	Fitted   bool // the pool's weights were fitted on held-out decisions

	words  *order.Vocabulary
	order  *order.Predictor
	visits []visit // what doses are learnt from
	place  *placeCounts
	memory []likeness // by model
	pools  []Pool     // by model; Pool is the first
	states *stateModel
	shapes *shapes
	setupS float64
	notes  []string
	table  *Tables // the knowledge is a device's; order is not used
}

// Learn reads the labelled sessions that o allows, leaving out those excluded
// and their copies, and learns from them in the order of time. c says which windows memory
// compares; it may be nil: then there is no memory.
func Learn(ctx context.Context, store Store, c Classifier, o Options, exclude ...dataset.SessionID) (*Knowledge, error) {
	o, err := o.check()
	if err != nil {
		return nil, err
	}
	if exclude, err = withCopies(ctx, store, exclude); err != nil {
		return nil, err
	}
	visits, err := readVisits(ctx, store, o, exclude)
	if err != nil {
		return nil, err
	}
	var contracts []training.Contract
	for _, m := range modelsOf(c) {
		contracts = append(contracts, m.Contract())
	}
	var all []*material
	for i, v := range visits {
		o.observe(StepLearning, float64(i), float64(len(visits)))
		m, err := prepare(ctx, store, v, contracts...)
		if err != nil {
			return nil, fmt.Errorf("learning from session %s: %w", v.session.ID, err)
		}
		all = append(all, m)
	}
	setupS, err := setupLength(ctx, store)
	if err != nil {
		return nil, err
	}
	k := learnFrom(all, allClasses(c), setupS)
	k.learnStates(all)
	return k, k.fitTo(ctx, store, c, all, o)
}

// learnFrom learns from sessions that have been read, in their order. classes
// are the sensor model's, which are known whether anybody did them or not.
func learnFrom(all []*material, classes []string, setupS float64) *Knowledge {
	k := &Knowledge{words: order.NewVocabulary(classes...), place: newPlaceCounts(), setupS: setupS, Pool: DefaultPool()}
	k.order, k.shapes = order.New(k.words, order.Default(), nil), newShapes()
	models := 1
	for _, m := range all {
		k.learnOrder(m)
		k.shapes.learn(m)
		k.visits = append(k.visits, m.visit)
		k.Sessions = append(k.Sessions, m.session.ID)
		models = max(models, len(m.windows))
	}
	for i := range models {
		var onsets []onset
		for _, m := range all {
			onsets = append(onsets, m.onsets(i)...)
		}
		l, ok := learnLikeness(onsets)
		if !ok {
			l = likeness{}
			if i == 0 {
				k.notes = append(k.notes, "No session repeats an exercise often enough to learn what likeness means: memory is silent.")
			}
		}
		k.memory = append(k.memory, l)
	}
	return k
}

// memoryOf is what likeness means to a model's sensors.
func (k *Knowledge) memoryOf(model int) likeness {
	if model < len(k.memory) {
		return k.memory[model]
	}
	return likeness{}
}

// poolsOf are the pools of so many models: the fitted one of each, or the first's.
func (k *Knowledge) poolsOf(models int) []Pool {
	out := []Pool{k.Pool}
	for i := 1; i < models; i++ {
		p := k.Pool
		if i < len(k.pools) {
			p = k.pools[i]
		}
		out = append(out, p)
	}
	return out
}

func (k *Knowledge) learnStates(all []*material) {
	var movements []labelled
	for _, m := range all {
		movements = append(movements, labelled{motion: m.motion, sets: m.sets})
	}
	k.states = learnStates(movements, k.setupS)
}

func setupLength(ctx context.Context, store Store) (float64, error) {
	settings, err := store.Settings(ctx)
	if err != nil {
		return 0, fmt.Errorf("reading the study's settings: %w", err)
	}
	if !(settings.SetupS > 0) {
		return 1, nil
	}
	return settings.SetupS, nil
}

// readVisits reads the sessions to learn from, oldest first.
func readVisits(ctx context.Context, store Store, o Options, exclude []dataset.SessionID) ([]visit, error) {
	all, err := store.Sessions(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing sessions: %w", err)
	}
	people, err := store.Participants(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing participants: %w", err)
	}
	var visits []visit
	for _, sum := range all {
		if slices.Contains(exclude, sum.ID) || o.TrainSessions != nil && !slices.Contains(o.TrainSessions, sum.ID) || sum.Labels == 0 {
			continue
		}
		v, err := readVisit(ctx, store, sum.ID, people, o)
		if err != nil {
			return nil, err
		}
		v.unsettled = sum.Unsettled()
		if len(v.sets) > 0 {
			visits = append(visits, v)
		}
	}
	slices.SortStableFunc(visits, func(a, b visit) int {
		if c := a.session.Start.Compare(b.session.Start); c != 0 {
			return c
		}
		return strings.Compare(string(a.session.Participant), string(b.session.Participant))
	})
	return visits, nil
}

// kindOf names the sort of session for the order model.
func (v visit) kindOf() string { return v.session.Site }

func (v visit) whoIs() order.Who {
	return order.Who{Person: string(v.session.Participant), Group: v.who.Group}
}

func (k *Knowledge) learnOrder(m *material) {
	k.order.Begin(m.whoIs(), m.kindOf())
	for i, s := range m.sets {
		k.order.Observe(s.Exercise)
		k.place.add(m.session.Site, m.found[i].zone, k.words.Index(s.Exercise))
	}
	k.order.End()
}

// bare is the contract without its model's scaling, for reading windows.
func bare(c training.Contract) training.Contract {
	c.Mean, c.Std = nil, nil
	return c
}

// unusable tells windows that cannot be read from failures to read.
func unusable(err error) bool {
	return errors.Is(err, training.ErrGap) || errors.Is(err, training.ErrOutside) ||
		errors.Is(err, training.ErrNoSensor) || errors.Is(err, training.ErrNotANum)
}

// wholeTape reads a session.
func wholeTape(ctx context.Context, store sampleReader, s dataset.Session) (*tape, error) {
	t := newTape(s)
	st, err := NewStreamer(store, s, 60)
	if err != nil {
		return nil, err
	}
	for {
		p, ok, err := st.Next(ctx)
		if err != nil {
			return nil, err
		}
		if !ok {
			return t, nil
		}
		for _, b := range p.Blocks {
			if err := t.add(b); err != nil {
				return nil, err
			}
		}
	}
}

// motions are the movement features of every frame up to a time.
func (t *tape) motions(until float64) []motion {
	var all []motion
	for i := 0; float64(i)*frameS <= until; i++ {
		all = append(all, t.motionAt(float64(i)*frameS))
	}
	return all
}

package replay

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"onset/dataset"
	"onset/training"
)

// Replay is a session that has been streamed through the classifier. What
// depends on weights is computed anew by Result, quickly; the rest is kept.
type Replay struct {
	visit    visit
	know     *Knowledge
	model    Classifier
	o        Options
	pool     Pool
	found    []evidence
	frames   []frame
	detected []Interval
	result   Result // what does not depend on weights
	once     sync.Once
	fitted   *Result // with the replay's own pool; for WhatIf
}

// frame is the segmenter's word at one moment.
type frame struct {
	p      [States]float32
	energy float32
}

// Run replays a session through a model of the study, with order, place, memory
// and states learnt from the study's other sessions. model may be nil: then the
// sensor is silent.
func Run(ctx context.Context, store Store, model *training.Model, id dataset.SessionID, o Options) (*Result, error) {
	var c Classifier
	if model != nil {
		c = model
	}
	r, err := Load(ctx, store, c, id, o)
	if err != nil {
		return nil, err
	}
	return r.Result(), nil
}

// Load learns from the other sessions and streams this one.
func Load(ctx context.Context, store Store, c Classifier, id dataset.SessionID, o Options) (*Replay, error) {
	for _, c := range modelsOf(c) {
		if m, ok := c.(*training.Model); ok && m.NeedsPerson() {
			return nil, fmt.Errorf("replaying with model %s: %w", m.ID, training.ErrNotAdapted)
		}
	}
	s, err := store.Session(ctx, id) // a prefix of the id is enough
	if err != nil {
		return nil, fmt.Errorf("reading session %s: %w", id, err)
	}
	k, err := Learn(ctx, store, c, o, s.ID)
	if err != nil {
		return nil, err
	}
	return Stream(ctx, store, k, c, s.ID, o)
}

// Stream replays a session with knowledge learnt before. Knowledge that was
// learnt from the session itself is refused.
func Stream(ctx context.Context, store Store, k *Knowledge, c Classifier, id dataset.SessionID, o Options) (*Replay, error) {
	o, err := o.check()
	if err != nil {
		return nil, err
	}
	if slices.Contains(k.Sessions, id) {
		return nil, fmt.Errorf("session %s is among those that the replay learnt from; learn from others", id)
	}
	people, err := store.Participants(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing participants: %w", err)
	}
	v, err := readVisit(ctx, store, id, people, o)
	if err != nil {
		return nil, err
	}
	if k.table != nil && c != nil {
		if v.worn(c.Contract()); len(v.session.Recordings) == 0 {
			return nil, fmt.Errorf("session %s: no recording holds a sensor that the model reads", id)
		}
		if slices.Contains(k.table.LearntFrom, id) {
			v.notes = append(v.notes, "The device's tables were learnt from this session too: what they say here proves nothing.")
		}
	}
	r := &Replay{visit: v, know: k, model: c, o: o, pool: o.pool(k.Pool)}
	e := newEngine(k, c, v, o)
	st, err := NewStreamer(store, v.session, o.PacketS)
	if err != nil {
		return nil, err
	}
	var way packets = st
	var spoil *spoiled
	if o.Disturb != nil {
		spoil = o.Disturb.spoil(st, o.PacketS, v.session.Duration())
		way = spoil
	}
	for {
		p, ok, err := way.Next(ctx)
		if err != nil {
			return nil, fmt.Errorf("replaying session %s: %w", id, err)
		}
		if !ok {
			break
		}
		o.observe(StepStreaming, p.From, v.session.Duration())
		if err := e.push(ctx, p); err != nil {
			return nil, fmt.Errorf("replaying session %s: %w", id, err)
		}
	}
	if err := e.finish(ctx); err != nil {
		return nil, fmt.Errorf("replaying session %s: %w", id, err)
	}
	r.take(e)
	if spoil != nil {
		r.result.Disturbed = spoil.report(e.intake.log)
		r.result.Notes = append(r.result.Notes, "The packets were disturbed on their way, as was asked: the scores are not the session's. Labels keep their times, also after a jump of the clock.")
	}
	return r, r.tellSeen(ctx, store)
}

// tellSeen says whether the sensor's model was trained on this session, also
// under another name, or on this person.
func (r *Replay) tellSeen(ctx context.Context, store Store) error {
	same, err := withCopies(ctx, store, []dataset.SessionID{r.visit.session.ID})
	if err != nil {
		return err
	}
	for _, c := range modelsOf(r.model) {
		m, ok := c.(*training.Model)
		for _, id := range same {
			if !ok {
				break
			}
			session, person := m.HasSeen(id, r.visit.session.Participant)
			r.result.TrainedOnSession = r.result.TrainedOnSession || session
			r.result.TrainedOnPerson = r.result.TrainedOnPerson || person || session
		}
	}
	if r.result.TrainedOnSession {
		r.result.Notes = append(r.result.Notes, "The sensor's model was trained on this session: its scores here say nothing about unseen ones.")
	}
	return nil
}

// take keeps what the engine found.
func (r *Replay) take(e *engine) {
	v, k := r.visit, r.know
	r.found, r.frames, r.detected = e.found, e.frames, e.detected
	for i := range r.found {
		if f := &r.found[i]; f.truth != nil {
			f.counted = e.tape.counted(f.truth.Onset, f.truth.End)
			ref, whose := k.shapes.reference(v.session.Participant, f.truth.Exercise)
			f.quality = e.tape.judge(f.truth.Onset, f.truth.End, ref, whose)
		} else if d := slices.IndexFunc(e.detected, func(d Interval) bool { return d.From == f.onsetS }); d >= 0 {
			f.counted = e.tape.counted(e.detected[d].From, e.detected[d].To)
			f.quality = e.tape.judge(e.detected[d].From, e.detected[d].To, shape{}, "")
		}
	}
	r.result = Result{Forecasts: k.forecasts(v), Session: v.session.ID, Participant: v.session.Participant, Simulated: v.session.Simulated,
		DurationS: v.session.Duration(), At: r.o.At, Confirmed: !r.o.Unconfirmed, Fitted: k.Fitted && r.o.Weights == nil,
		LearntFrom: k.Sessions, States: e.spans(), Revisions: e.revisions, Packets: e.packets, Anomalies: v.anomalies(e.intake.log),
		Notes: append(slices.Clone(v.notes), k.notes...)}
	for i, c := range modelsOf(r.model) {
		r.result.Models = append(r.result.Models, idOf(c))
		if i == 0 {
			r.result.Model = idOf(c)
		}
	}
	r.result.Switches = e.relay.log
	if v.session.Simulated {
		r.result.Notes = append(r.result.Notes, "Simulated data.")
	}
}

// anomalies are those of the stream with what was odd about the clocks when the
// session was imported, in the order of time; never nil.
func (v visit) anomalies(log []Anomaly) []Anomaly {
	out := append([]Anomaly{}, log...)
	findings := slices.Clone(v.session.Findings)
	for _, r := range v.session.Recordings {
		findings = append(findings, r.Findings...)
	}
	for _, f := range findings {
		if f.AtS == 0 && f.LengthS == 0 {
			continue // of the whole recording, such as its true rate
		}
		if f.Kind == dataset.FindingClock || f.Kind == dataset.FindingRepeats {
			kind := map[string]string{dataset.FindingClock: AnomalyClock, dataset.FindingRepeats: AnomalyRepeated}[f.Kind]
			out = append(out, Anomaly{AtS: f.AtS, Seq: -1, Kind: kind, Message: "When it was imported: " + f.Message})
		}
	}
	slices.SortStableFunc(out, func(a, b Anomaly) int { return cmp.Compare(a.AtS, b.AtS) })
	return out
}

// Events compares the sets that the segmenter found with the labelled ones.
// It is for replays that decide where onsets are detected.
func (r *Replay) Events() Events {
	var truth []Interval
	for _, s := range r.visit.sets {
		truth = append(truth, Interval{s.Onset, s.End})
	}
	return CompareEvents(truth, r.detected, r.result.DurationS)
}

// Pool is the pool in use.
func (r *Replay) Pool() Pool { return r.pool }

// Result decides with the replay's own pool.
func (r *Replay) Result() *Result { return r.With(r.pool) }

// With decides anew with another pool: sources muted or weighed differently. It
// touches no samples.
func (r *Replay) With(pool Pool) *Result { return r.decided(pool, func(*chronicle, int) {}) }

// decided decides anew; before is told of each decision.
func (r *Replay) decided(pool Pool, before func(c *chronicle, decision int)) *Result {
	out := r.result
	out.Weights, out.Floors = pool.weights(), map[string]float64{}
	for s := range Sources {
		out.Floors[s.String()] = pool.Floor[s]
	}
	c := newChronicle(r.know, r.model, r.visit, r.o, r.poolsWith(pool)...)
	out.Decisions = make([]Decision, 0, len(r.found))
	for i, e := range r.found {
		before(c, i)
		out.Decisions = append(out.Decisions, c.decide(e))
	}
	out.score()
	out.Abstain, out.Bill = pool.Abstain, bill(out.Decisions, r.wrongCost(pool), pool.Abstain)
	if r.o.At == AtDetected {
		events := r.Events()
		out.Events = &events
	}
	return &out
}

// poolsWith are the models' pools when the first's is changed to pool: what was
// changed by hand is changed for all.
func (r *Replay) poolsWith(pool Pool) []Pool {
	pools := r.know.poolsOf(len(modelsOf(r.model)))
	for i := range pools {
		p := r.o.pool(pools[i])
		for s := range Sources {
			if i == 0 || pool.Held[s] || pool.Weight[s] == 0 || pool.Weight[s] != r.pool.Weight[s] {
				p.Weight[s], p.Held[s] = pool.Weight[s], pool.Held[s]
			}
		}
		p.Floor, p.Abstain = pool.Floor, pool.Abstain
		pools[i] = p
	}
	return pools
}

// wrongCost is what a wrong answer costs at a pool's abstention.
func (r *Replay) wrongCost(p Pool) float64 {
	switch {
	case p.Abstain == r.o.Abstain && r.o.WrongCost > 0:
		return r.o.WrongCost
	case p.Abstain > 0 && p.Abstain < 1:
		return 1 / (1 - p.Abstain)
	}
	return 0
}

// score counts the right answers over labelled decisions, and those without one:
// no answer is not right.
func (r *Result) score() {
	var right [Sources + 1]float64
	r.N, r.NoAnswer, r.NoEvidence = 0, map[string]int{}, map[string]int{}
	for s := range Sources {
		r.NoAnswer[s.String()], r.NoEvidence[s.String()] = 0, 0
	}
	r.NoAnswer["fused"] = 0
	for _, d := range r.Decisions {
		if d.Truth == "" {
			continue
		}
		r.N++
		for s := range Sources {
			switch d.Answer(s) {
			case d.Truth:
				right[s]++
			case "":
				r.NoAnswer[s.String()]++
			}
			if d.NoEvidence[s.String()] != "" {
				r.NoEvidence[s.String()]++
			}
		}
		switch d.Fused {
		case d.Truth:
			right[Sources]++
		case "":
			r.NoAnswer["fused"]++
		}
	}
	for i := range right {
		right[i] /= math.Max(1, float64(r.N))
	}
	r.Accuracy = Accuracy{right[Sensor], right[Markov], right[Place], right[Memory], right[Sources]}
}

// Best is the exercise that a distribution answers: the most probable one. It is
// empty where none lies above all others, as in a flat distribution.
func (d Distribution) Best() string {
	name, top, next := "", math.Inf(-1), math.Inf(-1)
	for e, p := range d {
		if p > top {
			name, top, next = e, p, top
		} else {
			next = max(next, p)
		}
	}
	if !(top-next > tie) {
		return ""
	}
	return name
}

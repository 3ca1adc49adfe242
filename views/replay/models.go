package replay

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"onset/dataset"
	core "onset/replay"
	"onset/views/task"
	"onset/views/words"

	"fyne.io/fyne/v2/lang"
)

// listed are the models and the people that the study has labelled sessions of.
type listed struct {
	models []dataset.ModelRow
	people []dataset.ParticipantID
}

func (r *Replay) list() {
	task.Run(r.listing, func(ctx context.Context) (listed, error) {
		models, err := r.source.Models(ctx)
		if err != nil {
			return listed{}, err
		}
		sessions, err := r.source.Sessions(ctx)
		if err != nil {
			return listed{}, err
		}
		v := listed{models: models}
		for _, s := range sessions {
			if len(s.Exercises) > 0 && !slices.Contains(v.people, s.Participant) {
				v.people = append(v.people, s.Participant)
			}
		}
		slices.Sort(v.people)
		return v, nil
	}, func(v listed, err error) {
		if err != nil {
			r.actions.Error(err)
			return
		}
		r.people = v.people
		r.setModels(v.models)
	})
}

// learnt is what a model learnt from.
type learnt struct {
	People   []dataset.ParticipantID `json:"participants"`
	Sessions []dataset.SessionID     `json:"sessions"`
}

func learntBy(m dataset.ModelRow) learnt {
	var spec struct {
		Lineage learnt `json:"lineage"`
	}
	_ = json.Unmarshal(m.Spec, &spec) // what cannot be read is said when the model is loaded
	return spec.Lineage
}

// knows is how much a model knows of the open session: 2 the session, 1 the
// person, 0 neither.
func (r *Replay) knows(m dataset.ModelRow) int {
	if r.opened == nil {
		return 0
	}
	l := learntBy(m)
	switch {
	case slices.Contains(l.Sessions, r.opened.ID):
		return 2
	case slices.Contains(l.People, r.opened.Participant):
		return 1
	}
	return 0
}

// fewLeftOut is how many people are named who were left out of a model.
const fewLeftOut = 4

// modelLine names a model and who was left out of it.
func (r *Replay) modelLine(m dataset.ModelRow) string {
	line := words.ModelLine(m)
	l := learntBy(m)
	if len(l.People) == 0 {
		return line
	}
	var out []string
	for _, p := range r.people {
		if !slices.Contains(l.People, p) {
			out = append(out, string(p))
		}
	}
	switch n := len(out); {
	case n == 0 && len(r.people) > 0:
		line += "   " + lang.L("learnt from everybody")
	case n > fewLeftOut:
		line += "   " + lang.L("without {{.N}} people", map[string]any{"N": n})
	case n > 0:
		line += "   " + lang.L("without {{.People}}", map[string]any{"People": strings.Join(out, ", ")})
	}
	if r.knows(m) == 2 {
		line += "   " + lang.L("knows this session")
	}
	return line
}

func (r *Replay) setModels(models []dataset.ModelRow) {
	old := r.models
	r.models = slices.Clone(models)
	slices.SortStableFunc(r.models, func(a, b dataset.ModelRow) int { return compareFloat(b.MacroF1, a.MacroF1) })
	r.fitting = nil
	if r.opened != nil {
		r.fitting = core.Fitting(r.models, *r.opened)
	}
	var names []string
	found := false
	for _, m := range r.models {
		names = append(names, r.modelLine(m))
		found = found || m.ID == r.model
	}
	if len(r.fitting) > 1 {
		names = append(names, lang.L("Whichever sensors are at hand: {{.N}} models", map[string]any{"N": len(r.fitting)}))
		found = found || r.model == atHand
	}
	asked := r.expected(old)
	switch {
	case asked != "":
		r.model = asked
	case !found || !r.chosen && r.shown == nil && r.job == 0:
		r.model = r.honestModel()
	}
	r.filling = true
	r.choose.SetOptions(names)
	at := slices.IndexFunc(r.models, func(m dataset.ModelRow) bool { return m.ID == r.model })
	if r.model == atHand {
		at = len(r.models)
	}
	r.choose.SetSelectedIndex(at)
	r.filling = false
	r.refreshBeside()
	r.showState()
	if asked != "" && r.opened != nil && r.inFront {
		r.start()
		return
	}
	r.startIfReady()
}

// honestModel is the best model that did not learn from the open session's person;
// else one that did not learn from the session; else the best.
func (r *Replay) honestModel() string {
	best, least := "", 3
	for _, m := range r.models {
		if k := r.knows(m); k < least {
			best, least = m.ID, k
		}
	}
	return best
}

// expected is the new model that somebody went to train for this session; empty
// while there is none.
func (r *Replay) expected(old []dataset.ModelRow) string {
	if !r.expecting {
		return ""
	}
	for _, m := range r.models {
		known := slices.ContainsFunc(old, func(o dataset.ModelRow) bool { return o.ID == m.ID })
		if !known && r.knows(m) < 2 {
			r.expecting, r.chosen = false, true
			return m.ID
		}
	}
	return ""
}

// trainWithout goes to train a model that leaves the session or its person out; it
// is chosen when there is one.
func (r *Replay) trainWithout(person bool) {
	r.expecting = true
	r.actions.TrainWithout(person)
}

// picked follows the two selects.
func (r *Replay) picked() {
	if r.filling || r.choose == nil || r.decide == nil || r.again == nil {
		return
	}
	if i := r.choose.SelectedIndex(); i >= 0 && i < len(r.models) {
		r.model, r.chosen = r.models[i].ID, true
	} else if i == len(r.models) && len(r.fitting) > 1 {
		r.model, r.chosen = atHand, true
	}
	r.release()
	r.at = core.AtLabel
	if r.decide.SelectedIndex() == 1 {
		r.at = core.AtDetected
	}
	r.start()
}

// replayAtHand replays with all models that fit, the one with the most sensors
// that are not silent speaking.
func (r *Replay) replayAtHand() {
	if len(r.fitting) < 2 {
		r.status(lang.L("The study has no two models of different sensors that fit this session; train one of fewer sensors"), false)
		return
	}
	r.choose.SetSelectedIndex(len(r.models))
}

package replay

import (
	"context"
	"slices"

	"onset/dataset"
	core "onset/replay"
	"onset/views/task"
	"onset/views/words"

	"fyne.io/fyne/v2/lang"
)

func (r *Replay) list() {
	task.Run(r.listing, func(ctx context.Context) ([]dataset.ModelRow, error) { return r.source.Models(ctx) },
		func(models []dataset.ModelRow, err error) {
			if err != nil {
				r.actions.Error(err)
				return
			}
			r.setModels(models)
		})
}

func (r *Replay) setModels(models []dataset.ModelRow) {
	r.models = slices.Clone(models)
	slices.SortStableFunc(r.models, func(a, b dataset.ModelRow) int { return compareFloat(b.MacroF1, a.MacroF1) })
	r.fitting = nil
	if r.opened != nil {
		r.fitting = core.Fitting(r.models, *r.opened)
	}
	var names []string
	found := false
	for _, m := range r.models {
		names = append(names, words.ModelLine(m))
		found = found || m.ID == r.model
	}
	if len(r.fitting) > 1 {
		names = append(names, lang.L("Whichever sensors are at hand: {{.N}} models", map[string]any{"N": len(r.fitting)}))
		found = found || r.model == atHand
	}
	if !found {
		r.model = ""
		if len(r.models) > 0 {
			r.model = r.models[0].ID
		}
	}
	r.filling = true
	r.choose.SetOptions(names)
	at := slices.IndexFunc(r.models, func(m dataset.ModelRow) bool { return m.ID == r.model })
	if r.model == atHand {
		at = len(r.models)
	}
	r.choose.SetSelectedIndex(at)
	r.filling = false
	r.showState()
	r.startIfReady()
}

// picked follows the two selects.
func (r *Replay) picked() {
	if r.filling || r.choose == nil || r.decide == nil || r.again == nil {
		return
	}
	if i := r.choose.SelectedIndex(); i >= 0 && i < len(r.models) {
		r.model = r.models[i].ID
	} else if i == len(r.models) && len(r.fitting) > 1 {
		r.model = atHand
	}
	r.release()
	r.at = core.AtLabel
	if r.decide.SelectedIndex() == 1 {
		r.at = core.AtDetected
	}
	r.start()
}

package replay

import (
	"context"
	"errors"
	"testing"

	"onset/dataset"
	"onset/training"
)

// openStudy is a study in which nobody has said who some people are.
type openStudy struct {
	*dataset.Study
	open map[dataset.ParticipantID]bool
}

func (o openStudy) Sessions(ctx context.Context) ([]dataset.SessionSummary, error) {
	all, err := o.Study.Sessions(ctx)
	for i := range all {
		if o.open[all[i].Participant] {
			all[i].FindingKinds = map[string]int{dataset.FindingIdentity: 1}
		}
	}
	return all, err
}

// While it is open who somebody is, sessions can be left out but not people.
func TestNoPersonIsLeftOutWhileItIsOpenWhoTheyAre(t *testing.T) {
	study, all := simulated(t, 3)
	store := openStudy{study, map[dataset.ParticipantID]bool{all[0].Participant: true}}
	cfg := training.DefaultConfig()
	cfg.Data.SensorSet = []string{"left-wrist/accelerometer"}
	cfg.Model.Layers, cfg.Fit.Epochs = []int{8}, 2
	var open *training.UnsettledError
	if _, err := Ablate(t.Context(), store, AblationOptions{Protocol: LeaveParticipantOut, Config: &cfg}); !errors.As(err, &open) {
		t.Errorf("leaving people out: %v", err)
	}
	a, err := Ablate(t.Context(), store, AblationOptions{Protocol: LeaveSessionOut, Config: &cfg})
	if err != nil || a.N == 0 {
		t.Errorf("leaving sessions out: %v", err)
	}
}

package training

import (
	"errors"
	"testing"

	"onset/dataset"
)

func TestNobodyIsKeptApartWhileItIsOpenWhoTheyAre(t *testing.T) {
	m := gym(6, 4, 7)
	m.sessions[2].Findings = append(m.sessions[2].Findings, dataset.Finding{Kind: dataset.FindingIdentity})
	cfg := quick()
	cfg.Split.By = ByParticipant
	var open *UnsettledError
	if _, err := ReadWindows(t.Context(), m, cfg, nil); !errors.As(err, &open) || len(open.Participants) != 1 || open.Participants[0] != m.sessions[2].Participant {
		t.Errorf("a split by participant: %v", err)
	}
	cfg.Data.ExcludeSessions = []string{string(m.sessions[2].ID)}
	if _, err := ReadWindows(t.Context(), m, cfg, nil); err != nil {
		t.Errorf("with the session left out: %v", err)
	}
	cfg.Data.ExcludeSessions = nil
	labels := m.labels[m.sessions[2].ID]
	m.labels[m.sessions[2].ID] = nil
	if _, err := ReadWindows(t.Context(), m, cfg, nil); err != nil {
		t.Errorf("with nothing labelled in the session: %v", err)
	}
	m.labels[m.sessions[2].ID] = labels
	cfg.Split.By = BySession
	if _, err := ReadWindows(t.Context(), m, cfg, nil); err != nil {
		t.Errorf("a split by session: %v", err)
	}
}

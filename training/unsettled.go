package training

import (
	"fmt"
	"slices"
	"strings"

	"onset/dataset"
)

// UnsettledError refuses a split by participant while it is open whether a code
// is of somebody who has another one: they could be on both sides.
type UnsettledError struct{ Participants []dataset.ParticipantID }

// Error names the codes and the two ways to settle each.
func (e *UnsettledError) Error() string {
	var codes []string
	for _, p := range e.Participants {
		codes = append(codes, string(p))
	}
	first := codes[0]
	return fmt.Sprintf("split refused: nobody has said whether %s may be somebody who has another code, and a person could be on both sides; settle it with onsetctl participants --settle %s=CODE, or %s=%s for a person of their own, leave it out with data.participants, or split by session",
		strings.Join(codes, ", "), first, first, first)
}

func (e *UnsettledError) add(s dataset.SessionSummary) {
	if s.Unsettled() && !slices.Contains(e.Participants, s.Participant) {
		e.Participants = append(e.Participants, s.Participant)
	}
}

// guard is the error itself where a split keeps people apart, also those of an
// external test set.
func (e *UnsettledError) guard(cfg SplitConfig) error {
	if len(e.Participants) == 0 || cfg.By != ByParticipant && len(cfg.External) == 0 {
		return nil
	}
	return e
}

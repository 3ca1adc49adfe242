package shell

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/dataset/codec"
	"onset/dataset/privacy"
	"onset/views/words"
)

// whom adds to the people of a question what the study holds of each. It reads
// the study: call it off the interface's goroutine.
func (s *Shell) whom(q codec.Question) (codec.Question, error) {
	sessions, err := s.bench.Sessions(context.Background())
	if err != nil {
		return q, fmt.Errorf("listing whose recording it may be: %w", err)
	}
	q.Choices = slices.Clone(q.Choices)
	for i, c := range q.Choices {
		switch c.Key {
		case codec.NewParticipant, codec.LeaveOpen, codec.EachParticipant:
			continue
		}
		q.Choices[i].Text += ", " + recorded(sessions, dataset.ParticipantID(c.Key))
	}
	return q, nil
}

// namesIn are the names that an open key file has, by code. They are for the
// researcher's screen, never for a log.
func namesIn(book *privacy.Book) map[string]string {
	out := map[string]string{}
	if book == nil {
		return out
	}
	for _, id := range book.Keys().Identities {
		out[id.Code] = strings.Join(id.Names, " / ")
	}
	return out
}

// recorded says how much the study has of somebody and of when the last is.
func recorded(sessions []dataset.SessionSummary, id dataset.ParticipantID) string {
	n, last := 0, dataset.SessionSummary{}
	for _, v := range sessions {
		if v.Participant == id {
			n++
			if v.Start.After(last.Start) {
				last = v
			}
		}
	}
	switch {
	case n == 0:
		return lang.L("no session yet")
	case last.Start.IsZero():
		return words.Many(int64(n), lang.L("session"), lang.L("sessions"))
	}
	day, _, _ := strings.Cut(words.Start(last.Start, last.Zone), " ")
	return lang.L("{{.Sessions}}, the last of {{.Day}}", map[string]any{"Sessions": words.Many(int64(n), lang.L("session"), lang.L("sessions")), "Day": day})
}

package dataset

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// SplitRecording takes a recording with its labels, findings and alignment out of
// a session of several into one of its own, in one durable transaction; every
// sample keeps its moment. A recording that a join brought gets back the source,
// start and place that it came with, with the last of its session also the
// session's events and findings, and, where nothing has them yet, its identifier
// and number. It is the way back from JoinSessions. Refusals are ErrBadRequest or
// ErrNotFound.
func (s *Study) SplitRecording(ctx context.Context, session SessionID, recording RecordingID, rater string) (SessionID, error) {
	var own SessionID
	err := s.write(ctx, fmt.Sprintf("taking recording %q out of session %q", recording, session), func(tx *sql.Tx) error {
		if err := mustBeVisible(ctx, tx, session); err != nil {
			return err
		}
		v, err := readSession(ctx, tx, string(session))
		if err != nil {
			return err
		}
		i := slices.IndexFunc(v.Recordings, func(r Recording) bool { return r.ID == recording })
		if i < 0 {
			return fmt.Errorf("it is not of this session: %w", ErrNotFound)
		}
		if len(v.Recordings) == 1 {
			return fmt.Errorf("it is the session's only one; nothing was changed: %w", ErrBadRequest)
		}
		own, err = s.split(ctx, tx, v, v.Recordings[i], rater)
		return err
	})
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	delete(s.counts, session)
	delete(s.counts, own)
	s.mu.Unlock()
	return own, nil
}

func (s *Study) split(ctx context.Context, tx *sql.Tx, v Session, r Recording, rater string) (SessionID, error) {
	came, last, err := cameBy(ctx, tx, v, r.ID)
	if err != nil {
		return "", err
	}
	own, earlier, err := s.sessionOf(ctx, tx, v, r, came)
	if err != nil {
		return "", err
	}
	if err := putSession(ctx, tx, own, map[string]int{}); err != nil {
		return "", err
	}
	before, err := readAxis(ctx, tx, v.ID)
	if err != nil {
		return "", err
	}
	what := belongings{recordings: []RecordingID{r.ID}}
	if last {
		what.brought, what.laterS = came, earlier
	}
	if _, err := s.moveRows(ctx, tx, v.ID, own.ID, what); err != nil {
		return "", err
	}
	if err := s.shiftSession(ctx, tx, own.ID, -earlier); err != nil {
		return "", err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM findings WHERE session=? AND message LIKE ?", string(own.ID), joinNote+"%"); err != nil {
		return "", err
	}
	if err := renewSession(ctx, tx, own.ID, nil); err != nil {
		return "", err
	}
	start, err := s.shiftBack(ctx, tx, v, r.ID)
	if err != nil {
		return "", err
	}
	if err := renewSession(ctx, tx, v.ID, func(v *Session) { v.Start = start }); err != nil {
		return "", err
	}
	after, err := readAxis(ctx, tx, v.ID, own.ID)
	if err != nil {
		return "", err
	}
	const action = "take a recording out"
	out := ledgerDetail{Action: action, Summary: fmt.Sprintf("a recording of session %d of %s was taken out into session %s (number %d)", v.Number, v.Participant, own.ID, own.Number)}
	in := ledgerDetail{Action: action, Summary: fmt.Sprintf("session made of a recording of session %s (number %d of %s)", v.ID, v.Number, v.Participant)}
	out.change(before[v.ID], after[v.ID])
	in.change(axis{}, after[own.ID])
	if _, err := s.record(ctx, tx, ledgerRow{kind: entrySplit, rater: rater, session: v.ID}, out); err != nil {
		return "", err
	}
	_, err = s.record(ctx, tx, ledgerRow{kind: entrySplit, rater: rater, session: own.ID}, in)
	return own.ID, err
}

// cameBy is the join that brought a recording, nil for none; last when no other
// recording of it is left in the session. Where sessions were joined that had
// been joined before, it is the first of these joins.
func cameBy(ctx context.Context, q queryer, v Session, id RecordingID) (came *joined, last bool, err error) {
	for at := v.ID; ; {
		list, err := joinsOf(ctx, q, at)
		if err != nil {
			return nil, false, err
		}
		i := slices.IndexFunc(list, func(j joined) bool { return slices.Contains(j.Recordings, id) })
		if i < 0 || came != nil && list[i].ID == came.ID {
			break
		}
		came, at = &list[i], list[i].ID
	}
	if came == nil {
		return nil, false, nil
	}
	last = !slices.ContainsFunc(v.Recordings, func(r Recording) bool {
		return r.ID != id && slices.Contains(came.Recordings, r.ID)
	})
	return came, last, nil
}

// sessionOf is the session that a recording gets, still empty, and by how many
// seconds its times are earlier there.
func (s *Study) sessionOf(ctx context.Context, tx *sql.Tx, v Session, r Recording, came *joined) (Session, float64, error) {
	own, earlier := v, 0.0
	own.Recordings, own.Events, own.Findings = nil, nil, nil
	id, err := s.newID()
	if err != nil {
		return own, 0, err
	}
	own.ID = SessionID(id)
	if came != nil {
		own.Start, own.Zone, own.Site, own.Place, own.Simulated = came.Start, came.Zone, came.Site, came.Place, came.Simulated
		own.Format, own.Source, own.ImportedAt = came.Format, came.Source, came.ImportedAt
		earlier, _ = startsApart(v, own)
	} else if !v.Start.IsZero() {
		earlier = seconds(r.Clock.Time(0)).Seconds()
		own.Start = v.Start.Add(seconds(earlier))
	}
	p, sessions, err := participant(ctx, tx, v.Participant)
	if err != nil {
		return own, 0, err
	}
	if came != nil {
		var there int
		err := tx.QueryRowContext(ctx, "SELECT count(*) FROM sessions WHERE id=? OR participant=? AND number=?",
			string(came.ID), string(v.Participant), came.Number).Scan(&there)
		if err != nil {
			return own, 0, err
		}
		if there == 0 {
			own.ID, own.Number = came.ID, came.Number
			return own, earlier, putParticipant(ctx, tx, p, max(sessions, int64(came.Number)))
		}
	}
	own.Number = int(sessions + 1)
	return own, earlier, putParticipant(ctx, tx, p, sessions+1)
}

// shiftBack gives a session the start that it had before the first join into it,
// once no recording that a join brought is left but the one that goes.
func (s *Study) shiftBack(ctx context.Context, tx *sql.Tx, v Session, goes RecordingID) (time.Time, error) {
	list, err := joinsOf(ctx, tx, v.ID)
	if err != nil || len(list) == 0 {
		return v.Start, err
	}
	for _, j := range list {
		if slices.ContainsFunc(v.Recordings, func(r Recording) bool { return r.ID != goes && slices.Contains(j.Recordings, r.ID) }) {
			return v.Start, nil
		}
	}
	first := list[len(list)-1].IntoStart
	if first.IsZero() || v.Start.IsZero() {
		return v.Start, nil
	}
	return first, s.shiftSession(ctx, tx, v.ID, v.Start.Sub(first).Seconds())
}

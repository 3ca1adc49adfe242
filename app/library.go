package app

import (
	"context"
	"slices"

	"onset/dataset"
	"onset/dataset/pyramid"
)

// Counts says how much of everything the open study holds. It doesn't look at
// the integrity; Check does. To a rater in a blind pass it tells no number of
// labels and of changes, which grow as others label.
func (w *Workbench) Counts(ctx context.Context) (dataset.Info, error) {
	_, blind := w.ownSet()
	return read(w, func(s *dataset.Study) (dataset.Info, error) {
		info, err := s.Counts(ctx)
		if blind {
			info.Labels, info.LedgerEntries = 0, 0
		}
		return info, err
	})
}

// StudyZone is the time zone in which most of the study's sessions were recorded;
// empty when none names a place. UTC is none: it stands for sources that count
// their seconds.
func (w *Workbench) StudyZone(ctx context.Context) (string, error) {
	list, err := w.Sessions(ctx)
	counts := map[string]int{"": 0}
	most := ""
	for _, x := range list {
		if x.Zone == "" || x.Zone == "UTC" {
			continue
		}
		if counts[x.Zone]++; counts[x.Zone] > counts[most] {
			most = x.Zone
		}
	}
	return most, err
}

// Settings are the open study's own choices.
func (w *Workbench) Settings(ctx context.Context) (dataset.Settings, error) {
	return read(w, func(s *dataset.Study) (dataset.Settings, error) { return s.Settings(ctx) })
}

// PutSettings changes the study's choices and tells the screens.
func (w *Workbench) PutSettings(ctx context.Context, settings dataset.Settings) error {
	state, err := read(w, func(s *dataset.Study) (StudyState, error) {
		if err := s.PutSettings(ctx, settings); err != nil {
			return StudyState{}, err
		}
		return describe(ctx, s)
	})
	if err != nil {
		return err
	}
	w.mu.Lock()
	same := w.open != nil && w.state.Path == state.Path
	if same {
		w.state = state
	}
	w.mu.Unlock()
	if same {
		w.Signals.Study.Emit(state)
	}
	return nil
}

// Participants lists the people of the study.
func (w *Workbench) Participants(ctx context.Context) ([]dataset.Participant, error) {
	return read(w, func(s *dataset.Study) ([]dataset.Participant, error) { return s.Participants(ctx) })
}

// PutParticipant adds or changes a participant.
func (w *Workbench) PutParticipant(ctx context.Context, p dataset.Participant) error {
	_, err := read(w, func(s *dataset.Study) (struct{}, error) { return struct{}{}, s.PutParticipant(ctx, p) })
	if err == nil {
		w.Signals.Sessions.Emit(struct{}{})
	}
	return err
}

// Sessions lists the study's sessions by participant and number. For a rater in a
// blind pass they count that rater's own labels alone.
func (w *Workbench) Sessions(ctx context.Context) ([]dataset.SessionSummary, error) {
	set, blind := w.ownSet()
	return read(w, func(s *dataset.Study) ([]dataset.SessionSummary, error) {
		list, err := s.Sessions(ctx)
		if err == nil && blind {
			err = countOwn(ctx, s, list, set)
		}
		return list, err
	})
}

// Session is one session whole, with recordings, clocks, findings and events. A
// prefix of the id that only one session has is enough. In a blind pass findings
// about a source's own labels are left out.
func (w *Workbench) Session(ctx context.Context, id dataset.SessionID) (dataset.Session, error) {
	v, err := read(w, func(s *dataset.Study) (dataset.Session, error) { return s.Session(ctx, id) })
	if _, blind := w.ownSet(); blind {
		v = withoutLabels(v)
	}
	return v, err
}

// DeleteSession removes a session and its labels from the study.
func (w *Workbench) DeleteSession(ctx context.Context, id dataset.SessionID) error {
	_, err := read(w, func(s *dataset.Study) (struct{}, error) { return struct{}{}, s.DeleteSession(ctx, id) })
	if err == nil {
		w.Signals.Sessions.Emit(struct{}{})
	}
	return err
}

// Pyramid is the minima and maxima of a channel, for drawing it.
func (w *Workbench) Pyramid(ctx context.Context, channel dataset.ChannelID) (*pyramid.Pyramid, error) {
	return read(w, func(s *dataset.Study) (*pyramid.Pyramid, error) { return s.Pyramid(ctx, channel) })
}

// Detail reads the fine minima and maxima around samples [first, last) of a
// channel; sample 0 of the pyramid is sample from of the channel.
func (w *Workbench) Detail(ctx context.Context, channel dataset.ChannelID, first, last int64) (p *pyramid.Pyramid, from int64, err error) {
	p, err = read(w, func(s *dataset.Study) (*pyramid.Pyramid, error) {
		p, at, err := s.Detail(ctx, channel, first, last)
		from = at
		return p, err
	})
	return p, from, err
}

// ReadSamples reads a channel's exact values from sample first on into dst and
// returns how many there were.
func (w *Workbench) ReadSamples(ctx context.Context, channel dataset.ChannelID, first int64, dst []float64) (int, error) {
	return read(w, func(s *dataset.Study) (int, error) { return s.ReadSamples(ctx, channel, first, dst) })
}

// Labels are a session's labels by start, of every label set; for a rater in a
// blind pass of their own.
func (w *Workbench) Labels(ctx context.Context, id dataset.SessionID) ([]dataset.Label, error) {
	set, blind := w.ownSet()
	return read(w, func(s *dataset.Study) ([]dataset.Label, error) {
		labels, err := s.Labels(ctx, dataset.LabelFilter{Session: id})
		if blind {
			labels = slices.DeleteFunc(labels, func(l dataset.Label) bool { return l.Set != set })
		}
		return labels, err
	})
}

// Apply makes a label edit durable; when it returns nil the edit survives
// anything. A label that changed meanwhile gives dataset.ErrConflict.
func (w *Workbench) Apply(ctx context.Context, e dataset.Edit) error {
	_, err := read(w, func(s *dataset.Study) (dataset.LedgerEntry, error) { return s.Apply(ctx, e) })
	if err == nil {
		w.Signals.Labels.Emit(e.Session)
	}
	return err
}

// Undo takes back the last edit that the present rater made in a session, and
// returns it; dataset.ErrNothing when there is none.
func (w *Workbench) Undo(ctx context.Context, id dataset.SessionID) (dataset.Edit, error) {
	e, err := read(w, func(s *dataset.Study) (dataset.Edit, error) { return s.Undo(ctx, id, w.Preferences().Rater) })
	if err == nil {
		w.Signals.Labels.Emit(id)
	}
	return e, err
}

// Redo makes the edit again that the present rater took back last.
func (w *Workbench) Redo(ctx context.Context, id dataset.SessionID) (dataset.Edit, error) {
	e, err := read(w, func(s *dataset.Study) (dataset.Edit, error) { return s.Redo(ctx, id, w.Preferences().Rater) })
	if err == nil {
		w.Signals.Labels.Emit(id)
	}
	return e, err
}

// CanUndo names the actions of the present rater that Undo and Redo would take
// back or repeat; empty for none.
func (w *Workbench) CanUndo(ctx context.Context, id dataset.SessionID) (undo, redo string, err error) {
	s, release, err := w.use()
	if err != nil {
		return "", "", err
	}
	defer release()
	return s.study.CanUndo(ctx, id, w.Preferences().Rater)
}

// Ledger reads entries from a position on, oldest first, at most limit.
func (w *Workbench) Ledger(ctx context.Context, from int64, limit int) ([]dataset.LedgerEntry, error) {
	return read(w, func(s *dataset.Study) ([]dataset.LedgerEntry, error) { return s.Ledger(ctx, from, limit) })
}

// Check verifies the study's integrity as a job; done gets what was found.
func (w *Workbench) Check(done func([]dataset.Problem, error)) *Job {
	return w.job("Check the study", func(ctx context.Context, t *Task, s *dataset.Study) error {
		problems, err := s.Check(ctx, func(n, total int64) {
			t.Progress(float64(n), float64(total), "chunks", "verifying")
		})
		done(problems, err)
		return err
	})
}

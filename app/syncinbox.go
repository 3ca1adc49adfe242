package app

import (
	"context"
	"errors"
	"fmt"

	"onset/dataset"
	"onset/dataset/codec"
	"onset/devices/sync/archive"
	"onset/devices/sync/inbox"
	"onset/devices/sync/store"
	"onset/labeling"
)

// ReceivedSession is a session in the inbox of the study's sync server.
type ReceivedSession struct {
	store.Session
	// Refused is why the study did not take it in when that was tried last.
	Refused string
}

// Inbox lists the received sessions, also those decided on.
func (w *Workbench) Inbox(ctx context.Context) ([]ReceivedSession, error) {
	return withStation(ctx, w, func(t *station, _ *dataset.Study) ([]ReceivedSession, error) {
		t.mu.RLock()
		defer t.mu.RUnlock()
		if t.store == nil {
			return nil, ErrNotServing
		}
		list, err := t.store.Sessions(ctx)
		t.state.Lock()
		defer t.state.Unlock()
		out := make([]ReceivedSession, len(list))
		for i, x := range list {
			out[i] = ReceivedSession{x, t.refuse[x.ID]}
		}
		return out, err
	})
}

// CheckReceived reads a received session as an import would, as a job; nothing
// of it goes into the study.
func (w *Workbench) CheckReceived(id string, done func(codec.Report, error)) *Job {
	return w.job("Check session", func(ctx context.Context, t *Task, _ *dataset.Study) error {
		t.Message("reading it as an import would")
		o := codec.Options{Resolve: labeling.DefaultCatalogue().Resolve, Mappings: w.savedMappings()}
		r, err := withStore(ctx, w, func(s *store.Store) (codec.Report, error) { return inbox.Check(ctx, s, id, archive.DefaultLimits(), o) })
		if done != nil {
			done(r, err)
		}
		return err
	})
}

// ImportReceived brings received sessions into the study as a job. o.Ask settles
// what they leave open, such as whose they are. done gets one report of all that
// was tried; what the study refused stays in the inbox.
func (w *Workbench) ImportReceived(ids []string, o codec.Options, done func(codec.Report, error)) *Job {
	if o.Resolve == nil {
		o.Resolve = labeling.DefaultCatalogue().Resolve
	}
	return w.job(fmt.Sprintf("Import %d received", len(ids)), func(ctx context.Context, t *Task, study *dataset.Study) error {
		o.Mappings = append(o.Mappings, w.savedMappings()...)
		report, err := withStation(ctx, w, func(st *station, _ *dataset.Study) (codec.Report, error) {
			return w.importReceived(ctx, t, st, study, ids, o)
		})
		if len(report.Imported) > 0 {
			_, lerr := labeling.LearnExercises(context.WithoutCancel(ctx), study)
			err = errors.Join(err, lerr)
			w.Signals.Sessions.Emit(struct{}{})
		}
		if done != nil {
			done(report, err)
		}
		w.Signals.Sync.Emit(struct{}{})
		return err
	})
}

func (w *Workbench) importReceived(ctx context.Context, t *Task, st *station, study *dataset.Study, ids []string, o codec.Options) (codec.Report, error) {
	var all codec.Report
	st.mu.RLock()
	defer st.mu.RUnlock()
	if st.store == nil {
		return all, ErrNotServing
	}
	for i, id := range ids {
		t.Progress(float64(i), float64(len(ids)), "sessions", "reading a received session")
		r, err := inbox.Import(ctx, st.store, study, id, archive.DefaultLimits(), o)
		all.Imported = append(all.Imported, r.Report.Imported...)
		all.Refused = append(all.Refused, r.Report.Refused...)
		all.Skipped = append(all.Skipped, r.Report.Skipped...)
		refused, is := errors.AsType[*inbox.RefusedError](err)
		switch {
		case ctx.Err() != nil && len(r.Report.Imported) == 0: // cancelled from its question: it waits on
			return all, ctx.Err()
		case is:
			st.refused(id, refused.Reason)
			if len(r.Report.Refused) == 0 {
				all.Refused = append(all.Refused, codec.Refusal{Source: id, Reason: refused.Reason})
			}
		case err != nil:
			return all, err
		default:
			st.refused(id, "")
		}
	}
	return all, nil
}

// refused remembers why the study did not take a session in; empty forgets it.
func (t *station) refused(id, why string) {
	t.state.Lock()
	defer t.state.Unlock()
	if why == "" {
		delete(t.refuse, id)
		return
	}
	t.refuse[id] = why
}

// RejectReceived records that a waiting session is not wanted, and why. Its
// bytes are erased when the retention is over.
func (w *Workbench) RejectReceived(ctx context.Context, id, why string) error {
	_, err := withStore(ctx, w, func(s *store.Store) (struct{}, error) { return struct{}{}, s.Rejected(ctx, id, why) })
	w.Signals.Sync.Emit(struct{}{})
	return err
}

// wakeImport looks whether anything waits to be imported by itself.
func (w *Workbench) wakeImport() {
	if s, release, err := w.use(); err == nil {
		s.sync.received("")
		release()
	}
}

// tendInbox tells of received sessions and imports them where a person has
// chosen that, until the study is closed. What the study refuses, and whose
// owner nobody has said, is not tried twice.
func (w *Workbench) tendInbox(o *openStudy) {
	defer close(o.tended)
	for {
		select {
		case <-o.ctx.Done():
			return
		case <-o.sync.wake:
		}
		w.Signals.Sync.Emit(struct{}{})
		st, err := w.SyncState(o.ctx)
		if err != nil || !st.Choices.Import || o.study.ReadOnly() {
			continue
		}
		list, err := w.Inbox(o.ctx)
		if err != nil {
			continue
		}
		var ids []string
		for _, x := range list {
			if x.State == store.StateWaiting && x.Refused == "" {
				ids = append(ids, x.ID)
			}
		}
		if len(ids) > 0 {
			if err := w.ImportReceived(ids, codec.Options{}, nil).Wait(); err != nil && !errors.Is(err, context.Canceled) {
				w.log.Error("importing received sessions", "err", err)
			}
		}
	}
}

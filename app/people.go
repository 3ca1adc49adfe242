package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"onset/dataset"
	"onset/dataset/grouping"
)

// Person is a participant with what the study holds of them.
type Person struct {
	dataset.Participant
	Sessions int
	Seconds  float64 // recorded, summed over sessions
	Sets     int     // labelled, summed over exercises
	Labels   int
	// Unsettled counts the sessions of which nobody has said yet whose they are:
	// the code may be of somebody who has another one, too.
	Unsettled int
}

// People lists the participants with what the study holds of each; for a rater in
// a blind pass it counts that rater's own labels alone.
func (w *Workbench) People(ctx context.Context) ([]Person, error) {
	set, blind := w.ownSet()
	return read(w, func(s *dataset.Study) ([]Person, error) {
		list, err := s.Participants(ctx)
		if err != nil {
			return nil, err
		}
		sessions, err := s.Sessions(ctx)
		if err == nil && blind {
			err = countOwn(ctx, s, sessions, set)
		}
		if err != nil {
			return nil, err
		}
		people := make([]Person, len(list))
		at := map[dataset.ParticipantID]int{}
		for i, p := range list {
			people[i].Participant = p
			at[p.ID] = i
		}
		for _, v := range sessions {
			i, ok := at[v.Participant]
			if !ok {
				continue
			}
			people[i].Sessions++
			people[i].Seconds += v.Duration
			people[i].Labels += v.Labels
			if v.Unsettled() {
				people[i].Unsettled++
			}
			for _, n := range v.Exercises {
				people[i].Sets += n
			}
		}
		return people, nil
	})
}

// PutPeople changes participants, all or none. Only the codes in fresh may be new
// to the study: nobody comes back who withdrew since the list was made.
func (w *Workbench) PutPeople(ctx context.Context, people []dataset.Participant, fresh ...dataset.ParticipantID) error {
	_, err := read(w, func(s *dataset.Study) (struct{}, error) { return struct{}{}, s.PutParticipants(ctx, people, fresh...) })
	w.Signals.Sessions.Emit(struct{}{})
	return err
}

// ParticipantFields are the free fields of the participant sheet that somebody
// added, also those in which nobody has a value yet.
func (w *Workbench) ParticipantFields(ctx context.Context) ([]string, error) {
	return read(w, func(s *dataset.Study) ([]string, error) { return s.ParticipantFields(ctx) })
}

// PutParticipantField adds a free field to the sheet, or takes one off it again.
func (w *Workbench) PutParticipantField(ctx context.Context, name string, there bool) error {
	_, err := read(w, func(s *dataset.Study) (struct{}, error) { return struct{}{}, s.PutParticipantField(ctx, name, there) })
	w.Signals.Sessions.Emit(struct{}{})
	return err
}

// Withdrawals are the moments at which somebody withdrew, oldest first; the ledger
// keeps that it happened, not who.
func (w *Workbench) Withdrawals(ctx context.Context) ([]time.Time, error) {
	return read(w, func(s *dataset.Study) ([]time.Time, error) { return s.Withdrawals(ctx) })
}

// SettlePerson says who the person behind a code is whose sessions were imported
// without an answer: as is somebody else of the study, to whom they go, or the code
// itself for a person of their own.
func (w *Workbench) SettlePerson(ctx context.Context, code, as dataset.ParticipantID) error {
	_, err := read(w, func(s *dataset.Study) (struct{}, error) { return struct{}{}, s.SettleParticipant(ctx, code, as) })
	w.Signals.Sessions.Emit(struct{}{})
	return err
}

// ReadSheet reads a participant sheet (CSV) without storing it; Onto tells what
// taking it over would change.
func (w *Workbench) ReadSheet(_ context.Context, path string) (dataset.Sheet, error) {
	f, err := os.Open(path)
	if err != nil {
		return dataset.Sheet{}, fmt.Errorf("opening the participant sheet: %w", err)
	}
	defer f.Close()
	sheet, err := dataset.ReadSheet(f)
	if err != nil {
		return dataset.Sheet{}, fmt.Errorf("%s: %w; nothing was changed", filepath.Base(path), err)
	}
	return sheet, nil
}

// WriteSheet writes the participant sheet to a new CSV file.
func (w *Workbench) WriteSheet(ctx context.Context, path string) error {
	people, err := w.Participants(ctx)
	if err != nil {
		return err
	}
	fields, err := w.ParticipantFields(ctx)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing the participant sheet: %w", err)
	}
	return errors.Join(dataset.WriteParticipants(f, people, fields...), f.Sync(), f.Close())
}

// GroupChoice is how people are to be grouped.
type GroupChoice struct {
	K         int      // how many groups; 0 for the count with the best silhouette that leaves grouping.MinSize people in every group, at most grouping.DefaultGroups
	Variables []string // some of grouping.Variables
}

// GroupProposal is a grouping that is not stored yet.
type GroupProposal = grouping.Proposal

// ProposeGroups clusters the participants by their profiles and stores nothing.
func (w *Workbench) ProposeGroups(ctx context.Context, c GroupChoice) (GroupProposal, error) {
	people, err := w.Participants(ctx)
	if err != nil {
		return GroupProposal{}, err
	}
	if len(c.Variables) == 0 {
		return GroupProposal{}, errors.New("choose at least one field to group people by")
	}
	return grouping.Propose(people, c.Variables, c.K)
}

// WithdrawalOf says what would go with a participant who withdraws.
func (w *Workbench) WithdrawalOf(ctx context.Context, id dataset.ParticipantID) (dataset.Withdrawal, error) {
	return read(w, func(s *dataset.Study) (dataset.Withdrawal, error) { return s.WithdrawalOf(ctx, id) })
}

// WithdrawParticipant removes a participant and everything derived from them as a job; done
// gets what went.
func (w *Workbench) WithdrawParticipant(id dataset.ParticipantID, done func(dataset.Withdrawal, error)) *Job {
	return w.job("Withdraw a participant", func(ctx context.Context, t *Task, s *dataset.Study) error {
		t.Message("removing and overwriting")
		out, err := s.Withdraw(ctx, id)
		w.Signals.Sessions.Emit(struct{}{})
		w.Signals.Models.Emit(struct{}{})
		if done != nil {
			done(out, err)
		}
		return err
	})
}

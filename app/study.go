package app

import (
	"context"
	"errors"

	"onset/dataset"
)

// Study is what the workbench needs of a study file.
type Study interface {
	Close() error
	Path() string
	ReadOnly() bool
	Info(context.Context) (dataset.Info, error)
	Settings(context.Context) (dataset.Settings, error)
	PutSettings(context.Context, dataset.Settings) error
	Participants(context.Context) ([]dataset.Participant, error)
	PutParticipant(context.Context, dataset.Participant) error
	Sessions(context.Context) ([]dataset.SessionSummary, error)
	Session(context.Context, dataset.SessionID) (dataset.Session, error)
	DeleteSession(context.Context, dataset.SessionID) error
	Labels(context.Context, dataset.LabelFilter) ([]dataset.Label, error)
	Apply(context.Context, dataset.Edit) (dataset.LedgerEntry, error)
	Undo(context.Context, dataset.SessionID) (dataset.Edit, error)
	Redo(context.Context, dataset.SessionID) (dataset.Edit, error)
	CanUndo(context.Context, dataset.SessionID) (undo, redo string, err error)
	Ledger(ctx context.Context, from int64, limit int) ([]dataset.LedgerEntry, error)
	ReadSamples(context.Context, dataset.ChannelID, int64, []float64) (int, error)
}

var errNoStudyFile = errors.New("study files are not available")

func createStudy(context.Context, string, dataset.Options) (Study, error) {
	return nil, errNoStudyFile
}

func openStudyFile(context.Context, string, dataset.Options) (Study, error) {
	return nil, errNoStudyFile
}

// TrainingProgress is where a training stands.
type TrainingProgress struct{ Job int }

type trainingRecord struct{}

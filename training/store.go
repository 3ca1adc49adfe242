package training

import (
	"context"

	"onset/dataset"
)

// Store is what training needs of a study; *dataset.Study is one.
type Store interface {
	Sessions(ctx context.Context) ([]dataset.SessionSummary, error)
	Session(ctx context.Context, id dataset.SessionID) (dataset.Session, error)
	Labels(ctx context.Context, filter dataset.LabelFilter) ([]dataset.Label, error)
	ReadSamples(ctx context.Context, channel dataset.ChannelID, first int64, dst []float64) (int, error)
	LedgerHead(ctx context.Context) (dataset.LedgerEntry, error)
	SaveRun(ctx context.Context, run dataset.Run) error
	RunByID(ctx context.Context, id string) (dataset.Run, error)
	SaveModel(ctx context.Context, model dataset.ModelRow) error
	SaveWindowSet(ctx context.Context, set dataset.WindowSetRow) error
	Model(ctx context.Context, id string) (dataset.ModelRow, error)
	Models(ctx context.Context) ([]dataset.ModelRow, error)
}

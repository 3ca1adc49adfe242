package replay

import (
	"context"
	"io/fs"

	"onset/replay/scenarios"
)

// ScenarioReport compares the predictors of order and dose with the earlier
// system's on logged workouts.
type ScenarioReport = scenarios.Report

// Scenarios replays every workout log (*.csv) below the root of a file system,
// each folder as one person. See package scenarios for the format.
func Scenarios(ctx context.Context, logs fs.FS) (ScenarioReport, error) {
	folders, err := scenarios.Read(logs)
	if err != nil {
		return ScenarioReport{}, err
	}
	return scenarios.Run(ctx, folders)
}

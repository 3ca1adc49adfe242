package app

// TrainingProgress is where a training stands.
type TrainingProgress struct{ Job int }

type trainingRecord struct{}

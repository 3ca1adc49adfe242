package training

import _ "embed"

//go:embed example.toml
var exampleConfig string

// ExampleConfig is a commented config with every key at its default;
// ParseConfig of it is DefaultConfig.
func ExampleConfig() string { return exampleConfig }

// DefaultConfig is a multilayer perceptron on the first second of each exercise,
// judged on unseen people in five folds.
func DefaultConfig() Config {
	return Config{
		Data: DataConfig{
			SensorSet: SensorSet{Any}, Label: "exercise", WindowS: 1, At: AtOnset, StepS: 0.5,
			LabelRule: RuleWhole, MinShare: 0.5, Filter: "none", Orientation: OrientationSensor, Person: PersonNone,
		},
		Split: SplitConfig{By: ByParticipant, Folds: 5, Duplicates: "refuse"},
		Model: ModelConfig{Kind: KindMLP, Layers: []int{250, 100}, Kernel: 5, Activation: "relu", Dropout: 0.2, Input: "auto",
			Kernels: 2016, Trees: 300, MinLeaf: 1, Neighbours: 5},
		Fit: FitConfig{
			Optimizer: "adam", Rate: 0.001, Batch: 64, Epochs: 30, Patience: 8, Validation: 0.2, Refit: true,
			Schedule: "constant",
		},
		Augment: AugmentConfig{CropStepS: 0.25, Copies: 4},
		Choose:  ChooseConfig{By: ChooseLogLoss},
	}
}

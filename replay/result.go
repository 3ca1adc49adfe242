package replay

import (
	"onset/dataset"
)

// Distribution maps exercises to probabilities.
type Distribution map[string]float64

// Decision is what the classifier said at one onset, with what each source said.
type Decision struct {
	AtS    float64 `json:"at_s"`    // when: the window is complete
	OnsetS float64 `json:"onset_s"` // where the set begins
	// KnownS is when a device could say so: the packet with the window's last
	// sample has arrived. The answer is the same at any size of packet; this is not.
	KnownS float64 `json:"known_s"`
	// OnsetSD is the segmenter's uncertainty of a detected onset, seconds.
	OnsetSD float64 `json:"onset_sd,omitempty"`
	Truth   string  `json:"truth"` // empty when nothing is labelled here
	EndS    float64 `json:"end_s"` // where the labelled set ends
	// Fused is the answer; empty when the probability lay below the abstention, or
	// no exercise lay above all others.
	Fused  string  `json:"fused"`
	P      float64 `json:"p"`
	Margin float64 `json:"margin"` // to the second most probable

	Sensor Distribution `json:"sensor"`
	Markov Distribution `json:"markov"`
	Place  Distribution `json:"place"`
	Memory Distribution `json:"memory"`
	Whole  Distribution `json:"fused_distribution"`
	// Weights are those of this decision: the replay's, moved by what the
	// session's confirmed sets have shown.
	Weights map[string]float64 `json:"weights"`
	Zone    string             `json:"zone,omitempty"`
	Why     string             `json:"why"`
	// NoEvidence says, by source, why it says nothing here: its distribution is
	// the uniform one, which answers nothing.
	NoEvidence map[string]string `json:"no_evidence,omitempty"`
	// TakenBackS is when a detected set turned out to be none; 0 when it stands.
	TakenBackS float64 `json:"taken_back_s,omitempty"`
	Missing    string  `json:"sensor_missing,omitempty"` // why there is no sensor evidence
	// Model is the one that spoke for the sensors, and SensorSet what it reads.
	Model     string   `json:"model,omitempty"`
	SensorSet []string `json:"sensor_set,omitempty"`
	// Fallback says why a model with more sensors did not speak.
	Fallback string `json:"fallback,omitempty"`
	// Counted are the set's repetitions, known when it is over; nil where samples
	// are missing.
	Counted *Counted `json:"counted,omitempty"`
	// Quality is how the set was done; nil where no repetitions are seen.
	Quality *Quality `json:"quality,omitempty"`
	// New says that the exercise had not been seen anywhere before this set.
	New bool `json:"new,omitempty"`
}

// Answer is what a source alone answers: its most probable exercise, empty
// without evidence or where none lies above all others.
func (d Decision) Answer(s Source) string {
	if d.NoEvidence[s.String()] != "" {
		return ""
	}
	return d.By(s).Best()
}

// By is a source's distribution of the decision.
func (d Decision) By(s Source) Distribution {
	return [Sources]Distribution{d.Sensor, d.Markov, d.Place, d.Memory}[s]
}

// Accuracy is the share of right decisions, over labelled ones, for each source
// alone and for the fused answer. No answer is not right.
type Accuracy struct {
	Sensor float64 `json:"sensor"`
	Markov float64 `json:"markov"`
	Place  float64 `json:"place"`
	Memory float64 `json:"memory"`
	Fused  float64 `json:"fused"`
}

// Span is a stretch of one state.
type Span struct {
	FromS float64 `json:"from_s"`
	ToS   float64 `json:"to_s"`
	State string  `json:"state"`
}

// Revision is a change of mind after a decision.
type Revision struct {
	AtS     float64 `json:"at_s"`
	OnsetS  float64 `json:"onset_s"`
	Message string  `json:"message"`
}

// Result is a replayed session.
type Result struct {
	Session     dataset.SessionID     `json:"session"`
	Participant dataset.ParticipantID `json:"participant"`
	Model       string                `json:"model,omitempty"`  // the one with the most sensors
	Models      []string              `json:"models,omitempty"` // all, the most sensors first
	Simulated   bool                  `json:"simulated,omitempty"`
	Decisions   []Decision            `json:"decisions"`
	Accuracy    Accuracy              `json:"accuracy"`
	N           int                   `json:"n"` // labelled decisions
	// NoAnswer counts, by source and for "fused", the labelled decisions without
	// an answer; NoEvidence those of them for which the source had nothing to go by.
	NoAnswer   map[string]int `json:"no_answer"`
	NoEvidence map[string]int `json:"no_evidence"`

	DurationS float64            `json:"duration_s"`
	At        string             `json:"at"`
	Confirmed bool               `json:"confirmed"`
	Weights   map[string]float64 `json:"weights"`
	Floors    map[string]float64 `json:"floors"`
	Fitted    bool               `json:"weights_fitted"`
	// LearntFrom are the sessions that order, place, memory and states come from.
	LearntFrom []dataset.SessionID `json:"learnt_from"`
	// TrainedOnSession and TrainedOnPerson say that the sensor's model was
	// trained on this session or on another of this person's.
	TrainedOnSession bool `json:"trained_on_this_session"`
	TrainedOnPerson  bool `json:"trained_on_this_person"`

	// Abstain is the probability below which there is no answer, and Bill what
	// the answers cost at that; nil when every answer is given.
	Abstain float64 `json:"no_answer_below,omitempty"`
	Bill    *Bill   `json:"bill,omitempty"`
	// Events compare the sets that were found with the labelled ones; only of
	// replays that decide where movement begins.
	Events *Events `json:"events,omitempty"`

	States []Span `json:"states"`
	// Forecasts are what was expected before each labelled set.
	Forecasts []Forecast `json:"forecasts"`
	Revisions []Revision `json:"revisions"`
	Switches  []Switch   `json:"switches,omitempty"` // from model to model, as sensors fell silent and came back
	Packets   int        `json:"packets"`
	Anomalies []Anomaly  `json:"anomalies"` // in the order of time; never nil
	// Disturbed is set when the packets were disturbed on purpose.
	Disturbed *Disturbed `json:"disturbed,omitempty"`
	Notes     []string   `json:"notes"`
}

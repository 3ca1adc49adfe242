package dataset

import (
	"errors"
	"io"
	"time"
)

// Errors that callers tell apart.
var (
	ErrNotFound   = errors.New("not found")
	ErrNotAStudy  = errors.New("not a study file")
	ErrNewer      = errors.New("made by a newer version of Onset")
	ErrOlder      = errors.New("made by an older version of Onset")
	ErrLocked     = errors.New("open for writing elsewhere")
	ErrReadOnly   = errors.New("study is open read-only")
	ErrDiskFull   = errors.New("disk is full")
	ErrConflict   = errors.New("changed meanwhile")
	ErrNothing    = errors.New("nothing to undo or redo")
	ErrCorrupt    = errors.New("study is damaged")
	ErrDuplicate  = errors.New("already in the study")
	ErrNoSamples  = errors.New("recording has no samples")
	ErrBadRequest = errors.New("not possible")
)

// Options are what a study needs from outside.
type Options struct {
	ReadOnly bool
	Now      func() time.Time // nil: time.Now
	Rand     io.Reader        // nil: crypto/rand
	Program  string           // version string written into the ledger
}

// Info counts what a study holds.
type Info struct {
	Sessions, Recordings, Channels, Samples, Labels, Participants int64
	Models, Runs, LedgerEntries                                   int64
	Integrity                                                     string // "ok" or the first problem
	Simulated                                                     bool
	Name                                                          string
}

// Settings are the study's own choices, kept in its file.
type Settings struct {
	Name   string  `json:"name"`
	SetupS float64 `json:"setup_s"` // length of a setup window in seconds; 1.000 by default
	// Exercises are the catalogue ids that the number keys 1..9 arm, in order.
	Exercises []string `json:"exercises"`
	Notice    string   `json:"notice,omitempty"` // shown on every screen, such as "Simulated data"
	// Protocol is the planned order of exercises of a session; empty for none.
	Protocol []PlannedExercise `json:"protocol,omitempty"`
	// Overlapping are the label sets whose labels may overlap; in all others a new
	// label cuts those in its way.
	Overlapping []string `json:"overlapping,omitempty"`
	// Videos are what is known of reference videos; the files are not part of the
	// study.
	Videos []SessionVideo `json:"videos,omitempty"`
}

// SessionVideo brings a reference video into step with a session.
type SessionVideo struct {
	Session SessionID    `json:"session"`
	Mark    string       `json:"mark"`   // what the file is known by; says nothing of its name
	Points  [][2]float64 `json:"points"` // seconds of the video, seconds of the session
}

// PlannedExercise is a step of a study's protocol: so many sets of an exercise,
// one after the other.
type PlannedExercise struct {
	Exercise    string `json:"exercise"`
	Sets        int    `json:"sets"`
	Repetitions int    `json:"repetitions,omitempty"` // of each set; 0 when not planned
}

// SessionSummary is a row of the library: a session and counts, without clocks.
type SessionSummary struct {
	ID           SessionID
	Number       int
	Participant  ParticipantID
	Start        time.Time
	Zone         string
	Duration     float64 // seconds
	Recordings   int
	Samples      int64
	Labels       int
	LabelledS    float64        // seconds covered by labels of kind exercise
	Sensors      []string       // SensorName of each, sorted
	Exercises    map[string]int // of the label set with the most of them, by catalogue id
	CountedSet   string         // that label set; empty for none
	LabelSets    int            // how many label sets have exercises
	FindingKinds map[string]int
	Simulated    bool
	Format       string
	Source       string
}

// LabelFilter selects labels; empty fields select all.
type LabelFilter struct {
	Session SessionID
	Set     string
	Kind    string
}

// Run is one training or search with its settings, seed, curves and outcome.
type Run struct {
	ID        string
	Kind      string // "train", "search", ...
	CreatedAt time.Time
	Config    []byte // TOML as given
	WindowSet string // SHA-256
	Seed      uint64
	Outcome   []byte // JSON: the training room's own result
	Seconds   float64
	Status    string // "done", "cancelled", "failed"
}

// ModelRow is a stored model. Spec and Scores are the training room's JSON; the
// study keeps and returns them unread.
type ModelRow struct {
	ID           string
	Run          string
	Name         string
	CreatedAt    time.Time
	Architecture string
	Spec         []byte // JSON: contract, classes, calibration, lineage
	Weights      []byte // float32 little-endian
	Scores       []byte // JSON
	Accuracy     float64
	MacroF1      float64
	Withdrawn    string // why it must not be used any more; empty while it may
}

// Scored tells whether the study knows how well the model does: it was judged
// here, or its scores came with it.
func (m ModelRow) Scored() bool { return len(m.Scores) > 0 }

// WindowSetRow is a frozen choice of examples.
type WindowSetRow struct {
	Hash      string
	CreatedAt time.Time
	Manifest  []byte // JSON of everything the hash covers
}

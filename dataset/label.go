package dataset

import (
	"reflect"
	"slices"
	"time"
)

// LabelID is random and stays the same through edits.
type LabelID string

// Label kinds.
const (
	KindExercise = "exercise" // a whole set
	KindSetup    = "setup"    // the fixed-length window at an exercise's onset
	KindRest     = "rest"
	KindPoint    = "point" // an instant: Start == End
	KindNone     = "none"  // a stretch that was looked at and settled: no label counts there
)

// Attributes describe a label further. A nil pointer is "not said".
type Attributes struct {
	Repetitions *int              `json:"repetitions,omitempty"`
	WeightKg    *float64          `json:"weight_kg,omitempty"`
	Intensity   *float64          `json:"intensity,omitempty"` // 0..1
	Side        string            `json:"side,omitempty"`      // "left", "right", "both"
	Quality     *int              `json:"quality,omitempty"`   // 1..5
	Execution   string            `json:"execution,omitempty"` // "right", "fast", "low-amplitude", ...
	Note        string            `json:"note,omitempty"`
	Extra       map[string]string `json:"extra,omitempty"` // what a source said that has no field here
}

// Label is a half-open span [Start, End) in samples of one recording; it counts
// for the same time on every recording of the session.
type Label struct {
	ID        LabelID
	Session   SessionID
	Recording RecordingID
	Set       string // label set, such as "imported" or a rater's pass
	Kind      string
	Start     int64
	End       int64
	Exercise  string // catalogue id, or the source's own name when the catalogue does not know it
	Rater     string
	// Origin says how it came to be: "hand", "import", "onset" (derived setup
	// window), "suggestion:energy", "suggestion:model:<id>", "simulated".
	Origin     string
	Confidence float64 // 1 for a person's own label
	Attributes Attributes
	CreatedAt  time.Time
}

// Change is one step of the ledger: a label added (Before nil), removed (After
// nil) or edited. A Change is applied whole or not at all.
type Change struct {
	Before, After *Label
}

// Edit is a group of changes that a person made in one action; undo takes it
// back whole.
type Edit struct {
	Session SessionID
	Rater   string
	Action  string // such as "add label", "move edge", "import labels"
	Changes []Change
	// Alignments put recordings of the session on its time axis.
	Alignments []AlignmentChange
	// Meant says that somebody was asked about alignments that look like a slip;
	// Apply refuses them otherwise (*DoubtfulError).
	Meant bool
	// Continues says that this edit goes on with the one that the rater made
	// before it in this session, such as one key held down: undo and redo take
	// both together.
	Continues bool
}

// JoinEdits is the one edit that comes to the same as first and then second, of
// the same session: each label changes from what it was before the first to what
// it is after the second. It may have no changes left.
func JoinEdits(first, second Edit) Edit {
	out := first
	out.Changes = nil
	var order []LabelID
	before, after := map[LabelID]*Label{}, map[LabelID]*Label{}
	for _, c := range slices.Concat(first.Changes, second.Changes) {
		l := c.Before
		if l == nil {
			l = c.After
		}
		if _, seen := after[l.ID]; !seen {
			order = append(order, l.ID)
			before[l.ID] = c.Before
		}
		after[l.ID] = c.After
	}
	for _, id := range order {
		b, a := before[id], after[id]
		if b == nil && a == nil || b != nil && a != nil && reflect.DeepEqual(*b, *a) {
			continue
		}
		out.Changes = append(out.Changes, Change{Before: b, After: a})
	}
	out.Alignments = slices.Concat(first.Alignments, second.Alignments)
	return out
}

// LedgerEntry is one row of the append-only ledger.
type LedgerEntry struct {
	Position int64
	At       time.Time
	Kind     string // "edit", "undo", "redo", "import", "settings", "run", ...
	Rater    string
	Program  string // version of the program that wrote it
	Session  SessionID
	Summary  string
	Hash     string // hex SHA-256 over the previous hash and this entry
}

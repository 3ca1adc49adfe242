package dataset

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// ImportTwin is a recording of an import and one of the study that holds the
// same sensor values.
type ImportTwin struct {
	Recording RecordingID // of the import
	Placement string
	Twin
}

// Twins lists what the finished recordings of the import have in common with
// the study, so that the importer can refuse a copy (Abort) or keep it with a
// finding.
func (im *Import) Twins(ctx context.Context) ([]ImportTwin, error) {
	im.mu.Lock()
	recordings := slices.Clone(im.recordings)
	im.mu.Unlock()
	var out []ImportTwin
	for _, w := range recordings {
		if !w.finished {
			continue
		}
		twins, err := im.study.FindTwins(ctx, w.print)
		if err != nil {
			return nil, err
		}
		for _, t := range twins {
			out = append(out, ImportTwin{Recording: w.rec.ID, Placement: w.rec.Placement, Twin: t})
		}
	}
	return out, nil
}

// A recording is a copy when it is equal, when this much of its movement is in
// its twin, or when it holds this much of its twin's.
const (
	copyShare  = 0.5
	copyCovers = 0.8
	copyBlocks = 3
)

// In another unit or with other digits some turns are lost. Of 1,472 recordings
// of four public sets no two of different people had a shape in common, and two
// units of one session at most 11 %.
const (
	copyTurns      = 8
	copyTurnShare  = 0.25
	copyTurnCovers = 0.5
	stretchTurns   = 6
)

// Copy says that one recording was made from the other, not only that they
// have a stretch in common.
func (t Twin) Copy() bool {
	return t.Exact || t.Blocks >= copyBlocks && (t.Share >= copyShare || t.Covers >= copyCovers) || t.converted()
}

// converted says that it is a copy whose numbers are others.
func (t Twin) converted() bool {
	return t.Turns >= copyTurns && (t.TurnShare >= copyTurnShare || t.TurnCovers >= copyTurnCovers)
}

// Extent is how much of a recording a copy is, as far as its values tell.
type Extent string

// The extents of a copy. ExtentHolds is of a recording that holds one of the
// study and more beside it.
const (
	ExtentAll   Extent = "all"
	ExtentMost  Extent = "most"
	ExtentPart  Extent = "part"
	ExtentHolds Extent = "holds"
)

// nearlyAll is from where a recording counts as in the study altogether: stretches
// that a cut goes through do not count as in common, though their values may be.
const nearlyAll = 0.9

// Extent says how much of the recording is in its twin.
func (t Twin) Extent() Extent {
	share, covers := t.Share, t.Covers
	if t.converted() {
		share, covers = max(share, t.TurnShare), max(covers, t.TurnCovers)
	}
	switch {
	case t.Exact && t.Covers >= t.Share, share >= nearlyAll:
		return ExtentAll
	case covers > share && covers >= copyShare:
		return ExtentHolds
	case share >= copyShare:
		return ExtentMost
	}
	return ExtentPart
}

// DuplicateError says of what an import is a copy. It is ErrDuplicate.
type DuplicateError struct {
	Source string // what was to be imported
	Twin   ImportTwin
	Start  time.Time // of the twin's session; zero when it is not known
	Zone   string    // of that session; empty when it is not known
}

// Error names the twin.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("%s %s; nothing of it was kept", e.Source, e.Reason())
}

// DuplicateReason is what a refusal of a copy says, whatever its extent, before it
// names what it is a copy of.
const DuplicateReason = "in the study already"

// Reason says what makes it a copy, and of what.
func (e *DuplicateError) Reason() string {
	text := map[Extent]string{ExtentAll: "is ", ExtentMost: "is for the most part ", ExtentPart: "is in part ", ExtentHolds: "holds a recording that is "}[e.Twin.Extent()] +
		DuplicateReason + ": " + e.Twin.sentence()
	if e.Start.IsZero() {
		return text
	}
	at, clock := e.Start.UTC(), "on its own clock"
	if place, err := time.LoadLocation(e.Zone); e.Zone != "" && err == nil {
		at, clock = e.Start.In(place), e.Zone
	}
	return text + ". That session began on " + at.Format("2 Jan 2006 at 15:04") + " (" + clock + ")"
}

// Is makes errors.Is(err, ErrDuplicate) hold.
func (e *DuplicateError) Is(target error) bool { return target == ErrDuplicate }

func (t ImportTwin) sentence() string {
	twin := fmt.Sprintf("session %d of %s", t.Number, t.Participant)
	var more []string
	for _, s := range []string{t.Source, t.Twin.Placement} {
		if s != "" && s != "unknown" {
			more = append(more, s)
		}
	}
	if len(more) > 0 {
		twin += " (" + strings.Join(more, ", ") + ")"
	}
	own := "the recording"
	if t.Placement != "" && t.Placement != "unknown" {
		own += fmt.Sprintf(" %q", t.Placement)
	}
	switch {
	case t.Exact:
		return fmt.Sprintf("the sensor values of %s are those of %s", own, twin)
	case t.converted() && max(t.Share, t.Covers) < copyShare:
		return fmt.Sprintf("%s turns where %s does (at least %.0f %% of its turns): the same movement in another unit or with other digits", own, twin, percent(t.TurnShare))
	case t.Blocks < 2:
		return fmt.Sprintf("a stretch of %s turns where %s does", own, twin)
	case t.Share >= t.Covers:
		return fmt.Sprintf("at least %.0f %% of the sensor values of %s are in %s", percent(t.Share), own, twin)
	}
	return fmt.Sprintf("%s holds at least %.0f %% of the sensor values of %s", own, percent(t.Covers), twin)
}

// percent rounds a share down, for it is the least there is: values next to a cut
// or to a block that was left out are not counted as in common.
func percent(share float64) float64 { return math.Floor(100 * share) }

// CheckTwins compares the finished recordings of the import with the study. A
// copy of what is there is a *DuplicateError, unless copies are allowed; it and
// shorter stretches in common are returned, and added, as findings.
func (im *Import) CheckTwins(ctx context.Context, allow bool) ([]Finding, error) {
	twins, err := im.Twins(ctx)
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for _, t := range twins {
		if t.Copy() && !allow {
			of, err := im.study.Session(ctx, t.Session)
			if err != nil {
				return nil, err
			}
			return nil, &DuplicateError{Source: im.name, Twin: t, Start: of.Start, Zone: of.Zone}
		}
		if !t.Copy() && t.Blocks < 2 && t.Turns < stretchTurns {
			continue
		}
		findings = append(findings, Finding{Kind: FindingTwin, Recording: t.Recording, Sample: -1, Message: t.sentence()})
	}
	im.AddFindings(findings)
	return findings, nil
}

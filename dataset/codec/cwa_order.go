package codec

import (
	"fmt"

	"onset/dataset"
)

// maxCWARuns bounds how many stretches of blocks are remembered, the newest ones.
const maxCWARuns = 1024

// cwaRun is a stretch of blocks that were written one after another.
type cwaRun struct {
	session     uint32
	first, last uint32 // block numbers
	from, to    float64
}

// cwaOrder knows the blocks that were read, to tell one that a copy holds twice.
type cwaOrder struct {
	runs     []cwaRun
	repeated []int // blocks that were read before
	sessions []cwaSession
}

// cwaSession is where blocks of another recording of the device begin.
type cwaSession struct {
	number uint32
	sample int64
}

// again reports whether a block was read before. Its number alone does not tell:
// a device that starts anew counts from the beginning, at a later time.
func (o *cwaOrder) again(s cwaSector) bool {
	for i := len(o.runs) - 1; i >= 0; i-- {
		r := o.runs[i]
		if s.session == r.session && s.sequence >= r.first && s.sequence <= r.last && s.start >= r.from && s.start <= r.to {
			return true
		}
	}
	return false
}

// add takes a block that begins at a sample of the recording; it reports whether
// it belongs to another session than the one before it.
func (o *cwaOrder) add(s cwaSector, sample int64) bool {
	other := len(o.sessions) == 0 || o.sessions[len(o.sessions)-1].number != s.session
	if other && len(o.sessions) <= maxFindings {
		o.sessions = append(o.sessions, cwaSession{s.session, sample})
	}
	if n := len(o.runs); n > 0 && !other {
		if r := &o.runs[n-1]; s.session == r.session && s.sequence == r.last+1 && s.start >= r.to {
			r.last, r.to = s.sequence, s.start
			return false
		}
	}
	if len(o.runs) == maxCWARuns {
		o.runs = o.runs[:copy(o.runs, o.runs[1:])]
	}
	o.runs = append(o.runs, cwaRun{s.session, s.sequence, s.sequence, s.start, s.start})
	return other && len(o.sessions) > 1
}

// findings tells of blocks that were held twice and of other sessions.
func (o *cwaOrder) findings(clock dataset.Clock) []dataset.Finding {
	var all []dataset.Finding
	if len(o.repeated) > 0 {
		all = append(all, dataset.Finding{Kind: dataset.FindingRepeats, Sample: -1,
			Message: fmt.Sprintf("%s in the file a second time (same number and time) and %s dropped: %s. No sample is doubled.",
				counted(int64(len(o.repeated)), "block stands", "blocks stand"), wereOf(len(o.repeated)), spans(o.repeated))})
	}
	for i, s := range o.sessions {
		if i > 0 {
			all = append(all, dataset.Finding{Kind: dataset.FindingIdentity, Sample: s.sample, AtS: clock.Time(s.sample),
				Message: fmt.Sprintf("From here on the blocks are of another recording of the device (its number is %d, before it %d): it was set up anew, perhaps for somebody else. All are kept; look whose they are, and split the session here if they are not one person's.", s.number, o.sessions[i-1].number)})
		}
	}
	return all
}

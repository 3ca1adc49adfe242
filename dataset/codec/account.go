package codec

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"onset/dataset"
)

// StoppedError ends an import whose study can not take another session, such as
// on a full disk. What was imported before is safe.
type StoppedError struct {
	Source   string // the session that was being read
	Imported int    // sessions committed before
	Err      error
}

func (e *StoppedError) Error() string {
	return fmt.Sprintf("the import stopped at %s: %v", e.Source, e.Err)
}

func (e *StoppedError) Unwrap() error { return e.Err }

// Cause says in a few words why the study took nothing more.
func (e *StoppedError) Cause() string {
	switch {
	case errors.Is(e.Err, dataset.ErrDiskFull):
		return "the disk is full"
	case errors.Is(e.Err, dataset.ErrReadOnly):
		return "the study can not be written"
	}
	return "the study could not be written (" + e.Err.Error() + ")"
}

// given lists the files of a session that a person named one by one.
func (u unit) given() []*sourceFile {
	var named []*sourceFile
	for _, f := range u.files {
		if f.given {
			named = append(named, f)
		}
	}
	return named
}

// givenPaths are the paths given for a session when they are several.
func (u unit) givenPaths() []string {
	named := u.given()
	if len(named) < 2 {
		return nil
	}
	paths := make([]string, len(named))
	for i, f := range named {
		paths[i] = f.shown
	}
	return paths
}

// refusals tells of a session that was not imported: one for each file that a
// person named, the reason standing with the file that caused it.
func (u unit) refusals(err error) []Refusal {
	named := u.given()
	if len(named) < 2 {
		source := u.source
		if len(named) == 1 && !strings.HasPrefix(source, named[0].shown) {
			source = named[0].shown
		}
		return []Refusal{refusalOf(source, err)}
	}
	culprit := named[0]
	if bad, ok := errors.AsType[*InputError](err); ok {
		for _, f := range named {
			if f.name() == bad.File {
				culprit = f
				break
			}
		}
	}
	refused := []Refusal{refusalOf(culprit.shown, err)}
	for _, f := range named {
		if f != culprit {
			refused = append(refused, Refusal{Source: f.shown, Reason: "part of the refused session with " + filepath.Base(culprit.shown)})
		}
	}
	return refused
}

// account lists named files that go into sessions only beside others, such as a
// file of labels, so that the report holds every path.
func (r *Report) account(s surveyed, units []unit) {
	known := map[string]bool{}
	for _, u := range units {
		for _, f := range u.files {
			known[f.shown] = true
		}
	}
	for _, x := range r.Refused {
		known[x.Source] = true
	}
	for _, x := range r.Skipped {
		known[x] = true
	}
	for _, f := range s.files {
		if f.given && !known[f.shown] {
			known[f.shown] = true
			r.Skipped = append(r.Skipped, f.shown)
		}
	}
}

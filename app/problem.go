package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"onset/dataset"
	"onset/dataset/codec"
	"onset/dataset/privacy"
	"onset/devices"
	"onset/devices/sync/store"
	"onset/training"
)

// Problem is an error as a person is told it: what happened, to which file, row
// or byte, what is unharmed, and what to do.
type Problem struct {
	What     string
	Where    string
	Unharmed string
	Do       string
}

// String is the problem as one paragraph.
func (p Problem) String() string {
	var parts []string
	head := p.What
	if p.Where != "" && !strings.Contains(p.What, p.Where) {
		head += " (" + p.Where + ")"
	}
	for _, s := range []string{head, p.Unharmed, p.Do} {
		if s = strings.TrimSpace(s); s != "" {
			if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") && !strings.HasSuffix(s, "!") {
				s += "."
			}
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// advice is what to tell for an error that callers tell apart, beyond what its
// own text says. The first match counts, so the more particular ones stand first.
var advice = []struct {
	is           error
	unharmed, do string
}{
	{context.Canceled, "Nothing of the cancelled work was kept", ""},
	{dataset.ErrLocked, "The study is as it was", ""},
	{dataset.ErrNewer, "The study is as it was", "Open it with the newer version of Onset"},
	{dataset.ErrNotAStudy, "The file was not touched", "Choose a study, a file that ends in .onset; recordings are imported into one"},
	{privacy.ErrNoKeyFile, "The file was not touched", "Choose the file that was made with New key file or onsetctl privacy add; its name mostly ends in .key"},
	{dataset.ErrCorrupt, "Nothing was written to it", "Make a copy of the file, then run onsetctl study check on it"},
	{dataset.ErrDiskFull, "What was saved before is safe, and nothing of this step was kept", "Free some space and try again"},
	{syscall.ENOSPC, "What was saved before is safe, and nothing of this step was kept", "Free some space and try again"},
	{syscall.EROFS, "Nothing was written", "Choose a disk that can be written"},
	{dataset.ErrConflict, "The other change was kept", "Look at what is there now and repeat the change"},
	{syscall.EADDRINUSE, "Nothing was started", "Choose another port, or end the program that has this one"},
	{ErrNoNetwork, "Nothing was started", "Connect the computer to the lab's network, or serve this computer only"},
	{ErrNotServing, "Nothing was changed", "Start the sync server first"},
	{store.ErrToken, "Nobody was let in", "Read the digits off the device again; after five minutes it shows new ones"},
	{store.ErrState, "It is as it was", ""},
	{fs.ErrPermission, "Nothing was written", "Ask for permission there, or choose another place"},
	{dataset.ErrReadOnly, "The study is as it was", "Open it for writing, or copy it to a disk that can be written"},
	{fs.ErrNotExist, "Nothing was written", "Check the name, and that the disk is connected"},
	{fs.ErrExist, "What is there was not touched", ""},
}

// Explain turns an error into what a person is told. nil gives an empty Problem.
func Explain(err error) Problem {
	if err == nil {
		return Problem{}
	}
	var known Problem
	if p, ok := errors.AsType[*problemError](err); ok {
		known = p.problem
	}
	if known.What == "" {
		known = known.or(ofImport(err))
	}
	if known.What == "" {
		known = known.or(ofPlace(err))
	}
	if known.What == "" {
		known = known.or(ofUnsettled(err))
	}
	if known.What == "" {
		known = known.or(ofExport(err))
	}
	if known.What == "" {
		known.What = sentence(err.Error())
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok && known.Where == "" {
		known.Where = pe.Path
	}
	for _, a := range advice {
		if errors.Is(err, a.is) {
			if known.Unharmed == "" {
				known.Unharmed = a.unharmed
			}
			if known.Do == "" {
				known.Do = a.do
			}
			break
		}
	}
	return known
}

// or fills what is empty in a problem from another.
func (p Problem) or(q Problem) Problem {
	for _, f := range []struct{ to, from *string }{{&p.What, &q.What}, {&p.Where, &q.Where}, {&p.Unharmed, &q.Unharmed}, {&p.Do, &q.Do}} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	return p
}

// ofUnsettled tells of a split that was refused because a code may be of somebody
// who has another one, and where to say who it is.
func ofUnsettled(err error) Problem {
	open, ok := errors.AsType[*training.UnsettledError](err)
	if !ok {
		return Problem{}
	}
	var codes []string
	for _, id := range open.Participants {
		codes = append(codes, string(id))
	}
	return Problem{
		What:     fmt.Sprintf("Nobody has said whether %s may be somebody who has another code, and a person could be learnt from and judged on", strings.Join(codes, ", ")),
		Unharmed: "Nothing was started, and the study is as it was",
		Do:       fmt.Sprintf("Go to People, choose %s and say who it is; or judge by session", codes[0]),
	}
}

// ofImport tells of an import that stopped because the study took no more.
func ofImport(err error) Problem {
	stopped, ok := errors.AsType[*codec.StoppedError](err)
	if !ok {
		return Problem{}
	}
	p := Problem{What: fmt.Sprintf("The import stopped at %s because %s", stopped.Source, stopped.Cause()),
		Unharmed: "Nothing of it was kept, and the study is as it was"}
	if stopped.Imported > 0 {
		p.Unharmed = fmt.Sprintf("Nothing of it was kept; the sessions imported before it (%d) are in the study", stopped.Imported)
	}
	if errors.Is(err, dataset.ErrDiskFull) {
		p.Do = "Free some space and import the rest again"
	}
	return p
}

// ofExport tells of an exported model, a bundle or an earlier model's file that
// was refused.
func ofExport(err error) Problem {
	refused, ok := errors.AsType[*devices.RefusedError](err)
	if !ok {
		return Problem{}
	}
	p := Problem{What: sentence(err.Error()), Unharmed: "Nothing was loaded, and nothing was changed"}
	switch {
	case refused.Part == "weights" || refused.Part == "layers" || refused.Part == "labels":
		p.Do = "Choose three files that belong to one model"
	case strings.HasPrefix(refused.Part, "recording "):
		p.Do = "Correct what is said of the recording, its unit, rate or clock, and try again"
	default:
		p.Do = "Copy it again from where it was exported, or export it again"
	}
	return p
}

// ofPlace tells of a study that can not be opened for writing where it lies.
// The file that could not be made may be the lock beside the study.
func ofPlace(err error) Problem {
	failed, ok := errors.AsType[*fs.PathError](err)
	if !ok || !errors.Is(err, dataset.ErrReadOnly) {
		return Problem{}
	}
	study := strings.TrimSuffix(failed.Path, ".lock")
	p := Problem{Where: study, Unharmed: "Nothing was written, and what is there can still be looked at"}
	switch {
	case errors.Is(err, syscall.EROFS):
		p.What = fmt.Sprintf("The disk that holds %s is read-only", study)
		p.Do = "Copy the study to a disk that can be written"
	case errors.Is(err, fs.ErrPermission):
		p.What = fmt.Sprintf("You have no permission to write the folder that holds %s", study)
		p.Do = "Ask for permission there, or copy the study to another folder"
		if study == failed.Path {
			p.What = fmt.Sprintf("You have no permission to write %s", study)
		}
	default:
		return Problem{}
	}
	return p
}

// problemError carries a Problem through error returns.
type problemError struct {
	problem Problem
	cause   error
}

func (e *problemError) Error() string { return e.cause.Error() }
func (e *problemError) Unwrap() error { return e.cause }

// WithProblem attaches what a person should be told to an error.
func WithProblem(err error, p Problem) error {
	if err == nil {
		return nil
	}
	return &problemError{problem: p, cause: err}
}

// sentence gives an error's text a capital letter: errors are written to be
// wrapped, people read sentences.
func sentence(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	first, _, _ := strings.Cut(s, " ")
	if strings.ContainsAny(first, "./\\_=") { // a file's name keeps its case
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

package app

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"onset/dataset"
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
	{dataset.ErrCorrupt, "Nothing was written to it", "Make a copy of the file, then run onsetctl study check on it"},
	{dataset.ErrDiskFull, "What was saved before is safe, and nothing of this step was kept", "Free some space and try again"},
	{syscall.ENOSPC, "What was saved before is safe, and nothing of this step was kept", "Free some space and try again"},
	{syscall.EROFS, "Nothing was written", "Choose a disk that can be written"},
	{dataset.ErrConflict, "The other change was kept", "Look at the label again and repeat the change"},
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

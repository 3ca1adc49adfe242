// Package inbox brings received sessions into a study, with the decoders that
// read recordings from disk.
package inbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"onset/dataset"
	"onset/dataset/codec"
	"onset/devices/sync/archive"
	"onset/devices/sync/store"
)

// Result is what became of a received session.
type Result struct {
	Session string       `json:"session"`
	Report  codec.Report `json:"report"`
}

// RefusedError is a session whose recording the study could not take in. It
// stays in the inbox.
type RefusedError struct{ Session, Reason string }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("session %s was not imported and stays in the inbox: %s", e.Session, e.Reason)
}

// Import brings a waiting session into a study and marks it as imported. Its
// files lie in the clear in the store's folder only while they are read. A
// recording that the study holds already, as after a crash between the two, is
// refused as a copy and the reason names its session.
func Import(ctx context.Context, s *store.Store, study codec.Store, id string, l archive.Limits, o codec.Options) (Result, error) {
	r := Result{Session: id}
	x, err := s.Session(ctx, id)
	if err != nil {
		return r, err
	}
	if x.State != store.StateWaiting {
		return r, fmt.Errorf("session %s is %s: %w", id, x.State, store.ErrState)
	}
	if r.Report, err = read(ctx, s, study, id, l, o); err != nil {
		return r, fmt.Errorf("importing session %s: %w", id, err)
	}
	if len(r.Report.Refused) > 0 || len(r.Report.Imported) == 0 {
		return r, refused(id, r.Report)
	}
	var became []string
	for _, i := range r.Report.Imported {
		became = append(became, string(i.Session))
	}
	return r, s.Imported(context.WithoutCancel(ctx), id, became) // it is in the study whoever gives up now
}

// Check reads a received session as an import would, into a study that is
// forgotten afterwards, and reports what an import would find.
func Check(ctx context.Context, s *store.Store, id string, l archive.Limits, o codec.Options) (report codec.Report, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("checking session %s: %w", id, err)
		}
	}()
	dir, err := os.MkdirTemp(s.Dir(), ".import-*")
	if err != nil {
		return report, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // nothing can be done, and the sweep finds it
	study, err := dataset.Create(ctx, filepath.Join(dir, "check.onset"), dataset.Options{Program: "onset inbox"})
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, study.Close()) }()
	return read(ctx, s, study, id, l, o)
}

// read imports a session's files, which lie in the clear only meanwhile.
func read(ctx context.Context, s *store.Store, study codec.Store, id string, l archive.Limits, o codec.Options) (report codec.Report, err error) {
	dir, err := os.MkdirTemp(s.Dir(), ".import-*")
	if err != nil {
		return report, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // nothing can be done, and the sweep finds it
	if err := unpack(ctx, s, id, dir, l); err != nil {
		return report, err
	}
	tops, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return report, err
	}
	report, err = codec.Import(ctx, study, tops, o, nil)
	forget(&report, dir)
	return report, err
}

func unpack(ctx context.Context, s *store.Store, id, dir string, l archive.Limits) (err error) {
	content, size, closer, err := s.Content(ctx, id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closer.Close()) }()
	_, err = archive.Unpack(content, size, dir, l)
	return err
}

func refused(id string, r codec.Report) error {
	reason := "it holds no recording that is known"
	if len(r.Refused) > 0 {
		var all []string
		for _, x := range r.Refused {
			all = append(all, x.Source+": "+x.Reason)
		}
		reason = strings.Join(all, "; ")
	}
	return &RefusedError{id, reason}
}

// forget takes the folder of the moment out of what is told.
func forget(r *codec.Report, dir string) {
	cut := func(p string) string {
		return strings.TrimPrefix(strings.ReplaceAll(p, dir+string(filepath.Separator), ""), dir)
	}
	for i := range r.Imported {
		r.Imported[i].Source = cut(r.Imported[i].Source)
		for k := range r.Imported[i].Files {
			r.Imported[i].Files[k] = cut(r.Imported[i].Files[k])
		}
	}
	for i := range r.Refused {
		r.Refused[i].Source, r.Refused[i].Reason = cut(r.Refused[i].Source), cut(r.Refused[i].Reason)
	}
	for i := range r.Skipped {
		r.Skipped[i] = cut(r.Skipped[i])
	}
}

package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"onset/devices/sync/archive"
	"onset/devices/sync/delivery"
	"onset/devices/sync/protocol"
)

// What a pull came to.
const (
	PulledNothing  = "nothing-new"
	PulledNone     = "none-published"
	PulledModel    = "new-model"
	PulledRejected = "rejected" // a model that failed here; the one before stays
)

// Pulled is what a pull came to, and the model in use after it.
type Pulled struct {
	Outcome string `json:"outcome"`
	Model   *Model `json:"model,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// Pull asks for a new model and takes it into use when it proves itself. On any
// error the model in use stays.
func (c *Client) Pull(ctx context.Context) (Pulled, error) {
	m, err := c.models()
	if err != nil {
		return Pulled{}, err
	}
	p, err := c.pull(ctx, &m)
	p.Model = m.Current
	if err != nil {
		return p, fmt.Errorf("pulling a model: %w", err)
	}
	c.deliver(ctx, &m)
	return p, nil
}

func (c *Client) pull(ctx context.Context, m *models) (Pulled, error) {
	etag, changed, err := c.changed(ctx, m.ETag)
	if err != nil {
		return Pulled{}, err
	}
	if !changed {
		if _, expired := c.expiry(); expired { // somebody holds the device back
			return Pulled{}, &UntrustedError{errors.New("the server has nothing newer than metadata that has expired")}
		}
		return Pulled{Outcome: PulledNothing}, nil
	}
	u, err := c.refresh(ctx)
	if err != nil {
		return Pulled{}, err
	}
	t, err := c.choose(u, *m)
	if err != nil {
		return Pulled{}, err
	}
	switch {
	case t == nil && m.Current == nil:
		return Pulled{Outcome: PulledNone}, c.done(m, etag)
	case t == nil || (m.Current != nil && m.Current.SHA256 == t.SHA256):
		if t != nil {
			m.Current.Version, m.Current.Target = t.Version, t.Name
		}
		return Pulled{Outcome: PulledNothing}, c.done(m, etag)
	}
	if err := c.obtain(ctx, *t); err != nil {
		var bad *badModelError
		if !errors.As(err, &bad) {
			return Pulled{}, err
		}
		m.Rejected = append(m.Rejected, t.SHA256)
		m.Report = append(m.Report, report{t.SHA256, protocol.StateRejected, clip(bad.Error(), 200)})
		// No ETag: the next pull looks again, at the stable model.
		return Pulled{Outcome: PulledRejected, Reason: bad.Error()}, c.writeState(modelsFile, m)
	}
	if m.Current != nil && m.Current.Target == delivery.NextTarget(c.id.Channel) && t.Name == delivery.StableTarget(c.id.Channel) && t.Version < m.Current.Version {
		m.Report = append(m.Report, report{m.Current.SHA256, protocol.StateRolledBack, "the release was taken back"})
	}
	m.Previous, m.Current = m.Current, &Model{SHA256: t.SHA256, Version: t.Version, Model: t.Model, Target: t.Name}
	m.Report = append(m.Report, report{t.SHA256, protocol.StateActive, ""})
	if err := c.done(m, etag); err != nil {
		return Pulled{}, err
	}
	return Pulled{Outcome: PulledModel}, c.tidyModels(*m)
}

func (c *Client) done(m *models, etag string) error {
	m.ETag = etag
	return c.writeState(modelsFile, m)
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// deliver sends what became of models. What can't be sent now waits.
func (c *Client) deliver(ctx context.Context, m *models) {
	before := len(m.Report)
	for len(m.Report) > 0 {
		r := m.Report[0]
		err := ask(ctx, c.known, http.MethodPost, c.url(protocol.PathFeedback), protocol.Feedback{Channel: c.id.Channel, SHA256: r.SHA256, State: r.State, Detail: r.Detail}, nil)
		var p *protocol.Problem
		if err != nil && (!errors.As(err, &p) || p.Status >= 500 || p.Status == http.StatusTooManyRequests) {
			break
		}
		m.Report = m.Report[1:] // sent, or of a model that the server does not know
	}
	if len(m.Report) != before {
		_ = c.writeState(modelsFile, m) // sent again otherwise, which does no harm
	}
}

// badModelError is a model that failed on this device.
type badModelError struct{ err error }

func (e *badModelError) Error() string { return "the model failed its own test here: " + e.err.Error() }
func (e *badModelError) Unwrap() error { return e.err }

// modelLimits bound what a model's archive may hold.
func modelLimits() archive.Limits {
	l := archive.DefaultLimits()
	l.Expanded = 1 << 30
	return l
}

// obtain has a target's model in its folder, verified and proved by its golden
// vectors on this machine.
func (c *Client) obtain(ctx context.Context, t delivery.Target) error {
	final := c.modelPath(t.SHA256)
	if _, err := os.Stat(final); err == nil {
		if err := c.check(final); err != nil {
			return errors.Join(&badModelError{err}, os.RemoveAll(final))
		}
		return nil
	}
	part := final + ".part"
	if err := c.download(ctx, t, part); err != nil {
		return err
	}
	stage, err := os.MkdirTemp(filepath.Join(c.dir, modelsDir), ".new-*")
	if err != nil {
		return fmt.Errorf("unpacking the model: %w", err)
	}
	defer func() { _ = os.RemoveAll(stage) }() // after the rename only its empty shell is left
	if err := c.unpack(t, part, stage); err != nil {
		return err
	}
	inner := filepath.Join(stage, BundleFolder)
	if err := c.check(inner); err != nil {
		return errors.Join(&badModelError{err}, os.Remove(part))
	}
	if err := syncTree(inner); err != nil {
		return fmt.Errorf("unpacking the model: %w", err)
	}
	if err := os.Rename(inner, final); err != nil {
		return fmt.Errorf("unpacking the model: %w", err)
	}
	return errors.Join(syncDir(filepath.Dir(final)), os.Remove(part))
}

// BundleFolder is the one folder at the top of a model's archive.
const BundleFolder = "bundle"

func (c *Client) unpack(t delivery.Target, part, stage string) (err error) {
	f, err := os.Open(part)
	if err != nil {
		return fmt.Errorf("unpacking the model: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := c.fs.Room(t.Length); err != nil {
		return fmt.Errorf("unpacking the model: %w", err)
	}
	if _, err := archive.Unpack(f, t.Length, stage, modelLimits()); err != nil {
		return &badModelError{err}
	}
	return nil
}

// download brings a blob to path, going on where it was broken off, and
// verifies its length and SHA-256.
func (c *Client) download(ctx context.Context, t delivery.Target, path string) error {
	if err := c.fs.Room(t.Length); err != nil {
		return fmt.Errorf("downloading the model: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("downloading the model: %w", err)
	}
	err = c.fill(ctx, t, f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		var wrong *wrongBytesError
		if errors.As(err, &wrong) {
			err = errors.Join(err, os.Remove(path))
		}
		return fmt.Errorf("downloading the model: %w", err)
	}
	return nil
}

// wrongBytesError is a download that is not what was signed.
type wrongBytesError struct{ why string }

func (e *wrongBytesError) Error() string { return e.why }

func (c *Client) fill(ctx context.Context, t delivery.Target, f *os.File) error {
	at, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if at > t.Length {
		return &wrongBytesError{"more bytes are here than were signed"}
	}
	if at < t.Length {
		if err := c.fetch(ctx, t, f, at); err != nil {
			return err
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return err
	}
	if n != t.Length || hex.EncodeToString(h.Sum(nil)) != t.SHA256 {
		return &wrongBytesError{"the bytes are not those that were signed"}
	}
	return nil
}

// fetch appends the blob's bytes from an offset on.
func (c *Client) fetch(ctx context.Context, t delivery.Target, f *os.File, at int64) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url(protocol.PathBlob, "sum", t.SHA256), nil)
	if err != nil {
		return err
	}
	if at > 0 {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", at))
		r.Header.Set("If-Range", `"sha256-`+t.SHA256+`"`)
	}
	answer, err := c.known.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // read only
	switch answer.StatusCode {
	case http.StatusPartialContent:
	case http.StatusOK: // the whole, whatever was asked for
		if at = 0; f.Truncate(0) != nil {
			return errors.New("starting the download anew")
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
	default:
		return protocol.ReadProblem(answer)
	}
	n, err := io.Copy(f, io.LimitReader(answer.Body, t.Length-at+1))
	if err == nil && at+n > t.Length {
		err = &wrongBytesError{"more bytes came than were signed"}
	}
	return err
}

// tidyModels removes models that are neither in use nor the one before.
func (c *Client) tidyModels(m models) error {
	entries, err := os.ReadDir(filepath.Join(c.dir, modelsDir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if (m.Current != nil && e.Name() == m.Current.SHA256) || (m.Previous != nil && e.Name() == m.Previous.SHA256) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(c.dir, modelsDir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// syncTree makes a folder and what is in it durable.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}

package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"onset/devices/sync/archive"
	"onset/devices/sync/store"
)

// Bundle is a model to be published.
type Bundle struct {
	Dir     string // the exported model's folder
	Channel string
	Model   string // identifier of the model in its study
	Percent int    // share of the devices that get it at first
	Note    string
}

// bundleFolder is the one folder at the top of a blob.
const bundleFolder = "bundle"

// maxBundle bounds a model's blob.
const maxBundle = 512 << 20

// Publish stores an exported model and signs it for a release channel. The
// caller has proved it.
func (r *Repository) Publish(ctx context.Context, s *store.Store, b Bundle) (store.Release, error) {
	if info, err := os.Stat(filepath.Join(b.Dir, "model.json")); err != nil || !info.Mode().IsRegular() {
		return store.Release{}, fmt.Errorf("publishing %s: it is no exported model: %w", b.Dir, errors.Join(err, os.ErrInvalid))
	}
	l := archive.DefaultLimits()
	l.Expanded = 1 << 30
	var blob bytes.Buffer
	if err := archive.PackAs(&blob, b.Dir, bundleFolder, l); err != nil {
		return store.Release{}, fmt.Errorf("publishing: %w", err)
	}
	if blob.Len() > maxBundle {
		return store.Release{}, fmt.Errorf("publishing %s: it has %d bytes, %d are allowed", b.Dir, blob.Len(), maxBundle)
	}
	return r.publish(ctx, s, blob.Bytes(), b)
}

func (r *Repository) publish(ctx context.Context, s *store.Store, blob []byte, b Bundle) (store.Release, error) {
	sum, err := s.PutBlob(blob)
	if err != nil {
		return store.Release{}, fmt.Errorf("publishing: %w", err)
	}
	out, err := s.Publish(ctx, store.Release{Channel: b.Channel, SHA256: sum, Length: int64(len(blob)), Model: b.Model, Percent: b.Percent, Note: b.Note})
	if err != nil {
		return out, err
	}
	return out, r.Update(ctx, s)
}

// RollBack publishes the model before the present one again, as a new version:
// signed versions never go back.
func (r *Repository) RollBack(ctx context.Context, s *store.Store, channel, note string) (store.Release, error) {
	releases, err := s.Releases(ctx)
	if err != nil {
		return store.Release{}, err
	}
	var now *store.Release
	for _, x := range releases { // the newest first
		if x.Channel != channel {
			continue
		}
		if now == nil {
			if x.State == store.ReleaseStable {
				now = &x
			}
			continue
		}
		if x.SHA256 == now.SHA256 || x.Percent < 100 { // the same model, or one that never was everybody's
			continue
		}
		if _, err := s.StatBlob(x.SHA256); err != nil {
			return store.Release{}, fmt.Errorf("rolling %s back to version %d: %w", channel, x.Version, err)
		}
		out, err := s.Publish(ctx, store.Release{Channel: channel, SHA256: x.SHA256, Length: x.Length, Model: x.Model, Percent: 100, Note: note})
		if err != nil {
			return out, err
		}
		return out, r.Update(ctx, s)
	}
	return store.Release{}, fmt.Errorf("rolling %s back: there is no model before the present one: %w", channel, store.ErrNotFound)
}

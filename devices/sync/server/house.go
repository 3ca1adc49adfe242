package server

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// How often the server tends to what needs no request.
const (
	seenEvery    = 30 * time.Second
	rolloutEvery = 5 * time.Second
	sweepEvery   = 10 * time.Minute
)

// keepHouse renews signatures, moves staged releases, sweeps what is over and
// writes down who was seen, until ctx ends.
func (v *Server) keepHouse(ctx context.Context) {
	defer v.busy.Done()
	seen, rollout, sweep := time.NewTicker(seenEvery), time.NewTicker(rolloutEvery), time.NewTicker(sweepEvery)
	defer seen.Stop()
	defer rollout.Stop()
	defer sweep.Stop()
	v.sweep(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-seen.C:
			v.complain("writing who was seen", v.flushSeen(ctx))
		case <-rollout.C:
			v.Tend(ctx)
		case <-sweep.C:
			v.sweep(ctx)
		}
	}
}

// Tend moves staged releases by what devices said and renews signatures.
func (v *Server) Tend(ctx context.Context) {
	changed, err := v.repo.Advance(ctx, v.store, v.set.Rules())
	v.complain("moving staged releases", err)
	for _, r := range changed {
		v.log.Info("release", "channel", r.Channel, "version", r.Version, "percent", r.Percent, "state", r.State, "why", r.Note)
	}
	v.complain("signing the models' metadata", v.repo.Update(ctx, v.store))
}

func (v *Server) sweep(ctx context.Context) {
	swept, err := v.store.Sweep(ctx, v.set.Retention.Duration)
	v.complain("sweeping", err)
	v.log.Info("swept", "uploads", swept.Uploads, "orphans", swept.Orphans, "sessions", swept.Sessions, "tickets", swept.Tickets, "blobs", swept.Blobs)
}

func (v *Server) complain(what string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		v.log.Error(what, "error", err)
	}
}

// flushSeen writes down which devices have been seen since the last time.
func (v *Server) flushSeen(ctx context.Context) error {
	v.mu.Lock()
	seen := v.seen
	v.seen = map[string]time.Time{}
	v.mu.Unlock()
	if len(seen) == 0 {
		return nil
	}
	return v.store.Saw(ctx, seen)
}

func writeSettings(dir string) error {
	return os.WriteFile(filepath.Join(dir, SettingsFile), exampleSettings, 0o600)
}

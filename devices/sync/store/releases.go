package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"onset/devices/sync/protocol"
)

// States of a release.
const (
	ReleaseRolling    = "rolling" // a share of the devices gets it
	ReleaseStable     = "stable"  // every device of the channel gets it
	ReleaseHalted     = "halted"  // taken back: devices return to the stable one
	ReleaseSuperseded = "superseded"
)

// Release is one version of a model on a release channel.
type Release struct {
	Channel   string `json:"channel"`
	Version   int    `json:"version"`
	SHA256    string `json:"sha256"` // of the blob
	Length    int64  `json:"length"`
	Model     string `json:"model"` // identifier of the model in its study
	Percent   int    `json:"percent"`
	Salt      string `json:"salt"`
	State     string `json:"state"`
	Published string `json:"published"`
	Changed   string `json:"changed"`
	Note      string `json:"note,omitempty"`
	// Active and Bad are how many devices said that it works, or failed with it.
	Active int `json:"active"`
	Bad    int `json:"bad"`
}

type publishedBody struct {
	Channel string `json:"channel"`
	Version int    `json:"version"`
	SHA256  string `json:"sha256"`
	Length  int64  `json:"length"`
	Model   string `json:"model"`
	Percent int    `json:"percent"`
	Salt    string `json:"salt"`
	Note    string `json:"note,omitempty"`
}

// Rollout is a change of a release's share.
type Rollout struct {
	Channel string `json:"channel"`
	Version int    `json:"version"`
	Percent int    `json:"percent"`
	State   string `json:"state"`
	Note    string `json:"note,omitempty"`
}

// Publish records a release of a blob that is in the store already. The first
// release of a channel always goes to everybody: there is nothing to fall back
// to. It returns the release's version.
func (s *Store) Publish(ctx context.Context, r Release) (Release, error) {
	if err := protocol.CheckChannel(r.Channel); err != nil {
		return r, err
	}
	if r.Percent < 1 || r.Percent > 100 {
		return r, fmt.Errorf("a share has 1 to 100 percent, not %d", r.Percent)
	}
	if _, err := s.StatBlob(r.SHA256); err != nil {
		return r, err
	}
	err := s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var last, stable int
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(version), 0), coalesce(sum(state = 'stable'), 0) FROM releases WHERE channel = ?`, r.Channel).
			Scan(&last, &stable); err != nil {
			return err
		}
		if stable == 0 {
			r.Percent = 100
		}
		r.Version, r.Salt, r.State = last+1, protocol.NewSecret(), releaseState(r.Percent)
		return s.record(ctx, tx, KindPublished, publishedBody{r.Channel, r.Version, r.SHA256, r.Length, r.Model, r.Percent, r.Salt, r.Note})
	})
	if err != nil {
		return r, fmt.Errorf("publishing to %s: %w", r.Channel, err)
	}
	return r, nil
}

// SetRollout changes the share of a channel's rolling release: 100 makes it
// stable, 0 halts it.
func (s *Store) SetRollout(ctx context.Context, channel string, percent int, note string) (Release, error) {
	var r Release
	err := s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var err error
		r, err = scanRelease(tx.QueryRowContext(ctx, releaseQuery+` WHERE channel = ? AND state IN ('rolling', 'halted') ORDER BY version DESC LIMIT 1`, channel))
		if errors.Is(err, ErrNotFound) {
			return fmt.Errorf("no release is on its way on %s: %w", channel, ErrState)
		}
		if err != nil {
			return err
		}
		r.Percent, r.State = min(max(percent, 0), 100), ReleaseRolling
		switch r.Percent {
		case 0:
			r.State = ReleaseHalted
		case 100:
			r.State = ReleaseStable
		}
		return s.record(ctx, tx, KindRollout, Rollout{channel, r.Version, r.Percent, r.State, note})
	})
	if err != nil {
		return r, fmt.Errorf("changing the share on %s: %w", channel, err)
	}
	return r, nil
}

const releaseQuery = `SELECT channel, version, sha256, length, model, percent, salt, state, published, changed, note,
	(SELECT count(*) FROM feedback f WHERE f.channel = r.channel AND f.sha256 = r.sha256 AND f.state = 'active'),
	(SELECT count(*) FROM feedback f WHERE f.channel = r.channel AND f.sha256 = r.sha256 AND f.state <> 'active') FROM releases r`

func scanRelease(row interface{ Scan(...any) error }) (Release, error) {
	var r Release
	err := row.Scan(&r.Channel, &r.Version, &r.SHA256, &r.Length, &r.Model, &r.Percent, &r.Salt, &r.State, &r.Published, &r.Changed, &r.Note, &r.Active, &r.Bad)
	return r, wrapSQL(err)
}

// Followable lists the channels on which devices get a model, that published to
// last first.
func Followable(list []Release) []string {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Release) int { return strings.Compare(b.Published, a.Published) })
	var out []string
	for _, r := range list {
		if (r.State == ReleaseStable || r.State == ReleaseRolling) && !slices.Contains(out, r.Channel) {
			out = append(out, r.Channel)
		}
	}
	return out
}

// ReleaseOf is the newest release of a blob on a channel; a blob that was rolled
// back to has several.
func ReleaseOf(list []Release, channel, sha256 string) (r Release, ok bool) {
	for _, x := range list {
		if x.Channel == channel && x.SHA256 == sha256 && (!ok || x.Version > r.Version) {
			r, ok = x, true
		}
	}
	return r, ok
}

// Releases lists all releases, the newest of a channel first.
func (s *Store) Releases(ctx context.Context) ([]Release, error) {
	rows, err := s.read.QueryContext(ctx, releaseQuery+` ORDER BY channel, version DESC`)
	if err != nil {
		return nil, fmt.Errorf("reading the releases: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := []Release{}
	for rows.Next() {
		r, err := scanRelease(rows)
		if err != nil {
			return nil, fmt.Errorf("reading the releases: %w", err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

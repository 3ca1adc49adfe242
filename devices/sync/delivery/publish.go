package delivery

import (
	"context"
	"fmt"

	"onset/devices/sync/store"
)

// Update signs what the store's releases say now. It does nothing when that is
// signed already and not about to expire.
func (r *Repository) Update(ctx context.Context, s *store.Store) error {
	return s.Exclusive(ctx, func(ctx context.Context) error {
		releases, err := s.Releases(ctx)
		if err != nil {
			return err
		}
		return r.Sign(targetsOf(releases))
	})
}

// RotateKey replaces a role's key and signs everything anew.
func (r *Repository) RotateKey(ctx context.Context, s *store.Store, role string) error {
	err := s.Exclusive(ctx, func(context.Context) error { return r.Rotate(role) })
	if err == nil {
		err = s.Note(ctx, store.KindSigned, map[string]string{"role": role})
	}
	if err == nil {
		err = r.Update(ctx, s)
	}
	return err
}

// targetsOf is what devices shall be told: of each channel the stable release,
// and the one on its way.
func targetsOf(releases []store.Release) []Target {
	var out []Target
	for _, x := range releases {
		t := Target{Version: x.Version, Model: x.Model, SHA256: x.SHA256, Length: x.Length, Percent: x.Percent, Salt: x.Salt}
		switch x.State {
		case store.ReleaseStable:
			t.Name, t.Percent = StableTarget(x.Channel), 100
		case store.ReleaseRolling:
			t.Name = NextTarget(x.Channel)
		default:
			continue
		}
		out = append(out, t)
	}
	return out
}

// steps are the shares of a staged release.
var steps = []int{1, 10, 50, 100}

// Rules say when a staged release goes on and when it is taken back.
type Rules struct {
	// HaltShare is the share of bad reports among all that halts a release once
	// HaltBad of them have come.
	HaltShare float64
	HaltBad   int
	// GoOn is how many good reports a step needs before the next.
	GoOn int
}

// DefaultRules halt at the second bad report of ten or fewer.
func DefaultRules() Rules { return Rules{HaltShare: 0.1, HaltBad: 2, GoOn: 3} }

// Decide takes a release on its way a step further or back, by what devices say
// of it: the percentage that it should have now, and why.
func (rules Rules) Decide(r store.Release) (percent int, why string) {
	if r.State != store.ReleaseRolling {
		return r.Percent, ""
	}
	if all := r.Active + r.Bad; r.Bad >= rules.HaltBad && float64(r.Bad) >= rules.HaltShare*float64(all) {
		return 0, fmt.Sprintf("halted: %d of %d devices failed with it", r.Bad, all)
	}
	if r.Bad > 0 && float64(r.Bad) >= rules.HaltShare*float64(r.Active+r.Bad) {
		return r.Percent, "" // waits for more
	}
	// Each step needs its own good reports: more for a larger share.
	for i, step := range steps {
		if r.Percent < step && r.Active >= rules.GoOn*i {
			return step, fmt.Sprintf("%d devices run it", r.Active)
		}
		if r.Percent < step {
			break
		}
	}
	return r.Percent, ""
}

// Advance applies the rules to every release on its way that was published as
// staged, and signs what changed.
func (r *Repository) Advance(ctx context.Context, s *store.Store, rules Rules) (changed []store.Release, err error) {
	releases, err := s.Releases(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range releases {
		percent, why := rules.Decide(x)
		if percent == x.Percent {
			continue
		}
		now, err := s.SetRollout(ctx, x.Channel, percent, why)
		if err != nil {
			return changed, err
		}
		changed = append(changed, now)
	}
	if len(changed) == 0 {
		return nil, nil
	}
	return changed, r.Update(ctx, s)
}

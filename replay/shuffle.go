package replay

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"onset/dataset"
)

// shuffled is a store whose beacon events carry other beacons' names, drawn anew
// for every event; the seed is the session's, so that it is the same each time.
type shuffled struct{ Store }

// Session reads a session with its beacons' names shuffled.
func (s shuffled) Session(ctx context.Context, id dataset.SessionID) (dataset.Session, error) {
	v, err := s.Store.Session(ctx, id)
	if err != nil {
		return v, err
	}
	var names []string
	for _, e := range v.Events {
		if e.Kind == eventBeacon && !slices.Contains(names, e.Name) {
			names = append(names, e.Name)
		}
	}
	slices.Sort(names)
	h := fnv.New64a()
	h.Write([]byte(v.ID))
	r := rand.New(rand.NewPCG(h.Sum64(), 7))
	v.Events = slices.Clone(v.Events)
	for i := range v.Events {
		if v.Events[i].Kind == eventBeacon {
			v.Events[i].Name = names[r.IntN(len(names))]
		}
	}
	return v, nil
}

// Copies passes the question on.
func (s shuffled) Copies(ctx context.Context, id dataset.SessionID) ([]dataset.SessionID, error) {
	if f, ok := s.Store.(copyFinder); ok {
		return f.Copies(ctx, id)
	}
	return nil, nil
}

package training

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"onset/dataset"
)

// memory is a study in memory.
type memory struct {
	sessions []dataset.Session
	labels   map[dataset.SessionID][]dataset.Label
	samples  map[dataset.ChannelID][]float64
	runs     map[string]dataset.Run
	models   map[string]dataset.ModelRow
	sets     map[string]dataset.WindowSetRow
	people   []dataset.Participant
}

func newMemory() *memory {
	return &memory{labels: map[dataset.SessionID][]dataset.Label{}, samples: map[dataset.ChannelID][]float64{},
		runs: map[string]dataset.Run{}, models: map[string]dataset.ModelRow{}, sets: map[string]dataset.WindowSetRow{}}
}

func (m *memory) Sessions(context.Context) ([]dataset.SessionSummary, error) {
	var out []dataset.SessionSummary
	for _, s := range m.sessions {
		kinds := map[string]int{}
		for _, f := range s.Findings {
			kinds[f.Kind]++
		}
		out = append(out, dataset.SessionSummary{ID: s.ID, Participant: s.Participant, FindingKinds: kinds})
	}
	return out, nil
}

func (m *memory) Session(_ context.Context, id dataset.SessionID) (dataset.Session, error) {
	for _, s := range m.sessions {
		if s.ID == id {
			return s, nil
		}
	}
	return dataset.Session{}, dataset.ErrNotFound
}

func (m *memory) Labels(_ context.Context, f dataset.LabelFilter) ([]dataset.Label, error) {
	var out []dataset.Label
	for _, l := range m.labels[f.Session] {
		if f.Set == "" || f.Set == l.Set {
			out = append(out, l)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Start < out[j].Start })
	return out, nil
}

func (m *memory) ReadSamples(_ context.Context, id dataset.ChannelID, first int64, dst []float64) (int, error) {
	x := m.samples[id]
	if first < 0 || first > int64(len(x)) {
		return 0, fmt.Errorf("sample %d of %d", first, len(x))
	}
	return copy(dst, x[first:]), nil
}

func (m *memory) LedgerHead(context.Context) (dataset.LedgerEntry, error) {
	return dataset.LedgerEntry{Position: 7, Hash: "abc"}, nil
}
func (m *memory) SaveRun(_ context.Context, r dataset.Run) error { m.runs[r.ID] = r; return nil }
func (m *memory) RunByID(_ context.Context, id string) (dataset.Run, error) {
	if r, ok := m.runs[id]; ok {
		return r, nil
	}
	return dataset.Run{}, dataset.ErrNotFound
}
func (m *memory) SaveModel(_ context.Context, r dataset.ModelRow) error {
	m.models[r.ID] = r
	return nil
}
func (m *memory) SaveWindowSet(_ context.Context, r dataset.WindowSetRow) error {
	m.sets[r.Hash] = r
	return nil
}
func (m *memory) Models(context.Context) ([]dataset.ModelRow, error) {
	return slices.Collect(maps.Values(m.models)), nil
}
func (m *memory) Model(_ context.Context, id string) (dataset.ModelRow, error) {
	for k, r := range m.models {
		if strings.HasPrefix(k, id) {
			return r, nil
		}
	}
	return dataset.ModelRow{}, dataset.ErrNotFound
}

// add stores a session of one accelerometer recording with its samples.
func (m *memory) add(s dataset.Session, rate float64, unit string, axes [3][]float64) *dataset.Session {
	rec := dataset.Recording{ID: dataset.RecordingID(fmt.Sprintf("r%d", len(m.samples))), Session: s.ID, Device: "test", Placement: "left-wrist",
		Samples: int64(len(axes[0])), NominalHz: math.Round(rate), Clock: dataset.Uniform(0, rate)}
	for i, axis := range []string{"x", "y", "z"} {
		id := dataset.ChannelID(len(m.samples) + 1)
		m.samples[id] = axes[i]
		rec.Channels = append(rec.Channels, dataset.Channel{ID: id, Kind: "accelerometer", Axis: axis, Unit: unit})
	}
	s.Recordings = append(s.Recordings, rec)
	m.sessions = append(m.sessions, s)
	return &m.sessions[len(m.sessions)-1]
}

var exercises = []string{"resistance:arms/curl", "resistance:arms/press", "resistance:arms/row"}

// gym makes people who each do every exercise several times: 3 s of movement at
// the exercise's own tempo and direction, then 1 s of rest.
func gym(people, sets int, seed uint64) *memory {
	m := newMemory()
	for p := range people {
		addPerson(m, p, sets, rand.New(rand.NewPCG(seed, uint64(p))), fmt.Sprintf("s-%d-%d", seed, p))
	}
	return m
}

func addPerson(m *memory, p, sets int, rng *rand.Rand, id string) {
	rate := 51.3
	var axes [3][]float64
	var labels []dataset.Label
	tempo := 0.8 + 0.4*rng.Float64()
	for range sets {
		for k, name := range exercises {
			start := len(axes[0])
			for i := range int(4 * rate) {
				t := float64(i) / rate
				v := 0.0
				if t < 3 {
					v = math.Sin(2 * math.Pi * tempo * float64(k+1) * t)
				}
				for a := range axes {
					gravity := 0.0
					if a == 2 {
						gravity = 1
					}
					if a == k {
						gravity += v + 0.4 // each has its own posture
					}
					axes[a] = append(axes[a], gravity+0.1*rng.NormFloat64())
				}
			}
			labels = append(labels, dataset.Label{ID: dataset.LabelID(fmt.Sprintf("%s-%d", id, len(labels))), Set: "imported",
				Kind: dataset.KindExercise, Exercise: name, Start: int64(start), End: int64(start + int(3*rate))})
		}
	}
	s := m.add(dataset.Session{ID: dataset.SessionID(id), Participant: dataset.ParticipantID(fmt.Sprintf("P%02d", p)),
		Start: time.Date(2026, 1, 1+p, 9, 0, 0, 0, time.UTC), Format: "test"}, rate, "g", axes)
	for i := range labels {
		labels[i].Session, labels[i].Recording = s.ID, s.Recordings[0].ID
	}
	m.labels[s.ID] = labels
}

// quick is a config that trains in a moment.
func quick() Config {
	c := DefaultConfig()
	c.Data.RateHz = 50
	c.Model.Layers, c.Fit.Epochs, c.Fit.Patience = []int{48}, 60, 0
	c.Fit.Batch, c.Fit.Rate = 16, 0.005
	c.Split.Folds = 3
	return c
}

func mustWindows(t testing.TB, store Store, c Config) *WindowSet {
	t.Helper()
	set, err := ReadWindows(context.Background(), store, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

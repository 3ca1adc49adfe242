package replay

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"onset/dataset"
	"onset/replay/order"
)

// Tables are a Knowledge as a device carries it: numbers only, nobody's habits,
// everything in single precision. A device learns within a session by adding its
// own answers to the history and the memory; nothing else changes.
type Tables struct {
	Version   int      `json:"version"`
	Exercises []string `json:"exercises"` // the classifier's classes first
	// LearntFrom are the sessions behind the tables; their identifiers are random.
	LearntFrom   []dataset.SessionID `json:"learnt_from"`
	Weights      map[string]float32  `json:"weights"`
	Floors       map[string]float32  `json:"floors"`
	Abstain      float32             `json:"abstain"`
	Order        order.Table         `json:"order"`
	Place        PlaceTables         `json:"place"`
	Memory       *MemoryTables       `json:"memory"` // nil: silent
	Segmentation SegmentationTables  `json:"segmentation"`
}

// PlaceTables count what was done where.
type PlaceTables struct {
	Sites        []PlaceCount `json:"sites"`
	Zones        []PlaceCount `json:"zones"`
	SiteStrength float32      `json:"site_strength"` // counts a site's lean is worth, for each distinct exercise
	ZoneStrength float32      `json:"zone_strength"`
	Beacon       BeaconLevels `json:"beacon"`
}

// PlaceCount is one place's sets by exercise.
type PlaceCount struct {
	Site     string    `json:"site"`
	Zone     string    `json:"zone,omitempty"`
	Exercise []int     `json:"exercise"`
	Count    []float32 `json:"count"`
}

// BeaconLevels are the constants with which beacons are followed.
type BeaconLevels struct {
	RiseS      float32 `json:"rise_s"`
	FadeS      float32 `json:"fade_s"`
	SilentDBm  float32 `json:"silent_dbm"`
	NowhereDBm float32 `json:"nowhere_dbm"`
	SpreadDB   float32 `json:"spread_db"`
	StayDB     float32 `json:"stay_db"`
}

// MemoryTables say how alike two onsets are and what that means.
type MemoryTables struct {
	Scale []float32 `json:"scale"`
	A     float32   `json:"a"`
	B     float32   `json:"b"`
	Clip  float32   `json:"clip"`
	Limit float32   `json:"limit"`
}

// SegmentationTables are the states' hidden semi-Markov model.
type SegmentationTables struct {
	FrameS       float32                 `json:"frame_s"`
	EnergyS      float32                 `json:"energy_s"`
	Overlap      float32                 `json:"overlap"`
	States       []string                `json:"states"`
	Moving       float32                 `json:"moving"` // decimal logarithm of g²
	SetupFrames  int                     `json:"setup_frames"`
	Look         *LookTables             `json:"look"` // nil: energy against Moving
	Ends         [States]floats          `json:"ends"`
	Next         [States][States]float32 `json:"next"`
	Start        [States]float32         `json:"start"`
	BeganAt      float32                 `json:"began_at"`
	OverAt       float32                 `json:"over_at"`
	PauseS       float32                 `json:"pause_s"`
	ShortestSetS float32                 `json:"shortest_set_s"`
	BlindS       float32                 `json:"blind_s"`
}

type floats = []float32

// LookTables are the regression of what a frame's movement says.
type LookTables struct {
	Mean   [features]float32      `json:"mean"`
	Scale  [features]float32      `json:"scale"`
	Weight [looks][inputs]float32 `json:"weight"`
}

const (
	tablesVersion = 1
	tableDepth    = 3 // exercises a device looks back on
)

// Tables freezes the knowledge for a device of a group, which may be empty.
func (k *Knowledge) Tables(group string) Tables {
	t := Tables{Version: tablesVersion, Exercises: slices.Clone(k.words.Names()), LearntFrom: append([]dataset.SessionID{}, k.Sessions...),
		Weights: map[string]float32{}, Floors: map[string]float32{}, Order: k.order.Table(group, tableDepth), Place: k.place.tables()}
	for s := range Sources {
		t.Weights[s.String()], t.Floors[s.String()] = float32(k.Pool.Weight[s]), float32(k.Pool.Floor[s])
	}
	if m := k.memoryOf(0); len(m.scale) > 0 {
		t.Memory = &MemoryTables{Scale: single(m.scale), A: float32(m.a), B: float32(m.b), Clip: distanceClip, Limit: ratioLimit}
	}
	t.Segmentation = k.states.tables()
	return t
}

// PlainTables are those of a device that knows nothing but the classes.
func PlainTables(classes []string, setupS float64) Tables {
	k := learnFrom(nil, classes, setupS)
	k.learnStates(nil)
	return k.Tables("")
}

func single(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

func double(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

func (c *placeCounts) tables() PlaceTables {
	t := PlaceTables{Sites: []PlaceCount{}, Zones: []PlaceCount{}, SiteStrength: siteStrength, ZoneStrength: zoneStrength,
		Beacon: BeaconLevels{RiseS: riseS, FadeS: fadeS, SilentDBm: silentDBm, NowhereDBm: nowhereDBm, SpreadDB: spreadDB, StayDB: stayDB}}
	count := func(p PlaceCount, m map[int]float64) PlaceCount {
		for _, e := range slices.Sorted(maps.Keys(m)) {
			p.Exercise, p.Count = append(p.Exercise, e), append(p.Count, float32(m[e]))
		}
		return p
	}
	for _, site := range slices.Sorted(maps.Keys(c.sites)) {
		t.Sites = append(t.Sites, count(PlaceCount{Site: site}, c.sites[site]))
	}
	for zone, m := range c.zones {
		t.Zones = append(t.Zones, count(PlaceCount{Site: zone[0], Zone: zone[1]}, m))
	}
	slices.SortFunc(t.Zones, func(a, b PlaceCount) int { return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Zone, b.Zone)) })
	return t
}

func (m *stateModel) tables() SegmentationTables {
	t := SegmentationTables{FrameS: frameS, EnergyS: energyS, Overlap: overlap, States: stateNames[:], Moving: float32(m.moving), SetupFrames: m.setup,
		BeganAt: beganAt, OverAt: overAt, PauseS: pauseS, ShortestSetS: shortestSetS, BlindS: blindS}
	for s := range States {
		t.Ends[s], t.Start[s] = single(m.ends[s][:]), float32(m.start[s])
		copy(t.Next[s][:], single(m.next[s][:]))
	}
	if m.look != nil {
		t.Look = &LookTables{}
		copy(t.Look.Mean[:], single(m.look.mean[:]))
		copy(t.Look.Scale[:], single(m.look.scale[:]))
		for c := range t.Look.Weight {
			copy(t.Look.Weight[c][:], single(m.look.weight[c][:]))
		}
	}
	return t
}

// ErrTables is what every refusal of a device's tables wraps.
var ErrTables = errors.New("the device's tables can't be used")

// Knowledge is what a device with these tables knows. classes are those of the
// model beside them.
func (t Tables) Knowledge(classes []string) (*Knowledge, error) {
	if err := t.check(classes); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTables, err)
	}
	k := &Knowledge{words: order.NewVocabulary(t.Exercises...), place: t.Place.counts(), table: &t, Fitted: true}
	k.order = order.New(k.words, order.Default(), nil)
	for s := range Sources {
		k.Pool.Weight[s], k.Pool.Floor[s] = float64(t.Weights[s.String()]), float64(t.Floors[s.String()])
	}
	if m := t.Memory; m != nil {
		k.memory = []likeness{{scale: double(m.Scale), a: float64(m.A), b: float64(m.B)}}
	}
	k.states = t.Segmentation.model()
	k.setupS = float64(k.states.setup) * frameS
	k.notes = []string{"Order, place, memory and states are the device's tables, frozen at the export; within the session it learns from its own answers only."}
	return k, nil
}

func (t Tables) check(classes []string) error {
	if t.Version != tablesVersion {
		return fmt.Errorf("they are of version %d, this program reads %d", t.Version, tablesVersion)
	}
	if len(t.Exercises) < len(classes) || !slices.Equal(t.Exercises[:len(classes)], classes) {
		return fmt.Errorf("their first exercises are not the model's %d classes", len(classes))
	}
	if len(order.NewVocabulary(t.Exercises...).Names()) != len(t.Exercises) {
		return errors.New("an exercise is named twice")
	}
	for s := range Sources {
		w, f := t.Weights[s.String()], t.Floors[s.String()]
		if !(w >= 0 && w < 1e3) || !(f > 0 && f < 1) {
			return fmt.Errorf("source %s has weight %g and floor %g", s, w, f)
		}
	}
	if !(t.Abstain >= 0 && t.Abstain <= 1) {
		return fmt.Errorf("they abstain below %g", t.Abstain)
	}
	if err := t.Order.Check(len(t.Exercises)); err != nil {
		return err
	}
	if err := t.Place.check(len(t.Exercises)); err != nil {
		return err
	}
	if m := t.Memory; m != nil {
		if m.Clip != distanceClip || m.Limit != ratioLimit || !finite(m.A, m.B) {
			return fmt.Errorf("memory: clip %g, limit %g, a %g, b %g", m.Clip, m.Limit, m.A, m.B)
		}
		for _, v := range m.Scale {
			if !(v > 0) || !finite(v) {
				return fmt.Errorf("memory: a feature's scale is %g", v)
			}
		}
	}
	return t.Segmentation.check()
}

func finite(values ...float32) bool {
	for _, v := range values {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return false
		}
	}
	return true
}

func (p PlaceTables) check(n int) error {
	if p.SiteStrength != siteStrength || p.ZoneStrength != zoneStrength ||
		p.Beacon != (BeaconLevels{RiseS: riseS, FadeS: fadeS, SilentDBm: silentDBm, NowhereDBm: nowhereDBm, SpreadDB: spreadDB, StayDB: stayDB}) {
		return errors.New("place: its constants are not this program's")
	}
	for _, c := range slices.Concat(p.Sites, p.Zones) {
		if len(c.Exercise) != len(c.Count) {
			return fmt.Errorf("place: %q has %d exercises and %d counts", c.Site, len(c.Exercise), len(c.Count))
		}
		for i, e := range c.Exercise {
			if e < 0 || e >= n || !(c.Count[i] >= 0) || !finite(c.Count[i]) {
				return fmt.Errorf("place: %q counts %g of exercise %d", c.Site, c.Count[i], e)
			}
		}
	}
	return nil
}

func (p PlaceTables) counts() *placeCounts {
	c := newPlaceCounts()
	fill := func(p PlaceCount) map[int]float64 {
		m := map[int]float64{}
		for i, e := range p.Exercise {
			m[e] = float64(p.Count[i])
		}
		return m
	}
	for _, s := range p.Sites {
		c.sites[s.Site] = fill(s)
	}
	for _, z := range p.Zones {
		c.zones[[2]string{z.Site, z.Zone}] = fill(z)
	}
	return c
}

func (t SegmentationTables) check() error {
	plain := SegmentationTables{FrameS: frameS, EnergyS: energyS, Overlap: overlap, BeganAt: beganAt, OverAt: overAt, PauseS: pauseS, ShortestSetS: shortestSetS, BlindS: blindS}
	own := SegmentationTables{FrameS: t.FrameS, EnergyS: t.EnergyS, Overlap: t.Overlap, BeganAt: t.BeganAt, OverAt: t.OverAt, PauseS: t.PauseS, ShortestSetS: t.ShortestSetS, BlindS: t.BlindS}
	if fmt.Sprint(own) != fmt.Sprint(plain) || !slices.Equal(t.States, stateNames[:]) {
		return errors.New("segmentation: its constants are not this program's")
	}
	if t.SetupFrames < 1 || t.SetupFrames >= longest || !finite(t.Moving) {
		return fmt.Errorf("segmentation: a setup of %d frames, moving above %g", t.SetupFrames, t.Moving)
	}
	for s := range States {
		if len(t.Ends[s]) != longest {
			return fmt.Errorf("segmentation: state %s ends at %d ages, not %d", s, len(t.Ends[s]), longest)
		}
		for _, v := range slices.Concat(t.Ends[s], t.Next[s][:], t.Start[:]) {
			if !(v >= 0 && v <= 1) {
				return fmt.Errorf("segmentation: a chance of state %s is %g", s, v)
			}
		}
	}
	if t.Look != nil {
		for c := range t.Look.Weight {
			if !finite(t.Look.Weight[c][:]...) || !finite(t.Look.Mean[:]...) {
				return errors.New("segmentation: a weight is not a number")
			}
		}
		for _, v := range t.Look.Scale {
			if !(v > 0) || !finite(v) {
				return fmt.Errorf("segmentation: a feature's scale is %g", v)
			}
		}
	}
	return nil
}

func (t SegmentationTables) model() *stateModel {
	m := &stateModel{moving: float64(t.Moving), setup: t.SetupFrames}
	for s := range States {
		copy(m.ends[s][:], double(t.Ends[s]))
		copy(m.next[s][:], double(t.Next[s][:]))
		m.start[s] = float64(t.Start[s])
	}
	if t.Look != nil {
		m.look = &logit{weight: make([][inputs]float64, looks)}
		copy(m.look.mean[:], double(t.Look.Mean[:]))
		copy(m.look.scale[:], double(t.Look.Scale[:]))
		for c := range m.look.weight {
			copy(m.look.weight[c][:], double(t.Look.Weight[c][:]))
		}
	}
	return m
}

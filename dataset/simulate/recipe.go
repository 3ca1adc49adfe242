package simulate

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"onset/assets"
)

// Recipe says what a simulated study holds. Angles are in degrees, lengths in
// metres, times in seconds. See assets/sample.toml for a commented one.
type Recipe struct {
	Name     string     `toml:"name"`
	Notice   string     `toml:"notice"`
	Seed     uint64     `toml:"seed"`
	People   int        `toml:"people"`
	Sessions []int      `toml:"sessions"` // sessions per person, taken in turn
	Sets     int        `toml:"sets"`     // exercise sets in a session
	RestS    [2]float64 `toml:"rest_s"`
	FirstDay time.Time  `toml:"first_day"`
	SetupS   float64    `toml:"setup_s"`

	Person   PersonSpread          `toml:"person"`
	Noise    Noise                 `toml:"noise"`
	Habit    Habit                 `toml:"habit"`
	Device   []Device              `toml:"device"`
	Zone     []Zone                `toml:"zone"`
	Group    []Group               `toml:"group"`
	Posture  map[string]JointAngle `toml:"posture"`
	Exercise []Exercise            `toml:"exercise"`
}

// PersonSpread is how much people differ from each other and from themselves.
type PersonSpread struct {
	Tempo     float64    `toml:"tempo"` // SD of the logarithm of the period
	Range     float64    `toml:"range"` // SD of the logarithm of the range of motion
	TremorDeg [2]float64 `toml:"tremor_deg"`
	StyleDeg  float64    `toml:"style_deg"` // a person's own way into an exercise
	StrapDeg  float64    `toml:"strap_deg"` // strap position, anew each session
	TrialDeg  float64    `toml:"trial_deg"` // from set to set
	Pace      float64    `toml:"pace"`      // SD of the logarithm of a setup's speed
}

// Noise is what the devices and the radio add or lose.
type Noise struct {
	Accelerometer float64 `toml:"accelerometer"` // g, standard deviation
	Gyroscope     float64 `toml:"gyroscope"`     // deg/s, standard deviation
	RatePPM       float64 `toml:"rate_ppm"`
	PacketS       float64 `toml:"packet_s"`
	PacketsLost   float64 `toml:"packets_lost"` // share of packets
	RSSIdB        float64 `toml:"rssi_db"`
}

// Habit is how a person's order of exercises differs from the group's, and a
// session's from the person's.
type Habit struct {
	NeighboursSwapped int     `toml:"neighbours_swapped"`
	SetsChanged       float64 `toml:"sets_changed"`
	Skip              float64 `toml:"skip"`
	Swap              float64 `toml:"swap"`
	Again             float64 `toml:"again"`
}

// Device is one body-worn unit with an accelerometer and a gyroscope.
type Device struct {
	Name          string  `toml:"name"`
	Placement     string  `toml:"placement"` // ends in "wrist" or "thigh"
	Rate          float64 `toml:"rate"`      // nominal, Hz
	Accelerometer Sensor  `toml:"accelerometer"`
	Gyroscope     Sensor  `toml:"gyroscope"`
}

// Sensor is a three-axis sensor that writes integer codes.
type Sensor struct {
	Unit  string  `toml:"unit"`
	Scale float64 `toml:"scale"` // value of one code in Unit
	Limit float64 `toml:"limit"` // largest magnitude in Unit
}

// Zone is a station with a beacon.
type Zone struct {
	Name string     `toml:"name"`
	Site string     `toml:"site"`
	At   [2]float64 `toml:"at"`
}

// Group shares a usual order of exercises.
type Group struct {
	Name  string   `toml:"name"`
	Site  string   `toml:"site"`
	Order []string `toml:"order"` // last parts of exercise ids
	Sets  []int    `toml:"sets"`
}

// Exercise is a movement between two postures, entered by a setup movement.
type Exercise struct {
	ID          string            `toml:"id"`
	Zones       map[string]string `toml:"zones"` // site to zone
	Period      float64           `toml:"period"`
	Repetitions [2]int            `toml:"repetitions"`
	Weight      []float64         `toml:"weight"` // least, most, step in kg; none for body weight
	From        JointAngle        `toml:"from"`
	To          JointAngle        `toml:"to"`
	Lead        []Waypoint        `toml:"lead"`
}

// Name is the last part of the exercise's id.
func (e Exercise) Name() string { return e.ID[strings.LastIndexByte(e.ID, '/')+1:] }

// Waypoint is a posture to pass, at a time after the onset.
type Waypoint struct {
	At float64    `toml:"at"`
	In string     `toml:"in"` // a named posture
	Is JointAngle `toml:"is"` // or one written out
}

// JointAngle is a sparse posture: joint name to degrees (metres for drop and fore).
type JointAngle map[string]float64

// Sample is the recipe of the sample study.
func Sample() (Recipe, error) { return Parse(assets.SampleRecipe) }

// Parse reads a recipe and checks that it can be simulated. The error names the
// key, exercise or posture that is wrong.
func Parse(text []byte) (Recipe, error) {
	var r Recipe
	meta, err := toml.NewDecoder(bytes.NewReader(text)).Decode(&r)
	if err != nil {
		return r, fmt.Errorf("reading the recipe: %w", err)
	}
	if u := meta.Undecoded(); len(u) > 0 {
		return r, fmt.Errorf("recipe: unknown key %s", u[0])
	}
	return r, r.check()
}

func (r Recipe) check() error {
	switch {
	case r.People < 1 || r.Sets < 1 || len(r.Sessions) == 0:
		return fmt.Errorf("recipe: people, sets and sessions must be positive")
	case len(r.Device) == 0 || len(r.Group) == 0 || len(r.Exercise) == 0:
		return fmt.Errorf("recipe: needs a device, a group and an exercise")
	case r.Noise.PacketS <= 0 || r.SetupS <= 0:
		return fmt.Errorf("recipe: noise.packet_s and setup_s must be positive")
	}
	for _, d := range r.Device {
		if !strings.HasSuffix(d.Placement, "wrist") && !strings.HasSuffix(d.Placement, "thigh") {
			return fmt.Errorf("recipe: device %q: placement %q is neither a wrist nor a thigh", d.Name, d.Placement)
		}
		if d.Rate <= 0 || d.Accelerometer.Scale <= 0 || d.Gyroscope.Scale <= 0 {
			return fmt.Errorf("recipe: device %q: rate and scales must be positive", d.Name)
		}
	}
	for name, p := range r.Posture {
		if _, err := r.posture(p); err != nil {
			return fmt.Errorf("recipe: posture %q: %w", name, err)
		}
	}
	for _, e := range r.Exercise {
		if err := r.checkExercise(e); err != nil {
			return fmt.Errorf("recipe: exercise %q: %w", e.ID, err)
		}
	}
	for _, g := range r.Group {
		if err := r.checkGroup(g); err != nil {
			return fmt.Errorf("recipe: group %q: %w", g.Name, err)
		}
	}
	return nil
}

func (r Recipe) checkExercise(e Exercise) error {
	if e.Period <= 0 || e.Repetitions[0] < 1 || e.Repetitions[1] < e.Repetitions[0] {
		return fmt.Errorf("period and repetitions must be positive")
	}
	if len(e.Weight) != 0 && len(e.Weight) != 3 {
		return fmt.Errorf("weight is [least, most, step]")
	}
	for _, p := range []JointAngle{e.From, e.To} {
		if _, err := r.posture(p); err != nil {
			return err
		}
	}
	at := 0.0
	for _, w := range e.Lead {
		if w.At <= at {
			return fmt.Errorf("lead at %g s does not advance", w.At)
		}
		at = w.At
		if _, err := r.waypoint(w); err != nil {
			return err
		}
	}
	return nil
}

func (r Recipe) checkGroup(g Group) error {
	if len(g.Order) == 0 || len(g.Order) != len(g.Sets) {
		return fmt.Errorf("order and sets differ in length")
	}
	for _, name := range g.Order {
		e, ok := r.exercise(name)
		if !ok {
			return fmt.Errorf("unknown exercise %q", name)
		}
		if _, ok := r.zone(g.Site, e.Zones[g.Site]); !ok {
			return fmt.Errorf("exercise %q has no zone at site %q", name, g.Site)
		}
	}
	return nil
}

func (r Recipe) exercise(name string) (Exercise, bool) {
	for _, e := range r.Exercise {
		if e.Name() == name {
			return e, true
		}
	}
	return Exercise{}, false
}

func (r Recipe) zone(site, name string) (Zone, bool) {
	for _, z := range r.Zone {
		if z.Site == site && z.Name == name {
			return z, true
		}
	}
	return Zone{}, false
}

func (r Recipe) waypoint(w Waypoint) (pose, error) {
	if w.In == "" {
		return r.posture(w.Is)
	}
	p, ok := r.Posture[w.In]
	if !ok {
		return pose{}, fmt.Errorf("unknown posture %q", w.In)
	}
	return r.posture(p)
}

// posture turns a sparse posture into a full one over the standing posture.
func (r Recipe) posture(p JointAngle) (pose, error) {
	var full pose
	for _, layer := range []JointAngle{r.Posture["stand"], p} {
		for name, v := range layer {
			j, ok := jointNames[name]
			if !ok {
				return full, fmt.Errorf("unknown joint %q", name)
			}
			full[j] = v
		}
	}
	return full, nil
}

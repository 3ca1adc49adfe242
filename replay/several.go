package replay

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"onset/dataset"
	"onset/training"
)

// Several are models of different sensor sets that stand in for one another: at
// each onset the one with the most sensors speaks whose window is whole. As a
// Classifier it is the one with the most sensors.
type Several struct {
	Classifier
	models []Classifier
}

// ErrModelsDiffer is wrapped by what says why models can't stand in for one another.
var ErrModelsDiffer = errors.New("these models can't stand in for one another")

// NewSeveral joins models, the most sensors first. Their windows must be of one
// length, and no two may read the same sensors.
func NewSeveral(models ...Classifier) (*Several, error) {
	if len(models) == 0 {
		return nil, fmt.Errorf("%w: there is none", ErrModelsDiffer)
	}
	s := &Several{models: slices.Clone(models)}
	slices.SortStableFunc(s.models, func(a, b Classifier) int {
		x, y := a.Contract(), b.Contract()
		if d := len(sensorSet(y)) - len(sensorSet(x)); d != 0 {
			return d
		}
		return len(y.Channels) - len(x.Channels)
	})
	for i, a := range s.models {
		for _, b := range s.models[:i] {
			if x, y := a.Contract().WindowS, b.Contract().WindowS; x != y {
				return nil, fmt.Errorf("%w: one decides after %g s and another after %g s", ErrModelsDiffer, y, x)
			}
			if slices.Equal(sensorSet(a.Contract()), sensorSet(b.Contract())) {
				return nil, fmt.Errorf("%w: two read %s; choose one of them", ErrModelsDiffer, sensorsOf(a))
			}
		}
	}
	s.Classifier = s.models[0]
	return s, nil
}

// modelStore is what stored models are read from; *dataset.Study is one.
type modelStore interface {
	Model(ctx context.Context, id string) (dataset.ModelRow, error)
	Models(ctx context.Context) ([]dataset.ModelRow, error)
}

// LoadModels reads models of a study, by their ids or beginnings of them, as one
// classifier; nil for none.
func LoadModels(ctx context.Context, store modelStore, ids []string) (Classifier, error) {
	var list []Classifier
	for _, id := range ids {
		m, err := training.Load(ctx, store, id)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	switch len(list) {
	case 0:
		return nil, nil
	case 1:
		return list[0], nil
	}
	return NewSeveral(list...)
}

// modelsOf are the models of a classifier, the most sensors first.
func modelsOf(c Classifier) []Classifier {
	switch c := c.(type) {
	case nil:
		return nil
	case *Several:
		return c.models
	}
	return []Classifier{c}
}

// allClasses are the classes of all models, each once.
func allClasses(c Classifier) (list []string) {
	for _, m := range modelsOf(c) {
		for _, name := range m.Classes() {
			if !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	return list
}

// sensorSet are the sensors that a contract reads, sorted.
func sensorSet(c training.Contract) (list []string) {
	for _, ch := range c.Channels {
		if !slices.Contains(list, ch.Sensor) {
			list = append(list, ch.Sensor)
		}
	}
	slices.Sort(list)
	return list
}

func sensorsOf(c Classifier) string { return strings.Join(sensorSet(c.Contract()), " + ") }

// placesOf are the placements that a model reads, for a sentence.
func placesOf(c Classifier) string {
	var list []string
	for _, name := range sensorSet(c.Contract()) {
		place, _, _ := strings.Cut(name, "/")
		if !slices.Contains(list, place) {
			list = append(list, place)
		}
	}
	return strings.Join(list, " and ")
}

func idOf(c Classifier) string {
	switch m := c.(type) {
	case *training.Model:
		return m.ID
	case *tempered:
		return m.ID
	}
	return ""
}

// told is which model spoke, with which sensors, and why no larger one did.
func (c *chronicle) told(e evidence) (model string, sensors []string, fallback string) {
	m := c.models[e.model]
	return idOf(m), sensorSet(m.Contract()), e.fallback
}

// Switch is a change of the model that can speak, because sensors fell silent or
// came back.
type Switch struct {
	AtS       float64  `json:"at_s"`
	Model     string   `json:"model,omitempty"`
	SensorSet []string `json:"sensor_set"` // empty: no model has all its sensors
	Message   string   `json:"message"`
}

// silentS is how long a recording may bring nothing before it counts as silent.
const silentS = 0.3

// relay follows which of several models has all its sensors.
type relay struct {
	models  []Classifier
	sensors [][]string
	heldBy  map[string][]int // recordings that hold a sensor
	now     int              // model; len(models): none
	begun   bool
	log     []Switch
}

func newRelay(models []Classifier, s dataset.Session) relay {
	r := relay{models: models, heldBy: map[string][]int{}}
	for _, m := range models {
		set := sensorSet(m.Contract())
		r.sensors = append(r.sensors, set)
		for _, name := range set {
			if _, known := r.heldBy[name]; !known {
				r.heldBy[name] = holders(s, name)
			}
		}
	}
	return r
}

// holders are the recordings of a session that hold a sensor.
func holders(s dataset.Session, sensor string) (list []int) {
	placement, kind, _ := strings.Cut(sensor, "/")
	for i, r := range s.Recordings {
		if (placement == "any" || placement == r.Placement) && slices.ContainsFunc(r.Channels, func(ch dataset.Channel) bool { return ch.Kind == kind }) {
			list = append(list, i)
		}
	}
	return list
}

// follow notes at a frame which model can speak now. With one model there is
// nothing to switch to.
func (r *relay) follow(t *tape, at float64) {
	if len(r.models) < 2 {
		return
	}
	now, silent := len(r.models), ""
	for i, set := range r.sensors {
		missing := slices.IndexFunc(set, func(name string) bool {
			return !slices.ContainsFunc(r.heldBy[name], func(k int) bool { return at-t.heardUntil(k, at) <= silentS })
		})
		if missing < 0 {
			now = i
			break
		}
		if silent == "" {
			silent = set[missing]
		}
	}
	was := r.now
	r.now = now
	if !r.begun { // the first packet brings every device that there is
		r.begun = now < len(r.models)
		return
	}
	if now == was {
		return
	}
	s := Switch{AtS: at, SensorSet: []string{}}
	switch {
	case now == len(r.models):
		s.Message = fmt.Sprintf("%s fell silent: no model has all its sensors.", silent)
	case now < was:
		s.Message = fmt.Sprintf("The model with %s speaks again.", sensorsOf(r.models[now]))
	default:
		s.Message = fmt.Sprintf("%s fell silent: the model with %s speaks.", silent, sensorsOf(r.models[now]))
	}
	if now < len(r.models) {
		s.Model, s.SensorSet = idOf(r.models[now]), r.sensors[now]
	}
	r.log = append(r.log, s)
}

// usable reports whether a model can be asked as it is stored: whether it has to be
// adapted to a person first. Lists of models come without their weights, so what
// the description says decides; whatever is wrong with the weights is said when they
// are loaded.
func usable(row dataset.ModelRow) bool {
	if len(row.Weights) > 0 {
		m, err := training.FromRow(row)
		return err == nil && !m.NeedsPerson()
	}
	var spec struct {
		Net struct {
			Person json.RawMessage `json:"person"`
		} `json:"net"`
	}
	return json.Unmarshal(row.Spec, &spec) != nil || len(spec.Net.Person) == 0 || string(spec.Net.Person) == "null"
}

// Fitting chooses, of a study's models, those that together replay a session with
// whatever sensors are at hand: for each sensor set that the session holds the best
// by macro-F1, one that has not seen the session before one that has. Their windows
// are as long as the best one's. The most sensors come first.
func Fitting(models []dataset.ModelRow, s dataset.Session) []dataset.ModelRow {
	type candidate struct {
		row  dataset.ModelRow
		key  string
		n    int
		len  float64
		seen bool
	}
	var list []candidate
	for _, row := range models {
		var spec struct {
			Contract training.Contract `json:"contract"`
			Lineage  training.Lineage  `json:"lineage"`
		}
		if json.Unmarshal(row.Spec, &spec) != nil {
			continue
		}
		set := sensorSet(spec.Contract)
		if len(set) == 0 || slices.ContainsFunc(set, func(name string) bool { return len(holders(s, name)) == 0 }) {
			continue
		}
		list = append(list, candidate{row, strings.Join(set, " "), len(set), spec.Contract.WindowS, slices.Contains(spec.Lineage.Sessions, s.ID)})
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		if a.seen != b.seen {
			return int(oneIf(a.seen)) - int(oneIf(b.seen))
		}
		return cmp.Compare(b.row.MacroF1, a.row.MacroF1)
	})
	var chosen []candidate
	for _, c := range list {
		if len(chosen) > 0 && c.len != chosen[0].len || slices.ContainsFunc(chosen, func(o candidate) bool { return o.key == c.key }) {
			continue
		}
		if c.row.Withdrawn == "" && usable(c.row) {
			chosen = append(chosen, c)
		}
	}
	slices.SortStableFunc(chosen, func(a, b candidate) int { return b.n - a.n })
	var out []dataset.ModelRow
	for _, c := range chosen {
		out = append(out, c.row)
	}
	return out
}

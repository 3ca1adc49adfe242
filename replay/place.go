package replay

import (
	"maps"
	"math"
	"slices"

	"onset/dataset"
	"onset/dataset/exact"
	"onset/replay/order"
)

// Event kinds of beacons.
const (
	eventBeacon     = "beacon"
	eventBeaconLost = "beacon-lost"
)

const (
	riseS      = 3.0   // time constant with which a beacon's level follows what is heard
	fadeS      = 10.0  // ... falls while it is not heard
	silentDBm  = -100. // level of a beacon that is not there
	nowhereDBm = -86.  // level below which no beacon counts as near
	spreadDB   = 4.0   // of the level's noise
	stayDB     = 5.0   // how much louder another beacon must be before the zone changes
)

// zones follows which beacon's zone the person is in: each beacon's level is
// filtered over time, falls when it goes unheard, and the zone changes only when
// another beacon is clearly louder.
type zones struct {
	level map[string]float64
	heard map[string]float64 // when last
	names []string
	zone  string
	now   float64
}

func newZones() *zones {
	return &zones{level: map[string]float64{}, heard: map[string]float64{}}
}

// observe takes an event that has happened. Times earlier than one already seen
// count as that one.
func (z *zones) observe(e dataset.Event) {
	if e.Kind != eventBeacon && e.Kind != eventBeaconLost || math.IsNaN(e.Value) {
		return
	}
	z.advance(e.AtS)
	if _, ok := z.level[e.Name]; !ok {
		z.level[e.Name], z.heard[e.Name] = silentDBm, math.Inf(-1)
		z.names = append(z.names, e.Name)
		slices.Sort(z.names)
	}
	if e.Kind == eventBeaconLost {
		z.level[e.Name] = silentDBm
		z.settle()
		return
	}
	// The first packet after a silence counts for as long as the silence.
	gain := 1 - exact.Exp(-max(1, z.now-z.heard[e.Name])/riseS)
	z.level[e.Name] += gain * (min(max(e.Value, silentDBm), 0) - z.level[e.Name])
	z.heard[e.Name] = z.now
	z.settle()
}

// advance lets levels fall until t.
func (z *zones) advance(t float64) {
	if !(t > z.now) {
		return
	}
	for n := range z.level {
		silent := t - max(z.now, z.heard[n]+riseS)
		if silent > 0 {
			z.level[n] = silentDBm + (z.level[n]-silentDBm)*exact.Exp(-silent/fadeS)
		}
	}
	z.now = t
	z.settle()
}

// settle applies the hysteresis.
func (z *zones) settle() {
	current, ok := z.level[z.zone]
	if !ok || current < nowhereDBm {
		z.zone, current = "", nowhereDBm-stayDB
	}
	for _, n := range z.names {
		if z.level[n] > current+stayDB {
			z.zone, current = n, z.level[n]-stayDB
		}
	}
}

// belief is how likely the person is in each zone; "" stands for none of them.
// It is nil when no beacon was ever heard.
func (z *zones) belief() map[string]float64 {
	if len(z.names) == 0 {
		return nil
	}
	logs := []float64{nowhereDBm / spreadDB}
	for _, n := range z.names {
		l := z.level[n]
		if n == z.zone {
			l += stayDB
		}
		logs = append(logs, l/spreadDB)
	}
	p := softmax(logs)
	b := map[string]float64{"": p[0]}
	for i, n := range z.names {
		b[n] = p[i+1]
	}
	return b
}

// placeCounts is what was done where: sets by site, zone and exercise.
type placeCounts struct {
	sites map[string]map[int]float64
	zones map[[2]string]map[int]float64
}

func newPlaceCounts() *placeCounts {
	return &placeCounts{sites: map[string]map[int]float64{}, zones: map[[2]string]map[int]float64{}}
}

func (c *placeCounts) add(site, zone string, exercise int) {
	bump := func(m map[int]float64) map[int]float64 {
		if m == nil {
			m = map[int]float64{}
		}
		m[exercise]++
		return m
	}
	if site != "" {
		c.sites[site] = bump(c.sites[site])
	}
	if zone != "" {
		k := [2]string{site, zone}
		c.zones[k] = bump(c.zones[k])
	}
}

// How many counts a place's lean on the wider one is worth, for each distinct
// exercise.
const (
	siteStrength = 1
	zoneStrength = 2
)

// distribution is what is done at a site, given a belief about the zone, over
// the vocabulary. Laplace's rule keeps every exercise possible; a zone leans on
// its site, the site on the uniform. Without site and beacon it is nil.
func (c *placeCounts) distribution(site string, belief map[string]float64, words *order.Vocabulary) []float64 {
	n := words.Len()
	if n == 0 || site == "" && belief == nil {
		return nil
	}
	here := leaning(c.sites[site], uniform(n), siteStrength)
	if belief == nil {
		return here
	}
	out := make([]float64, n)
	for _, zone := range slices.Sorted(maps.Keys(belief)) { // equal sums need one order
		for e, v := range leaning(c.zones[[2]string{site, zone}], here, zoneStrength) {
			out[e] += belief[zone] * v
		}
	}
	return normalised(out)
}

// leaning smooths counts towards a distribution as if strength counts for each
// distinct exercise had been seen of it.
func leaning(counts map[int]float64, towards []float64, strength float64) []float64 {
	var total float64
	for _, n := range counts {
		total += n
	}
	extra := strength * float64(max(1, len(counts)))
	out := make([]float64, len(towards))
	for e, v := range towards {
		out[e] = (counts[e] + extra*v) / (total + extra)
	}
	return out
}

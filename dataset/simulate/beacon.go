package simulate

import (
	"math"
	"slices"

	"onset/dataset"
)

const (
	scanS   = 2.0   // between two scans for beacons
	heardDB = -80.0 // weakest signal that is still received
	lostS   = 8.0   // silence after which a beacon counts as lost
)

// beacons are the radio events of a session: what a scan every two seconds
// hears, by log-distance path loss with shadowing, and beacons gone silent.
func (a *actor) beacons() []dataset.Event {
	var events []dataset.Event
	heard := map[string]float64{}
	for t := 1.0; t < a.motion.end(); t += scanS {
		here := a.placeAt(t)
		for _, z := range a.Zone {
			if z.Site != a.person.group.Site {
				continue
			}
			d := math.Hypot(1, math.Hypot(here[0]-z.At[0], here[1]-z.At[1]))
			rssi := math.Round(-59 - 24*math.Log10(d) + a.Noise.RSSIdB*a.rnd.NormFloat64())
			if rssi >= heardDB {
				heard[z.Name] = t
				events = append(events, dataset.Event{AtS: t, Kind: "beacon", Name: z.Name, Value: rssi})
			}
		}
		for _, z := range a.Zone {
			if last, ok := heard[z.Name]; ok && t-last >= lostS {
				delete(heard, z.Name)
				events = append(events, dataset.Event{AtS: t, Kind: "beacon-lost", Name: z.Name})
			}
		}
	}
	slices.SortStableFunc(events, func(x, y dataset.Event) int {
		switch {
		case x.AtS < y.AtS:
			return -1
		case x.AtS > y.AtS:
			return 1
		}
		return 0
	})
	return events
}

func (a *actor) placeAt(t float64) [2]float64 {
	here := a.visits[0].at
	for _, v := range a.visits {
		if v.from > t {
			break
		}
		here = v.at
	}
	return here
}

package codec

import (
	"fmt"
	"math"

	"onset/dataset"
)

// clipCounter counts samples at the limits of the sensor's range.
type clipCounter struct {
	channels []dataset.Channel
	count    []int64
	first    []int64
}

func newClipCounter(channels []dataset.Channel) *clipCounter {
	return &clipCounter{channels: channels, count: make([]int64, len(channels)), first: make([]int64, len(channels))}
}

// codes looks at codes[channel][sample]; at is the first one's place in the recording.
func (c *clipCounter) codes(at int64, codes [][]int32) {
	for i, ch := range c.channels {
		if ch.RangeMax == ch.RangeMin {
			continue
		}
		lo := int32(math.Round((ch.RangeMin - ch.Offset) / ch.Scale))
		hi := int32(math.Round((ch.RangeMax - ch.Offset) / ch.Scale))
		for k, v := range codes[i] {
			if v <= lo || v >= hi {
				c.hit(i, at+int64(k))
			}
		}
	}
}

// values looks at values[channel][sample] in the channels' units.
func (c *clipCounter) values(at int64, values [][]float64) {
	for i, ch := range c.channels {
		if ch.RangeMax == ch.RangeMin {
			continue
		}
		for k, v := range values[i] {
			if v <= ch.RangeMin || v >= ch.RangeMax {
				c.hit(i, at+int64(k))
			}
		}
	}
}

func (c *clipCounter) hit(channel int, sample int64) {
	if c.count[channel] == 0 {
		c.first[channel] = sample
	}
	c.count[channel]++
}

// findings has one for each channel that met its limit.
func (c *clipCounter) findings(clock dataset.Clock) []dataset.Finding {
	var found []dataset.Finding
	for i, n := range c.count {
		if n == 0 {
			continue
		}
		ch := c.channels[i]
		name := ch.Kind
		if ch.Axis != "" {
			name += " " + ch.Axis
		}
		at := clock.Time(c.first[i])
		found = append(found, dataset.Finding{Kind: dataset.FindingClipped, AtS: at, Sample: c.first[i],
			Message: fmt.Sprintf("%s: %s at the sensor's limit of %g to %g %s, the first at %.2f s.", name, plural(int(n), "sample"), ch.RangeMin, ch.RangeMax, ch.Unit, at)})
	}
	return found
}

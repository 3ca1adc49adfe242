package training

// frame is what a brain needs of its contract to turn samples into its inputs.
type frame struct {
	Orientation string        `json:"orientation"`
	Channels    []ChannelSpec `json:"channels"`
	Samples     int           `json:"samples"`
	RateHz      float64       `json:"rate_hz"`
}

func frameOf(c Contract, orientation string) frame {
	return frame{Orientation: orientation, Channels: c.Channels, Samples: c.Samples, RateHz: c.RateHz}
}

// turn orients windows; the input stays as it is.
func (f frame) turn(windows [][]float32) ([][]float32, error) {
	out := make([][]float32, len(windows))
	for i, w := range windows {
		if len(w) != len(f.Channels)*f.Samples {
			return nil, wrongWidth(len(w), len(f.Channels)*f.Samples)
		}
		if f.Orientation == OrientationSensor || f.Orientation == "" {
			out[i] = w
			continue
		}
		turned, err := orient(f.Orientation, f.Channels, unflatten(w, f.Samples))
		if err != nil {
			return nil, err
		}
		out[i] = flatten(turned)
	}
	return out, nil
}

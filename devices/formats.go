package devices

import (
	"fmt"

	"onset/dataset"
	"onset/devices/standard"
	"onset/training"
	"onset/training/nn"
)

// ONNXFile is the model in the ONNX format, when it was asked for.
const ONNXFile = "model.onnx"

// onnxOf writes a description and its weights as ONNX. The graph scales its own
// input and divides by the temperature, so it answers what the model answers to
// a window in the contract's units.
func onnxOf(d Description, weights []byte) ([]byte, error) {
	if d.Net.Input.Channels != len(d.Contract.Channels) || d.Net.Input.Samples != d.Contract.Samples {
		return nil, fmt.Errorf("ONNX can't hold this model: its net reads features computed from the window, not the window's samples: %w", dataset.ErrBadRequest)
	}
	net, err := nn.New(d.Net, 0)
	if err != nil {
		return nil, err
	}
	if err := net.UnmarshalWeights(weights); err != nil {
		return nil, err
	}
	n := standard.Network{Name: "onset-" + d.Model, Net: net, Mean: d.Contract.Mean, Std: d.Contract.Std, Temperature: d.Temperature, Classes: d.Classes,
		Metadata: map[string]string{
			"rate_hz": fmt.Sprint(d.Contract.RateHz), "window_s": fmt.Sprint(d.Contract.WindowS),
			"filter": d.Contract.Filter.Kind, "orientation": d.Contract.Orientation, "model": d.Model, "simulated": fmt.Sprint(d.Simulated),
		}}
	for _, c := range d.Contract.Channels {
		n.Channels = append(n.Channels, channelText(c))
	}
	return standard.ONNX(n)
}

// channelText names an input channel with its unit.
func channelText(c training.ChannelSpec) string {
	return fmt.Sprintf("%s %s [%s]", c.Sensor, c.Axis, c.Unit)
}

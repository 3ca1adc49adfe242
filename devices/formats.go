package devices

import (
	"fmt"
	"slices"

	"onset/dataset"
	"onset/devices/standard"
	"onset/training"
	"onset/training/nn"
)

// The model in other runtimes' formats, when they were asked for.
const (
	ONNXFile   = "model.onnx"
	TFLiteFile = "model.tflite"
	CoreMLFile = "model.mlmodel"
)

// addStandard adds the formats of other runtimes that were asked for.
func (e *export) addStandard(d Description, formats []string) error {
	for _, f := range []struct {
		format, file string
		write        func(standard.Network) ([]byte, error)
	}{
		{FormatONNX, ONNXFile, standard.ONNX},
		{FormatTFLite, TFLiteFile, standard.TFLite},
		{FormatCoreML, CoreMLFile, standard.CoreML},
	} {
		if !slices.Contains(formats, f.format) {
			continue
		}
		n, err := networkOf(d, e.exact())
		if err != nil {
			return err
		}
		raw, err := f.write(n)
		if err != nil {
			return err
		}
		e.formats, e.files = append(e.formats, f.format), append(e.files, content{f.file, raw})
		if f.format == FormatCoreML {
			e.notes = append(e.notes, CoreMLFile+" follows the published format; no Core ML has run it yet: a Mac must confirm it.")
		}
	}
	return nil
}

// networkOf is what the standard formats need of a description and its exact
// weights. The graph scales its own input and divides by the temperature, so it
// answers what the model answers to a window in the contract's units.
func networkOf(d Description, weights []byte) (standard.Network, error) {
	if d.Net.Input.Channels != len(d.Contract.Channels) || d.Net.Input.Samples != d.Contract.Samples {
		return standard.Network{}, fmt.Errorf("other runtimes' formats can't hold this model: its net reads features computed from the window, not the window's samples: %w", dataset.ErrBadRequest)
	}
	net, err := nn.New(d.Net, 0)
	if err != nil {
		return standard.Network{}, err
	}
	if err := net.UnmarshalWeights(weights); err != nil {
		return standard.Network{}, err
	}
	n := standard.Network{Name: "onset-" + d.Model, Net: net, Mean: d.Contract.Mean, Std: d.Contract.Std, Temperature: d.Temperature, Classes: d.Classes,
		Metadata: map[string]string{
			"rate_hz": fmt.Sprint(d.Contract.RateHz), "window_s": fmt.Sprint(d.Contract.WindowS),
			"filter": filterText(d), "orientation": d.Contract.Orientation, "model": d.Model, "simulated": fmt.Sprint(d.Simulated),
		}}
	for _, c := range d.Contract.Channels {
		n.Channels = append(n.Channels, channelText(c))
	}
	return n, nil
}

// channelText names an input channel with its unit.
func channelText(c training.ChannelSpec) string {
	return fmt.Sprintf("%s %s [%s]", c.Sensor, c.Axis, c.Unit)
}

package devices

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"onset/training"
)

// sameContract refuses a description's contract that is not the one the golden
// vectors were computed under, and says in words where they part.
func sameContract(here, golden training.Contract) error {
	if err := sameInputs(here.Channels, golden.Channels); err != nil {
		return err
	}
	for _, part := range []struct {
		what string
		tell func(training.Contract) string
	}{
		{"its sensor set", func(c training.Contract) string { return strings.Join(c.SensorSet, " and ") }},
		{"its rate", func(c training.Contract) string { return fmt.Sprintf("%g Hz", c.RateHz) }},
		{"the length of its window", func(c training.Contract) string { return fmt.Sprintf("%g s or %d samples", c.WindowS, c.Samples) }},
		{"its filter", func(c training.Contract) string { return filterName(c.Filter) }},
		{"the longest gap that is bridged", func(c training.Contract) string { return fmt.Sprintf("%g s", c.BridgeS) }},
		{"its orientation", func(c training.Contract) string { return orientationName(c.Orientation) }},
	} {
		if a, b := part.tell(here), part.tell(golden); a != b {
			return refuse(ModelFile, "%s is %s here and %s in the golden vectors", part.what, a, b)
		}
	}
	if !reflect.DeepEqual(here.Filter, golden.Filter) {
		return refuse(ModelFile, "the coefficients of its filter (%s) are others than in the golden vectors", filterName(here.Filter))
	}
	if err := sameScaling(here, golden); err != nil {
		return err
	}
	if !reflect.DeepEqual(here, golden) {
		return refuse(ModelFile, "its contract is another than in the golden vectors")
	}
	return nil
}

// sameScaling names the first input that is scaled in another way.
func sameScaling(here, golden training.Contract) error {
	n := len(here.Channels)
	for _, list := range [][]float32{here.Mean, here.Std, golden.Mean, golden.Std} {
		if len(list) != n {
			return refuse(ModelFile, "the scaling of its inputs has %d values for %d inputs", len(list), n)
		}
	}
	for i, c := range here.Channels {
		if here.Mean[i] != golden.Mean[i] || here.Std[i] != golden.Std[i] {
			return refuse(ModelFile, "the scaling of its inputs differs: input %d (%s %s) has mean %g and deviation %g here, %g and %g in the golden vectors",
				i+1, c.Sensor, c.Axis, here.Mean[i], here.Std[i], golden.Mean[i], golden.Std[i])
		}
	}
	return nil
}

func orientationName(name string) string {
	if name == "" {
		return training.OrientationSensor
	}
	return name
}

// sameInputs refuses input channels that differ from the golden vectors', and
// says whether it is their order, a unit or something else.
func sameInputs(here, golden []training.ChannelSpec) error {
	if slices.Equal(here, golden) {
		return nil
	}
	names := func(channels []training.ChannelSpec) []string {
		var out []string
		for _, c := range channels {
			out = append(out, strings.TrimSpace(c.Sensor+" "+c.Axis))
		}
		return out
	}
	a, b := names(here), names(golden)
	if slices.Equal(a, b) {
		for i := range here {
			if here[i].Unit != golden[i].Unit {
				return refuse(ModelFile, "the unit of its input %d (%s) is %s here and %s in the golden vectors", i+1, a[i], here[i].Unit, golden[i].Unit)
			}
		}
	}
	what := "the order of its inputs"
	if !slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))) {
		what = "what its inputs are"
	}
	return refuse(ModelFile, "%s is %s here and %s in the golden vectors", what, strings.Join(a, ", "), strings.Join(b, ", "))
}

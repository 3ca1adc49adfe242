package words

import (
	"strings"
	"testing"

	"onset/dataset"
)

func TestModelsAreToldApartByWhatTheyRead(t *testing.T) {
	m := dataset.ModelRow{ID: "0123456789", MacroF1: .5, Scores: []byte("{}"),
		Spec: []byte(`{"contract":{"sensor_set":["left-wrist/accelerometer","left-wrist/gyroscope","right-thigh/accelerometer"]}}`)}
	if got := ModelSensors(m); got != "left wrist acc, gyro, right thigh acc" {
		t.Errorf("reads %q", got)
	}
	if got := ModelLine(m); !strings.HasPrefix(got, "01234567   left wrist acc") || !strings.Contains(got, "0.500") {
		t.Errorf("line %q", got)
	}
	m.Scores = nil
	if got := ModelLine(m); !strings.Contains(got, "not scored here") || strings.Contains(got, "0.500") {
		t.Errorf("line without a score %q", got)
	}
	m.Name = "wrist"
	if !strings.HasPrefix(ModelLine(m), "wrist ") || ModelSensors(dataset.ModelRow{}) != "" {
		t.Error("a name does not come first, or no sensors are some")
	}
}

func TestAModelOfSomebodyWhoWithdrewSaysSo(t *testing.T) {
	if got := Model(dataset.ModelRow{ID: "abcdefghij", Withdrawn: "a participant withdrew"}); got != "abcdefgh (person withdrew)" {
		t.Errorf("%q", got)
	}
}

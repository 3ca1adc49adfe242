package dataset

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func TestParticipantSheetRoundTrips(t *testing.T) {
	people := []Participant{
		{ID: "P01", AgeBand: "30-39", Sex: "female", Proficiency: "novice", Side: "right", Group: "knee, left", Fields: map[string]string{"Größe": "1,72"}},
		{ID: "P02"},
	}
	var b bytes.Buffer
	if err := WriteParticipants(&b, people); err != nil {
		t.Fatal(err)
	}
	got, err := ReadParticipants(strings.NewReader("\ufeff" + b.String()))
	if err != nil || !reflect.DeepEqual(got, people) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestParticipantSheetRefusals(t *testing.T) {
	for text, says := range map[string]string{
		"":                                   "empty",
		"name\nErika\n":                      "first column",
		"participant,sex\nP01,female\n,\n":   "row 3",
		"participant\nP01\nP02\nP01\n":       "row 2 already",
		"participant,side\nP01,upside\n":     "upside",
		"participant,side\nP01,left,extra\n": "row 2",
	} {
		if _, err := ReadParticipants(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v does not say %q", text, err, says)
		}
	}
}

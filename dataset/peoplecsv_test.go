package dataset

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"
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
		"participant,side\nP01,left,extra\n": "row 2 of the participant sheet has 3 cells; the header has 2",
		"participant,name\nP01,M\xfcller\n":  "line 2, column 6",
	} {
		if _, err := ReadParticipants(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v does not say %q", text, err, says)
		}
	}
}

func TestParticipantSheetAsSpreadsheetsWriteIt(t *testing.T) {
	want := []Participant{{ID: "P01", Sex: "female", Fields: map[string]string{"Größe": "1,72"}}}
	for name, text := range map[string]string{
		"semicolons":   "\ufeffparticipant;sex;Größe\r\nP01;female;1,72\r\n",
		"tabs":         "participant\tsex\tGröße\nP01\tfemale\t1,72\n",
		"Unicode text": "\xff\xfe" + wide("participant\tsex\tGröße\r\nP01\tfemale\t1,72\r\n"),
	} {
		if got, err := ReadParticipants(strings.NewReader(text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func wide(text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

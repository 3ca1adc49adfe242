package dataset

import (
	"bytes"
	"fmt"
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
	got, err := ReadSheet(strings.NewReader("\ufeff" + b.String()))
	if err != nil || !reflect.DeepEqual(got.People, people) || len(got.Columns) != 6 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestParticipantSheetRefusals(t *testing.T) {
	for text, says := range map[string]string{
		"":                                          "empty",
		"name\nErika\n":                             "first column",
		"participant,sex\nP01,female\n,\n":          "row 3",
		"participant\nP01\nP02\nP01\n":              "row 2 already",
		"participant,side\nP01,upside\n":            "upside",
		"participant,side\nP01,left,extra\n":        "row 2 of the participant sheet has 3 cells; the header has 2",
		"participant,name\nP01,M\xfcller\n":         "line 2, column 6",
		"participant,sex,sex\nP01,male,\n":          "column \"sex\" twice",
		"participant,sex,\nP01,male,x\n":            "row 2 of the participant sheet: \"x\" stands in a column without a name",
		"participant,age_band\nP01,30-39\nP02,45\n": "row 3 of the participant sheet: age_band is \"45\"; it takes an age band such as 40-49",
	} {
		if _, err := ReadSheet(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
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
		if got, err := ReadSheet(strings.NewReader(text)); err != nil || !reflect.DeepEqual(got.People, want) {
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

func TestASheetLeavesTheColumnsThatItHasNot(t *testing.T) {
	have := []Participant{{ID: "S01", Sex: "male"},
		{ID: "S02", AgeBand: "20-29", Sex: "female", Proficiency: "novice", Side: "left", Group: "G1", Fields: map[string]string{"height": "180", "note": "short"}}}
	sheet, err := ReadSheet(strings.NewReader("participant,note\nS02,tall\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := sheet.Onto(have)
	want := have[1]
	want.Fields = map[string]string{"height": "180", "note": "tall"}
	if !reflect.DeepEqual(c.People, []Participant{want}) || c.Emptied() != 0 || !reflect.DeepEqual(c.Columns, []ColumnChange{{Column: "note", Changed: 1}}) {
		t.Errorf("%+v", c)
	}
	if have[1].Fields["note"] != "short" {
		t.Error("what was handed in is changed")
	}
	sheet, err = ReadSheet(strings.NewReader("participant,sex,side,height,age_band\nS02,,right,,20-29\nS01,male,left,,\nS03,other,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	c = sheet.Onto(have)
	if p := c.People[0]; p.Sex != "" || p.Side != "right" || p.Group != "G1" || !reflect.DeepEqual(p.Fields, map[string]string{"note": "short"}) {
		t.Errorf("an empty cell: %+v", p)
	}
	if !reflect.DeepEqual(c.Columns, []ColumnChange{{Column: "sex", Set: 1, Emptied: 1}, {Column: "side", Set: 1, Changed: 1}, {Column: "height", Emptied: 1}}) || c.Emptied() != 2 {
		t.Errorf("changes %+v", c.Columns)
	}
	if !reflect.DeepEqual(c.New, []ParticipantID{"S03"}) || !reflect.DeepEqual(c.Loses, []ParticipantID{"S02"}) {
		t.Errorf("new %v, loses %v", c.New, c.Loses)
	}
}

func TestAnExactAgeIsNoBand(t *testing.T) {
	for text, want := range map[string]string{"": "", "40-49": "40-49", " 40 – 49 ": "40-49", "<18": "<18", "80+": "80+", "over 65": "over 65", "adult": "adult", "0-4": "0-4", "100-120": "100-120"} {
		if got, err := AgeBand(text); err != nil || got != want {
			t.Errorf("%q gives %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"45", "45.5", "45 years", "1979", "17.05.1979", "1979-05-17", "45-45", "45-46", "49-40", "about 45"} {
		if got, err := AgeBand(text); err == nil || !strings.Contains(err.Error(), "an age band such as 40-49") {
			t.Errorf("%q gives %q, %v", text, got, err)
		}
	}
}

func TestNobodyIsOlderThanPeopleGet(t *testing.T) {
	for _, text := range []string{"200-300", "110-130", "over 200", "125+"} {
		if got, err := AgeBand(text); err == nil || !strings.Contains(err.Error(), "nobody is older than 120") {
			t.Errorf("%q gives %q, %v", text, got, err)
		}
	}
}

// A code in small letters must not make a second person of one: a model would be
// judged on somebody whom it knows.
func TestACodeInOtherLettersIsTheSamePerson(t *testing.T) {
	sheet, err := ReadSheet(strings.NewReader("participant,sex\ns03,female\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := sheet.Onto([]Participant{{ID: "S03"}})
	if len(c.New) != 0 || len(c.People) != 1 || c.People[0].ID != "S03" || c.People[0].Sex != "female" {
		t.Errorf("%+v", c)
	}
}

func TestExactAgesAreRefusedUnderAnyUsualName(t *testing.T) {
	for _, text := range []string{"participant,age\nS01,37\n", "participant,Alter\nS01,37\n", "participant,birth_date\nS01,1980-02-03\n"} {
		if _, err := ReadSheet(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "row 2") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Labs write f, w and weiblich; what is written out again are the study's words.
func TestASheetInTheWordsOfALab(t *testing.T) {
	rows := []string{"participant;sex;side;proficiency"}
	var want []Participant
	for _, r := range []struct{ sex, side, skill, sexIs, sideIs, skillIs string }{
		{"f", "l", "Anfänger", "female", "left", "novice"}, {"W", "Links", "geübt", "female", "left", "trained"}, {"weiblich", "li", "EXPERTIN", "female", "left", "expert"},
		{"Female", "R", "beginner", "female", "right", "novice"}, {"m", "rechts", "trained", "male", "right", "trained"}, {"ma\u0308nnlich", "re", "", "male", "right", ""},
		{"MÄNNLICH", "b", "novice", "male", "both", "novice"}, {"d", "beidseitig", "expert", "other", "both", "expert"}, {"divers", "beidseits", "Experte", "other", "both", "expert"}, {"", "", "", "", "", ""},
	} {
		code := fmt.Sprintf("P%02d", len(rows))
		rows = append(rows, strings.Join([]string{code, r.sex, r.side, r.skill}, ";"))
		want = append(want, Participant{ID: ParticipantID(code), Sex: r.sexIs, Side: r.sideIs, Proficiency: r.skillIs})
	}
	sheet, err := ReadSheet(strings.NewReader(strings.Join(rows, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(sheet.People, want) {
		t.Errorf("%+v", sheet.People)
	}
	var out bytes.Buffer
	if err := WriteParticipants(&out, sheet.People); err != nil {
		t.Fatal(err)
	}
	if again, err := ReadSheet(&out); err != nil || !reflect.DeepEqual(again.People, want) {
		t.Errorf("written and read again: %v, %+v", err, again.People)
	}
	for text, says := range map[string]string{"participant,sex\nP01,f\nP02,v": `row 3 of the participant sheet: sex is "v"`, "participant,side\nP01,dominant": `row 2 of the participant sheet: side is "dominant"; it can be left, right, both or empty`} {
		if _, err := ReadSheet(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestEveryWrongRowOfASheetIsNamed(t *testing.T) {
	text := "participant,sex\nP01,female\nP02,perhaps\nP03\nP01,male\n,male\n"
	_, err := ReadSheet(strings.NewReader(text))
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{"row 3 of", "perhaps", "row 4 of", "has 1 cells", "row 5 of", "P01 stands in row 2 already", "row 6 of", "no code"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	for range 40 {
		text += ",male\n"
	}
	if _, err = ReadSheet(strings.NewReader(text)); err == nil || !strings.HasSuffix(err.Error(), "and 24 more rows") || strings.Count(err.Error(), "row ") > 22 {
		t.Errorf("44 wrong rows: %v", err)
	}
}

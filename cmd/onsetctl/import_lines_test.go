package main

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"onset/dataset"
	"onset/dataset/codec"
)

func TestManyGapsAreOneLine(t *testing.T) {
	var findings []codec.Finding
	for i := range 138 {
		findings = append(findings, codec.Finding{Kind: dataset.FindingGap, AtS: float64(i), LengthS: 0.01 + float64(i%50)/1000, Message: "gap"})
	}
	findings = append(findings, codec.Finding{Kind: dataset.FindingClock, Message: "True rate"})
	lines := findingLines(findings, false)
	if len(lines) != 2 || !strings.Contains(lines[0], "138 gaps") || !strings.Contains(lines[0], "the longest of 0.06 s at 49.00 s") {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
	if all := findingLines(findings, true); len(all) != 139 {
		t.Errorf("verbose tells %d lines", len(all))
	}
}

// At the keyboard whose a recording is can be answered with a code that the study
// does not have; a name is not taken for one.
func TestWhoseIsAnsweredWithANewCode(t *testing.T) {
	q := codec.Question{Source: "a.csv", Topic: codec.TopicParticipant, Text: "Whose is it?", TakesCode: true,
		Choices: []codec.Choice{{Key: "P01", Text: "P01, 2 sessions"}, {Key: codec.NewParticipant, Text: "A new person"}, {Key: codec.LeaveOpen, Text: "Leave it open"}}}
	unit := codec.Question{Source: "a.csv", Topic: "unit", Text: "Which unit?", Choices: []codec.Choice{{Key: "g", Text: "g"}, {Key: "m/s2", Text: "m/s2"}}}
	for typed, want := range map[string]string{"1\n": "P01", "p01\n": "P01", "2\n": codec.NewParticipant, "S07\n": codec.NewCode("S07"), "9\nErika\nErika 2\nS07": codec.NewCode("S07")} {
		var out strings.Builder
		term := &terminal{err: &out}
		got, err := term.askAt(bufio.NewReader(strings.NewReader(typed)), q)
		if err != nil || got != want || !strings.Contains(out.String(), "the code of a new person") {
			t.Errorf("%q gives %q, %v\n%s", typed, got, err, out.String())
		}
		if strings.Contains(typed, "Erika") && strings.Count(out.String(), "neither a number of the list nor a study code") != 3 {
			t.Errorf("a name: %s", out.String())
		}
	}
	term := &terminal{err: &strings.Builder{}}
	if got, err := term.askAt(bufio.NewReader(strings.NewReader("S07\n2\n")), unit); err != nil || got != "m/s2" {
		t.Errorf("a unit: %q, %v", got, err)
	}
	_, err := term.askAt(bufio.NewReader(strings.NewReader("\n")), q)
	if _, ok := errors.AsType[errUnanswered](err); !ok || !strings.Contains(err.Error(), "--participant CODE with a code that the study has (P01) or a new one") {
		t.Errorf("nothing typed: %v", err)
	}
	ask := term.asker(map[string]string{codec.TopicParticipant: codec.NewCode("S07")})
	if got, err := ask(q); err != nil || got != codec.NewCode("S07") {
		t.Errorf("from the command line: %q, %v", got, err)
	}
}

// The code that a refusal names as the way on is the one that works.
func TestANewCodeFromTheCommandLine(t *testing.T) {
	study := newStudyFile(t)
	for i, args := range [][]string{{"--participant", "S01"}, {"--answer", "participant=new=S07"}, {"--participant", "S09"}} {
		must[importResult](t, append([]string{"import", study, pebbleSession(t, i+1)}, args...)...)
	}
	var codes []string
	for _, p := range must[struct {
		Participants []participantRow `json:"participants"`
	}](t, "participants", study).Participants {
		codes = append(codes, p.ID)
	}
	if strings.Join(codes, " ") != "S01 S07 S09" {
		t.Errorf("%v", codes)
	}
}

func TestWhatIsTheSameOfManySessionsIsToldOnce(t *testing.T) {
	var report codec.Report
	for i := range 844 {
		report.Imported = append(report.Imported, codec.ImportedSession{Session: dataset.SessionID(fmt.Sprintf("s%03d", i)), Findings: []codec.Finding{
			{Kind: dataset.FindingNote, Message: "The file gives no zone."},
			{Kind: dataset.FindingClock, Message: fmt.Sprintf("The true rate is %d.%d Hz.", 99+i%2, i)},
		}})
	}
	report.Imported[0].Findings = append(report.Imported[0].Findings, codec.Finding{Kind: dataset.FindingNote, Message: "Only here."})
	var out strings.Builder
	writeReport(&out, report, false)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")[845:]
	if len(lines) != 3 || !strings.HasSuffix(lines[0], "The file gives no zone. ... and the same for 843 more sessions") ||
		!strings.Contains(lines[1], "with other numbers 843 more times") || !strings.HasSuffix(lines[2], "Only here.") {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
	out.Reset()
	writeReport(&out, report, true)
	if n := strings.Count(out.String(), "\n"); n != 845+2*844+1 {
		t.Errorf("verbose tells %d lines", n)
	}
	out.Reset()
	writeTotals(&out, report)
	if out.String() != "844 sessions imported, 0 refused, 1689 findings\n" {
		t.Errorf("quiet tells %q", out.String())
	}
}

func TestTimeLeftIsToldOnceItIsStable(t *testing.T) {
	var p pace
	for _, c := range []struct {
		elapsed  time.Duration
		fraction float64
		ok       bool
	}{{time.Second, .5, false}, {6 * time.Second, .05, false}, {8 * time.Second, .2, false}, {10 * time.Second, .25, true}, {20 * time.Second, .5, true}, {30 * time.Second, .5, false}} {
		if left, ok := p.left(c.elapsed, c.fraction); ok != c.ok {
			t.Errorf("after %v at %g: %v, %v", c.elapsed, c.fraction, left, ok)
		}
	}
}

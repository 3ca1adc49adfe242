package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"onset/app"
	"onset/dataset"
	"onset/dataset/codec"
)

func TestAReportTellsEachFindingOnAClock(t *testing.T) {
	lines := findingLines([]codec.Finding{
		{Kind: dataset.FindingClock, AtS: 60, Message: "The clock jumps ahead by 60.0 days before sample 3001."},
		{Kind: dataset.FindingClock, AtS: 120, Message: "The clock steps back by 7.50 s before sample 6001."},
		{Kind: dataset.FindingGap, AtS: 10, LengthS: .02, Message: "a gap"}, {Kind: dataset.FindingGap, AtS: 20, LengthS: .02, Message: "a gap"},
	})
	if len(lines) != 3 || !strings.Contains(lines[1].text, "2:00.000: The clock steps back by 7.50 s before sample 6001") || !strings.Contains(lines[2].text, "2 gaps, 0.04 s in all") {
		t.Errorf("%+v", lines)
	}
}

func TestARefusalNamesItsFileOnce(t *testing.T) {
	lines := reportLines(codec.Report{Refused: []codec.Refusal{{Source: "/d/a.csv", Reason: "a.csv, row 5: it is odd"}, {Source: "/d/b.csv", Reason: "not a format"}}})
	if lines[0].text != "a.csv, row 5: it is odd" || lines[1].text != "b.csv: not a format" {
		t.Errorf("%+v", lines)
	}
}

func TestACancelledImportOfNothingIsOneLine(t *testing.T) {
	s := newStand(t, Flags{})
	s.importEnded(nil, codec.Report{}, nil, nil, app.JobStatus{State: app.JobCancelled})
	if s.dialogs.top() != nil {
		t.Errorf("shows %q", s.dialogText())
	}
}

// A path typed into the palette goes the way of the button: a table in an older
// encoding is described, a letter is refused with the reason.
func TestATypedPathOfAnUnknownTextIsDescribedOrRefused(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("Paths")
	take := func(name, text string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s.pathCommands(path)[0].Run()
		s.until("it is answered", func() bool { return s.dialogs.top() != nil })
	}
	take("knie.csv", "Zeit;Gr\xf6\xdfe\n0.00;1.5\n0.02;1.6\n0.04;1.7\n")
	if text := s.dialogText(); !strings.Contains(text, "Describe this table") {
		t.Errorf("a table in Latin-1: %s", text)
	}
	s.dialogs.key(fyne.KeyEscape)
	take("letter.txt", strings.Repeat("Dear colleague, this is a letter.\n", 40))
	if text := s.dialogText(); !strings.Contains(text, "letter.txt: not a format that Onset knows, and no table either") || len(s.dialogs.top().Actions) != 1 {
		t.Errorf("a letter: %s", text)
	}
}

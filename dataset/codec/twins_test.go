package codec

import (
	"strings"
	"testing"

	"onset/dataset"
)

func TestTheSameRecordingAgainIsNamedAndRefusedUnlessWanted(t *testing.T) {
	ctx := t.Context()
	dir := data(t, "muvr", "pebble-sessions", "jan-arms-11-06")
	study := newStudy(t)
	first, err := Import(ctx, study, []string{dir}, Options{Participant: "P01"}, nil)
	if err != nil || len(first.Imported) != 1 {
		t.Fatal(first, err)
	}
	again := func(o Options) Report {
		t.Helper()
		o.Participant = "P02"
		report, err := Import(ctx, study, []string{dir}, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	refused := again(Options{})
	if len(refused.Imported) != 0 || len(refused.Refused) != 1 {
		t.Fatalf("a copy as another person: %+v", refused)
	}
	for _, want := range []string{"already", "session 1 of P01", "leave or import"} {
		if reason := refused.Refused[0].Reason; !strings.Contains(reason, want) {
			t.Errorf("the reason %q does not say %q", reason, want)
		}
	}
	for _, answer := range []string{"leave", "import"} {
		var asked Question
		report := again(Options{Ask: func(q Question) (string, error) { asked = q; return answer, nil }})
		if asked.Topic != "copy" || len(asked.Choices) != 2 {
			t.Errorf("asked %+v", asked)
		}
		if answer == "leave" && len(report.Imported) != 0 || answer == "import" && len(report.Imported) != 1 {
			t.Errorf("after %q: %+v", answer, report)
		}
		if answer == "import" {
			s, err := study.Session(ctx, report.Imported[0].Session)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, f := range s.Recordings[0].Findings {
				found = found || f.Kind == dataset.FindingTwin
			}
			if !found {
				t.Errorf("findings %+v", s.Recordings[0].Findings)
			}
		}
	}
}

func TestARefusedCopyTellsItsOwnBadBlocksAndNoMoreThanIsKnown(t *testing.T) {
	ctx, study := t.Context(), newStudy(t)
	good := data(t, "vendor", "axivity_cwa", "ax3_testfile.cwa")
	bad := data(t, "vendor", "axivity_cwa", "ax3_testfile_corrupt_blocks_0_13_14_142_143_144.cwa")
	if report, err := Import(ctx, study, []string{good}, Options{Participant: "P01"}, nil); err != nil || len(report.Imported) != 1 {
		t.Fatal(report, err)
	}
	var asked Question
	report, err := Import(ctx, study, []string{bad}, Options{Participant: "P01", Ask: func(q Question) (string, error) { asked = q; return "leave", nil }}, nil)
	if err != nil || len(report.Refused) != 1 {
		t.Fatal(report, err)
	}
	for _, text := range []string{report.Refused[0].Reason, asked.Text} {
		for _, want := range []string{"at least 9", "in the study already", "6 blocks", "142"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q does not say %q", text, want)
			}
		}
	}
	if asked.Extent != dataset.ExtentAll {
		t.Errorf("the extent is %q", asked.Extent)
	}
}

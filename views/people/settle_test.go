package people

import (
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"
)

// openIdentities is the room on a study with a session each of P01, and of P02 and P03
// of whom an import left open who they are.
func openIdentities(t *testing.T) *stand {
	t.Helper()
	s := newStand(t)
	path := filepath.Join(t.TempDir(), "open.onset")
	study, err := dataset.Create(t.Context(), path, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, code := range []dataset.ParticipantID{"P01", "P02", "P03"} {
		im, err := study.BeginImport(t.Context(), dataset.Session{Participant: code, Source: "test"})
		if err != nil {
			t.Fatal(err)
		}
		w, err := im.AddRecording(t.Context(), dataset.RecordingDraft{Placement: "left-wrist",
			Channels: []dataset.Channel{{Kind: "accelerometer", Axis: "x", Unit: "g", Scale: 1}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Append(t.Context(), [][]float64{{float64(i), 1, 2, 3}}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Finish(t.Context(), dataset.Uniform(0, 50), 0, nil); err != nil {
			t.Fatal(err)
		}
		if code != "P01" {
			im.AddFindings([]dataset.Finding{{Kind: dataset.FindingIdentity, Sample: -1, Message: "Whose is it?"}})
		}
		if _, err := im.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := study.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.bench.Open(t.Context(), path, false); err != nil {
		t.Fatal(err)
	}
	s.Shown()
	return s
}

func TestOpenIdentitiesAreShownAndSettled(t *testing.T) {
	s := openIdentities(t)
	if got := s.cell(1, s.sheet.columns[0]); !strings.Contains(got, "who?") || strings.Contains(s.cell(0, s.sheet.columns[0]), "who?") {
		t.Errorf("P02 is shown as %q", got)
	}
	if s.side.settling.Visible() {
		t.Error("P01 is settled, yet asked about")
	}
	s.settleOwn()
	if s.yes != nil {
		t.Error("P01 could be settled again")
	}
	s.sheet.move(1, 0)
	if !s.side.settling.Visible() || !strings.Contains(s.side.open.Text(), "1 session") {
		t.Errorf("P02 is not asked about: %q", s.side.open.Text())
	}
	s.settleAs()
	if len(s.rows) != 2 || s.rows[0][0] != "P01" || s.rows[1][0] != "P03" {
		t.Fatalf("offered %v", s.rows)
	}
	s.take(0)
	if len(s.people) != 3 || s.yes == nil {
		t.Fatal("two people were made one without asking again")
	}
	s.yes()
	if len(s.people) != 2 || s.people[0].Sessions != 2 || s.people[0].Unsettled != 0 {
		t.Errorf("after P02 is P01: %+v", s.people)
	}
	s.sheet.move(1, 0)
	s.settleOwn()
	s.yes()
	if s.people[1].ID != "P03" || s.people[1].Unsettled != 0 || s.side.settling.Visible() || s.failed != nil {
		t.Errorf("after P03 is one of their own: %+v, %v", s.people, s.failed)
	}
}

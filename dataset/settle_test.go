package dataset

import (
	"errors"
	"testing"
)

func TestSettlingSaysWhoAPersonIs(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	add := func(person string, seed uint64, open bool) SessionID {
		im, err := importSeries(ctx, s, person, Uniform(0, 50), movement(seed, 3000))
		if err != nil {
			t.Fatal(err)
		}
		if open {
			im.AddFindings([]Finding{{Kind: FindingIdentity, Sample: -1, Message: "Whose is it?"}})
		}
		id, err := im.Commit(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first := add("P01", 1, false)
	same, own := add("P02", 2, true), add("P03", 3, true)
	if err := s.SettleParticipant(ctx, "P01", "P02"); !errors.Is(err, ErrBadRequest) {
		t.Errorf("nothing was open about P01: %v", err)
	}
	if err := s.SettleParticipant(ctx, "P02", "P99"); err == nil {
		t.Error("P02 became somebody whom the study does not have")
	}
	if err := s.SettleParticipant(ctx, "P02", "P01"); err != nil {
		t.Fatal(err)
	}
	if err := s.SettleParticipant(ctx, "P03", "P03"); err != nil {
		t.Fatal(err)
	}
	all, err := s.Sessions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := map[SessionID]struct {
		person ParticipantID
		number int
	}{first: {"P01", 1}, same: {"P01", 2}, own: {"P03", 1}}
	for _, v := range all {
		if w := want[v.ID]; v.Participant != w.person || v.Number != w.number || v.Unsettled() {
			t.Errorf("session %s: %s, number %d, findings %v", v.ID, v.Participant, v.Number, v.FindingKinds)
		}
	}
	people, err := s.Participants(ctx)
	if err != nil || len(people) != 2 || people[0].ID != "P01" || people[1].ID != "P03" {
		t.Errorf("people: %+v, %v", people, err)
	}
	if later := add("P01", 4, false); later == "" {
		t.Error("no session after settling")
	}
	problems, err := CheckFile(ctx, s.Path(), nil)
	if err != nil || len(problems) != 0 {
		t.Errorf("check after settling: %v, %v", problems, err)
	}
}

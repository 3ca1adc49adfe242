package dataset

import (
	"strings"
	"testing"
)

func TestRepairRebuildsWhatFollowsFromTheEvidence(t *testing.T) {
	ctx := t.Context()
	s := fullStudy(t)
	if _, err := s.Sessions(ctx); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s, Options{Program: "test 2"})
	want, err := contents(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, damage := range []string{
		"DELETE FROM overviews WHERE first=0",
		"DELETE FROM summaries WHERE channel=1",
		"DELETE FROM overviews WHERE channel=2",
		"DELETE FROM labels WHERE label_set='hand'",
		"UPDATE labels SET start_sample=1, exercise='other'",
		"INSERT INTO labels SELECT 'extra', session, recording, label_set, kind, 1, 2, exercise, rater, origin, confidence, attributes, created_ns FROM labels LIMIT 1",
		"UPDATE label_counts SET labels=77, exercises='{'",
		"UPDATE label_counts SET exercises=replace(exercises, '\"sets\":', '\"sets\":1')",
		"UPDATE sessions SET duration_s=duration_s+1, samples=5, recordings=9",
		"UPDATE sessions SET sensors='[]', finding_kinds='{}'",
		"UPDATE participants SET sessions=77 WHERE id='P01'",
		"DROP TRIGGER ledger_stays",
		"DROP INDEX labels_by_session",
	} {
		if _, err := s.Sessions(ctx); err != nil {
			t.Fatal(err)
		}
		if err := s.keepCounts(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := s.writer.ExecContext(ctx, damage); err != nil {
			t.Fatal(err)
		}
		found, err := s.Check(ctx, nil)
		if err != nil || len(found) == 0 {
			t.Errorf("%s: the check found nothing (%v)", damage, err)
		}
		repaired, left, err := s.Repair(ctx, nil)
		if err != nil || len(repaired) == 0 || len(left) > 0 {
			t.Errorf("%s: repaired %v, left %v: %v", damage, repaired, left, err)
		}
		have, err := contents(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		// The repair itself is in the ledger; everything else is as before.
		if a, b := withoutLedger(have), withoutLedger(want); a != b {
			t.Errorf("%s: the study is not what it was", damage)
		}
	}
	if repaired, left, err := s.Repair(ctx, nil); err != nil || len(repaired)+len(left) > 0 {
		t.Errorf("repair of a whole study: %v, %v, %v", repaired, left, err)
	}
}

func withoutLedger(contents string) string {
	var kept []string
	for line := range strings.Lines(contents) {
		if !strings.Contains(line, `"Hash":`) || !strings.Contains(line, `"Position":`) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func TestRepairDoesNotGuess(t *testing.T) {
	ctx, s := t.Context(), fullStudy(t)
	if _, err := s.writer.ExecContext(ctx, `UPDATE chunks SET data=zeroblob(length(data)) WHERE rowid=1;
		UPDATE participants SET sex='male' WHERE id='P01'; DROP TRIGGER ledger_keeps;
		UPDATE ledger SET rater='eve' WHERE position=4; DELETE FROM labels WHERE label_set='hand'`); err != nil {
		t.Fatal(err)
	}
	repaired, left, err := s.Repair(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(repaired) != 1 || repaired[0].Where != "schema" {
		t.Errorf("repaired %v", repaired)
	}
	for _, want := range []string{"channel 1", "participants P01", "ledger entry 4", "labels"} {
		found := false
		for _, p := range left {
			found = found || strings.Contains(p.Part, want)
		}
		if !found {
			t.Errorf("%s is not among what is left: %v", want, left)
		}
	}
}

// One changed byte of what a ledger entry says is one problem, and nothing is
// called rebuildable that a repair leaves.
func TestADamagedLedgerIsOneProblemAndPromisesNothing(t *testing.T) {
	ctx, s := t.Context(), fullStudy(t)
	if _, err := s.writer.ExecContext(ctx, `DROP TRIGGER ledger_details_keep;
		UPDATE ledger_details SET data=CAST(replace(data, '"exercise":"e"', '"exercise":"u"') AS BLOB) WHERE position=4;`+
		triggerOf(t, s, "ledger_details_keep")); err != nil {
		t.Fatal(err)
	}
	found, err := s.Check(ctx, nil)
	if err != nil || len(found) != 2 || found[0].Part != "ledger entry 4" || found[1].Part != "labels" {
		t.Fatalf("found %v, %v", found, err)
	}
	for _, p := range found {
		if p.Repairable {
			t.Errorf("called rebuildable: %v", p)
		}
	}
	want, err := s.Labels(ctx, LabelFilter{})
	if err != nil {
		t.Fatal(err)
	}
	repaired, left, err := s.Repair(ctx, nil)
	if err != nil || len(repaired) > 0 || len(left) != 2 {
		t.Errorf("repaired %v, left %v, %v", repaired, left, err)
	}
	have, err := s.Labels(ctx, LabelFilter{})
	if err != nil || len(have) != len(want) {
		t.Errorf("%d labels became %d, %v", len(want), len(have), err)
	}
}

func triggerOf(t *testing.T, s *Study, name string) (text string) {
	t.Helper()
	if err := s.reader.QueryRowContext(t.Context(), "SELECT sql FROM sqlite_schema WHERE name=?", name).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text + ";"
}

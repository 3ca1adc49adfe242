package main

import (
	"math"
	"strings"
	"testing"

	"onset/dataset"
)

func TestAlignByAnchorsAndByMovement(t *testing.T) {
	study := sampleStudy(t)
	s, err := dataset.Open(t.Context(), study, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := s.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	full, err := s.Session(t.Context(), sessions[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	id, a, b := string(full.ID), string(full.Recordings[0].ID), string(full.Recordings[1].ID)
	got := must[alignResult](t, "align", study, "--session", id, "--recording", b, "--anchor", "10=12", "--anchor", "110=112.01")
	if math.Abs(got.DriftPPM-100) > 1e-6 || math.Abs(got.Alignment.ShiftS-1.999) > 1e-9 {
		t.Errorf("%+v", got)
	}
	// a wrist and a thigh do not move alike, and a guess is not made of that
	if o := ctl(t, "align", study, "--session", id, "--recording", b, "--to", a); o.code != exitFailed || !strings.Contains(o.err, "not alike enough") {
		t.Errorf("exit %d, %s%s", o.code, o.out, o.err)
	}
	if got := must[alignResult](t, "align", study, "--session", id, "--recording", b, "--reset"); got.Alignment != nil {
		t.Errorf("%+v", got)
	}
	if got.ResidualMS != nil { // of two anchors
		t.Errorf("a residual of %g ms", *got.ResidualMS)
	}
	three := must[alignResult](t, "align", study, "--session", id, "--recording", b, "--anchor", "0=0", "--anchor", "100=100.03", "--anchor", "200=200")
	if three.ResidualMS == nil || math.Abs(*three.ResidualMS-30*math.Sqrt(2)/3) > 1e-6 {
		t.Errorf("%+v", three)
	}
	// three anchors were an alignment of a recording on its own clock again, that one of one that had been reset
	if got := must[alignResult](t, "align", study, "--session", id, "--undo"); got.Alignment != nil || got.Recording != b {
		t.Errorf("%+v", got)
	}
	if got := must[alignResult](t, "align", study, "--session", id, "--undo"); got.Alignment == nil || math.Abs(got.Alignment.ShiftS-1.999) > 1e-9 {
		t.Errorf("the reset is taken back: %+v", got)
	}
	if got := must[alignResult](t, "align", study, "--session", id, "--undo"); got.Alignment != nil {
		t.Errorf("the first alignment is taken back: %+v", got)
	}
	if o := ctl(t, "align", study, "--session", id, "--undo"); o.code == exitOK {
		t.Errorf("nothing is left to take back: %s", o.out)
	}
	for _, args := range [][]string{{"--anchor", "1"}, {"--reset", "--to", a}, {}} {
		if o := ctl(t, append([]string{"align", study, "--session", id, "--recording", b}, args...)...); o.code != exitUsage {
			t.Errorf("%v: exit %d, %s", args, o.code, o.err)
		}
	}
}

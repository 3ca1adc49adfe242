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
	for _, args := range [][]string{{"--anchor", "1"}, {"--reset", "--to", a}, {}} {
		if o := ctl(t, append([]string{"align", study, "--session", id, "--recording", b}, args...)...); o.code != exitUsage {
			t.Errorf("%v: exit %d, %s", args, o.code, o.err)
		}
	}
}

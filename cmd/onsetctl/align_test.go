package main

import (
	"errors"
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

// A slip of the keyboard in an anchor is refused with what it would do, and
// nothing is changed; --yes says that it is meant.
func TestAlignRefusesWhatLooksLikeASlip(t *testing.T) {
	study, ids := twoTables(t)
	must[joinResult](t, "sessions", "join", study, ids[0], ids[1])
	s, err := dataset.Open(t.Context(), study, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	full, err := s.Session(t.Context(), dataset.SessionID(ids[0]))
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	align := func(more ...string) outcome {
		return ctl(t, append([]string{"align", study, "--session", ids[0], "--recording", string(full.Recordings[1].ID)}, more...)...)
	}
	for slip, want := range map[string][]string{
		"1=99999999":   {"1157 days", "no moment in common", "nothing was changed", "--yes"},
		"0=12.5":       {"12.5 seconds", "no moment in common", "nothing was changed"},
		"0=0 10=10.02": {"+2000 parts per million", "nothing was changed", "--yes"},
	} {
		var args []string
		for _, a := range strings.Fields(slip) {
			args = append(args, "--anchor", a)
		}
		o := align(args...)
		if o.code != exitFailed || o.out != "" {
			t.Errorf("%s: exit %d, %s", slip, o.code, o.out)
		}
		for _, w := range want {
			if !strings.Contains(o.err, w) {
				t.Errorf("%s: %q is not in %s", slip, w, o.err)
			}
		}
		if o := align("--undo"); o.code != exitUsage {
			t.Errorf("--undo with --recording: exit %d", o.code)
		}
		undo := ctl(t, "align", study, "--session", ids[0], "--undo")
		if undo.code != exitFailed || !strings.Contains(undo.err, "changed nothing in this session") || strings.Contains(strings.ToLower(undo.err), "label") {
			t.Errorf("after a refusal there is nothing to take back: %d %s", undo.code, undo.err)
		}
	}
	if o := align("--anchor", "0=11"); o.code != exitOK {
		t.Errorf("a second in common: %s", o.err)
	}
	if o := align("--anchor", "1=99999999", "--yes"); o.code != exitOK {
		t.Errorf("meant: %s", o.err)
	}
	if o := align("--anchor", "0=1"); o.code != exitOK {
		t.Errorf("the way back is no slip: %s", o.err)
	}
}

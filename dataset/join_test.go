package dataset

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// visit is a session for joining: when it began, in which zone, and how long.
type visit struct {
	participant ParticipantID
	start       time.Time
	zone, place string
	n           int
	seed        int
}

// begin is when the sessions of these tests began.
func begin() time.Time { return time.Date(2026, 2, 3, 9, 0, 0, 0, time.UTC) }

func importVisit(ctx context.Context, s *Study, v visit) (SessionID, error) {
	im, err := s.BeginImport(ctx, Session{Participant: v.participant, Start: v.start, Zone: v.zone, Format: "csv", Source: v.place + ".csv", Site: v.place})
	if err != nil {
		return "", err
	}
	w, err := im.AddRecording(ctx, RecordingDraft{Device: "Test", Placement: v.place, NominalHz: 50, Channels: wrist})
	if err != nil {
		return "", errors.Join(err, im.Abort())
	}
	if err := w.AppendCodes(ctx, [][]int32{wave(v.seed, v.n), wave(v.seed+1, v.n)}); err != nil {
		return "", errors.Join(err, im.Abort())
	}
	rec, err := w.Finish(ctx, Uniform(0, 50), 50, []Finding{{Kind: FindingGap, AtS: 1.5, LengthS: 0.5, Sample: 75, Message: "lost at " + v.place}})
	if err != nil {
		return "", errors.Join(err, im.Abort())
	}
	im.AddEvents([]Event{{AtS: 2, Kind: "tap", Name: v.place, Value: 1}})
	im.AddFindings([]Finding{{Kind: FindingNote, AtS: 0, Sample: -1, Message: "all of " + v.place}})
	im.AddLabels([]Label{{Recording: rec, Kind: KindExercise, Start: 10, End: 60, Exercise: "squat", Confidence: 1}})
	return im.Commit(ctx)
}

func mustImport(t testing.TB, s *Study, v visit) SessionID {
	t.Helper()
	id, err := importVisit(t.Context(), s, v)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// told is everything that a session says of one recording, by moment.
type told struct {
	Source, Site, Zone string
	Start              time.Time
	Samples            []float64
	Moments            []int64 // of the first and last sample, in microseconds
	Labels             []Label // without the session
	Findings           []string
	Events             []string
	Aligned            bool
}

func tellAll(t testing.TB, s *Study) map[RecordingID]told {
	t.Helper()
	ctx := context.Background()
	list, err := s.Sessions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	out := map[RecordingID]told{}
	for _, x := range list {
		v, err := s.Session(ctx, x.ID)
		if err != nil {
			t.Fatal(err)
		}
		labels, err := s.Labels(ctx, LabelFilter{Session: x.ID})
		if err != nil {
			t.Fatal(err)
		}
		at := func(sec float64) string { return v.Start.Add(seconds(sec)).Round(time.Microsecond).String() }
		for _, r := range v.Recordings {
			one := told{Source: v.Source, Site: v.Site, Zone: v.Zone, Start: v.Start, Samples: make([]float64, r.Samples), Aligned: r.Alignment != nil}
			if _, err := s.ReadSamples(ctx, r.Channels[0].ID, 0, one.Samples); err != nil {
				t.Fatal(err)
			}
			for _, k := range []int64{0, r.Samples - 1} {
				one.Moments = append(one.Moments, v.Start.Add(seconds(r.Clock.Time(k))).Round(time.Microsecond).UnixMicro())
			}
			for _, l := range labels {
				if l.Recording == r.ID {
					l.Session = ""
					one.Labels = append(one.Labels, l)
				}
			}
			for _, f := range append(slices.Clone(r.Findings), v.Findings...) {
				one.Findings = append(one.Findings, at(f.AtS)+f.Message)
			}
			for _, e := range v.Events {
				one.Events = append(one.Events, at(e.AtS)+e.Name)
			}
			out[r.ID] = one
		}
	}
	return out
}

func TestJoinedDevicesKeepTheirMomentsAndSplitAgain(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	a := mustImport(t, s, visit{"P01", begin().Add(3 * time.Second), "Europe/Zurich", "left-wrist", 1000, 0})
	b := mustImport(t, s, visit{"P01", begin(), "Europe/Zurich", "right-thigh", 1500, 5})
	before := tellAll(t, s)
	plan, err := s.JoiningOf(ctx, a, b)
	if err != nil || plan.IntoShiftS != 3 || plan.FromShiftS != 0 || plan.OverlapS != 20 || plan.Labels != 1 || !plan.Dated {
		t.Fatalf("plan %+v, %v", plan, err)
	}
	if _, err := s.JoinSessions(ctx, a, b, false, "r"); err != nil {
		t.Fatal(err)
	}
	mustBeWhole(t, s)
	s = reopen(t, s, Options{})
	list, err := s.Sessions(ctx)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d sessions: %v", len(list), err)
	}
	v := list[0]
	if v.ID != a || v.Recordings != 2 || v.Samples != 2500 || v.Labels != 2 || len(v.Sensors) != 2 || v.Duration != 30 || !v.Start.Equal(begin()) || v.FindingKinds[FindingGap] != 2 {
		t.Errorf("joined: %+v", v)
	}
	joined := tellAll(t, s)
	for id, was := range before {
		now := joined[id]
		if !slices.Equal(was.Moments, now.Moments) || !slices.Equal(was.Samples, now.Samples) || len(was.Labels) != 1 || was.Labels[0].ID != now.Labels[0].ID {
			t.Errorf("recording %s: %v at %v, labels %v; was %v", id, len(now.Samples), now.Moments, now.Labels, was.Moments)
		}
		for _, text := range append(slices.Clone(was.Findings), was.Events...) {
			if !slices.Contains(append(slices.Clone(now.Findings), now.Events...), text) {
				t.Errorf("%q is gone; now %v %v", text, now.Findings, now.Events)
			}
		}
	}
	back, err := s.SplitRecording(ctx, a, plan.Recordings[0], "r")
	if err != nil || back != b {
		t.Fatalf("split into %q, %v", back, err)
	}
	mustBeWhole(t, s)
	mustTellTheSame(t, before, tellAll(t, s))
	entries, err := s.Ledger(ctx, 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, e := range entries {
		kinds[e.Kind]++
		if strings.Contains(e.Summary, ".csv") {
			t.Errorf("the ledger names a source: %q", e.Summary)
		}
	}
	if kinds["join"] != 2 || kinds["split"] != 2 {
		t.Errorf("entries %v: one of each in the history of each session", kinds)
	}
}

func mustTellTheSame(t testing.TB, want, got map[RecordingID]told) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%d recordings, had %d", len(got), len(want))
	}
	for id, a := range want {
		b := got[id]
		labels := slices.EqualFunc(a.Labels, b.Labels, func(x, y Label) bool { return x.ID == y.ID && x.Start == y.Start && x.End == y.End })
		if a.Source != b.Source || a.Site != b.Site || a.Zone != b.Zone || !a.Start.Equal(b.Start) || a.Aligned != b.Aligned || !labels ||
			!slices.Equal(a.Samples, b.Samples) || !slices.Equal(a.Moments, b.Moments) || !slices.Equal(a.Findings, b.Findings) || !slices.Equal(a.Events, b.Events) {
			a.Samples, b.Samples = nil, nil
			t.Errorf("recording %s\nwas %+v\nis  %+v", id, a, b)
		}
	}
}

// visits are three sessions of one person to be joined and split again.
type visits struct {
	list             []visit
	aligned, reverse bool
}

func drawVisits(t *rapid.T) visits {
	zones := rapid.SampledFrom([]string{"", "UTC", "Europe/Zurich"})
	v := visits{aligned: rapid.Bool().Draw(t, "aligned"), reverse: rapid.Bool().Draw(t, "in the other order")}
	for i := range 3 {
		one := visit{participant: "P01", zone: zones.Draw(t, "zone"), place: string(rune('a' + i)), n: rapid.IntRange(100, 900).Draw(t, "samples"), seed: 3 * i}
		if rapid.IntRange(0, 3).Draw(t, "dated") > 0 {
			one.start = begin().Add(time.Duration(rapid.IntRange(-3e6, 3e6).Draw(t, "start")) * time.Microsecond)
		}
		v.list = append(v.list, one)
	}
	return v
}

func TestJoinThenSplitIsAsBefore(t *testing.T) {
	cases := rapid.Custom(drawVisits) // a study each, on disk: some examples, not a hundred
	for seed := range 8 {
		v := cases.Example(seed)
		s := newTestStudy(t)
		if joinAndSplit(t, s, v); t.Failed() {
			t.Fatalf("example %d: %+v", seed, v)
		}
	}
}

func joinAndSplit(t *testing.T, s *Study, drawn visits) {
	t.Helper()
	ctx := t.Context()
	var ids []SessionID
	for _, v := range drawn.list {
		ids = append(ids, mustImport(t, s, v))
	}
	if drawn.aligned {
		v, err := s.Session(ctx, ids[1])
		if err != nil {
			t.Fatal(err)
		}
		al := Alignment{ShiftS: 0.25, Stretch: 1.0001, Method: "hand"}
		if _, err := s.Apply(ctx, Edit{Session: ids[1], Rater: "r", Alignments: []AlignmentChange{{Recording: v.Recordings[0].ID, After: &al}}}); err != nil {
			t.Fatal(err)
		}
	}
	before := tellAll(t, s)
	var moved []RecordingID
	for _, from := range ids[1:] {
		j, err := s.JoinSessions(ctx, ids[0], from, true, "r")
		if err != nil {
			t.Fatal(err)
		}
		moved = append(moved, j.Recordings...)
	}
	mustBeWhole(t, s)
	v, err := s.Session(ctx, ids[0])
	if err != nil {
		t.Fatal(err)
	}
	if from, _ := v.span(); from < 0 || len(v.Recordings) != 3 {
		t.Errorf("%d recordings from %g s", len(v.Recordings), from)
	}
	if drawn.reverse {
		slices.Reverse(moved)
	}
	for _, id := range moved {
		if _, err := s.SplitRecording(ctx, ids[0], id, "r"); err != nil {
			t.Fatal(err)
		}
	}
	mustBeWhole(t, s)
	mustTellTheSame(t, before, tellAll(t, s))
}

func TestJoiningIsRefusedWhereItIsProbablyWrong(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	a := mustImport(t, s, visit{"P01", begin(), "UTC", "left-wrist", 1000, 0})
	other := mustImport(t, s, visit{"P02", begin(), "UTC", "left-wrist", 1000, 2})
	next := mustImport(t, s, visit{"P01", begin().Add(time.Minute), "UTC", "left-wrist", 1000, 4})
	day := mustImport(t, s, visit{"P01", begin().Add(24 * time.Hour), "UTC", "left-wrist", 1000, 6})
	for _, c := range []struct {
		into, from SessionID
		forced     bool
		want       error
		says       string
	}{
		{a, a, true, ErrBadRequest, "itself"},
		{a, other, true, ErrBadRequest, "two participants"},
		{a, "nobody", true, ErrNotFound, ""},
		{a, next, false, ErrBadRequest, "same time"},
		{a, day, false, ErrBadRequest, "hours apart"},
	} {
		_, err := s.JoinSessions(ctx, c.into, c.from, c.forced, "")
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s into %s: %v", c.from, c.into, err)
		}
	}
	if list, err := s.Sessions(ctx); err != nil || len(list) != 4 {
		t.Errorf("%d sessions left: %v", len(list), err)
	}
	if _, err := s.JoinSessions(ctx, a, next, true, ""); err != nil {
		t.Fatal(err)
	}
	v, err := s.Session(ctx, a)
	if err != nil || !slices.ContainsFunc(v.Recordings[1].Findings, func(f Finding) bool { return strings.HasPrefix(f.Message, joinNote) }) {
		t.Errorf("nothing says that it was forced: %+v, %v", v.Recordings[1].Findings, err)
	}
	if _, err := s.SplitRecording(ctx, other, "nothing", ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("split of nothing: %v", err)
	}
	w, err := s.Session(ctx, other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SplitRecording(ctx, other, w.Recordings[0].ID, ""); !errors.Is(err, ErrBadRequest) {
		t.Errorf("split of an only recording: %v", err)
	}
	ro := reopen(t, s, Options{ReadOnly: true})
	if _, err := ro.JoinSessions(ctx, a, day, true, ""); !errors.Is(err, ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
}

func TestUndoDoesNotGoBehindAJoinAndRepairFollowsIt(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	a := mustImport(t, s, visit{"P01", begin(), "UTC", "left-wrist", 1000, 0})
	b := mustImport(t, s, visit{"P01", begin().Add(time.Second), "UTC", "right-wrist", 1000, 2})
	for _, id := range []SessionID{a, b} {
		v, err := s.Session(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		l := Label{Recording: v.Recordings[0].ID, Set: "r", Kind: KindExercise, Start: 100, End: 200, Exercise: "row", Confidence: 1}
		if _, err := s.Apply(ctx, Edit{Session: id, Rater: "r", Changes: []Change{{After: &l}}}); err != nil {
			t.Fatal(err)
		}
	}
	j, err := s.JoinSessions(ctx, a, b, false, "r")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Undo(ctx, a, "r"); !errors.Is(err, ErrNothing) {
		t.Errorf("undo behind the join: %v", err)
	}
	l := Label{Recording: j.Recordings[0], Set: "r", Kind: KindExercise, Start: 300, End: 400, Exercise: "row", Confidence: 1}
	if _, err := s.Apply(ctx, Edit{Session: a, Rater: "r", Changes: []Change{{After: &l}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Undo(ctx, a, "r"); err != nil {
		t.Error(err)
	}
	if _, err := s.Redo(ctx, a, "r"); err != nil {
		t.Error(err)
	}
	labels, err := s.Labels(ctx, LabelFilter{Session: a})
	if err != nil || len(labels) != 5 {
		t.Fatalf("%d labels: %v", len(labels), err)
	}
	if _, err := s.writer.ExecContext(ctx, "DELETE FROM labels"); err != nil {
		t.Fatal(err)
	}
	repaired, left, err := s.Repair(ctx, nil)
	if err != nil || len(repaired) != 5 || len(left) != 0 {
		t.Errorf("repaired %v, left %v: %v", repaired, left, err)
	}
}

func TestWhatJoinedSessionsSaidGoesWithThem(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	a := mustImport(t, s, visit{"P01", begin(), "UTC", "left-wrist", 1000, 0})
	b := mustImport(t, s, visit{"P01", begin(), "UTC", "right-wrist", 1000, 2})
	c := mustImport(t, s, visit{"P01", begin(), "UTC", "thigh", 1000, 4})
	model := ModelRow{ID: "m", Spec: []byte(`{"sessions":["` + string(c) + `"]}`), Scores: []byte("{}")}
	if err := s.SaveModel(ctx, model); err != nil {
		t.Fatal(err)
	}
	if _, err := s.JoinSessions(ctx, b, c, false, ""); err != nil {
		t.Fatal(err)
	}
	got, err := s.Model(ctx, "m")
	if err != nil || !strings.Contains(string(got.Spec), string(b)) {
		t.Errorf("the model learnt from %s (%v), and %s holds that now", got.Spec, err, b)
	}
	if _, err := s.JoinSessions(ctx, a, b, false, ""); err != nil {
		t.Fatal(err)
	}
	mustBeWhole(t, s)
	// The inner join's recording comes back as it was imported.
	v, err := s.Session(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := s.SplitRecording(ctx, a, v.Recordings[2].ID, ""); err != nil || id != c {
		t.Errorf("split into %q, %v; want %q", id, err, c)
	}
	mustBeWhole(t, s)
	if err := s.DeleteSession(ctx, a); err != nil {
		t.Fatal(err)
	}
	mustBeWhole(t, s)
	said := map[SessionID]int{}
	entries, err := s.Ledger(ctx, 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Summary != "erased" && e.Kind != entryDeletion {
			said[e.Session]++
		}
	}
	if said[a]+said[b] != 0 || said[c] == 0 {
		t.Errorf("what the entries still say, by session: %v of %s %s %s", said, a, b, c)
	}
	if labels, err := s.Labels(ctx, LabelFilter{}); err != nil || len(labels) != 1 {
		t.Errorf("%d labels left: %v", len(labels), err)
	}
	if _, err := s.Withdraw(ctx, "P01"); err != nil {
		t.Fatal(err)
	}
	mustBeWhole(t, s)
}

func TestJoiningByTheWallClock(t *testing.T) {
	a := Session{Start: time.Date(2026, 2, 3, 8, 0, 0, 0, time.UTC), Zone: "Europe/Zurich"} // 9:00 there
	b := Session{Start: time.Date(2026, 2, 3, 9, 0, 2, 0, time.UTC)}                        // 9:00:02 on the wall
	for _, c := range []struct {
		a, b Session
		want float64
	}{{a, b, 2}, {b, a, -2}} {
		if got, ok := startsApart(c.a, c.b); !ok || math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%g s, %v; want %g", got, ok, c.want)
		}
	}
	if _, ok := startsApart(a, Session{}); ok {
		t.Error("a session without a start is dated")
	}
}

// Both devices' labels of one movement are kept, and that they count twice is said
// before and after joining; a split takes that away again.
func TestLabelsThatJoiningDoublesAreTold(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	a := mustImport(t, s, visit{"P01", begin(), "UTC", "left-wrist", 1000, 0})
	b := mustImport(t, s, visit{"P01", begin().Add(200 * time.Millisecond), "UTC", "right-wrist", 1000, 2})
	late := mustImport(t, s, visit{"P01", begin().Add(5 * time.Second), "UTC", "thigh", 1000, 4})
	for _, c := range []struct {
		from    SessionID
		doubled int
	}{{b, 1}, {late, 0}} {
		plan, err := s.JoiningOf(ctx, a, c.from)
		if err != nil {
			t.Fatal(err)
		}
		j, err := s.JoinSessions(ctx, a, c.from, false, "")
		if err != nil || j.Doubled != c.doubled || plan.Doubled != c.doubled || (plan.Twice() == "") != (c.doubled == 0) {
			t.Errorf("%d doubled, %d foreseen, want %d: %v", j.Doubled, plan.Doubled, c.doubled, err)
		}
	}
	notes := func() (n int) {
		v, err := s.Session(ctx, a)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range allFindingsOf(v) {
			if f.Kind == FindingLabels && strings.HasPrefix(f.Message, "Joined with labels twice: 1 of the labels") {
				n++
			}
		}
		return n
	}
	if labels, err := s.Labels(ctx, LabelFilter{Session: a}); err != nil || len(labels) != 3 || notes() != 1 {
		t.Errorf("%d labels, %d findings, %v", len(labels), notes(), err)
	}
	v, err := s.Session(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SplitRecording(ctx, a, v.Recordings[1].ID, ""); err != nil || notes() != 0 {
		t.Errorf("after the split: %v, %d findings", err, notes())
	}
	mustBeWhole(t, s)
}

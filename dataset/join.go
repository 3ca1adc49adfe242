package dataset

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// Ledger kinds of the entries that move recordings between sessions. Each of the
// two sessions has an entry of its own, so that its history adds up by itself;
// undo does not go behind one.
const (
	entryJoin  = "join"
	entrySplit = "split"
)

// farApartS is how far apart two sessions may lie before it is more likely that
// a clock is wrong than that they are one visit.
const farApartS = 12 * 3600

// Joining is what joining a session into another does.
type Joining struct {
	Into, From             SessionID
	Participant            ParticipantID
	IntoNumber, FromNumber int
	// Dated says that both sessions have a start: then every sample keeps its
	// moment. Otherwise both begin at 0.
	Dated bool
	// Wall says that the source of one names no time zone: that of the other is
	// taken for both.
	Wall bool
	// Start is the joined session's start; zero when Into has none.
	Start time.Time
	// IntoShiftS and FromShiftS are added to the times of the two, in seconds, so
	// that the joined session begins with the earlier one.
	IntoShiftS, FromShiftS float64
	// OverlapS is for how long both were recorded, in seconds; negative: how long
	// nothing was between them.
	OverlapS   float64
	Recordings []RecordingID // that move
	Labels     int           // that move with them
	// Doubled are those of them that Into has, too: of the same label set, the same
	// exercise at the same time on another device. DoubledSet is the set of most.
	Doubled    int
	DoubledSet string
	Events     int
	Findings   int
}

// Apart says why the two are unlikely to be of one visit, as a sentence; empty
// when they overlap in time.
func (j Joining) Apart() string {
	switch {
	case j.OverlapS > 0:
		return ""
	case -j.OverlapS > farApartS:
		return fmt.Sprintf("they lie %.1f hours apart", -j.OverlapS/3600)
	}
	return fmt.Sprintf("they were not recorded at the same time: %.1f s lie between them", -j.OverlapS)
}

// joined is what a join's entry keeps of the session that was taken in, so that
// its recordings can be split off as they were.
type joined struct {
	ID         SessionID     `json:"id"`
	Number     int           `json:"number"`
	Start      time.Time     `json:"start,omitzero"`
	Zone       string        `json:"zone,omitempty"`
	Site       string        `json:"site,omitempty"`
	Place      *GeoPoint     `json:"place,omitempty"`
	Simulated  bool          `json:"simulated,omitempty"`
	Format     string        `json:"format,omitempty"`
	Source     string        `json:"source,omitempty"`
	ImportedAt time.Time     `json:"imported_at"`
	IntoStart  time.Time     `json:"into_start,omitzero"` // when the other began before
	Recordings []RecordingID `json:"recordings"`
	Events     []Event       `json:"events,omitempty"`   // on its own axis
	Findings   []Finding     `json:"findings,omitempty"` // of the session as a whole
	Videos     []string      `json:"videos,omitempty"`   // their marks
}

// JoiningOf says what JoinSessions would do and changes nothing.
func (s *Study) JoiningOf(ctx context.Context, into, from SessionID) (Joining, error) {
	var j Joining
	err := s.read(ctx, "looking at how two sessions lie", func(tx *sql.Tx) (err error) {
		j, _, _, err = planJoin(ctx, tx, into, from)
		return err
	})
	return j, err
}

// JoinSessions moves the recordings of a session with their labels, events,
// findings and alignments into another of the same participant, in one durable
// transaction; from is then gone. Every sample keeps its moment when both have a
// start; otherwise both begin at 0 and a finding says so. Sessions that do not
// overlap in time are refused unless forced. SplitRecording is the way back.
// Refusals are ErrBadRequest or ErrNotFound.
func (s *Study) JoinSessions(ctx context.Context, into, from SessionID, forced bool, rater string) (Joining, error) {
	var j Joining
	err := s.write(ctx, fmt.Sprintf("joining session %q into %q", from, into), func(tx *sql.Tx) error {
		var a, b Session
		var err error
		if j, a, b, err = planJoin(ctx, tx, into, from); err != nil {
			return err
		}
		if why := j.Apart(); why != "" && !forced {
			return fmt.Errorf("session %d and session %d of %s: %s; nothing was changed: %w", a.Number, b.Number, a.Participant, why, ErrBadRequest)
		}
		return s.join(ctx, tx, j, a, b, rater)
	})
	if err != nil {
		return Joining{}, err
	}
	s.mu.Lock()
	delete(s.counts, from)
	delete(s.counts, into)
	s.mu.Unlock()
	return j, nil
}

func planJoin(ctx context.Context, tx *sql.Tx, into, from SessionID) (j Joining, a, b Session, err error) {
	if into == from {
		return j, a, b, fmt.Errorf("a session can't be joined into itself: %w", ErrBadRequest)
	}
	for _, one := range []struct {
		id SessionID
		v  *Session
	}{{into, &a}, {from, &b}} {
		if err := mustBeVisible(ctx, tx, one.id); err != nil {
			return j, a, b, err
		}
		if *one.v, err = readSession(ctx, tx, string(one.id)); err != nil {
			return j, a, b, err
		}
	}
	if a.Participant != b.Participant {
		return j, a, b, fmt.Errorf("session %d of %s and session %d of %s are of two participants; nothing was changed: %w",
			a.Number, a.Participant, b.Number, b.Participant, ErrBadRequest)
	}
	j = Joining{Into: into, From: from, Participant: a.Participant, IntoNumber: a.Number, FromNumber: b.Number,
		Start: a.Start, Events: len(b.Events), Findings: len(allFindingsOf(b))}
	var apart float64
	if apart, j.Dated = startsApart(a, b); j.Dated {
		j.Wall = (a.Zone == "") != (b.Zone == "")
		j.IntoShiftS, j.FromShiftS = max(-apart, 0), max(apart, 0)
		j.Start = a.Start.Add(-seconds(j.IntoShiftS))
	}
	aFrom, aTo := a.span()
	bFrom, bTo := b.span()
	j.OverlapS = min(aTo+j.IntoShiftS, bTo+j.FromShiftS) - max(aFrom+j.IntoShiftS, bFrom+j.FromShiftS)
	for _, r := range b.Recordings {
		j.Recordings = append(j.Recordings, r.ID)
	}
	if err = tx.QueryRowContext(ctx, "SELECT count(*) FROM labels WHERE session=?", string(from)).Scan(&j.Labels); err != nil {
		return j, a, b, err
	}
	return j, a, b, j.countDoubled(ctx, tx, a, b)
}

// countDoubled counts the labels that both sessions have.
func (j *Joining) countDoubled(ctx context.Context, tx *sql.Tx, a, b Session) error {
	type said struct{ set, exercise string }
	read := func(v Session, shift float64) (map[said][][2]float64, error) {
		clocks, out := map[RecordingID]Clock{}, map[said][][2]float64{}
		for _, r := range v.Recordings {
			clocks[r.ID] = r.Clock
		}
		return out, each(ctx, tx, func(rows *sql.Rows) error {
			l, err := scanLabel(rows)
			from, to := clocks[l.Recording].Span(l.Start, l.End)
			key := said{l.Set, l.Exercise}
			out[key] = append(out[key], [2]float64{from + shift, to + shift})
			return err
		}, "SELECT "+labelColumns+" FROM labels WHERE session=? AND kind=?", string(v.ID), KindExercise)
	}
	have, err := read(a, j.IntoShiftS)
	if err != nil {
		return err
	}
	come, err := read(b, j.FromShiftS)
	if err != nil {
		return err
	}
	sets := map[string]int{}
	for key, spans := range come {
		slices.SortFunc(have[key], func(x, y [2]float64) int { return cmp.Compare(x[0], y[0]) })
		for _, l := range spans {
			for _, h := range have[key] {
				if h[0] >= l[1] {
					break
				}
				if both := min(h[1], l[1]) - max(h[0], l[0]); both*2 > min(h[1]-h[0], l[1]-l[0]) {
					j.Doubled++
					sets[key.set]++
					break
				}
			}
		}
	}
	for _, set := range slices.Sorted(maps.Keys(sets)) {
		if sets[set] > sets[j.DoubledSet] {
			j.DoubledSet = set
		}
	}
	return nil
}

// Twice says as a sentence that labels stand twice after joining; empty for none.
func (j Joining) Twice() string {
	if j.Doubled == 0 {
		return ""
	}
	return fmt.Sprintf("%d of the labels that came with it say what those of the other device say at the same time, in the same label set (%s). All are kept, and each such repetition counts twice in progress, agreement and training until one of the two is removed or the recording is taken out again.", j.Doubled, j.DoubledSet)
}

// startsApart is how many seconds b begins after a; false when one has no start.
// A start without a zone is a wall clock: it is read in the other's zone.
func startsApart(a, b Session) (float64, bool) {
	if a.Start.IsZero() || b.Start.IsZero() {
		return 0, false
	}
	at, bt := a.Start, b.Start
	switch {
	case a.Zone == "" && b.Zone != "":
		at = wallClock(at, b.Zone)
	case b.Zone == "" && a.Zone != "":
		bt = wallClock(bt, a.Zone)
	}
	return bt.Sub(at).Seconds(), true
}

// wallClock is the moment at which the clocks of a zone show t.
func wallClock(t time.Time, zone string) time.Time {
	place, err := time.LoadLocation(zone)
	if err != nil {
		return t
	}
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), place)
}

func seconds(s float64) time.Duration { return time.Duration(math.Round(s * 1e9)) }

// span is from when to when the session has samples, on its own axis.
func (v Session) span() (from, to float64) {
	from, to = math.Inf(1), math.Inf(-1)
	for _, r := range v.Recordings {
		from, to = min(from, r.Clock.Time(0)), max(to, r.Clock.End(r.Samples))
	}
	return from, to
}

func allFindingsOf(v Session) []Finding {
	var list []Finding
	for _, r := range v.Recordings {
		list = append(list, r.Findings...)
	}
	return append(list, v.Findings...)
}

func (s *Study) join(ctx context.Context, tx *sql.Tx, j Joining, a, b Session, rater string) error {
	into, from := string(j.Into), string(j.From)
	out := ledgerDetail{Action: "join sessions", Summary: fmt.Sprintf("session %d of %s joined into session %s (number %d)", b.Number, b.Participant, into, a.Number)}
	in := ledgerDetail{Action: "join sessions", Summary: fmt.Sprintf("session %s (number %d of %s) joined into session %d: %s, %s, moved by %.3f s",
		from, b.Number, b.Participant, a.Number, manyOf(len(b.Recordings), "recording"), manyOf(int(j.Labels), "label"), j.FromShiftS), Joined: keepJoined(b, a.Start, j.Recordings)}
	before, err := readAxis(ctx, tx, j.Into, j.From)
	if err != nil {
		return err
	}
	if err := s.shiftSession(ctx, tx, j.Into, j.IntoShiftS); err != nil {
		return err
	}
	if err := s.shiftSession(ctx, tx, j.From, j.FromShiftS); err != nil {
		return err
	}
	all := belongings{recordings: j.Recordings, everything: true}
	if in.Joined.Videos, err = s.moveRows(ctx, tx, j.From, j.Into, all); err != nil {
		return err
	}
	after, err := readAxis(ctx, tx, j.Into)
	if err != nil {
		return err
	}
	out.change(before[j.From], axis{})
	in.change(before[j.Into], after[j.Into])
	if _, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE id=?", from); err != nil {
		return err
	}
	if err := j.note(ctx, tx, b); err != nil {
		return err
	}
	if err := renewSession(ctx, tx, j.Into, func(v *Session) { v.Start = j.Start }); err != nil {
		return err
	}
	if err := renameInModels(ctx, tx, from, into); err != nil {
		return err
	}
	if _, err := s.record(ctx, tx, ledgerRow{kind: entryJoin, rater: rater, session: j.From}, out); err != nil {
		return err
	}
	_, err = s.record(ctx, tx, ledgerRow{kind: entryJoin, rater: rater, session: j.Into}, in)
	return err
}

func keepJoined(b Session, intoStart time.Time, recordings []RecordingID) *joined {
	return &joined{ID: b.ID, Number: b.Number, Start: b.Start, Zone: b.Zone, Site: b.Site, Place: b.Place, Simulated: b.Simulated,
		Format: b.Format, Source: b.Source, ImportedAt: b.ImportedAt, IntoStart: intoStart,
		Recordings: recordings, Events: b.Events, Findings: b.Findings}
}

// joinNote begins the findings that a join adds; a split takes them away.
const joinNote = "Joined "

// note adds findings on what the joined times rest on.
func (j Joining) note(ctx context.Context, tx *sql.Tx, b Session) error {
	type text struct{ kind, message string }
	var texts []text
	add := func(kind, message string) { texts = append(texts, text{kind, message}) }
	if !j.Dated {
		add(FindingClock, joinNote+"without a common clock: a source gives no start, so both devices begin at 0. Align them before times are compared across devices.")
	}
	if j.Wall {
		add(FindingClock, joinNote+"by the wall clock: the source of one device names no time zone; that of the other is taken for both.")
	}
	if why := j.Apart(); why != "" {
		add(FindingClock, joinNote+"all the same: "+why+".")
	}
	if twice := j.Twice(); twice != "" {
		add(FindingLabels, joinNote+"with labels twice: "+twice)
	}
	var last int64
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(ordinal),0) FROM findings WHERE session=?", string(j.Into)).Scan(&last); err != nil {
		return err
	}
	for i, text := range texts {
		if _, err := insertRow(ctx, tx, "findings", field{"session", string(j.Into)}, field{"recording", string(b.Recordings[0].ID)},
			field{"ordinal", last + 1 + int64(i)}, field{"kind", text.kind}, field{"at_s", 0.0}, field{"length_s", 0.0},
			field{"sample", int64(-1)}, field{"message", text.message}); err != nil {
			return err
		}
	}
	return nil
}

// renameInModels has models that learnt from a session say so of the one that
// holds its recordings now.
func renameInModels(ctx context.Context, tx *sql.Tx, from, into string) error {
	rows, err := touched(ctx, tx, "models", "id", []string{from}, into)
	for _, row := range rows {
		if err := updateRow(ctx, tx, "models", "id", row.key, row.cleaned...); err != nil {
			return err
		}
	}
	return err
}

// absorbed are the sessions that were joined into one, at any remove, and are no
// longer there: what the ledger says of them is of its recordings.
func absorbed(ctx context.Context, q queryer, id SessionID) ([]SessionID, error) {
	var out []SessionID
	list, err := joinsOf(ctx, q, id)
	if err != nil {
		return nil, err
	}
	for _, j := range list {
		var there int
		if err := q.QueryRowContext(ctx, "SELECT count(*) FROM sessions WHERE id=?", string(j.ID)).Scan(&there); err != nil {
			return nil, err
		}
		if there > 0 {
			continue
		}
		more, err := absorbed(ctx, q, j.ID)
		if err != nil {
			return nil, err
		}
		out = append(append(out, j.ID), more...)
	}
	return out, nil
}

// joinsOf are the joins into a session, the newest first.
func joinsOf(ctx context.Context, q queryer, id SessionID) ([]joined, error) {
	var out []joined
	err := each(ctx, q, func(rows *sql.Rows) error {
		var data []byte
		if err := rows.Scan(&data); err != nil {
			return err
		}
		var d ledgerDetail
		if err := json.Unmarshal(data, &d); err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		if d.Joined != nil {
			out = append(out, *d.Joined)
		}
		return nil
	}, `SELECT d.data FROM ledger l JOIN ledger_details d USING (position)
		WHERE l.session=? AND l.kind=? ORDER BY l.position DESC`, string(id), entryJoin)
	return out, err
}

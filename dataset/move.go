package dataset

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"slices"
)

// axis is what of a session the ledger adds up: labels and alignments.
type axis struct {
	labels  []Label
	aligned map[RecordingID]Alignment
}

func readAxis(ctx context.Context, tx *sql.Tx, ids ...SessionID) (map[SessionID]axis, error) {
	out := map[SessionID]axis{}
	for _, id := range ids {
		var a axis
		err := each(ctx, tx, func(rows *sql.Rows) error {
			l, err := scanLabel(rows)
			a.labels = append(a.labels, l)
			return err
		}, "SELECT "+labelColumns+" FROM labels WHERE session=? ORDER BY start_sample, id", string(id))
		if err != nil {
			return nil, err
		}
		if a.aligned, err = alignmentsOf(ctx, tx, id); err != nil {
			return nil, err
		}
		out[id] = a
	}
	return out, nil
}

// change adds the changes that lead a session from before to after. Labels only
// come and go here: what they say stays.
func (d *ledgerDetail) change(before, after axis) {
	stays := map[LabelID]bool{}
	for _, l := range after.labels {
		stays[l.ID] = true
	}
	was := map[LabelID]bool{}
	for _, l := range before.labels {
		if was[l.ID] = true; !stays[l.ID] {
			d.Changes = append(d.Changes, storedChange{Before: storeLabel(&l)})
		}
	}
	for _, l := range after.labels {
		if !was[l.ID] {
			d.Changes = append(d.Changes, storedChange{After: storeLabel(&l)})
		}
	}
	all := maps.Clone(before.aligned)
	if all == nil {
		all = map[RecordingID]Alignment{}
	}
	maps.Copy(all, after.aligned)
	for _, id := range slices.Sorted(maps.Keys(all)) {
		c := storedAlignment{Recording: id}
		if a, ok := before.aligned[id]; ok {
			c.Before = &a
		}
		if a, ok := after.aligned[id]; ok {
			c.After = &a
		}
		if c.Before == nil || c.After == nil || *c.Before != *c.After {
			d.Alignments = append(d.Alignments, c)
		}
	}
}

// shiftSession adds d seconds to all times of a session: clocks, findings,
// events, alignments and the marks of its videos. Labels count samples.
func (s *Study) shiftSession(ctx context.Context, tx *sql.Tx, id SessionID, d float64) error {
	if d == 0 {
		return nil
	}
	list, err := readRecordings(ctx, tx, string(id))
	if err != nil {
		return err
	}
	for _, r := range list {
		own := Clock{Segments: slices.Clone(r.OwnClock.Segments)}
		for i := range own.Segments {
			own.Segments[i].Start += d
		}
		if err := updateRow(ctx, tx, "recordings", "id", string(r.ID), field{"clock", encodeClock(own)}); err != nil {
			return err
		}
		if a := r.Alignment; a != nil {
			a.ShiftS += d - a.Stretch*d
			if err := upsertRow(ctx, tx, "alignments", "recording", alignmentFields(r.ID, *a)...); err != nil {
				return err
			}
		}
	}
	later := func(fields []field) bool {
		for i, f := range fields {
			if at, ok := f.value.(float64); ok && f.name == "at_s" {
				fields[i].value = at + d
			}
		}
		return true
	}
	for _, table := range []string{"findings", "events"} {
		if err := rewriteRows(ctx, tx, table, id, later); err != nil {
			return err
		}
	}
	return s.changeVideos(ctx, tx, func(v *SessionVideo) bool {
		if v.Session != id {
			return false
		}
		v.Points = slices.Clone(v.Points)
		for i := range v.Points {
			v.Points[i][1] += d
		}
		return len(v.Points) > 0
	})
}

// rewriteRows changes the rows of a session in a table without a key of its own.
// change reports whether it changed the row.
func rewriteRows(ctx context.Context, tx *sql.Tx, table string, session SessionID, change func([]field) bool) error {
	var all [][]field
	err := each(ctx, tx, func(rows *sql.Rows) error {
		fields, err := scanFields(rows)
		all = append(all, fields)
		return err
	}, fmt.Sprintf("SELECT rowid AS row, * FROM %s WHERE session=? ORDER BY ordinal", table), string(session))
	if err != nil {
		return err
	}
	for _, fields := range all {
		row := fields[0].value
		fields = slices.DeleteFunc(fields, func(f field) bool { return f.name == "row" || f.name == "crc" })
		if !change(fields) {
			continue
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("DELETE FROM %s WHERE rowid=?", table), row); err != nil {
			return err
		}
		if _, err := insertRow(ctx, tx, table, fields...); err != nil {
			return err
		}
	}
	return nil
}

// changeVideos changes what the study's settings know of reference videos; each
// reports whether it changed one.
func (s *Study) changeVideos(ctx context.Context, tx *sql.Tx, change func(*SessionVideo) bool) error {
	v, err := settingsOf(ctx, tx)
	if err != nil {
		return err
	}
	changed := false
	for i := range v.Videos {
		changed = change(&v.Videos[i]) || changed
	}
	if !changed {
		return nil
	}
	return s.putSettings(ctx, tx, v)
}

// belongings are what moves from one session to another: recordings with all
// that is theirs, and what is of the session as a whole, all of it or what an
// earlier join brought.
type belongings struct {
	recordings []RecordingID
	everything bool
	brought    *joined
	laterS     float64 // by how much the times of what was brought are later now
}

func (b *belongings) takes(f []field) bool {
	value := map[string]any{}
	for _, x := range f {
		value[x.name] = x.value
	}
	if id, ok := value["recording"].(string); ok {
		return slices.Contains(b.recordings, RecordingID(id))
	}
	if b.everything || b.brought == nil {
		return b.everything
	}
	at, _ := value["at_s"].(float64)
	same := func(own float64) bool { return math.Abs(own+b.laterS-at) < 1e-6 }
	if _, finding := value["message"]; finding {
		i := slices.IndexFunc(b.brought.Findings, func(x Finding) bool {
			return x.Kind == value["kind"] && x.Message == value["message"] && same(x.AtS)
		})
		if i >= 0 {
			b.brought.Findings = slices.Delete(b.brought.Findings, i, i+1)
		}
		return i >= 0
	}
	i := slices.IndexFunc(b.brought.Events, func(x Event) bool {
		return x.Kind == value["kind"] && x.Name == value["name"] && x.Value == value["value"] && same(x.AtS)
	})
	if i >= 0 {
		b.brought.Events = slices.Delete(b.brought.Events, i, i+1)
	}
	return i >= 0
}

// moveRows moves belongings between two sessions whose rows are there, and gives
// the marks of the videos that moved.
func (s *Study) moveRows(ctx context.Context, tx *sql.Tx, from, to SessionID, what belongings) (videos []string, err error) {
	for _, r := range what.recordings {
		var last sql.NullInt64
		if err := tx.QueryRowContext(ctx, "SELECT max(ordinal) FROM recordings WHERE session=?", string(to)).Scan(&last); err != nil {
			return nil, err
		}
		next := int64(0)
		if last.Valid {
			next = last.Int64 + 1
		}
		if err := updateRow(ctx, tx, "recordings", "id", string(r), field{"session", string(to)}, field{"ordinal", next}); err != nil {
			return nil, err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE labels SET session=? WHERE recording=?", string(to), string(r)); err != nil {
			return nil, err
		}
	}
	for _, table := range []string{"findings", "events"} {
		var last int64
		if err := tx.QueryRowContext(ctx, fmt.Sprintf("SELECT coalesce(max(ordinal),-1) FROM %s WHERE session=?", table), string(to)).Scan(&last); err != nil {
			return nil, err
		}
		err := rewriteRows(ctx, tx, table, from, func(fields []field) bool {
			if !what.takes(fields) {
				return false
			}
			last++
			for i := range fields {
				switch fields[i].name {
				case "session":
					fields[i].value = string(to)
				case "ordinal":
					fields[i].value = last
				}
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	err = s.changeVideos(ctx, tx, func(v *SessionVideo) bool {
		if v.Session != from || !what.everything && (what.brought == nil || !slices.Contains(what.brought.Videos, v.Mark)) {
			return false
		}
		v.Session = to
		videos = append(videos, v.Mark)
		return true
	})
	return videos, err
}

// renewSession makes a session's row anew from what it holds, its events in the
// order of time; change may set what is said of the session itself.
func renewSession(ctx context.Context, tx *sql.Tx, id SessionID, change func(*Session)) error {
	v, err := readSession(ctx, tx, string(id))
	if err != nil {
		return err
	}
	if change != nil {
		change(&v)
	}
	order := slices.Clone(v.Events)
	slices.SortStableFunc(order, compareEvents)
	if !slices.Equal(order, v.Events) {
		if _, err := tx.ExecContext(ctx, "DELETE FROM events WHERE session=?", string(id)); err != nil {
			return err
		}
		for i, e := range order {
			if _, err := insertRow(ctx, tx, "events", eventFields(id, i, e)...); err != nil {
				return err
			}
		}
	}
	kinds := map[string]int{}
	for _, f := range allFindingsOf(v) {
		kinds[f.Kind]++
	}
	return putSession(ctx, tx, v, kinds)
}

package dataset

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// Sessions lists the study's sessions by participant and number, with counts.
func (s *Study) Sessions(ctx context.Context) ([]SessionSummary, error) {
	var out []SessionSummary
	err := s.read(ctx, "listing the sessions", func(tx *sql.Tx) error {
		counts, err := s.labelCounts(ctx, tx)
		if err != nil {
			return err
		}
		return each(ctx, tx, func(rows *sql.Rows) error {
			v, err := scanSummary(rows)
			if err != nil {
				return err
			}
			c := counts[v.ID]
			v.Labels, v.LabelledS, v.Exercises = c.labels, c.seconds, c.exercises
			v.CountedSet, v.LabelSets = c.set, c.sets
			out = append(out, v)
			return nil
		}, `SELECT id, number, participant, start_ns, zone, duration_s, recordings, samples, sensors,
			finding_kinds, simulated, format, source
			FROM sessions WHERE visible=1 ORDER BY participant, number`)
	})
	return out, err
}

func scanSummary(row scanner) (SessionSummary, error) {
	var v SessionSummary
	var start sql.NullInt64
	var sensors, kinds string
	if err := row.Scan(&v.ID, &v.Number, &v.Participant, &start, &v.Zone, &v.Duration, &v.Recordings,
		&v.Samples, &sensors, &kinds, &v.Simulated, &v.Format, &v.Source); err != nil {
		return v, err
	}
	v.Start = timeOf(start)
	err := errors.Join(json.Unmarshal([]byte(sensors), &v.Sensors), json.Unmarshal([]byte(kinds), &v.FindingKinds))
	if err != nil {
		return v, fmt.Errorf("session %s: %w: %w", v.ID, ErrCorrupt, err)
	}
	return v, nil
}

// Session reads a whole session: recordings with channels, clocks and findings,
// and events. The identifier may be cut short as long as it fits one session.
func (s *Study) Session(ctx context.Context, id SessionID) (Session, error) {
	var out Session
	err := s.read(ctx, fmt.Sprintf("reading session %q", id), func(tx *sql.Tx) error {
		full, err := fullID(ctx, tx, "SELECT id FROM sessions WHERE visible=1 AND id >= ? AND id < ? ORDER BY id LIMIT 2", string(id))
		if err != nil {
			return err
		}
		out, err = readSession(ctx, tx, full)
		return err
	})
	return out, err
}

// fullID is the one identifier that begins with prefix.
func fullID(ctx context.Context, q queryer, query, prefix string) (string, error) {
	if prefix == "" {
		return "", fmt.Errorf("an empty identifier: %w", ErrNotFound)
	}
	var found []string
	err := each(ctx, q, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		found = append(found, id)
		return err
	}, query, prefix, prefix+"\U0010FFFF")
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", ErrNotFound
	case len(found) > 1 && found[0] != prefix:
		return "", fmt.Errorf("it fits %s and others; give more of it: %w", found[0], ErrBadRequest)
	}
	return found[0], nil
}

func readSession(ctx context.Context, q queryer, id string) (Session, error) {
	var v Session
	var start, imported sql.NullInt64
	var lat, lon sql.NullFloat64
	err := q.QueryRowContext(ctx, `SELECT id, number, participant, start_ns, zone, site, latitude, longitude,
		simulated, format, source, imported_ns FROM sessions WHERE id=?`, id).Scan(
		&v.ID, &v.Number, &v.Participant, &start, &v.Zone, &v.Site, &lat, &lon,
		&v.Simulated, &v.Format, &v.Source, &imported)
	if err != nil {
		return v, err
	}
	v.Start, v.ImportedAt = timeOf(start), timeOf(imported)
	if lat.Valid && lon.Valid {
		v.Place = &GeoPoint{lat.Float64, lon.Float64}
	}
	if v.Recordings, err = readRecordings(ctx, q, id); err != nil {
		return v, err
	}
	if err := readFindings(ctx, q, &v); err != nil {
		return v, err
	}
	err = each(ctx, q, func(rows *sql.Rows) error {
		var e Event
		err := rows.Scan(&e.AtS, &e.Kind, &e.Name, &e.Value)
		v.Events = append(v.Events, e)
		return err
	}, "SELECT at_s, kind, name, value FROM events WHERE session=? ORDER BY ordinal", id)
	return v, err
}

func readRecordings(ctx context.Context, q queryer, session string) ([]Recording, error) {
	var out []Recording
	at := map[RecordingID]int{}
	aligned, err := alignmentsOf(ctx, q, SessionID(session))
	if err != nil {
		return nil, err
	}
	err = each(ctx, q, func(rows *sql.Rows) error {
		var r Recording
		var clock []byte
		if err := rows.Scan(&r.ID, &r.Session, &r.Device, &r.Placement, &r.Samples, &r.NominalHz,
			&r.MeasuredHz, &clock, &r.HasDeviceTime); err != nil {
			return err
		}
		var err error
		r.OwnClock, err = decodeClock(clock)
		r.Clock = r.OwnClock
		if a, ok := aligned[r.ID]; ok {
			r.Alignment, r.Clock = &a, r.OwnClock.Aligned(a)
		}
		at[r.ID] = len(out)
		out = append(out, r)
		return err
	}, `SELECT id, session, device, placement, samples, nominal_hz, measured_hz, clock, device_time
		FROM recordings WHERE session=? ORDER BY ordinal`, session)
	if err != nil {
		return nil, err
	}
	err = each(ctx, q, func(rows *sql.Rows) error {
		var c Channel
		var of RecordingID
		if err := rows.Scan(&c.ID, &of, &c.Kind, &c.Axis, &c.Unit, &c.Scale, &c.Offset, &c.RangeMin, &c.RangeMax); err != nil {
			return err
		}
		r := &out[at[of]]
		r.Channels = append(r.Channels, c)
		return nil
	}, `SELECT c.id, c.recording, c.kind, c.axis, c.unit, c.scale, c.zero, c.range_min, c.range_max
		FROM recordings r JOIN channels c ON c.recording=r.id WHERE r.session=? ORDER BY r.ordinal, c.ordinal`, session)
	return out, err
}

func readFindings(ctx context.Context, q queryer, v *Session) error {
	at := map[RecordingID]int{}
	for i, r := range v.Recordings {
		at[r.ID] = i
	}
	return each(ctx, q, func(rows *sql.Rows) error {
		one := make([]Finding, 1)
		f := &one[0]
		var of sql.NullString
		if err := rows.Scan(&of, &f.Kind, &f.AtS, &f.LengthS, &f.Sample, &f.Message); err != nil {
			return err
		}
		f.Recording = RecordingID(of.String)
		if i, ok := at[f.Recording]; ok {
			v.Recordings[i].OwnClock.Place(one)
			if a := v.Recordings[i].Alignment; a != nil {
				f.AtS, f.LengthS = a.ShiftS+a.Stretch*f.AtS, a.Stretch*f.LengthS
			}
			v.Recordings[i].Findings = append(v.Recordings[i].Findings, *f)
		} else {
			v.Findings = append(v.Findings, *f)
		}
		return nil
	}, "SELECT recording, kind, at_s, length_s, sample, message FROM findings WHERE session=? ORDER BY ordinal", string(v.ID))
}

package dataset

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// partNames say of what a problem is, for a person: "P01, session 2, left wrist
// accelerometer x" where the file has numbers and random identifiers.
type partNames struct {
	sessions   map[string]string
	recordings map[string]string // with its session
	channels   map[string]string // with its recording
	labels     map[string]string
}

// names reads what it can: a damaged study may not tell all, and what it does not
// tell keeps its identifier.
func (c *checker) names(ctx context.Context) *partNames {
	n := &partNames{map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}}
	fill := func(into map[string]string, query string, name func(v []string) string) {
		_ = each(ctx, c.q, func(rows *sql.Rows) error { // what is not read is not named
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			v, dest := make([]string, len(columns)), make([]any, len(columns))
			for i := range v {
				dest[i] = &v[i]
			}
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			into[v[0]] = name(v)
			return nil
		}, query)
	}
	under := func(name, part string) string {
		if name == "" {
			return part
		}
		return name + ", " + part
	}
	fill(n.sessions, "SELECT id, participant, number FROM sessions WHERE visible=1", func(v []string) string {
		return fmt.Sprintf("%s, session %s", v[1], v[2])
	})
	fill(n.recordings, "SELECT id, session, placement FROM recordings", func(v []string) string {
		return under(n.sessions[v[1]], placeName(v[2]))
	})
	fill(n.channels, `SELECT c.id, r.session, r.placement, c.kind, c.axis FROM channels c JOIN recordings r ON r.id=c.recording`, func(v []string) string {
		return under(n.sessions[v[1]], strings.TrimSpace(placeName(v[2])+" "+strings.ReplaceAll(v[3], "-", " ")+" "+v[4]))
	})
	fill(n.labels, "SELECT id, session, label_set, exercise, start_sample FROM labels", func(v []string) string {
		return under(n.sessions[v[1]], strings.TrimSpace(fmt.Sprintf("label set %s, %s", v[2], strings.TrimSpace(v[3]+" at sample "+v[4]))))
	})
	return n
}

func placeName(placement string) string {
	if placement == "unknown" {
		return "recording of an unknown place,"
	}
	return strings.ReplaceAll(placement, "-", " ")
}

// of is the name of a part that is known by "kind identifier".
func (n *partNames) of(part string) string {
	at := strings.LastIndexByte(part, ' ')
	if at < 0 {
		return part
	}
	var name string
	switch id := part[at+1:]; part[:at] {
	case "session", "sessions":
		name = n.sessions[id]
	case "recording", "recordings", "alignment of recording", "alignments of", "fingerprints of", "shapes of":
		name = n.recordings[id]
	case "channel", "channels":
		name = n.channels[id]
	case "label":
		name = n.labels[id]
	case "findings of", "events of":
		if name = n.sessions[id]; name != "" {
			name += ", " + strings.TrimSuffix(part[:at], " of")
		}
	case "participants":
		name = id
	}
	if name == "" {
		return part
	}
	return strings.TrimSuffix(name, ",")
}

// partOf is what a row of a table is known by.
func partOf(table string, n int, fields []field) string {
	part := fmt.Sprintf("%s row %d", table, n)
	for _, f := range fields {
		switch f.name {
		case "id", "key", "hash":
			return fmt.Sprintf("%s %v", table, f.value)
		case "session", "recording":
			if id, ok := f.value.(string); ok && !strings.Contains(part, " of ") {
				part = fmt.Sprintf("%s of %s", table, id)
			}
		}
	}
	return part
}

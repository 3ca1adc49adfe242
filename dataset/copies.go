package dataset

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// Copies lists the other sessions that hold a copy of one of a session's
// recordings, sorted: whoever leaves the session out must leave them out too.
// Copies are in a study only when somebody allowed them at import.
func (s *Study) Copies(ctx context.Context, id SessionID) ([]SessionID, error) {
	var prints []Fingerprint
	err := each(ctx, s.reader, func(rows *sql.Rows) error {
		var digests, blocks, shapes sql.RawBytes
		if err := rows.Scan(&digests, &blocks, &shapes); err != nil {
			return err
		}
		f, err := decodeFingerprint(digests, blocks)
		if err != nil {
			return fmt.Errorf("session %s: %w", id, err)
		}
		f.Shapes = decodeShapes(shapes)
		prints = append(prints, f)
		return nil
	}, `SELECT f.digests, f.blocks, coalesce(h.data, x'') FROM fingerprints f JOIN recordings r ON r.id=f.recording
		LEFT JOIN shapes h ON h.recording=r.id WHERE r.session=?`, id)
	if err != nil {
		return nil, explain("reading what a session's values look like", err)
	}
	var out []SessionID
	for _, f := range prints {
		twins, err := s.FindTwins(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, t := range twins {
			if t.Copy() && t.Session != id && !slices.Contains(out, t.Session) {
				out = append(out, t.Session)
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

package dataset

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
)

// labelCount is what the labels of a session add up to at a ledger position.
type labelCount struct {
	position  int64
	labels    int
	seconds   float64        // covered by labels of kind exercise, once each
	exercises map[string]int // of the label set that has the most of them
	set       string         // that set
	sets      int            // how many label sets have exercises
}

// countedExercises is how the exercises of a count are stored. What was stored in
// another way is counted anew.
type countedExercises struct {
	Set       string         `json:"set"`
	Sets      int            `json:"sets"`
	Exercises map[string]int `json:"exercises"`
}

func (c *labelCount) read(exercises string) error {
	var e countedExercises
	err := json.Unmarshal([]byte(exercises), &e)
	c.exercises, c.set, c.sets = e.Exercises, e.Set, e.Sets
	return err
}

// labelCounts is the count of every session. Stored counts that the ledger has
// overtaken are made anew and remembered until the study is closed.
func (s *Study) labelCounts(ctx context.Context, q queryer) (map[SessionID]labelCount, error) {
	counts := map[SessionID]labelCount{}
	err := each(ctx, q, func(rows *sql.Rows) error {
		var id SessionID
		var c labelCount
		var exercises string
		if err := rows.Scan(&id, &c.position, &c.labels, &c.seconds, &exercises); err != nil {
			return err
		}
		counts[id] = c
		// A cache that can not be read is a cache that is overtaken.
		if err := c.read(exercises); err == nil {
			counts[id] = c
		}
		return nil
	}, "SELECT session, position, labels, labelled_s, exercises FROM label_counts")
	if err != nil {
		return nil, err
	}
	now := map[SessionID]int64{}
	err = each(ctx, q, func(rows *sql.Rows) error {
		var id SessionID
		var position int64
		err := rows.Scan(&id, &position)
		now[id] = position
		return err
	}, `SELECT s.id, coalesce((SELECT max(l.position) FROM ledger l WHERE l.session=s.id), 0)
		FROM sessions s WHERE s.visible=1`)
	if err != nil {
		return nil, err
	}
	for id, position := range now {
		c := counts[id]
		if c.position == position && c.exercises != nil {
			continue
		}
		if c, err = s.countOf(ctx, q, id, position); err != nil {
			return nil, err
		}
		counts[id] = c
	}
	return counts, nil
}

func (s *Study) countOf(ctx context.Context, q queryer, id SessionID, position int64) (labelCount, error) {
	s.mu.Lock()
	c, ok := s.counts[id]
	s.mu.Unlock()
	if ok && c.position == position {
		return c, nil
	}
	c, err := countLabels(ctx, q, id)
	if err != nil {
		return c, err
	}
	c.position = position
	s.mu.Lock()
	s.counts[id] = c
	s.mu.Unlock()
	return c, nil
}

func countLabels(ctx context.Context, q queryer, id SessionID) (labelCount, error) {
	c := labelCount{exercises: map[string]int{}}
	recordings, err := readRecordings(ctx, q, string(id))
	if err != nil {
		return c, err
	}
	clocks := map[RecordingID]Clock{}
	for _, r := range recordings {
		clocks[r.ID] = r.Clock
	}
	var spans [][2]float64
	sets, made := map[string]map[string]int{}, map[string]int{}
	err = each(ctx, q, func(rows *sql.Rows) error {
		var set, kind, exercise string
		var recording RecordingID
		var start, end int64
		if err := rows.Scan(&set, &kind, &exercise, &recording, &start, &end); err != nil {
			return err
		}
		c.labels++
		if kind == KindExercise {
			if sets[set] == nil {
				sets[set] = map[string]int{}
			}
			sets[set][exercise]++
			made[set]++
			spans = append(spans, clocks[recording].Stretches(start, end)...)
		}
		return nil
	}, "SELECT label_set, kind, exercise, recording, start_sample, end_sample FROM labels WHERE session=?", string(id))
	c.seconds, c.sets = covered(spans), len(sets)
	for _, set := range slices.Sorted(maps.Keys(made)) {
		if made[set] > made[c.set] {
			c.set, c.exercises = set, sets[set]
		}
	}
	return c, err
}

// covered is the length of the union of spans.
func covered(spans [][2]float64) float64 {
	slices.SortFunc(spans, func(a, b [2]float64) int { return cmp.Compare(a[0], b[0]) })
	var sum float64
	for i, end := 0, 0.0; i < len(spans); i++ {
		from := spans[i][0]
		if i > 0 {
			from = max(from, end)
		}
		sum += max(spans[i][1]-from, 0)
		end = max(spans[i][1], end)
		if i == 0 {
			end = spans[i][1]
		}
	}
	return sum
}

// keepCounts stores the counts made since the study was opened.
func (s *Study) keepCounts(ctx context.Context) error {
	s.mu.Lock()
	counts := maps.Clone(s.counts)
	s.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	err := s.stage(ctx, "keeping the counts of labels", func(tx *sql.Tx) error {
		for id, c := range counts {
			exercises, err := json.Marshal(countedExercises{c.set, c.sets, c.exercises})
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO label_counts (session, position, labels, labelled_s, exercises)
				SELECT id, ?, ?, ?, ? FROM sessions WHERE id=?
				ON CONFLICT (session) DO UPDATE SET position=excluded.position, labels=excluded.labels,
				labelled_s=excluded.labelled_s, exercises=excluded.exercises`,
				c.position, c.labels, c.seconds, string(exercises), string(id)); err != nil {
				return err
			}
		}
		return nil
	})
	if kindOf(err) == ErrDiskFull {
		return nil // they are counted again next time
	}
	return err
}

package dataset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ledger verifies the chain of hashes, the details and their erasure, and
// replays the entries: the labels must be what they add up to.
func (c *checker) ledger(ctx context.Context) error {
	erased, err := c.erasures(ctx)
	if err != nil {
		return err
	}
	sound := len(c.problems)
	replay := newReplay()
	var before []byte
	var last int64
	err = each(ctx, c.q, func(rows *sql.Rows) error {
		var data []byte
		r, err := scanLedger(rows, &data)
		if err != nil {
			return err
		}
		where := fmt.Sprintf("ledger entry %d", r.position)
		if r.position != last+1 {
			c.add(where, "the entries before it are missing")
		}
		if !bytes.Equal(r.sum(before), r.hash) {
			c.add(where, "its hash does not fit: it or the entry before it was changed")
		}
		last, before = r.position, bytes.Clone(r.hash)
		c.detail(where, r, data, erased, replay)
		return nil
	}, "SELECT "+ledgerColumns+", d.data FROM ledger l LEFT JOIN ledger_details d USING (position) ORDER BY l.position")
	if err != nil {
		return err
	}
	for _, position := range slices.Sorted(maps.Keys(erased)) {
		if erased[position] != 0 {
			c.add(fmt.Sprintf("ledger entry %d", position), "it is marked as erased by entry %d, which does not say so", erased[position])
		}
	}
	if err := c.head(ctx, last, before); err != nil {
		return err
	}
	whole := len(c.problems) == sound
	found := len(c.problems)
	err = errors.Join(c.compareLabels(ctx, replay), c.compareAlignments(ctx, replay))
	c.torn = c.torn || slices.ContainsFunc(c.problems[found:], func(p Problem) bool { return strings.HasPrefix(p.Part, "alignment ") })
	if n := len(c.problems) - found; n > 0 && !whole {
		// Which of the two is right can not be told, so nothing is made of them.
		c.problems = c.problems[:found]
		c.add("labels", "%d labels or alignments are not what the damaged ledger adds up to: they are kept as they are, and can not be made anew from it", n)
	}
	return err
}

// erasures is by which entry each erased detail was erased.
func (c *checker) erasures(ctx context.Context) (map[int64]int64, error) {
	erased := map[int64]int64{}
	return erased, each(ctx, c.q, func(rows *sql.Rows) error {
		var position, by int64
		err := rows.Scan(&position, &by)
		erased[position] = by
		return err
	}, "SELECT position, by_entry FROM ledger_erasures")
}

func (c *checker) detail(where string, r ledgerRow, data []byte, erased map[int64]int64, replay *labelReplay) {
	by, gone := erased[r.position]
	if data == nil {
		if !gone {
			c.add(where, "what it says is missing")
		}
		return
	}
	if gone {
		c.add(where, "it is marked as erased by entry %d and is there", by)
	}
	sum := sha256.Sum256(data)
	if !bytes.Equal(sum[:], r.detailSHA) {
		c.add(where, "what it says was changed")
		replay.broken[r.session] = true
		return
	}
	var d ledgerDetail
	if err := json.Unmarshal(data, &d); err != nil {
		c.add(where, "what it says can not be read: %v", err)
		replay.broken[r.session] = true
		return
	}
	for _, position := range d.Erased {
		if erased[position] != r.position {
			c.add(where, "it erased entry %d, which is not marked so", position)
		}
		erased[position] = 0
	}
	if r.kind == entryDeletion {
		replay.forget(r.session)
		return
	}
	if err := replay.entry(r.session, d); err != nil && !replay.broken[r.session] {
		replay.broken[r.session] = true // what follows is not told again and again
		c.add(where, "it does not follow from the entries before it: %v", err)
	}
}

func (c *checker) head(ctx context.Context, last int64, hash []byte) error {
	var position int64
	var sum []byte
	err := c.q.QueryRowContext(ctx, "SELECT position, hash FROM ledger_head").Scan(&position, &sum)
	if errors.Is(err, sql.ErrNoRows) {
		c.add("ledger", "its head is missing")
		return nil
	}
	if err == nil && (position != last || !bytes.Equal(sum, hash)) {
		c.add("ledger", "it ends at entry %d; its head says %d", last, position)
	}
	return err
}

// labelReplay is the labels and alignments that ledger entries add up to.
type labelReplay struct {
	sessions   map[SessionID]map[LabelID]string // label as JSON
	alignments map[SessionID]map[RecordingID]Alignment
	broken     map[SessionID]bool // whose entries no longer follow from each other
}

func newReplay() *labelReplay {
	return &labelReplay{map[SessionID]map[LabelID]string{}, map[SessionID]map[RecordingID]Alignment{}, map[SessionID]bool{}}
}

func (r *labelReplay) forget(session SessionID) {
	delete(r.sessions, session)
	delete(r.alignments, session)
}

func (r *labelReplay) entry(session SessionID, d ledgerDetail) error {
	return errors.Join(r.align(session, d.Alignments), r.apply(session, d.Changes))
}

func (r *labelReplay) apply(session SessionID, changes []storedChange) error {
	labels := r.sessions[session]
	if labels == nil && len(changes) > 0 {
		labels = map[LabelID]string{}
		r.sessions[session] = labels
	}
	for _, c := range changes {
		if b := c.Before; b != nil {
			text, err := json.Marshal(b)
			if err != nil {
				return err
			}
			if labels[b.ID] != string(text) {
				return fmt.Errorf("label %s was not so", b.ID)
			}
			delete(labels, b.ID)
		}
		if a := c.After; a != nil {
			text, err := json.Marshal(a)
			if err != nil {
				return err
			}
			if _, there := labels[a.ID]; there {
				return fmt.Errorf("label %s was there", a.ID)
			}
			labels[a.ID] = string(text)
		}
	}
	return nil
}

func (c *checker) compareLabels(ctx context.Context, replay *labelReplay) error {
	err := each(ctx, c.q, func(rows *sql.Rows) error {
		l, err := scanLabel(rows)
		if err != nil {
			c.addRepairable("label "+string(l.ID), "it can not be read: %v", err)
			return nil
		}
		text, err := json.Marshal(storeLabel(&l))
		if err != nil {
			return err
		}
		labels := replay.sessions[l.Session]
		want, there := labels[l.ID]
		switch {
		case !there:
			c.addRepairable("label "+string(l.ID), "the ledger does not know it")
		case want != string(text):
			c.addRepairable("label "+string(l.ID), "it is not what the ledger says")
		}
		delete(labels, l.ID)
		return nil
	}, "SELECT "+labelColumns+" FROM labels")
	if err != nil {
		return err
	}
	for session, labels := range replay.sessions {
		for id := range labels {
			c.addRepairable("label "+string(id), "it is missing from session %s", session)
		}
	}
	return nil
}

// labels verifies that every label lies in its recording and session.
func (c *checker) labels(ctx context.Context) error {
	type place struct {
		session SessionID
		samples int64
	}
	places := map[RecordingID]place{}
	err := each(ctx, c.q, func(rows *sql.Rows) error {
		var id RecordingID
		var p place
		err := rows.Scan(&id, &p.session, &p.samples)
		places[id] = p
		return err
	}, "SELECT id, session, samples FROM recordings")
	if err != nil {
		return err
	}
	return each(ctx, c.q, func(rows *sql.Rows) error {
		l, err := scanLabel(rows)
		if err != nil {
			return nil // named by the ledger's part
		}
		p, ok := places[l.Recording]
		if !ok || p.session != l.Session {
			c.add("label "+string(l.ID), "its recording %s is not of session %s", l.Recording, l.Session)
		} else if err := checkLabel(l, p.samples); err != nil {
			c.add("label "+string(l.ID), "%v", err)
		}
		return nil
	}, "SELECT "+labelColumns+" FROM labels")
}

// counts compares stored counts that claim to be current.
func (c *checker) counts(ctx context.Context) error {
	stored := map[SessionID]labelCount{}
	err := each(ctx, c.q, func(rows *sql.Rows) error {
		var id SessionID
		var v labelCount
		var exercises string
		if err := rows.Scan(&id, &v.position, &v.labels, &v.seconds, &exercises); err != nil {
			return err
		}
		if v.read(exercises) != nil {
			c.addRepairable("session "+string(id), "its stored counts can not be read")
			return nil
		}
		stored[id] = v
		return nil
	}, `SELECT k.session, k.position, k.labels, k.labelled_s, k.exercises FROM label_counts k
		WHERE k.position = coalesce((SELECT max(l.position) FROM ledger l WHERE l.session=k.session), 0)`)
	if err != nil {
		return err
	}
	for id, v := range stored {
		now, err := countLabels(ctx, c.q, id)
		if err != nil {
			return err
		}
		if v.exercises != nil && !now.same(v) {
			c.addRepairable("session "+string(id), "its stored counts of labels are not what the labels say")
		}
	}
	return nil
}

// same compares what two counts tell.
func (c labelCount) same(o labelCount) bool {
	return c.labels == o.labels && sameDerived(c.seconds, o.seconds) && maps.Equal(c.exercises, o.exercises) &&
		c.set == o.set && c.sets == o.sets
}

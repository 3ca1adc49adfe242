package dataset

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// derivedRow is a row that repeats, beside what it alone says, what other rows
// add up to: how long a session is, which sensors it has, how many of what the
// importer found, how many sessions a person has.
type derivedRow struct {
	table string
	have  []field // as it lies in the file
	want  []field // as those other rows have it; nil where they do not tell
}

// whole reports whether the row is as it was written.
func (r derivedRow) whole() bool { return sumOf(r.have) == rowSum(r.have) }

// mended reports whether the row would be as it was written with what the other
// rows add up to.
func (r derivedRow) mended() bool { return r.want != nil && sumOf(r.have) == rowSum(r.want) }

func sumOf(fields []field) any {
	for _, f := range fields {
		if f.name == "crc" {
			return f.value
		}
	}
	return nil
}

// differs names the columns that are not what other rows add up to.
func (r derivedRow) differs() []string {
	var names []string
	for i, f := range r.want {
		if !sameDerived(r.have[i].value, f.value) {
			names = append(names, strings.ReplaceAll(strings.TrimSuffix(f.name, "_s"), "_", " "))
		}
	}
	return names
}

// sameDerived compares values that may have been added up on another processor.
func sameDerived(a, b any) bool {
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		return ok && (x == y || math.Abs(x-y) <= sameSeconds)
	case []byte: // what damage can make of a text, and no type for ==
		y, ok := b.([]byte)
		return ok && bytes.Equal(x, y)
	}
	return a == b
}

// sameSeconds is how far apart two lengths in seconds may lie that are the same
// but for rounding.
const sameSeconds = 1e-6

// derived names the rows of sessions and participants that are not as written,
// or not what their recordings, findings and sessions add up to. Those can be
// made anew while the rows that they repeat are whole.
func (c *checker) derived(ctx context.Context) error {
	return c.eachDerived(ctx, func(r derivedRow) error {
		where := partOf(r.table, 0, r.have)
		differs := strings.Join(r.differs(), ", ")
		switch {
		case r.whole() && differs != "":
			c.addRepairable(where, "its %s is not what its parts add up to", differs)
		case r.whole():
		case r.mended():
			c.addRepairable(where, "its %s was changed, the row fails its checksum", differs)
		default:
			c.add(where, "the row fails its checksum")
		}
		return nil
	})
}

// rebuildDerived writes what other rows add up to into the rows that repeat it.
// Rows that are damaged otherwise stay as they are.
func rebuildDerived(ctx context.Context, tx *sql.Tx) error {
	c := &checker{q: tx}
	if err := c.rows(ctx); err != nil {
		return nil // a table that can not be read adds up to nothing; the check tells
	}
	return c.eachDerived(ctx, func(r derivedRow) error {
		if r.whole() && len(r.differs()) == 0 || !r.whole() && !r.mended() {
			return nil
		}
		want := slices.DeleteFunc(slices.Clone(r.want), func(f field) bool { return f.name == "crc" })
		return upsertRow(ctx, tx, r.table, "id", want...)
	})
}

// eachDerived visits every such row. Call it after rows: a session is not
// compared with damaged parts.
func (c *checker) eachDerived(ctx context.Context, visit func(derivedRow) error) error {
	var list []derivedRow
	for _, table := range []string{"sessions", "participants"} {
		err := each(ctx, c.q, func(rows *sql.Rows) error {
			fields, err := scanFields(rows)
			list = append(list, derivedRow{table: table, have: fields})
			return err
		}, "SELECT * FROM "+table)
		if err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	numbers := c.lastNumbers(ctx)
	var errs []error
	for _, r := range list {
		if !c.torn {
			r.want = c.addUp(ctx, r, numbers)
		}
		errs = append(errs, visit(r))
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// addUp is the row with what other rows add up to; nil where they do not tell.
func (c *checker) addUp(ctx context.Context, r derivedRow, numbers map[string]int64) []field {
	want := slices.Clone(r.have)
	set := func(name string, value any) {
		for i := range want {
			if want[i].name == name {
				want[i].value = value
			}
		}
	}
	get := func(name string) any {
		for _, f := range want {
			if f.name == name {
				return f.value
			}
		}
		return nil
	}
	id, _ := get("id").(string)
	if r.table == "participants" {
		// It counts the sessions that there ever were, also those deleted since.
		if last := numbers[id]; last > 0 {
			if n, ok := get("sessions").(int64); !ok || n < last || !r.whole() {
				set("sessions", last)
			}
		}
		return want
	}
	if get("visible") != int64(1) {
		return nil
	}
	v, err := readSession(ctx, c.q, id)
	if err != nil {
		return nil // its own parts tell
	}
	sensors, samples, kinds := summed(v)
	set("duration_s", v.Recorded())
	set("recordings", int64(len(v.Recordings)))
	set("samples", samples)
	set("sensors", sensors)
	set("finding_kinds", kinds)
	return want
}

// summed is what a session's row repeats of its recordings and findings.
func summed(v Session) (sensors string, samples int64, kinds string) {
	names, found := map[string]bool{}, map[string]int{}
	for _, f := range v.Findings {
		found[f.Kind]++
	}
	for _, r := range v.Recordings {
		samples += r.Samples
		for _, ch := range r.Channels {
			names[SensorName(r.Placement, ch.Kind)] = true
		}
		for _, f := range r.Findings {
			found[f.Kind]++
		}
	}
	return asJSON(slices.Sorted(maps.Keys(names))), samples, asJSON(found)
}

// asJSON is a list or map of text and numbers, which always has a text.
func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

// lastNumbers is the number of each person's last session.
func (c *checker) lastNumbers(ctx context.Context) map[string]int64 {
	out := map[string]int64{}
	_ = each(ctx, c.q, func(rows *sql.Rows) error { // what is not read is not compared
		var id string
		var n int64
		err := rows.Scan(&id, &n)
		out[id] = n
		return err
	}, "SELECT participant, max(number) FROM sessions WHERE visible=1 GROUP BY participant")
	return out
}

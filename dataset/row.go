package dataset

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"time"
)

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// field is a column and its value: nil, int64, float64, string or []byte.
type field struct {
	name  string
	value any
}

// rowSum is the checksum of a row, whatever the order of its columns. The crc
// column itself and a numeric id that the database gives out are left out, and
// columns without a value, so that a new column keeps old sums.
func rowSum(fields []field) int64 {
	fields = slices.Clone(fields)
	slices.SortFunc(fields, func(a, b field) int { return cmp.Compare(a.name, b.name) })
	var buf []byte
	for _, f := range fields {
		_, number := f.value.(int64)
		if f.name == "crc" || f.value == nil || f.name == "id" && number {
			continue
		}
		buf = appendText(buf, f.name)
		switch v := f.value.(type) {
		case int64:
			buf = binary.LittleEndian.AppendUint64(append(buf, 1), uint64(v))
		case float64:
			buf = binary.LittleEndian.AppendUint64(append(buf, 2), math.Float64bits(v))
		case string:
			buf = appendText(append(buf, 3), v)
		case []byte:
			buf = appendText(append(buf, 4), string(v))
		default:
			buf = appendText(append(buf, 5), fmt.Sprint(v))
		}
	}
	return int64(crc32.Checksum(buf, castagnoli()))
}

func appendText(buf []byte, s string) []byte {
	return append(binary.AppendUvarint(buf, uint64(len(s))), s...)
}

// insertRow adds a row with its checksum; id is the row's number.
func insertRow(ctx context.Context, q queryer, table string, fields ...field) (id int64, err error) {
	return putRow(ctx, q, table, "", fields)
}

// upsertRow adds a row with its checksum or replaces the one with the same key.
func upsertRow(ctx context.Context, q queryer, table, key string, fields ...field) error {
	_, err := putRow(ctx, q, table, key, fields)
	return err
}

func putRow(ctx context.Context, q queryer, table, key string, fields []field) (int64, error) {
	var names, marks, sets []string
	var values []any
	for _, f := range append(slices.Clone(fields), field{"crc", rowSum(fields)}) {
		names = append(names, f.name)
		marks = append(marks, "?")
		values = append(values, f.value)
		if f.name != key {
			sets = append(sets, f.name+"=excluded."+f.name)
		}
	}
	query := fmt.Sprintf("INSERT INTO %s(%s) VALUES(%s)", table, strings.Join(names, ","), strings.Join(marks, ","))
	if key != "" {
		query += fmt.Sprintf(" ON CONFLICT(%s) DO UPDATE SET %s", key, strings.Join(sets, ","))
	}
	res, err := q.ExecContext(ctx, query, values...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// updateRow changes columns of a row and its checksum. sql.ErrNoRows when there
// is no such row.
func updateRow(ctx context.Context, q queryer, table, key string, value any, changed ...field) error {
	var fields []field
	err := each(ctx, q, func(rows *sql.Rows) (err error) {
		fields, err = scanFields(rows)
		return err
	}, fmt.Sprintf("SELECT * FROM %s WHERE %s=?", table, key), value)
	if err != nil {
		return err
	}
	if fields == nil {
		return sql.ErrNoRows
	}
	fields = slices.DeleteFunc(fields, func(f field) bool { return f.name == "crc" })
	for _, c := range changed {
		for i := range fields {
			if fields[i].name == c.name {
				fields[i].value = c.value
			}
		}
	}
	return upsertRow(ctx, q, table, key, fields...)
}

// scanFields reads a row as it lies in the table.
func scanFields(rows *sql.Rows) ([]field, error) {
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	fields := make([]field, len(names))
	dest := make([]any, len(names))
	for i := range fields {
		fields[i].name = names[i]
		dest[i] = &fields[i].value
	}
	return fields, rows.Scan(dest...)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// bytesOf is b, never nil: SQLite tells an empty blob from no value.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// textOrNil is s for a column: nil when empty.
func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// nanos is t for a column: nil for the zero time.
func nanos(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixNano()
}

// timeOf is the time of a column.
func timeOf(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.Unix(0, n.Int64).UTC()
}

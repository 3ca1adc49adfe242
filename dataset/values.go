package dataset

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// EachValue gives every text and blob of an SQLite file to value, whole, as
// readers of the file see it: a value that lies scattered over pages is in one
// piece here. where is "table.column, row N". The file is only read.
func EachValue(ctx context.Context, path string, value func(where string, data []byte) error) (err error) {
	doing := "reading the values of " + path
	params := []string{"mode=ro"}
	if !hasLog(path) {
		params = append(params, "immutable=1")
	}
	db := openReaders(path, params...)
	defer closing(db, &err)
	var tables []string
	err = each(ctx, db, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		tables = append(tables, name)
		return err
	}, "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%'")
	if err != nil {
		return explain(doing, err)
	}
	for _, table := range tables {
		n := 0
		err := each(ctx, db, func(rows *sql.Rows) error {
			n++
			fields, err := scanFields(rows)
			if err != nil {
				return err
			}
			for _, f := range fields {
				var data []byte
				switch v := f.value.(type) {
				case string:
					data = []byte(v)
				case []byte:
					data = v
				default:
					continue
				}
				if err := value(fmt.Sprintf("%s.%s, row %d", table, f.name, n), data); err != nil {
					return err
				}
			}
			return nil
		}, `SELECT * FROM "`+strings.ReplaceAll(table, `"`, `""`)+`"`)
		if err != nil {
			return explain(doing, err)
		}
	}
	return nil
}

// manyOf is a count with its word.
func manyOf(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return fmt.Sprintf("%d %s", n, word)
}

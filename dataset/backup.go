package dataset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes a compact, whole copy of the study as it is now to dest while
// the study stays in use. It refuses an existing dest (fs.ErrExist). The copy
// appears under its name when it is on disk; a failed backup leaves nothing.
func (s *Study) Backup(ctx context.Context, dest string) (err error) {
	doing := "backing the study up to " + dest
	if _, err := os.Lstat(dest); err == nil {
		return fmt.Errorf("%s: %w there", doing, fs.ErrExist)
	}
	made := dest + ".new"
	if err := removeDatabase(made); err != nil {
		return explain(doing, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeDatabase(made))
		}
	}()
	if err := s.copyTo(ctx, made); err != nil {
		return explain(doing, err)
	}
	if err := syncFile(made); err != nil {
		return explain(doing, err)
	}
	if err := os.Rename(made, dest); err != nil {
		return explain(doing, err)
	}
	return explain(doing, syncDir(filepath.Dir(dest)))
}

func (s *Study) copyTo(ctx context.Context, dest string) (err error) {
	mode := "mode=rw"
	if s.readOnly {
		mode = "mode=ro"
	}
	db := sql.OpenDB(connector{dsn: dataSource(s.path, mode, busyTimeout()), hook: pragmas("trusted_schema=0")})
	defer closing(db, &err)
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", dest)
	return err
}

func syncFile(path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer closing(f, &err)
	return f.Sync()
}

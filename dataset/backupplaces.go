package dataset

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// placesKey is the setting under which a study remembers where copies of it were
// written. It is apart from Settings, for no export may carry a path.
const placesKey = "backup_folders"

// maxPlaces bounds how many folders are remembered; the oldest goes first.
const maxPlaces = 50

// RememberBackups notes in a study, which may be open elsewhere, that copies of it
// go into a folder, so that a withdrawal can name them. The study's own folder and
// BackupFolder are looked into anyway. A study that can not be written remembers
// nothing, which is no error.
func RememberBackups(ctx context.Context, study, dir string) (err error) {
	const doing = "noting where the copies go"
	study, err = canonical(study)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if dir == filepath.Dir(study) || dir == BackupFolder(study) || canBeWritten(study) != nil {
		return nil
	}
	db := openWriter(study)
	defer closing(db, &err)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return explain(doing, err)
	}
	defer rollback(tx)
	places, err := placesOf(ctx, tx)
	if err != nil {
		return explain(doing, err)
	}
	places = append(slices.DeleteFunc(places, func(p string) bool { return p == dir }), dir)
	text, err := json.Marshal(places[max(len(places)-maxPlaces, 0):])
	if err != nil {
		return err
	}
	if err := upsertRow(ctx, tx, "settings", "key", field{"key", placesKey}, field{"value", string(text)}); err != nil {
		return explain(doing, err)
	}
	return explain(doing, tx.Commit())
}

func placesOf(ctx context.Context, q queryer) ([]string, error) {
	var text string
	err := q.QueryRowContext(ctx, "SELECT value FROM settings WHERE key=?", placesKey).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []string
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return out, nil
}

// backupPlaces are the folders that copies of a study may lie in, as far as it
// knows: its own, BackupFolder and those it remembers. A study that can not be
// read remembers none.
func backupPlaces(ctx context.Context, study string) []string {
	out := []string{filepath.Dir(study), BackupFolder(study)}
	db := openReaders(study, "mode=rw")
	defer db.Close()
	more, err := placesOf(ctx, db)
	if err != nil {
		return out
	}
	return append(out, more...)
}

// Siblings lists further files that are this study as it once was, in the folders
// that copies may lie in: copies that somebody made and named otherwise. What
// Copies lists is left out. They are told by the first entry of the ledger, which
// no two studies share.
func Siblings(ctx context.Context, study string) ([]string, error) {
	study, err := canonical(study)
	if err != nil {
		return nil, err
	}
	own, err := Copies(ctx, study)
	if err != nil {
		return nil, err
	}
	origin := originOf(ctx, study)
	if origin == nil {
		return nil, nil
	}
	var out []string
	for _, dir := range backupPlaces(ctx, study) {
		list, err := os.ReadDir(dir)
		if err != nil {
			continue // not there now
		}
		for _, e := range list {
			path := filepath.Join(dir, e.Name())
			ext := strings.ToLower(filepath.Ext(path))
			if !e.Type().IsRegular() || ext != ".onset" && ext != strings.ToLower(filepath.Ext(study)) || path == study || slices.Contains(own, path) {
				continue
			}
			if bytes.Equal(originOf(ctx, path), origin) {
				out = append(out, path)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), ctx.Err()
}

// originOf is the hash of a study's first ledger entry, nil for what is no study
// or can not be read. It leaves nothing beside the file.
func originOf(ctx context.Context, path string) []byte {
	ways := []string{"mode=ro", "immutable=1"}
	if hasLog(path) {
		ways = []string{"mode=rw"}
	}
	db := openReaders(path, ways...)
	defer db.Close()
	if _, err := versionOf(ctx, db); err != nil {
		return nil
	}
	var hash []byte
	if db.QueryRowContext(ctx, "SELECT hash FROM ledger WHERE position=1").Scan(&hash) != nil {
		return nil
	}
	return hash
}

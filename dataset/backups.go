package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const backupStamp = "20060102-150405"

// BackupTo writes a copy of the study into a folder, named after the study and
// the moment, and removes the oldest of its copies there beyond keep (at least
// 1). The newest is only counted once it has been read back. It returns the
// copy's path.
func (s *Study) BackupTo(ctx context.Context, dir string, keep int) (string, error) {
	doing := "backing the study up into " + dir
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", explain(doing, err)
	}
	name := strings.TrimSuffix(filepath.Base(s.path), filepath.Ext(s.path))
	dest := filepath.Join(dir, fmt.Sprintf("%s-%s%s", name, s.now().UTC().Format(backupStamp), filepath.Ext(s.path)))
	if err := s.Backup(ctx, dest); err != nil {
		return "", err
	}
	if err := readBack(ctx, dest); err != nil {
		return "", explain(doing, errors.Join(err, os.Remove(dest)))
	}
	copies, err := Backups(dir, s.path)
	if err != nil {
		return "", explain(doing, err)
	}
	for _, old := range copies[:max(len(copies)-max(keep, 1), 0)] {
		if err := os.Remove(old); err != nil {
			return "", explain(doing, err)
		}
	}
	return dest, nil
}

// readBack has SQLite check a copy.
func readBack(ctx context.Context, path string) (err error) {
	copied, err := Open(ctx, path, Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer closing(copied, &err)
	in, err := copied.Info(ctx)
	if err == nil && in.Integrity != "ok" {
		err = fmt.Errorf("the copy reads back damaged: %s: %w", in.Integrity, ErrCorrupt)
	}
	return err
}

// Backups lists the copies of a study that BackupTo wrote into a folder, oldest
// first.
func Backups(dir, study string) ([]string, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	ext := filepath.Ext(study)
	name := strings.TrimSuffix(filepath.Base(study), ext) + "-"
	var out []string
	for _, e := range list {
		stamp, ok := strings.CutPrefix(strings.TrimSuffix(e.Name(), ext), name)
		if ok && e.Type().IsRegular() && strings.HasSuffix(e.Name(), ext) && isStamp(stamp) {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	slices.Sort(out)
	return out, nil
}

func isStamp(s string) bool {
	if len(s) != len(backupStamp) {
		return false
	}
	for i, c := range []byte(s) {
		if digit := c >= '0' && c <= '9'; digit == (i == 8) || i == 8 && c != '-' {
			return false
		}
	}
	return true
}

// Restore puts a copy of a study at path, where nobody may have a study open
// for writing (ErrLocked). The copy is checked first. What was at path is kept
// beside it under the returned name; empty when nothing was there.
func Restore(ctx context.Context, backup, path string, o Options) (aside string, err error) {
	doing := fmt.Sprintf("restoring %s to %s", backup, path)
	source, err := Open(ctx, backup, Options{ReadOnly: true})
	if errors.Is(err, ErrOlder) {
		newer := path + ".newer"
		defer func() { err = errors.Join(err, removeDatabase(newer)) }()
		source, err = broughtForward(ctx, backup, newer, o)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	defer closing(source, &err)
	problems, err := source.Check(ctx, nil)
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	if len(problems) > 0 {
		return "", fmt.Errorf("%s: %w: %s: %s", doing, ErrCorrupt, problems[0].Where, problems[0].What)
	}
	path, err = canonical(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	now := newStudy(path, o).now()
	lock, err := lockStudy(path, now)
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, readOnlyPlace(err))
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	made := path + ".restored"
	if err := removeDatabase(made); err != nil {
		return "", explain(doing, err)
	}
	if err := source.Backup(ctx, made); err != nil {
		return "", explain(doing, err)
	}
	if _, err := os.Lstat(path); err == nil {
		aside = fmt.Sprintf("%s.before-%s", path, now.UTC().Format(backupStamp))
	}
	if err := moveDatabase(path, aside); err != nil {
		return "", explain(doing, err)
	}
	if err := os.Rename(made, path); err != nil {
		return aside, explain(doing, err)
	}
	return aside, explain(doing, syncDir(filepath.Dir(path)))
}

// broughtForward opens a copy of a study that an older version made. The study
// itself stays as it is.
func broughtForward(ctx context.Context, older, made string, o Options) (*Study, error) {
	if err := removeDatabase(made); err != nil {
		return nil, err
	}
	in, err := os.Open(older)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	out, err := os.OpenFile(made, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		return nil, err
	}
	o.ReadOnly = false
	s, err := Open(ctx, made, o)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return Open(ctx, made, Options{ReadOnly: true})
}

// moveDatabase renames a database with the log beside it, which belongs to it.
func moveDatabase(from, to string) error {
	if to == "" {
		return nil
	}
	for _, suffix := range []string{"-wal", ""} {
		if err := os.Rename(from+suffix, to+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Remove(from + "-shm"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// SyncedBy names the cloud client that appears to synchronise the folder of a
// path, such as "Dropbox"; empty when none is known. Such a client copies the
// study while it is being written, and its copy of a moment may be no study at
// all: keep the study elsewhere. Backups hold the same people, so they are no better there.
func SyncedBy(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	marks := map[string]string{
		".dropbox": "Dropbox", ".dropbox.cache": "Dropbox", ".stfolder": "Syncthing", ".sync": "Resilio Sync",
		".nextcloudsync.log": "Nextcloud", ".owncloudsync.log": "ownCloud", ".SeaDrive": "Seafile",
		".849C9593-D756-4E56-8D6E-42412F2A707B": "OneDrive",
	}
	folders := map[string]string{
		"dropbox": "Dropbox", "onedrive": "OneDrive", "google drive": "Google Drive", "googledrive": "Google Drive",
		"my drive": "Google Drive", "icloud drive": "iCloud", "mobile documents": "iCloud", "nextcloud": "Nextcloud",
		"owncloud": "ownCloud", "pcloud drive": "pCloud", "mega": "MEGA", "seafile": "Seafile",
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		name := strings.ToLower(filepath.Base(dir))
		if client, ok := folders[name]; ok {
			return client
		}
		if name == "sync" && filepath.Dir(dir) == home {
			return "Syncthing" // its own folder, before it has put its mark there
		}
		if strings.HasPrefix(name, "onedrive - ") {
			return "OneDrive"
		}
		for mark, client := range marks {
			if _, err := os.Lstat(filepath.Join(dir, mark)); err == nil {
				return client
			}
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

package store

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"onset/devices/sync/protocol"
)

// Backup writes the whole store as a TAR archive: a snapshot of the database,
// then the files that it names, keys included. Whoever has the archive has
// everything; its writer encrypts it. The server may run meanwhile.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	if err := s.backup(ctx, w); err != nil {
		return fmt.Errorf("backing up %s: %w", s.dir, err)
	}
	return nil
}

func (s *Store) backup(ctx context.Context, w io.Writer) error {
	tmp, err := os.MkdirTemp(s.dir, ".backup-*")
	if err != nil {
		return wrapFile(err)
	}
	defer func() { _ = os.RemoveAll(tmp) }() // the sweep finds it
	snapshot := filepath.Join(tmp, databaseFile)
	if _, err := s.write.ExecContext(ctx, `VACUUM INTO ?`, snapshot); err != nil {
		return wrapSQL(err)
	}
	t := tar.NewWriter(w)
	if err := addFile(t, databaseFile, snapshot); err != nil {
		return err
	}
	err = filepath.WalkDir(s.dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // erased meanwhile
		}
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		rel, err := filepath.Rel(s.dir, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if e.IsDir() {
			if name == spoolDir || strings.HasPrefix(e.Name(), ".") && name != "." {
				return fs.SkipDir // unfinished uploads begin anew
			}
			return nil
		}
		if !e.Type().IsRegular() || strings.HasPrefix(name, databaseFile) || strings.HasPrefix(e.Name(), ".") || name == "listening" {
			return nil
		}
		if err := addFile(t, name, path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.Close()
}

func addFile(t *tar.Writer, name, path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime().UTC().Truncate(time.Second), Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err = io.CopyN(t, f, info.Size())
	return err
}

// Restore makes a store in dir, which must be empty or absent, from a backup.
// Sessions that withdrawn names, one identifier a line, were withdrawn after the
// backup was made and are erased again; withdrawn may be nil. The caller
// verifies the store.
func Restore(ctx context.Context, dir string, r io.Reader, withdrawn io.Reader) (erased int, err error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return 0, fmt.Errorf("restoring to %s: %w there and is not empty; choose another folder", dir, fs.ErrExist)
	}
	_, gone := os.Stat(dir)
	defer func() {
		if err != nil {
			err = errors.Join(err, emptied(dir, errors.Is(gone, fs.ErrNotExist)))
		}
	}()
	if err := unpackBackup(ctx, dir, r); err != nil {
		return 0, fmt.Errorf("restoring to %s: %w", dir, err)
	}
	s, err := Open(ctx, dir, Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Note(ctx, KindRestored, map[string]string{}); err != nil {
		return 0, err
	}
	if withdrawn == nil {
		return 0, nil
	}
	lines := bufio.NewScanner(withdrawn)
	for lines.Scan() {
		id := strings.TrimSpace(lines.Text())
		if protocol.CheckID(id) != nil {
			continue
		}
		switch x, err := s.Session(ctx, id); {
		case errors.Is(err, ErrNotFound) || err == nil && x.Erased != "":
			continue
		case err != nil:
			return erased, err
		}
		if err := s.eraseWithdrawn(ctx, id); err != nil {
			return erased, err
		}
		erased++
	}
	return erased, lines.Err()
}

// emptied takes away what a restoration that failed has left of a folder that
// was empty, and the folder too when it was not there.
func emptied(dir string, too bool) error {
	if too {
		return os.RemoveAll(dir)
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

func unpackBackup(ctx context.Context, dir string, r io.Reader) (err error) {
	for _, d := range []string{"", keysDir, sessionsDir, spoolDir, blobsDir, "tuf"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return err
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg || !filepath.IsLocal(h.Name) {
			return fmt.Errorf("the backup holds %q, which no store has", h.Name)
		}
		if err := unpackFile(root, h.Name, t); err != nil {
			return err
		}
	}
}

func unpackFile(root *os.Root, name string, r io.Reader) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	return wrapFile(errors.Join(err, f.Close()))
}

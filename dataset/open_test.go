package dataset

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func files(t testing.TB, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestOpenRefusesWhatIsNoStudy(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	other := filepath.Join(dir, "other.db")
	db := sql.OpenDB(connector{dsn: dataSource(other, "mode=rwc")})
	if _, err := db.Exec("CREATE TABLE t(x)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		write("empty.onset", ""), write("text.onset", strings.Repeat("time,x,y,z\n", 1000)),
		write("short.onset", "SQLite format 3\x00"), other, dir,
	} {
		before := files(t, dir)
		for _, readOnly := range []bool{false, true} {
			s, err := Open(ctx, path, Options{ReadOnly: readOnly})
			if !errors.Is(err, ErrNotAStudy) {
				t.Errorf("%s: %v, %v", path, s, err)
			}
		}
		if after := files(t, dir); len(after) != len(before) {
			t.Errorf("refusing %s left %v", path, after)
		}
	}
	if _, err := Open(ctx, filepath.Join(dir, "absent.onset"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent file: %v", err)
	}
}

func TestOpenRefusesANewerSchemaAndLeavesItAlone(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	if _, err := s.writer.ExecContext(ctx, "PRAGMA user_version = 1000"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	for _, readOnly := range []bool{false, true} {
		if _, err := Open(ctx, s.Path(), Options{ReadOnly: readOnly}); !errors.Is(err, ErrNewer) {
			t.Errorf("read-only %v: %v", readOnly, err)
		}
	}
	after, err := os.ReadFile(s.Path())
	if err != nil || string(after) != string(before) {
		t.Errorf("the file was changed (%v)", err)
	}
	if names := files(t, filepath.Dir(s.Path())); len(names) != 1 {
		t.Errorf("files left: %v", names)
	}
}

func TestCreateRefusesAnExistingFile(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	if _, err := Create(ctx, s.Path(), Options{}); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if names := files(t, filepath.Dir(s.Path())); len(names) != 1 {
		t.Errorf("a closed study leaves %v", names)
	}
}

func TestPathsOfAnyShapeWork(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "50% of #1? ünïcode & spaces.onset")
	s, err := Create(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s, Options{})
	if names := files(t, filepath.Dir(path)); !strings.Contains(strings.Join(names, "|"), filepath.Base(path)) {
		t.Errorf("files %v", names)
	}
	link := filepath.Join(t.TempDir(), "link.onset")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, link, Options{}); !errors.Is(err, ErrLocked) {
		t.Errorf("a second writer came in by a link: %v", err)
	}
	_ = s
}

func TestOneWriterAtATimeAndReadersBesideIt(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	holder := child(t, "hold", s.Path())
	stdin, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "open\n" {
		t.Fatalf("%q %v", line, err)
	}
	_, err = Open(ctx, s.Path(), Options{})
	var locked *LockedError
	if !errors.Is(err, ErrLocked) || !errors.As(err, &locked) || locked.PID != holder.Process.Pid || locked.Host == "" || locked.Since.IsZero() {
		t.Fatalf("a second writer: %v", err)
	}
	r, err := Open(ctx, s.Path(), Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Sessions(ctx); err != nil {
		t.Error(err)
	}
	if err := r.PutSettings(ctx, Settings{SetupS: 1}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("writing to a study open read-only: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	// A killed holder leaves its lock file and no lock.
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	_ = stdin.Close()
	if _, err := os.Stat(lockPath(s.Path())); err != nil {
		t.Errorf("the killed holder's lock file: %v", err)
	}
	w, err := Open(ctx, s.Path(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFullDiskIsNamedAndLeavesTheStudyWhole(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	kept, err := importWave(ctx, s, "P01", 30_000)
	if err != nil {
		t.Fatal(err)
	}
	limit := func(more int) {
		var pages, free int
		if err := s.writer.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
			t.Fatal(err)
		}
		if err := s.writer.QueryRowContext(ctx, "PRAGMA max_page_count="+strconv.Itoa(pages+more)).Scan(&free); err != nil {
			t.Fatal(err)
		}
	}
	limit(40)
	if _, err := importWave(ctx, s, "P02", 2_000_000); !errors.Is(err, ErrDiskFull) {
		t.Fatalf("an import on a full disk: %v", err)
	}
	limit(0)
	v, err := s.Session(ctx, kept)
	if err != nil {
		t.Fatal(err)
	}
	big := Label{Recording: v.Recordings[0].ID, Set: "hand", Kind: KindExercise, End: 10, Confidence: 1,
		Attributes: Attributes{Note: strings.Repeat("n", 3_000_000)}}
	if _, err := s.Apply(ctx, Edit{Session: kept, Action: "add label", Changes: []Change{{After: &big}}}); !errors.Is(err, ErrDiskFull) {
		t.Fatalf("a label on a full disk: %v", err)
	}
	limit(10_000)
	list, err := s.Sessions(ctx)
	if err != nil || len(list) != 1 || list[0].Labels != 1 {
		t.Fatalf("sessions after a full disk: %+v, %v", list, err)
	}
	people, err := s.Participants(ctx)
	if err != nil || len(people) != 1 {
		t.Errorf("participants after a full disk: %+v, %v", people, err)
	}
	if _, err := importWave(ctx, s, "P02", 30_000); err != nil {
		t.Fatalf("an import when there is room again: %v", err)
	}
	mustBeWhole(t, s)
}

func mustBeWhole(t testing.TB, s *Study) {
	t.Helper()
	problems, err := s.Check(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Where, p.What)
	}
}

// Also who may write anywhere does not change a study that is marked as not to be
// written.
func TestAStudyMarkedAsReadOnlyIsNotOpenedForWriting(t *testing.T) {
	s := newTestStudy(t)
	path := s.Path()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Options{}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("opening it says %v", err)
	}
	again, err := Open(t.Context(), path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

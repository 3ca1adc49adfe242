package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onset/devices/sync/protocol"
)

func fresh(t testing.TB) *Store {
	t.Helper()
	s, err := Create(t.Context(), filepath.Join(t.TempDir(), "store"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func accept(io.ReaderAt, int64) (Content, error) { return Content{Files: 1}, nil }

const testChannel = "left-wrist/g1/f32"

// receive brings sessions into a store and returns the code of each.
func receive(t testing.TB, s *Store, contents ...string) (ids, codes []string) {
	t.Helper()
	ctx := context.Background()
	token, _, err := s.Invite(ctx, testChannel)
	if err != nil {
		t.Fatal(err)
	}
	var pin protocol.Pin
	copy(pin[:], protocol.NewNonce())
	d, err := s.Pair(ctx, token, Device{Name: "d", Platform: "p", Runtime: "r"}, pin)
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range contents {
		tickets, _, err := s.IssueTickets(ctx, d.ID, 8, 1000)
		if err != nil {
			t.Fatal(err)
		}
		ticket, _ := protocol.HashSecret(tickets[0])
		code := protocol.NewSecret()
		hash, _ := protocol.HashSecret(code)
		u := Upload{ID: protocol.NewID(), Length: int64(len(content)), SHA256: sha256.Sum256([]byte(content)), Ticket: ticket, Withdrawal: hash, Consent: "1"}
		if _, err := s.Receive(ctx, u, strings.NewReader(content), accept); err != nil {
			t.Fatal(err)
		}
		ids, codes = append(ids, u.ID), append(codes, code)
	}
	return ids, codes
}

func verify(t *testing.T, s *Store, want bool) Verification {
	t.Helper()
	v, err := s.Verify(t.Context())
	if err != nil || v.OK != want {
		t.Errorf("verified %t, want %t: %v, %v", v.OK, want, v.Problems, err)
	}
	return v
}

func TestSessionsAreEncryptedAtRest(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	secret := strings.Repeat("a person's movement ", 100)
	ids, _ := receive(t, s, secret)
	raw, err := os.ReadFile(s.sessionPath(ids[0]))
	if err != nil || bytes.Contains(raw, []byte("movement")) || len(raw) != len(secret) {
		t.Errorf("%d bytes, %v: the session lies in the clear", len(raw), err)
	}
	r, n, c, err := s.Content(t.Context(), ids[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, off := range []int64{0, 1, 15, 16, 17, 1000, n - 1} {
		got := make([]byte, min(37, n-off))
		if _, err := r.ReadAt(got, off); err != nil || string(got) != secret[off:off+int64(len(got))] {
			t.Errorf("at %d: %q, %v", off, got, err)
		}
	}
}

func TestTamperingIsFound(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]func(*testing.T, *Store, []string){
		"a session's bytes": func(t *testing.T, s *Store, ids []string) {
			raw, err := os.ReadFile(s.sessionPath(ids[0]))
			if err != nil {
				t.Fatal(err)
			}
			raw[1] ^= 1
			if err := os.WriteFile(s.sessionPath(ids[0]), raw, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"a row":                  statement(`UPDATE sessions SET grp = 'other'`),
		"a lost row":             statement(`DELETE FROM sessions`),
		"an event":               statement(`DROP TRIGGER journal_stays_u; UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), 'g1', 'g2') AS BLOB) WHERE kind = 'session.received'`),
		"a lost event":           statement(`DROP TRIGGER journal_stays_d; DELETE FROM journal WHERE seq = 2`),
		"the last event is lost": statement(`DROP TRIGGER journal_stays_d; DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)`),
		"a lost key":             statement(`DELETE FROM session_keys`),
	} {
		s := fresh(t)
		ids, _ := receive(t, s, "one", "two")
		verify(t, s, true)
		tamper(t, s, ids)
		if v := verify(t, s, false); len(v.Problems) == 0 {
			t.Errorf("%s: no problem is named", name)
		}
	}
}

func statement(q string) func(*testing.T, *Store, []string) {
	return func(t *testing.T, s *Store, _ []string) {
		if _, err := s.write.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
}

func TestJournalIsAppendOnly(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	for _, q := range []string{`UPDATE journal SET kind = 'x'`, `DELETE FROM journal`} {
		if _, err := s.write.Exec(q); err == nil {
			t.Errorf("%s was allowed", q)
		}
	}
}

func TestADeviceThatWentBackUsesTheModelBefore(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	receive(t, s, "one")
	list, err := s.Devices(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatal(len(list), err)
	}
	id, channel := list[0].ID, list[0].Channel
	for _, content := range []string{"old", "new", "old", "old"} { // published, replaced, rolled back, told twice
		sum, err := s.PutBlob([]byte(content))
		if err == nil {
			_, err = s.Publish(t.Context(), Release{Channel: channel, SHA256: sum, Length: 3, Percent: 100, Model: content})
		}
		if err == nil {
			err = s.Feedback(t.Context(), id, protocol.Feedback{Channel: channel, SHA256: sum, State: protocol.StateActive})
		}
		if err != nil {
			t.Fatal(err)
		}
		now, err := s.Devices(t.Context())
		if err != nil || now[0].Model != sum {
			t.Fatalf("it uses %s, the list says %+v, %v", content, now, err)
		}
	}
	releases, err := s.Releases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	now, _ := s.Devices(t.Context())
	if r, ok := ReleaseOf(releases, channel, now[0].Model); !ok || r.Model != "old" || r.Version != 4 {
		t.Errorf("the release in use is %+v", r)
	}
	verify(t, s, true)
}

func TestTablesAreMadeAnewFromTheJournal(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	ids, codes := receive(t, s, "one", "two", "three")
	sum, err := s.PutBlob([]byte("model"))
	if err != nil {
		t.Fatal(err)
	}
	for _, percent := range []int{100, 10} {
		if _, err := s.Publish(t.Context(), Release{Channel: testChannel, SHA256: sum, Length: 5, Percent: percent}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.SetRollout(t.Context(), testChannel, 100, "all"); err != nil {
		t.Fatal(err)
	}
	code, _ := protocol.HashSecret(codes[0])
	if err := s.Withdraw(t.Context(), ids[0], code); err != nil {
		t.Fatal(err)
	}
	if err := s.Rejected(t.Context(), ids[1], "noise"); err != nil {
		t.Fatal(err)
	}
	if err := s.Imported(t.Context(), ids[2], []string{"s1"}); err != nil {
		t.Fatal(err)
	}
	before := verify(t, s, true)
	if _, err := s.write.Exec(`DELETE FROM sessions; UPDATE devices SET name = 'x'; DELETE FROM releases`); err != nil {
		t.Fatal(err)
	}
	verify(t, s, false)
	if err := s.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := verify(t, s, true); after.Head != before.Head {
		t.Error("rebuilding changed the journal")
	}
}

func TestWithdrawnKeyIsNowhereInTheDatabase(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	ids, codes := receive(t, s, strings.Repeat("x", 1000))
	var wrapped []byte
	if err := s.read.QueryRow(`SELECT wrapped FROM session_keys`).Scan(&wrapped); err != nil {
		t.Fatal(err)
	}
	if !anywhere(t, s.dir, wrapped) {
		t.Fatal("the test does not find the key where it is")
	}
	code, _ := protocol.HashSecret(codes[0])
	if err := s.Withdraw(t.Context(), ids[0], code); err != nil {
		t.Fatal(err)
	}
	if anywhere(t, s.dir, wrapped) {
		t.Error("the key of a withdrawn session is still in the database's files")
	}
}

// anywhere looks for bytes in every file of a folder.
func anywhere(t *testing.T, dir string, what []byte) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(p)
		found = found || bytes.Contains(raw, what)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestRestoredBackupIsTheStore(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	ids, codes := receive(t, s, "one", "two")
	if _, err := s.PutBlob([]byte("model")); err != nil {
		t.Fatal(err)
	}
	var backup bytes.Buffer
	if err := s.Backup(t.Context(), &backup); err != nil {
		t.Fatal(err)
	}
	code, _ := protocol.HashSecret(codes[0])
	if err := s.Withdraw(t.Context(), ids[0], code); err != nil { // after the backup
		t.Fatal(err)
	}
	list, err := os.Open(filepath.Join(s.dir, withdrawnFile))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = list.Close() }()
	dir := filepath.Join(t.TempDir(), "restored")
	erased, err := Restore(t.Context(), dir, &backup, list)
	if err != nil || erased != 1 {
		t.Fatalf("%d, %v", erased, err)
	}
	r, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if v := verify(t, r, true); v.Sessions != 2 || v.Erased != 1 {
		t.Errorf("%+v", v)
	}
	content, n, c, err := r.Content(t.Context(), ids[1])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	got, err := io.ReadAll(io.NewSectionReader(content, 0, n))
	if err != nil || string(got) != "two" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestDamagedBackupIsRefused(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	var backup bytes.Buffer
	if err := s.Backup(t.Context(), &backup); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "r")
	if _, err := Restore(t.Context(), to, bytes.NewReader(backup.Bytes()[:backup.Len()/2]), nil); err == nil {
		t.Error("half a backup was restored")
	}
	if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a store was left: %v", err)
	}
}

func TestSweepTakesWhatIsOver(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s, err := Create(t.Context(), filepath.Join(t.TempDir(), "store"), Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	ids, _ := receive(t, s, "kept", "rejected")
	if err := s.Rejected(t.Context(), ids[1], ""); err != nil {
		t.Fatal(err)
	}
	for _, orphan := range []string{filepath.Join(spoolDir, protocol.NewID()), filepath.Join(sessionsDir, protocol.NewID()), filepath.Join(".import-1", "f")} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(s.dir, orphan)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.dir, orphan), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if swept, err := s.Sweep(t.Context(), 30*24*time.Hour); err != nil || swept.Orphans != 0 || swept.Sessions != 0 {
		t.Fatalf("what is young was swept: %+v, %v", swept, err)
	}
	now = now.Add(40 * 24 * time.Hour)
	swept, err := s.Sweep(t.Context(), 30*24*time.Hour)
	if err != nil || swept.Orphans != 3 || swept.Sessions != 1 || swept.Tickets == 0 {
		t.Fatalf("%+v, %v", swept, err)
	}
	if v := verify(t, s, true); v.Sessions != 2 || v.Erased != 1 {
		t.Errorf("%+v", v)
	}
}

// TestOneFailedChangeDoesNotUndoOthers puts changes into one commit.
func TestOneFailedChangeDoesNotUndoOthers(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	var jobs []*job
	for i := range 3 {
		jobs = append(jobs, &job{ctx: t.Context(), done: make(chan error, 1), change: func(ctx context.Context, tx *sql.Tx) error {
			if err := s.record(ctx, tx, KindSigned, map[string]int{"n": i}); err != nil {
				return err
			}
			if i == 1 {
				return ErrState
			}
			return nil
		}})
	}
	s.commit(jobs)
	for i, j := range jobs {
		if err := <-j.done; (err != nil) != (i == 1) {
			t.Errorf("change %d: %v", i, err)
		}
	}
	if v := verify(t, s, true); v.Events != 3 { // created, 0 and 2
		t.Errorf("%d events", v.Events)
	}
}

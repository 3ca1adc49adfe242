package dataset

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// fullStudy holds something of everything.
func fullStudy(t testing.TB) *Study {
	t.Helper()
	ctx, s := t.Context(), newTestStudy(t)
	for _, p := range []string{"P01", "P02"} {
		id, err := importWave(ctx, s, p, chunkLen+1000)
		if err != nil {
			t.Fatal(err)
		}
		v, err := s.Session(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		for i := range int64(20) {
			l := Label{Recording: v.Recordings[0].ID, Set: "hand", Kind: KindExercise, Start: 100 * i, End: 100*i + 50, Exercise: "e", Rater: "r", Confidence: 1}
			if _, err := s.Apply(ctx, Edit{Session: id, Rater: "r", Action: "add label", Changes: []Change{{After: &l}}}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Undo(ctx, id, "r"); err != nil {
			t.Fatal(err)
		}
	}
	im, err := s.BeginImport(ctx, Session{Participant: "P01"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := im.AddRecording(ctx, RecordingDraft{Channels: []Channel{{Kind: "temperature", Unit: "degC"}}})
	if err != nil {
		t.Fatal(err)
	}
	values, times := make([]float64, 3000), make([]int64, 3000)
	for i := range values {
		values[i], times[i] = float64(i)*0.1, int64(i)*20e6
	}
	_, err = w.Finish(ctx, Uniform(0, 50), 0, nil)
	if !errors.Is(err, ErrNoSamples) {
		t.Fatal(err)
	}
	if err := errors.Join(w.Append(ctx, [][]float64{values}), w.AppendDeviceTimes(ctx, times)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(ctx, Uniform(0, 50), 0, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := im.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		s.SaveRun(ctx, Run{ID: "r1", Config: []byte("x"), Status: "done"}),
		s.SaveModel(ctx, ModelRow{ID: "m1", Spec: []byte("{}"), Weights: bytes.Repeat([]byte{7}, 5000)}),
		s.SaveWindowSet(ctx, WindowSetRow{Hash: "w1", Manifest: []byte("{}")}),
		s.PutParticipant(ctx, Participant{ID: "P01", Sex: "female", Fields: map[string]string{"height": "170"}})); err != nil {
		t.Fatal(err)
	}
	return s
}

// contents is everything that the study would show, as text; an error when a
// part can not be read.
func contents(ctx context.Context, s *Study) (string, error) {
	var b strings.Builder
	var failed error
	put := func(v any, err error) {
		if err == nil {
			err = json.NewEncoder(&b).Encode(v)
		}
		failed = errors.Join(failed, err)
	}
	put(s.Settings(ctx))
	put(s.Participants(ctx))
	put(s.Labels(ctx, LabelFilter{}))
	put(s.Ledger(ctx, 1, 1000))
	put(s.Runs(ctx))
	put(s.Model(ctx, "m1"))
	put(s.WindowSet(ctx, "w1"))
	list, err := s.Sessions(ctx)
	for i := range list {
		list[i].LabelledS = math.Round(list[i].LabelledS * 1e4) // a microsecond does no harm
	}
	put(list, err)
	for _, row := range list {
		v, err := s.Session(ctx, row.ID)
		put(v, err)
		undo, redo, err := s.CanUndo(ctx, row.ID, "r")
		put(undo+redo, err)
		for _, r := range v.Recordings {
			if r.HasDeviceTime {
				times := make([]int64, r.Samples)
				_, err := s.ReadDeviceTimes(ctx, r.ID, 0, times)
				put(times, err)
			}
			for _, c := range r.Channels {
				values := make([]float64, min(r.Samples, 1<<20))
				_, err := s.ReadSamples(ctx, c.ID, 0, values)
				put(fmt.Sprint(values), err)
				p, err := s.Pyramid(ctx, c.ID)
				if err != nil {
					failed = errors.Join(failed, err)
					continue
				}
				for at := int64(0); at < p.Len(); at += 16 {
					lo, hi, ok := p.MinMax(at, at+16)
					fmt.Fprintln(&b, lo, hi, ok)
				}
			}
		}
	}
	return b.String(), failed
}

// TestEveryHarmfulBitFlipIsFound flips bits in copies of a study. A flip that
// changes or hides anything that the study shows must be found. ONSET_FLIPS
// sets how many.
func TestEveryHarmfulBitFlipIsFound(t *testing.T) {
	flips := 150
	if testing.Short() {
		flips = 30
	}
	if text := os.Getenv("ONSET_FLIPS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		flips = n
	}
	ctx, s := t.Context(), fullStudy(t)
	want, err := contents(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.onset")
	derived := derivedBytes(t, s.Path(), whole)
	refused, found, harmful := 0, 0, 0
	for i := range flips {
		at, bit := rand.IntN(len(whole)), rand.IntN(8)
		switch i % 4 {
		case 0:
			at = rand.IntN(100) // the header
		case 1, 2:
			at = derived[rand.IntN(len(derived))]
		}
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1 << bit
		if err := errors.Join(removeDatabase(path), os.WriteFile(path, damaged, 0o600)); err != nil {
			t.Fatal(err)
		}
		problems, err := CheckFile(ctx, path, nil)
		if err != nil {
			refused++
			continue
		}
		if len(problems) > 0 {
			found++
		}
		r, err := Open(ctx, path, Options{ReadOnly: true})
		if err != nil {
			if len(problems) == 0 {
				t.Errorf("bit %d of byte %d: the study does not open (%v) and the check found nothing", bit, at, err)
			}
			continue
		}
		have, err := contents(ctx, r)
		if err != nil || have != want {
			harmful++
			if len(problems) == 0 {
				t.Errorf("bit %d of byte %d changed the study (%v) and the check found nothing", bit, at, err)
			}
		}
		if err := r.Close(); err != nil {
			t.Logf("closing a damaged study: %v", err)
		}
	}
	t.Logf("%d flips in %d bytes: %d refused at opening, %d found, %d changed what is shown", flips, len(whole), refused, found, harmful)
}

// A bit of a row's header can make bytes of a text.
func TestATextThatBecameBytesIsNamed(t *testing.T) {
	s := fullStudy(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{"sessions SET source=CAST(source AS BLOB)", "sessions SET finding_kinds=CAST(finding_kinds AS BLOB)", "participants SET sex=CAST(sex AS BLOB)"} {
		db, err := sql.Open("sqlite3", s.Path())
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Exec("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql=replace(sql, ') STRICT', ')') WHERE type='table'")
		if err == nil {
			err = db.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		if db, err = sql.Open("sqlite3", s.Path()); err == nil {
			_, err = db.Exec("UPDATE " + change)
			err = errors.Join(err, db.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		if problems, err := CheckFile(t.Context(), s.Path(), nil); err == nil && len(problems) == 0 {
			t.Errorf("%s: nothing is found", change)
		}
	}
}

// derivedBytes are the places in a study's file of rows that repeat what others
// add up to.
func derivedBytes(t *testing.T, path string, whole []byte) (at []int) {
	t.Helper()
	db := openReaders(path, "mode=ro", "immutable=1")
	defer db.Close()
	for _, query := range []string{"SELECT session, exercises FROM label_counts", "SELECT id, finding_kinds FROM sessions", "SELECT id, id||age_band||sex FROM participants"} {
		rows := 0
		err := each(t.Context(), db, func(r *sql.Rows) error {
			rows++
			var head, tail string
			if err := r.Scan(&head, &tail); err != nil {
				return err
			}
			for from := 0; ; {
				i := bytes.Index(whole[from:], []byte(head))
				if i < 0 {
					return nil
				}
				if from += i + len(head); bytes.Contains(whole[from:min(from+400, len(whole))], []byte(tail)) {
					for k := from - len(head) - 8; k < min(from+260, len(whole)); k++ {
						at = append(at, k)
					}
				}
			}
		}, query)
		if err != nil || rows == 0 {
			t.Fatalf("%s: %d rows, %v", query, rows, err)
		}
	}
	return at
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	ctx := t.Context()
	for _, c := range []struct{ damage, where, what string }{
		{"UPDATE chunks SET data=zeroblob(length(data)) WHERE rowid=1", "channel 1", "checksum"},
		{"DELETE FROM chunks WHERE rowid=(SELECT min(rowid) FROM chunks)", "channel 1", "missing"},
		{"DELETE FROM chunks WHERE first>0", "channel 1", "16384 samples are stored of 17384"},
		{"UPDATE chunks SET channel=99 WHERE rowid=1", "chunks row 1", "belongs to"},
		{"DELETE FROM overviews WHERE first>0", "channel 1", "overview"},
		{"UPDATE overviews SET data=(SELECT data FROM overviews WHERE channel=2 AND first=0) WHERE channel=1 AND first=0", "channel 1", "overview"},
		{"DELETE FROM summaries WHERE channel=2", "channel 2", "overview"},
		{"UPDATE summaries SET data=(SELECT data FROM overviews WHERE channel=2) WHERE channel=1", "channel 1", "overview"},
		{"INSERT INTO summaries SELECT channel, 999, data FROM summaries WHERE channel=1", "channel 1", "overview"},
		{"INSERT INTO overviews SELECT channel, 999, data FROM overviews WHERE first=0", "channel 1", "overview"},
		{"UPDATE device_times SET count=count-1", "recording", "device times"},
		{"UPDATE labels SET end_sample=end_sample+1 WHERE label_set='hand'", "label", "not what the ledger says"},
		{"DELETE FROM labels WHERE label_set='hand'", "label", "missing"},
		{"UPDATE labels SET end_sample=99999", "label", "outside"},
		{"UPDATE sessions SET start_ns=5", "sessions", "checksum"},
		{"UPDATE recordings SET nominal_hz=51", "recordings", "checksum"},
		{"UPDATE channels SET scale=1 WHERE id=1", "channels", "checksum"},
		{"UPDATE findings SET message='fine'", "findings", "checksum"},
		{"UPDATE events SET at_s=9", "events", "checksum"},
		{"UPDATE models SET weights=x''", "models m1", "checksum"},
		{"UPDATE participants SET sex='male' WHERE id='P01'", "participants P01", "checksum"},
		{"UPDATE sessions SET duration_s=duration_s+1", "sessions", "duration"},
		{"UPDATE sessions SET sensors='[]'", "sessions", "sensors"},
		{"UPDATE sessions SET finding_kinds='{\"gap\":3}'", "sessions", "finding kinds"},
		{"UPDATE participants SET sessions=1 WHERE id='P01'", "participants P01", "sessions"},
		{"DROP TRIGGER ledger_stays; DELETE FROM ledger WHERE position=(SELECT max(position) FROM ledger)", "ledger", "head"},
		{"DROP TRIGGER ledger_keeps; UPDATE ledger SET rater='eve' WHERE position=4", "ledger entry 4", "hash"},
		{"DROP TRIGGER ledger_details_keep; UPDATE ledger_details SET data=CAST(replace(data, 'add', 'odd') AS BLOB) WHERE position=4", "ledger entry 4", "changed"},
		{"INSERT INTO ledger_erasures VALUES (4, 5); DELETE FROM ledger_details WHERE position=4", "ledger entry 4", "erased"},
		{"DROP TRIGGER ledger_keeps", "schema", "ledger_keeps"},
		{"UPDATE label_counts SET labels=0", "session", "counts"},
		{"UPDATE label_counts SET exercises=replace(exercises, '\"sets\":', '\"sets\":1')", "session", "counts"},
		{"UPDATE label_counts SET exercises=replace(exercises, '\"set\":\"hand\"', '\"set\":\"band\"')", "session", "counts"},
	} {
		t.Run(c.damage, func(t *testing.T) {
			s := fullStudy(t)
			if _, err := s.Sessions(ctx); err != nil {
				t.Fatal(err)
			}
			s = reopen(t, s, Options{})
			mustBeWhole(t, s)
			if _, err := s.writer.ExecContext(ctx, "PRAGMA foreign_keys=0; PRAGMA recursive_triggers=0; "+c.damage); err != nil {
				t.Fatal(err)
			}
			last := int64(-1)
			problems, err := s.Check(ctx, func(done, total int64) {
				if done < last || done > total {
					t.Errorf("progress went from %d to %d of %d", last, done, total)
				}
				last = done
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range problems {
				if strings.Contains(p.Part, c.where) && strings.Contains(p.What, c.what) {
					return
				}
			}
			t.Errorf("no problem at %q with %q in %v", c.where, c.what, problems)
		})
	}
}

func TestCheckNamesThePersonAndThePlace(t *testing.T) {
	ctx, s := t.Context(), fullStudy(t)
	if _, err := s.writer.ExecContext(ctx, "UPDATE chunks SET data=zeroblob(length(data)) WHERE rowid=1; UPDATE findings SET message='fine'"); err != nil {
		t.Fatal(err)
	}
	problems, err := s.Check(ctx, nil)
	if err != nil || len(problems) == 0 {
		t.Fatal(problems, err)
	}
	for _, p := range problems {
		if !strings.HasPrefix(p.Where, "P01, session 1, ") && !strings.HasPrefix(p.Where, "P02, session 1, ") {
			t.Errorf("%q is not where a person would look", p.Where)
		}
	}
	if p := problems[len(problems)-1]; p.Where != "P01, session 1, left wrist accelerometer x" || p.Part != "channel 1" {
		t.Errorf("%+v", p)
	}
}

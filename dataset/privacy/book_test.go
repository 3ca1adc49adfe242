package privacy

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"onset/dataset"
)

// A link is there although the program died right after Record, and wherever
// the journal was cut off, what was recorded before the cut is.
func TestBookOutlivesItsProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "study.keys")
	b, err := quick.OpenBook(path, "secret words")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Record("P01", "Erika", []string{"SN 40021"}); err != nil {
		t.Fatal(err)
	}
	first, err := os.Stat(journalPath(path))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Record("P02", "Jan", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := quick.OpenBook(path, "secret words"); !errors.Is(err, dataset.ErrLocked) {
		t.Errorf("a second writer: %v", err)
	}
	if err := b.lock.Close(); err != nil { // as the system does for a killed program
		t.Fatal(err)
	}
	whole, err := os.ReadFile(journalPath(path))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(whole, []byte("Erika")) || bytes.Contains(whole, []byte("P01")) {
		t.Error("the journal shows its content")
	}
	for cut := first.Size(); cut <= int64(len(whole)); cut++ {
		if err := os.WriteFile(journalPath(path), whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := quick.Load(path, "secret words")
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		_, erika := k.CodeOf("erika")
		_, jan := k.CodeOf("jan")
		if !erika || jan != (cut == int64(len(whole))) {
			t.Fatalf("cut at %d: %+v", cut, k.Identities)
		}
	}
	again, err := quick.OpenBook(path, "secret words")
	if err != nil {
		t.Fatal(err)
	}
	if !again.Names("P02") || !slices.Equal(again.Codes(), []string{"P01", "P02"}) {
		t.Errorf("%+v", again.Keys())
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(journalPath(path)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the journal is still there: %v", err)
	}
	if k, err := quick.Load(path, "secret words"); err != nil || len(k.Identities) != 2 {
		t.Errorf("%+v, %v", k, err)
	}
}

func TestBookTellsADamagedJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "study.keys")
	b, err := quick.OpenBook(path, "secret words")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Record("P01", "Erika", nil), b.lock.Close()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(journalPath(path))
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-1] ^= 1
	if err := os.WriteFile(journalPath(path), data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := quick.Load(path, "secret words"); err == nil {
		t.Error("a damaged journal was read as if it were whole")
	}
}

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Jan Novak", "novak", true}, {"andrew", "andrew-k", true}, {"petra", "petr", true}, {"Sofia", "Sophia", false},
		{"Meier", "Meyer", true}, {"jan", "ann", false}, {"Erika", "Jürgen", false}, {"Jörg", "Jörn", true}, {"jo", "jonas", false},
	} {
		if alike(c.a, c.b) != c.want || alike(c.b, c.a) != c.want {
			t.Errorf("%s and %s: want %v", c.a, c.b, c.want)
		}
	}
}

func TestAKeyFileFromWhichNamesGoMustBeThere(t *testing.T) {
	dir := t.TempDir()
	path, away := filepath.Join(dir, "study.key"), filepath.Join(dir, "away.key")
	b, err := quick.OpenBook(path, "secret words")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Record("P01", "Erika", nil), b.Close(), os.Rename(path, away)); err != nil {
		t.Fatal(err)
	}
	if _, err := quick.ReopenBook(path, "secret words"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a key file that was moved: %v", err)
	}
	if err := os.Rename(away, path); err != nil {
		t.Fatal(err)
	}
	if b, err = quick.ReopenBook(path, "secret words"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, away); err != nil {
		t.Fatal(err)
	}
	if was, err := b.Remove("P01"); was || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("moved while it was open: %v, %v", was, err)
	}
	if err := os.Rename(away, path); err != nil {
		t.Fatal(err)
	}
	if was, err := b.Remove("P01"); !was || err != nil {
		t.Errorf("moved back: %v, %v", was, err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if k, err := quick.Load(path, "secret words"); err != nil || len(k.Identities) != 0 {
		t.Errorf("left %+v, %v", k, err)
	}
}

func TestANewKeyFileNeedsAPassphraseWorthTheName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "study.key")
	if _, err := quick.OpenBook(path, "a"); !errors.Is(err, ErrWeak) {
		t.Errorf("a passphrase of one letter: %v", err)
	}
	if err := quick.Save(path, Keys{}, "a"); err != nil { // as one made before
		t.Fatal(err)
	}
	b, err := quick.OpenBook(path, "a")
	if err != nil {
		t.Fatalf("one of before is not opened: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "participant;name\nP01;Erika\n", "age-encryption.org/v1\n-> X25519 abc\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := quick.OpenBook(path, "secret words"); !errors.Is(err, ErrNoKeyFile) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, ok := range map[string]bool{"Al": false, " Al ": false, "Ali": true, "": false} {
		if err := CheckIdentifier(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

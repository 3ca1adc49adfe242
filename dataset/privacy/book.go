package privacy

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"filippo.io/age"

	"onset/dataset"
)

// Book is a key file in use: it answers whom it knows and takes new links. A
// link is on disk when Record returns, in a journal beside the key file that is
// encrypted as the key file is; Close writes the key file anew and removes the
// journal. A program that dies in between loses nothing: whoever opens the key
// file next reads the journal as well.
//
// It is safe for use from several goroutines; another program that would write
// the same key file is refused (dataset.ErrLocked).
type Book struct {
	sealer     Sealer
	path, pass string
	lock       io.Closer

	mu      sync.Mutex
	keys    Keys
	journal *os.File
	changed bool
}

// OpenBook opens a key file for use; one that is not there yet begins empty and
// is made with the first link, unless its passphrase is too short (ErrWeak).
// ErrPassphrase when the passphrase is wrong.
func (s Sealer) OpenBook(path, passphrase string) (*Book, error) {
	if passphrase == "" {
		return nil, errors.New("a key file needs a passphrase")
	}
	lock, err := dataset.LockFile(path, time.Now())
	if err != nil {
		return nil, err
	}
	keys, err := s.Load(path, passphrase)
	if errors.Is(err, fs.ErrNotExist) {
		keys, err = Keys{}, CheckPassphrase(passphrase)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Book{sealer: s, path: path, pass: passphrase, lock: lock, keys: keys, changed: keys.pending}, nil
}

// Make writes a key file that holds nobody yet, so that it is on disk before
// anything relies on it. fs.ErrExist when something is at path, ErrWeak when the
// passphrase is too short.
func (s Sealer) Make(path, passphrase string) (err error) {
	if err := CheckPassphrase(passphrase); err != nil {
		return err
	}
	lock, err := dataset.LockFile(path, time.Now())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("making the key file %s: %w", path, fs.ErrExist)
	}
	return s.Save(path, Keys{}, passphrase)
}

// ReopenBook is OpenBook for a key file that must be there and take what is
// written: somebody is to be removed from it. An error says where it should be.
func (s Sealer) ReopenBook(path, passphrase string) (*Book, error) {
	if err := CheckKeyFile(path); err != nil {
		return nil, err
	}
	b, err := s.OpenBook(path, passphrase)
	if err != nil {
		return nil, err
	}
	probe, err := os.CreateTemp(filepath.Dir(path), ".key-*") // as Save does
	if err == nil {
		err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the key file %s can not be written: %w", path, err), b.Close())
	}
	return b, nil
}

// Keys is a copy of what the book holds.
func (b *Book) Keys() Keys {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.keys
	out.Identities = slices.Clone(out.Identities)
	return out
}

// CodeOf finds the code of a person by a name or another identifier, in any
// letter case.
func (b *Book) CodeOf(person string) (code string, known bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.keys.CodeOf(person)
}

// Names says whether the book knows what the person behind a code is called, so
// that another name is another person.
func (b *Book) Names(code string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.keys.Identities, func(id Identity) bool { return id.Code == code && len(id.Names) > 0 })
}

// Codes lists every code of the book, also of people whom the study lost.
func (b *Book) Codes() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, id := range b.keys.Identities {
		out = append(out, id.Code)
	}
	return out
}

// Alike lists the codes of people whose name may be this one written otherwise:
// a word in common, a beginning of the other, or one letter apart.
func (b *Book) Alike(person string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, id := range b.keys.Identities {
		if slices.ContainsFunc(id.Names, func(name string) bool { return alike(name, person) }) {
			out = append(out, id.Code)
		}
	}
	return out
}

// Record links a code to what the source calls the person ("" when it does not)
// and to other identifiers: serial numbers, file names. It returns when the
// link is on disk.
func (b *Book) Record(code, person string, identifiers []string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.keys.link(code, person, identifiers) {
		return nil
	}
	if err := b.append(entry{Code: code, Person: person, Identifiers: identifiers}); err != nil {
		return fmt.Errorf("keeping a name in the key file %s: %w", filepath.Base(b.path), err)
	}
	b.changed = true
	return nil
}

// Remove forgets a code at once and says whether it was there. A key file that
// was taken away since it was opened is told: whoever has it has the names.
func (b *Book) Remove(code string) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := CheckKeyFile(b.path); err != nil {
		return false, err
	}
	if !b.keys.Remove(code) {
		return false, nil
	}
	b.changed = true
	return true, b.save()
}

// Close writes what is new into the key file and gives it free.
func (b *Book) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return errors.Join(b.save(), b.lock.Close())
}

func (b *Book) save() error {
	if !b.changed {
		return nil
	}
	if b.journal != nil {
		if err := b.journal.Close(); err != nil {
			return fmt.Errorf("saving the key file: %w", err)
		}
		b.journal = nil
	}
	if err := b.sealer.Save(b.path, b.keys, b.pass); err != nil {
		return err
	}
	b.changed = false
	return nil
}

// entry is one record of the journal.
type entry struct {
	Code        string   `json:"code"`
	Person      string   `json:"person,omitempty"`
	Identifiers []string `json:"identifiers,omitempty"`
}

func journalPath(key string) string { return key + ".pending" }

// append writes one entry, each encrypted for the identity that only the key
// file holds: that is quick, where the passphrase costs a second each time.
func (b *Book) append(e entry) error {
	if b.keys.journal == "" {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			return err
		}
		b.keys.journal = id.String()
		if err := b.sealer.Save(b.path, b.keys, b.pass); err != nil {
			return err
		}
	}
	id, err := age.ParseX25519Identity(b.keys.journal)
	if err != nil {
		return err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	sealed := bytes.NewBuffer(make([]byte, 4))
	enc, err := age.Encrypt(sealed, id.Recipient())
	if err != nil {
		return err
	}
	_, err = enc.Write(text)
	if err = errors.Join(err, enc.Close()); err != nil {
		return err
	}
	record := sealed.Bytes()
	binary.LittleEndian.PutUint32(record, uint32(len(record)-4))
	if b.journal == nil {
		b.journal, err = os.OpenFile(journalPath(b.path), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		if err := syncDir(filepath.Dir(b.path)); err != nil {
			return err
		}
	}
	if _, err := b.journal.Write(record); err != nil {
		return err
	}
	return b.journal.Sync()
}

// readJournal adds the entries of a journal that a program left. A last one
// that was cut off belongs to a session that was never committed.
func (k *Keys) readJournal(path string) error {
	data, err := os.ReadFile(journalPath(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the key file's journal: %w", err)
	}
	k.pending = true
	for n := 1; len(data) >= 4; n++ {
		length := uint64(binary.LittleEndian.Uint32(data))
		if length > uint64(len(data)-4) {
			return nil
		}
		e, err := k.openEntry(data[4 : 4+length])
		if err != nil {
			return fmt.Errorf("record %d of the key file's journal %s is damaged (%w); the key file itself is unharmed: move the journal away to go on without its links", n, filepath.Base(journalPath(path)), err)
		}
		k.link(e.Code, e.Person, e.Identifiers)
		data = data[4+length:]
	}
	return nil
}

func (k *Keys) openEntry(sealed []byte) (e entry, err error) {
	id, err := age.ParseX25519Identity(k.journal)
	if err != nil {
		return e, err
	}
	dec, err := age.Decrypt(bytes.NewReader(sealed), id)
	if err != nil {
		return e, err
	}
	text, err := io.ReadAll(dec)
	if err != nil {
		return e, err
	}
	return e, json.Unmarshal(text, &e)
}

// alike reports two spellings that may be one person's.
func alike(a, b string) bool {
	x, y := nameWords(a), nameWords(b)
	for _, p := range x {
		for _, q := range y {
			short, long := p, q
			if len(short) > len(long) {
				short, long = long, short
			}
			switch {
			case p == q,
				len(short) >= 3 && strings.HasPrefix(long, short),
				len(short) >= 4 && oneApart(short, long):
				return true
			}
		}
	}
	return false
}

func nameWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// oneApart reports words that one changed, missing or further letter parts.
func oneApart(short, long string) bool {
	a, b := []rune(short), []rune(long)
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return i == len(a) || string(a[i+1:]) == string(b[i+1:])
	}
	return string(a[i:]) == string(b[i+1:])
}

// Package privacy keeps names at home: the key file that links study codes to
// identities, and the scan that finds identifiers in anything about to leave.
package privacy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"filippo.io/age"
)

// ErrPassphrase is returned when a key file does not open with the passphrase.
var ErrPassphrase = errors.New("the passphrase does not open this key file")

// ErrNoKeyFile is returned for a file that is no key file of this program.
var ErrNoKeyFile = errors.New("this is no Onset key file")

// ErrWeak is returned when a new key file would have too short a passphrase.
var ErrWeak = fmt.Errorf("the passphrase of a new key file needs at least %d characters, better several words", leastPassphrase)

// leastPassphrase is how many characters the passphrase of a new key file has at
// least. Files that were made with fewer are opened all the same.
const leastPassphrase = 8

// CheckPassphrase refuses the passphrase of a new key file that is too short,
// with ErrWeak.
func CheckPassphrase(passphrase string) error {
	if utf8.RuneCountInString(passphrase) < leastPassphrase {
		return ErrWeak
	}
	return nil
}

// CheckIdentifier refuses an identifier that is too short to be looked for: what
// holds it would leave the lab unseen.
func CheckIdentifier(text string) error {
	if text = strings.TrimSpace(text); len(text) < minIdentifier {
		return fmt.Errorf("%q is too short: the scan looks for %d letters or more, for fewer come up by chance everywhere, and what holds them would leave unseen. Give the whole name", text, minIdentifier)
	}
	return nil
}

// keyFileHead is how every key file begins: encrypted with age to a passphrase.
const keyFileHead = "age-encryption.org/v1\n-> scrypt "

// CheckKeyFile looks at the beginning of a file: ErrNoKeyFile when it is none.
func CheckKeyFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening the key file: %w", err)
	}
	defer f.Close()
	head := make([]byte, len(keyFileHead))
	n, err := io.ReadFull(f, head)
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("reading %s: %w", path, err)
	case string(head[:n]) != keyFileHead:
		return fmt.Errorf("%s: %w", path, ErrNoKeyFile)
	}
	return nil
}

// maxKeyFile bounds what is read into memory: a hundred thousand people fit.
const maxKeyFile = 64 << 20

// Identity links a study code to what must not leave the lab.
type Identity struct {
	Code        string   `json:"code"`        // study code, such as "P07" or "D03"
	Identifiers []string `json:"identifiers"` // names, serial numbers, source paths, dates of birth
	// Names are those identifiers by which the person is called.
	Names []string `json:"names,omitempty"`
}

// Keys is the content of a key file, sorted by code.
type Keys struct {
	Version    int        `json:"version"`
	Identities []Identity `json:"identities"`

	journal string // the identity that opens journal records; only in the sealed file
	pending bool   // read from a journal and not in the key file yet
}

// sealedKeys is what is encrypted.
type sealedKeys struct {
	Keys
	Journal string `json:"journal,omitempty"`
}

// Add records identifiers under a code. Repeats and blanks are left out.
func (k *Keys) Add(code string, identifiers ...string) {
	i, found := slices.BinarySearchFunc(k.Identities, code, func(id Identity, c string) int { return strings.Compare(id.Code, c) })
	if !found {
		k.Identities = slices.Insert(k.Identities, i, Identity{Code: code})
	}
	id := &k.Identities[i]
	for _, s := range identifiers {
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(id.Identifiers, s) {
			id.Identifiers = append(id.Identifiers, s)
		}
	}
}

// link records a person's name and further identifiers under a code and says
// whether any was new.
func (k *Keys) link(code, person string, identifiers []string) bool {
	before := k.size(code)
	k.Add(code, append([]string{person}, identifiers...)...)
	for i := range k.Identities {
		id := &k.Identities[i]
		if p := strings.TrimSpace(person); id.Code == code && p != "" && !slices.Contains(id.Names, p) {
			id.Names = append(slices.Clone(id.Names), p)
		}
	}
	return k.size(code) != before
}

// size counts what is known under a code, -1 for nothing and no code.
func (k *Keys) size(code string) int {
	for _, id := range k.Identities {
		if id.Code == code {
			return len(id.Identifiers) + len(id.Names)
		}
	}
	return -1
}

// CodeOf finds the code that holds an identifier, in any letter case.
func (k *Keys) CodeOf(identifier string) (string, bool) {
	identifier = strings.TrimSpace(identifier)
	for _, id := range k.Identities {
		if slices.ContainsFunc(id.Identifiers, func(s string) bool { return strings.EqualFold(s, identifier) }) {
			return id.Code, true
		}
	}
	return "", false
}

// Remove forgets a code and says whether it was there.
func (k *Keys) Remove(code string) bool {
	n := len(k.Identities)
	k.Identities = slices.DeleteFunc(k.Identities, func(id Identity) bool { return id.Code == code })
	return len(k.Identities) < n
}

// Sealer encrypts and decrypts key files; Work is the scrypt work factor as a
// power of two, 0 for the library's default.
type Sealer struct{ Work int }

// Seal writes keys encrypted under a passphrase (age with a scrypt recipient).
func (s Sealer) Seal(w io.Writer, keys Keys, passphrase string) error {
	if passphrase == "" {
		return errors.New("a key file needs a passphrase")
	}
	r, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return fmt.Errorf("preparing the passphrase: %w", err)
	}
	if s.Work > 0 {
		r.SetWorkFactor(s.Work)
	}
	enc, err := age.Encrypt(w, r)
	if err != nil {
		return fmt.Errorf("encrypting the key file: %w", err)
	}
	keys.Version = 1
	if err := json.NewEncoder(enc).Encode(sealedKeys{keys, keys.journal}); err != nil {
		return fmt.Errorf("encrypting the key file: %w", err)
	}
	return enc.Close()
}

// Open reads keys; ErrPassphrase when the passphrase is wrong.
func (s Sealer) Open(r io.Reader, passphrase string) (Keys, error) {
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return Keys{}, fmt.Errorf("preparing the passphrase: %w", err)
	}
	dec, err := age.Decrypt(r, id)
	var wrong *age.NoIdentityMatchError
	if errors.As(err, &wrong) {
		return Keys{}, ErrPassphrase
	}
	if err != nil {
		return Keys{}, fmt.Errorf("decrypting the key file: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(dec, maxKeyFile))
	if err != nil {
		return Keys{}, fmt.Errorf("decrypting the key file: %w", err)
	}
	var sealed sealedKeys
	if err := json.Unmarshal(b, &sealed); err != nil {
		return Keys{}, fmt.Errorf("reading the key file: %w", err)
	}
	k := sealed.Keys
	k.journal = sealed.Journal
	if k.Version != 1 {
		return Keys{}, fmt.Errorf("the key file has version %d; this program reads version 1", k.Version)
	}
	return k, nil
}

// Save writes a key file in one step: a crash leaves the old one or the new one.
// The journal of links that were read with it goes, for they are in it now.
func (s Sealer) Save(path string, keys Keys, passphrase string) error {
	var b bytes.Buffer
	if err := s.Seal(&b, keys, passphrase); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return fmt.Errorf("saving the key file: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b.Bytes())
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("saving the key file: %w", err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Remove(journalPath(path)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the key file is saved; removing its journal: %w", err)
	}
	return nil
}

// syncDir makes a rename durable where the system allows a folder to be synced.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	_ = d.Sync()
	return nil
}

// Load reads a key file with the journal that a program may have left beside it.
// ErrNoKeyFile when the file is something else.
func (s Sealer) Load(path, passphrase string) (Keys, error) {
	if err := CheckKeyFile(path); err != nil {
		return Keys{}, err
	}
	f, err := os.Open(path)
	if err != nil {
		return Keys{}, fmt.Errorf("opening the key file: %w", err)
	}
	defer f.Close()
	k, err := s.Open(f, passphrase)
	if err != nil {
		return Keys{}, err
	}
	return k, k.readJournal(path)
}

package delivery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"onset/devices/sync/store"
)

// How long signed metadata is good for. What is re-signed by the running server
// is renewed when half of its time is over.
const (
	rootLife      = 3 * 365 * 24 * time.Hour
	targetsLife   = 365 * 24 * time.Hour
	snapshotLife  = 30 * 24 * time.Hour
	timestampLife = 7 * 24 * time.Hour
)

// Repository is the signed metadata of a store. Its methods that write must not
// run twice at once; store.Exclusive sees to it.
type Repository struct {
	dir, keys string
	now       func() time.Time
}

// Open gives the repository of a store, which Create has made.
func Open(s *store.Store, now func() time.Time) *Repository {
	if now == nil {
		now = time.Now
	}
	return &Repository{dir: filepath.Join(s.Dir(), "tuf"), keys: s.Keys(), now: now}
}

// Create makes keys and first metadata.
func (r *Repository) Create() error {
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return fmt.Errorf("making the signing keys: %w", err)
	}
	root := metadata.Root(r.expiry(rootLife))
	for _, role := range roles {
		key, err := newKey(r.keyPath(role))
		if err != nil {
			return fmt.Errorf("making the %s key: %w", role, err)
		}
		public, err := metadata.KeyFromPublicKey(key.Public())
		if err != nil {
			return fmt.Errorf("making the %s key: %w", role, err)
		}
		if err := root.Signed.AddKey(public, role); err != nil {
			return fmt.Errorf("making the %s key: %w", role, err)
		}
	}
	if err := r.writeRoot(root); err != nil {
		return err
	}
	return r.Sign(nil)
}

func (r *Repository) expiry(life time.Duration) time.Time {
	return r.now().UTC().Add(life).Truncate(time.Second)
}

// TrustRoot is the root of trust that a device gets when it is paired: the
// newest.
func (r *Repository) TrustRoot() ([]byte, error) {
	n, err := r.newest(metadata.ROOT)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(r.versioned(metadata.ROOT, n))
}

// File is a file of the metadata as it is served; immutable says that its name
// holds its version. Unknown names are fs.ErrNotExist.
func (r *Repository) File(name string) (content []byte, immutable bool, err error) {
	if name != "timestamp.json" {
		version, role, ok := strings.Cut(strings.TrimSuffix(name, ".json"), ".")
		n, err := strconv.Atoi(version)
		if !ok || err != nil || n < 1 || strconv.Itoa(n) != version || !strings.HasSuffix(name, ".json") ||
			!slices.Contains([]string{metadata.ROOT, metadata.TARGETS, metadata.SNAPSHOT}, role) {
			return nil, false, os.ErrNotExist
		}
	}
	content, err = os.ReadFile(filepath.Join(r.dir, name))
	return content, name != "timestamp.json", err
}

// TimestampPath is the one file that changes.
func (r *Repository) TimestampPath() string { return filepath.Join(r.dir, "timestamp.json") }

func (r *Repository) versioned(role string, n int) string {
	return filepath.Join(r.dir, fmt.Sprintf("%d.%s.json", n, role))
}

// newest is the highest version of a role's metadata, 0 when there is none.
func (r *Repository) newest(role string) (int, error) {
	names, err := filepath.Glob(filepath.Join(r.dir, "*."+role+".json"))
	if err != nil {
		return 0, err
	}
	last := 0
	for _, name := range names {
		text, _, _ := strings.Cut(filepath.Base(name), ".")
		if n, err := strconv.Atoi(text); err == nil {
			last = max(last, n)
		}
	}
	return last, nil
}

// Sign makes the metadata say what targets says and renews what grows old. When
// nothing has changed it does nothing. A crash on the way leaves the state
// before: the timestamp, which is written last, decides.
func (r *Repository) Sign(targets []Target) error {
	if err := r.sign(targets); err != nil {
		return fmt.Errorf("signing the models' metadata: %w", err)
	}
	return nil
}

func (r *Repository) sign(want []Target) error {
	if err := r.settleKeys(); err != nil {
		return err
	}
	if err := r.renewRoot(); err != nil {
		return err
	}
	t, err := r.signTargets(want)
	if err != nil {
		return err
	}
	s, err := r.signSnapshot(t)
	if err != nil {
		return err
	}
	return r.signTimestamp(s)
}

func (r *Repository) signTargets(want []Target) (version int64, err error) {
	next := metadata.Targets(r.expiry(targetsLife))
	for _, t := range want {
		file, err := targetFile(t)
		if err != nil {
			return 0, err
		}
		next.Signed.Targets[t.Name] = file
	}
	n, err := r.newest(metadata.TARGETS)
	if err != nil {
		return 0, err
	}
	if n > 0 {
		had, err := metadata.Targets().FromFile(r.versioned(metadata.TARGETS, n))
		if err != nil {
			return 0, err
		}
		if sameTargets(had.Signed.Targets, next.Signed.Targets) && !r.old(had.Signed.Expires, targetsLife) && r.signed(metadata.TARGETS, had) {
			return had.Signed.Version, nil
		}
		next.Signed.Version = had.Signed.Version + 1
	}
	return next.Signed.Version, write(r, metadata.TARGETS, next, r.versioned(metadata.TARGETS, int(next.Signed.Version)))
}

func (r *Repository) signSnapshot(targets int64) (version int64, err error) {
	next := metadata.Snapshot(r.expiry(snapshotLife))
	next.Signed.Meta["targets.json"] = metadata.MetaFile(targets)
	n, err := r.newest(metadata.SNAPSHOT)
	if err != nil {
		return 0, err
	}
	if n > 0 {
		had, err := metadata.Snapshot().FromFile(r.versioned(metadata.SNAPSHOT, n))
		if err != nil {
			return 0, err
		}
		if had.Signed.Meta["targets.json"].Version == targets && !r.old(had.Signed.Expires, snapshotLife) && r.signed(metadata.SNAPSHOT, had) {
			return had.Signed.Version, nil
		}
		next.Signed.Version = had.Signed.Version + 1
	}
	return next.Signed.Version, write(r, metadata.SNAPSHOT, next, r.versioned(metadata.SNAPSHOT, int(next.Signed.Version)))
}

func (r *Repository) signTimestamp(snapshot int64) error {
	next := metadata.Timestamp(r.expiry(timestampLife))
	next.Signed.Meta["snapshot.json"] = metadata.MetaFile(snapshot)
	had, err := metadata.Timestamp().FromFile(r.TimestampPath())
	if err == nil {
		if had.Signed.Meta["snapshot.json"].Version == snapshot && !r.old(had.Signed.Expires, timestampLife) && r.signed(metadata.TIMESTAMP, had) {
			return nil
		}
		next.Signed.Version = had.Signed.Version + 1
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return write(r, metadata.TIMESTAMP, next, r.TimestampPath())
}

// old tells that half of the life is over.
func (r *Repository) old(expires time.Time, life time.Duration) bool {
	return expires.Sub(r.now()) < life/2
}

// signed tells that the role's present key has signed.
func (r *Repository) signed(role string, m any) bool {
	n, err := r.newest(metadata.ROOT)
	if err != nil {
		return false
	}
	root, err := metadata.Root().FromFile(r.versioned(metadata.ROOT, n))
	return err == nil && root.VerifyDelegate(role, m) == nil
}

func write[T metadata.Roles](r *Repository, role string, m *metadata.Metadata[T], path string) error {
	s, _, err := r.signer(role)
	if err != nil {
		return err
	}
	if _, err := m.Sign(s); err != nil {
		return err
	}
	text, err := m.ToBytes(false)
	if err != nil {
		return err
	}
	return writeFile(path, text, 0o600)
}

func targetFile(t Target) (*metadata.TargetFiles, error) {
	sum := metadata.HexBytes{}
	if err := json.Unmarshal([]byte(strconv.Quote(t.SHA256)), &sum); err != nil {
		return nil, err
	}
	text, err := json.Marshal(custom{t.Version, t.Model, t.Percent, t.Salt})
	if err != nil {
		return nil, err
	}
	raw := json.RawMessage(text)
	return &metadata.TargetFiles{Length: t.Length, Hashes: metadata.Hashes{"sha256": sum}, Custom: &raw, Path: t.Name}, nil
}

func sameTargets(a, b map[string]*metadata.TargetFiles) bool {
	if len(a) != len(b) {
		return false
	}
	for name, x := range a {
		y, ok := b[name]
		if !ok || !x.Equal(*y) || !bytes.Equal(compact(x.Custom), compact(y.Custom)) {
			return false
		}
	}
	return true
}

func compact(raw *json.RawMessage) []byte {
	var b bytes.Buffer
	if raw == nil || json.Compact(&b, *raw) != nil {
		return nil
	}
	return b.Bytes()
}

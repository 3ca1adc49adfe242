package delivery

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// writeRoot writes a version of the root, signed by the root's key and by the
// others given.
func (r *Repository) writeRoot(root *metadata.Metadata[metadata.RootType], others ...signature.Signer) error {
	root.ClearSignatures()
	s, _, err := r.signer(metadata.ROOT)
	if err != nil {
		return err
	}
	for _, signer := range append([]signature.Signer{s}, others...) {
		if _, err := root.Sign(signer); err != nil {
			return fmt.Errorf("signing the root: %w", err)
		}
	}
	text, err := root.ToBytes(false)
	if err != nil {
		return fmt.Errorf("signing the root: %w", err)
	}
	return writeFile(r.versioned(metadata.ROOT, int(root.Signed.Version)), text, 0o600)
}

func (r *Repository) root() (*metadata.Metadata[metadata.RootType], error) {
	n, err := r.newest(metadata.ROOT)
	if err != nil {
		return nil, err
	}
	return metadata.Root().FromFile(r.versioned(metadata.ROOT, n))
}

// renewRoot signs the root anew before it expires, when its key is here. Where
// the key was taken off the machine, its owner does that with Rotate.
func (r *Repository) renewRoot() error {
	root, err := r.root()
	if err != nil {
		return err
	}
	if !r.old(root.Signed.Expires, rootLife) {
		return nil
	}
	if _, err := os.Stat(r.keyPath(metadata.ROOT)); err != nil {
		return nil
	}
	root.Signed.Version++
	root.Signed.Expires = r.expiry(rootLife)
	return r.writeRoot(root)
}

// Rotate replaces the key of a role by a new one. Devices follow: they take a
// root that the keys before it have signed. What the old key had signed is
// signed anew by the next Sign. The new key lies beside the old one until the
// root that names it is on disk.
func (r *Repository) Rotate(role string) error {
	if !slices.Contains(roles, role) {
		return fmt.Errorf("there is no role %q, only %v", role, roles)
	}
	if err := r.rotate(role); err != nil {
		return fmt.Errorf("changing the %s key: %w", role, err)
	}
	return nil
}

func (r *Repository) rotate(role string) error {
	if err := r.settleKeys(); err != nil {
		return err
	}
	root, err := r.root()
	if err != nil {
		return err
	}
	_, oldKey, err := r.signer(role)
	if err != nil {
		return err
	}
	id, err := keyID(oldKey)
	if err != nil {
		return err
	}
	if err := root.Signed.RevokeKey(id, role); err != nil {
		return err
	}
	key, err := newKey(r.keyPath(role) + newSuffix)
	if err != nil {
		return err
	}
	if err := addKey(root, key, role); err != nil {
		return err
	}
	root.Signed.Version++
	root.Signed.Expires = r.expiry(rootLife)
	var others []signature.Signer
	if role == metadata.ROOT {
		s, err := signature.LoadSigner(key, crypto.Hash(0))
		if err != nil {
			return err
		}
		others = append(others, s)
	}
	if err := r.writeRoot(root, others...); err != nil {
		return err
	}
	return r.settleKeys()
}

// newSuffix names a key that is about to replace the one beside it.
const newSuffix = ".new"

// settleKeys finishes or undoes a change of keys that was broken off: a new key
// that the newest root names replaces the old one, any other is dropped.
func (r *Repository) settleKeys() error {
	for _, role := range roles {
		fresh := r.keyPath(role) + newSuffix
		key, err := readKey(fresh)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			var id string
			var root *metadata.Metadata[metadata.RootType]
			if id, err = keyID(key); err != nil {
				return err
			}
			if root, err = r.root(); err != nil {
				return err
			}
			if slices.Contains(root.Signed.Roles[role].KeyIDs, id) {
				if err := os.Rename(fresh, r.keyPath(role)); err != nil {
					return err
				}
				continue
			}
		}
		if err := os.Remove(fresh); err != nil {
			return err
		}
	}
	return nil
}

func keyID(key ed25519.PrivateKey) (string, error) {
	public, err := metadata.KeyFromPublicKey(key.Public())
	if err != nil {
		return "", err
	}
	return public.ID()
}

func addKey(root *metadata.Metadata[metadata.RootType], key ed25519.PrivateKey, role string) error {
	public, err := metadata.KeyFromPublicKey(key.Public())
	if err != nil {
		return err
	}
	return root.Signed.AddKey(public, role)
}

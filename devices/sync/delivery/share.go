package delivery

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"onset/devices/sync/protocol"
)

// StableTarget and NextTarget name a channel's targets.
func StableTarget(channel string) string { return channel + "/stable" }

// NextTarget names the target that a share of the channel's devices gets.
func NextTarget(channel string) string { return channel + "/next" }

// Target is what the signed metadata says of one model.
type Target struct {
	Name    string // CHANNEL/stable or CHANNEL/next
	Version int    // of the release
	Model   string // identifier of the model in its study
	SHA256  string
	Length  int64
	Percent int
	Salt    string
}

type custom struct {
	Version int    `json:"version"`
	Model   string `json:"model"`
	Percent int    `json:"percent"`
	Salt    string `json:"salt"`
}

// InShare reports whether a device with this key belongs to the first percent of
// the devices that get a release. It depends on nothing else, so that every
// device stays in a share that grows.
func InShare(device protocol.Pin, salt string, percent int) bool {
	h := sha256.New()
	fmt.Fprintf(h, "onset share 1\n%s\n%s", device, salt)
	return binary.BigEndian.Uint64(h.Sum(nil))%100 < uint64(max(percent, 0))
}

// ReadTarget reads what verified metadata says of a target.
func ReadTarget(t *metadata.TargetFiles) (Target, error) {
	out := Target{Name: t.Path, Length: t.Length, SHA256: fmt.Sprintf("%x", []byte(t.Hashes["sha256"]))}
	if err := protocol.CheckHash(out.SHA256); err != nil {
		return out, fmt.Errorf("the metadata of %s: %w", t.Path, err)
	}
	if t.Custom == nil {
		return out, fmt.Errorf("the metadata of %s does not say who gets it", t.Path)
	}
	var c custom
	if err := json.Unmarshal(*t.Custom, &c); err != nil {
		return out, fmt.Errorf("the metadata of %s: %w", t.Path, err)
	}
	out.Version, out.Model, out.Percent, out.Salt = c.Version, c.Model, c.Percent, c.Salt
	return out, nil
}

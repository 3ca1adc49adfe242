package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"onset/devices/sync/delivery"
	"onset/devices/sync/protocol"
)

// fetcher brings metadata for the update library, through this device's
// connection and never more than it was told to expect.
type fetcher struct {
	ctx  context.Context
	http *http.Client
}

// DownloadFile is the library's interface.
func (f fetcher) DownloadFile(url string, most int64, _ time.Duration) ([]byte, error) {
	r, err := http.NewRequestWithContext(f.ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := f.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // read only
	if answer.StatusCode != http.StatusOK {
		return nil, &metadata.ErrDownloadHTTP{StatusCode: answer.StatusCode, URL: url}
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > most {
		return nil, &metadata.ErrDownloadLengthMismatch{Msg: fmt.Sprintf("%s is longer than the %d bytes that it may have", url, most)}
	}
	return text, nil
}

// maxTimestamp is the longest that the polled file may be.
const maxTimestamp = 16 << 10

// changed asks cheaply whether the metadata is another than the one with etag.
func (c *Client) changed(ctx context.Context, etag string) (now string, changed bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url(protocol.PathMetadata, "file", "timestamp.json"), nil)
	if err != nil {
		return "", false, err
	}
	if etag != "" {
		r.Header.Set("If-None-Match", etag)
	}
	answer, err := c.known.Do(r)
	if err != nil {
		return "", false, fmt.Errorf("asking for models: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // read only
	switch answer.StatusCode {
	case http.StatusNotModified:
		return etag, false, nil
	case http.StatusOK:
		_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, maxTimestamp)) // keeps the connection
		return answer.Header.Get("ETag"), true, err
	}
	return "", false, protocol.ReadProblem(answer)
}

// refresh brings the metadata up to date and verifies it: signatures, versions
// that never go back, expiry, lengths, and that all parts belong together. What
// it verifies is on disk when it returns.
func (c *Client) refresh(ctx context.Context) (*updater.Updater, error) {
	dir := filepath.Join(c.dir, tufDir)
	root, err := os.ReadFile(filepath.Join(dir, "root.json"))
	if err != nil {
		return nil, fmt.Errorf("reading the root of trust: %w", err)
	}
	conf, err := config.New(c.url("/v1/tuf"), root)
	if err != nil {
		return nil, err
	}
	conf.LocalMetadataDir, conf.Fetcher = dir, fetcher{ctx, c.known}
	conf.LocalTargetsDir = filepath.Join(c.dir, modelsDir)
	if err := c.fs.Room(1 << 20); err != nil {
		return nil, err
	}
	u, err := updater.New(conf)
	if err != nil {
		return nil, fmt.Errorf("reading the verified metadata: %w", err)
	}
	u.UnsafeSetRefTime(c.now())
	if err := u.Refresh(); err != nil {
		return nil, &UntrustedError{err}
	}
	return u, syncFiles(dir)
}

// UntrustedError is metadata that could not be verified, or not be had. The
// device goes on with the model that it has.
type UntrustedError struct{ err error }

func (e *UntrustedError) Error() string {
	return "the models' metadata was not accepted, the model in use stays: " + e.err.Error()
}

func (e *UntrustedError) Unwrap() error { return e.err }

// syncFiles makes a folder's files durable.
func syncFiles(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		f, err := os.Open(filepath.Join(dir, e.Name()))
		if err == nil {
			err = errors.Join(f.Sync(), f.Close())
		}
		if err != nil {
			return err
		}
	}
	return syncDir(dir)
}

// choose is the target that this device shall have: the newer one when it
// belongs to its share and it did not fail here before, else the stable one.
func (c *Client) choose(u *updater.Updater, m models) (*delivery.Target, error) {
	mine, err := c.Pin()
	if err != nil {
		return nil, err
	}
	listed := u.GetTopLevelTargets()
	for _, name := range []string{delivery.NextTarget(c.id.Channel), delivery.StableTarget(c.id.Channel)} {
		file, ok := listed[name]
		if !ok {
			continue
		}
		file.Path = name
		t, err := delivery.ReadTarget(file)
		if err != nil {
			return nil, err
		}
		if !delivery.InShare(mine, t.Salt, t.Percent) || m.rejected(t.SHA256) {
			continue
		}
		return &t, nil
	}
	return nil, nil
}

func (m models) rejected(sum string) bool {
	for _, r := range m.Rejected {
		if r == sum {
			return true
		}
	}
	return false
}

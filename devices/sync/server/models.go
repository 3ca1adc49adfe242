package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"onset/devices/sync/protocol"
	"onset/devices/sync/store"
)

// timestampCache holds the one file that every poll asks for. Another process
// may sign, so its time and length are looked at.
type timestampCache struct {
	path string

	mu      sync.Mutex
	changed time.Time
	size    int64
	content []byte
	etag    string
}

func (c *timestampCache) get() (content []byte, etag string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.path)
	if err != nil {
		return nil, "", err
	}
	if c.content != nil && info.ModTime().Equal(c.changed) && info.Size() == c.size {
		return c.content, c.etag, nil
	}
	if c.content, err = os.ReadFile(c.path); err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(c.content)
	c.changed, c.size, c.etag = info.ModTime(), info.Size(), `"`+hex.EncodeToString(sum[:8])+`"`
	return c.content, c.etag, nil
}

// metadata serves signed metadata. The timestamp is what devices poll: nothing
// new costs them one short answer.
func (v *Server) metadata(w http.ResponseWriter, r *http.Request, _ device) error {
	name := r.PathValue("file")
	if name == "timestamp.json" {
		content, etag, err := v.stamp.get()
		if err != nil {
			return err
		}
		w.Header().Set("ETag", etag)
		w.Header().Set("Cache-Control", "max-age=60")
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		return writeBytes(w, "application/json", content)
	}
	content, _, err := v.repo.File(name)
	if errors.Is(err, fs.ErrNotExist) {
		return store.ErrNotFound
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "max-age=31536000, immutable")
	return writeBytes(w, "application/json", content)
}

func writeBytes(w http.ResponseWriter, kind string, content []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, err := w.Write(content)
	return err
}

// blob serves a model by its SHA-256, whole or in parts.
func (v *Server) blob(w http.ResponseWriter, r *http.Request, _ device) error {
	sum := r.PathValue("sum")
	f, err := v.store.OpenBlob(sum)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	info, err := f.Stat()
	if err != nil {
		return err
	}
	// A peer that takes nothing must not hold the connection for ever.
	limit := 30*time.Second + time.Duration(info.Size()/max(v.set.FloorRate, 1))*time.Second
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(limit)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("ETag", `"sha256-`+sum+`"`)
	h.Set("Cache-Control", "max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}

// tickets gives a device a batch of anonymous tickets.
func (v *Server) tickets(w http.ResponseWriter, r *http.Request, d device) error {
	var ask protocol.TicketsRequest
	if err := v.readJSON(w, r, &ask); err != nil {
		return err
	}
	if ask.Count < protocol.TicketsAtLeast || ask.Count > protocol.TicketsAtOnce {
		return badRequest("ask for 8 to 32 tickets at once, so that asking says little about sending")
	}
	list, expires, err := v.store.IssueTickets(r.Context(), d.id, ask.Count, v.set.TicketsPerDay)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, protocol.TicketsReply{Tickets: list, Expires: expires})
}

// feedback takes what became of a model on a device.
func (v *Server) feedback(w http.ResponseWriter, r *http.Request, d device) error {
	var f protocol.Feedback
	if err := v.readJSON(w, r, &f); err != nil {
		return err
	}
	if err := f.Check(); err != nil {
		return badRequest(err.Error())
	}
	err := v.store.Feedback(r.Context(), d.id, f)
	if errors.Is(err, store.ErrNotFound) {
		return refusal(http.StatusNotFound, protocol.ProblemNotPublished, "This model was never published on this channel", "")
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

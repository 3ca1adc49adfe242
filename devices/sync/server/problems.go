package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"

	"onset/devices/sync/protocol"
)

// maxControl bounds JSON bodies.
const maxControl = 64 << 10

func refusal(status int, kind, title, detail string) *protocol.Problem {
	if kind == "" {
		kind = "about:blank"
	}
	return &protocol.Problem{Type: kind, Title: title, Status: status, Detail: detail}
}

func badRequest(detail string) *protocol.Problem {
	return refusal(http.StatusBadRequest, "", "The request makes no sense", detail)
}

// problemOf gives an error its answer. What is none of the peer's business is
// logged and hidden.
func (v *Server) problemOf(err error) *protocol.Problem {
	var p *protocol.Problem
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &tooLarge):
		return refusal(http.StatusRequestEntityTooLarge, "", "The request is too large", "")
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, errSlow):
		return refusal(http.StatusRequestTimeout, "", "The request came too slowly", "What has arrived of an upload is kept")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.Canceled):
		return refusal(http.StatusBadRequest, "", "The request broke off", "What has arrived of an upload is kept")
	}
	for _, r := range refusals {
		if errors.Is(err, r.is) {
			return refusal(r.status, r.kind, r.title, "")
		}
	}
	v.log.Error("request failed", "error", err)
	return refusal(http.StatusInternalServerError, "", "The server failed", "Nothing of the request was kept; it can be tried again")
}

// refuse answers with a problem and returns its status.
func (v *Server) refuse(w http.ResponseWriter, err error) int {
	p := v.problemOf(err)
	h := w.Header()
	h.Set("Content-Type", protocol.ProblemType)
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	h.Del("Content-Length")
	switch p.Status {
	case http.StatusInsufficientStorage:
		h.Set("Retry-After", "300")
	case http.StatusTooManyRequests:
		h.Set("Retry-After", "5")
	}
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		v.log.Debug("answering", "error", err)
	}
	return p.Status
}

// readJSON reads a control message: of the right type, not too long, with no
// field that is unknown and nothing after it.
func (v *Server) readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return refusal(http.StatusUnsupportedMediaType, "", "This takes application/json", "")
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, v.patient(w, r), maxControl))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, errSlow) {
			return err
		}
		return badRequest(fmt.Sprintf("the body can't be read: %v", err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return badRequest("something follows the JSON")
	}
	return nil
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err = w.Write(append(text, '\n'))
	return err
}

package server

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"onset/devices/sync/archive"
	"onset/devices/sync/protocol"
	"onset/devices/sync/store"
)

// check looks into a session's bytes.
func (v *Server) check(r io.ReaderAt, size int64) (store.Content, error) {
	sum, err := archive.Check(r, size, v.set.limits())
	return store.Content{Files: sum.Files, Expanded: sum.Expanded}, err
}

// createUpload begins an upload or takes a whole session, as Upload-Complete
// says.
func (v *Server) createUpload(w http.ResponseWriter, r *http.Request, _ device) error {
	u, err := v.declaration(r)
	if err != nil {
		return err
	}
	complete, err := protocol.ParseBool(r.Header.Get(protocol.HeaderComplete))
	if err != nil {
		return badRequest("Upload-Complete: " + err.Error())
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != protocol.SessionType {
		return refusal(http.StatusUnsupportedMediaType, "", "This takes "+protocol.SessionType, "")
	}
	w.Header().Set(protocol.HeaderLimit, fmt.Sprintf("max-size=%d", v.set.SessionBytes))
	if complete {
		return v.wholeUpload(w, r, u)
	}
	if r.ContentLength > 0 {
		return badRequest("an upload in pieces is begun without a body")
	}
	offset, done, err := v.store.Begin(r.Context(), u)
	if err != nil {
		return err
	}
	w.Header().Set(protocol.HeaderOffset, strconv.FormatInt(offset, 10))
	w.Header().Set(protocol.HeaderComplete, protocol.FormatBool(done))
	if done || offset > 0 {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	w.Header().Set("Location", r.URL.Path)
	w.WriteHeader(http.StatusCreated)
	return nil
}

func (v *Server) wholeUpload(w http.ResponseWriter, r *http.Request, u store.Upload) error {
	switch {
	case u.Length > v.set.WholeBytes:
		return refusal(http.StatusRequestEntityTooLarge, protocol.ProblemLength, "A session of this length comes in pieces",
			fmt.Sprintf("in one request at most %d bytes are taken", v.set.WholeBytes))
	case r.ContentLength >= 0 && r.ContentLength != u.Length:
		return refusal(http.StatusRequestEntityTooLarge, protocol.ProblemLength, "The length is not the one declared", "")
	}
	fresh, err := v.store.Receive(r.Context(), u, v.patient(w, r), v.check)
	if err != nil {
		return err
	}
	return v.complete(w, u.ID, u.Length, fresh)
}

// complete answers that a session is here whole.
func (v *Server) complete(w http.ResponseWriter, id string, length int64, fresh bool) error {
	w.Header().Set(protocol.HeaderOffset, strconv.FormatInt(length, 10))
	w.Header().Set(protocol.HeaderComplete, protocol.FormatBool(true))
	if !fresh {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	v.metrics.session(length)
	v.received(id)
	w.WriteHeader(http.StatusCreated)
	return nil
}

// declaration reads what an upload's headers declare.
func (v *Server) declaration(r *http.Request) (u store.Upload, err error) {
	u.ID = r.PathValue("id")
	if err := protocol.CheckID(u.ID); err != nil {
		return u, badRequest(err.Error())
	}
	if u.Ticket, err = protocol.HashSecret(r.Header.Get(protocol.HeaderTicket)); err != nil {
		return u, store.ErrTicket
	}
	if u.Length, err = strconv.ParseInt(r.Header.Get(protocol.HeaderLength), 10, 64); err != nil || u.Length < 1 {
		return u, badRequest("Upload-Length must be declared")
	}
	if u.Length > v.set.SessionBytes {
		return u, refusal(http.StatusRequestEntityTooLarge, protocol.ProblemLength, "The session is too large",
			fmt.Sprintf("at most %d bytes are taken", v.set.SessionBytes))
	}
	if u.SHA256, err = protocol.ParseDigest(r.Header.Get(protocol.HeaderDigest)); err != nil {
		return u, badRequest(err.Error())
	}
	if n, err := hex.Decode(u.Withdrawal[:], []byte(checkedHex(r.Header.Get(protocol.HeaderWithdrawalHash)))); err != nil || n != len(u.Withdrawal) {
		return u, badRequest("Onset-Withdrawal-Hash must be a SHA-256 in hexadecimal")
	}
	u.Consent = r.Header.Get(protocol.HeaderConsent)
	if err := protocol.CheckName(u.Consent); err != nil {
		return u, badRequest("Onset-Consent-Version: " + err.Error())
	}
	return u, nil
}

func checkedHex(text string) string {
	if protocol.CheckHash(text) != nil {
		return ""
	}
	return text
}

// holder reads an upload's identifier and ticket.
func holder(r *http.Request) (id string, hash [32]byte, err error) {
	id = r.PathValue("id")
	if err := protocol.CheckID(id); err != nil {
		return id, hash, badRequest(err.Error())
	}
	if hash, err = protocol.HashSecret(r.Header.Get(protocol.HeaderTicket)); err != nil {
		return id, hash, store.ErrTicket
	}
	return id, hash, nil
}

// uploadOffset tells how far an upload is.
func (v *Server) uploadOffset(w http.ResponseWriter, r *http.Request, _ device) error {
	id, hash, err := holder(r)
	if err != nil {
		return err
	}
	offset, length, complete, err := v.store.Offset(r.Context(), id, hash)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set(protocol.HeaderOffset, strconv.FormatInt(offset, 10))
	h.Set(protocol.HeaderLength, strconv.FormatInt(length, 10))
	h.Set(protocol.HeaderComplete, protocol.FormatBool(complete))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// appendUpload adds a piece; the one that is the last makes it a session.
func (v *Server) appendUpload(w http.ResponseWriter, r *http.Request, _ device) error {
	id, hash, err := holder(r)
	if err != nil {
		return err
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != protocol.PartialType {
		return refusal(http.StatusUnsupportedMediaType, "", "This takes "+protocol.PartialType, "")
	}
	offset, err := strconv.ParseInt(r.Header.Get(protocol.HeaderOffset), 10, 64)
	if err != nil || offset < 0 {
		return badRequest("Upload-Offset must be a number")
	}
	last, err := protocol.ParseBool(r.Header.Get(protocol.HeaderComplete))
	if err != nil {
		return badRequest("Upload-Complete: " + err.Error())
	}
	// What has arrived stays, also when the peer goes away.
	ctx := context.WithoutCancel(r.Context())
	at, err := v.store.Append(ctx, id, hash, offset, v.patient(w, r))
	w.Header().Set(protocol.HeaderOffset, strconv.FormatInt(at, 10))
	switch {
	case errors.Is(err, store.ErrComplete):
		w.Header().Set(protocol.HeaderComplete, protocol.FormatBool(true))
		return err
	case errors.Is(err, store.ErrOffset):
		p := refusal(http.StatusConflict, protocol.ProblemOffset, "The upload is at another offset", "")
		p.ExpectedOffset = &at
		return p
	case err != nil:
		return err
	}
	if !last {
		w.Header().Set(protocol.HeaderComplete, protocol.FormatBool(false))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	_, length, complete, err := v.store.Offset(ctx, id, hash)
	if err != nil {
		return err
	}
	if at != length && !complete {
		return refusal(http.StatusBadRequest, protocol.ProblemLength, "The upload ended too early", fmt.Sprintf("%d of %d bytes are here", at, length))
	}
	if err := v.store.Finish(ctx, id, hash, v.check); err != nil {
		return err
	}
	return v.complete(w, id, length, true)
}

// cancelUpload takes an unfinished upload away.
func (v *Server) cancelUpload(w http.ResponseWriter, r *http.Request, _ device) error {
	id, hash, err := holder(r)
	if err != nil {
		return err
	}
	if err := v.store.Cancel(r.Context(), id, hash); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// withdraw erases a session for whoever holds its code.
func (v *Server) withdraw(w http.ResponseWriter, r *http.Request, _ device) error {
	id := r.PathValue("id")
	if protocol.CheckID(id) != nil {
		return store.ErrNotFound
	}
	code, err := protocol.HashSecret(r.Header.Get(protocol.HeaderWithdrawalCode))
	if err != nil {
		return badRequest("Onset-Withdrawal-Code: " + err.Error())
	}
	if err := v.store.Withdraw(r.Context(), id, code); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

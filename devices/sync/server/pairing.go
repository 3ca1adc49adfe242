package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"onset/devices/sync/protocol"
	"onset/devices/sync/store"
)

// pair admits a device that shows an invitation's token.
func (v *Server) pair(w http.ResponseWriter, r *http.Request, _ device) error {
	var ask protocol.PairRequest
	if err := v.readJSON(w, r, &ask); err != nil {
		return err
	}
	d, err := deviceOf(ask)
	if err != nil {
		return err
	}
	request, pin, err := parseRequest(ask.CSR)
	if err != nil {
		return badRequest(err.Error())
	}
	if d, err = v.store.Pair(r.Context(), ask.Token, d, pin); err != nil {
		return err
	}
	cert, err := v.identity.sign(request, d.ID, v.now())
	if err != nil {
		return err
	}
	reply, err := v.pairReply(d, cert)
	if err != nil {
		return err
	}
	v.log.Info("paired", "device", d.ID, "name", d.Name, "channel", d.Channel)
	return writeJSON(w, http.StatusCreated, reply)
}

func (v *Server) pairReply(d store.Device, cert []byte) (protocol.PairReply, error) {
	root, err := v.repo.TrustRoot()
	if err != nil {
		return protocol.PairReply{}, fmt.Errorf("reading the root of trust: %w", err)
	}
	return protocol.PairReply{Device: d.ID, Certificate: cert, Channel: d.Channel, PollSeconds: v.set.PollSeconds, Root: root}, nil
}

// deviceOf checks what a device says of itself.
func deviceOf(ask protocol.PairRequest) (store.Device, error) {
	d := store.Device{Name: ask.Name, Platform: ask.Platform, Runtime: ask.Runtime, Sensors: ask.Sensors}
	for what, text := range map[string]string{"name": d.Name, "platform": d.Platform, "runtime": d.Runtime} {
		if err := protocol.CheckName(text); err != nil {
			return d, badRequest(fmt.Sprintf("%s: %v", what, err))
		}
	}
	if len(d.Sensors) > 32 {
		return d, badRequest("a device has at most 32 sensors")
	}
	for _, s := range d.Sensors {
		if err := protocol.CheckName(s); err != nil {
			return d, badRequest(fmt.Sprintf("sensor: %v", err))
		}
	}
	return d, nil
}

// compare opens a comparison of digits for a device without a camera.
func (v *Server) compare(w http.ResponseWriter, r *http.Request, _ device) error {
	var ask protocol.CompareRequest
	if err := v.readJSON(w, r, &ask); err != nil {
		return err
	}
	if len(ask.Commitment) != 32 {
		return badRequest("a commitment has 32 bytes")
	}
	id, nonce, err := v.store.BeginComparison(r.Context(), ask.Commitment)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, protocol.CompareReply{ID: id, Nonce: nonce})
}

// reveal opens the device's commitment.
func (v *Server) reveal(w http.ResponseWriter, r *http.Request, _ device) error {
	var ask protocol.CompareReveal
	if err := v.readJSON(w, r, &ask); err != nil {
		return err
	}
	if _, err := deviceOf(ask.PairRequest); err != nil {
		return err
	}
	if _, _, err := parseRequest(ask.CSR); err != nil {
		return badRequest(err.Error())
	}
	if protocol.CheckID(r.PathValue("id")) != nil {
		return store.ErrNotFound
	}
	if err := v.store.Reveal(r.Context(), r.PathValue("id"), ask, v.Pin()); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// conclude gives the device its certificate once its digits were accepted.
func (v *Server) conclude(w http.ResponseWriter, r *http.Request, _ device) error {
	if protocol.CheckID(r.PathValue("id")) != nil {
		return store.ErrNotFound
	}
	text, err := v.store.Conclude(r.Context(), r.PathValue("id"), func(ask protocol.CompareReveal, channel string) (d store.Device, pin protocol.Pin, reply []byte, err error) {
		request, pin, err := parseRequest(ask.CSR)
		if err != nil {
			return d, pin, nil, err
		}
		if d, err = deviceOf(ask.PairRequest); err != nil {
			return d, pin, nil, err
		}
		d.ID, d.Channel = protocol.NewID(), channel
		cert, err := v.identity.sign(request, d.ID, v.now())
		if err != nil {
			return d, pin, nil, err
		}
		out, err := v.pairReply(d, cert)
		if err != nil {
			return d, pin, nil, err
		}
		reply, err = json.Marshal(out)
		return d, pin, reply, err
	})
	if errors.Is(err, store.ErrState) {
		return refusal(http.StatusConflict, protocol.ProblemWaiting, "Nobody has typed the digits at the server yet", "")
	}
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, json.RawMessage(text))
}

// health says that the process answers, ready that it can do its work.
func (v *Server) health(w http.ResponseWriter, _ *http.Request, _ device) error {
	return plain(w, http.StatusOK, "ok\n")
}

func (v *Server) ready(w http.ResponseWriter, r *http.Request, _ device) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := v.store.Ready(ctx); err != nil {
		v.complain("not ready", err)
		return refusal(http.StatusServiceUnavailable, "", "The store can't be read", "")
	}
	return plain(w, http.StatusOK, "ready\n")
}

func plain(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write([]byte(text))
	return err
}

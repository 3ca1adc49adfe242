package server

import (
	"errors"
	"net/http"
	"time"

	"onset/devices/sync/protocol"
	"onset/devices/sync/store"
)

// role is what somebody must show to use a route.
type role string

const (
	anyone  role = "anyone"
	invited role = "invited" // a token, or digits that a person accepts
	paired  role = "paired"  // a device's certificate
	ticket  role = "ticket"  // a ticket, and no certificate
	author  role = "author"  // the withdrawal code of one session
)

// route is one thing that the server does.
type route struct {
	method, path string
	role         role
	serve        func(*Server, http.ResponseWriter, *http.Request, device) error
}

// routes is everything that the server does for the network.
func routes() []route {
	return []route{
		{"GET", protocol.PathHealth, anyone, (*Server).health},
		{"GET", protocol.PathReady, anyone, (*Server).ready},
		{"GET", protocol.PathOpenAPI, anyone, (*Server).openapi},
		{"POST", protocol.PathPair, invited, (*Server).pair},
		{"POST", protocol.PathCompare, invited, (*Server).compare},
		{"PUT", protocol.PathComparison, invited, (*Server).reveal},
		{"GET", protocol.PathComparison, invited, (*Server).conclude},
		{"GET", protocol.PathMetadata, paired, (*Server).metadata},
		{"GET", protocol.PathBlob, paired, (*Server).blob},
		{"POST", protocol.PathTickets, paired, (*Server).tickets},
		{"POST", protocol.PathFeedback, paired, (*Server).feedback},
		{"PUT", protocol.PathUpload, ticket, (*Server).createUpload},
		{"HEAD", protocol.PathUpload, ticket, (*Server).uploadOffset},
		{"PATCH", protocol.PathUpload, ticket, (*Server).appendUpload},
		{"DELETE", protocol.PathUpload, ticket, (*Server).cancelUpload},
		{"DELETE", protocol.PathSession, author, (*Server).withdraw},
	}
}

// Handler is the server without its listener.
func (v *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes() {
		mux.Handle(r.method+" "+r.path, v.guard(r))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		began := v.now()
		status := v.refuse(w, refusal(http.StatusNotFound, "", "Nothing is here", ""))
		v.account("none", r.Method, status, began)
	})
	return mux
}

// guard lets in who may use a route, and accounts for it without saying who.
func (v *Server) guard(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		began := v.now()
		rec := &recorder{ResponseWriter: w}
		rec.Header().Set("X-Content-Type-Options", "nosniff")
		rec.Header().Set("Cache-Control", "no-store")
		d, err := v.admit(r.role, req)
		if err == nil {
			err = r.serve(v, rec, req, d)
		}
		if err != nil && rec.status == 0 {
			v.refuse(rec, err)
		} else if err != nil {
			v.log.Debug("broken off", "route", r.path, "error", err)
			panic(http.ErrAbortHandler) // the answer is cut off; the peer must see that
		}
		v.account(r.path, r.method, rec.status, began)
	})
}

func (v *Server) admit(r role, req *http.Request) (device, error) {
	busy := refusal(http.StatusTooManyRequests, "", "Too many requests", "Wait a little before the next one")
	switch r {
	case paired:
		d, err := v.identify(req)
		if err == nil && !v.limits.device(d.id) {
			err = busy
		}
		return d, err
	case ticket, author:
		if req.TLS != nil && len(req.TLS.PeerCertificates) > 0 {
			return device{}, refusal(http.StatusBadRequest, "", "Sessions are sent without a certificate",
				"A device's certificate here would say who the session is from")
		}
		if !v.limits.upload(req.RemoteAddr) {
			return device{}, busy
		}
	case invited:
		if !v.limits.pair(req.RemoteAddr) {
			return device{}, busy
		}
	case anyone:
		if !v.limits.upload(req.RemoteAddr) {
			return device{}, busy
		}
	default:
		return device{}, errors.New("a route without a role")
	}
	return device{}, nil
}

// account counts a request and writes it to the log: which route, what came of
// it, how long it took. Never an address, an agent, an identifier or a device.
func (v *Server) account(path, method string, status int, began time.Time) {
	took := v.now().Sub(began)
	v.metrics.request(path, method, status, took)
	v.log.Info("request", "route", method+" "+path, "status", status, "ms", took.Milliseconds())
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets deadlines through.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// refusals gives the store's errors their answers. The first match counts.
var refusals = []struct {
	is     error
	status int
	kind   string
	title  string
}{
	{store.ErrTicket, http.StatusForbidden, protocol.ProblemTicket, "The ticket can't be used"},
	{store.ErrToken, http.StatusForbidden, protocol.ProblemToken, "The invitation can't be used"},
	{store.ErrConflict, http.StatusConflict, protocol.ProblemConflict, "Something else has this identifier"},
	{store.ErrOffset, http.StatusConflict, protocol.ProblemOffset, "The upload is at another offset"},
	{store.ErrComplete, http.StatusBadRequest, protocol.ProblemCompleted, "The upload is complete"},
	{store.ErrLength, http.StatusRequestEntityTooLarge, protocol.ProblemLength, "The length is not the one declared"},
	{store.ErrContent, http.StatusUnprocessableEntity, protocol.ProblemContent, "The content is refused"},
	{store.ErrFull, http.StatusInsufficientStorage, protocol.ProblemFull, "There is no space left"},
	{store.ErrQuota, http.StatusTooManyRequests, "", "Enough for today"},
	{store.ErrState, http.StatusConflict, "", "This is not possible now"},
	{store.ErrNotFound, http.StatusNotFound, "", "Nothing is here"},
}

// RouteRoles is who may use each route, for a test that allows no other.
func RouteRoles() map[string]string {
	out := map[string]string{}
	for _, r := range routes() {
		out[r.method+" "+r.path] = string(r.role)
	}
	return out
}

package server

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// errSlow ends a body that trickles.
var errSlow = errors.New("the body comes too slowly")

// grace is how long a body may be as slow as it likes.
const grace = 10 * time.Second

// patient is a request's body with a deadline for each piece and a floor for
// the rate of the whole.
func (v *Server) patient(w http.ResponseWriter, r *http.Request) io.ReadCloser {
	return &patientBody{ReadCloser: r.Body, control: http.NewResponseController(w), stall: v.set.StallTimeout.Duration, floor: v.set.FloorRate, began: time.Now()}
}

type patientBody struct {
	io.ReadCloser
	control *http.ResponseController
	stall   time.Duration
	floor   int64
	began   time.Time
	n       int64
}

func (b *patientBody) Read(p []byte) (int, error) {
	now := time.Now()
	if err := b.control.SetReadDeadline(now.Add(b.stall)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	if spent := now.Sub(b.began) - grace; spent > 0 && b.n < b.floor*int64(spent/time.Second) {
		return 0, errSlow
	}
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	if errors.Is(err, io.EOF) { // the next request of the connection has its own time
		if derr := b.control.SetReadDeadline(time.Time{}); derr != nil && !errors.Is(derr, http.ErrNotSupported) {
			return n, derr
		}
	}
	return n, err
}

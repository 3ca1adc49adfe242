package protocol

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// ProblemType is the media type of refusals (RFC 9457).
const ProblemType = "application/problem+json"

// Kinds of problems that a device treats in its own way. The three of resumable
// uploads are the registered ones.
const (
	ProblemOffset       = "https://iana.org/assignments/http-problem-types#mismatching-upload-offset"
	ProblemCompleted    = "https://iana.org/assignments/http-problem-types#completed-upload"
	ProblemLength       = "https://iana.org/assignments/http-problem-types#inconsistent-upload-length"
	ProblemConflict     = "urn:onset:problem:other-content" // this id has other bytes
	ProblemTicket       = "urn:onset:problem:ticket"        // unknown, used or expired
	ProblemToken        = "urn:onset:problem:token"
	ProblemRevoked      = "urn:onset:problem:not-paired"
	ProblemFull         = "urn:onset:problem:no-space"
	ProblemContent      = "urn:onset:problem:content" // damaged, a bomb, or no session
	ProblemWaiting      = "urn:onset:problem:waiting" // a comparison nobody has accepted yet
	ProblemNotPublished = "urn:onset:problem:not-published"
)

// Problem is a refusal as it is sent.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// ExpectedOffset is where an upload really is.
	ExpectedOffset *int64 `json:"expected-offset,omitempty"`
}

func (p *Problem) Error() string {
	if p.Detail == "" {
		return fmt.Sprintf("%s (%d)", p.Title, p.Status)
	}
	return fmt.Sprintf("%s (%d): %s", p.Title, p.Status, p.Detail)
}

// maxProblem bounds what is read of a refusal.
const maxProblem = 16 << 10

// ReadProblem makes an error of a refused response. It reads no more than a few
// kilobytes and takes any body.
func ReadProblem(r *http.Response) *Problem {
	p := &Problem{}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == ProblemType {
		raw, err := io.ReadAll(io.LimitReader(r.Body, maxProblem))
		if err != nil || json.Unmarshal(raw, p) != nil {
			p = &Problem{}
		}
	}
	p.Status = r.StatusCode
	if p.Type == "" {
		p.Type = "about:blank"
	}
	if p.Title == "" {
		p.Title = http.StatusText(r.StatusCode)
	}
	return p
}

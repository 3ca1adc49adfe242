package server_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"onset/devices/sync/protocol"
	"onset/devices/sync/server"
	"onset/devices/sync/synctest"
)

// who may use what: every route has a line here, or the test fails.
var allowed = map[string]string{
	"GET /healthz":               "anyone",
	"GET /readyz":                "anyone",
	"GET /v1/openapi.yaml":       "anyone",
	"POST /v1/pair":              "invited",
	"POST /v1/pair/compare":      "invited",
	"PUT /v1/pair/compare/{id}":  "invited",
	"GET /v1/pair/compare/{id}":  "invited",
	"GET /v1/tuf/{file}":         "paired",
	"GET /v1/blobs/sha256/{sum}": "paired",
	"POST /v1/tickets":           "paired",
	"POST /v1/feedback":          "paired",
	"PUT /v1/uploads/{id}":       "ticket",
	"HEAD /v1/uploads/{id}":      "ticket",
	"PATCH /v1/uploads/{id}":     "ticket",
	"DELETE /v1/uploads/{id}":    "ticket",
	"DELETE /v1/sessions/{id}":   "author",
}

func TestEveryRouteIsListedWithItsRole(t *testing.T) {
	t.Parallel()
	d, err := synctest.Load()
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	paths, _ := d.Tree["paths"].(map[string]any)
	for path, item := range paths {
		for method, op := range item.(map[string]any) {
			if m, ok := op.(map[string]any); ok && m["operationId"] != nil {
				documented[strings.ToUpper(method)+" "+path], _ = m["x-role"].(string)
			}
		}
	}
	served := server.RouteRoles()
	for route, role := range served {
		if allowed[route] != role {
			t.Errorf("%s is served to %q, the table of this test says %q", route, role, allowed[route])
		}
		if documented[route] != role {
			t.Errorf("%s is served to %q, the OpenAPI description says %q", route, role, documented[route])
		}
	}
	for route := range allowed {
		if served[route] == "" {
			t.Errorf("%s is not served", route)
		}
	}
	for route := range documented {
		if served[route] == "" {
			t.Errorf("%s is described but not served", route)
		}
	}
}

// TestRolesAreKept sends every route nothing, somebody's certificate or a wrong
// secret, and expects a refusal that fits.
func TestRolesAreKept(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	stranger := anonymous(s)
	paired := certified(t, s, s.Device("watch"))
	fill := strings.NewReplacer("{id}", protocol.NewID(), "{file}", "timestamp.json", "{sum}", strings.Repeat("0", 64))
	for route, role := range allowed {
		method, path, _ := strings.Cut(route, " ")
		for name, h := range map[string]*http.Client{"nobody": stranger, "a device": paired} {
			r, err := http.NewRequestWithContext(t.Context(), method, "https://"+s.Address+fill.Replace(path), bytes.NewReader([]byte("{}")))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			answer, err := h.Do(r)
			if err != nil {
				t.Fatal(route, err)
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			var want []int
			switch {
			case role == "anyone":
				want = []int{200}
			case role == "paired" && name == "nobody":
				want = []int{401}
			case role == "paired":
				want = []int{200, 400, 404} // let in, but asked for nothing
			case role == "invited":
				want = []int{400, 403, 404}
			case name == "a device": // sessions come without a certificate
				want = []int{400}
			default:
				want = []int{400, 403}
			}
			if !slices.Contains(want, answer.StatusCode) {
				t.Errorf("%s for %s: %d, want one of %v", route, name, answer.StatusCode, want)
			}
		}
	}
	for _, route := range []string{"GET /", "GET /v1/", "POST /v1/tuf/timestamp.json", "GET /metrics", "GET /debug/pprof/", "TRACE /healthz", "GET /v1/tuf/..%2f..%2fkeys%2fsessions.key", "GET /v1/sessions/" + protocol.NewID()} {
		method, path, _ := strings.Cut(route, " ")
		r, err := http.NewRequestWithContext(t.Context(), method, "https://"+s.Address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := paired.Do(r)
		if err != nil {
			t.Fatal(route, err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusNotFound && answer.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", route, answer.StatusCode)
		}
	}
}

func TestOnlyTLS13(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: false, tls.VersionTLS13: true} {
		c, err := tls.Dial("tcp", s.Address, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
		if (err == nil) != want {
			t.Errorf("TLS %x: %v", version, err)
		}
		if c != nil {
			_ = c.Close()
		}
	}
}

package server_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"onset/devices/sync/synctest"
)

// TestDashboardAsksForMetricsThatAreServed compares the Grafana dashboard with
// what a server under way tells.
func TestDashboardAsksForMetricsThatAreServed(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash("../../../docs/devices/server/grafana.json"))
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Title  string
		Panels []struct {
			Title   string
			Type    string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	s := synctest.Start(t, nil)
	d := s.Device("watch")
	if _, err := d.Pull(t.Context()); err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	s.Server.OpsHandler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	served := answer.Body.String()
	name := regexp.MustCompile(`\b(onset|go|process)_[a-z_]+`)
	if board.Title == "" || len(board.Panels) == 0 {
		t.Fatal("the dashboard is empty")
	}
	for _, p := range board.Panels {
		if p.Title == "" || p.Type == "" || p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %q shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			names := name.FindAllString(target.Expr, -1)
			if len(names) == 0 {
				t.Errorf("panel %q asks for no metric: %s", p.Title, target.Expr)
			}
			for _, n := range names {
				if !strings.Contains(served, "\n"+n) {
					t.Errorf("panel %q asks for %s, which is not served", p.Title, n)
				}
			}
		}
	}
}

// TestSystemdTakesTheUnits has systemd read the units, with programs and a user
// that exist here.
func TestSystemdTakesTheUnits(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd is not installed")
	}
	for _, unit := range []string{"../../../docs/devices/server/onset-sync.service", "../../site/onset-sync.service"} {
		text, err := os.ReadFile(filepath.FromSlash(unit))
		if err != nil {
			t.Fatal(err)
		}
		here := filepath.Join(t.TempDir(), "onset-sync.service")
		known := strings.NewReplacer("/usr/local/bin/onsetctl", "/bin/true", "User=onset", "User=root", "Group=onset", "Group=root").Replace(string(text))
		if err := os.WriteFile(here, []byte(known), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("systemd-analyze", "verify", "--man=no", here).CombinedOutput()
		if err != nil || strings.Contains(string(out), here) {
			t.Errorf("%s: %v\n%s", unit, err, out)
		}
	}
}

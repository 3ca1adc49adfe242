package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var killsWanted = flag.Int("kills", 10, "how often the kill tests kill")

// TestKilledImportsLeaveWholeSessions kills imports at random moments. Whatever
// the moment, the study opens, is whole, holds no half session, and takes up
// the next import.
func TestKilledImportsLeaveWholeSessions(t *testing.T) {
	t.Parallel()
	kills := *killsWanted
	study := newStudyFile(t)
	begin := time.Now()
	if o := finish(t, process(t, "import", study, sources(t, 0))); o.code != exitOK {
		t.Fatal(o.err)
	}
	whole := time.Since(begin)
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	sessions := int64(sourceSessions)
	for i := range kills {
		cmd := process(t, "import", study, sources(t, i+1))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		moment := time.Duration(rng.Int64N(int64(whole)))
		timer := time.AfterFunc(moment, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // killed, or done just before
		timer.Stop()
		info := must[infoResult](t, "study", "info", study)
		list := must[sessionsResult](t, "sessions", study).Sessions
		if info.Integrity != "ok" || info.Sessions < sessions || info.Sessions > sessions+sourceSessions || int64(len(list)) != info.Sessions {
			t.Fatalf("kill %d (seed %d) after %s: %+v, %d sessions listed, %d before", i, seed, moment, info, len(list), sessions)
		}
		if info.Samples != info.Sessions*sourceSets*sourcePackets*100 || info.Labels != info.Sessions*sourceSets || info.Recordings != info.Sessions {
			t.Fatalf("kill %d (seed %d) after %s: a half session is visible: %+v", i, seed, moment, info)
		}
		sessions = info.Sessions
	}
	if c := must[struct{ OK bool }](t, "study", "check", study); !c.OK {
		t.Errorf("after %d kills (seed %d) the study is not whole", kills, seed)
	}
	must[importResult](t, "import", study, sources(t, kills+1))
}

const (
	sourceSessions = 3
	sourceSets     = 3
	sourcePackets  = 120
)

// sources is a folder of sessions that no other round has.
func sources(t *testing.T, round int) string {
	t.Helper()
	root := t.TempDir()
	for i := range sourceSessions {
		dir := filepath.Join(root, fmt.Sprintf("session-%d", i))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		labels := ""
		for s := range sourceSets {
			seed := uint32((round*sourceSessions+i)*sourceSets + s + 1)
			writeFile(t, filepath.Join(dir, fmt.Sprintf("%d.raw", s+1)), noisyPackets(sourcePackets, seed))
			labels += fmt.Sprintf("%d=arms,biceps-curl,,10,12\n", s+1)
		}
		writeFile(t, filepath.Join(dir, "labels.txt"), []byte(labels))
	}
	return root
}

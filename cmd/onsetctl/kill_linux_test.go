package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"onset/dataset/privacy"
)

var killsWanted = flag.Int("kills", 6, "how often the kill tests kill (make soak: 50)")

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

// TestKilledImportsLoseNoName kills imports that fill a key file. Whatever the
// moment, whoever is in the study is in the key file, under one code.
func TestKilledImportsLoseNoName(t *testing.T) {
	t.Setenv(passphraseVariable, "secret words")
	study, key := newStudyFile(t), filepath.Join(t.TempDir(), "names.keys")
	must[map[string]int](t, "privacy", "add", "P99", "somebody", "--key", key)
	begin := time.Now()
	if o := finish(t, process(t, "import", study, namedSources(t, 0), "--key", key)); o.code != exitOK {
		t.Fatal(o.err)
	}
	whole := time.Since(begin)
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := range max(*killsWanted/3, 2) {
		cmd := process(t, "import", study, namedSources(t, i+1), "--key", key)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rng.Int64N(int64(whole))), func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		timer.Stop()
		names := map[string]string{}
		for _, id := range must[privacy.Keys](t, "privacy", "list", "--key", key).Identities {
			for _, n := range id.Names {
				if names[n] != "" {
					t.Fatalf("kill %d (seed %d): %s is %s and %s", i, seed, n, names[n], id.Code)
				}
				names[n] = id.Code
				names[id.Code] = n
			}
		}
		for _, x := range must[sessionsResult](t, "sessions", study).Sessions {
			if names[x.Participant] == "" {
				t.Fatalf("kill %d (seed %d): the study holds %s, whose name is lost", i, seed, x.Participant)
			}
		}
	}
}

// namedSources are sources whose folders name people, partly the same ones.
func namedSources(t *testing.T, round int) string {
	t.Helper()
	root := sources(t, 100+round)
	for i := range sourceSessions {
		name := fmt.Sprintf("%s-arms-0%d", []string{"erika", "jonas", "lucia", "wotan", "friedrich"}[(round+i)%5], round)
		if err := os.Rename(filepath.Join(root, fmt.Sprintf("session-%d", i)), filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
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

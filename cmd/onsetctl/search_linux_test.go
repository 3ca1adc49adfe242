package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"onset/training"
)

const quickSearch = `
[data]
sensor_set = "any"
rate_hz = 25
[split]
folds = 3
[model]
layers = [8]
[fit]
epochs = 6
batch = 32
inner_folds = 2
[search]
trials = 7
round = 4
outer = 1
keep = 2
`

// A search that is killed, whenever, and gone on with ends as one that never was:
// the same candidates, scores, weights and judgement.
func TestKilledSearchEndsAsTheUnbrokenOne(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "search.toml")
	writeFile(t, config, []byte(quickSearch))
	unbroken := sampleStudy(t)
	begin := time.Now()
	whole := finish(t, process(t, "search", unbroken, "--config", config, "--json"))
	if whole.code != exitOK {
		t.Fatal(whole.err)
	}
	length := time.Since(begin)
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	study := sampleStudy(t)
	killed, rest := 0, ""
	for ended := false; !ended; {
		cmd := process(t, "search", study, "--config", config, "--json")
		var out, problem strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &problem
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		moment := 100 * length // the last is left to end
		if killed < 4 {
			moment = time.Duration(rng.Int64N(int64(length) / 2))
		}
		timer := time.AfterFunc(moment, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		switch {
		case err == nil:
			ended, rest = true, out.String()
		case cmd.ProcessState.ExitCode() != -1:
			t.Fatalf("after %d kills (seed %d): %s", killed, seed, problem.String())
		}
		killed++
	}
	if a, b := anonymous(whole.out), anonymous(rest); a != b {
		t.Errorf("after %d kills (seed %d) the search ended otherwise:\n%.2000s\n%.2000s", killed, seed, a, b)
	}
	boards := must[boardsResult](t, "leaderboard", study).Boards
	if len(boards) != 1 || len(boards[0].Best) == 0 {
		t.Errorf("leaderboards %+v", boards)
	} else if again := must[training.RerunResult](t, "rerun", study, "--run", boards[0].Best[0].Trial); !again.Same || again.Model != boards[0].Best[0].Model {
		t.Errorf("the best candidate of a killed search, repeated alone: %+v", again)
	}
	if c := must[struct{ OK bool }](t, "study", "check", study); !c.OK {
		t.Errorf("after %d kills (seed %d) the study is not whole", killed, seed)
	}
}

var (
	ownID    = regexp.MustCompile(`"run":"([0-9a-f]{16})"`)
	modelID  = regexp.MustCompile(`"model":"[0-9a-f]{16}"`)
	duration = regexp.MustCompile(`"seconds":[0-9.e+-]+`)
)

// anonymous is a search's outcome without the random name of the search, which
// models' ids come from, and without the time it took.
func anonymous(out string) string {
	if m := ownID.FindStringSubmatch(out); m != nil {
		out = regexp.MustCompile(regexp.QuoteMeta(m[1])).ReplaceAllString(out, "SEARCH")
	}
	return duration.ReplaceAllString(modelID.ReplaceAllString(out, `"model":""`), `"seconds":0`)
}

func TestRerunOfAStoredRun(t *testing.T) {
	t.Parallel()
	study := sampleStudy(t)
	config := filepath.Join(t.TempDir(), "c.toml")
	writeFile(t, config, []byte("[data]\nsensor_set = \"any\"\nrate_hz = 25\n[model]\nlayers = [8]\n[fit]\nepochs = 3\n[split]\nfolds = 3\n"))
	r := must[training.Result](t, "train", study, "--config", config)
	again := must[training.RerunResult](t, "rerun", study, "--run", r.Run)
	if !again.Same || len(again.Checks) < 4 {
		t.Errorf("%+v", again)
	}
	if o := ctl(t, "rerun", study, "--run", fmt.Sprintf("%s0", r.Run)); o.code != exitFailed {
		t.Errorf("a run that isn't there: exit %d", o.code)
	}
}

package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"onset/dataset"
)

// nobody is a user without rights of its own.
const nobody = 65534

// asNobody runs onsetctl as an ordinary user, for root may read and write
// anything.
func asNobody(t *testing.T, args ...string) outcome {
	t.Helper()
	cmd := process(t, args...)
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		// The test binary lies where only its owner may go.
		copied := filepath.Join(openFolder(t), "onsetctl")
		raw, err := os.ReadFile(cmd.Path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied, raw, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd.Path, cmd.Dir = copied, "/"
	}
	return finish(t, cmd)
}

func finish(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatalf("running onsetctl: %v", err)
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// openFolder is a folder that every user may enter and write.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "onsetctl-place")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = os.Chmod(dir, 0o700)
		_ = os.RemoveAll(dir)
	})
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestFolderWithoutPermission(t *testing.T) {
	t.Parallel()
	place := openFolder(t)
	study := filepath.Join(place, "s.onset")
	if o := asNobody(t, "study", "new", study); o.code != exitOK {
		t.Fatal(o.err)
	}
	closed := filepath.Join(place, "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(closed, "1.raw"), pebblePackets(3, 1_464_000_000_000))
	chmod(t, closed, 0)
	t.Cleanup(func() { _ = os.Chmod(closed, 0o700) })
	o := asNobody(t, "import", study, closed)
	if o.code != exitFailed || !strings.Contains(o.err, closed) || !strings.Contains(o.err, "permission") {
		t.Errorf("importing from it: %+v", o)
	}
	o = asNobody(t, "study", "new", filepath.Join(closed, "new.onset"))
	if o.code != exitFailed || !strings.Contains(o.err, "permission") {
		t.Errorf("a new study in it: %+v", o)
	}
	if got := must[infoResult](t, "study", "info", study); got != (infoResult{Integrity: "ok"}) {
		t.Errorf("study %+v", got)
	}
}

// mount makes a small file system at a new folder; the test is skipped where
// that is not allowed.
func mount(t *testing.T, options string) string {
	t.Helper()
	dir := openFolder(t)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("no file system can be mounted here (%v)", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	place := mount(t, "size=1m")
	study := filepath.Join(place, "s.onset")
	must[map[string]string](t, "study", "new", study)
	must[importResult](t, "import", study, pebbleSession(t, 1))
	before := must[infoResult](t, "study", "info", study)
	big := filepath.Join(t.TempDir(), "big")
	if err := os.Mkdir(big, 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(big, "1.raw"), noisyPackets(4000, 1))
	later := pebbleSession(t, 1)
	o := ctl(t, "import", study, big, later, "--json")
	if o.code != exitFailed || strings.Count(o.err, "disk is full") != 1 || !strings.Contains(o.err, "Free some space") {
		t.Errorf("import on a full disk: %+v", o)
	}
	var r importResult
	if err := json.Unmarshal([]byte(o.out), &r); err != nil || len(r.Refused) != 2 {
		t.Fatalf("the report %q: %v", o.out, err)
	}
	if x := r.Refused[0]; x.Source != big || !strings.Contains(x.Reason, "disk is full") {
		t.Errorf("refused first: %+v", x)
	}
	if x := r.Refused[1]; x.Source != later || x.Reason != "not tried: the disk is full" {
		t.Errorf("refused second: %+v", x)
	}
	if after := must[infoResult](t, "study", "info", study); after != before {
		t.Errorf("the study was %+v and is %+v", before, after)
	}
	if c := must[struct{ OK bool }](t, "study", "check", study); !c.OK {
		t.Error("the study is not whole")
	}
}

// noisyPackets don't compress; another seed is another recording, an hour later.
func noisyPackets(n int, seed uint32) []byte {
	raw := pebblePackets(n, 1_464_000_000_000+uint64(seed)*3_600_000)
	state := seed
	for p := 0; p < len(raw); p += 1032 { // a packet and its repeat
		for k := range 500 {
			state = state*1664525 + 1013904223
			raw[p+16+k] = byte(state >> 24)
			raw[p+516+16+k] = raw[p+16+k]
		}
	}
	return raw
}

func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	place := mount(t, "size=8m")
	study := filepath.Join(place, "s.onset")
	must[map[string]string](t, "study", "new", study)
	r := must[importResult](t, "import", study, pebbleSession(t, 1))
	before, err := os.ReadFile(study)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", place, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("a file system can't be made read-only here (%v)", err)
	}
	o := ctl(t, "import", study, pebbleSession(t, 1), "--json")
	if o.code != exitFailed || strings.Count(o.err, "read-only") != 1 || !strings.Contains(o.err, study) || !strings.Contains(o.out, "not tried: ") {
		t.Errorf("import on a read-only disk: %+v", o)
	}
	config := filepath.Join(t.TempDir(), "c.toml")
	writeFile(t, config, nil)
	if o := ctl(t, "train", study, "--config", config); o.code != exitFailed || !strings.Contains(o.err, "read-only") {
		t.Errorf("training on a read-only disk: %+v", o)
	}
	// What only reads works.
	if got := must[infoResult](t, "study", "info", study); got.Sessions != 1 || got.Integrity != "ok" {
		t.Errorf("info %+v", got)
	}
	o = ctl(t, "samples", study, "--session", r.Imported[0].Session)
	if o.code != exitOK || strings.Count(o.out, "\n") != 2+1000 {
		t.Errorf("samples: exit %d, %d lines, %s", o.code, strings.Count(o.out, "\n"), o.err)
	}
	after, err := os.ReadFile(study)
	if err != nil || string(after) != string(before) {
		t.Errorf("the study was changed: %v", err)
	}
}

// TestStudyOpenElsewhere holds a study open here and uses it in another process.
func TestStudyOpenElsewhere(t *testing.T) {
	t.Parallel()
	study, session := newStudyFile(t), pebbleSession(t, 1)
	holder, err := dataset.Open(t.Context(), study, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := finish(t, process(t, "import", study, session))
	if o.code != exitFailed || !strings.Contains(o.err, "open for writing by") || !strings.Contains(o.err, "read-only") {
		t.Errorf("a second writer: %+v", o)
	}
	if o := finish(t, process(t, "study", "info", study, "--json")); o.code != exitOK || !strings.Contains(o.out, `"integrity":"ok"`) {
		t.Errorf("a reader beside the writer: %+v", o)
	}
	if err := holder.Close(); err != nil {
		t.Fatal(err)
	}
	must[importResult](t, "import", study, session)
}

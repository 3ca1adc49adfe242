package dataset

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// The test program runs itself as another process for what needs one: see
// child. The variable names the role.
const roleVariable = "ONSET_TEST_ROLE"

func TestMain(m *testing.M) {
	roles := map[string]func(context.Context, string) error{
		"hold": holdStudy, "work": workUntilKilled, "join": joinUntilKilled, "read-only": useReadOnlyPlace,
	}
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := roles[role](context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child is this test program in a role, working on path.
func child(t testing.TB, role, path string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, path)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	return cmd
}

// holdStudy opens a study for writing and keeps it until its input ends.
func holdStudy(ctx context.Context, path string) error {
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, err = bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil {
		return nil //nolint:nilerr // the parent went away: leave without closing, as a crash would
	}
	return s.Close()
}

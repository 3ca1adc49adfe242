package devices

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrNoCompiler is a machine on which the device program can't be built.
var ErrNoCompiler = errors.New("no C compiler is here")

// Program is the device program, built for this machine.
type Program struct{ path string }

// BuildProgram builds the device program that this build carries, with the C
// compiler of this machine, below dir; what was built there before is taken
// again. The sources are this program's own: none that a server sent are
// compiled.
func BuildProgram(ctx context.Context, dir string) (p Program, err error) {
	sources, err := deviceSources()
	if err != nil {
		return p, err
	}
	h := sha256.New()
	for _, f := range sources {
		fmt.Fprintf(h, "%s %d\n", f.name, len(f.content))
		h.Write(f.content)
	}
	p.path = filepath.Join(dir, "onset-device-"+hex.EncodeToString(h.Sum(nil))[:16])
	if info, err := os.Stat(p.path); err == nil && info.Mode().IsRegular() {
		return p, nil
	}
	compiler := ""
	for _, name := range []string{"cc", "gcc", "clang"} {
		if path, err := exec.LookPath(name); err == nil {
			compiler = path
			break
		}
	}
	if compiler == "" {
		return p, ErrNoCompiler
	}
	return p, p.build(ctx, compiler, dir, sources)
}

func (p Program) build(ctx context.Context, compiler, dir string, sources []content) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("building the device program: %w", err)
		}
	}()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	work, err := os.MkdirTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	built := filepath.Join(work, "program")
	args := []string{"-O2", "-std=c99", "-o", built}
	for _, f := range sources {
		path := filepath.Join(work, filepath.Base(f.name))
		if err := os.WriteFile(path, f.content, 0o600); err != nil {
			return err
		}
		if strings.HasSuffix(path, ".c") {
			args = append(args, path)
		}
	}
	if out, err := exec.CommandContext(ctx, compiler, append(args, "-lm")...).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(out))
	}
	return os.Rename(built, p.path)
}

// SelfTest has the program compute an exported model's golden vectors.
func (p Program) SelfTest(ctx context.Context, model string) error {
	if out, err := exec.CommandContext(ctx, p.path, "self-test", model).CombinedOutput(); err != nil {
		return fmt.Errorf("the device program refuses the model: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// Run streams a session, as WriteSamples prints it, through an exported model
// and writes its decisions to lines, one JSON object a line.
func (p Program) Run(ctx context.Context, model string, samples io.Reader, lines io.Writer) error {
	cmd := exec.CommandContext(ctx, p.path, "run", model)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = samples, lines, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("running the device program: %w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}

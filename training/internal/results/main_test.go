package main

import (
	"os"
	"path/filepath"
	"testing"

	"onset/training"
)

// A published value stands beside a protocol by its name alone.
func TestPublishedValuesBelongToProtocols(t *testing.T) {
	dir := filepath.Join("..", "..", "protocols")
	for name := range published {
		text, err := os.ReadFile(filepath.Join(dir, name+".toml"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c, err := training.ParseConfig(text)
		if err != nil || len(c.Candidates) > 0 {
			t.Errorf("%s: %d candidates (%v); a published row is of one model", name, len(c.Candidates), err)
		}
	}
}

// Every protocol must be in exactly one table.
func TestEveryProtocolIsInOneTable(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "protocols", "*.toml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d protocols (%v)", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		c, err := training.ParseConfig(text)
		if err != nil {
			continue // a search
		}
		n := 0
		for _, s := range sections {
			if s.has(name(f), c) {
				n++
			}
		}
		if n != 1 && name(f) != "mex-onset-curve" && name(f) != "mex-first-second-ridge" {
			t.Errorf("%s is in %d tables", name(f), n)
		}
	}
}

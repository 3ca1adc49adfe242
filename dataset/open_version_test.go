package dataset

import (
	"encoding/binary"
	"errors"
	"os"
	"testing"
)

// One flipped bit of the header makes the schema's number negative.
func TestANegativeSchemaIsDamage(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	path := s.Path()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const userVersion = 60 // in SQLite's header
	binary.BigEndian.PutUint32(data[userVersion:], binary.BigEndian.Uint32(data[userVersion:])|1<<31)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, readOnly := range []bool{false, true} {
		if opened, err := Open(ctx, path, Options{ReadOnly: readOnly}); !errors.Is(err, ErrCorrupt) {
			if err == nil {
				opened.Close()
			}
			t.Errorf("read only %v: %v", readOnly, err)
		}
	}
}

package privacy

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// HitError refuses an export that holds identifiers of the key file.
type HitError struct {
	Hits  int
	First Hit
}

// Error tells how many and where the first is, by study code.
func (e *HitError) Error() string {
	return fmt.Sprintf("the export holds identifiers of the key file, %d times, first of %s in %s as %s; it was removed", e.Hits, e.First.Code, e.First.File, e.First.As)
}

// Clear looks through an export that was just written, a file or a folder, for
// every identifier of the keys. On a hit, or when it cannot be read, the export is
// removed again; a hit is a *HitError.
func Clear(ctx context.Context, keys Keys, out string) error {
	var found HitError
	err := NewScanner(keys).ScanPath(ctx, out, func(h Hit) {
		if found.Hits++; found.Hits == 1 {
			found.First = h
		}
	})
	switch {
	case err != nil:
		err = fmt.Errorf("looking through the export: %w; it was removed", err)
	case found.Hits > 0:
		err = &found
	default:
		return nil
	}
	return errors.Join(err, os.RemoveAll(out))
}

package devices

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"onset/devices/runtime"
)

// deviceSources are the files of the device program, under c/.
func deviceSources() ([]content, error) {
	var out []content
	err := fs.WalkDir(runtime.Sources(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".c") && !strings.HasSuffix(name, ".h") {
			return err
		}
		raw, err := fs.ReadFile(runtime.Sources(), name)
		out = append(out, content{SourcesDir + "/" + path.Base(name), raw})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the device program's sources: %w", err)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("this build carries no device program: %w", errors.ErrUnsupported)
	}
	return out, nil
}

// HasDeviceProgram tells whether this build can write FormatC.
func HasDeviceProgram() bool {
	_, err := deviceSources()
	return err == nil
}

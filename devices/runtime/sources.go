// Package runtime carries the sources of the device program: C99 that runs an
// exported model.
package runtime

import (
	"embed"
	"io/fs"
)

//go:embed c
var files embed.FS

// Sources are the program's files.
func Sources() fs.FS { return files }

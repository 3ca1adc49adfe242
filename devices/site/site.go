// Package site holds what a bundle needs to run on a lab's machine: a container
// recipe, a systemd unit and their scripts.
package site

import (
	"embed"
	"io/fs"
)

//go:embed Dockerfile README.md onset-sync.service onset-sync.env start.sh install.sh
var files embed.FS

// Files are the bundle's own files.
func Files() fs.FS { return files }

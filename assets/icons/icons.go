// Package icons holds the program's own drawings: one SVG file each, 24 units
// square, filled shapes only so that a theme can colour them.
package icons

import (
	"embed"
	"fmt"
)

//go:embed *.svg
var files embed.FS

// SVG is the drawing called name (its file name without ".svg"). It panics on a
// name that has no file: the names are constants of the program.
func SVG(name string) []byte {
	b, err := files.ReadFile(name + ".svg")
	if err != nil {
		panic(fmt.Sprintf("icons: no drawing %q", name))
	}
	return b
}

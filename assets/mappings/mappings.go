// Package mappings embeds the mappings of delimited text that come with the
// program. Each is also an example to start a mapping from.
package mappings

import "embed"

// Files holds the mappings as TOML.
//
//go:embed *.toml
var Files embed.FS

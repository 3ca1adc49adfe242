// Package assets embeds what the programs carry with them.
package assets

import _ "embed"

// SampleRecipe is the recipe (TOML) of the simulated sample study.
//
//go:embed sample.toml
var SampleRecipe []byte

// Icon is the program's icon (PNG).
//
//go:embed icon.png
var Icon []byte

// Catalogue is the catalogue of exercises (TOML).
//
//go:embed catalogue.toml
var Catalogue []byte

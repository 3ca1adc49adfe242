package codec

import _ "embed"

//go:embed example_mapping.toml
var exampleMapping string

// ExampleMapping is a mapping with an explanation of every common key; it reads
// a table with the header time,x,y,z as it is.
func ExampleMapping() string { return exampleMapping }

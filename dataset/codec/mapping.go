package codec

// Mapping says how to read delimited text: which column is what.
type Mapping struct{}

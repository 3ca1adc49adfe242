// Package parts holds the small building blocks that several screens share, so
// that they look alike and follow the theme when it changes.
//
//	Text        one line of text in a named colour and size; can cut itself short
//	Paragraph   a sentence or more that wraps
//	Heading     15 pt bold;  Section a bold muted title with a hint beside it
//	Chip        a short word on a raised ground, such as a finding's kind
//	KeyCap      the name of a key
//	Swatch      a class's colour as a small square
//	Bar         a thin bar, 0..1
//	Button      a button with a word and, where it has one, its key
//	Row         a line of a short list: hover, chosen, tap
//	Stat        a small caption over a value;  Field the same, edited in place
//	Fill        a ground in a named colour;  Panel a ground with something on it
//	Rule        a hairline
//	Empty       what an empty screen says: what is missing and what to do next
//	Split, Wide layout helpers
//
// Nothing here knows what a study is.
package parts

package devices

import (
	"bytes"
	"fmt"
	"html"
	"strings"
)

// markdown writes the page as card.md.
func (c *cardPage) markdown() []byte {
	var b bytes.Buffer
	for i, k := range c.blocks {
		if k.figure != "" && k.rows == nil {
			continue
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		switch {
		case k.title != "":
			fmt.Fprintf(&b, "# %s\n", k.title)
		case k.heading != "":
			fmt.Fprintf(&b, "## %s\n", k.heading)
		case k.warning != "":
			fmt.Fprintf(&b, "**%s**\n", k.warning)
		case k.text != "":
			fmt.Fprintf(&b, "%s\n", k.text)
		case k.items != nil:
			for _, item := range k.items {
				fmt.Fprintf(&b, "- %s\n", item)
			}
		default:
			for r, row := range k.rows {
				fmt.Fprintf(&b, "| %s |\n", strings.Join(escaped(row, "|", `\|`), " | "))
				if r == 0 {
					b.WriteString("|" + strings.Repeat(" --- |", len(row)) + "\n")
				}
			}
		}
	}
	return b.Bytes()
}

func escaped(row []string, old, with string) []string {
	out := make([]string, len(row))
	for i, v := range row {
		out[i] = strings.ReplaceAll(v, old, with)
	}
	return out
}

// cardStyle keeps the page on one sheet when printed.
const cardStyle = `body{font:14px/1.45 system-ui,sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#1b1f24;background:#fff}` +
	`h1{font-size:1.5em}h2{font-size:1.1em;margin:1.4em 0 .3em}table{border-collapse:collapse;margin:.5em 0;font-size:.92em}` +
	`th,td{padding:.15em .6em;border-bottom:1px solid #d0d7de;text-align:right}th:first-child,td:first-child{text-align:left}` +
	`svg{display:block;margin:.5em 0;max-width:100%;height:auto}.warning{border:1px solid #b35900;padding:.5em .8em}@media print{body{margin:0;font-size:10px}}`

// html writes the page as card.html, without anything from elsewhere.
func (c *cardPage) html() []byte {
	var b bytes.Buffer
	title := ""
	if len(c.blocks) > 0 {
		title = c.blocks[0].title
	}
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%s</title><style>%s</style></head><body>\n", html.EscapeString(title), cardStyle)
	for _, k := range c.blocks {
		switch {
		case k.figure != "":
			b.WriteString(k.figure)
		case k.title != "":
			fmt.Fprintf(&b, "<h1>%s</h1>\n", html.EscapeString(k.title))
		case k.heading != "":
			fmt.Fprintf(&b, "<h2>%s</h2>\n", html.EscapeString(k.heading))
		case k.warning != "":
			fmt.Fprintf(&b, "<p class=\"warning\"><strong>%s</strong></p>\n", html.EscapeString(k.warning))
		case k.text != "":
			fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(k.text))
		case k.items != nil:
			b.WriteString("<ul>\n")
			for _, item := range k.items {
				fmt.Fprintf(&b, "<li>%s</li>\n", html.EscapeString(item))
			}
			b.WriteString("</ul>\n")
		default:
			htmlTable(&b, k.rows)
		}
	}
	b.WriteString("</body></html>\n")
	return b.Bytes()
}

func htmlTable(b *bytes.Buffer, rows [][]string) {
	b.WriteString("<table>\n")
	for r, row := range rows {
		cell := "td"
		if r == 0 {
			cell = "th"
		}
		b.WriteString("<tr>")
		for _, v := range row {
			fmt.Fprintf(b, "<%s>%s</%s>", cell, html.EscapeString(v), cell)
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
}

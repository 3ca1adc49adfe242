package codec

import (
	"bytes"
	"encoding/hex"
	"hash/maphash"
	"io"
	"regexp"
)

// pebbleLogFormat reads a phone's text log in which each Pebble packet stands as
// hexadecimal digits between < and >.
func pebbleLogFormat() format {
	return format{name: "pebble-log", sniff: sniffPebbleLog, group: func(mine []*sourceFile, _ surveyed) []unit {
		var units []unit
		for _, f := range mine {
			d := &pebbleDecoder{files: []*sourceFile{f}, scan: scanPebbleLog, log: true}
			units = append(units, unit{source: f.shown, format: "pebble-log", files: d.files, decode: d.decode})
		}
		return units
	}}
}

var pebbleLogLine = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \S+\[\d+:[0-9A-Fa-f]+\] <(?:ad|bd|ed)[0-9a-f]{6} `)

func sniffPebbleLog(f *sourceFile) bool { return isText(f.head) && pebbleLogLine.Match(f.head) }

// scanPebbleLog reads the packets of a log. Lines without a packet are the
// phone's other messages; a line that begins one and does not hold it whole is
// an error.
func scanPebbleLog(path string, r io.Reader, seed maphash.Seed, visit func(p pebblePacket, payload []byte) error) error {
	in := newTable(path, r)
	var packet []byte
	for {
		line, err := in.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		open := bytes.IndexByte(line, '<')
		if open < 0 || !isPacketStart(line[open+1:]) {
			continue
		}
		closing := bytes.IndexByte(line[open:], '>')
		if closing < 0 {
			return badRow(path, in.row, "the packet has no closing >; the line is cut short")
		}
		digits := bytes.ReplaceAll(line[open+1:open+closing], []byte(" "), nil)
		if packet, err = hex.AppendDecode(packet[:0], digits); err != nil {
			return badRow(path, in.row, "the packet is not written in hexadecimal digits: %v", err)
		}
		if len(packet) < pebbleHeaderLen {
			return badRow(path, in.row, "a packet header is cut short: %d of %d bytes", len(packet), pebbleHeaderLen)
		}
		h, err := parsePebbleHeader(packet)
		if err != nil {
			return badRow(path, in.row, "%v", err)
		}
		payload := packet[pebbleHeaderLen:]
		if len(payload) != h.payload() {
			return badRow(path, in.row, "the packet's %d samples need %d bytes, the line has %d", h.count, h.payload(), len(payload))
		}
		p := pebblePacket{pebbleHeader: h, offset: in.row, sum: maphash.Bytes(seed, payload)}
		if err := visit(p, payload); err != nil {
			return err
		}
	}
}

// isPacketStart reports digits that begin a packet of a known type.
func isPacketStart(digits []byte) bool {
	for _, kind := range []string{"ad", "bd", "ed"} {
		if bytes.HasPrefix(digits, []byte(kind)) {
			return true
		}
	}
	return false
}

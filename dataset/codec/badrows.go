package codec

import (
	"errors"
	"fmt"
	"strings"
)

// badRows are rows that were left out because they cannot be read.
type badRows struct {
	n     int64
	first []string // what is wrong with the first of them
}

func (b *badRows) count(bad *InputError) {
	if b.n++; len(b.first) < namedStrange {
		b.first = append(b.first, fmt.Sprintf("row %d: %s", bad.Row, bad.What))
	}
}

// check refuses a file of which so many rows can not be read, beside those that
// were, that the mapping can not be right.
func (b *badRows) check(path string, read int64) error {
	if b.n == 0 || b.n < read {
		return nil
	}
	return badFile(path, "%d rows cannot be read and %d can: the mapping does not fit this file (%s)", b.n, read, b.first[0])
}

// sentence tells of them; "" when there are none.
func (b *badRows) sentence() string {
	named := strings.Join(b.first, "; ")
	switch {
	case b.n == 0:
		return ""
	case b.n == 1:
		return fmt.Sprintf("1 row cannot be read and is left out (%s).", named)
	case b.n > int64(len(b.first)):
		return fmt.Sprintf("%d rows cannot be read and are left out (first %s).", b.n, named)
	}
	return fmt.Sprintf("%d rows cannot be read and are left out (%s).", b.n, named)
}

// readRow reads one row; it is not kept where it can not be read and such rows are
// left out, or where a file that was cut short ends inside it.
func (p *rowReader) readRow(line []byte) (kept bool, err error) {
	p.row = p.in.row
	if !p.skips && !p.in.open {
		return true, p.parse(line)
	}
	absent, strange, counter, columns := p.absent, p.strange, p.counter, p.columns
	if err = p.parse(line); err == nil {
		return true, nil
	}
	bad, ok := errors.AsType[*InputError](err)
	if !ok {
		return false, err
	}
	if p.in.open {
		bad.What = "the file ends inside it and may have been cut short: " + bad.What
	}
	p.bad.count(bad)
	p.absent, p.strange, p.counter, p.columns = absent, strange, counter, columns
	for i, v := range p.values {
		p.values[i] = v[:min(len(v), p.rows)]
	}
	for i, v := range p.texts {
		p.texts[i] = v[:min(len(v), p.rows)]
	}
	p.times = p.times[:min(len(p.times), p.rows)]
	return false, nil
}

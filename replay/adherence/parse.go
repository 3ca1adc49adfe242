package adherence

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// Parse reads a formula. Bounds are in seconds, turned into steps.
//
//	G f   always          F f   eventually     X f  at the next step    N f  at the next step, if any
//	G[0,30] f  for 30 s   F[0,90] f  within 90 s     a U[lo,hi] b  a until b
//	! & | ->              names: biceps-curl, arms/*, "any text"
//
// The name exercise means any exercise that the rule does not name itself.
func Parse(text string, stepS float64) (*Formula, error) {
	if !(stepS > 0) {
		return nil, fmt.Errorf("a step of %g s", stepS)
	}
	p := &parser{text: text, stepS: stepS}
	p.advance()
	f, err := p.implication()
	if err != nil {
		return nil, err
	}
	if p.token != "" {
		return nil, p.fail("expected the end of the rule")
	}
	return f, nil
}

type parser struct {
	text  string
	pos   int // after the token
	start int
	token string
	name  bool // the token is a name
	stepS float64
	depth int
}

func (p *parser) fail(what string) error {
	found := "the end"
	if p.token != "" {
		if found = "“" + p.token + "”"; strings.HasPrefix(p.token, `"`) {
			found = "a quotation mark without its end: " + p.token
		}
	}
	return fmt.Errorf("character %d of the rule: %s, found %s", p.start+1, what, found)
}

func nameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_/:*.", r)
}

func (p *parser) advance() {
	for p.pos < len(p.text) && unicode.IsSpace(rune(p.text[p.pos])) {
		p.pos++
	}
	p.start, p.token, p.name = p.pos, "", false
	rest := p.text[p.pos:]
	switch {
	case rest == "":
		return
	case strings.HasPrefix(rest, "->") && !strings.HasPrefix(rest, "->-"):
		p.token = "->"
	case rest[0] == '"':
		if end := strings.IndexByte(rest[1:], '"'); end >= 0 {
			p.token, p.name = rest[1:end+1], true
			p.pos += end + 2
			return
		}
		p.token = rest
	case strings.IndexFunc(rest, func(r rune) bool { return !nameRune(r) }) != 0:
		end := strings.IndexFunc(rest, func(r rune) bool { return !nameRune(r) })
		if end < 0 {
			end = len(rest)
		}
		if cut := strings.Index(rest[:end], "->"); cut > 0 {
			end = cut
		}
		p.token = rest[:end]
		p.name = !strings.Contains(" G F X N U true false ", " "+p.token+" ")
	default:
		p.token = rest[:1]
	}
	p.pos += len(p.token)
}

func (p *parser) implication() (*Formula, error) {
	left, err := p.binary(0)
	if err != nil || p.token != "->" {
		return left, err
	}
	p.advance()
	right, err := p.implication()
	if err != nil {
		return nil, err
	}
	return join(opOr, not(left), right), nil
}

// binary reads | over & over U over the unary operators.
func (p *parser) binary(level int) (*Formula, error) {
	if level == 2 {
		return p.untilChain()
	}
	sign, kind := "|", opOr
	if level == 1 {
		sign, kind = "&", opAnd
	}
	f, err := p.binary(level + 1)
	for err == nil && p.token == sign && !p.name {
		p.advance()
		var g *Formula
		if g, err = p.binary(level + 1); err == nil {
			f = join(kind, f, g)
		}
	}
	return f, err
}

func (p *parser) untilChain() (*Formula, error) {
	f, err := p.unary()
	if err != nil || p.token != "U" || p.name {
		return f, err
	}
	p.advance()
	lo, hi, err := p.bounds()
	if err != nil {
		return nil, err
	}
	g, err := p.untilChain()
	if err != nil {
		return nil, err
	}
	return until(f, g, lo, hi), nil
}

func (p *parser) unary() (*Formula, error) {
	if p.depth++; p.depth > 200 {
		return nil, p.fail("the rule is nested too deeply")
	}
	defer func() { p.depth-- }()
	token, name := p.token, p.name
	if name {
		p.advance()
		return atom(token), nil
	}
	switch token {
	case "true", "false":
		p.advance()
		return map[string]*Formula{"true": yes, "false": no}[token], nil
	case "(":
		p.advance()
		f, err := p.implication()
		if err != nil {
			return nil, err
		}
		if p.token != ")" || p.name {
			return nil, p.fail("expected )")
		}
		p.advance()
		return f, nil
	case "!", "X", "N", "G", "F":
		p.advance()
		return p.operator(token)
	}
	return nil, p.fail("expected a name, an operator or (")
}

func (p *parser) operator(token string) (*Formula, error) {
	lo, hi := 0, unbounded
	var err error
	if token == "G" || token == "F" {
		if lo, hi, err = p.bounds(); err != nil {
			return nil, err
		}
	}
	f, err := p.unary()
	if err != nil {
		return nil, err
	}
	switch token {
	case "!":
		return not(f), nil
	case "X":
		return next(f), nil
	case "N":
		return weak(f), nil
	case "G":
		return always(f, lo, hi), nil
	default:
		return eventually(f, lo, hi), nil
	}
}

// bounds reads [lo,hi] or [lo,] in seconds, if there.
func (p *parser) bounds() (lo, hi int, err error) {
	if p.token != "[" || p.name {
		return 0, unbounded, nil
	}
	end := strings.IndexByte(p.text[p.pos:], ']')
	if end < 0 {
		return 0, 0, p.fail("expected ] to close the bounds")
	}
	inside := p.text[p.pos : p.pos+end]
	p.pos += end + 1
	from, to, ok := strings.Cut(inside, ",")
	steps := func(text string) (int, error) {
		v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || v < 0 || v > 1e6 {
			return 0, fmt.Errorf("character %d of the rule: %q is no number of seconds", p.start+1, text)
		}
		return int(math.Round(v / p.stepS)), nil
	}
	if !ok {
		return 0, 0, fmt.Errorf("character %d of the rule: bounds are written [from,to] in seconds", p.start+1)
	}
	if lo, err = steps(from); err != nil {
		return 0, 0, err
	}
	hi = unbounded
	if strings.TrimSpace(to) != "" {
		if hi, err = steps(to); err != nil {
			return 0, 0, err
		}
		if hi < lo {
			return 0, 0, fmt.Errorf("character %d of the rule: the bounds [%s] end before they begin", p.start+1, inside)
		}
	}
	p.advance()
	return lo, hi, nil
}

package nn

import (
	"fmt"
	"strconv"
	"strings"
)

// Text is the layers in one line, without the input. Numbers that are the
// default are left out; ParseText reads it back.
func (s Spec) Text() string { return layersText(s.Layers) }

func layersText(layers []LayerSpec) string {
	parts := make([]string, len(layers))
	for i, l := range layers {
		parts[i] = l.Text()
	}
	return strings.Join(parts, " / ")
}

// Text is the layer in the one-line form.
func (l LayerSpec) Text() string {
	word := []string{strings.ReplaceAll(string(l.Kind), "-", " ")}
	add := func(prefix string, n int) {
		if n != 0 {
			word = append(word, prefix+strconv.Itoa(n))
		}
	}
	switch l.Kind {
	case Dense:
		word = append(word, strconv.Itoa(l.Out))
	case Conv:
		word = append(word, strconv.Itoa(l.Out))
		add("k", l.Kernel)
	case MaxPool, MeanPool:
		word = append(word, strconv.Itoa(l.Kernel))
	case Dropout:
		word = append(word, strconv.FormatFloat(l.Rate, 'g', -1, 64))
	case Residual:
		word = append(word, "(", layersText(l.Layers), ")")
	case Activate:
		word = nil
	}
	add("s", l.Stride)
	add("d", l.Dilation)
	if l.Padding != "" {
		word = append(word, string(l.Padding))
	}
	if l.Activation != "" {
		word = append(word, string(l.Activation))
	}
	return strings.Join(word, " ")
}

// ParseText reads the one-line form of layers for an input:
//
//	dense 250 relu
//	conv 32 k5 s2 d1 valid relu     kernel, stride (1), dilation (1), padding (same)
//	maxpool 2 s2 / meanpool 2       stride as wide as the pool unless given
//	global mean / global max / flatten / batchnorm / layernorm / dropout 0.2
//	relu                            also leaky, tanh, sigmoid, gelu
//	residual ( conv 32 k3 relu / conv 32 k3 ) relu
//
// separated by slashes. The last layer is dense, with softmax or without. The
// error names the layer and the word.
func ParseText(input Shape, text string) (Spec, error) {
	spaced := strings.NewReplacer("/", " / ", "(", " ( ", ")", " ) ").Replace(text)
	p := parser{words: strings.Fields(spaced)}
	layers, err := p.layers("")
	if err == nil && len(p.words) > 0 {
		err = fmt.Errorf("unexpected %q", p.words[0])
	}
	if err != nil {
		return Spec{}, fmt.Errorf("net %q: %w", text, err)
	}
	s := Spec{Input: input, Layers: layers}
	return s, s.Validate()
}

type parser struct{ words []string }

func (p *parser) peek() string {
	if len(p.words) == 0 {
		return ""
	}
	return p.words[0]
}

func (p *parser) take() string {
	w := p.peek()
	if w != "" {
		p.words = p.words[1:]
	}
	return w
}

func (p *parser) layers(path string) ([]LayerSpec, error) {
	var out []LayerSpec
	for {
		at := fmt.Sprintf("%s%d", path, len(out)+1)
		l, err := p.layer(at)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
		if p.peek() != "/" {
			return out, nil
		}
		p.take()
	}
}

func (p *parser) layer(at string) (LayerSpec, error) {
	l, err := p.head(at)
	for err == nil {
		switch w := p.peek(); w {
		case "", "/", ")":
			return l, nil
		default:
			p.take()
			if err = l.setOption(w); err != nil {
				err = fmt.Errorf("layer %s: %w", at, err)
			}
		}
	}
	return l, err
}

// head reads what names a layer and the number or layers that belong to it.
func (p *parser) head(at string) (LayerSpec, error) {
	word := p.take()
	l := LayerSpec{Kind: Kind(word)}
	var err error
	switch l.Kind {
	case Dense, Conv:
		l.Out, err = p.count()
	case MaxPool, MeanPool:
		l.Kernel, err = p.count()
	case Dropout:
		w := p.take()
		if l.Rate, err = strconv.ParseFloat(w, 64); err != nil {
			err = fmt.Errorf("%q is not a rate", w)
		}
	case BatchNorm, LayerNorm, Flatten:
	case "global":
		switch w := p.take(); w {
		case "mean", "max":
			l.Kind = Kind("global-" + w)
		default:
			err = fmt.Errorf("global %q isn't known, use global mean or global max", w)
		}
	case Residual:
		if w := p.take(); w != "(" {
			err = fmt.Errorf("residual needs its layers in parentheses, not %q", w)
			break
		}
		if l.Layers, err = p.layers(at + "."); err != nil {
			return l, err
		}
		if w := p.take(); w != ")" {
			err = fmt.Errorf("the parenthesis of residual isn't closed")
		}
	default:
		if a := Activation(word); word != "" && a.known() {
			return LayerSpec{Kind: Activate, Activation: a}, nil
		}
		err = fmt.Errorf("%q is not a layer", word)
	}
	if err != nil {
		err = fmt.Errorf("layer %s: %w", at, err)
	}
	return l, err
}

func (p *parser) count() (int, error) {
	w := p.take()
	n, err := strconv.Atoi(w)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is not a number above zero", w)
	}
	return n, nil
}

// setOption takes a word such as k5, s2, valid or relu.
func (l *LayerSpec) setOption(w string) error {
	if a := Activation(w); a.known() {
		if l.Activation != "" {
			return fmt.Errorf("%q after %q: one activation is enough", w, l.Activation)
		}
		l.Activation = a
		return nil
	}
	if p := Padding(w); p == Same || p == Valid {
		l.Padding = p
		return nil
	}
	field := map[byte]*int{'k': &l.Kernel, 's': &l.Stride, 'd': &l.Dilation}[w[0]]
	n, err := strconv.Atoi(w[1:])
	if field == nil || err != nil || n < 1 {
		return fmt.Errorf("%q isn't understood", w)
	}
	*field = n
	return nil
}

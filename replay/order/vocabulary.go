package order

// Vocabulary numbers the exercises as they become known. Numbers never change,
// so a distribution made earlier stays readable when the vocabulary has grown.
type Vocabulary struct {
	names []string
	index map[string]int
}

// NewVocabulary holds the given names in their order; repeats count once.
func NewVocabulary(names ...string) *Vocabulary {
	v := &Vocabulary{index: map[string]int{}}
	for _, n := range names {
		v.Add(n)
	}
	return v
}

// Add returns a name's number, a new one when it is not known yet.
func (v *Vocabulary) Add(name string) int {
	if i, ok := v.index[name]; ok {
		return i
	}
	i := len(v.names)
	v.names = append(v.names, name)
	v.index[name] = i
	return i
}

// Index is a name's number; -1 when unknown.
func (v *Vocabulary) Index(name string) int {
	if i, ok := v.index[name]; ok {
		return i
	}
	return -1
}

// Name is the name of a number.
func (v *Vocabulary) Name(i int) string { return v.names[i] }

// Names are all names, by number. The slice must not be changed.
func (v *Vocabulary) Names() []string { return v.names }

// Len is how many names are known.
func (v *Vocabulary) Len() int { return len(v.names) }

// Clone is an independent copy.
func (v *Vocabulary) Clone() *Vocabulary { return NewVocabulary(v.names...) }

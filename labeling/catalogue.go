package labeling

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/BurntSushi/toml"

	"onset/assets"
)

// Exercise is an entry of the catalogue.
type Exercise struct {
	ID        string   `toml:"id"`   // type:group/exercise
	Name      string   `toml:"name"` // as shown
	Muscles   []string `toml:"muscles"`
	Equipment []string `toml:"equipment"` // none when empty
	Where     []string `toml:"where"`     // "gym", "hospital", "home"
	Aliases   []string `toml:"aliases"`   // what files call it
}

// Type, Group and Short are the parts of the id: "strength", "arms" and
// "biceps-curl".
func (e Exercise) Type() string {
	kind, _, _ := strings.Cut(e.ID, ":")
	return kind
}

// Group is the part of the body or the occasion.
func (e Exercise) Group() string {
	_, rest, _ := strings.Cut(e.ID, ":")
	group, _, _ := strings.Cut(rest, "/")
	return group
}

// Short is the exercise's own part of the id.
func (e Exercise) Short() string { return Short(e.ID) }

// Short is what follows the last slash of an id, or all of a name without one.
func Short(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

// Catalogue knows exercises by id and by what files call them.
type Catalogue struct {
	exercises []Exercise
	byID      map[string]int
	byName    map[string][]int // normalised "group/name" and "name"
}

// DefaultCatalogue is the one that comes with the program.
var DefaultCatalogue = sync.OnceValue(func() *Catalogue {
	c, err := ParseCatalogue(assets.Catalogue)
	if err != nil {
		panic("the embedded catalogue is wrong: " + err.Error()) // a test reads it
	}
	return c
})

var idShape = regexp.MustCompile(`^[a-z]+:[a-z-]+/[a-z0-9-]+$`)

// ParseCatalogue reads a catalogue in TOML. It refuses ids of another shape
// than type:group/exercise, ids that come twice, and aliases that two exercises
// claim.
func ParseCatalogue(text []byte) (*Catalogue, error) {
	var file struct {
		Exercise []Exercise `toml:"exercise"`
	}
	meta, err := toml.Decode(string(text), &file)
	if err != nil {
		return nil, fmt.Errorf("reading the catalogue: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("reading the catalogue: unknown key %q", unknown[0].String())
	}
	c := &Catalogue{byID: map[string]int{}, byName: map[string][]int{}}
	for _, e := range file.Exercise {
		if err := c.add(e); err != nil {
			return nil, fmt.Errorf("reading the catalogue: %s: %w", e.ID, err)
		}
	}
	return c, nil
}

func (c *Catalogue) add(e Exercise) error {
	if !idShape.MatchString(e.ID) {
		return errors.New("the id is not type:group/exercise")
	}
	if e.Name == "" {
		return errors.New("the exercise has no name")
	}
	if _, twice := c.byID[e.ID]; twice {
		return errors.New("the id comes twice")
	}
	i := len(c.exercises)
	c.exercises = append(c.exercises, e)
	c.byID[e.ID] = i
	short := normal(e.Short())
	c.know(normal(e.Group())+"/"+short, i)
	c.know(short, i)
	for _, alias := range e.Aliases {
		alias = normal(alias)
		if others := c.byName[alias]; len(others) > 0 && others[0] != i {
			return fmt.Errorf("the alias %q belongs to %s", alias, c.exercises[others[0]].ID)
		}
		c.know(alias, i)
		c.know(alias[strings.LastIndexByte(alias, '/')+1:], i)
	}
	return nil
}

func (c *Catalogue) know(name string, i int) {
	if !slices.Contains(c.byName[name], i) {
		c.byName[name] = append(c.byName[name], i)
	}
}

// Exercises lists the catalogue in its own order.
func (c *Catalogue) Exercises() []Exercise { return slices.Clone(c.exercises) }

// ByID is the entry of an id.
func (c *Catalogue) ByID(id string) (Exercise, bool) {
	i, ok := c.byID[id]
	if !ok {
		return Exercise{}, false
	}
	return c.exercises[i], true
}

// Resolve finds the id of an exercise as a file names it, with its group where
// the file gives one. known is false, and id empty, when the catalogue does not
// know the name or the name could mean several exercises: it must then be kept
// as it is.
func (c *Catalogue) Resolve(name, group string) (id string, known bool) {
	if _, ok := c.byID[strings.TrimSpace(name)]; ok {
		return strings.TrimSpace(name), true
	}
	name, group = normal(name), normal(group)
	if name == "" {
		return "", false
	}
	keys := []string{name}
	if group != "" {
		keys = []string{group + "/" + name, name}
	}
	for _, key := range keys {
		if found := c.byName[key]; len(found) == 1 {
			return c.exercises[found[0]].ID, true
		}
	}
	return "", false
}

// Search lists exercises whose name, id, muscles or aliases hold every word of
// text; the better matches, whose name begins so, come first.
func (c *Catalogue) Search(text string) []Exercise {
	words := strings.Fields(strings.ToLower(text))
	var first, rest []Exercise
	for _, e := range c.exercises {
		all := strings.ToLower(strings.Join(append(append([]string{e.Name, e.ID}, e.Muscles...), e.Aliases...), " "))
		hit := true
		for _, w := range words {
			hit = hit && strings.Contains(all, w)
		}
		switch {
		case !hit:
		case len(words) > 0 && strings.HasPrefix(strings.ToLower(e.Name), words[0]):
			first = append(first, e)
		default:
			rest = append(rest, e)
		}
	}
	return append(first, rest...)
}

// normal is a name as names are compared: lower case, words joined by single
// hyphens, a slash kept.
func normal(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(strings.TrimSpace(name)) {
		switch {
		case r == '/':
			b.WriteRune(r)
			gap = false
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		default:
			gap = b.Len() > 0 && !strings.HasSuffix(b.String(), "/")
		}
	}
	return b.String()
}

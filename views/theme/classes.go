package theme

import (
	"hash/fnv"
	"image/color"
)

// classColors is the set of Okabe and Ito ("Color Universal Design", 2008),
// which people with the common kinds of colour blindness can tell apart; green,
// blue and vermilion are lightened so that they stand on a dark ground as well,
// and black gives way to grey.
var classColors = []color.NRGBA{
	rgb(0xe69f00), // orange
	rgb(0x56b4e9), // sky blue
	rgb(0x2bb58a), // bluish green
	rgb(0xf0e442), // yellow
	rgb(0x5a8dee), // blue
	rgb(0xe8703a), // vermilion
	rgb(0xcc79a7), // reddish purple
	rgb(0x9aa4b2), // grey
}

// ClassColor is the colour of the i-th class. The eight colours come again in a
// lighter and then a pale tone; a screen never tells classes apart by colour
// alone.
func ClassColor(i int) color.NRGBA {
	i = max(i, 0)
	c := classColors[i%len(classColors)]
	switch i / len(classColors) % 3 {
	case 1:
		return Blend(c, rgb(0xffffff), 0.4)
	case 2:
		return Blend(c, rgb(0xffffff), 0.7)
	}
	return c
}

// Classes gives every exercise of a study its colour.
type Classes struct{ index map[string]int }

// NewClasses colours ids in the order given: the study's own list of exercises
// first, then any others.
func NewClasses(ids []string) *Classes {
	c := &Classes{index: make(map[string]int, len(ids))}
	for _, id := range ids {
		if _, ok := c.index[id]; !ok {
			c.index[id] = len(c.index)
		}
	}
	return c
}

// Color is the colour of a class. An id that is not in the list has one too,
// the same in every run of the program.
func (c *Classes) Color(id string) color.NRGBA {
	if c != nil {
		if i, ok := c.index[id]; ok {
			return ClassColor(i)
		}
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return ClassColor(int(h.Sum32() % uint32(3*len(classColors))))
}

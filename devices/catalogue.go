package devices

import (
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"onset/assets"
)

// titles are the catalogue's names by id.
var titles = sync.OnceValue(func() map[string]string {
	var c struct {
		Exercise []struct{ ID, Name string } `toml:"exercise"`
	}
	out := map[string]string{}
	if err := toml.Unmarshal(assets.Catalogue, &c); err != nil {
		return out // the embedded file is tested where it is used most
	}
	for _, e := range c.Exercise {
		out[e.ID] = e.Name
	}
	return out
})

// catalogued is a class as the catalogue has it.
func catalogued(class string) CatalogueEntry {
	if title, ok := titles()[class]; ok {
		return CatalogueEntry{ID: class, Title: title}
	}
	return CatalogueEntry{Title: strings.ReplaceAll(class[strings.LastIndexByte(class, '/')+1:], "-", " ")}
}

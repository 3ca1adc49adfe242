package words

import (
	"embed"

	"fyne.io/fyne/v2/lang"
)

// translations hold what plain sentences can't: plural forms.
//
//go:embed translations
var translations embed.FS

// LoadPlurals makes lang.N know the forms of every message with a number in it.
// Until it is called, one thing is written like many. It is called once, before
// anything is shown.
func LoadPlurals() error { return lang.AddTranslationsFS(translations, "translations") }

package words

import "fyne.io/fyne/v2/lang"

// ReadOnly says why nothing in the study can be changed.
func ReadOnly() string {
	return lang.L("The study is open read-only: nothing in it can be changed. Copy the file to a place of your own to change it.")
}

package label

import (
	"os"
	"testing"

	"onset/views/words"
)

// TestMain has the room say one and many as the program does.
func TestMain(m *testing.M) {
	if err := words.LoadPlurals(); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

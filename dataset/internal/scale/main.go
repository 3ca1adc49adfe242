// Command scale makes a large study and measures how it is used: opening it,
// seeing the first picture, zooming anywhere, and the memory that takes. The
// study is simulated noise and movement; only its size matters.
//
//	go run ./dataset/internal/scale -study big.onset           makes it
//	go run ./dataset/internal/scale -study big.onset -measure  measures it, as Markdown
//
// Making and measuring are two runs, so that what one keeps in memory does not
// help the other.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
)

func main() {
	path := flag.String("study", "", "the study file")
	small := flag.Int("sessions", 1000, "how many short sessions the study gets")
	day := flag.Int("day", 24*3600*100, "samples of the recording of 6 channels")
	long := flag.Int("long", 50_000_000, "samples of the recording of 3 channels")
	measuring := flag.Bool("measure", false, "measure a study that was made before")
	flag.Parse()
	ctx := context.Background()
	err := func() error {
		if *path == "" {
			return fmt.Errorf("-study names no file")
		}
		if *measuring {
			return measure(ctx, *path, os.Stdout)
		}
		return generate(ctx, *path, *small, *day, *long)
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

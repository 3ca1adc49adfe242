package training

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

// inParallel runs task 0..n-1, at most width at once, and gives the first error;
// the others are cancelled then. A panic in a task is an error.
func inParallel(ctx context.Context, n, width int, task func(ctx context.Context, k int) error) error {
	if width <= 0 {
		width = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	var once sync.Once
	var firstErr error
	next := make(chan int)
	for range min(width, n) {
		wg.Go(func() {
			for k := range next {
				if err := guarded(ctx, k, task); err != nil {
					once.Do(func() { firstErr = err; cancel() })
				}
			}
		})
	}
	for k := range n {
		select {
		case next <- k:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
	}
	close(next)
	wg.Wait()
	if firstErr != nil {
		return firstErr
	}
	return ctx.Err()
}

func guarded(ctx context.Context, k int, task func(context.Context, int) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("part %d failed: %v\n%s", k+1, r, debug.Stack())
		}
	}()
	if err := ctx.Err(); err != nil {
		return err
	}
	return task(ctx, k)
}

// Package task is the one way that screens do slow work: in a goroutine with a
// context, with panics caught, with outdated results dropped, and with the
// outcome applied on the interface's goroutine by exactly one call.
package task

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"fyne.io/fyne/v2"
)

// Runner knows how to leave the interface's goroutine and how to come back.
type Runner struct {
	Start func(func()) // runs its argument elsewhere
	Apply func(func()) // runs its argument on the interface's goroutine
}

// Background is the runner of the program: a goroutine there, fyne.Do back.
func Background() Runner {
	return Runner{Start: func(f func()) { go f() }, Apply: fyne.Do}
}

// Inline runs everything at once where it stands; tests use it.
func Inline() Runner {
	return Runner{Start: func(f func()) { f() }, Apply: func(f func()) { f() }}
}

// Lane runs pieces of work of which only the newest counts: starting one cancels
// the one before and drops its outcome. Use a Lane per thing that is shown.
type Lane struct {
	runner Runner

	mu         sync.Mutex
	generation int
	cancel     context.CancelFunc
}

// NewLane returns a lane on r.
func NewLane(r Runner) *Lane { return &Lane{runner: r} }

// Cancel stops the running piece, if any, and drops its outcome.
func (l *Lane) Cancel() { l.next(nil) }

func (l *Lane) next(cancel context.CancelFunc) (generation int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cancel != nil {
		l.cancel()
	}
	l.cancel = cancel
	l.generation++
	return l.generation
}

func (l *Lane) current(generation int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.generation == generation
}

// Run does work off the interface's goroutine and then calls apply on it, unless
// the lane was cancelled or given newer work meanwhile. Call it on the
// interface's goroutine.
func Run[T any](l *Lane, work func(context.Context) (T, error), apply func(T, error)) {
	ctx, cancel := context.WithCancel(context.Background())
	generation := l.next(cancel)
	l.runner.Start(func() {
		defer cancel()
		value, err := guard(ctx, work)
		if !l.current(generation) {
			return
		}
		l.runner.Apply(func() {
			if l.current(generation) {
				apply(value, err)
			}
		})
	})
}

// Do is Run for work that must not be dropped and has no value, such as a
// deletion: it is not cancelled by later work.
func Do(r Runner, work func(context.Context) error, apply func(error)) {
	r.Start(func() {
		_, err := guard(context.Background(), func(ctx context.Context) (struct{}, error) { return struct{}{}, work(ctx) })
		r.Apply(func() { apply(err) })
	})
}

func guard[T any](ctx context.Context, work func(context.Context) (T, error)) (value T, err error) {
	defer func() {
		if r := recover(); r != nil {
			slog.Error("background work panicked", "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("unexpected failure: %v", r)
		}
	}()
	return work(ctx)
}

// Coalescer brings the newest of many values to the interface's goroutine with
// at most one call waiting there, so that a fast producer cannot flood it.
type Coalescer[T any] struct {
	runner Runner
	apply  func(T)

	mu      sync.Mutex
	value   T
	waiting bool
}

// NewCoalescer returns a coalescer that hands values to apply.
func NewCoalescer[T any](r Runner, apply func(T)) *Coalescer[T] {
	return &Coalescer[T]{runner: r, apply: apply}
}

// Put replaces the value that is to be applied. Call it from any goroutine.
func (c *Coalescer[T]) Put(v T) {
	c.mu.Lock()
	c.value = v
	post := !c.waiting
	c.waiting = true
	c.mu.Unlock()
	if post {
		c.runner.Apply(c.take)
	}
}

func (c *Coalescer[T]) take() {
	c.mu.Lock()
	v := c.value
	c.waiting = false
	c.mu.Unlock()
	c.apply(v)
}

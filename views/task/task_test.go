package task

import (
	"context"
	"errors"
	"testing"
)

// queue is a runner whose work and applications happen when the test says so.
type queue struct{ work, apply []func() }

func (q *queue) runner() Runner {
	return Runner{
		Start: func(f func()) { q.work = append(q.work, f) },
		Apply: func(f func()) { q.apply = append(q.apply, f) },
	}
}

func run(list *[]func()) {
	todo := *list
	*list = nil
	for _, f := range todo {
		f()
	}
}

func TestOnlyTheNewestOutcomeIsApplied(t *testing.T) {
	q := &queue{}
	l := NewLane(q.runner())
	var got []string
	for _, s := range []string{"first", "second"} {
		Run(l, func(context.Context) (string, error) { return s, nil }, func(v string, err error) { got = append(got, v) })
	}
	run(&q.work)
	run(&q.apply)
	if len(got) != 1 || got[0] != "second" {
		t.Fatalf("applied %v, want the second alone", got)
	}
}

func TestAnOutcomeOutdatedWhileItWaitsIsDropped(t *testing.T) {
	q := &queue{}
	l := NewLane(q.runner())
	applied := false
	Run(l, func(context.Context) (int, error) { return 1, nil }, func(int, error) { applied = true })
	run(&q.work)
	l.Cancel()
	run(&q.apply)
	if applied {
		t.Fatal("an outcome was applied after the lane was cancelled")
	}
}

func TestStartingCancelsTheContextOfTheOlderWork(t *testing.T) {
	q := &queue{}
	l := NewLane(q.runner())
	var old context.Context
	Run(l, func(ctx context.Context) (int, error) { old = ctx; return 0, nil }, func(int, error) {})
	first := q.work[0]
	Run(l, func(context.Context) (int, error) { return 0, nil }, func(int, error) {})
	first()
	if !errors.Is(old.Err(), context.Canceled) {
		t.Fatalf("older work's context: %v", old.Err())
	}
}

func TestAPanicBecomesAnError(t *testing.T) {
	var got error
	Run(NewLane(Inline()), func(context.Context) (int, error) { panic("boom") }, func(_ int, err error) { got = err })
	if got == nil {
		t.Fatal("no error from work that panicked")
	}
}

func TestCoalescerAppliesTheNewestOnce(t *testing.T) {
	q := &queue{}
	var got []int
	c := NewCoalescer(q.runner(), func(v int) { got = append(got, v) })
	for i := range 100 {
		c.Put(i)
	}
	if len(q.apply) != 1 {
		t.Fatalf("%d calls wait for the interface, want 1", len(q.apply))
	}
	run(&q.apply)
	c.Put(100)
	run(&q.apply)
	if len(got) != 2 || got[0] != 99 || got[1] != 100 {
		t.Fatalf("applied %v, want [99 100]", got)
	}
}

package app

import (
	"slices"
	"sync"
)

// Signal tells subscribers that something happened. The zero value is ready.
type Signal[T any] struct {
	mu   sync.Mutex
	subs []*subscriber[T]
}

type subscriber[T any] struct{ call func(T) }

// Subscribe calls f for every later Emit, in the order of subscription, on the
// emitter's goroutine. The returned function ends it and may be called twice.
func (s *Signal[T]) Subscribe(f func(T)) (unsubscribe func()) {
	one := &subscriber[T]{call: f}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subs = append(s.subs, one)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.subs = slices.DeleteFunc(slices.Clone(s.subs), func(o *subscriber[T]) bool { return o == one })
	}
}

// Emit calls every subscriber. A subscriber may subscribe or unsubscribe.
func (s *Signal[T]) Emit(v T) {
	s.mu.Lock()
	subs := s.subs[:len(s.subs):len(s.subs)]
	s.mu.Unlock()
	for _, one := range subs {
		one.call(v)
	}
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// maxBatch is how many changes share one commit.
const maxBatch = 64

// job is one change that waits for its turn.
type job struct {
	ctx    context.Context
	change func(context.Context, *sql.Tx) error
	done   chan error
}

// update makes a change whole or not at all; it is on disk when update returns.
// Changes that arrive together share one commit, each undone by itself when it
// fails.
func (s *Store) update(ctx context.Context, change func(context.Context, *sql.Tx) error) error {
	j := &job{ctx: ctx, change: change, done: make(chan error, 1)}
	select {
	case s.jobs <- j:
	case <-s.done:
		return errors.New("the store is closed")
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-j.done // the loop answers every job it took
}

func (s *Store) writeLoop() {
	defer s.wg.Done()
	for {
		select {
		case j := <-s.jobs:
			s.commit(s.gather(j))
		case <-s.done:
			for {
				select {
				case j := <-s.jobs:
					j.done <- errors.New("the store is closed")
				default:
					return
				}
			}
		}
	}
}

func (s *Store) gather(first *job) []*job {
	batch := []*job{first}
	for len(batch) < maxBatch {
		select {
		case j := <-s.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

func (s *Store) commit(batch []*job) {
	results := make([]error, len(batch))
	// Not under any caller's context: one that goes away must not undo the others.
	err := s.transact(context.Background(), batch, results)
	for i, j := range batch {
		if err != nil && results[i] == nil {
			results[i] = err
		}
		j.done <- results[i]
	}
}

func (s *Store) transact(ctx context.Context, batch []*job, results []error) (err error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return wrapSQL(err)
	}
	defer func() { _ = tx.Rollback() }()
	for i, j := range batch {
		if results[i] = j.ctx.Err(); results[i] != nil {
			continue
		}
		if _, err := tx.ExecContext(ctx, "SAVEPOINT one"); err != nil {
			return wrapSQL(err)
		}
		end := "RELEASE one"
		if results[i] = wrapSQL(j.change(ctx, tx)); results[i] != nil {
			end = "ROLLBACK TO one; RELEASE one"
		}
		if _, err := tx.ExecContext(ctx, end); err != nil {
			return fmt.Errorf("writing to the store: %w", wrapSQL(err))
		}
	}
	return wrapSQL(tx.Commit())
}

// Exclusive runs f while nobody else, in this process or another, changes the
// store. f must not change it either.
func (s *Store) Exclusive(ctx context.Context, f func(context.Context) error) error {
	return s.update(ctx, func(_ context.Context, _ *sql.Tx) error { return f(ctx) })
}

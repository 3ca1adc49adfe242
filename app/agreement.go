package app

import (
	"context"

	"onset/dataset"
	"onset/labeling/agreement"
	"onset/labeling/board"
)

// Agreement compares two label sets of the open study on the sessions that both
// have labelled, which may be none.
func (w *Workbench) Agreement(ctx context.Context, first, second string) (*agreement.Report, error) {
	if _, blind := w.ownSet(); blind {
		return nil, blindProblem("The agreement with other raters is not shown during a blind pass")
	}
	return read(w, func(s *dataset.Study) (*agreement.Report, error) {
		c, err := agreement.Collect(ctx, s, first, second)
		if err != nil {
			return nil, err
		}
		return agreement.Compare(first, second, c.Sessions), nil
	})
}

// Board says how far the labelling is. The label set of its own that a choice falls
// back to is the rater's; one in a blind pass sees that alone.
func (w *Workbench) Board(ctx context.Context, c board.Choice) (board.Board, error) {
	p := w.Preferences()
	c.Own, c.Blind = p.Rater, p.Blind
	return read(w, func(s *dataset.Study) (board.Board, error) { return board.Read(ctx, s, c) })
}

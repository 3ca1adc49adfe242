package codec

// aheadBatches is how many batches of rows exist at once: one being parsed, one
// being stored and one waiting.
const aheadBatches = 3

// rowBatch is some rows, parsed.
type rowBatch struct {
	rows   int
	values [][]float64
	times  []int64    // nanoseconds, or sample numbers
	texts  [][]string // by text column
}

// rowAhead parses rows while others are being stored.
type rowAhead struct {
	full, free chan *rowBatch
	quit       chan struct{}
	err        error // why there are no more batches
	fault      any   // a panic while parsing, for the goroutine that waits
}

// readAhead starts to parse; p is the new goroutine's own until stop.
func readAhead(p *rowReader) *rowAhead {
	a := &rowAhead{full: make(chan *rowBatch, aheadBatches), free: make(chan *rowBatch, aheadBatches), quit: make(chan struct{})}
	a.free <- p.rowBatch
	for range aheadBatches - 1 {
		a.free <- &rowBatch{values: make([][]float64, len(p.values)), texts: make([][]string, len(p.texts))}
	}
	go a.run(p)
	return a
}

func (a *rowAhead) run(p *rowReader) {
	defer func() {
		a.fault = recover()
		close(a.full)
	}()
	for {
		select {
		case <-a.quit:
			return
		case p.rowBatch = <-a.free:
		}
		if a.err = p.batch(); a.err != nil {
			return
		}
		a.full <- p.rowBatch
	}
}

// next gives the next batch, to be given back, or the error that ended them.
func (a *rowAhead) next() (*rowBatch, error) {
	b, ok := <-a.full
	if ok {
		return b, nil
	}
	if a.fault != nil {
		panic(a.fault)
	}
	return nil, a.err
}

func (a *rowAhead) giveBack(b *rowBatch) { a.free <- b }

// stop ends the parsing and waits for it.
func (a *rowAhead) stop() {
	close(a.quit)
	for range a.full {
	}
}

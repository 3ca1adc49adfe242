package training

import "sync"

// Phases of a training.
const (
	PhaseReading = "reading" // windows
	PhaseFolds   = "folds"   // judging on those held out
	PhaseFinal   = "final"   // the model for use, on everybody
	PhaseSaving  = "saving"
)

// Progress is where a training stands. Losses and accuracies are those of the
// epoch that has just ended; the validation figures are NaN without a
// validation part.
type Progress struct {
	Phase         string
	Fold, Folds   int // from 1
	Epoch, Epochs int // from 1
	TrainLoss     float64
	ValidLoss     float64
	TrainAccuracy float64
	ValidAccuracy float64
	Done          float64 // 0..1 of the whole
}

// reporter turns the progress of folds that run side by side into one, and
// calls observe one at a time.
type reporter struct {
	mu      sync.Mutex
	observe func(Progress)
	done    []float64 // of each fold; the last is the final model
}

func newReporter(observe func(Progress), folds int) *reporter {
	return &reporter{observe: observe, done: make([]float64, folds+1)}
}

// Shares of the whole that reading and saving are taken for.
const (
	readingShare = 0.05
	savingShare  = 0.01
)

// epoch tells of an epoch of a fold; p.Done is the share of that fold.
func (r *reporter) epoch(fold int, p Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done[fold] = max(r.done[fold], p.Done)
	r.send(fold, p)
}

func (r *reporter) finished(fold int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done[fold] = 1
	r.send(fold, Progress{})
}

func (r *reporter) send(fold int, p Progress) {
	sum := 0.0
	for _, d := range r.done {
		sum += d
	}
	p.Phase, p.Fold, p.Folds = PhaseFolds, fold+1, len(r.done)-1
	if fold == len(r.done)-1 {
		p.Phase, p.Fold = PhaseFinal, 0
	}
	p.Done = readingShare + (1-readingShare-savingShare)*sum/float64(len(r.done))
	r.observe(p)
}

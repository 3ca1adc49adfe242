package dose

import "slices"

// rule is one way to propose a value.
type rule int

const (
	sameLast    rule = iota // the same set of the last workout
	sameBefore              // ... of the workout before
	sameEarlier             // ... of the one before that
	stepAdded               // the last set plus last workout's step
	stepTimes               // the last set times last workout's step
	fromFirst               // the first set plus last workout's way from its first
	trend                   // last workout's change once more
	samePrefix              // the workout that began with the same values
	followed                // what came after this value in an earlier workout
	beyondEnd               // last workout's final value
	firstLast               // last workout's first value
	mostLast                // ... largest
	leastLast               // ... smallest
	repeat                  // the set before
	line                    // the step between the last two sets once more
	ratio                   // ... as a factor
	cycle                   // what came after this value earlier today
	previous                // the set before, whatever its exercise
	previousTwo             // the set before that
	partner                 // the other exercise's set of the same number
	partnerStep             // the last set plus the other exercise's step
	usual                   // the person's most frequent value
)

type candidate struct {
	rule  rule
	value float64
}

// view is what the rules look at for one quantity of one coming set.
type view struct {
	quantity Quantity
	workouts [][]reading // earlier workouts of the exercise, oldest first
	today    []reading   // this session's sets of the exercise
	before   []reading   // this session's sets of any exercise
	partner  []reading   // this session's sets of the exercise done last beside this one
	usual    map[float64]int
}

// recalled is how many earlier workouts the rules look at.
const recalled = 4

func (p *Predictor) view(exercise string, q Quantity) view {
	v := view{quantity: q, usual: p.now.usual[q]}
	earlier := p.now.workouts[workoutKey{p.kind, exercise}]
	if len(earlier) == 0 {
		earlier = p.now.workouts[workoutKey{anyKind, exercise}]
	}
	for _, w := range earlier {
		if len(w[q]) > 0 {
			v.workouts = append(v.workouts, w[q])
		}
	}
	v.workouts = v.workouts[max(0, len(v.workouts)-recalled):]
	other := map[string][]reading{}
	var order []string
	for _, d := range p.session {
		x, ok := d.dose.Get(q)
		if !ok {
			continue
		}
		v.before = append(v.before, x)
		if d.exercise == exercise {
			v.today = append(v.today, x)
			continue
		}
		if other[d.exercise] == nil {
			order = append(order, d.exercise)
		}
		other[d.exercise] = append(other[d.exercise], x)
	}
	for _, e := range slices.Backward(order) {
		if len(other[e]) > len(v.today) {
			v.partner = other[e]
			break
		}
	}
	return v
}

func (v view) at(r rule) situation {
	return situation{v.quantity, min(len(v.workouts), 2), min(len(v.today), 2), r}
}

// candidates are what each rule that applies proposes.
func (v view) candidates() []candidate {
	var out []candidate
	add := func(r rule, x float64) { out = append(out, candidate{r, x}) }
	v.fromWorkouts(add)
	v.fromToday(add)
	i := len(v.today)
	if n := len(v.before); n > 0 {
		add(previous, v.before[n-1])
		if n > 1 {
			add(previousTwo, v.before[n-2])
		}
	}
	if v.partner != nil {
		add(partner, v.partner[i])
		if i > 0 {
			add(partnerStep, v.today[i-1]+v.partner[i]-v.partner[i-1])
		}
	}
	most := 0
	for _, x := range sortedKeys(v.usual) {
		most = max(most, v.usual[x])
	}
	for _, x := range sortedKeys(v.usual) {
		if v.usual[x] == most {
			add(usual, x)
			break
		}
	}
	return out
}

func (v view) fromWorkouts(add func(rule, float64)) {
	n, i := len(v.workouts), len(v.today)
	if n == 0 {
		return
	}
	last := v.workouts[n-1]
	for k, r := range []rule{sameLast, sameBefore, sameEarlier} {
		if k < n && i < len(v.workouts[n-1-k]) {
			add(r, v.workouts[n-1-k][i])
		}
	}
	if n > 1 && i < len(last) && i < len(v.workouts[n-2]) {
		add(trend, 2*last[i]-v.workouts[n-2][i])
	}
	if i == 0 {
		add(firstLast, last[0])
		add(mostLast, slices.Max(last))
		add(leastLast, slices.Min(last))
	}
	if i >= len(last) {
		add(beyondEnd, last[len(last)-1])
	}
	if i > 0 && i < len(last) {
		add(stepAdded, v.today[i-1]+last[i]-last[i-1])
		add(fromFirst, v.today[0]+last[i]-last[0])
		if last[i-1] != 0 {
			add(stepTimes, v.today[i-1]*last[i]/last[i-1])
		}
	}
	for _, w := range slices.Backward(v.workouts) {
		if i < len(w) && slices.Equal(w[:i], v.today) {
			add(samePrefix, w[i])
			break
		}
	}
	v.followedBefore(add)
}

func (v view) followedBefore(add func(rule, float64)) {
	if len(v.today) == 0 {
		return
	}
	now := v.today[len(v.today)-1]
	for _, w := range slices.Backward(v.workouts) {
		for j := len(w) - 2; j >= 0; j-- {
			if w[j] == now {
				add(followed, w[j+1])
				return
			}
		}
	}
}

func (v view) fromToday(add func(rule, float64)) {
	i := len(v.today)
	if i == 0 {
		return
	}
	now := v.today[i-1]
	add(repeat, now)
	if i < 2 {
		return
	}
	add(line, 2*now-v.today[i-2])
	if v.today[i-2] != 0 {
		add(ratio, now*now/v.today[i-2])
	}
	for j := i - 2; j >= 0; j-- {
		if v.today[j] == now {
			add(cycle, v.today[j+1])
			return
		}
	}
}

// Package order predicts which exercise a person does next from what was done
// before, in order: within the session, by this person, by the person's group,
// by everyone.
//
// Five experts look at the history in different ways: the exercises of this
// session; the same across the border of sessions; how often the current
// exercise has been done; how far back the next one was last done, whatever its
// name; and earlier sessions that began like this one. The first four are
// variable-order chains with interpolated Witten-Bell smoothing (Witten and
// Bell, IEEE Trans. Inf. Theory 37:1085, 1991) that forget; their mixture
// follows whichever has lately been right (Herbster and Warmuth, Machine
// Learning 32:151, 1998). End of session is a symbol like any other.
package order

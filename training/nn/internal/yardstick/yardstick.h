#ifndef ONSET_YARDSTICK_H
#define ONSET_YARDSTICK_H
#include <stdint.h>

// Runs rounds of independent multiply-adds; gives the floating-point
// operations of a round, 0 where this machine has no such loop.
double yardstick_spin(int64_t rounds, float *out);

// A dense layer as anyone would write it.
void yardstick_dense(const float *w, const float *b, int64_t out, int64_t in, const float *x, float *y, int relu);
#endif

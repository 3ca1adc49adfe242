// What kernel.c offers to Go. Every bound is checked by the caller.
#ifndef ONSET_KERNEL_H
#define ONSET_KERNEL_H

#include <stdint.h>

// One bit per instruction set that this machine runs, and its number.
enum { ISA_GENERIC, ISA_AVX2, ISA_AVX512, ISA_NEON, ISA_COUNT };
int onset_isas(void);

// What a call needs: the instruction set, and whether products may be fused
// into sums. Without fusing, every instruction set gives the same bits.
typedef struct { int isa, fused; } onset_how;

// Floats of scratch that onset_sgemm needs.
enum { ONSET_WORK = 256 * 64 + 16 * 64 };

// Row-major C = alpha * op(A) * op(B) + (accumulate ? C : 0).
void onset_sgemm(onset_how how, int trans_a, int trans_b, int64_t m, int64_t n, int64_t k, float alpha,
	const float *a, int64_t lda, const float *b, int64_t ldb, int accumulate, float *c, int64_t ldc, float *work);

// y = A x + (accumulate ? y : 0), A row-major m by n; always fused.
void onset_sgemv(int isa, int64_t m, int64_t n, const float *a, int64_t lda, const float *x, int accumulate, float *y);

enum { ACT_IDENTITY, ACT_RELU, ACT_LEAKY, ACT_TANH, ACT_SIGMOID, ACT_GELU };

// y[r][:] = act(y[r][:] + bias[r]); without bias when it is NULL.
void onset_bias_act(int isa, int act, float *y, const float *bias, int64_t rows, int64_t width);

// dy *= act'(kept), db[r] = sum of dy[r][:] unless db is NULL. kept is the
// activation's output, for ACT_GELU its input.
void onset_unact_sum(int isa, int act, float *dy, const float *kept, float *db, int64_t rows, int64_t width);

void onset_drop(int isa, float *dst, const float *src, int64_t n, uint32_t threshold, float scale, uint32_t key);
void onset_add(int isa, float *dst, const float *src, int64_t n);
// mean[r] = mean of x[r][:], summed from the first to the last; and the way
// back: x[r][:] = mean[r].
void onset_row_means(float *mean, const float *x, int64_t rows, int64_t width);
void onset_spread(float *x, const float *mean, int64_t rows, int64_t width);

// A convolution's geometry, and what each of its outputs sees: row [channel][tap],
// column [example][output sample], for examples first to last of a batch.
typedef struct {
	int64_t channels, kernel, stride, dilation, left, samples, results, batch, first, last;
} onset_unrolling;
void onset_unroll(float *col, const float *x, const onset_unrolling *u);
void onset_roll(int isa, float *dx, const float *col, const onset_unrolling *u); // adds

void onset_exp(int isa, double *x, int64_t n);
void onset_transpose(float *dst, const float *src, int64_t rows, int64_t cols);

typedef struct { float beta1, beta2, rest1, rest2, rate, root, epsilon, penalty, shrink, scale; } onset_adam_step;
void onset_adam(int isa, float *w, const float *g, float *m, float *v, int64_t n, const onset_adam_step *step);

typedef struct { float rate, momentum, penalty, scale; int nesterov; } onset_sgd_step;
void onset_sgd(int isa, float *w, const float *g, float *m, int64_t n, const onset_sgd_step *step);

#endif

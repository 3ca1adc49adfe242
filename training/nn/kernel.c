// Matrix products and elementwise work for nets, once per instruction set.
//
// The file includes itself: the second half, from "#else" on, is compiled for
// every instruction set with its vector type V of W floats. Sums keep one order
// everywhere: a product adds its terms one after the other, a row is summed in
// 16 interleaved parts. So instruction sets differ only where FMA fuses, and
// the unfused variants give the same bits on every machine, the same as Go's.
//
// Loads and stores are unaligned; the only memory used beside the arguments is
// the caller's scratch.
#ifndef ISA

#include "kernel.h"
#include <math.h>
#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

#if defined(__x86_64__) || defined(__amd64__)
#define ON_X86 1
#include <immintrin.h>
#elif defined(__aarch64__)
#define ON_ARM 1
#include <arm_neon.h>
#endif

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")
#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define NAME(x) PASTE(x, ISA)

enum { BLOCK_K = 256, PANEL = 64 };

typedef float quad __attribute__((vector_size(16)));
typedef float quad_u __attribute__((vector_size(16), aligned(4), may_alias));

// dst[c][r] = src[r][c] for rows by cols values.
static void turn(float *dst, int64_t dst_stride, const float *src, int64_t src_stride, int64_t rows, int64_t cols) {
	int64_t r = 0;
	for (; r + 4 <= rows; r += 4) {
		const float *s = src + r * src_stride;
		int64_t c = 0;
		for (; c + 4 <= cols; c += 4) {
			quad a0 = *(const quad_u *)(s + c), a1 = *(const quad_u *)(s + c + src_stride);
			quad a2 = *(const quad_u *)(s + c + 2 * src_stride), a3 = *(const quad_u *)(s + c + 3 * src_stride);
			quad l0 = __builtin_shufflevector(a0, a1, 0, 4, 1, 5), h0 = __builtin_shufflevector(a0, a1, 2, 6, 3, 7);
			quad l1 = __builtin_shufflevector(a2, a3, 0, 4, 1, 5), h1 = __builtin_shufflevector(a2, a3, 2, 6, 3, 7);
			float *d = dst + c * dst_stride + r;
			*(quad_u *)d = __builtin_shufflevector(l0, l1, 0, 1, 4, 5);
			*(quad_u *)(d + dst_stride) = __builtin_shufflevector(l0, l1, 2, 3, 6, 7);
			*(quad_u *)(d + 2 * dst_stride) = __builtin_shufflevector(h0, h1, 0, 1, 4, 5);
			*(quad_u *)(d + 3 * dst_stride) = __builtin_shufflevector(h0, h1, 2, 3, 6, 7);
		}
		for (; c < cols; c++)
			for (int i = 0; i < 4; i++)
				dst[c * dst_stride + r + i] = s[i * src_stride + c];
	}
	for (; r < rows; r++)
		for (int64_t c = 0; c < cols; c++)
			dst[c * dst_stride + r] = src[r * src_stride + c];
}

void onset_transpose(float *dst, const float *src, int64_t rows, int64_t cols) {
	for (int64_t c = 0; c < cols; c += 64) // bands that keep the written lines in cache
		turn(dst + c * rows, rows, src + c, cols, rows, cols - c < 64 ? cols - c : 64);
}

// The output samples [from, to) for which tap k reads inside the input; at is
// the input sample that the first of them reads.
static void span(const onset_unrolling *u, int64_t k, int64_t *from, int64_t *to, int64_t *at) {
	int64_t shift = k * u->dilation - u->left, over = u->samples - 1 - shift;
	*from = shift < 0 ? (-shift + u->stride - 1) / u->stride : 0;
	*to = over < 0 ? 0 : over / u->stride + 1;
	if (*to > u->results)
		*to = u->results;
	if (*from > *to)
		*from = *to;
	*at = *from < *to ? *from * u->stride + shift : 0;
}

void onset_unroll(float *col, const float *x, const onset_unrolling *u) {
	for (int64_t c = 0; c < u->channels; c++)
		for (int64_t k = 0; k < u->kernel; k++) {
			int64_t from, to, at;
			span(u, k, &from, &to, &at);
			for (int64_t b = u->first; b < u->last; b++, col += u->results) {
				const float *src = x + (c * u->batch + b) * u->samples + at;
				for (int64_t t = 0; t < from; t++)
					col[t] = 0;
				if (u->stride == 1)
					memcpy(col + from, src, (size_t)(to - from) * sizeof *col);
				else
					for (int64_t t = from; t < to; t++)
						col[t] = src[(t - from) * u->stride];
				for (int64_t t = to; t < u->results; t++)
					col[t] = 0;
			}
		}
}

void onset_row_means(float *mean, const float *x, int64_t rows, int64_t width) {
	for (int64_t r = 0; r < rows; r += 8, x += 8 * width) { // eight sums at once hide an addition's latency
		int64_t n = rows - r < 8 ? rows - r : 8;
		float sum[8] = {0};
		if (n == 8)
			for (int64_t t = 0; t < width; t++)
				UNROLL for (int i = 0; i < 8; i++)
					sum[i] += x[i * width + t];
		else
			for (int64_t i = 0; i < n; i++)
				for (int64_t t = 0; t < width; t++)
					sum[i] += x[i * width + t];
		for (int64_t i = 0; i < n; i++)
			mean[r + i] = sum[i] / (float)width;
	}
}

void onset_spread(float *x, const float *mean, int64_t rows, int64_t width) {
	for (int64_t r = 0; r < rows; r++, x += width)
		for (int64_t t = 0; t < width; t++)
			x[t] = mean[r];
}

// Copies a block of op(B), k by n, to rows of width wide, filled up with zeros.
static void pack(float *dst, int64_t wide, const float *b, int64_t ldb, int trans, int64_t k, int64_t n) {
	if (wide != n)
		memset(dst, 0, (size_t)(k * wide) * sizeof *dst);
	if (trans) {
		turn(dst, wide, b, ldb, n, k);
		return;
	}
	for (int64_t p = 0; p < k; p++)
		memcpy(dst + p * wide, b + p * ldb, (size_t)n * sizeof *dst);
}

// ISA: name. TARGET: attribute. W: floats in a vector. FMA: fused or not.
// MRn: rows of a tile of n vectors, as registers allow. NV: vectors across.
#define SPLAT(x) ((x) - (V){0})
#define NO_FMA(a, b, c) ((c) + (a) * (b))

#ifdef ON_X86
#define TARGET __attribute__((target("avx512f")))
#define W 16
#define NV 4
#define SQRT(x) ((V)_mm512_sqrt_ps((__m512)(x)))
#define MR(n) ((n) == 4 ? 6 : 8)
#define ISA avx512
#define FMA(a, b, c) ((V)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define FUSED
#include "kernel.c"
#undef ISA
#undef FMA
#undef FUSED
#define ISA avx512_unfused
#define FMA NO_FMA
#include "kernel.c"
#undef ISA
#undef FMA
#undef TARGET
#undef W
#undef NV
#undef SQRT
#undef MR

#define TARGET __attribute__((target("avx2,fma")))
#define W 8
#define NV 2
#define SQRT(x) ((V)_mm256_sqrt_ps((__m256)(x)))
#define MR(n) ((n) == 2 ? 6 : 8)
#define ISA avx2
#define FMA(a, b, c) ((V)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define FUSED
#include "kernel.c"
#undef ISA
#undef FMA
#undef FUSED
#define ISA avx2_unfused
#define FMA NO_FMA
#include "kernel.c"
#undef ISA
#undef FMA
#undef TARGET
#undef W
#undef NV
#undef SQRT
#undef MR
#endif

#ifdef ON_ARM
#define TARGET
#define W 4
#define NV 4
#define SQRT(x) ((V)vsqrtq_f32((float32x4_t)(x)))
#define MR(n) ((n) == 4 ? 6 : 8)
#define ISA neon
#define FMA(a, b, c) ((V)vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b)))
#define FUSED
#include "kernel.c"
#undef ISA
#undef FMA
#undef FUSED
#undef TARGET
#undef W
#undef NV
#undef SQRT
#undef MR
#endif

#define TARGET
#define W 4
#define NV 2
#ifdef ON_X86
#define SQRT(x) ((V)_mm_sqrt_ps((__m128)(x)))
#elif defined(ON_ARM)
#define SQRT(x) ((V)vsqrtq_f32((float32x4_t)(x)))
#else
INLINE quad each_sqrt(quad x) {
	for (int i = 0; i < 4; i++)
		x[i] = sqrtf(x[i]);
	return x;
}
#define SQRT(x) each_sqrt(x)
#endif
#define MR(n) ((n) == 2 ? 6 : 8)
#define ISA generic
#define FMA NO_FMA
#define FUSED
#include "kernel.c"
#undef ISA
#undef FMA
#undef FUSED
#undef TARGET
#undef W
#undef NV
#undef SQRT
#undef MR

int onset_isas(void) {
	int found = 1 << ISA_GENERIC;
#ifdef ON_X86
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		found |= 1 << ISA_AVX2;
	if (__builtin_cpu_supports("avx512f"))
		found |= 1 << ISA_AVX512;
#endif
#ifdef ON_ARM
	found |= 1 << ISA_NEON;
#endif
	return found;
}

#ifdef ON_X86
#define CALL(isa, f, ...) \
	((isa) == ISA_AVX512 ? f##_avx512(__VA_ARGS__) : (isa) == ISA_AVX2 ? f##_avx2(__VA_ARGS__) : f##_generic(__VA_ARGS__))
#elif defined(ON_ARM)
#define CALL(isa, f, ...) ((isa) == ISA_NEON ? f##_neon(__VA_ARGS__) : f##_generic(__VA_ARGS__))
#else
#define CALL(isa, f, ...) f##_generic(__VA_ARGS__)
#endif

void onset_sgemm(onset_how how, int ta, int tb, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
	const float *b, int64_t ldb, int accumulate, float *c, int64_t ldc, float *work) {
#define ARGS ta, tb, m, n, k, alpha, a, lda, b, ldb, accumulate, c, ldc, work
	if (how.fused) {
		CALL(how.isa, gemm, ARGS);
		return;
	}
#ifdef ON_X86
	if (how.isa == ISA_AVX512) {
		gemm_avx512_unfused(ARGS);
		return;
	}
	if (how.isa == ISA_AVX2) {
		gemm_avx2_unfused(ARGS);
		return;
	}
#endif
	gemm_generic(ARGS);
}

void onset_sgemv(int isa, int64_t m, int64_t n, const float *a, int64_t lda, const float *x, int accumulate, float *y) {
	CALL(isa, gemv, m, n, a, lda, x, accumulate, y);
}

void onset_bias_act(int isa, int act, float *y, const float *bias, int64_t rows, int64_t width) {
	CALL(isa, bias_act, act, y, bias, rows, width);
}

void onset_unact_sum(int isa, int act, float *dy, const float *kept, float *db, int64_t rows, int64_t width) {
	CALL(isa, unact_sum, act, dy, kept, db, rows, width);
}

void onset_drop(int isa, float *dst, const float *src, int64_t n, uint32_t threshold, float scale, uint32_t key) {
	CALL(isa, drop, dst, src, n, threshold, scale, key);
}

void onset_add(int isa, float *dst, const float *src, int64_t n) { CALL(isa, add, dst, src, n); }

void onset_roll(int isa, float *dx, const float *col, const onset_unrolling *u) { CALL(isa, roll, dx, col, u); }

void onset_exp(int isa, double *x, int64_t n) { CALL(isa, exps, x, n); }

void onset_adam(int isa, float *w, const float *g, float *m, float *v, int64_t n, const onset_adam_step *step) {
	CALL(isa, adam, w, g, m, v, n, step);
}

void onset_sgd(int isa, float *w, const float *g, float *m, int64_t n, const onset_sgd_step *step) {
	CALL(isa, sgd, w, g, m, n, step);
}

#else // once per instruction set

#define V NAME(vector)
#define U NAME(unaligned)
#define I NAME(ints)
#define LOAD(p) ((V) * (const U *)(p))
#define STORE(p, v) (*(U *)(p) = (v))

typedef float V __attribute__((vector_size(W * 4)));
typedef float U __attribute__((vector_size(W * 4), aligned(4), may_alias));
typedef uint32_t I __attribute__((vector_size(W * 4)));

// C[mr][nv*W] = alpha * A B + (accumulate ? C : 0) over k terms. A's element
// [i][p] is at a[i*ars + p*aps], B's row p at b + p*bs.
INLINE TARGET void NAME(tile)(const int mr, const int nv, int64_t k, float alpha, const float *a, int64_t ars, int64_t aps,
	const float *b, int64_t bs, int accumulate, float *c, int64_t cs) {
	V acc[8][NV];
	const int from_c = accumulate && alpha == 1;
	UNROLL for (int i = 0; i < mr; i++)
		UNROLL for (int j = 0; j < nv; j++)
			acc[i][j] = from_c ? LOAD(c + i * cs + j * W) : (V){0};
	for (int64_t p = 0; p < k; p++) {
		V bv[NV];
		UNROLL for (int j = 0; j < nv; j++)
			bv[j] = LOAD(b + j * W);
		UNROLL for (int i = 0; i < mr; i++) {
			V av = SPLAT(a[i * ars]);
			UNROLL for (int j = 0; j < nv; j++)
				acc[i][j] = FMA(av, bv[j], acc[i][j]);
		}
		a += aps;
		b += bs;
	}
	UNROLL for (int i = 0; i < mr; i++)
		UNROLL for (int j = 0; j < nv; j++) {
			float *at = c + i * cs + j * W;
			V sum = acc[i][j];
			if (alpha != 1) {
				sum = sum * SPLAT(alpha);
				if (accumulate)
					sum = LOAD(at) + sum;
			}
			STORE(at, sum);
		}
}

#define TILE_ARGS k, alpha, a, ars, aps, b, bs, accumulate, c, cs

// The tile for mr rows, each number of rows its own code.
#define ROWS(nv) \
	static TARGET __attribute__((noinline)) void NAME(rows##nv)(int64_t mr, int64_t k, float alpha, const float *a, int64_t ars, \
		int64_t aps, const float *b, int64_t bs, int accumulate, float *c, int64_t cs) { \
		switch (mr) { \
		case 1: NAME(tile)(1, nv, TILE_ARGS); break; \
		case 2: NAME(tile)(2, nv, TILE_ARGS); break; \
		case 3: NAME(tile)(3, nv, TILE_ARGS); break; \
		case 4: NAME(tile)(4, nv, TILE_ARGS); break; \
		case 5: NAME(tile)(5, nv, TILE_ARGS); break; \
		case 6: NAME(tile)(6, nv, TILE_ARGS); break; \
		case 7: NAME(tile)(MR(nv) > 6 ? 7 : 1, nv, TILE_ARGS); break; \
		case 8: NAME(tile)(MR(nv) > 6 ? 8 : 1, nv, TILE_ARGS); break; \
		} \
	}

ROWS(1)
ROWS(2)
#if NV > 2
ROWS(3)
ROWS(4)
#endif

// All m rows against one panel of nv vectors.
static TARGET void NAME(panel)(int64_t nv, int64_t m, int64_t k, float alpha, const float *a, int64_t ars, int64_t aps,
	const float *b, int64_t bs, int accumulate, float *c, int64_t cs) {
	int64_t step = MR(nv);
	for (int64_t i = 0; i < m; i += step, a += step * ars, c += step * cs) {
		int64_t mr = m - i < step ? m - i : step;
		switch (nv) {
		case 1: NAME(rows1)(mr, TILE_ARGS); break;
		case 2: NAME(rows2)(mr, TILE_ARGS); break;
#if NV > 2
		case 3: NAME(rows3)(mr, TILE_ARGS); break;
		case 4: NAME(rows4)(mr, TILE_ARGS); break;
#endif
		}
	}
}

static TARGET void NAME(gemm)(int ta, int tb, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
	const float *b, int64_t ldb, int accumulate, float *c, int64_t ldc, float *work) {
	const int64_t ars = ta ? 1 : lda, aps = ta ? lda : 1;
	float *edge = work + BLOCK_K * PANEL; // of C, where a panel is wider than what is left
	for (int64_t j = 0; j < n; j += NV * W) {
		int64_t wide = n - j < NV * W ? n - j : NV * W, nv = (wide + W - 1) / W;
		int whole = wide == nv * W;
		for (int64_t p = 0; p < k; p += BLOCK_K) {
			int64_t kb = k - p < BLOCK_K ? k - p : BLOCK_K, bs = ldb;
			int add = accumulate || p > 0;
			const float *bp = tb ? b + j * ldb + p : b + p * ldb + j, *ap = a + p * aps;
			if (tb || !whole) {
				pack(work, nv * W, bp, ldb, tb, kb, wide);
				bp = work;
				bs = nv * W;
			}
			if (whole) {
				NAME(panel)(nv, m, kb, alpha, ap, ars, aps, bp, bs, add, c + j, ldc);
				continue;
			}
			for (int64_t i = 0; i < m; i += 8) {
				int64_t mr = m - i < 8 ? m - i : 8;
				float *ci = c + i * ldc + j;
				for (int64_t r = 0; add && r < mr; r++)
					memcpy(edge + r * PANEL, ci + r * ldc, (size_t)wide * sizeof *c);
				NAME(panel)(nv, mr, kb, alpha, ap + i * ars, ars, aps, bp, bs, add, edge, PANEL);
				for (int64_t r = 0; r < mr; r++)
					memcpy(ci + r * ldc, edge + r * PANEL, (size_t)wide * sizeof *c);
			}
		}
	}
}

#ifdef FUSED

INLINE TARGET float NAME(total)(V v) {
	float s = 0;
	for (int i = 0; i < W; i++)
		s += v[i];
	return s;
}

static TARGET void NAME(gemv)(int64_t m, int64_t n, const float *a, int64_t lda, const float *x, int accumulate, float *y) {
	int64_t i = 0;
	for (; i < m; i++) {
		const float *r = a + i * lda;
		V s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
		int64_t j = 0;
		for (; j + 4 * W <= n; j += 4 * W) {
			s0 = FMA(LOAD(r + j), LOAD(x + j), s0);
			s1 = FMA(LOAD(r + j + W), LOAD(x + j + W), s1);
			s2 = FMA(LOAD(r + j + 2 * W), LOAD(x + j + 2 * W), s2);
			s3 = FMA(LOAD(r + j + 3 * W), LOAD(x + j + 3 * W), s3);
		}
		for (; j + W <= n; j += W)
			s0 = FMA(LOAD(r + j), LOAD(x + j), s0);
		float rest = 0;
		for (; j < n; j++)
			rest += r[j] * x[j];
		rest += NAME(total)((s0 + s1) + (s2 + s3));
		y[i] = accumulate ? y[i] + rest : rest;
	}
}

// load and store of the first n of W floats.
INLINE TARGET V NAME(some)(const float *p, int64_t n) {
	if (n >= W)
		return LOAD(p);
	V v = {0};
	memcpy(&v, p, (size_t)n * sizeof *p);
	return v;
}

INLINE TARGET void NAME(put)(float *p, V v, int64_t n) {
	if (n >= W)
		STORE(p, v);
	else
		memcpy(p, &v, (size_t)n * sizeof *p);
}

INLINE TARGET V NAME(pick)(I mask, V yes, V no) { return (V)((mask & (I)yes) | (~mask & (I)no)); }

#define EACH(n) for (int64_t i = 0, left = (n); left > 0; i += W, left -= W)

#define D NAME(doubles)
#define L NAME(longs)
#define H NAME(halves)
typedef double D __attribute__((vector_size(W * 4)));
typedef uint64_t L __attribute__((vector_size(W * 4)));
typedef float H __attribute__((vector_size(W * 2)));
#define BOTH(x) ((x) - (D){0})

// As exp in exp.go, operation for operation.
INLINE TARGET D NAME(exp)(D x) {
	const D low = BOTH(-708.0), high = BOTH(709.0), magic = BOTH(6755399441055744.0);
	L m = (L)(x < low);
	x = (D)((m & (L)low) | (~m & (L)x));
	m = (L)(x > high);
	x = (D)((m & (L)high) | (~m & (L)x));
	D t = x * BOTH(1.4426950408889634) + magic, k = t - magic;
	D r = (x - k * BOTH(6.93147180369123816490e-01)) - k * BOTH(1.90821492927058770002e-10);
	static const double c[] = {1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1, 1};
	D p = BOTH(1.0 / 39916800);
	UNROLL for (int i = 0; i < 11; i++)
		p = p * r + BOTH(c[i]);
	return (D)((L)p + ((L)t << 52)) + (x - x); // x - x keeps a NaN
}

// As in exp.go and activation.go, operation for operation.
INLINE TARGET D NAME(tanh)(D x) {
	L small = (L)((D)((L)x & 0x7fffffffffffffffu) < BOTH(1e-4));
	D near = x - x * x * x / BOTH(3.0), far = BOTH(1.0) - BOTH(2.0) / (NAME(exp)(BOTH(2.0) * x) + BOTH(1.0));
	return (D)((small & (L)near) | (~small & (L)far));
}

INLINE TARGET D NAME(gelu_inner)(D x) { return BOTH(0.7978845608028654) * (x + BOTH(0.044715) * x * (x * x)); }

INLINE TARGET D NAME(curve)(int act, D x) {
	if (act == ACT_TANH)
		return NAME(tanh)(x);
	if (act == ACT_SIGMOID)
		return BOTH(1.0) / (BOTH(1.0) + NAME(exp)(-x));
	return BOTH(0.5) * x * (BOTH(1.0) + NAME(tanh)(NAME(gelu_inner)(x)));
}

INLINE TARGET D NAME(gelu_slope)(D x) {
	D t = NAME(tanh)(NAME(gelu_inner)(x)), inner = BOTH(0.7978845608028654) * (BOTH(1.0) + BOTH(3 * 0.044715) * x * x);
	return BOTH(0.5) * (BOTH(1.0) + t) + BOTH(0.5) * x * (BOTH(1.0) - t * t) * inner;
}

// Float values through a function of doubles.
#define THROUGH(v, f) \
	do { \
		H lo, hi; \
		memcpy(&lo, &(v), sizeof lo); \
		memcpy(&hi, (char *)&(v) + sizeof lo, sizeof hi); \
		D dlo = __builtin_convertvector(lo, D), dhi = __builtin_convertvector(hi, D); \
		lo = __builtin_convertvector(f(dlo), H); \
		hi = __builtin_convertvector(f(dhi), H); \
		memcpy(&(v), &lo, sizeof lo); \
		memcpy((char *)&(v) + sizeof lo, &hi, sizeof hi); \
	} while (0)
#define CURVE(x) NAME(curve)(act, x)

static TARGET void NAME(bias_act)(int act, float *y, const float *bias, int64_t rows, int64_t width) {
	for (int64_t r = 0; r < rows; r++, y += width) {
		V b = bias ? SPLAT(bias[r]) : (V){0};
		EACH(width) {
			V v = NAME(some)(y + i, left);
			if (bias)
				v += b;
			if (act == ACT_RELU)
				v = NAME(pick)((I)(v < 0), (V){0}, v);
			else if (act == ACT_LEAKY)
				v = NAME(pick)((I)(v < 0), v * SPLAT(0.01f), v);
			else if (act != ACT_IDENTITY)
				THROUGH(v, CURVE);
			NAME(put)(y + i, v, left);
		}
	}
}

static TARGET void NAME(unact_sum)(int act, float *dy, const float *kept, float *db, int64_t rows, int64_t width) {
	for (int64_t r = 0; r < rows; r++, dy += width, kept += width) {
		float part[16] = {0};
		V sum[16 / W];
		for (int j = 0; j < 16 / W; j++)
			sum[j] = (V){0};
		for (int64_t base = 0; base < width; base += 16)
			UNROLL for (int j = 0; j < 16 / W; j++) {
				int64_t i = base + j * W, left = width - i;
				if (left <= 0)
					break;
				V d = NAME(some)(dy + i, left);
				if (act != ACT_IDENTITY) {
					V y = NAME(some)(kept + i, left);
					if (act == ACT_RELU)
						d = NAME(pick)((I)(y > 0), d, (V){0});
					else if (act == ACT_LEAKY)
						d = NAME(pick)((I)(y < 0), d * SPLAT(0.01f), d);
					else if (act == ACT_TANH)
						d = d * (SPLAT(1.0f) - y * y);
					else if (act == ACT_SIGMOID)
						d = d * (y * (SPLAT(1.0f) - y));
					else {
						THROUGH(y, NAME(gelu_slope));
						d = d * y;
					}
					NAME(put)(dy + i, d, left);
				}
				sum[j] += d;
			}
		if (!db)
			continue;
		memcpy(part, sum, sizeof part);
		for (int n = 8; n > 0; n /= 2)
			for (int i = 0; i < n; i++)
				part[i] += part[i + n];
		db[r] = part[0];
	}
}

static TARGET void NAME(drop)(float *dst, const float *src, int64_t n, uint32_t threshold, float scale, uint32_t key) {
	I count;
	for (int j = 0; j < W; j++)
		count[j] = (uint32_t)j * 0x9e3779b9u + key;
	EACH(n) {
		I x = count;
		count += (uint32_t)W * 0x9e3779b9u;
		x ^= x >> 16;
		x *= 0x21f0aaadu;
		x ^= x >> 15;
		x *= 0xd35a2d97u;
		x ^= x >> 15;
		V v = NAME(some)(src + i, left) * SPLAT(scale);
		NAME(put)(dst + i, NAME(pick)((I)(x < threshold), (V){0}, v), left);
	}
}

static TARGET void NAME(add)(float *dst, const float *src, int64_t n) {
	EACH(n)
		NAME(put)(dst + i, NAME(some)(dst + i, left) + NAME(some)(src + i, left), left);
}

static TARGET void NAME(roll)(float *dx, const float *col, const onset_unrolling *u) {
	for (int64_t c = 0; c < u->channels; c++)
		for (int64_t k = 0; k < u->kernel; k++) {
			int64_t from, to, at;
			span(u, k, &from, &to, &at);
			for (int64_t b = u->first; b < u->last; b++, col += u->results) {
				float *dst = dx + (c * u->batch + b) * u->samples + at;
				if (u->stride == 1)
					NAME(add)(dst, col + from, to - from);
				else
					for (int64_t t = from; t < to; t++)
						dst[(t - from) * u->stride] += col[t];
			}
		}
}

static TARGET void NAME(adam)(float *w, const float *g, float *m, float *v, int64_t n, const onset_adam_step *s) {
	const V beta1 = SPLAT(s->beta1), beta2 = SPLAT(s->beta2), rest1 = SPLAT(s->rest1), rest2 = SPLAT(s->rest2);
	const V rate = SPLAT(s->rate), root = SPLAT(s->root), epsilon = SPLAT(s->epsilon);
	const V penalty = SPLAT(s->penalty), shrink = SPLAT(s->shrink), scale = SPLAT(s->scale);
	EACH(n) {
		V wi = NAME(some)(w + i, left);
		V gi = NAME(some)(g + i, left) * scale + penalty * wi;
		V mi = beta1 * NAME(some)(m + i, left) + rest1 * gi;
		V vi = beta2 * NAME(some)(v + i, left) + rest2 * (gi * gi);
		NAME(put)(m + i, mi, left);
		NAME(put)(v + i, vi, left);
		NAME(put)(w + i, wi * shrink - rate * mi / (SQRT(vi) * root + epsilon), left);
	}
}

static TARGET void NAME(sgd)(float *w, const float *g, float *m, int64_t n, const onset_sgd_step *s) {
	const V rate = SPLAT(s->rate), momentum = SPLAT(s->momentum), penalty = SPLAT(s->penalty), scale = SPLAT(s->scale);
	EACH(n) {
		V wi = NAME(some)(w + i, left);
		V gi = NAME(some)(g + i, left) * scale + penalty * wi;
		V mi = momentum * NAME(some)(m + i, left) + gi;
		NAME(put)(m + i, mi, left);
		if (s->nesterov)
			mi = gi + momentum * mi;
		NAME(put)(w + i, wi - rate * mi, left);
	}
}

static TARGET void NAME(exps)(double *x, int64_t n) {
	for (; n > 0; n -= W / 2, x += W / 2) {
		D v = {0};
		size_t size = (size_t)(n < W / 2 ? n : W / 2) * sizeof *x;
		memcpy(&v, x, size);
		v = NAME(exp)(v);
		memcpy(x, &v, size);
	}
}

#undef D
#undef L
#undef H
#undef BOTH
#undef THROUGH
#undef CURVE
#undef EACH
#endif // FUSED
#undef V
#undef U
#undef I
#undef LOAD
#undef STORE
#undef TILE_ARGS
#undef ROWS

#endif

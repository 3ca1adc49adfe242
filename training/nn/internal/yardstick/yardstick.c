#include "yardstick.h"

#if defined(__x86_64__)
#include <immintrin.h>

// 16 independent sums hide the latency of a fused multiply-add.
#define SPIN(name, isa, type, set1, fma, n_acc) \
	__attribute__((target(isa))) static float name(int64_t rounds) { \
		type acc[n_acc], x = set1(0.999f), y = set1(0.001f); \
		for (int i = 0; i < n_acc; i++) \
			acc[i] = set1(0.1f * (float)i); \
		for (int64_t k = 0; k < rounds; k++) { \
			_Pragma("GCC unroll 16") for (int i = 0; i < n_acc; i++) acc[i] = fma(acc[i], x, y); \
		} \
		float s = 0; \
		for (int i = 0; i < n_acc; i++) \
			s += ((float *)&acc[i])[0]; \
		return s; \
	}
SPIN(spin512, "avx512f", __m512, _mm512_set1_ps, _mm512_fmadd_ps, 16)
SPIN(spin256, "avx2,fma", __m256, _mm256_set1_ps, _mm256_fmadd_ps, 12)

double yardstick_spin(int64_t rounds, float *out) {
	if (__builtin_cpu_supports("avx512f")) {
		*out = spin512(rounds);
		return 16.0 * 16 * 2;
	}
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
		*out = spin256(rounds);
		return 12.0 * 8 * 2;
	}
	return 0;
}
#elif defined(__aarch64__)
#include <arm_neon.h>
double yardstick_spin(int64_t rounds, float *out) {
	float32x4_t acc[16], x = vdupq_n_f32(0.999f), y = vdupq_n_f32(0.001f);
	for (int i = 0; i < 16; i++)
		acc[i] = vdupq_n_f32(0.1f * (float)i);
	for (int64_t k = 0; k < rounds; k++) {
		_Pragma("GCC unroll 16") for (int i = 0; i < 16; i++) acc[i] = vfmaq_f32(y, acc[i], x);
	}
	float s = 0;
	for (int i = 0; i < 16; i++)
		s += vgetq_lane_f32(acc[i], 0);
	*out = s;
	return 16.0 * 4 * 2;
}
#else
double yardstick_spin(int64_t rounds, float *out) { *out = (float)rounds; return 0; }
#endif

void yardstick_dense(const float *w, const float *b, int64_t out, int64_t in, const float *x, float *y, int relu) {
	for (int64_t i = 0; i < out; i++) {
		float s = 0;
		for (int64_t j = 0; j < in; j++)
			s += w[i * in + j] * x[j];
		s += b[i];
		y[i] = relu && s < 0 ? 0 : s;
	}
}

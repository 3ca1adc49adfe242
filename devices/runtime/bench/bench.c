/* How long the runtime takes for a window beside plain loops over the same net,
 * in the same run: bench DIR. The plain loops are what anybody would write first,
 * compiled by -O3 (see `make c-bench`). */
#if defined(__unix__) || defined(__APPLE__)
#define _POSIX_C_SOURCE 200809L
#endif
#include "../c/onset_internal.h"
#include "plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__x86_64__) || defined(__i386__)
#define CYCLES() __builtin_ia32_rdtsc()
#else
#define CYCLES() 0
#endif

static onset_bytes load(const char *folder, const char *name) {
    char path[4096];
    onset_bytes b = {NULL, 0};
    FILE *file;
    char *data;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if ((file = fopen(path, "rb")) == NULL)
        return b;
    data = malloc((size_t)1 << 24);
    b.size = fread(data, 1, (size_t)1 << 24, file);
    b.data = data;
    fclose(file);
    return b;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b) { return *(const double *)a < *(const double *)b ? -1 : 1; }

enum { ROUNDS = 41 };

int main(int argc, char **argv) {
    static onset_model m;
    static double own[ROUNDS], plain[ROUNDS], ratio[ROUNDS], cycles[ROUNDS];
    onset_files f;
    onset_error e;
    float *input, *scratch, *p;
    double off = 0, sum = 0;
    uint32_t i, k, each = 1;
    memset(&f, 0, sizeof f);
    if (argc != 2)
        return 2;
    f.device = load(argv[1], "device.bin");
    f.weights = load(argv[1], "weights.f32");
    if (onset_open(&m, &f, &e) != ONSET_OK) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    input = malloc((size_t)m.channels * m.samples * sizeof *input);
    scratch = malloc(onset_scratch_size(&m) * 2);
    p = malloc(m.classes * sizeof *p);
    for (i = 0; i < m.channels * m.samples; i++)
        input[i] = (float)(i * 37 % 100) / 50 - 1;
    for (;; each *= 2) { /* at least 2 ms a round */
        double t = now();
        for (k = 0; k < each; k++)
            sum += onset_net_run(&m, input, scratch, NULL, NULL)[0];
        if (now() - t > 2e-3)
            break;
    }
    for (i = 0; i < ROUNDS; i++) {
        double t = now();
        unsigned long long c = CYCLES();
        for (k = 0; k < each; k++)
            sum += onset_net_run(&m, input, scratch, NULL, NULL)[0];
        own[i] = (now() - t) / each;
        cycles[i] = (double)(CYCLES() - c) / each;
        t = now();
        for (k = 0; k < each; k++)
            sum += plain_run(&m, input, scratch)[0];
        plain[i] = (now() - t) / each;
        ratio[i] = own[i] / plain[i];
    }
    {
        const float *a = plain_run(&m, input, scratch);
        memcpy(p, a, m.outputs * sizeof *p);
        a = onset_net_run(&m, input, scratch, NULL, NULL);
        for (i = 0; i < m.outputs; i++)
            off = larger(off, magnitude((double)a[i] - p[i]));
    }
    qsort(own, ROUNDS, sizeof *own, by_size);
    qsort(plain, ROUNDS, sizeof *plain, by_size);
    qsort(cycles, ROUNDS, sizeof *cycles, by_size);
    qsort(ratio, ROUNDS, sizeof *ratio, by_size);
    printf("one window: runtime %.2f us, plain loops %.2f us, ratio %.2f (median of %d rounds), %.0f cycles, largest difference %.2g%s\n",
           own[ROUNDS / 2] * 1e6, plain[ROUNDS / 2] * 1e6, ratio[ROUNDS / 2], ROUNDS, cycles[ROUNDS / 2], off, sum == 1 ? " " : "");
    return ratio[ROUNDS / 2] <= 1.5 ? 0 : 1;
}

/* The net in plain loops. */
#include "plain.h"

#include <math.h>

static void activate(uint32_t act, float *z, uint32_t n) {
    uint32_t i;
    for (i = 0; i < n; i++)
        switch (act) {
        case 1:
            z[i] = z[i] < 0 ? 0 : z[i];
            break;
        case 2:
            z[i] = z[i] < 0 ? 0.01f * z[i] : z[i];
            break;
        case 3:
            z[i] = tanhf(z[i]);
            break;
        case 4:
            z[i] = 1 / (1 + expf(-z[i]));
            break;
        case 5:
            z[i] = 0.5f * z[i] * (1 + tanhf(0.79788456f * (z[i] + 0.044715f * z[i] * z[i] * z[i])));
            break;
        }
}

const float *plain_run(const onset_model *m, const float *x, float *scratch) {
    float *a = scratch, *b = scratch + m->widest, *kept = b + m->widest;
    uint32_t i, depth = 0;
    for (i = 0; i < m->ops; i++) {
        const unsigned char *p = m->op + (size_t)i * OP_SIZE;
        uint32_t v[12], k, c, t, o, j;
        const float *w;
        float *y = x == a ? b : a;
        for (k = 0; k < 12; k++)
            v[k] = get_u32(p + 4 * k);
        w = m->weights + v[10];
        switch (v[0]) {
        case 1:
            for (o = 0; o < v[4]; o++) {
                float s = 0;
                for (j = 0; j < v[2] * v[3]; j++)
                    s += w[(size_t)o * v[2] * v[3] + j] * x[j];
                y[o] = s + w[(size_t)v[4] * v[2] * v[3] + o];
            }
            break;
        case 2:
            for (o = 0; o < v[4]; o++)
                for (t = 0; t < v[5]; t++) {
                    float s = 0;
                    for (c = 0; c < v[2]; c++)
                        for (k = 0; k < v[6]; k++) {
                            long at = (long)t * v[7] + (long)k * v[8] - v[9];
                            if (at >= 0 && at < (long)v[3])
                                s += w[((size_t)o * v[2] + c) * v[6] + k] * x[c * v[3] + at];
                        }
                    y[o * v[5] + t] = s + w[(size_t)v[4] * v[2] * v[6] + o];
                }
            break;
        case 4:
            for (c = 0; c < v[2]; c++)
                for (t = 0; t < v[3]; t++)
                    y[c * v[3] + t] = (x[c * v[3] + t] - w[2 * v[2] + c]) / sqrtf(w[3 * v[2] + c] + 1e-5f) * w[c] + w[v[2] + c];
            break;
        case 5: {
            float mean = 0, variance = 0;
            uint32_t n = v[2] * v[3];
            for (j = 0; j < n; j++)
                mean += x[j] / (float)n;
            for (j = 0; j < n; j++)
                variance += (x[j] - mean) * (x[j] - mean) / (float)n;
            for (j = 0; j < n; j++)
                y[j] = (x[j] - mean) / sqrtf(variance + 1e-5f) * w[j / v[3]] + w[v[2] + j / v[3]];
            break;
        }
        case 6:
        case 7:
            for (c = 0; c < v[2]; c++)
                for (t = 0; t < v[5]; t++) {
                    const float *from = x + c * v[3] + t * v[7];
                    float s = v[0] == 6 ? from[0] : 0;
                    for (k = 0; k < v[6]; k++)
                        s = v[0] == 7 ? s + from[k] : from[k] > s ? from[k] : s;
                    y[c * v[5] + t] = v[0] == 7 ? s / (float)v[6] : s;
                }
            break;
        case 9:
            memcpy(kept + (size_t)depth++ * m->widest, x, (size_t)v[2] * v[3] * sizeof *x);
            continue;
        case 10:
            depth--;
            for (j = 0; j < v[2] * v[3]; j++)
                y[j] = x[j] + kept[(size_t)depth * m->widest + j];
            break;
        case 3:
            memcpy(y, x, (size_t)v[2] * v[3] * sizeof *x);
            break;
        default:
            continue;
        }
        activate(v[1], y, v[4] * v[5]);
        x = y;
    }
    return x;
}

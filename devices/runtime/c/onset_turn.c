/* The window as the net takes it: turned and scaled. */
#include "onset_internal.h"

/* The rotation that turns `down` onto +z, in row order. */
static void upright(const double g[3], double r[9]) {
    double n = onset_sqrt(g[0] * g[0] + g[1] * g[1] + g[2] * g[2]), across, size, x, y, s, c, t;
    memset(r, 0, 9 * sizeof *r);
    r[0] = r[4] = r[8] = 1;
    if (n == 0)
        return;
    x = g[1];
    y = -g[0];
    across = onset_sqrt(x * x + y * y);
    size = onset_sqrt(across * across + g[2] * g[2]);
    s = across / size;
    c = g[2] / size;
    if (across < 1e-12 * n) { /* upright already, or upside down: any level axis will do */
        x = 1;
        y = 0;
        across = 1;
    }
    x /= across;
    y /= across;
    t = 1 - c;
    r[0] = t * x * x + c;
    r[1] = t * x * y;
    r[2] = s * y;
    r[3] = t * x * y;
    r[4] = t * y * y + c;
    r[5] = -(s * x);
    r[6] = -(s * y);
    r[7] = s * x;
    r[8] = c;
}

/* The signs of the axes that make gravity's first two components positive by a
 * half turn; with a mirror the third too, which a pseudo vector follows the other
 * way round. */
static void folding(const double g[3], int mirror, int pseudo, double sign[3]) {
    sign[0] = g[0] < 0 ? -1 : 1;
    sign[1] = g[1] < 0 ? -1 : 1;
    sign[2] = sign[0] * sign[1];
    if (mirror && sign[2] * g[2] < 0) {
        if (pseudo) {
            sign[0] = -sign[0];
            sign[1] = -sign[1];
        } else
            sign[2] = -sign[2];
    }
}

static void turn(const onset_model *m, const float *window, float *out, uint32_t triple) {
    uint32_t n = m->samples, i, k;
    const float *v = window + (size_t)triple * 3 * n;
    double g[3] = {0, 0, 0}, r[9];
    float *y = out + (size_t)triple * 3 * n;
    if (m->down[triple] >= 0) {
        const float *d = window + (size_t)m->down[triple] * 3 * n;
        for (i = 0; i < n; i++)
            for (k = 0; k < 3; k++)
                g[k] += d[(size_t)k * n + i];
        for (k = 0; k < 3; k++)
            g[k] /= (double)n;
    }
    if (m->orientation >= ONSET_HALF_TURNS) { /* down is nowhere: all signs are + */
        double sign[3];
        folding(g, m->orientation == ONSET_OCTANT, m->pseudo[triple], sign);
        for (k = 0; k < 3; k++)
            for (i = 0; i < n; i++)
                y[(size_t)k * n + i] = (float)(sign[k] * v[(size_t)k * n + i]);
        return;
    }
    upright(g, r);
    for (i = 0; i < n; i++) {
        double a = v[i], b = v[n + i], c = v[2 * (size_t)n + i];
        if (m->orientation == ONSET_GRAVITY) {
            for (k = 0; k < 3; k++)
                y[(size_t)k * n + i] = (float)(r[3 * k] * a + r[3 * k + 1] * b + r[3 * k + 2] * c);
        } else {
            double size = onset_sqrt(a * a + b * b + c * c), length = onset_sqrt(g[0] * g[0] + g[1] * g[1] + g[2] * g[2]), along = 0;
            if (length > 0)
                along = (a * g[0] + b * g[1] + c * g[2]) / length;
            y[i] = (float)size;
            y[n + i] = (float)along;
            y[2 * (size_t)n + i] = (float)onset_sqrt(larger(size * size - along * along, 0));
        }
    }
}

void onset_net_input(const onset_model *m, const float *window, float *input) {
    uint32_t c, i;
    if (m->orientation != ONSET_SENSOR) {
        for (c = 0; c < m->channels / 3; c++)
            turn(m, window, input, c);
    } else if (input != window)
        memcpy(input, window, (size_t)m->channels * m->samples * sizeof *input);
    for (c = 0; c < m->channels; c++)
        for (i = 0; i < m->samples; i++)
            input[(size_t)c * m->samples + i] = (input[(size_t)c * m->samples + i] - m->input[c].mean) / m->input[c].std;
}

/* From a stream's samples to a window: resampling, units, filter. */
#include "onset_internal.h"

enum { CROSSINGS = 18, STEPS = 256 };
static const double cutoff = 0.90;

static double kernel(const onset_model *m, double x) {
    double p = magnitude(x) * STEPS, f;
    uint32_t i;
    if (!(p < CROSSINGS * STEPS))
        return 0;
    i = (uint32_t)p;
    f = p - (double)i;
    return get_f64(m->kernel + 8 * (size_t)i) * (1 - f) + get_f64(m->kernel + 8 * ((size_t)i + 1)) * f;
}

/* How many samples on each side of a position the kernel reaches. */
static uint32_t margin(double step) { return (uint32_t)onset_ceil(CROSSINGS * larger(step, 1) / cutoff); }

uint32_t onset_window_weights(const onset_model *m, double rate) { return 2 * margin(rate / m->rate_hz) + 4; }

/* One channel's filter. */
typedef struct filter {
    double y, s[ONSET_MOST_SECTIONS][2];
} filter;

static void settle(const onset_model *m, filter *f, double x) {
    uint32_t i;
    f->y = x;
    for (i = 0; i < m->sections; i++) {
        const double *b = m->section[i];
        double gain = (b[0] + b[1] + b[2]) / (1 + b[3] + b[4]), y = gain * x;
        f->s[i][1] = b[2] * x - b[4] * y;
        f->s[i][0] = b[1] * x - b[3] * y + f->s[i][1];
        x *= gain;
    }
}

static double pass(const onset_model *m, filter *f, double x) {
    uint32_t i;
    if (m->filter == 0)
        return x;
    if (m->filter == 1) {
        f->y += m->alpha * (x - f->y);
        return f->y;
    }
    for (i = 0; i < m->sections; i++) {
        const double *b = m->section[i];
        double y = b[0] * x + f->s[i][0];
        f->s[i][0] = b[1] * x - b[3] * y + f->s[i][1];
        f->s[i][1] = b[2] * x - b[4] * y;
        x = y;
    }
    return x;
}

static const segment *segment_at(const stream *t, int64_t sample) {
    const segment *s = t->segment;
    uint32_t i;
    for (i = 1; i < t->segments && t->segment[i].first <= sample; i++)
        s = &t->segment[i];
    return s;
}

/* The first sample at or after a time; n when there is none. */
static int64_t sample_at(const stream *t, double at) {
    uint32_t i;
    for (i = 0; i < t->segments; i++) {
        const segment *s = &t->segment[i];
        int64_t last = i + 1 < t->segments ? s[1].first : t->n, k;
        if (s->start + (double)(last - 1 - s->first) / s->rate < at - 1e-9)
            continue;
        k = s->first + (int64_t)larger(onset_ceil((at - s->start) * s->rate - 1e-6), 0);
        return k < t->n ? k : t->n;
    }
    return t->n;
}

/* The gapless run of samples around a position. */
static int stretch(const stream *t, double pos, int64_t *first, int64_t *last) {
    uint32_t i;
    *first = t->segment[0].first;
    for (i = 1; i <= t->segments; i++) {
        if (i < t->segments && (!t->segment[i].apart || t->segment[i].first >= t->n))
            continue;
        *last = i < t->segments ? t->segment[i].first : t->n;
        if (pos > (double)*first - 0.5 && pos < (double)*last - 0.5)
            return 1;
        *first = *last;
    }
    return 0;
}

static const double *values(const stream *t, int64_t sample) { return t->ring + (size_t)(sample % t->capacity) * t->channels; }

/* One position of the grid: the weights of the samples [lo, hi] around it. */
static double weigh(const onset_model *m, double at, double scale, int64_t lo, int64_t hi, double *weights) {
    double sum = 0;
    int64_t i;
    for (i = lo; i <= hi; i++) {
        weights[i - lo] = kernel(m, ((double)i - at) * scale);
        sum += weights[i - lo];
    }
    return sum;
}

static cut_result cut(const onset_model *m, const sensor *s, const source *from, const stream *t, double pos, double rate, double *window,
                      double *weights) {
    double step = rate / m->rate_hz, last = pos + (double)(m->samples - 1) * step, start, first_at, scale, reach;
    int64_t begin, end, lo, hi, i, n;
    uint32_t lead, k, c;
    int exact;
    filter filters[ONSET_MOST_CHANNELS];
    if (pos < -0.5 || last > (double)t->n - 0.5)
        return CUT_OUTSIDE;
    if (!stretch(t, pos, &begin, &end) || last > (double)end - 0.5)
        return CUT_GAP;
    lead = (uint32_t)larger(smaller(m->lead_s * m->rate_hz, onset_floor((pos - (double)begin) / step)), 0);
    start = pos - (double)lead * step;
    lo = (int64_t)onset_floor(start) - margin(step);
    lo = lo < begin ? begin : lo;
    hi = (int64_t)onset_ceil(pos + (double)m->samples * step - 1e-6);
    hi = hi > end ? end : hi;
    if (lo < t->n - t->capacity)
        return CUT_OUTSIDE; /* longer ago than is kept */
    n = hi - lo;
    if (n < 1)
        return CUT_OUTSIDE;
    for (i = lo; i < hi; i++)
        for (c = 0; c < s->n; c++)
            if (is_nan(values(t, i)[from->column[c]]))
                return CUT_NOT_A_NUMBER;
    first_at = start - (double)lo;
    exact = magnitude(step - 1) < 1e-9 && magnitude(first_at - onset_round(first_at)) < 1e-6;
    scale = cutoff / larger(step, 1);
    reach = CROSSINGS / scale;
    for (k = 0; k < lead + m->samples; k++) {
        double at = first_at + (double)k * step, sum = 1;
        int64_t a, b;
        if (exact || at <= 0 || at >= (double)(n - 1)) {
            a = (int64_t)onset_round(at);
            a = a < 0 ? 0 : a > n - 1 ? n - 1 : a;
            b = a;
            weights[0] = 1;
        } else {
            a = (int64_t)larger(onset_ceil(at - reach), 0);
            b = (int64_t)smaller(onset_floor(at + reach), (double)(n - 1));
            sum = weigh(m, at, scale, a, b, weights);
        }
        for (c = 0; c < s->n; c++) {
            double v = 0;
            if (a == b)
                v = values(t, lo + a)[from->column[c]];
            else {
                for (i = a; i <= b; i++)
                    v += weights[i - a] * values(t, lo + i)[from->column[c]];
                v /= sum;
            }
            v *= from->factor[c];
            if (k == 0)
                settle(m, &filters[c], v);
            v = pass(m, &filters[c], v);
            if (k >= lead)
                window[(size_t)(s->first + c) * m->samples + (k - lead)] = v;
        }
    }
    return CUT;
}

cut_result onset_window(const onset_model *m, const sensor *s, const stream *streams, double at, int32_t own, double sample, double *window,
                        double *weights) {
    cut_result why = CUT_NO_SENSOR;
    uint32_t i;
    int round;
    for (round = 0; round < 2; round++)
        for (i = 0; i < s->sources; i++) {
            const source *from = &s->source[i];
            const stream *t = &streams[from->stream];
            int is_own = own >= 0 && (uint32_t)own == from->stream;
            double pos = sample, rate;
            if (is_own != (round == 0) || t->n == 0)
                continue;
            if (is_own)
                rate = segment_at(t, (int64_t)sample)->rate;
            else {
                int64_t k = sample_at(t, at);
                const segment *g;
                if (k >= t->n) {
                    why = CUT_OUTSIDE;
                    continue;
                }
                g = segment_at(t, k);
                pos = (double)g->first + (at - g->start) * g->rate;
                rate = g->rate;
                if (pos < (double)g->first - 0.5) {
                    why = g->first == 0 ? CUT_OUTSIDE : CUT_GAP;
                    continue;
                }
            }
            why = cut(m, s, from, t, pos, rate, window, weights);
            if (why == CUT || is_own)
                return why;
        }
    return why;
}

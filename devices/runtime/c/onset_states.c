/* How somebody moves, and what that says of what they do. */
#include "onset_internal.h"

enum { IDLE, MOVING, SETUP, EXERCISING, REST };

static double squared(double x) { return x * x; }
static size_t place(const movement *m, int64_t i) { return (size_t)(i % m->capacity); }

/* Sums before sample n lie at place(n). */
void onset_movement_add(movement *m, double time, const double *values, int apart) {
    size_t now = place(m, m->n), next = place(m, m->n + 1);
    double step = 0;
    uint32_t k;
    if (apart && m->n > 0) {
        if (m->gaps == MOST_GAPS)
            memmove(m->gap, m->gap + 1, (--m->gaps) * sizeof *m->gap);
        m->gap[m->gaps++] = m->n;
    }
    m->times[now] = time;
    for (k = 0; k < 3; k++) {
        double v = values[m->axis[k]] * m->factor;
        if (is_nan(v))
            v = m->base[k];
        if (m->n == 0)
            m->base[k] = v; /* sums around the first value keep their precision */
        v -= m->base[k];
        if (m->n > 0) {
            size_t before = place(m, m->n - 1);
            step += squared(v - (m->sum[k][now] - m->sum[k][before]));
        }
        m->sum[k][next] = m->sum[k][now] + v;
        m->square[k][next] = m->square[k][now] + v * v;
    }
    m->step[next] = m->step[now] + step;
    m->n++;
}

/* The first sample at or after a time. */
static int64_t after(const movement *m, double t) {
    int64_t hi = m->n, lo = hi > (int64_t)m->capacity - 2 ? hi - ((int64_t)m->capacity - 2) : 0;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        if (m->times[place(m, mid)] < t)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static int within(const movement *m, double t, double span, int64_t *lo, int64_t *hi) {
    uint32_t g;
    *lo = after(m, t - span - EDGE_S);
    *hi = after(m, t - EDGE_S);
    if (*hi <= *lo || (double)(*hi - *lo) < 0.7 * span * m->rate)
        return 0;
    for (g = 0; g < m->gaps; g++)
        if (m->gap[g] > *lo && m->gap[g] < *hi)
            return 0;
    return 1;
}

static int energy(const movement *m, double t, double span, double *e) {
    int64_t lo, hi;
    double n;
    uint32_t k;
    if (!within(m, t, span, &lo, &hi))
        return 0;
    n = (double)(hi - lo);
    *e = 0;
    for (k = 0; k < 3; k++) {
        double s = m->sum[k][place(m, hi)] - m->sum[k][place(m, lo)], q = m->square[k][place(m, hi)] - m->square[k][place(m, lo)];
        *e += larger(q / n - (s / n) * (s / n), 0);
    }
    return 1;
}

static double log10_of(double e) { return onset_log(larger(e, 1e-6)) * LOG10_E; }

/* The mean acceleration of the last tenth of a second joins the beat. */
static void follow(movement *m, double t) {
    int64_t lo = after(m, t - FRAME_S - EDGE_S), hi = after(m, t - EDGE_S);
    uint32_t k;
    if (m->beats == RECALL) {
        memmove(m->beat, m->beat + 1, (RECALL - 1) * sizeof *m->beat);
        m->beats--;
    }
    for (k = 0; k < 3; k++)
        if (hi > lo)
            m->beat[m->beats][k] = (m->sum[k][place(m, hi)] - m->sum[k][place(m, lo)]) / (double)(hi - lo);
        else if (m->beats > 0)
            m->beat[m->beats][k] = m->beat[m->beats - 1][k];
        else
            m->beat[m->beats][k] = 0;
    m->beats++;
}

static double slowness(const movement *m, double e) {
    uint32_t n = m->beats < 40 ? m->beats : 40, k, i;
    double slow = 0;
    for (k = 0; k < 3; k++) {
        double s = 0, q = 0;
        for (i = m->beats - n; i < m->beats; i++) {
            s += m->beat[i][k];
            q += m->beat[i][k] * m->beat[i][k];
        }
        s /= (double)n;
        slow += larger(q / (double)n - s * s, 0);
    }
    return slow / (slow + e + 1e-6);
}

static double rhythm(const movement *m) {
    double mean[3] = {0, 0, 0}, centred[RECALL][3], own = 0, top = 0, n = (double)m->beats;
    uint32_t i, k, lag, most = m->beats / 2 < 30 ? m->beats / 2 : 30;
    if (m->beats < 25)
        return 0;
    for (i = 0; i < m->beats; i++)
        for (k = 0; k < 3; k++)
            mean[k] += m->beat[i][k] / n;
    for (i = 0; i < m->beats; i++)
        for (k = 0; k < 3; k++) {
            centred[i][k] = m->beat[i][k] - mean[k];
            own += squared(centred[i][k]);
        }
    if (own < 1e-3 * n)
        return 0;
    for (lag = 8; lag <= most; lag++) {
        double s = 0;
        for (i = lag; i < m->beats; i++) {
            const double *p = centred[i], *q = centred[i - lag];
            s += p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
        }
        top = larger(top, s / own * n / (double)(m->beats - lag));
    }
    return smaller(top, 1);
}

int onset_movement_at(movement *m, double t, double f[FEATURES]) {
    double now, e;
    int64_t lo, hi;
    if (m->n == 0 || !energy(m, t, ENERGY_S, &now)) {
        m->beats = 0;
        return 0;
    }
    follow(m, t);
    f[0] = log10_of(now);
    f[1] = energy(m, t, 2, &e) ? log10_of(e) : f[0];
    f[2] = energy(m, t, 6, &e) ? log10_of(e) : f[1];
    within(m, t, 1, &lo, &hi);
    f[3] = log10_of((m->step[place(m, hi)] - m->step[place(m, lo)]) / larger(1, (double)(hi - lo)) * m->rate);
    f[4] = slowness(m, now);
    f[5] = rhythm(m);
    return 1;
}

/* How likely a frame's movement is in each state. */
static void says(const tables *t, const double *v, double like[STATES]) {
    static const uint32_t look_of[STATES] = {0, 1, 2, 3, 0};
    double p[LOOKS] = {0.9, 0.1, 0.1, 0.1}, in[LOOK_INPUTS];
    uint32_t c, k, j, n = 1 + FEATURES;
    if (t->look) {
        in[0] = 1;
        for (k = 0; k < FEATURES; k++)
            in[1 + k] = smaller(larger((v[k] - t->look_mean[k]) / t->look_scale[k], -3), 3);
        for (k = 0; k < FEATURES; k++)
            for (j = 0; j <= k; j++)
                in[n++] = in[1 + k] * in[1 + j];
        for (c = 0; c < LOOKS; c++) {
            p[c] = 0;
            for (k = 0; k < LOOK_INPUTS; k++)
                p[c] += get_f64(t->look_weight + 8 * (size_t)(c * LOOK_INPUTS + k)) * in[k];
        }
        onset_softmax(p, LOOKS);
    } else if (v[0] > t->moving) {
        p[0] = 0.1;
        p[1] = p[2] = p[3] = 0.9;
    }
    for (k = 0; k < STATES; k++)
        like[k] = onset_exp(onset_log(larger(p[look_of[k]], 1e-4)) / t->overlap);
}

void onset_states_begin(states *f, const tables *t) {
    uint32_t s;
    f->n = 0;
    for (s = 0; s < STATES; s++) {
        f->ages[s] = s == SETUP ? t->setup + 1 : AGES;
        memset(f->at[s], 0, AGES * sizeof **f->at);
        f->at[s][0] = f->p[s] = t->start[s];
    }
}

static double stay(const tables *t, uint32_t s, uint32_t age) { return 1 - get_f64(t->ends + 8 * (size_t)(s * AGES + age)); }

/* Every state a frame older, or over and into another. */
static void advance(states *f, const tables *t, const double like[STATES]) {
    static const int follows[STATES][3] = {{MOVING, SETUP, -1}, {IDLE, SETUP, REST}, {MOVING, EXERCISING, -1}, {MOVING, SETUP, REST}, {IDLE, MOVING, SETUP}};
    double leaving[STATES];
    uint32_t s, d;
    int k;
    for (s = 0; s < STATES; s++) {
        double *at = f->at[s], l = like[s], gone, sum;
        uint32_t last = f->ages[s] - 1;
        gone = at[last] * (1 - stay(t, s, last));
        sum = at[last] * stay(t, s, last) * l;
        at[last] = sum;
        for (d = last; d > 0; d--) {
            double v = at[d - 1], goes = v * stay(t, s, d - 1);
            gone += v - goes;
            goes *= l;
            if (d == last) {
                goes += at[last];
                sum = 0;
            }
            at[d] = goes;
            sum += goes;
        }
        at[0] = 0;
        leaving[s] = gone;
        f->p[s] = sum;
    }
    for (s = 0; s < STATES; s++)
        for (k = 0; k < 3 && follows[s][k] >= 0; k++) {
            int n = follows[s][k];
            double enter = leaving[s] * t->next[s][n] * like[n];
            f->at[n][0] += enter;
            f->p[n] += enter;
        }
}

void onset_states_step(states *f, const tables *t, const double *v) {
    double like[STATES] = {1, 1, 1, 1, 1}, total = 0;
    uint32_t s, d;
    if (v != NULL)
        says(t, v, like);
    if (++f->n > 1)
        advance(f, t, like);
    else
        for (s = 0; s < STATES; s++) {
            f->at[s][0] *= like[s];
            f->p[s] = f->at[s][0];
        }
    for (s = 0; s < STATES; s++)
        total += f->p[s];
    for (s = 0; s < STATES; s++)
        f->p[s] /= total;
    if (total > 1e-100)
        return;
    for (s = 0; s < STATES; s++)
        for (d = 0; d < f->ages[s]; d++)
            f->at[s][d] /= total;
}

double onset_states_since(const states *f, const tables *t, double *sd) {
    double sum = 0, first = 0, second = 0, mean;
    uint32_t d, part;
    for (part = 0; part < 2; part++) {
        uint32_t s = part == 0 ? SETUP : EXERCISING;
        for (d = 0; d < f->ages[s]; d++) {
            double p = f->at[s][d], age = (double)(d + 1 + (part == 0 ? 0 : t->setup)) * FRAME_S;
            sum += p;
            first += p * age;
            second += p * age * age;
        }
    }
    *sd = 0;
    if (!(sum > 0))
        return 0;
    mean = first / sum;
    *sd = onset_sqrt(larger(second / sum - mean * mean, 0));
    return mean;
}

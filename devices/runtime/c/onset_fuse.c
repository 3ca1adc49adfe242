/* What is known at a decision: order, place, memory, and all together. */
#include "onset_internal.h"

static int same_context(const tables *t, const unsigned char *row, const uint16_t *context, uint32_t n) {
    const unsigned char *s = t->symbol + 2 * (size_t)get_u32(row + 8);
    uint32_t i;
    if (get_u32(row + 4) != n)
        return 0;
    for (i = 0; i < n; i++)
        if (get_u16(s + 2 * (size_t)i) != context[i])
            return 0;
    return 1;
}

/* Interpolated from the most general context to the most specific. p has room for
 * exercises + 1 and ends up with the exercises. */
void onset_order(const tables *t, const uint16_t *history, uint32_t n, double *p) {
    uint32_t i, k, scope, depth;
    for (i = 0; i <= t->exercises; i++)
        p[i] = get_f64(t->base + 8 * (size_t)i);
    for (depth = 0; depth <= t->depth && depth <= n; depth++)
        for (scope = 0; scope < 2; scope++)
            for (i = 0; i < t->rows; i++) {
                const unsigned char *r = t->row + (size_t)i * ROW;
                uint32_t next = get_u32(r + 12), at = get_u32(r + 16);
                double escape = t->escape * (double)next, total = get_f64(r + 24);
                if (get_u32(r) != scope || !same_context(t, r, history + (n - depth), depth))
                    continue;
                for (k = 0; k <= t->exercises; k++)
                    p[k] *= escape / (total + escape);
                for (k = 0; k < next; k++)
                    p[get_u16(t->symbol + 2 * (size_t)(at + k))] += get_f64(t->count + 8 * (size_t)(at + k)) / (total + escape);
                break;
            }
    onset_normalise(p, t->exercises + 1);
    memmove(p, p + 1, t->exercises * sizeof *p);
    onset_normalise(p, t->exercises);
}

/* Counts smoothed towards a wider distribution. */
static void lean(const tables *t, const unsigned char *row, const double *towards, double strength, double *out) {
    uint32_t n = row == NULL ? 0 : get_u32(row + 16), at = row == NULL ? 0 : get_u32(row + 20), i;
    double total = 0, extra = strength * (double)(n > 1 ? n : 1);
    for (i = 0; i < n; i++)
        total += get_f64(t->place_count + (size_t)(at + i) * PLACE_COUNT);
    for (i = 0; i < t->exercises; i++)
        out[i] = extra * towards[i];
    for (i = 0; i < n; i++) {
        const unsigned char *c = t->place_count + (size_t)(at + i) * PLACE_COUNT;
        uint32_t e = get_u32(c + 8);
        out[e] = get_f64(c) + extra * towards[e];
    }
    for (i = 0; i < t->exercises; i++)
        out[i] /= total + extra;
}

static const unsigned char *find(const onset_model *m, const unsigned char *rows, uint32_t n, onset_name site, onset_name zone) {
    uint32_t i;
    for (i = 0; i < n; i++)
        if (same_name(onset_string(m, rows + (size_t)i * PLACE_ROW), site) && same_name(onset_string(m, rows + (size_t)i * PLACE_ROW + 8), zone))
            return rows + (size_t)i * PLACE_ROW;
    return NULL;
}

int onset_place(const onset_model *m, const tables *t, onset_name site, const beacons *b, const double *belief, double *p, double *here,
                double *there) {
    onset_name none = {"", 0};
    uint32_t i, k;
    if (site.length == 0 && b->n == 0)
        return 0;
    for (i = 0; i < t->exercises; i++)
        there[i] = 1 / (double)t->exercises;
    lean(t, find(m, t->place, t->places, site, none), there, t->site_strength, here);
    if (b->n == 0) {
        memcpy(p, here, t->exercises * sizeof *p);
        return 1;
    }
    memset(p, 0, t->exercises * sizeof *p);
    for (k = 0; k <= b->n; k++) {
        onset_name zone = none;
        if (k > 0) {
            zone.text = b->all[k - 1].name;
            zone.length = b->all[k - 1].length;
        }
        lean(t, find(m, t->zone, t->zones, site, zone), here, t->zone_strength, there);
        for (i = 0; i < t->exercises; i++)
            p[i] += belief[k] * there[i];
    }
    onset_normalise(p, t->exercises);
    return 1;
}

static void settle(beacons *b, const tables *t) {
    double current;
    uint32_t i;
    if (b->zone >= 0 && b->all[b->zone].level >= t->nowhere)
        current = b->all[b->zone].level;
    else {
        b->zone = -1;
        current = t->nowhere - t->stay;
    }
    for (i = 0; i < b->n; i++)
        if (b->all[i].level > current + t->stay) {
            b->zone = (int32_t)i;
            current = b->all[i].level - t->stay;
        }
}

void onset_beacons_advance(beacons *b, const tables *t, double at) {
    uint32_t i;
    if (!(at > b->now))
        return;
    for (i = 0; i < b->n; i++) {
        beacon *x = &b->all[i];
        double silent = at - (x->ever ? larger(b->now, x->heard + t->rise) : b->now);
        if (silent > 0)
            x->level = t->silent + (x->level - t->silent) * onset_exp(-silent / t->fade);
    }
    b->now = at;
    settle(b, t);
}

/* 0 when there is no room for another beacon. */
int onset_beacons_hear(beacons *b, const tables *t, double at, onset_name name, double dbm, int lost) {
    uint32_t i;
    beacon *x;
    double gain;
    if (is_nan(dbm))
        return 1;
    onset_beacons_advance(b, t, at);
    for (i = 0; i < b->n; i++) {
        uint32_t n = b->all[i].length < name.length ? b->all[i].length : name.length;
        int c = n == 0 ? 0 : memcmp(b->all[i].name, name.text, n);
        if (c > 0 || (c == 0 && b->all[i].length >= name.length))
            break;
    }
    x = &b->all[i];
    if (i == b->n || x->length != name.length || memcmp(x->name, name.text, name.length) != 0) {
        if (b->n == MOST_BEACONS || name.length > MOST_NAME)
            return 0;
        memmove(x + 1, x, (b->n - i) * sizeof *x);
        b->n++;
        memset(x, 0, sizeof *x);
        memcpy(x->name, name.text, name.length);
        x->length = name.length;
        x->level = t->silent;
        if (b->zone >= (int32_t)i)
            b->zone++;
    }
    if (lost) {
        x->level = t->silent;
        settle(b, t);
        return 1;
    }
    /* The first packet after a silence counts for as long as the silence. */
    gain = x->ever ? 1 - onset_exp(-larger(1, b->now - x->heard) / t->rise) : 1;
    x->level += gain * (smaller(larger(dbm, t->silent), 0) - x->level);
    x->heard = b->now;
    x->ever = 1;
    settle(b, t);
    return 1;
}

void onset_beacons_belief(const beacons *b, const tables *t, double *belief) {
    uint32_t i;
    belief[0] = t->nowhere / t->spread;
    for (i = 0; i < b->n; i++) {
        double l = b->all[i].level;
        if ((int32_t)i == b->zone)
            l += t->stay;
        belief[i + 1] = l / t->spread;
    }
    onset_softmax(belief, b->n + 1);
}

static double mean(const double *x, uint32_t n) {
    double s = 0;
    uint32_t i;
    for (i = 0; i < n; i++)
        s += x[i];
    return s / (double)n;
}

static void sort(double *x, uint32_t n) {
    uint32_t gap, i, k;
    for (gap = n / 2; gap > 0; gap /= 2)
        for (i = gap; i < n; i++) {
            double v = x[i];
            for (k = i; k >= gap && x[k - gap] > v; k -= gap)
                x[k] = x[k - gap];
            x[k] = v;
        }
}

/* Eight numbers a channel that two onsets are compared by. */
void onset_features(const double *window, uint32_t channels, uint32_t n, double *f, double *sorted) {
    static const double quantile[3] = {0.1, 0.5, 0.9};
    uint32_t c, k, i;
    for (c = 0; c < channels; c++, window += n) {
        double m, q = 0;
        for (k = 0; k < 4; k++) {
            uint32_t from = k * n / 4, to = (k + 1) * n / 4;
            to = to > from + 1 ? to : from + 1;
            *f++ = mean(window + from, to - from);
        }
        memcpy(sorted, window, n * sizeof *sorted);
        sort(sorted, n);
        for (k = 0; k < 3; k++)
            *f++ = sorted[(uint32_t)(quantile[k] * (double)(n - 1))];
        m = mean(window, n);
        for (i = 0; i < n; i++)
            q += (window[i] - m) * (window[i] - m);
        *f++ = 0.5 * onset_log(q / (double)n + 1e-6);
    }
}

int onset_memory(const tables *t, const double *now, const double *earlier, const uint16_t *answers, uint32_t n, double *p, double *count) {
    uint32_t i, k;
    if (n == 0 || now == NULL || t->features == 0)
        return 0;
    memset(p, 0, t->exercises * sizeof *p);
    memset(count, 0, t->exercises * sizeof *count);
    for (i = 0; i < n; i++, earlier += t->features) {
        double s = 0;
        for (k = 0; k < t->features; k++) {
            double d = (now[k] - earlier[k]) / get_f64(t->scale + 8 * (size_t)k);
            s += smaller(d * d, t->clip); /* one odd feature does not decide alone */
        }
        s = t->a - t->b * onset_sqrt(s / (double)t->features);
        p[answers[i]] += onset_exp(smaller(larger(s, -t->limit), t->limit));
        count[answers[i]]++;
    }
    for (i = 0; i < t->exercises; i++)
        p[i] = count[i] > 0 ? p[i] / count[i] : 1;
    onset_normalise(p, t->exercises);
    return 1;
}

/* The logarithmic pool of what was said: the most probable exercise. */
int32_t onset_fuse(const tables *t, double *const said[ONSET_SOURCES], double *fused, double *margin) {
    uint32_t s, i, n = t->exercises;
    int32_t top;
    double next = 0;
    memset(fused, 0, n * sizeof *fused);
    for (s = 0; s < ONSET_SOURCES; s++) {
        if (said[s] == NULL || t->weight[s] == 0)
            continue;
        for (i = 0; i < n; i++) {
            double floored = (1 - t->floor[s]) * said[s][i] + t->floor[s] / (double)n;
            fused[i] += t->weight[s] * onset_log(floored * (double)n);
        }
    }
    onset_softmax(fused, n);
    top = onset_best(fused, n);
    for (i = 0; i < n; i++)
        if ((int32_t)i != top)
            next = larger(next, fused[i]);
    *margin = fused[top] - next;
    return top;
}

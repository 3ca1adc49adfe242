/* Whether recorded samples keep what is said of them: see device_csv.h. */
#include "device_csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int wrong(onset_error *e, const char *what) {
    e->status = ONSET_ARGUMENT;
    snprintf(e->text, sizeof e->text, "%s", what);
    return 0;
}

char *recorded_next(char *p) {
    do
        p += strlen(p) + 1;
    while (*p == 0 || *p == '#');
    return p;
}

/* Clocks from the rows' times, where none is told: a new one wherever the step is
 * not the usual one. */
static int infer(block *b, onset_error *e) {
    char *p = b->rows;
    double before = 0, first = 0, step = 0, nominal = b->rate > 0 ? 1 / b->rate : 0;
    long i, from = 0;
    int ok = 1;
    for (i = 0; i <= b->samples && ok; i++) {
        double t = i < b->samples ? strtod(p, NULL) : 0;
        if (i > 0 && step == 0 && i < b->samples)
            step = nominal > 0 ? nominal : t - before;
        if (i > 0 && i < b->samples && !(t - before > 0.5 * step)) {
            e->status = ONSET_RATE;
            snprintf(e->text, sizeof e->text, "recording %s: sample %ld comes %g s after the one before; at %g Hz it takes %g s", b->id, i + 1,
                     t - before, 1 / step, step);
            ok = 0;
        } else if (i == b->samples || (i > 0 && t - before > 1.5 * step)) {
            double rate = i - from > 1 ? (double)(i - 1 - from) / (before - first) : step > 0 ? 1 / step : 1;
            ok = b->samples == 0 || recorded_clock(b, (double)from, first, rate, 0, e);
            from = i;
            first = t;
        } else if (i == 0)
            first = t;
        before = t;
        if (i + 1 < b->samples)
            p = recorded_next(p);
    }
    if (ok && b->samples > 4 && b->clocks > b->samples / 2) {
        e->status = ONSET_RATE;
        snprintf(e->text, sizeof e->text, "recording %s: nearly every sample comes later than %g s after the one before, as it would at %g Hz", b->id,
                 1.5 * step, 1 / step);
        return 0;
    }
    return ok;
}

/* The rows' times against clocks that were told. */
static int agrees(const block *b, onset_error *e) {
    char *p = b->rows;
    double before = 0, began = 0;
    long i, k = 0;
    for (i = 0; i < b->samples; i++, before = strtod(p, NULL), p = i < b->samples ? recorded_next(p) : p) {
        double t = strtod(p, NULL), told, off;
        while (k + 1 < b->clocks && b->clock[k + 1].first <= i)
            k++;
        if (i == b->clock[k].first)
            began = t;
        told = b->clock[k].start + (double)(i - b->clock[k].first) / b->clock[k].rate;
        off = t > told ? t - told : told - t;
        if (i > 0 && !(t > before)) {
            e->status = ONSET_TIME;
            snprintf(e->text, sizeof e->text, "recording %s: time runs backwards: sample %ld comes %g s after the one before", b->id, i + 1, t - before);
            return 0;
        }
        if (off <= (0.5 / b->clock[k].rate > 0.002 ? 0.5 / b->clock[k].rate : 0.002))
            continue;
        if (i > b->clock[k].first) {
            e->status = ONSET_RATE;
            snprintf(e->text, sizeof e->text, "recording %s: by their times its samples come at %g Hz; its clock says %g Hz", b->id,
                     (double)(i - b->clock[k].first) / (t - began), b->clock[k].rate);
        } else {
            e->status = ONSET_TIME;
            snprintf(e->text, sizeof e->text, "recording %s: sample %ld lies at %g s in its row and at %g s by its clock", b->id, i + 1, t, told);
        }
        return 0;
    }
    return 1;
}

/* The mean acceleration of a recording tells a wrong unit: a body at rest measures
 * 1 g, and every unit is a factor of ten or a thousand from the next. */
static int plausible(const onset_stream *s, const block *b, onset_error *e) {
    enum { FEWEST = 50 };
    char *p = b->rows, *end;
    double sum = 0, factor = 0;
    long i, n = 0;
    uint32_t c, axes = 0;
    for (c = 0; c < s->channels && b->samples > 0; c++) /* without a row its columns may have no names */
        if (strcmp(b->channel[c].kind, "accelerometer") == 0) {
            const char *unit = b->channel[c].unit;
            factor = strcmp(unit, "g") == 0 ? 1 : strcmp(unit, "mg") == 0 ? 1e-3 : strcmp(unit, "m/s2") == 0 ? 1 / 9.80665 : 0;
            axes++;
        }
    if (axes != 3 || factor == 0)
        return 1;
    for (i = 0; i < b->samples; i++, p = i < b->samples ? recorded_next(p) : p) {
        double square = 0;
        strtod(p, &end);
        for (c = 0; c < s->channels && *end == ','; c++) {
            char *from = end + 1;
            double v = strtod(from, &end);
            if (end == from)
                v = strtod("nan", NULL); /* missing */
            if (strcmp(b->channel[c].kind, "accelerometer") == 0)
                square += v * v;
        }
        if (c == s->channels && square - square == 0) {
            sum += sqrt(square) * factor;
            n++;
        }
    }
    if (n < FEWEST || (sum / (double)n >= 0.25 && sum / (double)n <= 4))
        return 1;
    e->status = ONSET_UNIT;
    for (c = 0; strcmp(b->channel[c].kind, "accelerometer") != 0; c++) {
    }
    snprintf(e->text, sizeof e->text, "recording %s: its acceleration averages %.3g g; at rest it would be 1 g, so its unit is not %s", b->id,
             sum / (double)n, b->channel[c].unit);
    return 0;
}

int recorded_check(recorded *r, onset_error *e) {
    uint32_t i;
    long k;
    if (r->streams == 0)
        return wrong(e, "there is no recording in it");
    for (i = 0; i < r->streams; i++) {
        block *b = &r->block[i];
        double most = 0;
        if (b->clocks == 0 ? !infer(b, e) : !agrees(b, e))
            return 0;
        if (!plausible(&r->stream[i], b, e))
            return 0;
        if (b->clocks > 0 && b->clock[b->clocks - 1].first > b->samples)
            return wrong(e, "a clock begins behind the last sample");
        for (k = 0; k < b->clocks; k++)
            most = b->clock[k].rate > most ? b->clock[k].rate : most;
        if (b->rate > 0 && most > 0 && (most > 1.25 * b->rate || most < 0.8 * b->rate)) {
            e->status = ONSET_RATE;
            snprintf(e->text, sizeof e->text, "recording %s: its samples come at %g Hz, it says %g Hz", b->id, most, b->rate);
            return 0;
        }
        r->stream[i].rate_hz = most > 0 ? most : 1;
    }
    /* Every second until then is lived through. */
    if (!(recorded_end(r) < 1e7)) {
        e->status = ONSET_TIME;
        snprintf(e->text, sizeof e->text, "the samples end %.4g s after the session's start; times count from there, not from 1970", recorded_end(r));
        return 0;
    }
    return 1;
}

/* Telling a session what was recorded: see device_csv.h. */
#include "device_csv.h"

#include <stdlib.h>
#include <string.h>

int recorded_keep(recorded *r, const onset_model *m) {
    uint32_t i, n = 0;
    long k;
    for (i = 0; i < r->streams; i++) {
        int keep = onset_reads(m, &r->stream[i]);
        for (k = 0; k < r->cues; k++)
            if (r->cue[k].stream == (int)i)
                r->cue[k].stream = keep ? (int)n : -1;
        if (!keep)
            continue;
        r->stream[n] = r->stream[i];
        r->block[n] = r->block[i];
        r->stream[n].channel = r->block[n].channel;
        n++;
    }
    r->streams = n;
    return n > 0;
}

double recorded_end(const recorded *r) {
    double end = 0;
    uint32_t i;
    for (i = 0; i < r->streams; i++) {
        const block *b = &r->block[i];
        long k = b->clocks - 1;
        double own = k < 0 ? 0 : b->clock[k].start + (double)(b->samples - b->clock[k].first) / b->clock[k].rate;
        end = own > end ? own : end;
    }
    return end;
}

int recorded_left(const recorded *r) {
    uint32_t i;
    for (i = 0; i < r->streams; i++)
        if (r->block[i].next < r->block[i].samples)
            return 1;
    return 0;
}

/* Reads a block's next row. */
static void row(block *b, uint32_t channels, double *values) {
    char *p = b->rows, *end;
    uint32_t i;
    while (*p == 0 || *p == '#')
        p += strlen(p) + 1;
    strtod(p, &end);
    for (i = 0; i < channels; i++) { /* recorded_read has counted them */
        p = end + 1;
        values[i] = strtod(p, &end);
        if (end == p)
            values[i] = strtod("nan", NULL);
    }
    b->rows = end + 1;
}

/* Samples before a time, clock by clock. */
static int tell(block *b, onset_session *s, uint32_t stream, uint32_t channels, double to, onset_error *e) {
    double values[ONSET_MOST_CHANNELS];
    while (b->next < b->samples) {
        double start, rate, n;
        long last;
        while (b->clock_at + 1 < b->clocks && b->clock[b->clock_at + 1].first <= b->next)
            b->clock_at++;
        start = b->clock[b->clock_at].start;
        rate = b->clock[b->clock_at].rate;
        last = b->clock_at + 1 < b->clocks ? b->clock[b->clock_at + 1].first : b->samples;
        n = (double)b->clock[b->clock_at].first + (to - start) * rate - 1e-6;
        if (n <= (double)b->next)
            return 1;
        if (b->next == b->clock[b->clock_at].first && onset_clock(s, stream, start, rate, e) != ONSET_OK)
            return 0;
        while (b->next < last && (double)b->next < n) {
            row(b, channels, values);
            if (onset_sample(s, stream, values, e) != ONSET_OK)
                return 0;
            b->next++;
        }
        if (b->next < last)
            return 1;
    }
    return 1;
}

int recorded_tell(recorded *r, onset_session *s, double to, onset_error *e) {
    uint32_t i;
    for (i = 0; i < r->streams; i++)
        if (!tell(&r->block[i], s, i, r->stream[i].channels, to, e))
            return 0;
    for (; r->event_at < r->events && r->event[r->event_at].at < to; r->event_at++) {
        happening *h = &r->event[r->event_at];
        onset_name name;
        name.text = h->name;
        name.length = (uint32_t)strlen(h->name);
        if (onset_beacon(s, h->at, name, h->value, h->lost, e) != ONSET_OK)
            return 0;
    }
    for (; r->cue_at < r->cues && r->cue[r->cue_at].at < to; r->cue_at++)
        if (onset_cue(s, r->cue[r->cue_at].at, r->cue[r->cue_at].stream, r->cue[r->cue_at].sample, e) != ONSET_OK)
            return 0;
    return 1;
}

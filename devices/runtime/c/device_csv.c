/* Reading what `onsetctl samples` prints: see device_csv.h. */
#include "device_csv.h"

#include <stdlib.h>
#include <string.h>

char *read_all(FILE *file, size_t *size) {
    size_t room = 1 << 16, n = 0, got;
    char *text = malloc(room + 1);
    while (text != NULL && (got = fread(text + n, 1, room - n, file)) > 0) {
        n += got;
        if (n == room) {
            char *more = realloc(text, 2 * room + 1);
            if (more == NULL)
                free(text);
            text = more;
            room *= 2;
        }
    }
    if (text != NULL)
        text[n] = 0;
    *size = n;
    return text;
}

static int refuse(onset_error *e, long line, const char *what) {
    e->status = ONSET_ARGUMENT;
    snprintf(e->text, sizeof e->text, "line %ld: %s", line, what);
    return 0;
}

/* The value of key= in a comment, ended by a zero; quotes are taken off. The text
 * after it stays readable through *rest. */
static char *value_of(char *line, const char *key) {
    size_t n = strlen(key);
    char *p = line;
    while ((p = strstr(p, key)) != NULL) {
        if (p > line && p[-1] == ' ' && p[n] == '=') {
            char *v = p + n + 1, *to;
            if (*v != '"')
                return v;
            for (to = ++v, p = v; *p != 0 && *p != '"'; p++) {
                if (*p == '\\' && p[1] != 0)
                    p++;
                *to++ = *p;
            }
            *to = 0;
            return v;
        }
        p += n;
    }
    return NULL;
}

static int number_of(char *line, const char *key, double *v) {
    char *text = value_of(line, key), *end;
    if (text == NULL)
        return 0;
    *v = strtod(text, &end);
    return end != text && (*end == 0 || *end == ' ') && *v - *v == 0;
}

/* Takes the piece before a separator off a list. */
static char *piece(char **list, char separator) {
    char *from = *list, *end = strchr(from, separator);
    if (end != NULL) {
        *end = 0;
        *list = end + 1;
    } else
        *list = from + strlen(from);
    return from;
}

static void end_word(char *p) {
    if (p != NULL)
        p[strcspn(p, " ")] = 0;
}

/* "accelerometer_x" or "accelerometer_x_2" into kind and axis. */
static void column(char *name, onset_channel *c) {
    char *last = strrchr(name, '_');
    if (last != NULL && last[1] != 0 && strspn(last + 1, "0123456789") == strlen(last + 1)) {
        *last = 0;
        last = strrchr(name, '_');
    }
    c->kind = name;
    c->axis = "";
    if (last != NULL && last[1] >= 'x' && last[1] <= 'z' && last[2] == 0) {
        *last = 0;
        c->axis = last + 1;
    }
}

static int recording(recorded *r, char *line, long at, onset_error *e) {
    block *b = &r->block[r->streams];
    onset_stream *s = &r->stream[r->streams];
    char *units = value_of(line, "units"), *placement = value_of(line, "placement");
    if (r->streams == ONSET_MOST_STREAMS)
        return refuse(e, at, "there are too many recordings");
    memset(b, 0, sizeof *b);
    memset(s, 0, sizeof *s);
    if (units == NULL || placement == NULL)
        return refuse(e, at, "the recording does not say placement= and units=");
    if (!number_of(line, "nominal_hz", &b->rate))
        b->rate = 0;
    b->id = line + strlen("# recording ");
    end_word(b->id);
    end_word(placement);
    end_word(units);
    s->name = b->id;
    s->placement = placement;
    s->channel = b->channel;
    while (*units != 0 && s->channels < ONSET_MOST_CHANNELS)
        b->channel[s->channels++].unit = piece(&units, ',');
    if (*units != 0 || s->channels == 0)
        return refuse(e, at, "the recording has too many channels, or none");
    r->streams++;
    return 1;
}

static int header(recorded *r, char *line, long at, onset_error *e) {
    uint32_t i;
    if (r->streams == 0)
        return refuse(e, at, "no line '# recording ...' comes before it");
    if (strcmp(piece(&line, ','), "time_s") != 0)
        return refuse(e, at, "the columns don't begin with time_s");
    for (i = 0; i < r->stream[r->streams - 1].channels; i++) {
        if (*line == 0)
            return refuse(e, at, "there are fewer columns than units");
        column(piece(&line, ','), &r->block[r->streams - 1].channel[i]);
    }
    return *line == 0 ? 1 : refuse(e, at, "there are more columns than units");
}

static void *grown(void *list, long n, size_t size) {
    if (n >= 16 && (n & (n - 1)) != 0)
        return list;
    return n == 0 ? malloc(16 * size) : n < 16 ? list : realloc(list, 2 * (size_t)n * size);
}

static int add_clock(recorded *r, double first, double start, double rate, long at, onset_error *e) {
    block *b = &r->block[r->streams - 1];
    void *more = r->streams == 0 ? NULL : grown(b->clock, b->clocks, sizeof *b->clock);
    if (more == NULL)
        return refuse(e, at, "a clock before any recording, or no memory for it");
    b->clock = more;
    if (!(rate > 0) || first < 0 || first > 1e15 || (b->clocks == 0 ? first != 0 : first <= (double)b->clock[b->clocks - 1].first))
        return refuse(e, at, "the clock does not advance");
    b->clock[b->clocks].first = (long)first;
    b->clock[b->clocks].start = start;
    b->clock[b->clocks++].rate = rate;
    return 1;
}

static int comment(recorded *r, char *line, long at, onset_error *e) {
    double a, b, c;
    happening *h;
    if (strncmp(line, "# recording ", 12) == 0)
        return recording(r, line, at, e);
    if (strncmp(line, "# clock ", 8) == 0)
        return (number_of(line, "first", &a) && number_of(line, "start_s", &b) && number_of(line, "rate_hz", &c)) ? add_clock(r, a, b, c, at, e)
                                                                                                         : refuse(e, at, "the clock can't be read");
    if (strncmp(line, "# session ", 10) == 0) {
        r->site = value_of(line, "site");
        return 1;
    }
    if (strncmp(line, "# event ", 8) == 0) {
        char *kind = value_of(line, "kind");
        if (kind == NULL || !number_of(line, "at_s", &a))
            return refuse(e, at, "the event can't be read");
        if (strncmp(kind, "beacon", 6) != 0)
            return 1;
        if ((h = grown(r->event, r->events, sizeof *h)) == NULL)
            return refuse(e, at, "there is no memory for it");
        r->event = h;
        h += r->events++;
        memset(h, 0, sizeof *h);
        h->at = a;
        h->lost = strncmp(kind, "beacon-lost", 11) == 0;
        if (!number_of(line, "value", &h->value))
            h->value = 0;
        h->name = value_of(line, "name");
        if (h->name == NULL || (r->events > 1 && h[-1].at > h->at))
            return refuse(e, at, "the beacon has no name, or is not in the order of time");
        return 1;
    }
    if (strncmp(line, "# onset ", 8) == 0) {
        char *id = value_of(line, "recording");
        uint32_t i;
        if (!number_of(line, "at_s", &a) || (h = grown(r->cue, r->cues, sizeof *h)) == NULL)
            return refuse(e, at, "the onset can't be read");
        r->cue = h;
        h += r->cues++;
        memset(h, 0, sizeof *h);
        h->at = a;
        h->stream = -1;
        if (!number_of(line, "sample", &h->sample))
            return 1;
        end_word(id);
        for (i = 0; id != NULL && i < r->streams; i++)
            if (strcmp(r->block[i].id, id) == 0)
                h->stream = (int)i;
        return 1;
    }
    return 1;
}

/* Clocks from the rows' times, where none is told: a new one wherever the step is
 * not the usual one. */
static int infer(recorded *r, block *b, onset_error *e) {
    char *p = b->rows;
    double before = 0, first = 0, step = 0, nominal = b->rate > 0 ? 1 / b->rate : 0;
    long i, from = 0;
    uint32_t own = r->streams;
    int ok = 1;
    r->streams = (uint32_t)(b - r->block) + 1;
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
            ok = b->samples == 0 || add_clock(r, (double)from, first, rate, 0, e);
            from = i;
            first = t;
        } else if (i == 0)
            first = t;
        before = t;
        p = i < b->samples ? p + strlen(p) + 1 : p;
        while (i + 1 < b->samples && (*p == 0 || *p == '#'))
            p += strlen(p) + 1;
    }
    r->streams = own;
    if (ok && b->samples > 4 && b->clocks > b->samples / 2) {
        e->status = ONSET_RATE;
        snprintf(e->text, sizeof e->text, "recording %s: nearly every sample comes later than %g s after the one before, as it would at %g Hz", b->id,
                 1.5 * step, 1 / step);
        return 0;
    }
    return ok;
}

static int complete(recorded *r, onset_error *e) {
    uint32_t i;
    long k;
    if (r->streams == 0)
        return refuse(e, 1, "there is no recording in it");
    for (i = 0; i < r->streams; i++) {
        block *b = &r->block[i];
        double most = 0;
        if (b->clocks == 0 && !infer(r, b, e))
            return 0;
        if (b->clocks > 0 && b->clock[b->clocks - 1].first > b->samples)
            return refuse(e, 1, "a clock begins behind the last sample");
        for (k = 0; k < b->clocks; k++)
            most = b->clock[k].rate > most ? b->clock[k].rate : most;
        if (b->rate > 0 && most > 0 && (most > 1.25 * b->rate || most < 0.8 * b->rate)) {
            e->status = ONSET_RATE;
            snprintf(e->text, sizeof e->text, "recording %s: its samples come at %g Hz, it says %g Hz", b->id, most, b->rate);
            return 0;
        }
        r->stream[i].rate_hz = most > 0 ? most : 1;
    }
    return 1;
}

int recorded_read(recorded *r, char *text, onset_error *e) {
    long at = 0;
    int columns = 0;
    memset(r, 0, sizeof *r);
    while (*text != 0) {
        char *line = text, *end = strchr(text, '\n');
        at++;
        if (end != NULL) {
            *end = 0;
            text = end + 1;
            if (end > line && end[-1] == '\r')
                end[-1] = 0;
        } else
            text = line + strlen(line);
        if (*line == '#') {
            if (!comment(r, line, at, e))
                return 0;
            columns = columns && strncmp(line, "# recording", 11) != 0;
        } else if (*line != 0 && !columns) {
            if (!header(r, line, at, e))
                return 0;
            columns = 1;
        } else if (*line != 0) {
            block *b = &r->block[r->streams - 1];
            if (b->rows == NULL)
                b->rows = line;
            b->samples++;
        }
    }
    return complete(r, e);
}

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
static int row(block *b, uint32_t channels, double *values, onset_error *e) {
    char *p = b->rows, *end;
    uint32_t i;
    while (*p == 0 || *p == '#')
        p += strlen(p) + 1;
    strtod(p, &end);
    for (i = 0; i < channels; i++) {
        if (*end != ',') {
            e->status = ONSET_ARGUMENT;
            snprintf(e->text, sizeof e->text, "recording %s, sample %ld: there are fewer than %lu values", b->id, b->next + 1, (unsigned long)channels);
            return 0;
        }
        p = end + 1;
        values[i] = strtod(p, &end);
        if (end == p)
            values[i] = strtod("nan", NULL);
    }
    if (*end != 0) {
        e->status = ONSET_ARGUMENT;
        snprintf(e->text, sizeof e->text, "recording %s, sample %ld: it is not a row of numbers", b->id, b->next + 1);
        return 0;
    }
    b->rows = end + 1;
    return 1;
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
            if (!row(b, channels, values, e) || onset_sample(s, stream, values, e) != ONSET_OK)
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

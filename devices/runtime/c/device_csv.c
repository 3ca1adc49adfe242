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
    b->rate = 0;
    if (value_of(line, "nominal_hz") != NULL && (!number_of(line, "nominal_hz", &b->rate) || !(b->rate > 0)))
        return refuse(e, at, "nominal_hz is no rate above zero");
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

int recorded_clock(block *b, double first, double start, double rate, long at, onset_error *e) {
    void *more = b == NULL ? NULL : grown(b->clock, b->clocks, sizeof *b->clock);
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
        return (number_of(line, "first", &a) && number_of(line, "start_s", &b) && number_of(line, "rate_hz", &c)) ? recorded_clock(r->streams == 0 ? NULL : &r->block[r->streams - 1], a, b, c, at, e)
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

/* A row: a time, and for each channel a number, "NaN" or nothing. */
static int row_ok(const char *p, uint32_t channels, long at, onset_error *e) {
    static const double most = 1e30;
    uint32_t i, n = 0;
    for (i = 0;; i++) {
        size_t length = strcspn(p, ",");
        char *end;
        double v = strtod(p, &end);
        n += i > 0;
        e->status = ONSET_ARGUMENT;
        if (end != p + length || (i == 0 && !(v == v && length > 0))) {
            snprintf(e->text, sizeof e->text, "line %ld: \"%.*s\" is not a number%s", at, (int)(length < 40 ? length : 40), p, i == 0 ? ", and it is the row's time" : "");
            return 0;
        }
        if (v > most || v < -most) {
            snprintf(e->text, sizeof e->text, "line %ld: %.*s is infinite, or too large for anything measured", at, (int)(length < 40 ? length : 40), p);
            return 0;
        }
        if (p[length] == 0)
            break;
        p += length + 1;
    }
    if (n == channels)
        return 1;
    snprintf(e->text, sizeof e->text, "line %ld: there are too %s values: %lu beside the time, for %lu channels", at, n < channels ? "few" : "many",
             (unsigned long)n, (unsigned long)channels);
    return 0;
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
            if (!row_ok(line, r->stream[r->streams - 1].channels, at, e))
                return 0;
            if (b->rows == NULL)
                b->rows = line;
            b->samples++;
        }
    }
    return recorded_check(r, e);
}

void recorded_free(recorded *r) {
    uint32_t i;
    for (i = 0; i < ONSET_MOST_STREAMS; i++)
        free(r->block[i].clock);
    free(r->event);
    free(r->cue);
    memset(r, 0, sizeof *r);
}

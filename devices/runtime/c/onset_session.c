/* A session as a device lives it: samples and beacons in, decisions out. */
#include "onset_internal.h"

enum { MOST_EVENTS = 256, MOST_CUES = 32, MOST_HISTORY = 64, UNKNOWN_SITE = 0xffff };
#define SLACK_S 3.0 /* how far samples may be ahead of onset_advance */

typedef struct event {
    double at, dbm;
    int lost;
    uint32_t length;
    char name[MOST_NAME];
} event;

typedef struct cue {
    double at, sample;
    int32_t stream;
} cue;

/* An answer that is not yet part of the past. */
typedef struct answer {
    double until, taken;
    uint16_t exercise;
    int has_features;
} answer;

struct onset_session {
    const onset_model *model;
    tables t;
    onset_options options;
    onset_name site;
    uint32_t streams, movements, sensors;
    stream *stream;
    movement *movement;
    sensor *sensor;
    states states;
    beacons beacons;
    event *event;
    cue *cue;
    uint32_t events, cues;
    /* memory of the session */
    uint32_t most_sets, done, pending, history_n;
    double *features; /* of what is done */
    uint16_t *done_exercise;
    answer *answer;
    double *answer_features;
    uint16_t history[MOST_HISTORY];
    /* work */
    double *window, *weights, *own_features, *fused, *belief, *work, *said[ONSET_SOURCES];
    float *net;
    /* where it stands */
    uint64_t frames;
    double clock, onset_s, onset_sd, paused_s, ended_s, seen_s, last_event;
    int under, decided, blind;
};

typedef struct unit {
    const char *name;
    int of;
    double factor;
} unit;

static const unit units[] = {{"m/s2", 1, 1},      {"g", 1, 9.80665},  {"mg", 1, 9.80665e-3}, {"rad/s", 2, 1}, {"deg/s", 2, 0.017453292519943295},
                             {"uT", 3, 1e-6}, {"mT", 3, 1e-3}, {"G", 3, 1e-4}};

static const unit *unit_named(onset_name n) {
    size_t i;
    for (i = 0; i < sizeof units / sizeof *units; i++)
        if (same_name(n, onset_text(units[i].name)))
            return &units[i];
    return NULL;
}

/* The factor from one unit to another; 0 when there is none. */
static double conversion(onset_name from, onset_name to) {
    const unit *a = unit_named(from), *b = unit_named(to);
    if (same_name(from, to))
        return 1;
    return a == NULL || b == NULL || a->of != b->of ? 0 : a->factor / b->factor;
}

static int is(const char *a, const char *b) { return a != NULL && strcmp(a, b) == 0; }

/* Whether a stream's movement can be followed: three axes in a known unit. */
static int moves(const onset_stream *s, uint32_t axis[3], double *factor) {
    uint32_t i, n = 0;
    for (i = 0; i < s->channels; i++) {
        double f = is(s->channel[i].unit, "g") ? 1 : is(s->channel[i].unit, "mg") ? 1e-3 : is(s->channel[i].unit, "m/s2") ? 1 / 9.80665 : 0;
        if (!is(s->channel[i].kind, "accelerometer") || f == 0)
            continue;
        if (n < 3) {
            axis[n] = i;
            *factor = f;
        }
        n++;
    }
    return n == 3;
}

static onset_name before_slash(onset_name n) {
    uint32_t i;
    for (i = 0; i < n.length && n.text[i] != '/'; i++) {
    }
    n.length = i;
    return n;
}

static onset_name after_slash(onset_name n) {
    onset_name b = before_slash(n);
    uint32_t skip = b.length < n.length ? b.length + 1 : b.length;
    n.text += skip;
    n.length -= skip;
    return n;
}

int onset_reads(const onset_model *m, const onset_stream *s) {
    uint32_t i, k;
    for (i = 0; i < m->channels; i++) {
        onset_name placement = before_slash(m->input[i].sensor);
        if (!same_name(placement, onset_text("any")) && !same_name(placement, onset_text(s->placement)))
            continue;
        for (k = 0; k < s->channels; k++)
            if (same_name(after_slash(m->input[i].sensor), onset_text(s->channel[k].kind)))
                return 1;
    }
    return 0;
}

static onset_status refuse(onset_error *e, onset_status status, const char *what, const onset_stream *s, const onset_input *in) {
    onset_fail(e, status, "stream ");
    onset_say(e, s->name == NULL ? "" : s->name);
    onset_say(e, ": ");
    onset_say(e, what);
    if (in != NULL) {
        onset_say(e, " (the model reads ");
        onset_say_name(e, in->sensor);
        onset_say(e, " ");
        onset_say_name(e, in->axis);
        onset_say(e, " in ");
        onset_say_name(e, in->unit);
        onset_say(e, ")");
    }
    return status;
}

/* Finds a sensor's inputs in a stream; *found says whether it is there. */
static onset_status bind(const onset_model *m, const sensor *s, const onset_stream *t, source *out, int *found, onset_error *e) {
    const onset_input *in = &m->input[s->first];
    onset_name kind = after_slash(in->sensor);
    uint32_t i, k;
    *found = 0;
    if (!same_name(in->sensor, onset_text("any/accelerometer")) && !same_name(before_slash(in->sensor), onset_text(t->placement)))
        return ONSET_OK;
    for (i = 0; i < t->channels; i++)
        *found = *found || same_name(kind, onset_text(t->channel[i].kind));
    for (k = 0; *found && k < s->n; k++) {
        uint32_t hits = 0;
        for (i = 0; i < t->channels; i++)
            if (same_name(kind, onset_text(t->channel[i].kind)) && same_name(in[k].axis, onset_text(t->channel[i].axis))) {
                out->column[k] = i;
                hits++;
            }
        if (hits != 1)
            return refuse(e, ONSET_NO_SENSOR, hits == 0 ? "an axis is missing" : "an axis is there twice", t, &in[k]);
        out->factor[k] = conversion(onset_text(t->channel[out->column[k]].unit), in[k].unit);
        if (out->factor[k] == 0)
            return refuse(e, ONSET_UNIT, "its unit can't be converted", t, &in[k]);
    }
    return ONSET_OK;
}

static onset_status bind_all(onset_session *s, const onset_stream *streams, onset_error *e) {
    const onset_model *m = s->model;
    uint32_t i = 0, k;
    while (i < m->channels) {
        sensor *x = &s->sensor[s->sensors++];
        x->first = i;
        while (i < m->channels && same_name(m->input[i].sensor, m->input[x->first].sensor))
            i++;
        x->n = i - x->first;
        for (k = 0; k < s->streams; k++) {
            int found;
            onset_status st;
            if (x->sources == MOST_TRACKS)
                return onset_fail(e, ONSET_FULL, "too many streams hold the same sensor");
            if ((st = bind(m, x, &streams[k], &x->source[x->sources], &found, e)) != ONSET_OK)
                return st;
            if (found)
                x->source[x->sources++].stream = k;
        }
        if (x->sources == 0) {
            onset_fail(e, ONSET_NO_SENSOR, "no stream holds ");
            onset_say_name(e, m->input[x->first].sensor);
            return ONSET_NO_SENSOR;
        }
    }
    return ONSET_OK;
}

static int plausible(const onset_model *m, const onset_stream *s, uint32_t count) {
    uint32_t i;
    if (count < 1 || count > ONSET_MOST_STREAMS || m->fusion == NULL)
        return 0;
    for (i = 0; i < count; i++)
        if (s[i].channels < 1 || s[i].channels > ONSET_MOST_CHANNELS || s[i].channel == NULL || s[i].placement == NULL || !(s[i].rate_hz >= 0.1) ||
            !(s[i].rate_hz <= 20000) || s[i].rate_hz / m->rate_hz > 1000)
            return 0;
    return 1;
}

/* Hands out a session's memory, or counts it. */
static void lay_out(onset_session *s, arena *a, const onset_model *m, const tables *t, const onset_stream *streams, uint32_t count,
                    uint32_t most_sets) {
    uint32_t i, widest = 0, movements = 0, features = m->channels * 8;
    double keep_s = (AGES + (double)t->setup + 2) * FRAME_S + m->window_s + m->lead_s + SLACK_S + 1;
    s->stream = onset_piece(a, count, sizeof *s->stream);
    s->sensor = onset_piece(a, m->channels, sizeof *s->sensor);
    for (i = 0; i < count; i++) {
        uint32_t axis[3];
        double factor;
        movements += (uint32_t)moves(&streams[i], axis, &factor);
    }
    s->movement = onset_piece(a, movements, sizeof *s->movement);
    movements = 0;
    for (i = 0; i < count; i++) {
        stream own, *x = s->stream == NULL ? &own : &s->stream[i];
        uint32_t weights = onset_window_weights(m, streams[i].rate_hz), axis[3], k;
        double factor = 0;
        widest = weights > widest ? weights : widest;
        x->channels = streams[i].channels;
        x->rate = streams[i].rate_hz;
        x->capacity = (uint32_t)(keep_s * streams[i].rate_hz) + weights + 8;
        x->ring = onset_piece(a, (uint64_t)x->capacity * x->channels, sizeof *x->ring);
        x->movement = -1;
        if (moves(&streams[i], axis, &factor)) {
            movement one, *v = s->movement == NULL ? &one : &s->movement[movements];
            x->movement = (int32_t)movements++;
            v->capacity = (uint32_t)((7 + SLACK_S) * streams[i].rate_hz) + 16;
            v->factor = factor;
            v->rate = streams[i].rate_hz;
            v->times = onset_piece(a, v->capacity, sizeof *v->times);
            v->step = onset_piece(a, v->capacity, sizeof *v->step);
            for (k = 0; k < 3; k++) {
                v->axis[k] = axis[k];
                v->sum[k] = onset_piece(a, v->capacity, sizeof *v->sum[k]);
                v->square[k] = onset_piece(a, v->capacity, sizeof *v->square[k]);
            }
        }
    }
    s->streams = count;
    s->movements = movements;
    for (i = 0; i < STATES; i++)
        s->states.at[i] = onset_piece(a, AGES, sizeof **s->states.at);
    s->beacons.all = onset_piece(a, MOST_BEACONS + 1, sizeof *s->beacons.all);
    s->event = onset_piece(a, MOST_EVENTS, sizeof *s->event);
    s->cue = onset_piece(a, MOST_CUES, sizeof *s->cue);
    s->most_sets = most_sets;
    s->features = onset_piece(a, (uint64_t)most_sets * features, sizeof *s->features);
    s->done_exercise = onset_piece(a, most_sets, sizeof *s->done_exercise);
    s->answer = onset_piece(a, most_sets, sizeof *s->answer);
    s->answer_features = onset_piece(a, (uint64_t)most_sets * features, sizeof *s->answer_features);
    s->window = onset_piece(a, (uint64_t)m->channels * m->samples, sizeof *s->window);
    s->weights = onset_piece(a, widest, sizeof *s->weights);
    s->own_features = onset_piece(a, features, sizeof *s->own_features);
    s->fused = onset_piece(a, t->exercises, sizeof *s->fused);
    for (i = 0; i < ONSET_SOURCES; i++)
        s->said[i] = onset_piece(a, (uint64_t)t->exercises + 1, sizeof **s->said);
    s->belief = onset_piece(a, MOST_BEACONS + 2, sizeof *s->belief);
    s->work = onset_piece(a, 2 * (uint64_t)t->exercises + m->samples, sizeof *s->work);
    s->net = onset_piece(a, (uint64_t)onset_net_floats(m) + m->widest, sizeof *s->net); /* input and scratch */
}

static uint32_t sets_of(const onset_options *o) { return o == NULL || o->most_sets == 0 ? 128 : o->most_sets; }

size_t onset_arena_size(const onset_model *m, const onset_stream *streams, uint32_t count, const onset_options *o) {
    arena a = {NULL, 0, 0, 1, 0};
    tables t;
    onset_session s;
    if (!plausible(m, streams, count) || !onset_tables_read(m, &t) || sets_of(o) > 65536)
        return 0;
    memset(&s, 0, sizeof s);
    onset_piece(&a, 1, sizeof s);
    lay_out(&s, &a, m, &t, streams, count, sets_of(o));
    return a.bad ? 0 : a.used;
}

onset_status onset_begin(onset_session **session, const onset_model *m, const onset_stream *streams, uint32_t count, const onset_options *o,
                         void *memory, size_t size, onset_error *e) {
    arena a = {NULL, 0, 0, 0, 0};
    tables t;
    onset_session *s;
    uint32_t k;
    *session = NULL;
    if (e != NULL) {
        e->status = ONSET_OK;
        e->text[0] = 0;
    }
    if (m->fusion == NULL || !onset_tables_read(m, &t))
        return onset_fail(e, ONSET_NO_TABLES, "device.bin holds no tables of order, place, memory and states");
    if (!plausible(m, streams, count) || sets_of(o) > 65536)
        return onset_fail(e, ONSET_RATE, "the streams make no sense: none, too many, without channels, or at a rate that can't be resampled");
    if (memory == NULL || ((uintptr_t)memory & 7) != 0)
        return onset_fail(e, ONSET_ARENA, "the arena must be aligned to 8 bytes");
    a.at = memory;
    a.left = size;
    if ((s = onset_piece(&a, 1, sizeof *s)) == NULL || onset_arena_size(m, streams, count, o) > size)
        return onset_fail(e, ONSET_ARENA, "the arena is too small");
    lay_out(s, &a, m, &t, streams, count, sets_of(o));
    if (a.bad)
        return onset_fail(e, ONSET_ARENA, "the arena is too small");
    s->model = m;
    s->t = t;
    if (o != NULL)
        s->options = *o;
    if (bind_all(s, streams, e) != ONSET_OK)
        return e == NULL ? ONSET_NO_SENSOR : e->status;
    onset_states_begin(&s->states, &s->t);
    s->beacons.zone = -1;
    s->history[0] = UNKNOWN_SITE;
    s->history_n = 1;
    for (k = 0; k < t.sites; k++)
        if (same_name(onset_string(m, t.site + 8 * (size_t)k), onset_text(s->options.site)))
            s->history[0] = (uint16_t)(t.exercises + 1 + k);
    s->site = onset_text(s->options.site);
    *session = s;
    return ONSET_OK;
}

double onset_next_time(const onset_session *s, uint32_t i) {
    const stream *t = &s->stream[i];
    const segment *g;
    if (i >= s->streams || t->segments == 0)
        return 0;
    g = &t->segment[t->segments - 1];
    return g->start + (double)(t->n - g->first) / g->rate;
}

onset_status onset_clock(onset_session *s, uint32_t i, double start, double rate, onset_error *e) {
    stream *t;
    segment *g;
    int apart = 0;
    if (i >= s->streams || !finite_number(start) || magnitude(start) > 1e9)
        return onset_fail(e, ONSET_ARGUMENT, "a clock of no stream, or at no time");
    t = &s->stream[i];
    if (!(rate > 0) || rate > t->rate * 1.001 || rate < t->rate * 0.5) {
        onset_fail(e, ONSET_RATE, "samples come at ");
        onset_say_number(e, rate);
        onset_say(e, " Hz; the stream was said to come at ");
        onset_say_number(e, t->rate);
        onset_say(e, " Hz");
        return ONSET_RATE;
    }
    if (t->segments > 0 && t->segment[t->segments - 1].first == t->n)
        t->segments--; /* nothing came under it */
    if (t->segments > 0) {
        double end = onset_next_time(s, i), before = t->segment[t->segments - 1].rate;
        if (start < end - 0.5 / before)
            return onset_fail(e, ONSET_TIME, "a stream's time runs backwards");
        if (rate == before && magnitude(end - start) < 1e-6)
            return ONSET_OK;
        apart = magnitude(start - end) > 0.5 / before;
    }
    if (t->segments == MOST_SEGMENTS) {
        memmove(t->segment, t->segment + 1, (MOST_SEGMENTS - 1) * sizeof *t->segment);
        t->segments--;
    }
    g = &t->segment[t->segments++];
    g->first = t->n;
    g->start = start;
    g->rate = rate;
    g->apart = apart;
    return ONSET_OK;
}

onset_status onset_sample(onset_session *s, uint32_t i, const double *values, onset_error *e) {
    stream *t;
    const segment *g;
    double at;
    if (i >= s->streams || s->stream[i].segments == 0)
        return onset_fail(e, ONSET_ARGUMENT, "a sample of no stream, or before its clock was told");
    t = &s->stream[i];
    g = &t->segment[t->segments - 1];
    at = g->start + (double)(t->n - g->first) / g->rate;
    if (at > (double)s->frames * FRAME_S + SLACK_S)
        return onset_fail(e, ONSET_TIME, "samples are more than three seconds ahead of what was lived through");
    memcpy(t->ring + (size_t)(t->n % t->capacity) * t->channels, values, t->channels * sizeof *values);
    if (t->movement >= 0) {
        movement *v = &s->movement[t->movement];
        int apart = 0;
        if (t->n > 0 && g->first == t->n) {
            double last = v->times[(size_t)((v->n - 1) % v->capacity)];
            apart = magnitude(last + 1 / g->rate - at) > 0.5 / g->rate;
        }
        v->rate = g->rate;
        onset_movement_add(v, at, values, apart);
    }
    t->n++;
    return ONSET_OK;
}

onset_status onset_beacon(onset_session *s, double at, onset_name name, double dbm, int lost, onset_error *e) {
    event *v;
    if (!finite_number(at) || at < s->last_event)
        return onset_fail(e, ONSET_TIME, "beacons are not told in the order of time");
    if (name.length > MOST_NAME)
        return onset_fail(e, ONSET_FULL, "a beacon's name is longer than 48 bytes");
    if (s->events == MOST_EVENTS)
        return onset_fail(e, ONSET_FULL, "too many beacons at once; call onset_advance in between");
    v = &s->event[s->events++];
    s->last_event = v->at = at;
    v->dbm = dbm;
    v->lost = lost;
    v->length = name.length;
    memcpy(v->name, name.text, name.length);
    return ONSET_OK;
}

onset_status onset_cue(onset_session *s, double at, int32_t i, double sample, onset_error *e) {
    cue *c;
    if (!s->options.cued || !finite_number(at) || !(magnitude(sample) < 1e15) || i >= (int32_t)s->streams)
        return onset_fail(e, ONSET_ARGUMENT, "a cue in a session that finds onsets itself, or at no time");
    if (s->cues == MOST_CUES)
        return onset_fail(e, ONSET_FULL, "too many cues at once");
    if (s->cues > 0 && at < s->cue[s->cues - 1].at)
        return onset_fail(e, ONSET_TIME, "cues are not told in the order of time");
    c = &s->cue[s->cues++];
    c->at = at;
    c->stream = i;
    c->sample = sample;
    return ONSET_OK;
}

/* Answers that lie before t become part of the past, unless they were taken back. */
static void confirm(onset_session *s, double t) {
    uint32_t n = s->t.features;
    while (s->pending > 0 && s->answer[0].until <= t) {
        answer a = s->answer[0];
        if (!(a.taken != 0 && a.taken <= t)) {
            if (s->history_n == MOST_HISTORY)
                memmove(s->history, s->history + 1, (--s->history_n) * sizeof *s->history);
            s->history[s->history_n++] = (uint16_t)(a.exercise + 1);
            if (a.has_features && n > 0) {
                if (s->done == s->most_sets) {
                    memmove(s->features, s->features + n, (size_t)(s->done - 1) * n * sizeof *s->features);
                    memmove(s->done_exercise, s->done_exercise + 1, (s->done - 1) * sizeof *s->done_exercise);
                    s->done--;
                }
                memcpy(s->features + (size_t)s->done * n, s->answer_features, n * sizeof *s->features);
                s->done_exercise[s->done++] = a.exercise;
            }
        }
        s->pending--;
        memmove(s->answer, s->answer + 1, s->pending * sizeof *s->answer);
        memmove(s->answer_features, s->answer_features + n, (size_t)s->pending * n * sizeof *s->answer_features);
    }
}

/* The sensor's likelihood over the exercises; why not, otherwise. */
static const char *sense(onset_session *s, double at, int32_t own, double sample, double *p) {
    static const char *const why[] = {"", "the window reaches outside the recording", "a gap lies inside the window",
                                      "samples inside the window are missing", "no stream holds this sensor then"};
    const onset_model *m = s->model;
    const float *logits;
    double sum = 0, share;
    uint32_t i;
    for (i = 0; i < s->sensors; i++) {
        cut_result r = onset_window(m, &s->sensor[i], s->stream, at, own, sample, s->window, s->weights);
        if (r != CUT)
            return why[r];
    }
    onset_features(s->window, m->channels, m->samples, s->own_features, s->work + 2 * (size_t)s->t.exercises);
    for (i = 0; i < m->channels * m->samples; i++)
        s->net[m->widest + i] = (float)s->window[i];
    onset_net_input(m, s->net + m->widest, s->net);
    logits = onset_net_run(m, s->net, s->net + m->widest, NULL, NULL);
    for (i = 0; i < m->classes; i++)
        if (!finite_number(logits[i]))
            return "the net gave no number";
    for (i = 0; i < m->classes; i++) {
        double prior = get_f64(m->class_table + (size_t)i * 16 + 8);
        p[i] = ((double)logits[i] - onset_log(larger(prior, 1e-9))) / m->temperature;
    }
    onset_softmax(p, m->classes);
    share = 1 / (double)m->classes; /* an exercise that is no class is as likely as the average one */
    for (i = m->classes; i < s->t.exercises; i++)
        p[i] = share;
    for (i = 0; i < s->t.exercises; i++)
        sum += p[i];
    for (i = 0; i < s->t.exercises; i++)
        p[i] /= sum;
    return NULL;
}

static void decide(onset_session *s, double at, double onset, double sd, int32_t own, double sample) {
    onset_decision d;
    double *said[ONSET_SOURCES];
    uint32_t i;
    int32_t top;
    memset(&d, 0, sizeof d);
    d.at_s = at;
    d.onset_s = onset;
    d.onset_sd = sd;
    d.missing = sense(s, onset, own, sample, s->said[SENSOR]);
    if (s->beacons.n > 0)
        onset_beacons_belief(&s->beacons, &s->t, s->belief);
    if (s->beacons.zone >= 0) {
        d.zone.text = s->beacons.all[s->beacons.zone].name;
        d.zone.length = s->beacons.all[s->beacons.zone].length;
    }
    confirm(s, onset);
    onset_order(&s->t, s->history, s->history_n, s->said[ORDER]);
    for (i = 0; i < ONSET_SOURCES; i++)
        said[i] = s->said[i];
    if (d.missing != NULL)
        said[SENSOR] = NULL;
    if (!onset_place(s->model, &s->t, s->site, &s->beacons, s->belief, s->said[PLACE], s->work, s->work + s->t.exercises))
        said[PLACE] = NULL;
    if (s->t.features != s->model->channels * 8 ||
        !onset_memory(&s->t, d.missing == NULL ? s->own_features : NULL, s->features, s->done_exercise, s->done, s->said[MEMORY], s->work))
        said[MEMORY] = NULL;
    top = onset_fuse(&s->t, said, s->fused, &d.margin);
    d.p = s->fused[top];
    d.exercise = d.p >= s->t.abstain ? top : -1;
    d.exercises = s->t.exercises;
    d.fused = s->fused;
    for (i = 0; i < ONSET_SOURCES; i++)
        d.said[i] = said[i];
    if (d.exercise >= 0) {
        answer *a;
        if (s->pending == s->most_sets)
            confirm(s, 1e300);
        a = &s->answer[s->pending];
        a->until = at;
        a->taken = 0;
        a->exercise = (uint16_t)top;
        a->has_features = d.missing == NULL;
        memcpy(s->answer_features + (size_t)s->pending * s->t.features, s->own_features, s->t.features * sizeof *s->own_features);
        s->pending++;
    }
    if (s->options.decided != NULL)
        s->options.decided(s->options.context, &d);
}

/* The set that was under way ends where it began to seem over. */
static void over(onset_session *s, double t) {
    double length;
    s->under = 0;
    s->ended_s = s->paused_s;
    length = s->ended_s - s->onset_s;
    if (length >= s->t.shortest_s || !s->decided)
        return;
    if (s->pending > 0 && s->answer[s->pending - 1].taken == 0)
        s->answer[s->pending - 1].taken = t;
    if (s->options.decided != NULL) {
        onset_decision d;
        memset(&d, 0, sizeof d);
        d.taken_back = 1;
        d.at_s = t;
        d.onset_s = s->onset_s;
        d.exercise = -1;
        s->options.decided(s->options.context, &d);
    }
}

static void watch(onset_session *s, double t) {
    double p = s->states.p[2] + s->states.p[3];
    if (!s->under && p >= s->t.began_at) {
        double sd, ago = onset_states_since(&s->states, &s->t, &sd);
        s->under = 1;
        s->decided = 0;
        s->paused_s = 1e300;
        s->onset_s = larger(s->ended_s, t - ago);
        s->onset_sd = sd;
    } else if (s->under && p >= s->t.began_at)
        s->paused_s = 1e300;
    else if (s->under && p < s->t.over_at) {
        s->paused_s = smaller(s->paused_s, t);
        if (t - s->paused_s >= s->t.pause_s - 1e-9)
            over(s, t);
    }
    if (!s->under || s->decided || s->onset_s + s->model->window_s > t + 1e-9)
        return;
    s->decided = 1;
    decide(s, t, s->onset_s, s->onset_sd, -1, 0);
}

/* Starts the states afresh after too long without a measurement. */
static int look_out(onset_session *s, double t, int moved) {
    if (moved) {
        s->seen_s = t;
        s->blind = 0;
        return 0;
    }
    if (t - s->seen_s < s->t.blind_s || s->blind)
        return s->blind;
    s->blind = 1;
    onset_states_begin(&s->states, &s->t);
    if (s->under) {
        s->paused_s = smaller(s->paused_s, s->seen_s);
        over(s, t);
    }
    return 1;
}

static int movement_now(onset_session *s, double t, double f[FEATURES]) {
    double own[FEATURES];
    uint32_t i, k;
    int any = 0;
    for (i = 0; i < s->movements; i++) {
        if (!onset_movement_at(&s->movement[i], t, own))
            continue;
        for (k = 0; k < FEATURES; k++)
            f[k] = any ? larger(f[k], own[k]) : own[k];
        any = 1;
    }
    return any;
}

onset_status onset_advance(onset_session *s, double to, onset_error *e) {
    double t;
    if (!finite_number(to) || to < s->clock)
        return onset_fail(e, ONSET_TIME, "time runs backwards");
    if (to - (double)s->frames * FRAME_S > 86400)
        return onset_fail(e, ONSET_TIME, "time leaps by more than a day");
    s->clock = to;
    for (t = (double)s->frames * FRAME_S; t <= to + 1e-9; t = (double)s->frames * FRAME_S) {
        double f[FEATURES];
        int moved, blind;
        uint32_t n = 0;
        for (; n < s->events && s->event[n].at < t - EDGE_S; n++) {
            onset_name name;
            name.text = s->event[n].name;
            name.length = s->event[n].length;
            if (!onset_beacons_hear(&s->beacons, &s->t, s->event[n].at, name, s->event[n].dbm, s->event[n].lost))
                return onset_fail(e, ONSET_FULL, "more than 48 beacons");
        }
        s->events -= n;
        memmove(s->event, s->event + n, s->events * sizeof *s->event);
        onset_beacons_advance(&s->beacons, &s->t, t);
        moved = movement_now(s, t, f);
        blind = look_out(s, t, moved);
        if (!blind)
            onset_states_step(&s->states, &s->t, moved ? f : NULL);
        s->frames++;
        if (s->options.cued)
            while (s->cues > 0 && s->cue[0].at + s->model->window_s <= t + 1e-9) {
                cue c = s->cue[0];
                s->cues--;
                memmove(s->cue, s->cue + 1, s->cues * sizeof *s->cue);
                decide(s, c.at + s->model->window_s, c.at, 0, c.stream, c.sample);
            }
        else if (!blind)
            watch(s, t);
    }
    return ONSET_OK;
}

onset_status onset_finish(onset_session *s, onset_error *e) {
    (void)e;
    if (s->under) {
        s->paused_s = smaller(s->paused_s, s->clock);
        over(s, s->clock);
    }
    return ONSET_OK;
}

/* Beginning a session: which stream gives which input, and where everything lies. */
#include "onset_session.h"

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
    if (m->weights == NULL)
        return onset_fail(e, ONSET_ARGUMENT, "the weights are not unpacked: onset_unpack comes first");
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

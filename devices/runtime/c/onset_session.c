/* A session as a device lives it: samples and beacons in, decisions out. */
#include "onset_session.h"

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
                                      "samples inside the window are missing", "no recording of the session holds this sensor then"};
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
    /* Nearer than that the best exercises are equals: to name one is to guess. */
    d.exercise = d.margin > 1e-9 && d.p >= s->t.abstain ? top : -1;
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

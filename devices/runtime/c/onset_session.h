/* A session, as onset_begin.c lays it out and onset_session.c lives it. Not for
 * callers. */
#ifndef ONSET_SESSION_H
#define ONSET_SESSION_H

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

#endif

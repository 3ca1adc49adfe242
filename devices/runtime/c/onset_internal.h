/* What the files of the runtime share. Not for callers. */
#ifndef ONSET_INTERNAL_H
#define ONSET_INTERNAL_H

#include "onset.h"
#include <string.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

/* What is done about how a sensor was strapped on, as device.bin numbers it. */
enum { ONSET_SENSOR, ONSET_GRAVITY, ONSET_INVARIANT, ONSET_HALF_TURNS, ONSET_OCTANT };

/* Reading bytes: a cursor that stops at the end and remembers that it did. */
typedef struct cursor {
    const unsigned char *at, *end;
    int bad;
} cursor;

static inline uint32_t get_u32(const unsigned char *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t get_u16(const unsigned char *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }

static inline double get_f64(const unsigned char *p) {
    uint64_t u = (uint64_t)get_u32(p) | (uint64_t)get_u32(p + 4) << 32;
    double v;
    memcpy(&v, &u, sizeof v);
    return v;
}

static inline float get_f32(const unsigned char *p) {
    uint32_t u = get_u32(p);
    float v;
    memcpy(&v, &u, sizeof v);
    return v;
}

static inline const unsigned char *take(cursor *c, uint64_t n) {
    static const unsigned char zeros[8] = {0};
    const unsigned char *p = c->at;
    if (c->bad || n > (uint64_t)(c->end - c->at)) {
        c->bad = 1;
        return zeros;
    }
    c->at += n;
    return p;
}

static inline uint32_t take_u32(cursor *c) { return get_u32(take(c, 4)); }
static inline double take_f64(cursor *c) { return get_f64(take(c, 8)); }
static inline float take_f32(cursor *c) { return get_f32(take(c, 4)); }

/* Exponential, logarithm and root in double: the same bits everywhere. */
double onset_exp(double x);
double onset_log(double x);
double onset_sqrt(double x);
double onset_floor(double x);
double onset_ceil(double x);
static inline double onset_round(double x) { return x < 0 ? -onset_floor(0.5 - x) : onset_floor(x + 0.5); }
static inline double larger(double a, double b) { return a > b ? a : b; }
static inline double smaller(double a, double b) { return a < b ? a : b; }
static inline double magnitude(double a) { return a < 0 ? -a : a; }
static inline int is_nan(double a) { return a != a; }
static inline int finite_number(double a) { return a - a == 0; }
#define LOG10_E 0.43429448190325182

void onset_softmax(double *logs, uint32_t n);
void onset_normalise(double *p, uint32_t n);
int32_t onset_best(const double *p, uint32_t n);

/* Messages. */
onset_status onset_fail(onset_error *e, onset_status status, const char *text);
void onset_say(onset_error *e, const char *text);
void onset_say_name(onset_error *e, onset_name name);
void onset_say_number(onset_error *e, double v);

/* What a refusal says of a file. */
onset_status onset_told(onset_error *e, onset_status status, const char *file, const char *what);

/* Names. */
static inline int same_name(onset_name a, onset_name b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.text, b.text, a.length) == 0);
}
onset_name onset_text(const char *text);
onset_name onset_string(const onset_model *m, const unsigned char *ref);

/* SHA-256. */
typedef struct sha256 {
    uint32_t state[8];
    uint64_t length;
    unsigned char block[64];
} sha256;
void onset_sha256_begin(sha256 *h);
void onset_sha256_add(sha256 *h, const void *data, size_t size);
void onset_sha256_end(sha256 *h, unsigned char sum[32]);

/* Looking into JSON text: values by their path, without memory. */
typedef struct json {
    const char *at, *end;
} json;
int onset_json_member(json object, const char *key, json *value);
/* The index-th member of an object; name is a string. */
int onset_json_entry(json object, uint32_t index, json *name, json *value);
int onset_json_item(json array, uint32_t index, json *value);
int onset_json_is(json value, onset_name text);
int onset_json_number(json value, double *number);

onset_name onset_json_text(json value);
/* Whether an object's member is a number, to within a share of it. */
int onset_json_number_is(json object, const char *key, double want, double off);
/* Whether the text is one value and nothing else. */
int onset_json_whole(json text);
/* SHA-256 of the text without its white space, with `seal`, a value in it, as "". */
void onset_json_seal(json text, json seal, unsigned char sum[32]);

/* SHA-256 of the values under some keys of an object, without white space; 0 when
 * one is missing. */
int onset_json_digest(json object, const char *const *keys, uint32_t n, unsigned char sum[32]);

/* Checks of files: lengths and checksums. */
enum { SUM = 32 };
#define DAMAGED "it is damaged or another model's: its checksum differs"
onset_status onset_length(onset_error *e, const char *name, size_t is, size_t should);
void onset_digest(const void *data, size_t size, unsigned char sum[SUM]);
int onset_hex_is(json v, const unsigned char sum[SUM]);
/* A file against what model.json's parts say. */
onset_status onset_listed(json parts, onset_bytes b, const char *name, onset_error *e);
const char *onset_weights_name(onset_form form);
const char *onset_golden_name(onset_form form);
/* Bytes that packed weights of a net have. */
uint64_t onset_packed_size(const onset_model *m);

/* Refuses a description that says something else than device.bin. */
onset_status onset_agrees(const onset_model *m, json description, const char *file, onset_error *e);

/* The net. */
enum { OP_SIZE = 48 };
enum { DENSE = 1, CONV, ACTIVATE, BATCH_NORM, LAYER_NORM, MAX_POOL, MEAN_POOL, FLATTEN, RESIDUAL, RESIDUAL_END, NOTHING };
typedef struct op {
    uint32_t kind, act, in_c, in_t, out_c, out_t, kernel, stride, dilation, left, offset, flags;
} op;
op onset_op(const onset_model *m, uint32_t i);
uint64_t onset_op_weights(const op *o);
onset_status onset_net_check(onset_model *m, cursor c, onset_error *e);
/* Runs one scaled input of the net's size. probe may be NULL; it is called with
 * every reported layer's output. The logits are at the returned place. */
typedef int (*layer_probe)(void *context, uint32_t layer, const float *values, uint32_t n);
const float *onset_net_run(const onset_model *m, const float *input, float *scratch, layer_probe probe, void *context);
/* Turns and scales a window into the net's input. */
void onset_net_input(const onset_model *m, const float *window, float *input);
size_t onset_net_floats(const onset_model *m);

/* The tables of fusion and segmentation, where they lie in the bundle. */
enum { STATES = 5, AGES = 300, FEATURES = 6, LOOKS = 4, LOOK_INPUTS = 1 + FEATURES + FEATURES * (FEATURES + 1) / 2 };
enum { SENSOR, ORDER, PLACE, MEMORY };
typedef struct tables {
    double weight[ONSET_SOURCES], floor[ONSET_SOURCES], abstain;
    uint32_t exercises;
    const unsigned char *exercise; /* names, 8 bytes each */
    /* order: rows of 32 bytes; symbols of 2; counts of 8, beside the symbols */
    uint32_t depth, sites, rows, symbols;
    double escape;
    const unsigned char *site, *base, *row, *symbol, *count;
    /* place: places of 24 bytes, places with site and zone; counts of 16 */
    uint32_t places, zones, place_counts;
    double site_strength, zone_strength, rise, fade, silent, nowhere, spread, stay;
    const unsigned char *place, *zone, *place_count;
    /* memory; features 0: silent */
    uint32_t features;
    double a, b, clip, limit;
    const unsigned char *scale;
    /* segmentation */
    uint32_t look, setup;
    double overlap, moving, began_at, over_at, pause_s, shortest_s, blind_s;
    double look_mean[FEATURES], look_scale[FEATURES];
    const unsigned char *look_weight, *ends;
    double next[STATES][STATES], start[STATES];
} tables;
enum { ROW = 32, PLACE_ROW = 24, PLACE_COUNT = 16 }; /* bytes of each */
int onset_tables_read(const onset_model *m, tables *t);

/* Memory of a session: handed out in pieces. */
typedef struct arena {
    unsigned char *at;
    size_t left, used;
    int counting; /* nothing is handed out, only counted */
    int bad;
} arena;
void *onset_piece(arena *a, uint64_t count, size_t size);

/* Movement of one stream, and the features of all of them at a frame. */
#define FRAME_S 0.1
#define ENERGY_S 0.5
#define EDGE_S 1e-5
enum { RECALL = 60, MOST_GAPS = 16 };
typedef struct movement {
    uint32_t axis[3], capacity, gaps;
    double factor, rate;
    int64_t n; /* samples so far; sums and times are rings */
    double base[3], *times, *sum[3], *square[3], *step;
    int64_t gap[MOST_GAPS]; /* samples before which time does not run on, the latest last */
    double beat[RECALL][3];
    uint32_t beats;
} movement;
void onset_movement_add(movement *m, double time, const double *values, int apart);
int onset_movement_at(movement *m, double t, double features[FEATURES]);

/* States of the session: an online filter. */
typedef struct states {
    double *at[STATES], p[STATES];
    uint32_t ages[STATES], n;
} states;
void onset_states_begin(states *f, const tables *t);
void onset_states_step(states *f, const tables *t, const double *features);
double onset_states_since(const states *f, const tables *t, double *sd);

/* Beacons. */
enum { MOST_BEACONS = 48, MOST_NAME = 48 };
typedef struct beacon {
    char name[MOST_NAME];
    uint32_t length;
    double level, heard;
    int ever;
} beacon;
typedef struct beacons {
    beacon *all; /* by name */
    uint32_t n;
    int32_t zone;
    double now;
} beacons;
int onset_beacons_hear(beacons *b, const tables *t, double at, onset_name name, double dbm, int lost);
void onset_beacons_advance(beacons *b, const tables *t, double at);
/* belief[0] is of no zone, belief[i+1] of beacon i's. */
void onset_beacons_belief(const beacons *b, const tables *t, double *belief);

/* What is known at a decision, over the exercises. Each gives 0 where it says nothing. */
void onset_order(const tables *t, const uint16_t *history, uint32_t n, double *p);
int onset_place(const onset_model *m, const tables *t, onset_name site, const beacons *b, const double *belief, double *p, double *here,
                double *there);
int onset_memory(const tables *t, const double *now, const double *earlier, const uint16_t *answers, uint32_t n, double *p, double *count);
void onset_features(const double *window, uint32_t channels, uint32_t samples, double *features, double *sorted);
int32_t onset_fuse(const tables *t, double *const said[ONSET_SOURCES], double *fused, double *margin);

/* Windows. A stream's samples are kept in a ring. */
enum { MOST_SEGMENTS = 32, MOST_TRACKS = 6 };
typedef struct segment {
    int64_t first;
    double start, rate;
    int apart; /* time does not run on from the segment before */
} segment;
typedef struct stream {
    uint32_t channels, segments;
    int64_t n; /* samples so far */
    uint32_t capacity;
    double *ring; /* [sample][channel] */
    double rate;  /* at most */
    segment segment[MOST_SEGMENTS]; /* the latest, in order */
    int32_t movement;
} stream;
typedef struct source {
    uint32_t stream;
    uint32_t column[ONSET_MOST_CHANNELS];
    double factor[ONSET_MOST_CHANNELS];
} source;
/* The inputs [first, first+n) that one sensor gives, and the streams that hold it. */
typedef struct sensor {
    uint32_t first, n, sources;
    source source[MOST_TRACKS];
} sensor;
typedef enum cut_result { CUT, CUT_OUTSIDE, CUT_GAP, CUT_NOT_A_NUMBER, CUT_NO_SENSOR } cut_result;
/* The window of one sensor that starts at `at` seconds; with own >= 0 at that sample of the stream `own`. */
cut_result onset_window(const onset_model *m, const sensor *s, const stream *streams, double at, int32_t own, double sample, double *window,
                        double *weights);
uint32_t onset_window_weights(const onset_model *m, double rate);

#endif

/* Onset on a device: names the exercise that begins, from an exported model.
 *
 * C99, no allocation, no library but memcpy, memset and memcmp. All memory is
 * the caller's: the bundle's files (mapped or in flash) and one arena for each
 * session. Nothing outside them is read or written, whatever the bytes say.
 *
 *   onset_open        checks a bundle and makes it readable
 *   onset_unpack      makes floats of weights in half precision or 8 bits
 *   onset_self_test   computes the golden vectors and compares every layer
 *   onset_begin       starts a session in an arena of onset_arena_size bytes
 *   onset_sample ...  what happened, in the order of time
 *   onset_advance     lives up to a time: everything before it has been told
 *
 * Decisions come through a function in onset_options.
 *
 * Arithmetic. The net computes in float, each product rounded before it is
 * added; everything around it computes in double, with exponentials and
 * logarithms of this code's own. `onsetctl replay --bundle` computes the same
 * numbers. A compiler must not fuse or reorder: no -ffast-math,
 * -ffp-contract=off where the standard is not ISO C. The self-test finds it.
 */
#ifndef ONSET_H
#define ONSET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a call returns. 0 is success; onset_error.text says more. */
typedef enum onset_status {
    ONSET_OK = 0,
    ONSET_CUT_OFF,    /* a file is shorter than it was */
    ONSET_TOO_LONG,   /* a file is longer than it was */
    ONSET_CHECKSUM,   /* a file's SHA-256 differs: a bit flipped, or another model's */
    ONSET_FORMAT,     /* a file is none of these, or of another version, or contradicts itself */
    ONSET_ORDER,      /* inputs come in another order */
    ONSET_UNIT,       /* an input's unit is another, or can't be converted */
    ONSET_RATE,       /* the rate is another */
    ONSET_WINDOW,     /* the window has another length */
    ONSET_CLASSES,    /* the list of classes is another, or of another length */
    ONSET_GOLDEN,     /* a golden vector gives another value */
    ONSET_MISSING,    /* a file is not there */
    ONSET_NO_SENSOR,  /* no stream holds a sensor that the model reads */
    ONSET_ARENA,      /* the arena is too small or not aligned */
    ONSET_TIME,       /* time runs backwards, or onset_advance was not called for too long */
    ONSET_FULL,       /* there is no room for more of this */
    ONSET_NO_TABLES,  /* the bundle holds a net only, no tables to find and fuse by */
    ONSET_ARGUMENT    /* the call makes no sense */
} onset_status;

typedef struct onset_error {
    onset_status status;
    char text[240];
} onset_error;

typedef struct onset_bytes {
    const void *data;
    size_t size;
} onset_bytes;

/* How the weights are stored. */
typedef enum onset_form { ONSET_F32 = 0, ONSET_F16, ONSET_INT8 } onset_form;

/* The files of a bundle. golden may be empty where no self-test is wanted; model
 * may be empty where model.json did not come along, with exact weights only. */
typedef struct onset_files {
    onset_bytes device;  /* device.bin */
    onset_bytes model;   /* model.json; it is what the others are checked against */
    onset_bytes weights; /* weights.f32, at an address divisible by 4; weights.f16 or weights.i8 */
    onset_bytes golden;  /* golden.bin; golden.f16.bin or golden.i8.bin */
    onset_form form;     /* which of them weights and golden are */
} onset_files;

/* A name in a bundle or in an arena; not terminated. */
typedef struct onset_name {
    const char *text;
    uint32_t length;
} onset_name;

enum { ONSET_MOST_CHANNELS = 48, ONSET_MOST_STREAMS = 12, ONSET_MOST_SECTIONS = 16, ONSET_SOURCES = 4 };

typedef struct onset_input {
    onset_name sensor, axis, unit;
    float mean, std;
} onset_input;

/* A bundle, checked. It points into the files, which must stay where they are. */
typedef struct onset_model {
    /* contract */
    uint32_t channels, samples, orientation, filter, sections, simulated;
    double rate_hz, window_s, lead_s, alpha;
    double section[ONSET_MOST_SECTIONS][5];
    onset_input input[ONSET_MOST_CHANNELS];
    int32_t down[ONSET_MOST_CHANNELS / 3]; /* per triple of axes: the triple that says where down is */
    int pseudo[ONSET_MOST_CHANNELS / 3];   /* per triple: a mirror turns it as a gyroscope's or a magnetometer's */
    /* net */
    uint32_t ops, layers, widest, depth, outputs;
    const unsigned char *op;
    const float *weights; /* NULL until onset_unpack, where they are packed */
    uint32_t weight_count;
    onset_form form;
    onset_bytes packed;
    /* classes */
    uint32_t classes;
    double temperature;
    const unsigned char *class_table;
    /* the rest is read where it lies */
    const unsigned char *strings;
    uint32_t strings_size;
    const unsigned char *kernel;
    const unsigned char *fusion;
    uint32_t fusion_size, exercises;
    uint32_t golden_vectors, golden_values;
    const unsigned char *golden;
} onset_model;

/* Checks the files against each other and against themselves. */
onset_status onset_open(onset_model *model, const onset_files *files, onset_error *error);

/* Weights in half precision or in 8 bits are computed with as floats: this many
 * bytes of memory, aligned to 4, hold them for as long as the model is used; 0
 * for exact weights, which are read where they lie. */
size_t onset_unpacked_size(const onset_model *model);
onset_status onset_unpack(onset_model *model, void *memory, size_t size, onset_error *error);

/* The names of the i-th part that model.json lists, 0 behind the last. */
int onset_part(onset_bytes model_json, uint32_t i, onset_name *name);

/* A file against the length and the SHA-256 that model.json lists for it. */
onset_status onset_check_part(onset_bytes model_json, const char *name, onset_bytes content, onset_error *error);

/* Bytes that onset_classify and onset_self_test need. */
size_t onset_scratch_size(const onset_model *model);

/* The calibrated distribution over the classes, `classes` floats, for a window
 * [channel][sample] of floats in the contract's units, filtered, not scaled. */
onset_status onset_classify(const onset_model *model, const float *window, float *p, void *scratch, size_t size,
                            onset_error *error);

typedef struct onset_proof {
    uint32_t vectors, layers;
    uint32_t worst_ulp;       /* largest difference of a layer's value, in units of the last place */
    double worst_probability; /* largest difference of a calibrated probability */
} onset_proof;

/* Computes every golden vector; fails with ONSET_GOLDEN where a layer is more
 * than one unit in the last place off. */
onset_status onset_self_test(const onset_model *model, void *scratch, size_t size, onset_proof *proof, onset_error *error);

/* Name of a class, 0 <= i < classes, and of an exercise, 0 <= i < exercises: the
 * classes come first. */
onset_name onset_class(const onset_model *model, uint32_t i);
onset_name onset_exercise(const onset_model *model, uint32_t i);

/* One channel that a stream delivers. kind is such as "accelerometer". */
typedef struct onset_channel {
    const char *kind, *axis, *unit;
} onset_channel;

/* A stream of samples: what one sensor writes, all channels at the same times. */
typedef struct onset_stream {
    const char *name;      /* for people and for cues */
    const char *placement; /* such as "left-wrist" */
    double rate_hz;        /* at most this */
    const onset_channel *channel;
    uint32_t channels;
} onset_stream;

/* What was decided, or taken back. Pointers hold during the call that gets it. */
typedef struct onset_decision {
    int taken_back; /* the set that began at onset_s was none; only at_s and onset_s count */
    double at_s, onset_s, onset_sd;
    int32_t exercise; /* number of the answer; -1: none */
    double p, margin; /* of the most probable exercise, also without an answer */
    uint32_t exercises;
    const double *fused;                /* distribution over the exercises */
    const double *said[ONSET_SOURCES];  /* of sensor, order, place, memory; NULL: said nothing */
    onset_name zone;
    const char *missing; /* why the sensor said nothing; NULL: it did */
} onset_decision;

typedef struct onset_options {
    int cued;           /* decide where onset_cue says; otherwise find onsets */
    uint32_t most_sets; /* remembered in a session; 0: 128 */
    const char *site;   /* where the session is; NULL or "": not known. Must stay where it is */
    void (*decided)(void *context, const onset_decision *d);
    void *context;
} onset_options;

typedef struct onset_session onset_session;

/* Whether the model reads a stream: one of its sensors is at this place. Streams
 * that it does not read should not be told: they would count as movement. */
int onset_reads(const onset_model *model, const onset_stream *stream);

/* Bytes of the arena of a session; 0 when the streams make no sense. */
size_t onset_arena_size(const onset_model *model, const onset_stream *streams, uint32_t count, const onset_options *options);

/* Starts a session. Refuses streams that do not keep the contract: a sensor or an
 * axis that is missing, a unit that can't be converted, a rate that can't be
 * resampled. The arena must be aligned to 8 bytes. Streams may be forgotten
 * after the call, the model may not. */
onset_status onset_begin(onset_session **session, const onset_model *model, const onset_stream *streams, uint32_t count,
                         const onset_options *options, void *arena, size_t size, onset_error *error);

/* From here on the stream's samples come at rate_hz, the next one at start_s
 * seconds from the session's start. Before a stream's first sample, and wherever
 * its time does not run on. */
onset_status onset_clock(onset_session *s, uint32_t stream, double start_s, double rate_hz, onset_error *error);

/* The stream's next sample: one value for each of its channels in its units; NaN
 * where one is missing. */
onset_status onset_sample(onset_session *s, uint32_t stream, const double *values, onset_error *error);

/* Time of the stream's next sample. */
double onset_next_time(const onset_session *s, uint32_t stream);

/* A beacon was heard (lost = 0) or reported lost. In the order of time. */
onset_status onset_beacon(onset_session *s, double at_s, onset_name name, double dbm, int lost, onset_error *error);

/* Somebody says that a set begins at at_s, which is this sample of a stream; with
 * a negative stream at_s alone counts. In the order of time. */
onset_status onset_cue(onset_session *s, double at_s, int32_t stream, double sample, onset_error *error);

/* Lives up to to_s: everything before it has been told. */
onset_status onset_advance(onset_session *s, double to_s, onset_error *error);

/* The session is over. */
onset_status onset_finish(onset_session *s, onset_error *error);

#ifdef __cplusplus
}
#endif
#endif

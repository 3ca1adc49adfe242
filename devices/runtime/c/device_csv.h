/* Reading what `onsetctl samples` prints. Part of onset-device, not of the runtime.
 *
 * Blocks, one for each recording:
 *
 *   # recording ID placement=left-wrist nominal_hz=50 units=g,g,g
 *   # clock first=0 start_s=0.02 rate_hz=49.8        (any number; without one, from the times)
 *   time_s,accelerometer_x,accelerometer_y,accelerometer_z
 *   0.02,-0.1,0.98,0.05
 *
 * A value that is missing is "NaN" or empty. Comments may say more, anywhere:
 *
 *   # session site="..."
 *   # event at_s=12.5 kind=beacon value=-60 name="rack 1"     (kind beacon or beacon-lost)
 *   # onset at_s=31.2 recording=ID sample=1560                (a set begins; then nothing else is decided)
 */
#ifndef DEVICE_CSV_H
#define DEVICE_CSV_H

#include "onset.h"

#include <stdio.h>

typedef struct clock_line {
    long first;
    double start, rate;
} clock_line;

typedef struct block {
    char *id, *rows; /* the next row */
    onset_channel channel[ONSET_MOST_CHANNELS];
    double rate;
    clock_line *clock;
    long clocks, clock_at, next, samples;
} block;

typedef struct happening {
    double at, value, sample;
    char *name;
    int lost, stream;
} happening;

typedef struct recorded {
    onset_stream stream[ONSET_MOST_STREAMS];
    block block[ONSET_MOST_STREAMS];
    uint32_t streams;
    char *site;
    happening *event, *cue;
    long events, event_at, cues, cue_at;
} recorded;

/* A file's content with a zero behind it, NULL without memory. */
char *read_all(FILE *file, size_t *size);
/* Understands the text, which it changes and points into. */
int recorded_read(recorded *r, char *text, onset_error *e);
/* Another clock of a recording, from its sample `first` on. */
int recorded_clock(block *b, double first, double start, double rate, long line, onset_error *e);
/* Whether times, clocks, rates and units agree; clocks are read off the times
 * where none was told. */
int recorded_check(recorded *r, onset_error *e);
/* The row behind one that is not the last. */
char *recorded_next(char *row);
/* Frees what recorded_read took, but not the text. */
void recorded_free(recorded *r);
/* Drops the recordings that the model does not read; 0 when none is left. */
int recorded_keep(recorded *r, const onset_model *m);
/* When the last sample is over. */
double recorded_end(const recorded *r);
/* Whether samples are left to tell. */
int recorded_left(const recorded *r);
/* Tells a session what comes before `to`. */
int recorded_tell(recorded *r, onset_session *s, double to, onset_error *e);

#endif

/* Decisions as JSON lines, the same text as `onsetctl replay --bundle --lines`
 * prints. Part of onset-device, not of the runtime. */
#ifndef DEVICE_PRINT_H
#define DEVICE_PRINT_H

#include "onset.h"

/* For onset_options.decided; the context is the model. */
void print_decision(void *context, const onset_decision *d);

#endif

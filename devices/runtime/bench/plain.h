/* The net in plain loops: what the runtime is measured against. */
#ifndef PLAIN_H
#define PLAIN_H

#include "../c/onset_internal.h"

/* scratch holds two layers' values, and one for each nested residual. */
const float *plain_run(const onset_model *m, const float *x, float *scratch);

#endif

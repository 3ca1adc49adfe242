/* Classifying a window, and the self-test. */
#include "onset_internal.h"

size_t onset_scratch_size(const onset_model *m) { return onset_net_floats(m) * sizeof(float); }

/* float p from logits. */
static void calibrated(const onset_model *m, const float *logits, float *p) {
    double top = logits[0], sum = 0;
    uint32_t i;
    for (i = 1; i < m->classes; i++)
        top = larger(top, logits[i]);
    for (i = 0; i < m->classes; i++)
        sum += onset_exp(((double)logits[i] - top) / m->temperature);
    for (i = 0; i < m->classes; i++)
        p[i] = (float)(onset_exp(((double)logits[i] - top) / m->temperature) / sum);
}

static onset_status room(const onset_model *m, const void *scratch, size_t size, onset_error *e) {
    if (m->weights == NULL)
        return onset_fail(e, ONSET_ARGUMENT, "the weights are not unpacked: onset_unpack comes first");
    if (scratch == NULL || size < onset_scratch_size(m) || ((uintptr_t)scratch & 3) != 0)
        return onset_fail(e, ONSET_ARENA, "the scratch memory is too small or not aligned to 4 bytes");
    return ONSET_OK;
}

onset_status onset_classify(const onset_model *m, const float *window, float *p, void *scratch, size_t size, onset_error *e) {
    float *input = scratch;
    onset_status s = room(m, scratch, size, e);
    if (s != ONSET_OK)
        return s;
    onset_net_input(m, window, input);
    calibrated(m, onset_net_run(m, input, input + m->widest, NULL, NULL), p);
    return ONSET_OK;
}

typedef struct comparison {
    const unsigned char *expected;
    uint32_t worst, layer, value, layers;
} comparison;

/* Floats in order as whole numbers: neighbours differ by one. */
static int64_t rank(float v) {
    int32_t i;
    memcpy(&i, &v, sizeof i);
    return i < 0 ? -(int64_t)(i & 0x7fffffff) : i;
}

static int compare(void *context, uint32_t layer, const float *values, uint32_t n) {
    comparison *c = context;
    uint32_t i;
    for (i = 0; i < n; i++, c->expected += 4) {
        float want = get_f32(c->expected);
        int64_t d = rank(values[i]) - rank(want);
        uint32_t off;
        d = d < 0 ? -d : d;
        if (is_nan(values[i]) || is_nan(want))
            d = 0x7fffffff;
        off = d > 0x7fffffff ? 0x7fffffff : (uint32_t)d;
        if (off > c->worst) {
            c->worst = off;
            c->layer = layer;
            c->value = i;
        }
    }
    c->layers++;
    return c->worst <= 1;
}

onset_status onset_self_test(const onset_model *m, void *scratch, size_t size, onset_proof *proof, onset_error *e) {
    size_t inputs = (size_t)m->channels * m->samples, step = 4 * (inputs + m->golden_values + m->classes), i;
    float *input = scratch, *work;
    uint32_t v, k;
    onset_status s = room(m, scratch, size, e);
    memset(proof, 0, sizeof *proof);
    if (s != ONSET_OK)
        return s;
    if (m->golden == NULL)
        return onset_fail(e, ONSET_ARGUMENT, "the golden vectors are not there");
    work = input + 2 * (size_t)m->widest;
    for (v = 0; v < m->golden_vectors; v++) {
        const unsigned char *at = m->golden + v * step;
        comparison c = {NULL, 0, 0, 0, 0};
        const float *logits;
        for (i = 0; i < inputs; i++) {
            float x = get_f32(at + 4 * i);
            input[i] = finite_number(x) ? x : 0;
        }
        onset_net_input(m, input, m->orientation == 0 ? input : input + m->widest);
        c.expected = at + 4 * inputs;
        logits = onset_net_run(m, m->orientation == 0 ? input : input + m->widest, work, compare, &c);
        proof->layers = c.layers;
        proof->worst_ulp = c.worst > proof->worst_ulp ? c.worst : proof->worst_ulp;
        if (logits == NULL) {
            onset_told(e, ONSET_GOLDEN, onset_golden_name(m->form), "vector ");
            onset_say_number(e, v + 1);
            onset_say(e, ", layer ");
            onset_say_number(e, c.layer + 1);
            onset_say(e, ": value ");
            onset_say_number(e, c.value);
            onset_say(e, " is not what was exported");
            return ONSET_GOLDEN;
        }
        {
            double top = logits[0], sum = 0;
            for (k = 1; k < m->classes; k++)
                top = larger(top, logits[k]);
            for (k = 0; k < m->classes; k++)
                sum += onset_exp(((double)logits[k] - top) / m->temperature);
            for (k = 0; k < m->classes; k++) {
                double p = onset_exp(((double)logits[k] - top) / m->temperature) / sum;
                double off = magnitude(p - get_f32(c.expected + 4 * k));
                proof->worst_probability = larger(proof->worst_probability, off);
                if (!(off <= 1e-4)) {
                    onset_told(e, ONSET_GOLDEN, onset_golden_name(m->form), "vector ");
                    onset_say_number(e, v + 1);
                    onset_say(e, ": its probabilities are not those that were exported");
                    return ONSET_GOLDEN;
                }
            }
        }
        proof->vectors++;
    }
    return ONSET_OK;
}

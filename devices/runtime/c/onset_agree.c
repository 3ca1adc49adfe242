/* What model.json and golden.bin say of contract and classes against what
 * device.bin says. */
#include "onset_internal.h"

enum { MOST_CLASSES = 4096 };

/* What a refusal says of a file. */
onset_status onset_told(onset_error *e, onset_status status, const char *file, const char *what) {
    onset_fail(e, status, file);
    onset_say(e, ": ");
    onset_say(e, what);
    return status;
}

int onset_json_number_is(json j, const char *key, double want, double off) {
    json v;
    double x;
    return onset_json_member(j, key, &v) && onset_json_number(v, &x) && magnitude(x - want) <= off * magnitude(want);
}

static void say_member(onset_error *e, json j, const char *key) {
    json v;
    if (onset_json_member(j, key, &v))
        onset_say_name(e, onset_json_text(v));
}

static onset_status same_inputs(const onset_model *m, json channels, const char *file, onset_error *e) {
    uint32_t i;
    json one, v;
    for (i = 0; i < m->channels; i++) {
        const onset_input *in = &m->input[i];
        if (!onset_json_item(channels, i, &one))
            return onset_told(e, ONSET_ORDER, file, "the order of its inputs is another than device.bin's: there are fewer");
        if (!onset_json_member(one, "sensor", &v) || !onset_json_is(v, in->sensor) || !onset_json_member(one, "axis", &v) ||
            !onset_json_is(v, in->axis)) {
            onset_told(e, ONSET_ORDER, file, "the order of its inputs is another than device.bin's: input ");
            onset_say_number(e, i + 1);
            onset_say(e, " is ");
            say_member(e, one, "sensor");
            onset_say(e, " ");
            say_member(e, one, "axis");
            onset_say(e, ", there ");
            onset_say_name(e, in->sensor);
            onset_say(e, " ");
            onset_say_name(e, in->axis);
            return ONSET_ORDER;
        }
        if (!onset_json_member(one, "unit", &v) || !onset_json_is(v, in->unit)) {
            onset_told(e, ONSET_UNIT, file, "the unit of its input ");
            onset_say_number(e, i + 1);
            onset_say(e, " is ");
            say_member(e, one, "unit");
            onset_say(e, ", in device.bin ");
            onset_say_name(e, in->unit);
            return ONSET_UNIT;
        }
    }
    if (onset_json_item(channels, m->channels, &one))
        return onset_told(e, ONSET_ORDER, file, "the order of its inputs is another than device.bin's: there are more");
    return ONSET_OK;
}

static onset_status same_classes(const onset_model *m, json list, const char *file, onset_error *e) {
    uint32_t n = 0, same = 0;
    json one;
    for (; n < MOST_CLASSES && onset_json_item(list, n, &one); n++)
        same += n < m->classes && onset_json_is(one, onset_class(m, n));
    if (n != m->outputs) {
        onset_told(e, ONSET_CLASSES, file, "it lists ");
        onset_say_number(e, n);
        onset_say(e, " classes for ");
        onset_say_number(e, m->outputs);
        onset_say(e, " outputs");
        return ONSET_CLASSES;
    }
    return same == n ? ONSET_OK : onset_told(e, ONSET_CLASSES, file, "its classes are others than device.bin's, or in another order");
}

static int same_scaling(const onset_model *m, json contract) {
    json mean, std, a, b;
    uint32_t i;
    double x, y;
    if (!onset_json_member(contract, "mean", &mean) || !onset_json_member(contract, "std", &std))
        return 0;
    for (i = 0; i < m->channels; i++)
        if (!onset_json_item(mean, i, &a) || !onset_json_item(std, i, &b) || !onset_json_number(a, &x) || !onset_json_number(b, &y) ||
            magnitude(x - m->input[i].mean) > 1e-6 * magnitude(x) || magnitude(y - m->input[i].std) > 1e-6 * magnitude(y))
            return 0;
    return 1;
}

/* What a description says of contract and classes against what device.bin says. */
onset_status onset_agrees(const onset_model *m, json j, const char *file, onset_error *e) {
    static const char *const orientations[] = {"sensor", "gravity", "invariant", "half-turns", "octant"};
    json contract, v, kind;
    onset_status s;
    if (!onset_json_member(j, "contract", &contract) || !onset_json_member(contract, "channels", &v) || !onset_json_member(j, "classes", &kind))
        return onset_told(e, ONSET_FORMAT, file, "it is damaged or cut off");
    if ((s = same_classes(m, kind, file, e)) != ONSET_OK || (s = same_inputs(m, v, file, e)) != ONSET_OK)
        return s;
    if (!onset_json_number_is(contract, "rate_hz", m->rate_hz, 1e-9)) {
        onset_told(e, ONSET_RATE, file, "its rate is another than device.bin's ");
        onset_say_number(e, m->rate_hz);
        onset_say(e, " Hz");
        return ONSET_RATE;
    }
    if (!onset_json_number_is(contract, "samples", m->samples, 0) || !onset_json_number_is(contract, "window_s", m->window_s, 1e-9))
        return onset_told(e, ONSET_WINDOW, file, "the length of its window is another than device.bin's");
    if (!onset_json_member(contract, "filter", &v) || !onset_json_member(v, "kind", &kind) ||
        (m->filter == 0) != (onset_json_is(kind, onset_text("none")) || onset_json_is(kind, onset_text(""))) ||
        (m->filter == 1) != onset_json_is(kind, onset_text("ema")))
        return onset_told(e, ONSET_FORMAT, file, "its filter is another than device.bin's");
    if (!onset_json_member(contract, "orientation", &v) ||
        (!onset_json_is(v, onset_text(orientations[m->orientation])) && !(m->orientation == 0 && onset_json_text(v).length == 0)))
        return onset_told(e, ONSET_FORMAT, file, "its orientation is another than device.bin's");
    return same_scaling(m, contract) ? ONSET_OK : onset_told(e, ONSET_FORMAT, file, "the scaling of its inputs is another than device.bin's");
}

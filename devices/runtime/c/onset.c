/* Opening a bundle, and the self-test. */
#include "onset_internal.h"

enum { MOST_CLASSES = 4096, HEADER = 92, SUM = 32, WEIGHTS_AT = 16, GOLDEN_AT = 52, COUNT_AT = 88 };
enum { STRINGS = 1, CONTRACT, NET, CLASSES, KERNEL, FUSION, SECTIONS };
enum { CLASS_SIZE = 16, KERNEL_SIZE = 18 * 256 + 2 };

onset_name onset_string(const onset_model *m, const unsigned char *ref) {
    uint32_t at = get_u32(ref), n = get_u32(ref + 4);
    onset_name name = {"", 0};
    if (at <= m->strings_size && n <= m->strings_size - at) {
        name.text = (const char *)m->strings + at;
        name.length = n;
    }
    return name;
}

onset_name onset_class(const onset_model *m, uint32_t i) {
    onset_name none = {"", 0};
    return i < m->classes ? onset_string(m, m->class_table + (size_t)i * CLASS_SIZE) : none;
}

static onset_status length(onset_error *e, const char *name, size_t is, size_t should) {
    if (is < should) {
        onset_fail(e, ONSET_CUT_OFF, name);
        onset_say(e, ": it is cut off: ");
        onset_say_number(e, (double)is);
        onset_say(e, " of ");
        onset_say_number(e, (double)should);
        onset_say(e, " bytes are there");
        return ONSET_CUT_OFF;
    }
    onset_fail(e, ONSET_TOO_LONG, name);
    onset_say(e, ": it has ");
    onset_say_number(e, (double)(is - should));
    onset_say(e, " bytes more than were exported");
    return ONSET_TOO_LONG;
}

static void digest(const void *data, size_t size, unsigned char sum[SUM]) {
    sha256 h;
    onset_sha256_begin(&h);
    onset_sha256_add(&h, data, size);
    onset_sha256_end(&h, sum);
}

#define DAMAGED "it is damaged or another model's: its checksum differs"

/* A file against the length and the checksum in device.bin's header. */
static onset_status whole(onset_bytes b, const unsigned char *at, const char *name, onset_error *e) {
    unsigned char sum[SUM];
    uint32_t n = get_u32(at);
    if (b.data == NULL)
        return onset_told(e, ONSET_MISSING, name, "it is missing");
    if (b.size != n)
        return length(e, name, b.size, n);
    digest(b.data, b.size, sum);
    return memcmp(sum, at + 4, SUM) == 0 ? ONSET_OK : onset_told(e, ONSET_CHECKSUM, name, DAMAGED);
}

static int hex_is(json v, const unsigned char sum[SUM]) {
    static const char digits[] = "0123456789abcdef";
    onset_name text = onset_json_text(v);
    uint32_t i;
    if (text.length != 2 * SUM)
        return 0;
    for (i = 0; i < 2 * SUM; i++)
        if (text.text[i] != digits[sum[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15])
            return 0;
    return 1;
}

/* A file against what model.json lists. */
static onset_status listed(json parts, onset_bytes b, const char *name, onset_error *e) {
    unsigned char sum[SUM];
    json part, v;
    double n;
    if (!onset_json_member(parts, name, &part) || !onset_json_member(part, "bytes", &v) || !onset_json_number(v, &n) || !(n >= 0 && n < 4e9) ||
        !onset_json_member(part, "sha256", &v)) {
        onset_told(e, ONSET_FORMAT, "model.json", "it does not list ");
        onset_say(e, name);
        return ONSET_FORMAT;
    }
    if (b.data == NULL)
        return onset_told(e, ONSET_MISSING, name, "it is missing");
    if ((double)b.size != n)
        return length(e, name, b.size, (size_t)n);
    digest(b.data, b.size, sum);
    return hex_is(v, sum) ? ONSET_OK : onset_told(e, ONSET_CHECKSUM, name, DAMAGED);
}

/* device.bin's own frame: magic, length, checksum; then its sections. */
static onset_status frame(const onset_files *f, cursor section[SECTIONS], onset_error *e) {
    const unsigned char *p = f->device.data;
    size_t n = f->device.size;
    unsigned char sum[SUM];
    uint32_t i, count;
    if (p == NULL)
        return onset_told(e, ONSET_MISSING, "device.bin", "it is missing");
    if (n < HEADER + SUM)
        return onset_told(e, ONSET_CUT_OFF, "device.bin", "it is cut off");
    if (memcmp(p, "ONSETDV", 7) != 0)
        return onset_told(e, ONSET_FORMAT, "device.bin", "it is none");
    if (p[7] != '1')
        return onset_told(e, ONSET_FORMAT, "device.bin", "it is of another version than this program reads");
    if (get_u32(p + 8) != n)
        return length(e, "device.bin", n, get_u32(p + 8));
    digest(p, n - SUM, sum);
    if (memcmp(sum, p + n - SUM, SUM) != 0)
        return onset_told(e, ONSET_CHECKSUM, "device.bin", DAMAGED);
    memset(section, 0, SECTIONS * sizeof *section);
    count = get_u32(p + COUNT_AT);
    if (count > 16 || HEADER + (size_t)count * 12 > n - SUM)
        return onset_told(e, ONSET_FORMAT, "device.bin", "its table of contents can't be read");
    for (i = 0; i < count; i++) {
        const unsigned char *entry = p + HEADER + (size_t)i * 12;
        uint32_t id = get_u32(entry), at = get_u32(entry + 4), size = get_u32(entry + 8);
        if (at > n - SUM || size > n - SUM - at)
            return onset_told(e, ONSET_FORMAT, "device.bin", "its table of contents can't be read");
        if (id > 0 && id < SECTIONS) {
            section[id].at = p + at;
            section[id].end = p + at + size;
        }
    }
    for (i = STRINGS; i <= KERNEL; i++)
        if (section[i].at == NULL)
            return onset_told(e, ONSET_FORMAT, "device.bin", "a part of it is missing");
    return ONSET_OK;
}

static int triples(const onset_model *m) {
    uint32_t i, k;
    for (i = 0; i + 2 < m->channels; i += 3)
        for (k = 0; k < 3; k++) {
            char axis = (char)('x' + k);
            onset_name want;
            want.text = &axis;
            want.length = 1;
            if (!same_name(m->input[i + k].sensor, m->input[i].sensor) || !same_name(m->input[i + k].axis, want))
                return 0;
        }
    return m->channels % 3 == 0;
}

/* The part of a sensor's name before or after the slash. */
static onset_name half(onset_name sensor, int second) {
    onset_name n = sensor;
    uint32_t i;
    for (i = 0; i < sensor.length && sensor.text[i] != '/'; i++) {
    }
    n.length = i;
    if (second) {
        n.text = sensor.text + (i < sensor.length ? i + 1 : i);
        n.length = i < sensor.length ? sensor.length - i - 1 : 0;
    }
    return n;
}

static onset_status contract(onset_model *m, cursor c, onset_error *e) {
    uint32_t i, k;
    m->channels = take_u32(&c);
    m->samples = take_u32(&c);
    m->orientation = take_u32(&c);
    m->filter = take_u32(&c);
    m->sections = take_u32(&c);
    take_u32(&c);
    m->rate_hz = take_f64(&c);
    m->window_s = take_f64(&c);
    m->lead_s = take_f64(&c);
    m->alpha = take_f64(&c);
    if (c.bad || m->channels < 1 || m->channels > ONSET_MOST_CHANNELS || m->samples < 1 || m->samples > (1u << 20) / m->channels ||
        m->orientation > 2 || m->filter > 2 || m->sections > ONSET_MOST_SECTIONS || !(m->lead_s >= 0 && m->lead_s <= 10))
        return onset_fail(e, ONSET_FORMAT, "device.bin: its contract can't be read or is too large for this program");
    if (!(m->rate_hz > 0) || !(m->rate_hz <= 1e6))
        return onset_fail(e, ONSET_RATE, "device.bin: its rate is none");
    if (!(m->window_s > 0) || (double)m->samples != onset_round(m->window_s * m->rate_hz))
        return onset_fail(e, ONSET_WINDOW, "device.bin: its window's length and rate don't give its number of samples");
    for (i = 0; i < m->sections; i++)
        for (k = 0; k < 5; k++)
            if (m->section[i][k] = take_f64(&c), !finite_number(m->section[i][k]))
                return onset_fail(e, ONSET_FORMAT, "device.bin: its filter is none");
    for (i = 0; i < m->channels; i++) {
        onset_input *in = &m->input[i];
        in->sensor = onset_string(m, take(&c, 8));
        in->axis = onset_string(m, take(&c, 8));
        in->unit = onset_string(m, take(&c, 8));
        in->mean = take_f32(&c);
        in->std = take_f32(&c);
        if (c.bad || !finite_number(in->mean) || !(in->std > 0) || !finite_number(in->std))
            return onset_fail(e, ONSET_FORMAT, "device.bin: its inputs can't be read");
    }
    if (m->orientation == 0)
        return ONSET_OK;
    if (!triples(m))
        return onset_fail(e, ONSET_ORDER, "device.bin: its inputs are not x, y, z of each sensor, and it turns them");
    for (i = 0; i < m->channels; i += 3) {
        m->down[i / 3] = -1;
        for (k = 0; k < m->channels; k += 3)
            if (same_name(half(m->input[k].sensor, 1), onset_text("accelerometer")) &&
                same_name(half(m->input[k].sensor, 0), half(m->input[i].sensor, 0)))
                m->down[i / 3] = (int32_t)(k / 3);
    }
    return ONSET_OK;
}

static onset_status class_list(onset_model *m, cursor c, onset_error *e) {
    uint32_t i;
    m->classes = take_u32(&c);
    take_u32(&c);
    m->temperature = take_f64(&c);
    if (c.bad || m->classes < 1 || m->classes > MOST_CLASSES || !(m->temperature > 0) || !finite_number(m->temperature))
        return onset_fail(e, ONSET_FORMAT, "device.bin: its classes can't be read");
    m->class_table = take(&c, (uint64_t)m->classes * CLASS_SIZE);
    if (c.bad)
        return onset_fail(e, ONSET_FORMAT, "device.bin: its classes can't be read");
    if (m->classes != m->outputs) {
        onset_fail(e, ONSET_CLASSES, "device.bin: it lists ");
        onset_say_number(e, m->classes);
        onset_say(e, " classes for ");
        onset_say_number(e, m->outputs);
        onset_say(e, " outputs");
        return ONSET_CLASSES;
    }
    for (i = 0; i < m->classes; i++) {
        double prior = get_f64(m->class_table + (size_t)i * CLASS_SIZE + 8);
        if (onset_class(m, i).length == 0 || !(prior > 0 && prior <= 1))
            return onset_fail(e, ONSET_FORMAT, "device.bin: its classes can't be read");
    }
    return ONSET_OK;
}

/* model.json: what it is, what it lists, and whether it is as it was written. */
static onset_status description(const onset_model *m, const onset_files *f, onset_error *e) {
    unsigned char sum[SUM];
    json j, v;
    onset_status s;
    j.at = f->model.data;
    j.end = j.at + f->model.size;
    if (!onset_json_whole(j))
        return onset_told(e, ONSET_FORMAT, "model.json", "it is damaged or cut off");
    if (!onset_json_member(j, "format", &v) || !onset_json_is(v, onset_text("onset-model")))
        return onset_told(e, ONSET_FORMAT, "model.json", "it describes no Onset model");
    if (!onset_json_number_is(j, "version", 2, 0))
        return onset_told(e, ONSET_FORMAT, "model.json", "it is of another format version than this program reads");
    if (!onset_json_member(j, "parts", &v))
        return onset_told(e, ONSET_FORMAT, "model.json", "it lists no parts");
    if ((s = listed(v, f->weights, "weights.f32", e)) != ONSET_OK || (s = listed(v, f->device, "device.bin", e)) != ONSET_OK ||
        (f->golden.data != NULL && (s = listed(v, f->golden, "golden.bin", e)) != ONSET_OK) || (s = onset_agrees(m, j, "model.json", e)) != ONSET_OK)
        return s;
    if (!onset_json_member(j, "seal", &v))
        return onset_told(e, ONSET_FORMAT, "model.json", "it has no seal");
    onset_json_seal(j, v, sum);
    return hex_is(v, sum) ? ONSET_OK : onset_told(e, ONSET_CHECKSUM, "model.json", "it was changed after it was exported (its seal does not fit)");
}

/* golden.bin: a header in JSON, then vectors of floats. */
static onset_status golden(onset_model *m, onset_bytes b, onset_error *e) {
    const unsigned char *p = b.data;
    uint32_t header;
    json j;
    onset_status s;
    uint64_t size, rest;
    if (b.size < 12 || memcmp(p, "ONSETGV1", 8) != 0)
        return onset_fail(e, ONSET_FORMAT, "golden.bin: it holds no golden vectors");
    header = get_u32(p + 8);
    if (header > b.size - 12)
        return onset_fail(e, ONSET_CUT_OFF, "golden.bin: it is cut off in its header");
    j.at = (const char *)p + 12;
    j.end = j.at + header;
    if ((s = onset_agrees(m, j, "golden.bin", e)) != ONSET_OK)
        return s;
    size = 4 * ((uint64_t)m->channels * m->samples + m->golden_values + m->classes);
    rest = b.size - 12 - header;
    if (rest == 0 || rest % size != 0 || rest / size > 1u << 20)
        return onset_fail(e, ONSET_FORMAT, "golden.bin: its vectors are not this net's");
    m->golden = p + 12 + header;
    m->golden_vectors = (uint32_t)(rest / size);
    return ONSET_OK;
}

onset_status onset_open(onset_model *m, const onset_files *f, onset_error *e) {
    const unsigned char *p = f->device.data;
    const uint16_t one = 1;
    cursor section[SECTIONS];
    onset_status s;
    uint32_t i;
    memset(m, 0, sizeof *m);
    if (e != NULL) {
        e->status = ONSET_OK;
        e->text[0] = 0;
    }
    if (*(const unsigned char *)&one != 1)
        return onset_fail(e, ONSET_ARGUMENT, "this machine stores numbers big end first; weights are stored small end first");
    if ((s = frame(f, section, e)) != ONSET_OK)
        return s;
    m->simulated = get_u32(p + 12) & 1;
    m->strings = section[STRINGS].at;
    m->strings_size = (uint32_t)(section[STRINGS].end - section[STRINGS].at);
    if ((s = contract(m, section[CONTRACT], e)) != ONSET_OK || (s = onset_net_check(m, section[NET], e)) != ONSET_OK ||
        (s = class_list(m, section[CLASSES], e)) != ONSET_OK)
        return s;
    m->kernel = section[KERNEL].at;
    if (section[KERNEL].end - section[KERNEL].at != KERNEL_SIZE * 8)
        return onset_fail(e, ONSET_FORMAT, "device.bin: its interpolation can't be read");
    m->fusion = section[FUSION].at;
    m->fusion_size = m->fusion == NULL ? 0 : (uint32_t)(section[FUSION].end - section[FUSION].at);
    if (m->fusion != NULL) {
        tables t;
        if (!onset_tables_read(m, &t))
            return onset_told(e, ONSET_FORMAT, "device.bin", "its tables of order, place, memory or states can't be read");
        m->exercises = t.exercises;
    }
    if (f->model.data != NULL && (s = description(m, f, e)) != ONSET_OK)
        return s;
    if ((s = whole(f->weights, p + WEIGHTS_AT, "weights.f32", e)) != ONSET_OK)
        return s;
    if (f->weights.size != (size_t)m->weight_count * 4)
        return onset_fail(e, ONSET_FORMAT, "weights.f32: it has another number of weights than the net");
    if (((uintptr_t)f->weights.data & 3) != 0)
        return onset_fail(e, ONSET_ARGUMENT, "weights.f32: it must lie at an address divisible by 4");
    m->weights = f->weights.data;
    for (i = 0; i < m->weight_count; i++)
        if (!finite_number(m->weights[i]))
            return onset_fail(e, ONSET_FORMAT, "weights.f32: a weight is no number");
    if (f->golden.data != NULL) {
        if ((s = whole(f->golden, p + GOLDEN_AT, "golden.bin", e)) != ONSET_OK)
            return s;
        return golden(m, f->golden, e);
    }
    return ONSET_OK;
}

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
        return onset_fail(e, ONSET_ARGUMENT, "golden.bin is not there");
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
            onset_fail(e, ONSET_GOLDEN, "golden.bin: vector ");
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
                    onset_fail(e, ONSET_GOLDEN, "golden.bin: vector ");
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

/* Opening a bundle. */
#include "onset_internal.h"

enum { MOST_CLASSES = 4096, HEADER = 92, WEIGHTS_AT = 16, GOLDEN_AT = 52, COUNT_AT = 88 };
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

/* A file against the length and the checksum in device.bin's header. */
static onset_status whole(onset_bytes b, const unsigned char *at, const char *name, onset_error *e) {
    unsigned char sum[SUM];
    uint32_t n = get_u32(at);
    if (b.data == NULL)
        return onset_told(e, ONSET_MISSING, name, "it is missing");
    if (b.size != n)
        return onset_length(e, name, b.size, n);
    onset_digest(b.data, b.size, sum);
    return memcmp(sum, at + 4, SUM) == 0 ? ONSET_OK : onset_told(e, ONSET_CHECKSUM, name, DAMAGED);
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
        return onset_length(e, "device.bin", n, get_u32(p + 8));
    onset_digest(p, n - SUM, sum);
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
        m->orientation > ONSET_OCTANT || m->filter > 2 || m->sections > ONSET_MOST_SECTIONS || !(m->lead_s >= 0 && m->lead_s <= 10))
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
        onset_name kind = half(m->input[i].sensor, 1);
        m->pseudo[i / 3] = same_name(kind, onset_text("gyroscope")) || same_name(kind, onset_text("magnetometer"));
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

/* Whether model.json says of the model itself what the golden vectors were made
 * with: all of device.bin that onset_agrees does not name is compiled from it. */
static onset_status described(onset_bytes model, json golden, onset_error *e) {
    static const char *const keys[] = {"net", "layout", "contract", "resampling", "classes", "catalogue", "temperature", "prior", "fusion"};
    unsigned char sum[SUM];
    json j, v;
    if (model.data == NULL || !onset_json_member(golden, "describes", &v)) /* of before it was kept */
        return ONSET_OK;
    j.at = model.data;
    j.end = j.at + model.size;
    if (onset_json_digest(j, keys, sizeof keys / sizeof *keys, sum) && onset_hex_is(v, sum))
        return ONSET_OK;
    return onset_told(e, ONSET_CHECKSUM, "model.json",
                      "it was changed after it was exported: what it says of the net, its temperature, prior, catalogue or tables is not what its golden vectors were made with");
}

/* model.json: what it is, what it lists, and whether it is as it was written. */
static onset_status description(const onset_model *m, const onset_files *f, onset_error *e) {
    unsigned char sum[SUM];
    json j, v, list, one;
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
    if (!onset_json_member(j, "catalogue", &list) || (m->classes > 0 && !onset_json_item(list, m->classes - 1, &one)) ||
        onset_json_item(list, m->classes, &one))
        return onset_told(e, ONSET_CLASSES, "model.json", "its catalogue has another number of entries than it has classes");
    if ((s = onset_listed(v, f->weights, onset_weights_name(f->form), e)) != ONSET_OK || (s = onset_listed(v, f->device, "device.bin", e)) != ONSET_OK ||
        (f->golden.data != NULL && (s = onset_listed(v, f->golden, onset_golden_name(f->form), e)) != ONSET_OK) || (s = onset_agrees(m, j, "model.json", e)) != ONSET_OK)
        return s;
    if (!onset_json_member(j, "seal", &v))
        return onset_told(e, ONSET_FORMAT, "model.json", "it has no seal");
    onset_json_seal(j, v, sum);
    return onset_hex_is(v, sum) ? ONSET_OK : onset_told(e, ONSET_CHECKSUM, "model.json", "it was changed after it was exported (its seal does not fit)");
}

/* golden.bin: a header in JSON, then vectors of floats. */
static onset_status golden(onset_model *m, onset_bytes b, onset_bytes model, onset_error *e) {
    const unsigned char *p = b.data;
    const char *file = onset_golden_name(m->form);
    uint32_t header;
    json j;
    onset_status s;
    uint64_t size, rest;
    if (b.size < 12 || memcmp(p, "ONSETGV1", 8) != 0)
        return onset_told(e, ONSET_FORMAT, file, "it holds no golden vectors");
    header = get_u32(p + 8);
    if (header > b.size - 12)
        return onset_told(e, ONSET_CUT_OFF, file, "it is cut off in its header");
    j.at = (const char *)p + 12;
    j.end = j.at + header;
    if ((s = onset_agrees(m, j, file, e)) != ONSET_OK || (s = described(model, j, e)) != ONSET_OK)
        return s;
    size = 4 * ((uint64_t)m->channels * m->samples + m->golden_values + m->classes);
    rest = b.size - 12 - header;
    if (rest == 0 || rest % size != 0 || rest / size > 1u << 20)
        return onset_told(e, ONSET_FORMAT, file, "its vectors are not this net's");
    m->golden = p + 12 + header;
    m->golden_vectors = (uint32_t)(rest / size);
    return ONSET_OK;
}

/* Exact weights: read where they lie, checked against device.bin's header. */
static onset_status exact(onset_model *m, const onset_files *f, const unsigned char *header, onset_error *e) {
    onset_status s;
    uint32_t i;
    if ((s = whole(f->weights, header + WEIGHTS_AT, "weights.f32", e)) != ONSET_OK)
        return s;
    if (f->weights.size != (size_t)m->weight_count * 4)
        return onset_fail(e, ONSET_FORMAT, "weights.f32: it has another number of weights than the net");
    if (((uintptr_t)f->weights.data & 3) != 0)
        return onset_fail(e, ONSET_ARGUMENT, "weights.f32: it must lie at an address divisible by 4");
    m->weights = f->weights.data;
    for (i = 0; i < m->weight_count; i++)
        if (!finite_number(m->weights[i]))
            return onset_fail(e, ONSET_FORMAT, "weights.f32: a weight is no number");
    if (f->golden.data == NULL)
        return ONSET_OK;
    if ((s = whole(f->golden, header + GOLDEN_AT, "golden.bin", e)) != ONSET_OK)
        return s;
    return golden(m, f->golden, f->model, e);
}

/* Packed weights: checked against model.json, unpacked by onset_unpack. */
static onset_status packed(onset_model *m, const onset_files *f, onset_error *e) {
    const char *file = onset_weights_name(f->form);
    if (f->model.data == NULL)
        return onset_told(e, ONSET_MISSING, "model.json", "it is missing, and these weights are checked against it");
    if (f->weights.size != onset_packed_size(m))
        return onset_told(e, ONSET_FORMAT, file, "it has another number of weights than the net");
    m->packed = f->weights;
    return f->golden.data == NULL ? ONSET_OK : golden(m, f->golden, f->model, e);
}

onset_status onset_open(onset_model *m, const onset_files *f, onset_error *e) {
    const unsigned char *p = f->device.data;
    const uint16_t one = 1;
    cursor section[SECTIONS];
    onset_status s;
    memset(m, 0, sizeof *m);
    m->form = f->form;
    if (e != NULL) {
        e->status = ONSET_OK;
        e->text[0] = 0;
    }
    if (*(const unsigned char *)&one != 1)
        return onset_fail(e, ONSET_ARGUMENT, "this machine stores numbers big end first; weights are stored small end first");
    if (f->form != ONSET_F32 && f->form != ONSET_F16 && f->form != ONSET_INT8)
        return onset_fail(e, ONSET_ARGUMENT, "the weights are in no known form");
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
    return f->form == ONSET_F32 ? exact(m, f, p, e) : packed(m, f, e);
}

/* Feeds the runtime bytes that nobody exported. With libFuzzer (-DLIBFUZZER
 * -fsanitize=fuzzer) it finds its own; without, it changes the given files at
 * random. Checksums are made to fit, so that what lies behind them is reached. */
#include "../c/onset_internal.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_u32(unsigned char *p, uint32_t v) {
    p[0] = (unsigned char)v;
    p[1] = (unsigned char)(v >> 8);
    p[2] = (unsigned char)(v >> 16);
    p[3] = (unsigned char)(v >> 24);
}

static void digest(const void *data, size_t size, unsigned char sum[32]) {
    sha256 h;
    onset_sha256_begin(&h);
    onset_sha256_add(&h, data, size);
    onset_sha256_end(&h, sum);
}

static void decided(void *context, const onset_decision *d) {
    double *sum = context;
    uint32_t i;
    for (i = 0; !d->taken_back && i < d->exercises; i++)
        *sum += d->fused[i];
}

/* Forty seconds of rest, swings and beacons. */
static void live(const onset_model *m, int cued, uint32_t seed) {
    onset_channel channel[ONSET_MOST_CHANNELS];
    char kind[ONSET_MOST_CHANNELS][32], axis[ONSET_MOST_CHANNELS][8], unit[ONSET_MOST_CHANNELS][16], placement[64];
    onset_stream stream;
    onset_options o;
    onset_session *s;
    onset_error e;
    double sum = 0, values[ONSET_MOST_CHANNELS];
    uint32_t i, k, n, second;
    size_t size;
    void *memory;
    memset(&o, 0, sizeof o);
    o.cued = cued;
    o.most_sets = 1 + seed % 5;
    o.site = seed & 1 ? "gym" : NULL;
    o.decided = decided;
    o.context = &sum;
    memset(&stream, 0, sizeof stream);
    stream.name = "s";
    stream.placement = placement;
    stream.rate_hz = 20 + seed % 90;
    stream.channel = channel;
    stream.channels = m->channels;
    for (i = 0; i < m->channels; i++) {
        onset_name sensor = m->input[i].sensor;
        for (k = 0; k < sensor.length && sensor.text[k] != '/'; k++) {
        }
        snprintf(placement, sizeof placement, "%.*s", (int)(k < 60 ? k : 60), sensor.text);
        n = sensor.length > k ? sensor.length - k - 1 : 0;
        snprintf(kind[i], sizeof kind[i], "%.*s", (int)(n < 30 ? n : 30), n == 0 ? "" : sensor.text + k + 1);
        snprintf(axis[i], sizeof axis[i], "%.*s", (int)(m->input[i].axis.length < 7 ? m->input[i].axis.length : 7), m->input[i].axis.text);
        snprintf(unit[i], sizeof unit[i], "%.*s", (int)(m->input[i].unit.length < 15 ? m->input[i].unit.length : 15), m->input[i].unit.text);
        channel[i].kind = kind[i];
        channel[i].axis = axis[i];
        channel[i].unit = unit[i];
    }
    size = onset_arena_size(m, &stream, 1, &o);
    if (size == 0 || size > (size_t)1 << 26)
        return;
    memory = malloc(size);
    if (onset_begin(&s, m, &stream, 1, &o, memory, size, &e) == ONSET_OK && onset_clock(s, 0, 0.01, stream.rate_hz, &e) == ONSET_OK)
        for (second = 0; second < 40; second++) {
            while (onset_next_time(s, 0) < second + 1) {
                double t = onset_next_time(s, 0), swing = second / 8 % 2 == 1 ? 1 : 0.01;
                for (i = 0; i < m->channels; i++)
                    values[i] = i % 3 + swing * ((double)((uint32_t)(t * 100) * (7 + i) % 200) / 100 - 1);
                if (seed % 7 == 0 && second == 20)
                    values[0] = strtod("nan", NULL);
                if (onset_sample(s, 0, values, &e) != ONSET_OK)
                    break;
            }
            if (second == 30 && seed % 3 == 0)
                onset_clock(s, 0, onset_next_time(s, 0) + 0.7, stream.rate_hz, &e);
            onset_beacon(s, second + 0.5, onset_text(second % 3 ? "rack" : "bench"), -50 - (double)(second % 40), second % 11 == 0, &e);
            if (cued && second % 12 == 10)
                onset_cue(s, second, second % 24 == 10 ? 0 : -1, second * stream.rate_hz, &e);
            if (onset_advance(s, second + 1, &e) != ONSET_OK)
                break;
        }
    free(memory);
}

/* Weights in half precision and 8 bits, of any bytes. */
static void smaller_forms(onset_model m, const uint8_t *data, size_t size, onset_error *e) {
    int form;
    for (form = ONSET_F16; form <= ONSET_INT8; form++) {
        unsigned char *bytes;
        float *to;
        size_t n, i;
        m.form = (onset_form)form;
        m.weights = NULL;
        n = (size_t)onset_packed_size(&m);
        if (n > 1u << 22)
            return;
        bytes = malloc(n + 1);
        for (i = 0; i < n; i++)
            bytes[i] = data[i % size];
        m.packed.data = bytes;
        m.packed.size = n;
        to = malloc(onset_unpacked_size(&m) + 4);
        if (onset_unpack(&m, to, onset_unpacked_size(&m), e) == ONSET_OK) {
            size_t room = onset_scratch_size(&m);
            float *scratch = malloc(room), *p = malloc(m.classes * sizeof *p), *window = calloc((size_t)m.channels * m.samples, sizeof *window);
            onset_classify(&m, window, p, scratch, room, e);
            free(scratch);
            free(p);
            free(window);
        }
        free(bytes);
        free(to);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static onset_model m;
    onset_files f;
    onset_error e;
    onset_proof proof;
    unsigned char *device, *golden, *text;
    float *weights;
    uint32_t seed, n, i;
    size_t split;
    if (size < 8)
        return 0;
    seed = get_u32(data);
    split = 8 + get_u32(data + 4) % (size - 7); /* 8 numbers, device.bin, then golden.bin or model.json */
    memset(&f, 0, sizeof f);
    device = malloc(split > 8 ? split - 8 : 1);
    golden = malloc(size > split ? size - split : 1);
    text = malloc(size > split ? size - split : 1);
    memcpy(device, data + 8, split - 8);
    memcpy(golden, data + split, size - split);
    memcpy(text, data + split, size - split);
    f.device.data = device;
    f.device.size = split - 8;
    weights = NULL;
    if (f.device.size >= 92 + 32) {
        n = get_u32(device + 16) % (1u << 22) / 4 * 4;
        weights = malloc(n + 4);
        for (i = 0; i < n / 4; i++)
            weights[i] = (float)((double)((i * 2654435761u + seed) >> 8 & 0xffff) / 32768 - 1);
        f.weights.data = weights;
        f.weights.size = n;
        if (size > split) {
            f.golden.data = golden;
            f.golden.size = size - split;
        }
        if (seed % 8 != 7) { /* else: as they come */
            memcpy(device, "ONSETDV1", 8);
            put_u32(device + 8, (uint32_t)f.device.size);
            put_u32(device + 16, n);
            digest(weights, n, device + 20);
            put_u32(device + 52, (uint32_t)f.golden.size);
            digest(golden, f.golden.size, device + 56);
            digest(device, f.device.size - 32, device + f.device.size - 32);
        }
        if (seed % 8 == 5) {
            f.model.data = text;
            f.model.size = size - split;
        }
    }
    if (onset_open(&m, &f, &e) == ONSET_OK) {
        size_t room = onset_scratch_size(&m);
        float *scratch = malloc(room), *p = malloc(m.classes * sizeof *p), *window = calloc((size_t)m.channels * m.samples, sizeof *window);
        onset_classify(&m, window, p, scratch, room, &e);
        if (f.golden.data != NULL)
            onset_self_test(&m, scratch, room, &proof, &e);
        live(&m, seed >> 3 & 1, seed >> 4);
        smaller_forms(m, data, size, &e);
        free(scratch);
        free(p);
        free(window);
    }
    {
        json j, v;
        double x;
        unsigned char sum[32];
        j.at = (const char *)text;
        j.end = j.at + (size - split);
        onset_name part;
        onset_bytes all;
        all.data = text;
        all.size = size - split;
        for (i = 0; i < 64 && onset_part(all, i, &part); i++)
            onset_check_part(all, "card.md", f.golden, &e);
        onset_json_whole(j);
        if (onset_json_member(j, "seal", &v)) {
            onset_json_seal(j, v, sum);
            onset_json_number(v, &x);
            onset_json_is(v, onset_text("a"));
        }
        onset_json_item(j, 3, &v);
    }
    free(device);
    free(golden);
    free(text);
    free(weights);
    return 0;
}

#ifndef LIBFUZZER
static uint32_t state = 1;

static uint32_t any(void) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* usage: fuzz ROUNDS DEVICE.BIN GOLDEN.BIN */
int main(int argc, char **argv) {
    static unsigned char good[1 << 22], bad[1 << 22];
    size_t n = 8, split = 8, got;
    long round, rounds = argc > 3 ? strtol(argv[1], NULL, 10) : 0;
    int i;
    for (i = 2; i < argc && i < 4; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (file == NULL)
            return 2;
        got = fread(good + n, 1, sizeof good - n, file);
        fclose(file);
        n += got;
        if (i == 2)
            split = n;
    }
    if (rounds < 1)
        return 2;
    for (round = 0; round < rounds; round++) {
        uint32_t changes = any() % 4, k, where = any() % 4;
        size_t len = n;
        memcpy(bad, good, n);
        put_u32(bad, (uint32_t)round);
        put_u32(bad + 4, (uint32_t)(split - 8));
        for (k = 0; k <= changes; k++) {
            size_t limit = where == 0 ? 800 : where == 1 ? split : n, at = 8 + any() % (limit > 9 ? limit - 8 : 1);
            static const uint32_t odd[] = {0, 1, 2, 0x7fffffff, 0x80000000u, 0xffffffffu, 0xfffffffeu, 0x7ff00000, 0x7fc00000, 16, 255, 65536};
            switch (any() % 4) {
            case 0:
                bad[at] ^= (unsigned char)(1u << any() % 8);
                break;
            case 1:
                at = (at & ~(size_t)3) < 8 ? 8 : at & ~(size_t)3;
                if (at + 4 <= n)
                    put_u32(bad + at, odd[any() % 12]);
                break;
            case 2:
                bad[at] = (unsigned char)any();
                break;
            default:
                at = (at & ~(size_t)3) < 8 ? 8 : at & ~(size_t)3;
                if (at + 4 <= n)
                    put_u32(bad + at, get_u32(bad + at) + any() % 5 - 2);
            }
        }
        if (any() % 16 == 0) {
            len = 8 + any() % (n - 8);
            if (len < split)
                put_u32(bad + 4, (uint32_t)len - 8);
        }
        {
            unsigned char *tight = malloc(len); /* so that the sanitizer sees its end */
            memcpy(tight, bad, len);
            LLVMFuzzerTestOneInput(tight, len);
            free(tight);
        }
    }
    printf("%ld rounds\n", rounds);
    return 0;
}
#endif

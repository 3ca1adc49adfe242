/* Weights in half precision and in 8 bits, made floats. */
#include "onset_internal.h"

const char *onset_weights_name(onset_form form) {
    return form == ONSET_F16 ? "weights.f16" : form == ONSET_INT8 ? "weights.i8" : "weights.f32";
}

const char *onset_golden_name(onset_form form) {
    return form == ONSET_F16 ? "golden.f16.bin" : form == ONSET_INT8 ? "golden.i8.bin" : "golden.bin";
}

/* The rows of a layer's matrix, which alone is kept in 8 bits; 0: it has none. */
static uint32_t rows_of(const op *o) { return o->kind == DENSE || o->kind == CONV ? o->out_c : 0; }

static uint64_t matrix_of(const op *o) { return onset_op_weights(o) - rows_of(o); }

uint64_t onset_packed_size(const onset_model *m) {
    uint64_t n = 0;
    uint32_t i;
    if (m->form == ONSET_F16)
        return 2 * (uint64_t)m->weight_count;
    if (m->form == ONSET_F32)
        return 4 * (uint64_t)m->weight_count;
    for (i = 0; i < m->ops; i++) {
        op o = onset_op(m, i);
        if (rows_of(&o) == 0)
            n += 4 * onset_op_weights(&o);
        else
            n += 4 * (uint64_t)rows_of(&o) + (matrix_of(&o) + 3) / 4 * 4 + 4 * (uint64_t)rows_of(&o);
    }
    return n;
}

size_t onset_unpacked_size(const onset_model *m) { return m->form == ONSET_F32 ? 0 : (size_t)m->weight_count * sizeof(float); }

/* A number of half precision: exact in a float. */
static float half(uint32_t h) {
    uint32_t exponent = h >> 10 & 31, fraction = h & 1023, bits;
    float v;
    if (exponent == 0) { /* below the smallest normal: fraction * 2^-24 */
        v = (float)fraction * 5.9604644775390625e-8f;
        return h & 0x8000 ? -v : v;
    }
    bits = (h & 0x8000) << 16 | (exponent == 31 ? 255u : exponent + 112) << 23 | fraction << 13;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static void unpack_half(const onset_model *m, float *to) {
    const unsigned char *p = m->packed.data;
    uint32_t i;
    for (i = 0; i < m->weight_count; i++)
        to[i] = half(get_u16(p + 2 * (size_t)i));
}

/* A scale for each row, the rows as signed bytes, zeros up to a multiple of 4;
 * the biases and all other weights as floats. */
static void unpack_bytes(const onset_model *m, float *to) {
    const unsigned char *p = m->packed.data;
    uint32_t i, r;
    for (i = 0; i < m->ops; i++) {
        op o = onset_op(m, i);
        uint32_t rows = rows_of(&o);
        uint64_t matrix = matrix_of(&o), plain = rows == 0 ? onset_op_weights(&o) : rows, k;
        if (rows > 0) {
            const unsigned char *scales = p;
            uint64_t columns = matrix / rows;
            p += 4 * (size_t)rows;
            for (r = 0; r < rows; r++)
                for (k = 0; k < columns; k++, p++)
                    *to++ = get_f32(scales + 4 * (size_t)r) * (float)(*p < 128 ? (int)*p : (int)*p - 256);
            p += (4 - matrix % 4) % 4;
        }
        for (k = 0; k < plain; k++, p += 4)
            *to++ = get_f32(p);
    }
}

onset_status onset_unpack(onset_model *m, void *memory, size_t size, onset_error *e) {
    float *to = memory;
    uint32_t i;
    if (m->form == ONSET_F32)
        return ONSET_OK;
    if (m->packed.data == NULL)
        return onset_fail(e, ONSET_ARGUMENT, "the bundle is not open");
    if (memory == NULL || size < onset_unpacked_size(m) || ((uintptr_t)memory & 3) != 0)
        return onset_fail(e, ONSET_ARENA, "the memory for the weights is too small or not aligned to 4 bytes");
    if (m->form == ONSET_F16)
        unpack_half(m, to);
    else
        unpack_bytes(m, to);
    for (i = 0; i < m->weight_count; i++)
        if (!finite_number(to[i]))
            return onset_told(e, ONSET_FORMAT, onset_weights_name(m->form), "a weight is no number");
    m->weights = to;
    return ONSET_OK;
}
